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
    AdaptivePolyak, Method, Momentum, Polyak, Smooth, descend, descend_watched, shortest_descent,
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

/// Names and colours, the same in every figure.
const METHODS: [(&str, Hue); 5] = [
    ("gradient descent", Hue::Ink),
    ("heavy ball", Hue::Blue),
    ("Nesterov", Hue::Green),
    ("Adam", Hue::Pink),
    ("Polyak", Hue::Orange),
];

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
        let axis = Axis::log("distance from the minimum");
        let mut panel = Panel::new(title).x(Axis::linear("step")).y(axis);
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
    lab.record("largest error of 1 - 1/p and of 1 + 1/p", error)?;
    lab.claim(
        "on |x|^p a step goes 1/p of the way, with the notes' sign as far away",
        error < 1e-14,
    )?;
    lab.figure(figure)?;

    // ## What a condition number costs
    // Descent and momentum are told the least and the largest curvature, and Adam takes the best of seven rates. Polyak's
    // step is told that the minimum is zero; it starts from twenty points that differ in the last bits.
    let mut random = StdRng::seed_from_u64(lab.seed());
    let start: Vec<f64> = (0..args.variables).map(|_| random.random_range(-1.0..1.0)).collect();
    let turn = rotation(args.variables, || random.random_range(-1.0..1.0));
    let conditions = if lab.quick() { vec![1e1, 1e2, 1e3] } else { vec![1e1, 1e2, 1e3, 1e4, 1e5] };
    let mut figure = Figure::new("condition", "Told f*, Polyak keeps up with momentum told both curvatures")
        .caption("Steps until $f$ has fallen to $10^{-10}$ of its first value. A square is a run of Polyak's step; the twenty of a \
            condition number start from points that differ in the last bits, and the line joins their medians.");
    let mut progress = lab.progress("condition numbers", 2 * conditions.len());
    for (title, turned) in [("curvatures along the axes", false), ("axes turned", true)] {
        let (mut lines, mut draws) = (vec![Vec::new(); 5], Vec::new());
        for &kappa in &conditions {
            let axes = DiagonalQuadratic::with_condition(args.variables, kappa);
            let (f, x0) = match turned {
                false => (Quadratic::from(&axes), start.clone()),
                true => (Quadratic::rotated(&axes, &turn), times(&turn, &start)),
            };
            let until = (args.steps, args.goal * f.value(&x0));
            let descent = [Method::gradient_descent_for_curvatures(1.0, kappa)];
            let mut steps = vec![
                shortest_descent(&f, descent, &x0, until)?.and_then(|run| run.steps),
                descend(f.clone(), Momentum::heavy_ball_for_curvatures(1.0, kappa)?, &x0, until)?
                    .steps,
                descend(f.clone(), Momentum::nesterov_for_curvatures(1.0, kappa)?, &x0, until)?
                    .steps,
                shortest_descent(&f, RATES.map(Method::adam), &x0, until)?
                    .and_then(|run| run.steps),
            ];
            let mut polyak = Vec::new();
            for bits in 0..20 {
                let x0: Vec<f64> =
                    x0.iter().map(|x| x * (1.0 + f64::from(bits) * f64::EPSILON)).collect();
                polyak.extend(descend(f.clone(), Polyak::new(0.0)?, &x0, until)?.steps);
            }
            println!("{kappa} {steps:?} {polyak:?}");
            progress.step();
        }
    }

    Ok(())
}

fn main() -> std::process::ExitCode {
    lab::main(env!("CARGO_BIN_NAME"), include_str!("exp_polyak.rs"), run)
}
