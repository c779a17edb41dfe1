//! Typical figures, to be looked at: `cargo run -p lab --example figure_gallery -- FOLDER`.

use std::f64::consts::PI;

use lab::animation::{Animation, Shape};
use lab::figure::{Axis, Figure, Hue, Panel, Theme};

type Points = Vec<(f64, f64)>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: figure_gallery FOLDER")?;
    let figures = [convergence(), paths(), sweep(), trajectory(), spectra(), triple(), four(), edges()];
    for figure in figures {
        let [svg, ..] = figure.save(&folder)?;
        let dark = figure.render(Theme::Dark)?.png;
        std::fs::write(format!("{folder}/{}-dark.png", figure.name), dark)?;
        println!("{} {} bytes", svg.display(), std::fs::metadata(&svg)?.len());
    }
    let film = film().svg()?;
    println!("{folder}/film.svg {} bytes", film.len());
    std::fs::write(format!("{folder}/film.svg"), film)?;
    Ok(())
}

/// A cart with a pole, as a film of ten seconds.
fn film() -> Animation {
    let times = || (0..=200).map(|k| f64::from(k) / 20.0);
    let cart = || times().map(|t| [240.0 + 80.0 * (0.8 * t).sin(), 170.0]);
    let angle = times().map(|t| PI / (1.0 + (-2.0 * (t - 4.0)).exp()));
    Animation::new("The pole swings up", [480.0, 300.0], 20.0)
        .ground("#ffffff")
        .shape(Shape::line("track", [40.0, 184.0], [440.0, 184.0]).stroke("#8c959f", 2.0))
        .shape(Shape::rect("cart", [-28.0, -13.0], [28.0, 13.0]).fill("#57606a").moved(cart()))
        .shape(Shape::path("pole", "M0 0v105").stroke("#de6e1a", 6.0).moved(cart()).turn(angle))
        .shape(Shape::circle("pin", [0.0, 0.0], 4.0).fill("#ffffff").moved(cart()))
}

/// Six methods over twelve decades, each ending where it is done.
fn convergence() -> Figure {
    let run = |rate: f64, wobble: f64| -> Points {
        let error = |k: i32| rate.powi(k) * (1.0 + wobble * (0.9 * f64::from(k)).sin());
        (0..400).map(|k| (f64::from(k), error(k))).take_while(|p| p.1 > 1e-12).collect()
    };
    let newton = (0..6).map(|k| (f64::from(k), 0.3_f64.powi(2_i32.pow(k as u32)))).take(6);
    Figure::new("convergence", "Momentum turns the condition number into its square root").panel(
        Panel::new("")
            .x(Axis::linear("iteration"))
            .y(Axis::log("f(xₖ) − f* (J)"))
            .line("gradient descent", run(0.955, 0.0))
            .line("Polyak's momentum", run(0.80, 0.6))
            .line("Nesterov's momentum", run(0.86, 0.3))
            .line("conjugate gradients", run(0.65, 0.5))
            .line("L-BFGS", run(0.55, 0.4))
            .line_markers("Newton", newton)
            .hue(Hue::Ink)
            .dashed("bound (1 − √κ⁻¹)²ᵏ", run(0.82, 0.0))
            .hue(Hue::Gold),
    )
}

fn descent(gradient: impl Fn([f64; 2]) -> [f64; 2], start: [f64; 2], step: f64, beta: f64) -> Points {
    let (mut x, mut v) = (start, [0.0; 2]);
    let mut path = vec![(x[0], x[1])];
    for _ in 0..400 {
        let g = gradient(x);
        for i in 0..2 {
            v[i] = beta * v[i] - step * g[i];
            x[i] += v[i];
        }
        path.push((x[0], x[1]));
    }
    path
}

/// Paths on the level sets of two functions of two numbers.
fn paths() -> Figure {
    let mut quadratic = Panel::new("½ xᵀAx, κ = 12")
        .x(Axis::linear("x₁").range(-2.2, 2.2))
        .y(Axis::linear("x₂").range(-1.5, 1.5))
        .equal();
    for level in 1..=8 {
        let radius = 0.4 * f64::from(level);
        let ring = (0..=120).map(|k| 2.0 * PI * f64::from(k) / 120.0);
        quadratic = quadratic.level(ring.map(|t| (radius * t.cos(), radius / 12_f64.sqrt() * t.sin())));
    }
    let slope = |x: [f64; 2]| [x[0], 12.0 * x[1]];
    let quadratic = quadratic
        .line_markers("gradient descent", descent(slope, [-2.0, 1.2], 0.15, 0.0))
        .line_markers("Polyak", descent(slope, [-2.0, 1.2], 0.12, 0.55));

    let mut rosenbrock = Panel::new("Rosenbrock").x(Axis::linear("x₁")).y(Axis::linear("x₂")).equal();
    for level in [0.1_f64, 0.5, 2.0, 8.0, 32.0, 128.0] {
        // (1 - x)^2 + 20 (y - x^2)^2 = level
        let ring = (0..=240).map(|k| 2.0 * PI * f64::from(k) / 240.0);
        let at = |t: f64| {
            let x = 1.0 + level.sqrt() * t.cos();
            (x, x * x + (level / 20.0).sqrt() * t.sin())
        };
        rosenbrock = rosenbrock.level(ring.map(at));
    }
    let slope = |[x, y]: [f64; 2]| [-2.0 * (1.0 - x) - 80.0 * x * (y - x * x), 40.0 * (y - x * x)];
    let rosenbrock = rosenbrock
        .line_markers("gradient descent", descent(slope, [-1.2, 1.0], 0.003, 0.0))
        .line_markers("Polyak", descent(slope, [-1.2, 1.0], 0.002, 0.85))
        .markers("minimum", [(1.0, 1.0)])
        .hue(Hue::Ink);
    Figure::new("paths", "Momentum rolls through the valley that gradient descent zigzags across")
        .panel(quadratic)
        .panel(rosenbrock)
}

/// Iterations against the condition number, measured and predicted.
fn sweep() -> Figure {
    let kappas = || (0..13).map(|k| 10_f64.powf(f64::from(k) / 2.0));
    let noise = |k: f64| 1.0 + 0.12 * (7.0 * k.ln()).sin();
    Figure::new("sweep", "Steps until f has fallen by 10⁻¹⁰: κ against √κ").panel(
        Panel::new("")
            .x(Axis::log("condition number κ"))
            .y(Axis::log("iterations"))
            .dashed("½ κ ln 10¹⁰", kappas().map(|k| (k, 11.5 * k)))
            .hue(Hue::Blue)
            .markers("gradient descent", kappas().map(|k| (k, 10.5 * k * noise(k) + 2.0)))
            .hue(Hue::Blue)
            .dashed("½ √κ ln 10¹⁰", kappas().map(|k| (k, 11.5 * k.sqrt())))
            .hue(Hue::Orange)
            .markers("Polyak", kappas().map(|k| (k, 13.0 * k.sqrt() * noise(k) + 2.0)))
            .hue(Hue::Orange)
            .line_markers("Newton", kappas().map(|k| (k, 2.0)))
            .hue(Hue::Green),
    )
}

/// A linear plot with guides, named at the ends of the lines.
fn trajectory() -> Figure {
    let times = || (0..=400).map(|k| f64::from(k) * 0.01);
    Figure::new("trajectory", "The pole is up after 2.1 s and stays there").panel(
        Panel::new("")
            .x(Axis::linear("time (s)"))
            .y(Axis::linear("angle (rad), position (m)"))
            .line("θ", times().map(|t| (t, PI / (1.0 + (-4.0 * (t - 1.5)).exp()) - 0.6 * (3.0 * t).sin() * (-t).exp())))
            .line("x", times().map(|t| (t, 0.8 * (2.2 * t).sin() * (-0.7 * t).exp())))
            .line("x, filtered", times().map(|t| (t, 0.75 * (2.2 * t - 0.2).sin() * (-0.7 * t).exp() + 0.02)))
            .horizontal("θ = π, upright", PI)
            .vertical("caught", 2.1),
    )
}

/// Dense noise.
fn spectra() -> Figure {
    let mut state = 1_u64;
    let mut uniform = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 11) as f64 / (1_u64 << 53) as f64).max(1e-9)
    };
    let noise: Points =
        (1..60_000).map(|k| f64::from(k) * 0.01).map(|f| (f, -uniform().ln() * 1e-6 / (1.0 + f * f))).collect();
    let model = (0..200).map(|k| 10_f64.powf(-2.0 + f64::from(k) * 0.024));
    Figure::new("spectra", "The periodogram scatters around the spectrum by its own size").panel(
        Panel::new("")
            .x(Axis::log("frequency (Hz)"))
            .y(Axis::log("power density (rad²/Hz)").range(1e-14, 1e-4))
            .line("periodogram", noise)
            .hue(Hue::Sky)
            .line("model", model.map(|f| (f, 1e-6 / (1.0 + f * f))))
            .hue(Hue::Ink)
            .vertical("corner", 1.0),
    )
}

fn triple() -> Figure {
    let panel = |title: &str, rate: f64| {
        let decay = move |r: f64| (0..60).map(move |k| (f64::from(k) * 0.1, (-r * f64::from(k) * 0.1).exp()));
        Panel::new(title)
            .x(Axis::linear("time (s)"))
            .y(Axis::linear("cost"))
            .line("cold start", decay(rate))
            .line("shifted", decay(2.0 * rate))
            .dashed("bound", decay(0.5 * rate))
            .hue(Hue::Ink)
    };
    Figure::new("triple", "Three panels share one legend")
        .panel(panel("short horizon", 0.4))
        .panel(panel("medium horizon", 1.0))
        .panel(panel("long horizon", 3.0))
}

fn four() -> Figure {
    let wave = |f: f64, a: f64| (0..=200).map(move |k| (f64::from(k) * 0.02, a * (f * f64::from(k) * 0.02).sin()));
    let panel = |label: &str, f: f64, a: f64| {
        Panel::new("")
            .x(Axis::linear("time (s)"))
            .y(Axis::linear(label))
            .line("plan", wave(f, a))
            .line("plant", wave(f * 1.02, a * 0.95))
    };
    Figure::new(
        "four",
        "The plant follows the plan in every state, here with a title so long that it has to be broken into two lines",
    )
    .panel(panel("position x (m)", 2.0, 0.2))
    .panel(panel("velocity v (m/s)", 3.0, 12_000.0))
    .panel(panel("angle θ (rad)", 4.0, 3e-7))
    .panel(panel("angular velocity ω (rad/s)", 5.0, 4e8))
}

/// Nothing, one point, constants, gaps, and the largest range there is.
fn edges() -> Figure {
    let nothing = || std::iter::empty::<(f64, f64)>();
    let huge = (-300..=300).map(|e| (f64::from(e), 10_f64.powi(e)));
    let gaps = (0..100).map(|k| (f64::from(k), if k % 17 == 5 { f64::NAN } else { (0.2 * f64::from(k)).sin() }));
    let isolated = [(10.0, f64::NAN), (50.0, 0.5), (60.0, f64::INFINITY)];
    Figure::new("edges", "Edge cases: ∂f ∇f ‖x‖ ≤ ∞ ≈ √2 · x² ẋ θ̇ xᵀ 10⁻³ ∈ ℓ₁ κ* “quoted” <&>")
        .columns(3)
        .panel(Panel::new("no data").x(Axis::linear("x")).y(Axis::log("y")).line("nothing", nothing()))
        .panel(Panel::new("one point").line("a line of one", [(1.0, 2.0)]).markers("marker", [(3.0, 2.0)]))
        .panel(Panel::new("constant").y(Axis::log("y")).line("constant", (0..9).map(|k| (f64::from(k), 3.0))))
        .panel(Panel::new("601 decades").y(Axis::log("y")).line("10ᵉ", huge))
        .panel(Panel::new("gaps").line("sine", gaps).line("alone", isolated))
        .panel(
            Panel::new("largest numbers")
                .line("all", [(f64::MIN, f64::MIN), (0.0, 0.0), (f64::MAX, f64::MAX)])
                .horizontal("guide", 1e308),
        )
}
