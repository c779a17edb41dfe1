//! # How many digits of a Riccati equation have to be lost?
//!
//! **Question.** A regulator is as good as its X, the solution of a Riccati equation. Solvers lose digits of it on hard problems, and the
//! condition is blamed. Are these digits lost for good, and what does it cost to have them?
//!
//! **Maths.** $A'X + XA - XBR^{-1}B'X + Q = 0$ with $A - BK$ stable, $K = R^{-1}B'X$. Newton's step (Kleinman 1968) solves
//! $$(A - BK)'\Delta + \Delta(A - BK) + r = 0$$
//! for the residual $r$ of X. An error of $r$ comes back in $X + \Delta$, enlarged by up to the condition $\kappa$ (Kenney, Hewer 1990). Each
//! operation rounded to $\varepsilon$, that leaves $\varepsilon\kappa$; with twice the digits in $r$ alone, and $\Delta$ right to a
//! digit or more, each step adds such digits until the last one.
//!
//! **Figure.** `errors`: the collection CAREX 2.0 (Abels, Benner 1999) by condition. `steps`: Newton's method with either residual.
//! `time`: by size.
//!
//! **Finding.** None. Of the 14 examples that have a solution ours has each X to the last digit, up to a condition of 4.1e13. In plain
//! doubles the sign function has no digit left on the magnetic tape (`2.7`), an error of 1.8; SciPy errs by 4.7e-4 on `2.6`, whose
//! condition is 2.7: its states have units that are far apart. The condition tells what an error of the data would do, not what a solver
//! has to lose: 5 errors of the sign function and 7 of SciPy's are above what it explains.
//!
//! The digits are lost in the residual. With one in doubles Newton's method stays at 7.7e-9 on a chain of integrators (`4.1`) and at 5.5e-6
//! where poles are next to the axis (`2.8`). With twice the digits there, and nowhere else, the same steps come to the last one. That is a
//! handful of products among a hundred: the sign function takes about as long.

use lab::Lab;
use lab::figure::{Axis, Figure, Hue, Panel, by_step};
use lab::reference::{Matrix, RiccatiExample, carex};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use swingup::lqr::plain::{Residual, newton_step, sign_function};
use swingup::lqr::{Lq, Refusal};
use swingup::nalgebra::{Const, DMatrix, Dyn, Matrix1, Matrix4, Vector4};

/// Flags of this experiment.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Largest size of the timed problems
    #[arg(long, default_value_t = 100, value_parser = lab::flags::count)]
    largest: usize,
}

fn matrix(m: &Matrix) -> DMatrix<f64> {
    DMatrix::from_row_iterator(m.rows, m.columns, m.entries.iter().copied())
}

fn problem(example: &RiccatiExample) -> Lq<Dyn, Dyn> {
    let [a, b, q, r] = example.problem.each_ref().map(matrix);
    Lq::new(a, b, q, r)
}

/// Relative, Frobenius; of the leading block where no more is known.
fn error(found: &DMatrix<f64>, example: &RiccatiExample) -> f64 {
    let known = matrix(&example.solution);
    (found.view((0, 0), known.shape()) - &known).norm() / known.norm()
}

/// n states and n/4 controls: entries uniform in (-1, 1), those of A over √n; Q = 1, R = 1.
fn random(n: usize, seed: u64) -> Lq<Dyn, Dyn> {
    let (mut random, m) = (ChaCha12Rng::seed_from_u64(seed), (n / 4).max(1));
    let mut next = |size: f64| size * random.random_range(-1.0..1.0);
    let a = DMatrix::from_fn(n, n, |_, _| next(1.0 / (n as f64).sqrt()));
    let b = DMatrix::from_fn(n, m, |_, _| next(1.0));
    Lq::new(a, b, DMatrix::identity(n, n), DMatrix::identity(m, m))
}

/// A cart-pole near the top, of a size known to the compiler.
fn cart_pole() -> Lq<Const<4>, Const<1>> {
    let a = Matrix4::new(0.0, 1.0, 0.0, 0.0, 29.43, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0);
    Lq::new(a, Vector4::new(0.0, 3.0, 0.0, 1.0), Matrix4::identity(), Matrix1::new(1.0))
}

/// Least time of SciPy for such a problem in one thread, µs; not a number where there is no SciPy.
fn scipy(n: usize) -> f64 {
    let text = "import sys, timeit, numpy as np, scipy.linalg as l; n = int(sys.argv[1]); m = max(n // 4, 1)
u = np.random.default_rng(0).uniform; a, b = u(-1, 1, (n, n)) / n**.5, u(-1, 1, (n, m))
f = lambda: l.solve_continuous_are(a, b, np.eye(n), np.eye(m))
print(1e6 * min(timeit.repeat(f, number=1, repeat=20)))";
    let mut python = std::process::Command::new("python3");
    python.args(["-c", text, &n.to_string()]).env("OMP_NUM_THREADS", "1").env("OPENBLAS_NUM_THREADS", "1");
    let printed = python.output().map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&printed).trim().parse().unwrap_or(f64::NAN)
}

/// Runs the experiment.
pub fn run(args: Args, lab: &mut Lab) -> lab::Result {
    // ## The collection
    // Each example by ours, by the sign function in plain doubles, and what SciPy made of it. No error is shown as half a unit in the last place.
    let (eps, mut errors, mut above, mut most) = (f64::EPSILON, [vec![], vec![], vec![]], [0.0; 3], 0.0_f64);
    let names = ["ours", "sign function, plain doubles", "SciPy 1.17.1"];
    for example in carex() {
        let (lq, number) = (problem(&example), &example.number);
        let (Some(condition), Some(of_scipy)) = (example.condition, example.scipy) else {
            let found = lq.care();
            let refused = matches!(found, Err(Refusal::Marginal { pole }) if (pole.im.abs() - 1.0).abs() < 1e-6);
            lab.claim(&format!("{number} has no stabilizing solution, and is refused with its pole"), refused)?;
            continue;
        };
        let of_plain = error(&sign_function(&lq).ok_or("the sign function did not settle")?, &example);
        let of_ours = error(&lq.care()?.cost_to_go, &example);
        lab.record(&format!("{number}: condition"), condition)?;
        for (i, error) in [of_ours, of_plain, of_scipy].into_iter().enumerate() {
            lab.record(&format!("{number}: error, {}", names[i]), error)?;
            above[i] += f64::from(error > eps * condition);
            errors[i].push((condition, error.max(0.5 * eps)));
        }
        most = most.max(of_ours);
    }
    lab.record("examples with a solution", errors[0].len() as f64)?;
    lab.record("largest error, ours", most)?;
    for (name, above) in names.iter().zip(above) {
        lab.record(&format!("errors above rounding times condition, {name}"), above)?;
    }
    lab.claim("every solution is right to the last digit, within 1e-18", most < 1e-18)?;
    let worst = errors.each_ref().map(|errors| errors.iter().fold(0.0_f64, |worst, error| worst.max(error.1)));
    lab.claim("the sign function has no digit left on one of them, SciPy three on another", {
        worst[1] > 1.0 && (1e-4..1e-3).contains(&worst[2])
    })?;
    lab.claim("others err by more than the condition explains", above[0] == 0.0 && above[1] > 2.0 && above[2] > 2.0)?;
    let [x, y] = [Axis::log("condition κ of the example").range(1.0, 1e14), Axis::log("relative error of X")];
    let panel = Panel::new("").x(x).y(y.range(1e-17, 30.0));
    let mut panel = panel.dashed("rounding × κ", [(1.0, eps), (1e14, 1e14 * eps)]).hue(Hue::Ink);
    for (i, hue) in [(1, Hue::Orange), (2, Hue::Pink), (0, Hue::Blue)] {
        panel = panel.markers(names[i], errors[i].clone()).hue(hue);
    }
    let caption = "The 14 examples of CAREX 2.0 that have a solution. An error above the line is the method's fault, not the problem's. Ours \
        has none to show: its points are at half a unit in the last place.";
    let figure = Figure::new("errors", "No digit of a Riccati equation has to be lost").caption(caption);
    lab.figure(figure.panel(panel))?;

    // ## Where the digits go
    // Newton's method from twice the solution, whose gain stabilizes: with the residual in doubles, and in twice the digits.
    let mut figure = Figure::new("steps", "The residual decides how many digits Newton's method finds");
    for (number, title) in [("4.1", "21 integrators (4.1)"), ("2.8", "poles next to the axis (2.8)")] {
        let example = carex().into_iter().find(|example| example.number == number).ok_or("no such example")?;
        let lq = problem(&example);
        let mut panel = Panel::new(title).x(Axis::linear("step")).y(Axis::log("relative error of X").range(1e-17, 3.0));
        let mut last = [0.0; 2];
        for (i, residual) in [Residual::Plain, Residual::TwiceTheDigits].into_iter().enumerate() {
            let mut x = lq.care()?.cost_to_go * 2.0;
            let mut line = vec![error(&x, &example)];
            for _ in 0..12 {
                x = newton_step(&lq, &x, residual).ok_or("a gain does not stabilize")?;
                line.push(error(&x, &example));
            }
            let name = ["residual in doubles", "residual in twice the digits"][i];
            last[i] = line[12];
            lab.record(&format!("{number}: error after 12 steps, {name}"), last[i])?;
            let line: Vec<f64> = line.iter().map(|error| error.max(0.5 * eps)).collect();
            panel = panel.line_markers(name, by_step(&line)).hue([Hue::Orange, Hue::Blue][i]);
        }
        lab.claim(
            &format!("{number}: only the residual keeps Newton's method from the last digit"),
            last[0] > 1e-10 && last[1] < 1e-17,
        )?;
        figure = figure.panel(panel);
    }
    let caption = "The same steps, solved for in doubles. In doubles the residual is rounding when X has half of its digits, and a step is noise. In twice \
        the digits each step sees what is still wrong.";
    lab.figure(figure.caption(caption))?;

    // ## Time
    // Random problems with a control for every four states, in one thread; n = 4, 64, 100 of what is not here were timed on another machine.
    let fixed = lab.measure_least("ours, a cart-pole of fixed size", 1000, || drop(cart_pole().care()))?;
    let [mut ours, mut plain, mut theirs] = [vec![], vec![], vec![]];
    for n in [2, 4, 8, 16, 32, 64, 100]
        .into_iter()
        .filter(|&n| n <= args.largest && (n < 10 || !lab.quick()))
        .collect::<Vec<_>>()
    {
        let (lq, at, repeats) = (random(n, lab.seed()), n as f64, (2000 / n).min(200));
        ours.push((at, lab.measure_least(&format!("ours, n = {n}"), repeats, || drop(lq.care()))?));
        plain.push((at, lab.measure_least(&format!("sign function, n = {n}"), repeats, || drop(sign_function(&lq)))?));
        let mut time = f64::NAN;
        // What cannot be measured is not recorded.
        let measured = lab.measure_alone(&format!("SciPy, n = {n}"), "µs", || {
            time = scipy(n);
            time
        });
        if measured.is_ok() {
            theirs.push((at, time));
        }
    }
    let panel = Panel::new("").x(Axis::log("states n")).y(Axis::log("time (µs)"));
    let panel =
        panel.line_markers(names[0], ours).hue(Hue::Blue).markers("ours, fixed size", [(4.0, fixed)]).hue(Hue::Sky);
    let panel = panel.line_markers(names[1], plain).hue(Hue::Orange);
    let mut panel = panel.markers("SLICOT, elsewhere", [(4.0, 20.0), (64.0, 7e3), (100.0, 12e3)]).hue(Hue::Red);
    if theirs.is_empty() {
        lab.say("  no SciPy on this machine: its times are those of another one");
        panel = panel.markers("SciPy, elsewhere", [(4.0, 430.0), (64.0, 31e3), (100.0, 53e3)]).hue(Hue::Pink);
    } else {
        panel = panel.line_markers("SciPy", theirs).hue(Hue::Pink);
    }
    let figure = Figure::new("time", "All digits take about as long as some of them");
    lab.figure(
        figure.caption("One continuous equation in one thread, least of many; true of one machine.").panel(panel),
    )?;

    Ok(())
}

fn main() -> std::process::ExitCode {
    lab::main(env!("CARGO_BIN_NAME"), include_str!("exp_riccati.rs"), run)
}
