//! # When is knowing the best value worth as much as knowing the curvature?
//!
//! **Question.** x
//!
//! **Maths.** $x$
//!
//! **Figure.** x
//!
//! **Finding.** x

use lab::Lab;
use lab::figure::{Axis, Figure, Hue, Panel, by_step};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use swingup::Function;
use swingup::inspect::hessian;
use swingup::optimize::{
    AdaptivePolyak, Method, OptionError, Polyak, Smooth, descend, descend_watched, shortest_descent,
};
use swingup::test_functions::{DiagonalQuadratic, Power, Quadratic, Rosenbrock, rotation, times};

/// Flags of this experiment.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Variables of the quadratics
    #[arg(long, default_value_t = 50, value_parser = lab::flags::at_least::<2>)]
    variables: usize,
    /// Most steps a method may take
    #[arg(long, default_value_t = 1_000_000, value_parser = lab::flags::count)]
    steps: usize,
    /// The part of its first value to which f has to fall
    #[arg(long, default_value_t = 1e-10, value_parser = lab::flags::positive)]
    goal: f64,
}

impl Default for Args {
    fn default() -> Self {
        lab::defaults()
    }
}

/// What Adam may choose its rate from.
const RATES: [f64; 7] = [1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0];

/// The others and their colours; Polyak is orange.
const RIVALS: [(&str, Hue); 4] = [
    ("gradient descent", Hue::Ink),
    ("heavy ball", Hue::Blue),
    ("Nesterov", Hue::Green),
    ("Adam", Hue::Pink),
];

/// What the others may choose from when the curvatures go from 1 to `kappa`.
fn rivals(kappa: f64) -> [Vec<Result<Method, OptionError>>; 4] {
    [
        vec![Method::gradient_descent_for_curvatures(1.0, kappa)],
        vec![Method::heavy_ball_for_curvatures(1.0, kappa)],
        vec![Method::nesterov_for_curvatures(1.0, kappa)],
        RATES.map(Method::adam).to_vec(),
    ]
}

/// Runs the experiment.
pub fn run(args: Args, lab: &mut Lab) -> lab::Result {
    // ## A power of the distance
    // With the right sign a step on $|x|^p$ goes $1/p$ of the way to the minimum; with the notes' sign, as far away.
    let mut figure =
        Figure::new("power", "A step goes 1/p of the way, or with the notes' sign as far away")
            .caption(
                "Distance from the minimum of $|x|^p$. The cone, $p = 1$, is solved in one step.",
            );
    let mut error = 0.0_f64;
    for (sign, title) in [(1.0, "towards the best value"), (-1.0, "with the notes' sign")] {
        let distance = Axis::log("distance from the minimum");
        let mut panel = Panel::new(title).x(Axis::linear("step")).y(distance);
        for p in [1.0, 1.5, 2.0, 4.0, 10.0] {
            let mut far = Vec::new();
            let see = |x: &[f64], _: &Polyak<f64>| far.push(x[0].hypot(x[1]));
            let polyak = Polyak::new(0.0)?.scale(sign)?;
            descend_watched(Smooth(Power { p }), polyak, &[0.6, 0.8], (20, 1e-25), see)?;
            let errors = far.windows(2).map(|d| (d[1] / d[0] - (1.0 - sign / p)).abs());
            error = errors.take(if p == 1.0 { 1 } else { 20 }).fold(error, f64::max);
            panel = panel.line_markers(format!("p = {p}"), by_step(&far));
        }
        figure = figure.panel(panel);
    }
    lab.record("largest error of the factors 1 - 1/p and 1 + 1/p", error)?;
    lab.claim(
        "on |x|^p a step goes 1/p of the way, with the notes' sign as far away",
        error < 1e-14,
    )?;
    lab.figure(figure)?;

    // ## What a condition number costs
    // Descent and momentum are told the least and the largest curvature, Adam takes the best of seven rates. Polyak's step
    // is told that the minimum is zero; it starts from twenty points that differ in the last bits.
    let mut random = StdRng::seed_from_u64(lab.seed());
    let start: Vec<f64> = (0..args.variables).map(|_| random.random_range(-1.0..1.0)).collect();
    let turn = rotation(args.variables, || random.random_range(-1.0..1.0));
    let decades = if lab.quick() { 1..4 } else { 1..6 };
    let mut figure = Figure::new("condition", "Told f*, Polyak keeps up with momentum told both curvatures")
        .caption("Steps until $f$ has fallen to $10^{-10}$ of its first value. The twenty squares of a condition number are runs of \
            Polyak's step whose starts differ in the last bits; the line joins their medians.");
    let mut progress = lab.progress("condition numbers", 2 * decades.len());
    for (title, turned) in [("curvatures along the axes", false), ("axes turned", true)] {
        let (mut lines, mut draws) = (vec![Vec::new(); 5], Vec::new());
        for kappa in decades.clone().map(|decade| 10_f64.powi(decade)) {
            let axes = DiagonalQuadratic::with_condition(args.variables, kappa);
            let (f, x0) = match turned {
                false => (Quadratic::from(&axes), start.clone()),
                true => (Quadratic::rotated(&axes, &turn), times(&turn, &start)),
            };
            let until = (args.steps, args.goal * f.value(&x0));
            let mut polyak = Vec::new();
            for bits in 0..20 {
                let shifted = x0.iter().map(|x| x * (1.0 + f64::from(bits) * f64::EPSILON));
                let shifted: Vec<f64> = shifted.collect();
                polyak.extend(descend(f.clone(), Polyak::new(0.0)?, &shifted, until)?.steps);
            }
            polyak.sort_unstable();
            draws.extend(polyak.iter().map(|&steps| (kappa, steps as f64)));
            lines[4].extend(polyak.get(polyak.len() / 2).map(|&steps| (kappa, steps as f64)));
            for (line, methods) in lines.iter_mut().zip(rivals(kappa)) {
                let run = shortest_descent(&f, methods, &x0, until)?;
                line.extend(run.and_then(|run| Some((kappa, run.steps? as f64))));
            }
            progress.step();
        }
        let mut panel = Panel::new(title).x(Axis::log("condition number")).y(Axis::log("steps"));
        for (line, (name, hue)) in
            lines.iter().zip(RIVALS.into_iter().chain([("Polyak", Hue::Orange)]))
        {
            for &(kappa, steps) in line {
                lab.record(&format!("steps, {title}, condition {kappa}, {name}"), steps)?;
            }
            panel = panel.line(name, line.iter().copied()).hue(hue);
        }
        let last = |line: &Vec<(f64, f64)>| line.last().map_or(f64::NAN, |&(_, steps)| steps);
        let [descent, ball, adam, polyak] = [0, 1, 3, 4].map(|i| last(&lines[i]));
        lab.claim(&format!("{title}: told f*, Polyak needs at most twice the steps of the heavy ball and 1/50 of descent's"), polyak < 2.0 * ball && 10.0 * polyak < descent)?;
        if turned {
            lab.claim(
                "Adam loses its advantage when the axes are turned",
                adam > polyak || lab.quick(),
            )?;
        }
        figure = figure.panel(panel.markers("", draws).hue(Hue::Orange));
    }
    drop(progress);
    lab.figure(figure)?;

    // ## Over a curved valley
    // On Rosenbrock's valley nobody is told a curvature: the others take the best of a table of rates.
    let x0 = [-1.2, 1.0];
    let until = (20_000, args.goal * Rosenbrock.value(&x0));
    let slow = [5e-4, 7e-4, 1e-3, 1.5e-3, 2e-3, 3e-3];
    let ball = slow
        .iter()
        .flat_map(|&rate| [0.8, 0.9, 0.95, 0.97, 0.99].map(|beta| Method::heavy_ball(rate, beta)));
    let nesterov = slow
        .iter()
        .flat_map(|&rate| [0.8, 0.9, 0.95, 0.97, 0.99].map(|beta| Method::nesterov(rate, beta)));
    let table = [
        slow.map(Method::gradient_descent).to_vec(),
        ball.collect(),
        nesterov.collect(),
        RATES.map(Method::adam).to_vec(),
    ];
    let mut panel = Panel::new("").x(Axis::log("step")).y(Axis::log("f"));
    for (methods, (name, hue)) in table.into_iter().zip(RIVALS) {
        if let Some(run) = shortest_descent(&Smooth(Rosenbrock), methods, &x0, until)? {
            lab.record(&format!("steps over the valley, {name}"), run.costs.len() as f64 - 1.0)?;
            panel = panel.line(name, by_step(&run.costs)).hue(hue);
        }
    }
    let polyak = descend(Smooth(Rosenbrock), Polyak::new(0.0)?, &x0, until)?;
    lab.record("steps over the valley, Polyak", polyak.costs.len() as f64 - 1.0)?;
    lab.figure(
        Figure::new("valley", "Over Rosenbrock's valley")
            .panel(panel.line("Polyak", by_step(&polyak.costs)).hue(Hue::Orange)),
    )?;

    // ## The slow orbit
    let kappa = 10.0_f64;
    let f = DiagonalQuadratic { curvature: vec![1.0, kappa] };
    let x0 = [1.0, ((kappa - 3.0) / (kappa * (3.0 * kappa - 1.0))).sqrt()];
    let (mut far, mut steps) = (Vec::new(), Vec::new());
    descend_watched(Smooth(&f), Polyak::new(0.0)?, &x0, (200, 0.0), |x, _| {
        let g2 = x[0] * x[0] + (kappa * x[1]) * (kappa * x[1]);
        far.push(x[0].hypot(x[1]));
        steps.push(f.value(x) / g2);
    })?;
    let exact: Vec<f64> =
        (0..=200).map(|k| far[0] * ((kappa - 1.0) / (kappa + 1.0)).powi(k)).collect();
    let left = far.iter().zip(&exact).position(|(f, e)| (f / e - 1.0).abs() > 0.01);
    println!("left {left:?}");
    lab.figure(
        Figure::new("orbit", "orbit")
            .panel(
                Panel::new("d")
                    .x(Axis::linear("step"))
                    .y(Axis::log("distance"))
                    .line("in 64 bits", by_step(&far))
                    .hue(Hue::Orange)
                    .dashed("exact", by_step(&exact))
                    .hue(Hue::Ink),
            )
            .panel(
                Panel::new("s")
                    .x(Axis::linear("step"))
                    .y(Axis::log("step size"))
                    .markers("in 64 bits", by_step(&steps))
                    .hue(Hue::Orange)
                    .horizontal("1", 1.0)
                    .horizontal("1/k", 0.1),
            ),
    )?;

    // ## f* nearly known, and not known
    let f = DiagonalQuadratic::with_condition(args.variables, 100.0);
    let f0 = f.value(&start);
    let mut panel = Panel::new("f* is wrong")
        .x(Axis::linear("step"))
        .y(Axis::log("f - f*, of its first value").range(1e-12, 1.0));
    for (off, name) in [
        (1e-2, "1 % too high"),
        (1e-4, "too high"),
        (0.0, "exact"),
        (-1e-4, "too low"),
        (-1e-2, "1 % too low"),
    ] {
        let run = descend(Smooth(&f), Polyak::new(off * f0)?, &start, (400, args.goal * f0))?;
        panel = panel.line(name, by_step(&run.costs).into_iter().map(|(k, f)| (k, f / f0)));
    }
    let mut other = Panel::new("f* is bounded")
        .x(Axis::linear("step"))
        .y(Axis::log("f - f*").range(1e-12, 100.0));
    for below in [1.0, 100.0] {
        let mut gap = Vec::new();
        let run = descend_watched(
            Smooth(&f),
            AdaptivePolyak::new(-below * f0, 20)?,
            &start,
            (5000, args.goal * f0),
            |_, solver| gap.push(-solver.bound() / f0),
        )?;
        println!("{:?}", run.steps);
        other = other
            .line(
                format!("from {below} f0 below"),
                by_step(&run.costs).into_iter().map(|(k, f)| (k, f / f0)),
            )
            .dashed("bound", by_step(&gap));
    }
    lab.figure(Figure::new("value", "v").panel(panel).panel(other))?;

    Ok(())
}

fn main() -> std::process::ExitCode {
    lab::main(env!("CARGO_BIN_NAME"), include_str!("exp_polyak.rs"), run)
}
