//! # Can one tell beforehand how training will go?
//!
//! **Question.** The notes descended in a motion and ascended in its multipliers, watched it turn in circles, and asked for
//! an analysis: training is a dynamical system. How fast does it converge, how does it turn, and what do their ideas (alternation,
//! smoothing, a damping term) do to it?
//!
//! **Maths.** With cost $J$, rates $r = d/h$ that are to vanish, $A$ their derivative and $H$ the Hessian of $J + \mu' r$, a step at the rate
//! $\alpha$ multiplies a small error in $(z, \mu)$ by a matrix, its modes by
//! $$1 - \alpha\kappa, \qquad \kappa \text{ an eigenvalue of } \begin{pmatrix} H & A' \\ -A & 0 \end{pmatrix},$$
//! so that it converges for $\alpha < 2\,\mathrm{Re}\,\kappa/|\kappa|^2$. For $H = 0$ this is a wave equation in steps and time. Other plays have
//! other matrices: both at once (Arrow, Hurwicz, Uzawa 1958), in turn, by the extragradient (Korpelevich 1976), or damped by
//! $\rho |r|^2$, the method of multipliers (Bertsekas 1982; Rockafellar 1976) in small steps. Kinks are rounded off, $\sqrt{e^2 + \varepsilon^2}$ for $|e|$.
//!
//! **Figure.** `flow`: decay and turning of each mode. `training`: steps per digit, predicted from eigenvalues, and measured on runs.
//!
//! **Finding.** Yes, from the eigenvalues of one step. With kinks rounded off over 0.3 they say that descent and ascent at once, at the rate
//! 0.0002, take 636 055 steps for a digit and turn by 0.00161 rad in each; the run of the spring itself takes 636 079 and turns by as
//! much. All six plays do as predicted within 1 %. The slowest mode turns by 8.05 while it falls by 0.0246, per step and rate: by about
//! $2/h$, as an error does that alternates from knot to knot. The notes' rate of 0.001 is beyond the limit of 0.00076: such a run does not
//! converge, for narrower kinks less than ever.
//!
//! Each at its best rate, a digit takes 493 859 steps at once; 988 569 when the motion sees a smoothed multiplier, for that comes
//! late; 214 in turn, 88 with the extragradient at twice the work, 68 with a damping term of 0.1 and 57 when that is
//! relaxed by the heat equation in time. Of the notes' ideas damping was the right one, by a factor of 7253.

use lab::Lab;
use lab::figure::{Axis, Figure, Hue, Panel};
use swingup::newton::{Options, solve};
use swingup::optimize::{DescentAscent, OnKnots, Play, QuadraticSaddle, largest_rate, train};
use swingup::{Trajectory, problems::spring};

/// Flags of this experiment.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Width over which the kinks of |e| are rounded off
    #[arg(long, default_value = "0.3", value_parser = lab::flags::positive)]
    width: f64,
}

/// Runs the experiment.
pub fn run(args: Args, lab: &mut Lab) -> lab::Result {
    // ## Training as a dynamical system
    // The spring about its optimum: each mode of a step as decay and turning.
    let (mass, zeros) = (spring(args.width), Trajectory::constant(19, [0.0; 2], [0.0]));
    let best = solve(&mass, &zeros, &Options::default())?;
    let saddle = QuadraticSaddle::about(&mass, &best.plan, &best.multipliers)?;
    let [damped, relaxed] = [Play::Damped { penalty: 0.1 }, Play::Relaxed { penalty: 0.1, reach: 1.0 }];
    let turning = Axis::linear("|Im κ|: turning, rad per step and rate");
    let mut panel = Panel::new("").x(Axis::log("Re κ: decay per step and rate")).y(turning);
    for (name, play) in [("at once", Play::AtOnce), ("damped", damped), ("relaxed in time", relaxed)] {
        let flow = DescentAscent::new(play, 1.0)?.flow(&saddle).ok_or("no eigenvalues")?;
        panel = panel.markers(name, flow.iter().map(|k| (k[0], k[1])));
    }
    let flow = DescentAscent::new(Play::AtOnce, 1.0)?.flow(&saddle).ok_or("no eigenvalues")?;
    let slowest = *flow.iter().min_by(|a, b| a[0].total_cmp(&b[0])).ok_or("no eigenvalues")?;
    lab.record("decay of the slowest mode, per step and rate", slowest[0])?;
    lab.record("turning of the slowest mode, rad per step and rate", slowest[1])?;
    let mut limits = Vec::new();
    for width in [1.0, 0.3, 0.1, 0.03] {
        let best = solve(&spring(width), &zeros, &Options::default())?;
        let saddle = QuadraticSaddle::about(&spring(width), &best.plan, &best.multipliers)?;
        limits.push((width, largest_rate(&saddle).ok_or("no eigenvalues")?));
    }
    lab.record_series("largest rate, by width", &limits)?;
    lab.record("the notes' rate", 1e-3)?;
    lab.claim("the notes' rate of 0.001 is beyond the limit", limits.iter().all(|limit| limit.1 < 1e-3))?;
    let caption = "The modes of the spring with an error $1 - \\alpha\\kappa$ times as large after each step. At once, errors are waves along \
        the motion that hardly fade.";
    let figure =
        Figure::new("flow", "Descent and ascent at once is a wave equation; damping makes it heat").caption(caption);
    lab.figure(figure.panel(panel))?;

    // ## Predicted and measured
    // Steps per digit by rate, from eigenvalues; and what runs of the rounded spring itself, from zeros, take.
    let (q, long) = if lab.quick() { (2.0, 0.05) } else { (1.15, 4.0) };
    let plays = [
        ("at once", Play::AtOnce, 2e-4, long),
        ("averaged", Play::Averaged { share: 0.5 }, 1e-4, long),
        ("in turn", Play::InTurn, 0.15, 9.0),
        ("extragradient", Play::Extragradient, 0.05, 9.0),
        ("damped", damped, 0.09, 9.0),
        ("relaxed in time", relaxed, 0.12, 9.0),
    ];
    let mut rates = Panel::new("").x(Axis::log("rate α")).y(Axis::log("steps per digit").range(30.0, 1e7));
    let mut decay =
        Panel::new("").x(Axis::linear("step, in predicted steps per digit")).y(Axis::log("change, of the first"));
    let [mut measured, mut leasts] = [vec![], vec![]];
    for run in train(&OnKnots::new(&mass), &saddle, &plays, (1e-5, 0.6), q)? {
        let (name, found) = (run.name, run.measured.ok_or("the run diverged")?);
        lab.record(&format!("{name}: rate of the run"), run.rate)?;
        let least = run.steps_per_digit.iter().map(|at| at.1).fold(f64::INFINITY, f64::min);
        lab.record(&format!("{name}: least steps per digit"), least)?;
        leasts.push((run.rate, least));
        for (how, mode) in [("predicted", run.predicted), ("measured", found)] {
            lab.record(&format!("{name}: steps per digit, {how}"), mode.steps_per_digit())?;
            lab.record(&format!("{name}: turning per step, rad, {how}"), mode.angle)?;
        }
        // A million steps for a digit are too many for a quick run.
        if !lab.quick() || run.rate > 1e-3 {
            let close = run.errors().iter().all(|&error| error < 0.01);
            lab.claim(&format!("{name}: decay and turning are as predicted, within 1 %"), close)?;
        }
        measured.push((run.rate, found.steps_per_digit()));
        (rates, decay) = (rates.line(name, run.steps_per_digit), decay.line(name, run.decay));
    }
    lab.record("times as fast with damping as without", leasts[0].1 / leasts[4].1)?;
    lab.claim(
        "damping is a thousand times as fast, and an average slower",
        leasts[0].1 > 1e3 * leasts[4].1 && leasts[1].1 > leasts[0].1,
    )?;
    let decay = decay.dashed("predicted slope", [(0.0, 1.0), (9.0, 1e-9)]).hue(Hue::Ink);
    let caption = "Left: predicted by the eigenvalues of each step; measured where it was run. Right: these runs, on a common scale.";
    let figure =
        Figure::new("training", "Eigenvalues predict how training converges, and what to change").caption(caption);
    lab.figure(figure.panel(rates.markers("measured", measured).hue(Hue::Ink)).panel(decay))?;

    Ok(())
}

fn main() -> std::process::ExitCode {
    lab::main(env!("CARGO_BIN_NAME"), include_str!("exp_training.rs"), run)
}
