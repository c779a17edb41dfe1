//! # How does a pole swing up, and how long does it take to find out?
//!
//! **Question.** In 2018 a program in Python found this swing-up in 71 Newton steps and a second, another one in 51, both in
//! single precision and through penalties. What did they find? What do double precision and the full optimality
//! conditions add, and what happens between the knots, where nobody looks?
//!
//! **Maths.** A cart of acceleration $u$ carries a pole, $\theta'' = -\sin\theta - u\cos\theta$ in the pole's own units; 100
//! knots, $h = 0.1$ apart, from hanging at rest. Each interval is a midpoint step, $d = x_+ - x - h f((x + x_+)/2, u) = 0$;
//! the cost is $J = \sum 0.1\,|x|^2 + 0.6\,u^2 + \frac{k}{100}(\theta - \pi)^2$. The notes minimized
//! $J + \lambda' d + \rho\,|d/h|^2$ for growing $\rho$, with $\lambda \leftarrow \lambda + 2 \rho\, d/h^2$ between; its Hessian is a band
//! of 13 diagonals. Here Newton's method is also run on the optimality conditions themselves,
//! $$\begin{pmatrix} H & A' \\ A & 0 \end{pmatrix} \begin{pmatrix} dz \\ \lambda_+ \end{pmatrix} = - \begin{pmatrix} \nabla J \\ d \end{pmatrix},$$
//! solved block by block, and damped until $H$ is positive along the constraints.
//!
//! **Figure.** `motion`: the swing-up. `plan`: the same over time. `steps`: how three programs come to it, and the
//! saddles on their way. `between`: how wrong four schemes are between their knots.
//!
//! **Finding.** From a plan of zeros, Newton's method on the optimality conditions takes 21 steps to the best plan. It
//! costs 144.8311161142 and meets the dynamics to rounding. The pole is highest at knot 74, where it leans by 0.111 rad: the
//! price of standing upright is more than the gain. The notes' first program takes 71 steps here as it did then, in single and
//! in double precision alike, and ends with rates that are wrong by 0.00082. Fifteen copies side by side, stopped by
//! their common cost, took 69; here it is 68. The second program, if that too stopped by the cost of its copies, takes 51
//! as it did then, and ends at 0.000042.
//!
//! What they could not have is a matter of the condition: that of their matrix at the last penalty is 11.8 million, that of
//! the optimality conditions 556. In single precision a cutoff of `1e-10` is never met, in double precision it is, after 59
//! steps. On their way the three programs meet 7, 5 and 8 saddles, where a step may go uphill: the first takes it as it is,
//! the second shortens it, the third damps it. Between the knots the midpoint plan is wrong by up to 0.0022 in the pole's
//! acceleration, that of Hermite and Simpson, with the same knots, by 0.000068.

use lab::Lab;
use lab::animation::cart_pole;
use lab::figure::{Axis, Figure, Hue, Panel, by_step};
use swingup::expansion::{Expansion, Hessian, Nlp};
use swingup::linear::{KktStep, Riccati, RightSide, condition};
use swingup::newton::{Options, PenaltyForm, Status, kkt_at, solve};
use swingup::problems::{Program, SWING_UP_OPTIMUM, swing_up};
use swingup::transcription::{Between, HERMITE_SIMPSON, MIDPOINT, RK4, TRAPEZOID};
use swingup::{Single, Trajectory};

/// Flags of this experiment.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Cutoff that the second program is tried with in either precision
    #[arg(long, default_value = "1e-10", value_parser = lab::flags::positive)]
    cutoff: f64,
}

/// Runs the experiment.
pub fn run(args: Args, lab: &mut Lab) -> lab::Result {
    // ## The motion
    // Newton's method on the optimality conditions, from a plan of zeros.
    let nlp = swing_up().transcribe(MIDPOINT);
    let zeros = Trajectory::constant(99, [0.0; 4], [0.0]);
    let best = solve(&nlp, &zeros, &Options::default())?;
    let states = best.plan.states.clone();
    let peak = (0..100).max_by(|&a, &b| states[a][2].total_cmp(&states[b][2])).unwrap_or(0);
    let lean = std::f64::consts::PI - states[peak][2];
    lab.record("cost", best.report.cost)?;
    lab.record("knot where the pole is highest", peak as f64)?;
    lab.record("lean there, rad", lean)?;
    let optimal = best.report.status == Status::Solved && (best.report.cost - SWING_UP_OPTIMUM).abs() < 1e-8;
    lab.claim("the plan is optimal", optimal)?;
    lab.claim("the plan meets the dynamics to rounding", best.report.defect < 1e-14)?;
    lab.claim("the pole stops short of standing", lean > 0.1)?;
    let middles = nlp.ocp().between(&best.plan, 1);
    let frames: Vec<[f64; 4]> = middles.iter().flat_map(|b| [states[b.interval], b.x]).collect();
    let motion = cart_pole("A pole swings up on its cart", frames.iter().map(|x| (x[0], x[2])), 20.0, 16);
    let caption =
        "The best plan. A unit of its time is $\\sqrt{2L/3g}$: 0.18 s for a pole of half a metre, shown as a second.";
    lab.film("motion", "One swing back, one up, and let go in the end", caption, motion)?;

    // ## The plan
    // The pole is thrown back once, then up. Hardly any force holds it near the top, and as the end comes it is let go.
    let time = Axis::linear("time, in √(2L/3g)");
    let [mut angle, mut place, mut held] = [vec![], vec![], vec![]];
    for (k, (x, u)) in states.iter().zip(&best.plan.controls).enumerate() {
        angle.push((0.1 * k as f64, x[2]));
        place.push((0.1 * k as f64, x[0]));
        held.extend([(0.1 * k as f64, u[0]), (0.1 * (k + 1) as f64, u[0])]);
    }
    let pole = Panel::new("").x(time.clone()).y(Axis::linear("pole θ, rad"));
    let pole = pole.line("", angle).horizontal("standing", std::f64::consts::PI);
    let cart = Panel::new("").x(time.clone()).y(Axis::linear("cart x, in 2L/3")).line("", place);
    let push = Panel::new("").x(time).y(Axis::linear("acceleration u, in g")).line("", held);
    let figure = Figure::new("plan", "One swing back, one up, and let go in the end").columns(3);
    let figure = figure.caption("The best plan over time; the control is held between knots.");
    lab.figure(figure.panel(pole).panel(cart).panel(push))?;

    // ## Three programs
    // The first doubles ρ ten times and takes every step whole; the second has ρ = 0, 0.1, 1.1, .. and halves its steps;
    // both solve with the Hessian as it is. Copies side by side stop by the cost of all fifteen.
    let single: Trajectory<4, 1, Single> = zeros.convert();
    let (part3, part4) = (Program::first(), Program::second());
    let first = part3.run(&nlp, &single)?;
    let double = part3.run(&nlp, &zeros)?;
    let copies = part3.cutoff(15e-10).run(&nlp, &single)?;
    let second = part4.run(&nlp, &single)?;
    let endless = part4.cutoff(args.cutoff).run(&nlp, &single)?;
    let ends = part4.cutoff(args.cutoff).run(&nlp, &zeros)?;
    let mut cost = Panel::new("distance from the least cost").x(Axis::linear("Newton step")).y(Axis::log("|J - J*|"));
    let mut rate = Panel::new("violation of the dynamics").x(Axis::linear("Newton step")).y(Axis::log("largest |d/h|"));
    let mut saddles = Vec::new();
    for (name, report) in [
        ("first program, 32 bits", &first),
        ("second program, 32 bits", &second),
        ("optimality conditions", &best.report),
    ] {
        let mut after: Vec<(f64, f64)> = report.iterations.iter().map(|i| (i.cost, 10.0 * i.defect)).collect();
        after.push((report.cost, 10.0 * report.defect));
        let far: Vec<f64> = after.iter().map(|a| (a.0 - SWING_UP_OPTIMUM).abs().max(1e-10)).collect();
        cost = cost.line(name, by_step(&far));
        rate = rate.line(name, by_step(&after.iter().map(|a| a.1.max(1e-15)).collect::<Vec<_>>()).into_iter().skip(1));
        let before = saddles.len();
        let indefinite = report.iterations.iter().enumerate().filter(|(_, i)| i.negative > 0);
        saddles.extend(indefinite.map(|(k, _)| (k as f64, far[k])));
        lab.record(&format!("saddles, {name}"), (saddles.len() - before) as f64)?;
        lab.record(&format!("steps, {name}"), report.iterations.len() as f64)?;
        lab.record(&format!("largest |d/h|, {name}"), 10.0 * report.defect)?;
    }
    lab.record("steps, first program, fifteen copies", copies.iterations.len() as f64)?;
    lab.record("steps in 2018, first program, fifteen copies", 69.0)?;
    lab.record("steps, second program in double precision with the fine cutoff", ends.iterations.len() as f64)?;
    let counts = [&first, &double, &second].map(|report| report.iterations.len());
    lab.claim("the notes' programs take the steps that they took in 2018", counts == [71, 71, 51])?;
    lab.claim("in single precision the fine cutoff is never met", endless.status == Status::IterationLimit)?;
    lab.claim("in double precision it is", ends.status == Status::RoundLimit)?;
    let mut form = PenaltyForm::new(nlp.clone(), 1111.1);
    form.multipliers.clone_from(&best.multipliers);
    let kkt = kkt_at(&nlp, &best.plan, &best.multipliers)?;
    lab.record("condition of the penalty form, millions", form.condition_at(&form.pack(&best.plan)) / 1e6)?;
    lab.record("condition of the optimality conditions", condition(kkt.matrix(), 2000))?;
    lab.claim("the best plan is a minimum along the constraints", kkt.negative() == 0)?;
    let caption = "A fall after a plateau is a new penalty; the optimality conditions know none, and their last steps square the error. \
        At a cross the matrix had a negative eigenvalue.";
    let title = "Penalties come near the best plan, the optimality conditions to it";
    let figure = Figure::new("steps", title).caption(caption);
    lab.figure(figure.panel(cost.markers("saddle", saddles).hue(Hue::Ink)).panel(rate))?;

    // ## Between the knots
    // The same problem in four schemes: how far the cubic through the knots is from the pole's own law.
    let plans = [
        ("midpoint", best.plan.clone()),
        ("trapezoid", solve(&swing_up().transcribe(TRAPEZOID), &zeros, &Options::default())?.plan),
        ("Hermite-Simpson", solve(&swing_up().transcribe(HERMITE_SIMPSON), &zeros, &Options::default())?.plan),
        ("RK4", solve(&swing_up().transcribe(RK4), &zeros, &Options::default())?.plan),
    ];
    let error = Axis::log("largest error of θ'' in an interval, in 3g/2L");
    let mut panel = Panel::new("").x(Axis::linear("time, in √(2L/3g)")).y(error);
    let mut worst = [0.0_f64; 4];
    for (worst, (name, plan)) in worst.iter_mut().zip(&plans) {
        let motion = nlp.ocp().between(plan, 9);
        let largest = |interval: &[Between<4>]| interval.iter().map(|b| b.error[3].abs()).fold(0.0, f64::max);
        let line: Vec<(f64, f64)> = motion.chunks(9).map(|interval| (interval[4].t, largest(interval))).collect();
        *worst = line.iter().map(|error| error.1).fold(0.0, f64::max);
        lab.record(&format!("largest error between the knots, {name}"), *worst)?;
        panel = if *name == "RK4" { panel.dashed(*name, line) } else { panel.line(*name, line) };
    }
    let better = worst[0].min(worst[1]) > 10.0 * worst[2].max(worst[3]);
    lab.claim("order four is ten times better between the knots", better)?;
    let caption = "Every defect is zero. Between the knots the cubic with the model's slopes at both ends shows what a scheme does not see.";
    lab.figure(
        Figure::new("between", "No defect at the knots is not no error between them").caption(caption).panel(panel),
    )?;

    // ## Where the time goes
    // The notes' own table says: half of it for products with the Hessian (their profile: 61 %), a fifth for the line search (17 %).
    let (mut expansion, mut riccati) = (Expansion::new(99), Riccati::new(99));
    let (mut right, mut step, mut defects) = (RightSide::zeros(99), KktStep::zeros(99), vec![[0.0; 4]; 99]);
    lab.measure_least("the swing-up from zeros; notes: 1.1 s and 0.38 s", 30, || {
        let _ = solve(&nlp, &zeros, &Options::default());
    })?;
    let expand = lab.measure_least("a step: second-order expansion; notes: 1600 to 11000 µs", 1000, || {
        nlp.expand(&best.plan, &best.multipliers, Hessian::Exact, &mut expansion);
    })?;
    let blocks = lab.measure_least("a step: Riccati", 1000, || {
        let _ = riccati.factor(&expansion, 0.0, false);
        right.take(&expansion);
        riccati.solve(&expansion, &right, &mut step);
    })?;
    let trial = lab.measure_least("a step: a trial of the line search", 1000, || {
        nlp.evaluate(&best.plan, &mut defects);
    })?;
    let all = expand + blocks + trial;
    lab.measure("share of the expansion; notes: 50 to 61 %", 100.0 * expand / all, "%")?;
    lab.measure("share of the line search; notes: 17 to 20 %", 100.0 * trial / all, "%")?;

    Ok(())
}

fn main() -> std::process::ExitCode {
    lab::main(env!("CARGO_BIN_NAME"), include_str!("exp_swing_up.rs"), run)
}
