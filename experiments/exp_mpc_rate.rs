//! # How few Newton steps can a controller live on?
//!
//! **Question.** In 2018 the swing-up's plan was shifted by one knot and given four Newton steps, some 50 times a second, or two, 80 times;
//! one "doesn't work well". There was no plant. What happens with one, and what would make a single step enough?
//!
//! **Maths.** A sample: the plan $z$ begins at the plant's state, takes whole Newton steps, gives its first control, and is shifted. They are
//! steps of $J + \lambda' r + \rho\,|r|^2$, with the rates $r = d/h$ of the defects, $\rho = 100$, and $\lambda$ shifted with the plan,
//! $$\bigl(\nabla^2 J + \textstyle\sum_i y_i \nabla^2 r_i + 2\rho\,\nabla r\,\nabla r'\bigr)\,dz = -(\nabla J + \nabla r\,y), \qquad y = \lambda + 2\rho\, r;$$
//! or without the second term (Gauss-Newton); or of the optimality conditions, with $\lambda$ as an unknown (KKT). The last knot is copied, or rolled
//! out by the dynamics. Knot $k$ of the horizon keeps its weight $k/100$: the plan moves through the weights, and the end of the horizon, where
//! upright counts most, is always 99 samples ahead. The plant is the same pole by RK4, ten steps in a sample.
//!
//! **Figure.** `loop`: the plant, by what is done in a sample. `signs`: what the steps meet. `noise`: a plant that is shaken. `unknown`: one
//! with another pole, or a push. `rate`: how often a sample can be had, and in 2018.
//!
//! **Finding.** One, if it is the right one. With two or four steps of the notes the pole leans by less than half a radian from sample 56 on. With one
//! the plant is lost after sample 35. The copied knot stands still where the dynamics do not: r = 0.467 there makes y = 93, and with
//! that the Hessian has a negative eigenvalue in every sample. The first step goes to a saddle; a second one meets a positive Hessian. A
//! rolled tail, Gauss-Newton's Hessian or a KKT step each make one step enough. The KKT step is never farther than 0.00046 rad from a
//! loop that takes eight of them, the four steps 0.032. New multipliers in each sample, which between minima is the method of
//! multipliers, are too early after one step: then the plant is lost in spite of a rolled tail.
//!
//! Noise tells them apart. With a hundredth in every state and sample, one Gauss-Newton or KKT step holds each of 20 plants in each sample
//! from 100 on. With five hundredths they hold the median plant for 100 % of the last 100 samples, no worse than four KKT steps, and lose
//! none; the notes' four steps lose 7, and one step with a rolled tail 15. A pole 20 % shorter or longer than the model's leans by
//! 0.10 rad at most with any of them. Kicks in ω they bear up to 1.5 (four steps), 3 (KKT) and the largest tried, 5 (Gauss-Newton).

use std::f64::consts::PI;

use lab::Lab;
use lab::figure::{Axis, Figure, Hue, Panel};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use swingup::expansion::{Hessian, Nlp};
use swingup::integrate::rollout;
use swingup::models::CartPole;
use swingup::newton::online::{ClosedLoop, Form, Options, RealTimeIteration, Tail};
use swingup::newton::{self, Solution};
use swingup::problems::{SwingUp, swing_up};
use swingup::transcription::{MIDPOINT, Mirk, Transcribed};
use swingup::{At, Trajectory};

/// Flags of this experiment.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Plants with noise
    #[arg(long, default_value_t = 20, value_parser = lab::flags::count)]
    plants: usize,
}

/// The swing-up on knots.
type Problem = Transcribed<CartPole, SwingUp, Mirk<1>, 4, 1, 1>;
/// Points of a curve.
type Curve = Vec<(f64, f64)>;

/// A sample of 2018 with one step, with more, and with one step and another change.
const FORM: Form = Form::Multipliers { penalty: 100.0, update: false };
const ONE: Options = Options { form: FORM, hessian: Hessian::Exact, tail: Tail::Copied, steps: 1 };
const LOOPS: [(&str, Hue, Options); 7] = [
    ("1 step", Hue::Red, ONE),
    ("2 steps", Hue::Gold, Options { steps: 2, ..ONE }),
    ("4 steps", Hue::Orange, Options { steps: 4, ..ONE }),
    ("1 step, rolled tail", Hue::Green, Options { tail: Tail::Rolled, ..ONE }),
    ("1 step, Gauss-Newton", Hue::Sky, Options { hessian: Hessian::GaussNewton, ..ONE }),
    ("1 step, KKT", Hue::Blue, Options { form: Form::Kkt, ..ONE }),
    ("4 steps, KKT", Hue::Ink, Options { form: Form::Kkt, steps: 4, ..ONE }),
];

/// A pole in its loop for 300 samples, or until it is lost; `disturb` may move it after each.
fn drive(
    (nlp, begin): (&Problem, &Solution<4, 1>),
    options: Options,
    length: f64,
    mut disturb: impl FnMut(usize, &mut [f64; 4]),
) -> lab::Result<ClosedLoop<4, 1>> {
    let pole = CartPole::new(1.5 * length, 1.0);
    Ok(RealTimeIteration::new(nlp.clone(), begin, options)?.drive([0.0; 4], 300, |k, x, u| {
        let mut x = rollout(&pole, &At { t: 0.0, p: &[] }, 0.1, 10, x, &[u])[1];
        disturb(k, &mut x);
        x.iter().all(|x| x.abs() < 100.0).then_some(x)
    }))
}

/// How far the pole leans in samples 0 to 300; infinitely after it was lost.
fn tilts(run: &ClosedLoop<4, 1>) -> Vec<f64> {
    let lost = std::iter::repeat(f64::INFINITY);
    run.states.iter().map(|x| (x[2] - PI).abs()).chain(lost).take(301).collect()
}

/// Share of them that are below 0.5 rad, and the largest.
fn held(tilts: &[f64]) -> (f64, f64) {
    let up = tilts.iter().filter(|&&tilt| tilt < 0.5).count();
    (up as f64 / tilts.len() as f64, tilts.iter().copied().fold(0.0, f64::max))
}

/// Runs the experiment.
pub fn run(args: Args, lab: &mut Lab) -> lab::Result {
    // ## The loop
    // From the best plan. The reference takes eight steps on the optimality conditions in each sample.
    let nlp = swing_up().transcribe(MIDPOINT);
    let begin = newton::solve(&nlp, &Trajectory::constant(99, [0.0; 4], [0.0]), &newton::Options::default())?;
    let best = drive((&nlp, &begin), Options { steps: 8, ..LOOPS[6].2 }, 1.0, |_, _| ())?.states;
    let axis = Axis::linear("sample, of 0.1 √(2L/3g)");
    let mut push = Panel::new("").x(axis.clone().range(0.0, 100.0)).y(Axis::linear("control u (g)").range(-2.0, 2.0));
    let mut far = Panel::new("").x(axis.clone()).y(Axis::log("largest distance from then on (rad)").range(1e-6, 1.0));
    let mut runs = vec![];
    for (name, hue, options) in &LOOPS[..6] {
        let run = drive((&nlp, &begin), *options, 1.0, |_, _| ())?;
        push = push.line(*name, run.samples.iter().zip(0..).map(|(s, k)| (f64::from(k), s.control[0]))).hue(*hue);
        let up = tilts(&run).iter().rposition(|&tilt| tilt > 0.5).map_or(0, |k| k + 1);
        if *name == "1 step" {
            lab.claim("one step loses the plant before sample 55", run.samples.len() < 55)?;
            lab.record("1 step: lost after sample", run.samples.len() as f64)?;
        } else {
            lab.claim(&format!("{name}: up before sample 63, and held to the end"), up < 63)?;
            lab.record(&format!("{name}: up from sample"), up as f64)?;
            let mut line: Curve = vec![(300.0, 0.0); 301];
            for k in (0..=300).rev() {
                let from_now_on = line[(k + 1).min(300)].1;
                line[k] = (k as f64, from_now_on.max((run.states[k][2] - best[k][2]).abs()));
            }
            lab.record(&format!("{name}: largest distance from the best loop"), line[0].1)?;
            far = far.line(*name, line).hue(*hue);
        }
        runs.push(run);
    }
    for (i, name, holds) in [(3, "one step loses the plant, although rolled", false), (2, "four steps hold it", true)] {
        let form = Form::Multipliers { penalty: 100.0, update: true };
        let held = held(&tilts(&drive((&nlp, &begin), Options { form, ..LOOPS[i].2 }, 1.0, |_, _| ())?)[100..]).0;
        lab.claim(&format!("with new multipliers in each sample {name}"), (held == 1.0) == holds)?;
    }
    let caption = "Left: how one step as in 2018 loses the plant; the others push alike. Right: how far each angle ever will be from that of a loop \
        with eight KKT steps in a sample. The penalty's steps keep the multipliers of an old horizon, the KKT step does not.";
    let title = "One step as in 2018 loses the pole, and each of three changes makes it enough";
    lab.figure(Figure::new("loop", title).caption(caption).panel(push).panel(far))?;

    // ## Why one was not enough
    // The copied knot stands still where the dynamics do not. Here r is d/h, and its multiplier hλ.
    let mut online = RealTimeIteration::new(nlp.clone(), &begin, ONE)?;
    online.shift();
    let mut defects = vec![[0.0; 4]; 99];
    nlp.evaluate(online.plan(), &mut defects);
    let [mut y, mut r] = [0.0_f64; 2];
    for (multiplier, defect) in online.multipliers()[98].iter().zip(defects[98]) {
        y = y.max((0.1 * multiplier + 200.0 * 10.0 * defect).abs());
        r = r.max((10.0 * defect).abs());
    }
    lab.record("largest y of the copied knot", y)?;
    lab.record("largest r of the copied knot", r)?;
    let mut panel = Panel::new("").x(axis.range(0.0, 40.0)).y(Axis::linear("negative eigenvalues").range(-0.3, 8.0));
    for (name, hue, i, step) in [
        ("1 step", Hue::Red, 0, 0),
        ("2 steps, the first", Hue::Gold, 1, 0),
        ("2 steps, the second", Hue::Pink, 1, 1),
        ("1 step, rolled tail", Hue::Green, 3, 0),
    ] {
        let met = runs[i].samples.iter().zip(0..40).map(|(s, k)| (f64::from(k), s.negative[step] as f64));
        panel = panel.line_markers(name, met).hue(hue);
    }
    let most: Vec<usize> =
        runs.iter().map(|run| run.samples.iter().map(|s| s.negative[0]).max().unwrap_or(0)).collect();
    let always = runs[..3].iter().all(|run| run.samples[1..].iter().all(|s| s.negative[0] > 0));
    lab.claim("with the tail copied, the first step of every sample meets a negative eigenvalue", always)?;
    let never = runs[1..3].iter().all(|run| run.samples.iter().all(|s| s.negative[1..].iter().all(|&n| n == 0)));
    lab.claim("a second step never does", never)?;
    lab.claim("after each of three changes the first does not either", most[3..] == [0, 0, 0])?;
    let caption = "With the tail copied, one eigenvalue is negative in each sample. The second of two steps meets none; after one step it is still there in the \
        next sample, and others come. With the tail rolled there is none, nor with Gauss-Newton's Hessian or the KKT system.";
    let title = "A copied knot bends the Hessian down, and a second step mends it";
    lab.figure(Figure::new("signs", title).caption(caption).plot_height(260.0).panel(panel))?;

    // ## Noise
    // After each sample every state is moved by a random number of this deviation, the same for every loop.
    let plants = if lab.quick() { args.plants.min(2) } else { args.plants };
    let sizes = if lab.quick() { vec![0.01, 0.05] } else { vec![0.01, 0.03, 0.05, 0.07, 0.1] };
    let axes = Panel::new("median plant").x(Axis::linear("noise of each state in each sample").range(0.0, 0.102));
    let mut gone = Panel { title: "all plants".into(), ..axes.clone() }.y(Axis::linear("lost before sample 300"));
    let mut median = axes.y(Axis::linear("% of samples 200 to 300 within 0.5 rad").range(0.0, 103.0));
    let (mut calm, mut shaken): (Vec<bool>, Vec<f64>) = (vec![], vec![]);
    for (name, hue, options) in &LOOPS[2..] {
        let [mut middle, mut lost]: [Curve; 2] = [vec![], vec![]];
        for &size in &sizes {
            let mut all = vec![];
            for plant in 0..plants as u64 {
                let mut random = ChaCha12Rng::seed_from_u64(lab.seed());
                random.set_stream(plant);
                let mut normal = || (0..12).map(|_| random.random_range(-0.5..0.5)).sum::<f64>();
                all.push(tilts(&drive((&nlp, &begin), *options, 1.0, |_, x| *x = x.map(|x| x + size * normal()))?));
            }
            let mut shares: Vec<f64> = all.iter().map(|tilts| held(&tilts[200..]).0).collect();
            shares.sort_by(f64::total_cmp);
            middle.push((size, 100.0 * shares[shares.len() / 2]));
            lost.push((size, all.iter().filter(|tilts| tilts[300].is_infinite()).count() as f64));
            if size == 0.01 {
                calm.push(all.iter().all(|tilts| held(&tilts[100..]).0 == 1.0));
            } else if size == 0.05 {
                shaken.push(shares[shares.len() / 2]);
            }
        }
        lab.record_series(&format!("{name}: % held by the median, noise"), &middle)?;
        lab.record_series(&format!("{name}: plants lost, noise"), &lost)?;
        (median, gone) = (median.line_markers(*name, middle).hue(*hue), gone.line_markers(*name, lost).hue(*hue));
    }
    let (one, four) = (shaken[2].min(shaken[3]), shaken[0].max(shaken[4]));
    lab.claim("one Gauss-Newton or KKT step holds all with noise 0.01, in samples 100 to 300", calm[2] && calm[3])?;
    lab.claim("with 0.05 the median for 80 % of the last 100 samples", one >= 0.8)?;
    lab.claim("and not less than four steps", one >= four - 0.02)?;
    let caption =
        "Twenty plants, each with noise of its own, from the beginning of the swing-up on. One that is lost stays so.";
    let title = "One step holds a shaken pole as well as four; a rolled tail alone does not";
    lab.figure(Figure::new("noise", title).caption(caption).panel(median).panel(gone))?;

    // ## Another pole, and a push
    let axes = Panel::new("another pole").x(Axis::linear("length of the plant's pole, of the model's"));
    let mut pole = axes.y(Axis::linear("largest tilt in samples 100 to 300 (rad)").range(0.0, 0.5));
    let axes = Panel::new("a push").x(Axis::linear("kick in ω after sample 150, √(3g/2L)"));
    let mut push = axes.y(Axis::linear("largest tilt after it (rad)").range(0.0, 1.4));
    let mut most = 0.0_f64;
    for (name, hue, options) in [4, 5, 2].map(|i| LOOPS[i]) {
        let [mut lengths, mut kicks]: [Curve; 2] = [vec![], vec![]];
        for length in (5..=16).step_by(if lab.quick() { 3 } else { 1 }).map(|i| f64::from(i) / 10.0) {
            let (share, tilt) = held(&tilts(&drive((&nlp, &begin), options, length, |_, _| ())?)[100..]);
            lengths.push((length, if share == 1.0 { tilt } else { f64::NAN }));
            if length == 0.8 || length == 1.2 {
                most = most.max(tilt);
            }
        }
        for kick in (1..=10).step_by(if lab.quick() { 9 } else { 1 }).map(|i| 0.5 * f64::from(i)) {
            let tilts = tilts(&drive((&nlp, &begin), options, 1.0, |k, x| x[3] += if k == 150 { kick } else { 0.0 })?);
            kicks.push((kick, if held(&tilts[250..]).0 == 1.0 { held(&tilts[150..]).1 } else { f64::NAN }));
        }
        let taken = kicks.iter().take_while(|kick| kick.1.is_finite()).count();
        lab.record(&format!("{name}: kicks taken up to"), 0.5 * taken as f64)?;
        (pole, push) = (pole.line_markers(name, lengths).hue(hue), push.line_markers(name, kicks).hue(hue));
    }
    lab.record("largest tilt of a pole 20 % shorter or longer", most)?;
    lab.claim("a pole 20 % shorter or longer than the model's leans by less than 0.11 rad", most < 0.11)?;
    let caption = "Where a line ends the pole does not stand: left in samples 100 to 300, right in the last 50.";
    let title = "A wrong length bothers all of them alike, a hard push Gauss-Newton the least";
    lab.figure(Figure::new("unknown", title).caption(caption).panel(pole).panel(push))?;

    // ## The rate
    let axes = Panel::new("").x(Axis::linear("Newton steps in a sample").range(0.0, 9.0));
    let mut panel = axes.y(Axis::log("samples per second").range(20.0, 1e5));
    for (name, (_, hue, options)) in [("multipliers", LOOPS[2]), ("Gauss-Newton", LOOPS[4]), ("KKT", LOOPS[5])] {
        let mut line = vec![];
        for steps in if lab.quick() { vec![] } else { vec![1, 2, 4, 8] } {
            let mut online = RealTimeIteration::new(nlp.clone(), &begin, Options { steps, ..options })?;
            let time = lab.measure_least(&format!("a sample, {name}, steps: {steps}"), 300, || {
                online.shift();
                let _ = online.control(online.plan().states[0]);
            })?;
            line.push((f64::from(steps as u32), 1e6 / time));
        }
        panel = panel.line_markers(name, line).hue(hue);
    }
    let panel = panel.markers("2018", [(2.0, 80.0), (4.0, 50.0)]).hue(Hue::Ink);
    let caption = "Shift and steps, the least time of many, in one thread; true of one machine. 2018: the notes' program, in Python.";
    lab.figure(Figure::new("rate", "How often a plan can be had anew").caption(caption).panel(panel))?;

    Ok(())
}

fn main() -> std::process::ExitCode {
    lab::main(env!("CARGO_BIN_NAME"), include_str!("exp_mpc_rate.rs"), run)
}
