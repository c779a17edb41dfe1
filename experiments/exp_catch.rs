//! # From how far can a pole be caught?
//!
//! **Question.** A linear feedback $u = -Kx$ holds a pole near the top. How far may it lean, how often may it have turned, what does the motor
//! leave of that, and how does the pole get there?
//!
//! **Maths.** The tilt $\delta = \theta - \pi$ enters as it is, as $\sin\delta$, wrapped into a turn, or as $2\tan(\delta/2)$: all the same near
//! the top. Energy swings up: $u = p\,\mathrm{sat}(E - E_{up})\,\mathrm{sign}(\omega\cos\theta)$ with $E = L^2\omega^2/6 - g\frac{L}{2}\cos\theta$,
//! until $x'Xx$, the regulator's cost to go, is at a level from which $-Kx$ recovers within the limits.
//!
//! **Figure.** `region`: what is recovered, by form and by limits. `catch` and `swing`: swing-up and catch.
//!
//! **Finding.** From rest, and without limits, the sine recovers tilts up to 1.1055 rad, the wrapped angle 1.1976, the tangent of half of it 1.2457. All
//! hold the pole after a turn, the plain angle does not. The motor's acceleration leaves 0.9586 of it, its speed and the track 0.2241, 0.2252
//! and 0.2263: there the gains matter, not the form. Those of the notes recover 0.3934.
//!
//! From rest a pole is swung up and caught after 2.36 s. Of 100 random starts, of up to ten turns either way, 100 are caught, the last after
//! 5.19 s, and no limit is ever exceeded.

use std::f64::consts::{PI, TAU};

use lab::Lab;
use lab::animation::cart_pole;
use lab::figure::{Axis, Figure, Hue, Panel};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use swingup::lqr::{Angle, Lq, Motor, SwingUp, Trial, Upright, edge, outline};
use swingup::models::CartPole;

/// Flags of this experiment.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Random starts of the swing-up
    #[arg(long, default_value_t = 100, value_parser = lab::flags::count)]
    starts: usize,
}

/// Points of a curve.
type Curve = Vec<(f64, f64)>;

/// Upright at rest in the middle of the track; a state is (x, v, θ, ω).
const UP: [f64; 4] = [0.0, 0.0, PI, 0.0];
/// Weights of the states and of the control: all one, and the notes'.
const ONES: ([f64; 4], f64) = ([1.0; 4], 1.0);
const NOTES: ([f64; 4], f64) = ([4.0, 1.0, 1.0, 0.01], 1e-3);
/// The motor and its track.
const MOTOR: Motor = Motor { acceleration: 15.0, speed: 1.0, reach: 0.44 };

/// The controller with the best gain near upright.
fn swing_up((q, r): ([f64; 4], f64)) -> lab::Result<SwingUp> {
    let pole = CartPole::new(0.5, 9.81);
    Ok(SwingUp::new(pole, &Lq::linearized(&pole, UP, [0.0], q, [r]).care()?, MOTOR, 0.01)?)
}

/// From which tilts and rates a pole is recovered, all around, and from which tilt at rest.
fn region(lines: usize, recovers: impl Fn([f64; 4]) -> bool) -> (Curve, f64) {
    let from = |[tilt, rate]: [f64; 2]| recovers([0.0, 0.0, PI + tilt, rate]);
    (outline(lines, PI, 10.0, from), edge(2.0, 200, 1e-7, |tilt| from([tilt, 0.0])))
}

/// Runs the experiment.
pub fn run(args: Args, lab: &mut Lab) -> lab::Result {
    // ## From how far
    // All weights one, in three forms without limits; then within the limits of the motor.
    let (lines, trial) = (if lab.quick() { 24 } else { 180 }, Trial { step: 2e-3, time: 60.0 });
    let (ones, notes) = (swing_up(ONES)?, swing_up(NOTES)?);
    let axes = Panel::new("without limits").x(Axis::linear("tilt δ (rad)")).y(Axis::linear("rate ω (rad/s)"));
    let (mut forms, mut near, mut rest) = (axes.clone(), axes.clone(), vec![]);
    let mut smallest = [f64::MAX, f64::MIN];
    for (name, angle, known) in [
        ("δ", Angle::Unwrapped, 1.1976),
        ("sin δ", Angle::Sine, 1.1055),
        ("wrapped δ", Angle::Wrapped, 1.1976),
        ("2 tan(δ/2)", Angle::HalfTangent, 1.2457),
    ] {
        let free = Upright { angle, most: f64::INFINITY, ..ones.upright };
        let (line, tilt) = region(lines, |x| trial.recovers(&free, x, Upright::verdict));
        lab.record(&format!("recoverable tilt, {name}"), tilt)?;
        lab.claim(&format!("recoverable tilt, {name}: {known}"), (tilt - known).abs() < 1e-4)?;
        let turned = [0.0, 0.0, PI + TAU + 0.1, 0.0];
        let (held, wrong) = (trial.recovers(&free, turned, |x| Upright::stands(x, 1e-3).then_some(true)), name == "δ");
        lab.claim(&format!("{name}: {} after a turn", if wrong { "lost" } else { "held" }), held != wrong)?;
        let limited = SwingUp { upright: Upright { angle, ..ones.upright }, ..ones };
        let within = edge(2.0, 200, 1e-7, |tilt| limited.recovers([0.0, 0.0, PI + tilt, 0.0]));
        lab.record(&format!("recoverable tilt within limits, {name}"), within)?;
        smallest = [smallest[0].min(within), smallest[1].max(within)];
        if !wrong {
            (forms, near) = (forms.line(name, line.clone()), near.line(name, line));
            rest.push((tilt, 0.0));
        }
    }
    lab.claim("within the limits the form is no matter, to 1 %", smallest[1] < 1.01 * smallest[0])?;
    let near = near.x(Axis::linear("tilt δ (rad)").range(1.0, 1.4)).y(Axis::linear("rate ω (rad/s)").range(-2.0, 2.0));
    let near = Panel { title: "the same, near rest".into(), ..near.markers("at rest", rest).hue(Hue::Ink) };
    let pushed = region(lines, |x| trial.recovers(&ones.upright, x, Upright::verdict));
    let [tracked, quick] = [ones, notes].map(|control| region(lines, |x| control.recovers(x)));
    let mut within = Panel { title: "wrapped, within limits".into(), ..axes };
    for (name, (line, tilt)) in [("15 m/s²", pushed), ("also 1 m/s, 0.44 m", tracked), ("that, notes' gains", quick)] {
        lab.record(&format!("recoverable tilt, wrapped, {name}"), tilt)?;
        within = within.line(name, line);
    }
    let title = "The form of the angle matters a little, the limits of the motor a lot";
    let caption = "Of each line from the middle what is recovered without a fall, the cart at rest in the middle. Left and middle: three forms. \
        Right: the wrapped form, with the acceleration limited, with speed and track too, and so with the gains of the notes.";
    let figure = Figure::new("region", title).columns(3).caption(caption);
    lab.figure(figure.panel(forms).panel(near).panel(within))?;

    // ## Swing up and catch
    // With the notes' gains, from perfect rest.
    let mut control = notes;
    let (motion, caught) = control.run([0.0; 4], 500);
    let (states, catch) = (motion.states.clone(), 0.01 * caught as f64);
    lab.record("from rest: caught after, s", catch)?;
    let frames: Vec<(f64, f64)> = states.iter().step_by(2).map(|x| (3.0 * x[0], x[2])).collect();
    let film = cart_pole("A pole is swung up and caught", frames, 50.0, 40);
    let caption = "As fast as it is, on a track of 0.88 m and with at most 1 m/s.";
    lab.film("catch", "Energy swings the pole up, and a linear feedback catches it", caption, film)?;

    // ## The same over time
    let (mut all, mut last, mut far, mut fast) = (0.0, 0.0, 0.0, 0.0);
    let (mut random, starts) = (ChaCha12Rng::seed_from_u64(lab.seed()), if lab.quick() { 10 } else { args.starts });
    for _ in 0..starts {
        let mut any = |most: f64| random.random_range(-most..most);
        let (mut control, start) = (notes, [any(0.4), any(0.3), any(60.0), any(12.0)]);
        let (motion, caught) = control.run(start, 3000);
        all += f64::from(motion.states.last().is_some_and(|x| Upright::stands(*x, 1e-2)));
        last = f64::max(last, 0.01 * caught as f64);
        far = motion.states.iter().map(|x| x[0].abs()).fold(far, f64::max);
        fast = motion.states.iter().map(|x| x[1].abs()).fold(fast, f64::max);
    }
    lab.record("random starts: held", all)?;
    lab.record("random starts: the last is caught after, s", last)?;
    lab.record("random starts: farthest place, m", far)?;
    lab.record("random starts: highest speed, m/s", fast)?;
    lab.claim("every pole is caught and held", all == starts as f64)?;
    lab.claim("the limits are kept", far <= MOTOR.reach + 1e-9 && fast <= MOTOR.speed + 1e-9)?;
    let mut plane = Panel::new("").x(Axis::linear("angle θ (rad)").range(-PI, PI));
    plane = plane.y(Axis::linear("rate ω (rad/s)").range(-12.0, 12.0));
    for sign in [-2.0, 2.0] {
        let angles = (-100..=100).map(|k| 0.01 * PI * f64::from(k));
        plane = plane.level(angles.map(|angle| (angle, sign * (1.5 * 9.81 / 0.5_f64).sqrt() * (0.5 * angle).cos())));
    }
    let plane = plane.line("swing", states[..=caught].iter().map(|x| (x[2], x[3])));
    let plane = plane.line("hold", states[caught..].iter().map(|x| (x[2], x[3])));
    let place = Panel::over_time("place (m)", [-0.44, 0.44]).at_knots(0.01, &states, &[("", 0)]);
    let place = place.y(Axis::linear("place (m)").range(-0.6, 0.6)).vertical("caught", catch);
    let speed = Panel::over_time("speed (m/s)", [-1.0, 1.0]).at_knots(0.01, &states, &[("", 1)]);
    let push = Panel::over_time("acceleration (m/s²)", [-15.0, 15.0]).held(0.01, &motion.controls, &[("", 0)]);
    let caption = "Above left: grey is the energy of standing, which the swing aims at. The others: the cart, between its limits.";
    let figure = Figure::new("swing", "A few pushes give the pole its energy, and the feedback takes over")
        .columns(2)
        .plot_height(235.0);
    let figure = figure.caption(caption).panel(plane).panel(place);
    lab.figure(figure.panel(speed.vertical("", catch)).panel(push.vertical("", catch)))?;

    Ok(())
}

fn main() -> std::process::ExitCode {
    lab::main(env!("CARGO_BIN_NAME"), include_str!("exp_catch.rs"), run)
}
