//! # How few products does a banded Hessian take?
//!
//! **Question.** A problem on knots has a banded Hessian, and a program that differentiates has products with it. The notes
//! took one product for each diagonal, 15, and asked: can symmetry halve that? Do phases help, as in a Fourier transform?
//! Does the order of time and variables matter?
//!
//! **Maths.** $H v = \nabla(\nabla L \cdot v)$ by a dual number of dual numbers, where
//! $L = J + \sum_k \lambda_k \cdot d_k + \rho \sum_k |d_k/h|^2$. A product is $n$ equations for the $m$ entries
//! $h_{ij} = h_{ji}$ of the pattern:
//! $$(Hv)_i = \sum_j h_{ij} v_j, \qquad \text{products} \ge m/n.$$
//! One-hot probes read entries off; with substitution, the entries above the diagonal are known by symmetry when their turn
//! comes; with an acyclic colouring each two colours are a forest, recovered from its leaves; Gaussian probes leave least
//! squares. With unit modulus, $v_j = e^{-2\pi i c_j k/m}$, every product sees every entry.
//!
//! **Figure.** `string`: a string, solved with the matrix that two products give. `pattern`: the corner of the swing-up's
//! Hessian. `products`: the error of each way by its products. `noise`: what an error of the products becomes. `order`:
//! products in all orders of the variables. `narrow`: what a forgotten diagonal does.
//!
//! **Finding.** Symmetry halves it, and holes in the band save more. At the swing-up's optimum, 495 variables, the
//! half-bandwidth is 6, not the 7 of the notes: 13 products with one-hot probes instead of 15, or 7 with substitution. The
//! pattern's holes leave 10 and 6, and 5 when it is coloured backwards in time; five variables all meet, so no colouring has
//! fewer. 5 Gaussian products do as well, with an error of 2e-13 of the largest entry; 4 are 1 980 equations for 2 068
//! entries. All others are exact to 1e-15. And 0 suffice: assembled from the model's second derivatives it is the same.
//!
//! What is saved in products is paid in noise. Per error of a product, in units of the largest entry, 13 one-hot products
//! leave 0.76, 7 with substitution 7.5, 5 acyclic ones 4.3, 5 Gaussian ones 11.0, but 8 Gaussian ones 0.51. Phases take as
//! many products as one-hot probes and lower the noise by 3.61, the root of 13, when errors have one size; when each
//! element has its own relative error, by 1.5 only.
//!
//! The order matters for the band: knot by knot it is 6 to 9 wide, 6 in 10 orders of 120, 8 of which have the force
//! first; variable by variable 198 to 397, here 396. It does not matter for the pattern: 5 products in every order. A band of
//! 5 is too narrow, and one product more tells; the averages would have looked right, 3 % of the largest entry off, in a
//! matrix that is no longer positive definite.

use lab::Lab;
use lab::figure::{Axis, Figure, Hue, Panel};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use swingup::expansion::Hessian;
use swingup::linear::probing::{Acyclic, Gaussian, OneHot, Probing, Substitution, SymmetricPattern, UnitModulus};
use swingup::linear::{BandCholesky, SymmetricBand};
use swingup::models::CartPole;
use swingup::newton::{self, PenaltyForm};
use swingup::problems::{SwingUp, swing_up};
use swingup::transcription::{MIDPOINT, Mirk};
use swingup::{Function, Scalar, Trajectory, Transcribed, inspect};

/// Flags of this experiment.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Penalty of the swing-up's defects
    #[arg(long, default_value_t = 100.0, value_parser = lab::flags::positive)]
    penalty: f64,
    /// How often each way is tried with noise
    #[arg(long, default_value_t = 20, value_parser = lab::flags::count)]
    draws: usize,
}

/// The energy of a string between two walls, pulled by 1 at index 4.
struct PulledString;
impl Function for PulledString {
    fn value<S: Scalar>(&self, x: &[S]) -> S {
        let ends = (x[0] * x[0] + x[x.len() - 1] * x[x.len() - 1]) * 0.5;
        x.windows(2).fold(ends - x[4], |sum, pair| sum + (pair[1] - pair[0]).powi(2) * 0.5)
    }
}

/// The swing-up's L at its optimum, and its Hessian as the expansion assembles it.
struct AtOptimum {
    nlp: Transcribed<CartPole, SwingUp, Mirk<1>, 4, 1, 1>,
    multipliers: Vec<[f64; 4]>,
    penalty: f64,
    z: Vec<f64>,
    pattern: SymmetricPattern,
    hessian: SymmetricBand,
}
impl AtOptimum {
    fn new(penalty: f64) -> lab::Result<Self> {
        let nlp = swing_up().transcribe(MIDPOINT);
        let guess = Trajectory::constant(nlp.ocp().intervals(), [0.0; 4], [0.0]);
        let solution = newton::solve(&nlp, &guess, &newton::Options::default())?;
        let mut form = PenaltyForm::new(&nlp, penalty);
        form.multipliers.clone_from(&solution.multipliers);
        let (z, pattern) = (form.pack(&solution.plan), form.pattern());
        let mut hessian = SymmetricBand::zeros(form.variables(), form.half_bandwidth());
        form.expand(&z, Hessian::Exact);
        form.hessian(&mut hessian);
        Ok(AtOptimum { multipliers: solution.multipliers, penalty, z, pattern, hessian, nlp })
    }
    fn product(&self, v: &[f64]) -> Vec<f64> {
        self.nlp.lagrangian_product(&self.z, v, &self.multipliers, self.penalty)
    }
    fn size(&self) -> f64 {
        largest((0..self.z.len()).flat_map(|j| self.hessian.column(j)).copied())
    }
    /// Errors of the entries that `way` recovers when each element of a product is disturbed, in units of the largest.
    fn errors(&self, way: &impl Probing, mut disturb: impl FnMut(f64) -> f64) -> Vec<f64> {
        let recovered = way.recover(|v| self.product(v).into_iter().map(&mut disturb).collect());
        let (entries, size) = (recovered.pattern().pairs().iter().zip(recovered.values()), self.size());
        entries.map(|(&(i, j), h)| (h - self.hessian.get(i, j)) / size).collect()
    }
    /// Their root mean square over some draws.
    fn deviation(&self, way: &impl Probing, draws: usize, mut disturb: impl FnMut(f64) -> f64) -> f64 {
        let errors: Vec<f64> = (0..draws).flat_map(|_| self.errors(way, &mut disturb)).collect();
        (errors.iter().map(|e| e * e).sum::<f64>() / errors.len() as f64).sqrt()
    }
}
impl Function for AtOptimum {
    fn value<S: Scalar>(&self, z: &[S]) -> S {
        self.nlp.lagrangian(z, &self.multipliers, self.penalty)
    }
}

fn largest(values: impl IntoIterator<Item = f64>) -> f64 {
    values.into_iter().fold(0.0, |most: f64, v| most.max(v.abs()))
}

/// Twelve uniform numbers have variance 1 together.
fn normal(random: &mut ChaCha12Rng) -> f64 {
    (0..12).map(|_| random.random_range(-0.5..0.5)).sum()
}

/// Median time of a piece of work.
fn microseconds<T>(mut work: impl FnMut() -> T) -> f64 {
    let mut times: Vec<f64> = (0..51)
        .map(|_| {
            let since = std::time::Instant::now();
            std::hint::black_box(work());
            1e6 * since.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[25]
}

/// Runs the experiment.
pub fn run(args: Args, lab: &mut Lab) -> lab::Result {
    // ## A pulled string
    // The pattern is read off the text; two products give the tridiagonal Hessian, and Cholesky solves.
    let string = SymmetricPattern::from_pairs(12, inspect::sparsity(&PulledString, 12).pairs().iter().copied())?;
    let string = Substitution::new(string);
    let (mut x, mut cholesky) = (inspect::gradient(&PulledString, &[0.0; 12]).1, BandCholesky::new(12, 1));
    cholesky.factor(&string.recover(|v| inspect::product(&PulledString, &[0.0; 12], v)).to_band())?;
    cholesky.solve(&mut x);
    x.iter_mut().for_each(|x| *x = -*x);
    let exact = |k: usize| if k <= 4 { (k + 1) as f64 * 8.0 / 13.0 } else { (12 - k) as f64 * 5.0 / 13.0 };
    let error = largest((0..12).map(|k| x[k] - exact(k)));
    lab.record("products for the string", string.probes() as f64)?;
    lab.record("error of the string", error)?;
    lab.claim("two products give the string's Hessian, and its shape", string.probes() == 2 && error < 1e-13)?;
    let panel = Panel::new("").x(Axis::linear("bead")).y(Axis::linear("displacement"));
    let panel = panel.dashed("exact", (0..12).map(|k| (k as f64, exact(k))));
    let panel = panel.markers("from two products", (0..12).map(|k| (k as f64, x[k])));
    let caption = "Twelve beads, pulled at bead 4: straight lines to both walls.";
    lab.figure(Figure::new("string", "Two products and a solve: the pulled string").caption(caption).panel(panel))?;

    // ## The swing-up's Hessian
    // Its pattern comes from the model's text. A product by the whole text, one by intervals and one with the assembled
    // matrix have nothing else in common.
    let whole = AtOptimum::new(args.penalty)?;
    let mut random = ChaCha12Rng::seed_from_u64(lab.seed());
    let (n, pairs) = (whole.z.len(), whole.pattern.pairs().to_vec());
    let (w, v): (_, Vec<f64>) = (whole.pattern.half_bandwidth(), (0..n).map(|_| normal(&mut random)).collect());
    let products = [inspect::product(&whole, &whole.z, &v), whole.product(&v), whole.hessian.times(&v)];
    let gap = largest((0..n).flat_map(|i| [products[0][i] - products[2][i], products[1][i] - products[2][i]]));
    lab.record("variables", n as f64)?;
    lab.record("half-bandwidth", w as f64)?;
    lab.record("half-bandwidth in the notes", 7.0)?;
    lab.record("entries of the pattern", pairs.len() as f64)?;
    lab.record("largest entry", whole.size())?;
    lab.record("products: gap between three ways, of the largest", gap / largest(products[2].clone()))?;
    lab.claim("the half-bandwidth is 6", w == 6)?;
    lab.claim("three kinds of products agree", gap < 1e-13 * largest(products[2].clone()))?;
    let meet = [3, 4, 5, 8, 9].into_iter().flat_map(|i| [3, 4, 5, 8, 9].map(|j: usize| (i.min(j), i.max(j))));
    lab.claim("five variables all meet", meet.into_iter().all(|pair| pairs.contains(&pair)))?;
    let (mut entries, mut holes) = (Vec::new(), Vec::new());
    for (i, j) in (0..25_usize).flat_map(|i| (i.saturating_sub(w)..25.min(i + w + 1)).map(move |j| (i, j))) {
        let there = pairs.contains(&(i.min(j), i.max(j)));
        if there { &mut entries } else { &mut holes }.push((j as f64, i as f64));
    }
    let panel = Panel::new("").x(Axis::linear("variable")).y(Axis::linear("variable")).equal();
    let panel = panel.markers("entries", entries);
    let panel = panel.markers("holes of the band", holes).hue(Hue::Sky);
    let caption = "The corner of the first five knots: force, position, speed, angle and angular speed of each. Every \
        variable meets some of its own knot and of the next, up to 6 places away; the band has holes.";
    lab.figure(Figure::new("pattern", "A band of 13 diagonals, with holes").caption(caption).panel(panel))?;

    // ## As few products as possible
    // Each way recovers the matrix from its own products, and is compared with the assembled one, which needs none.
    let (band, forwards) = (SymmetricPattern::banded(n, w), (0..n).collect::<Vec<usize>>());
    let backwards: Vec<usize> = (0..n).rev().collect();
    let (one_hot, phases) = (OneHot::new(band.clone()), UnitModulus::new(band.clone()));
    let (wide, holes) = (OneHot::new(SymmetricPattern::banded(n, 7)), OneHot::new(whole.pattern.clone()));
    let substitution = Substitution::new(band);
    let natural = Acyclic::in_order(whole.pattern.clone(), &forwards);
    let acyclic = Acyclic::in_order(whole.pattern.clone(), &backwards);
    let mut gaussian = Vec::new();
    for probes in 5..=13 {
        gaussian.push(Gaussian::new(whole.pattern.clone(), probes, || normal(&mut random))?);
    }
    let ways = [
        ("one-hot, as the notes", wide.probes(), whole.errors(&wide, |y| y)),
        ("one-hot", one_hot.probes(), whole.errors(&one_hot, |y| y)),
        ("unit modulus", phases.probes(), whole.errors(&phases, |y| y)),
        ("one-hot, with holes", holes.probes(), whole.errors(&holes, |y| y)),
        ("substitution", substitution.probes(), whole.errors(&substitution, |y| y)),
        ("acyclic, forwards", natural.probes(), whole.errors(&natural, |y| y)),
        ("acyclic, backwards", acyclic.probes(), whole.errors(&acyclic, |y| y)),
        ("Gaussian", gaussian[0].probes(), whole.errors(&gaussian[0], |y| y)),
    ];
    let error = Axis::log("largest error / largest entry").range(1e-16, 1e-11);
    let mut panel = Panel::new("").x(Axis::linear("products").range(3.5, 15.5)).y(error);
    for (name, probes, errors) in ways {
        let error = largest(errors);
        lab.record(&format!("products, {name}"), probes as f64)?;
        lab.record(&format!("error, {name}"), error)?;
        let most = if name == "Gaussian" { 1e-9 } else { 1e-14 };
        lab.claim(&format!("{name}: {probes} products give the matrix"), error < most)?;
        if name != "Gaussian" {
            panel = panel.markers(name, [(probes as f64, error)]);
        }
    }
    let errors =
        gaussian.iter().map(|way| (way.probes() as f64, largest(whole.errors(way, |y| y)))).collect::<Vec<_>>();
    let too_few = Gaussian::new(whole.pattern.clone(), 4, || normal(&mut random));
    let signs = Gaussian::new(whole.pattern.clone(), 5, || if normal(&mut random) < 0.0 { -1.0 } else { 1.0 });
    lab.record("Gaussian products refused", 4.0)?;
    lab.record("equations of 4 products", (4 * n) as f64)?;
    lab.record("products for the assembled matrix", 0.0)?;
    lab.claim("four Gaussian products are refused, and five of signs", too_few.is_err() && signs.is_err())?;
    let caption =
        "Largest error of a recovered entry, from exact products, by the number of products. Four are refused.";
    let panel = panel.line_markers("Gaussian", errors).hue(Hue::Ink).vertical("refused", 4.0);
    let title = "Five products are enough, and every way has the matrix to rounding";
    lab.figure(Figure::new("products", title).caption(caption).panel(panel))?;

    // ## What noise becomes
    // An error of each element of a product, normal, of one size for all.
    let size = whole.size();
    let mut panel = Panel::new("").x(Axis::log("error of a product / largest entry"));
    panel = panel.y(Axis::log("error of an entry / largest entry, rms"));
    let mut least = Vec::new();
    for eps in (4..=12).rev().map(|k| 1.0 / (0..k).fold(1.0, |power, _| 10.0 * power)) {
        let mut noisy = |y: f64| y + eps * size * normal(&mut random);
        least.push([
            (eps, whole.deviation(&one_hot, args.draws, &mut noisy)),
            (eps, whole.deviation(&phases, args.draws, &mut noisy)),
            (eps, whole.deviation(&substitution, args.draws, &mut noisy)),
            (eps, whole.deviation(&acyclic, args.draws, &mut noisy)),
            (eps, whole.deviation(&gaussian[0], args.draws, &mut noisy)),
            (eps, whole.deviation(&gaussian[3], args.draws, &mut noisy)),
        ]);
    }
    let names = ["13 one-hot", "13 unit modulus", "7 substitution", "5 acyclic", "5 Gaussian", "8 Gaussian"];
    let mut factors = Vec::new();
    for (way, name) in names.into_iter().enumerate() {
        let line: Vec<(f64, f64)> = least.iter().map(|errors| errors[way]).collect();
        lab.record_series(&format!("error with noise, {name}"), &line)?;
        factors.push(line[8].1 / line[8].0);
        lab.record(&format!("error of an entry per error of a product, {name}"), factors[way])?;
        panel = panel.line_markers(name, line);
    }
    let mut own = |y: f64| y * (1.0 + 1e-6 * normal(&mut random));
    let ratio = whole.deviation(&one_hot, args.draws, &mut own) / whole.deviation(&phases, args.draws, &mut own);
    lab.record("noise of one-hot over unit modulus", factors[0] / factors[1])?;
    lab.record("noise of one-hot over unit modulus, errors relative to each element", ratio)?;
    let root = factors[0] / factors[1] / 13.0_f64.sqrt();
    lab.claim("phases lower the noise by the root of 13", (root - 1.0).abs() < 0.03)?;
    lab.claim("phases gain less when each element has its own relative error", ratio < 2.0)?;
    let least = factors[2..5].iter().fold(f64::INFINITY, |least: f64, &f| least.min(f));
    lab.claim("the few products of colourings and of Gaussian least squares amplify noise", least > 2.0)?;
    lab.claim("eight Gaussian products have less noise than thirteen one-hot ones", factors[5] < factors[0])?;
    let caption = "Root mean square error of the entries against that of the products, both in units of the largest \
        entry. The lines are parallel: each way has its factor.";
    lab.figure(Figure::new("noise", "Fewer products, more noise").caption(caption).panel(panel))?;

    // ## The order
    // All orders of the five variables, knot by knot and variable by variable: their bands and their patterns.
    let mut figure = Figure::new("order", "The order makes the band wide or narrow; its pattern takes five products");
    for (name, inner, outer) in [("knot by knot", 1, 5), ("variable by variable", n / 5, 1)] {
        let mut all = Vec::new();
        for code in 0..3125 {
            let order = [code / 625, code / 125 % 5, code / 25 % 5, code / 5 % 5, code % 5];
            if (0..5).all(|c| order.contains(&c)) {
                let place = |i: usize| inner * order[i % 5] + outer * (i / 5);
                let pattern = SymmetricPattern::from_pairs(n, pairs.iter().map(|&(i, j)| (place(i), place(j))))?;
                all.push((pattern.half_bandwidth(), Acyclic::new(pattern).probes(), order));
            }
        }
        let first = all.iter().find(|(.., order)| order[4] == 4 && order.is_sorted()).map_or(0, |found| found.0);
        lab.record(&format!("half-bandwidth of (f, x, v, theta, omega) {name}"), first as f64)?;
        all.sort_unstable();
        let (least, most) = (all[0].0, all[all.len() - 1].0);
        let best: Vec<_> = all.iter().filter(|found| found.0 == least).collect();
        let force_first = best.iter().filter(|(.., order)| order[0] == 0).count();
        lab.record(&format!("orders {name}"), all.len() as f64)?;
        lab.record(&format!("least half-bandwidth {name}"), least as f64)?;
        lab.record(&format!("largest half-bandwidth {name}"), most as f64)?;
        lab.record(&format!("orders with the least {name}"), best.len() as f64)?;
        lab.record(&format!("orders with the least and the force first {name}"), force_first as f64)?;
        if outer == 5 {
            lab.claim("no order knot by knot has a narrower band than that with the force first", least == first)?;
        } else {
            lab.claim("variable by variable the band is thirty times as wide", least >= 30 * w)?;
        }
        lab.claim(&format!("{name}, the pattern takes five products in every order"), all.iter().all(|f| f.1 == 5))?;
        let mut panel = Panel::new(name).x(Axis::linear("order, sorted")).y(Axis::log("products").range(3.0, 1000.0));
        let sorted = || all.iter().enumerate().map(|(k, found)| (k as f64 + 1.0, found));
        panel = panel.line("one-hot on the band", sorted().map(|(k, found)| (k, (2 * found.0 + 1) as f64)));
        panel = panel.line("substitution on the band", sorted().map(|(k, found)| (k, (found.0 + 1) as f64)));
        figure = figure.panel(panel.line("acyclic on the pattern", sorted().map(|(k, found)| (k, found.1 as f64))));
    }
    lab.figure(
        figure.caption("The 120 orders of force, position, speed, angle and angular speed, sorted by half-bandwidth."),
    )?;

    // ## A pattern that is too narrow
    // With one diagonal forgotten on either side, what stands there falls on other entries; half of it where two are averaged.
    let narrow = SymmetricPattern::banded(n, w - 1);
    let (read, substituted) = (OneHot::new(narrow.clone()), Substitution::new(narrow));
    let told = [
        read.recover_checked(|v| whole.product(v), || normal(&mut random), 1e-9).is_err(),
        substituted.recover_checked(|v| whole.product(v), || normal(&mut random), 1e-9).is_err(),
    ];
    let (averaged, carried) = (read.recover(|v| whole.product(v)), substituted.recover(|v| whole.product(v)));
    lab.record("half-bandwidth too narrow", (w - 1) as f64)?;
    lab.record("error of averages, too narrow", largest(whole.errors(&read, |y| y)))?;
    lab.record("error of substitution, too narrow", largest(whole.errors(&substituted, |y| y)))?;
    lab.claim("a pattern that is too narrow is reported", told == [true; 2])?;
    lab.claim("the averages look right, to 5 % of the largest entry", largest(whole.errors(&read, |y| y)) < 0.05)?;
    let definite = |matrix: &SymmetricBand| BandCholesky::new(n, w).factor(matrix).is_ok();
    let spoilt = !definite(&averaged.to_band()) && !definite(&carried.to_band());
    lab.claim("spoilt, the matrix is no longer positive definite", definite(&whole.hessian) && spoilt)?;
    let angles = |get: &dyn Fn(usize, usize) -> f64| {
        (1..n / 5).map(|k| (k as f64, get(5 * k - 2, 5 * k + 3))).collect::<Vec<_>>()
    };
    let panel = Panel::new("").x(Axis::linear("knot")).y(Axis::linear("entry of angle and next angle"));
    let panel = panel.line("half-bandwidth 5, averaged", angles(&|i, j| averaged.get(i, j)));
    let panel = panel.line("half-bandwidth 5, substitution", angles(&|i, j| carried.get(i, j)));
    let panel = panel.line("true", angles(&|i, j| whole.hessian.get(i, j))).hue(Hue::Ink);
    let caption = "The entries of each knot's angle with the next one's, as read with a pattern of half-bandwidth 5. Nothing in \
        these numbers tells that they are wrong; one more product, with a random direction, does.";
    let title = "A forgotten diagonal leaves plausible numbers";
    lab.figure(Figure::new("narrow", title).caption(caption).panel(panel))?;

    // ## Time
    // One Hessian, products and all; in the notes it took 1.6 to 11 ms. Patterns and probes are prepared once.
    lab.measure_alone("a product by the whole text", "us", || microseconds(|| inspect::product(&whole, &whole.z, &v)))?;
    lab.measure_alone("a product by intervals", "us", || microseconds(|| whole.product(&v)))?;
    lab.measure_alone("Hessian, 13 one-hot", "us", || microseconds(|| one_hot.recover(|v| whole.product(v))))?;
    lab.measure_alone("Hessian, 7 substitution", "us", || microseconds(|| substitution.recover(|v| whole.product(v))))?;
    lab.measure_alone("Hessian, 5 acyclic", "us", || microseconds(|| acyclic.recover(|v| whole.product(v))))?;
    lab.measure_alone("Hessian, 5 Gaussian", "us", || microseconds(|| gaussian[0].recover(|v| whole.product(v))))?;
    lab.measure_alone("Hessian, assembled", "us", || {
        let (mut form, mut out) = (PenaltyForm::new(&whole.nlp, args.penalty), whole.hessian.clone());
        form.multipliers.clone_from(&whole.multipliers);
        microseconds(|| {
            form.expand(&whole.z, Hessian::Exact);
            form.hessian(&mut out);
        })
    })?;

    Ok(())
}

fn main() -> std::process::ExitCode {
    lab::main(env!("CARGO_BIN_NAME"), include_str!("exp_banded_hessian.rs"), run)
}
