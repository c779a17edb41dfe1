//! # How few products does a banded Hessian take?
//!
//! **Question.** A problem on knots has a banded Hessian, and automatic differentiation multiplies with it. The notes
//! took a product for each diagonal. Can symmetry halve that? Does a Fourier transform help? Does the order matter?
//!
//! **Maths.** $(Hv)_i = \sum_j h_{ij} v_j$ with $h_{ij} = h_{ji}$; $Hv = \nabla(\nabla L \cdot v)$ by duals of duals;
//! $L = J + \sum \lambda_k \cdot d_k + \rho \sum |d_k/h|^2$. One-hot probes read entries off. Substitution subtracts
//! what symmetry has told before; an acyclic colouring does so on trees of two colours. Gaussian probes: least squares.
//!
//! **Figure.** `string`: solved with two products. `products`: the error of each way. `noise`: what becomes of errors.
//! `order`: all orders of the variables. `narrow`: a diagonal forgotten.
//!
//! **Finding.** Symmetry halves it, and the band's holes save more. The swing-up has 495 variables, half-bandwidth 6,
//! not 7 as in the notes: 13 one-hot products instead of 15, or 7 with substitution. The holes leave 10, or 6 with an
//! acyclic colouring, 5 with one backwards in time. None has fewer, because five variables all meet. 5 Gaussian ones do
//! as well, to nine digits; four are 1 980 equations for 2 068 entries. And none at all are needed: the
//! model's second derivatives, assembled, are the same matrix.
//!
//! What is saved in products is paid in noise. Of an error of the products, 13 one-hot ones leave 0.76 in an entry, 7
//! with substitution 8.1, 5 with the colouring 4.2, 5 Gaussian ones 42, but 8 Gaussian ones 0.50. A Fourier transform
//! takes as many as one-hot probes; it lowers noise by 3.6, the root of 13, when errors are of one size, by 1.5 when
//! each element of a product has its own relative error.
//!
//! The order matters for the band: knot by knot the half-bandwidth is 6 to 9, and 6 in 10 of 120 orders, 8 of them with
//! the force first; variable by variable it is 198 to 397, in the notes' order 396. It does not for the pattern: 5 in
//! each. A half-bandwidth of 5 is too narrow, and one more product tells. The averages would have looked right, within
//! 3 % of the largest entry, but the matrix is no longer positive definite.

use lab::Lab;
use lab::figure::{Axis, Figure, Hue, Panel, by_step};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use swingup::linear::{BandCholesky, probing::*};
use swingup::newton::{Options, PenaltyForm, solve};
use swingup::{Trajectory, inspect, problems::swing_up, test_functions::PulledString, transcription::MIDPOINT};

/// Flags of this experiment.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Penalty of the swing-up's defects
    #[arg(long, default_value_t = 100.0, value_parser = lab::flags::positive)]
    penalty: f64,
}

/// Twelve uniform numbers have variance 1 together.
fn normal(random: &mut ChaCha12Rng) -> f64 {
    (0..12).map(|_| random.random_range(-0.5..0.5)).sum()
}

/// Runs the experiment.
pub fn run(args: Args, lab: &mut Lab) -> lab::Result {
    // ## A pulled string
    // The pattern is read off the text, two products give the tridiagonal Hessian, and Cholesky solves.
    let (string, mut cholesky) = (PulledString { at: 4 }, BandCholesky::new(12, 1));
    let pairs = inspect::sparsity(&string, 12).pairs().to_vec();
    let way = Substitution::new(SymmetricPattern::from_pairs(12, pairs)?);
    cholesky.factor(&way.recover(&mut |v| inspect::product(&string, &[0.0; 12], v)).to_band())?;
    let mut x: Vec<f64> = inspect::gradient(&string, &[0.0; 12]).1.iter().map(|g| -g).collect();
    cholesky.solve(&mut x);
    let hangs = x.iter().zip(string.shape(12)).all(|(x, shape)| (x - shape).abs() < 1e-13);
    lab.claim("two products give the string's Hessian, and so its shape", way.probes() == 2 && hangs)?;
    let panel = Panel::new("").x(Axis::linear("bead")).y(Axis::linear("displacement"));
    let panel = panel.dashed("exact", by_step(&string.shape(12))).markers("from two products", by_step(&x));
    let figure = Figure::new("string", "Two products and a solve: the pulled string").panel(panel);
    lab.figure(figure.caption("Twelve beads, pulled at bead 4: straight lines to both walls."))?;

    // ## The swing-up's Hessian
    // Its text tells which variables meet. Products by all of it, by intervals, and by the assembled matrix agree.
    let (nlp, zeros) = (swing_up().transcribe(MIDPOINT), Trajectory::constant(99, [0.0; 4], [0.0]));
    let best = solve(&nlp, &zeros, &Options::default())?;
    let (mut form, mut random) = (PenaltyForm::new(nlp, args.penalty), ChaCha12Rng::seed_from_u64(lab.seed()));
    form.multipliers.clone_from(&best.multipliers);
    let (z, pattern) = (form.pack(&best.plan), form.pattern());
    let (hessian, n, w) = (form.hessian_at(&z), pattern.n(), pattern.half_bandwidth());
    let v: Vec<f64> = (0..n).map(|_| normal(&mut random)).collect();
    let [a, b, c] = [inspect::product(&form.function(), &z, &v), form.product(&z, &v), hessian.times(&v)];
    let gaps: Vec<f64> = (0..n).map(|i| (a[i] - c[i]).abs().max((b[i] - c[i]).abs()) / hessian.largest()).collect();
    lab.claim("three kinds of products agree", gaps.iter().all(|&gap| gap < 1e-13))?;
    lab.claim("the half-bandwidth is 6, and five variables all meet", w == 6 && pattern.all_meet(&[3, 4, 5, 8, 9]))?;
    lab.record("half-bandwidth in the notes", 7.0)?;
    lab.record("variables", n as f64)?;
    lab.record("entries of the pattern", pattern.pairs().len() as f64)?;

    // ## As few products as possible
    // Each way recovers the matrix from its own products, and is compared with the assembled one.
    let ways = every_way(&pattern, 5..=13, || normal(&mut random))?;
    let error = Axis::log("largest error / largest entry").range(1e-16, 1e-11);
    let mut panel = Panel::new("").x(Axis::linear("products").range(3.5, 13.5)).y(error).vertical("refused", 4.0);
    let mut found = Vec::new();
    for (i, (name, way)) in ways.iter().enumerate() {
        found.push((way.probes() as f64, way.recover(&mut |v| form.product(&z, v)).largest_error(&hessian)));
        lab.record(&format!("{name}: error of {} products", way.probes()), found[i].1)?;
        panel = if i < 6 { panel.markers(*name, [found[i]]) } else { panel };
    }
    let notes = OneHot::new(SymmetricPattern::banded(n, 7)).probes();
    lab.record("products in the notes", notes as f64)?;
    lab.record_series("products by way", &(1..).map(f64::from).zip(found.iter().map(|f| f.0)).collect::<Vec<_>>())?;
    let fewer = ways.iter().map(|(_, way)| way.probes()).take(7).eq([13, 13, 7, 10, 6, 5, 5]);
    lab.claim("15 products become 13, 7, 10, 6 and 5", notes == 15 && fewer)?;
    let exact = found[6].1 < 1e-9 && found[..6].iter().all(|f| f.1 < 1e-14);
    lab.claim("five Gaussian products give the matrix to nine digits, all others to rounding", exact)?;
    let four = Gaussian::new(pattern.clone(), 4, || normal(&mut random));
    let signs = Gaussian::new(pattern.clone(), 5, || if normal(&mut random) < 0.0 { -1.0 } else { 1.0 });
    lab.record("equations of four products", (4 * n) as f64)?;
    lab.claim("four Gaussian products are refused, and five of signs", four.is_err() && signs.is_err())?;
    let title = "Five products are enough, and every way has the matrix to rounding";
    let figure = Figure::new("products", title).panel(panel.line_markers("Gaussian", found[6..].to_vec()));
    lab.figure(figure.caption("Largest error of a recovered entry, by the number of products."))?;

    // ## What noise becomes
    // Each element of a product gets an error, normal and of one size for all.
    let product = Axis::log("error of a product / largest entry");
    let mut by_size =
        Panel::new("by the error of products").x(product).y(Axis::log("error of an entry / largest entry"));
    let (count, mut factors) = (Axis::linear("products").range(4.5, 13.5), Vec::new());
    let mut by_count = Panel::new("by their number").x(count).y(Axis::log("error of an entry / of a product"));
    for (i, (name, way)) in ways.iter().enumerate() {
        let mut line = Vec::new();
        for eps in [1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12] {
            let (mut random, size) = (ChaCha12Rng::seed_from_u64(lab.seed()), eps * hessian.largest());
            line.push((eps, deviation(way.as_ref(), &hessian, 5, |y| y + size * normal(&mut random))));
        }
        factors.push((way.probes() as f64, line[0].1 / line[0].0));
        lab.record(&format!("{name}: error of an entry per error of {} products", way.probes()), factors[i].1)?;
        by_size = if i < 7 { by_size.line_markers(*name, line) } else { by_size };
        by_count = if i < 6 { by_count.markers(*name, [factors[i]]) } else { by_count };
    }
    let own =
        [0, 1].map(|i: usize| deviation(ways[i].1.as_ref(), &hessian, 5, |y| y * (1.0 + 1e-6 * normal(&mut random))));
    let (gain, of_own) = (factors[0].1 / factors[1].1, own[0] / own[1]);
    lab.record("noise of one-hot over unit modulus", gain)?;
    lab.record("the same, errors relative to each element", of_own)?;
    lab.claim("unit modulus lowers the noise by the root of 13", (gain * gain / 13.0 - 1.0).abs() < 0.06)?;
    lab.claim("it gains less when each element has its own relative error", of_own < 2.0)?;
    lab.claim("5 products, and 7 by substitution, amplify noise", [2, 5, 6].iter().all(|&i| factors[i].1 > 2.0))?;
    lab.claim("8 Gaussian products have less noise than 13 one-hot ones", factors[9].1 < factors[0].1)?;
    let caption =
        "Root mean square error of the entries: left, with 5 Gaussian products; right, over that of products.";
    let figure = Figure::new("noise", "What is saved in products is paid in noise").caption(caption).panel(by_size);
    lab.figure(figure.panel(by_count.line_markers("Gaussian", factors[6..].to_vec())))?;

    // ## The order
    // All orders of the five variables, knot by knot and variable by variable: bands, and products of the pattern.
    let mut figure = Figure::new("order", "The order makes the band wide or narrow; its pattern takes five products");
    for (name, by_knot) in [("knot by knot", true), ("variable by variable", false)] {
        let mut all = every_order(&pattern, 5, by_knot);
        lab.record(&format!("half-bandwidth {name} in our order"), all[0].half_bandwidth as f64)?;
        all.sort_unstable();
        let best: Vec<_> = all.iter().filter(|order| order.half_bandwidth == all[0].half_bandwidth).collect();
        let force_first = best.iter().filter(|order| order.places[0] == 0).count();
        lab.record(&format!("least half-bandwidth {name}"), all[0].half_bandwidth as f64)?;
        lab.record(&format!("largest half-bandwidth {name}"), all[all.len() - 1].half_bandwidth as f64)?;
        lab.record(&format!("orders {name}"), all.len() as f64)?;
        lab.record(&format!("best orders {name}"), best.len() as f64)?;
        lab.record(&format!("best orders {name}, the force first"), force_first as f64)?;
        lab.claim(&format!("{name}, the pattern takes five products in each"), all.iter().all(|o| o.acyclic == 5))?;
        let mut panel = Panel::new(name).x(Axis::linear("order, sorted")).y(Axis::log("products").range(3.0, 1000.0));
        for (way, times) in [("one-hot on the band", 2), ("substitution on the band", 1)] {
            panel = panel.line(way, (1..).zip(&all).map(|(k, o)| (k.into(), (times * o.half_bandwidth + 1) as f64)));
        }
        let acyclic = (1..).zip(&all).map(|(k, o)| (k.into(), o.acyclic as f64));
        figure = figure.panel(panel.line("acyclic on the pattern", acyclic));
    }
    lab.figure(figure.caption("The 120 orders of force, position, speed, angle and its rate, by half-bandwidth."))?;

    // ## A pattern that is too narrow
    // What stands on a forgotten diagonal falls on other entries, and half of it stays where two are averaged.
    let narrow = OneHot::new(SymmetricPattern::banded(n, w - 1));
    let told = narrow.recover_checked(&mut |v| form.product(&z, v), &mut || normal(&mut random), 1e-9).is_err();
    let error = narrow.recover(&mut |v| form.product(&z, v)).largest_error(&hessian);
    let averaged = narrow.recover(&mut |v| form.product(&z, v)).to_band();
    let definite = [&hessian, &averaged].map(|h| BandCholesky::new(n, w).factor(h).is_ok());
    lab.record("largest error of averages, too narrow", error)?;
    lab.claim("a pattern that is too narrow is reported", told)?;
    lab.claim("its averages look right, but are not positive definite", error < 0.05 && definite == [true, false])?;
    let mut panel = Panel::new("").x(Axis::linear("knot")).y(Axis::linear("entry of an angle and the next"));
    for (name, hue, h) in [("read with half-bandwidth 5", Hue::Blue, averaged), ("true", Hue::Ink, hessian.clone())] {
        panel = panel.line(name, (1..n / 5).map(|k| (k as f64, h.get(5 * k - 2, 5 * k + 3)))).hue(hue);
    }
    let figure = Figure::new("narrow", "A forgotten diagonal leaves plausible numbers").panel(panel);
    lab.figure(figure.caption("Nothing here tells that they are wrong; one more product, of random direction, does."))?;

    // ## Time
    // Of a product, and of one Hessian with all its products (in the notes 1.6 to 11 ms), its probes prepared before.
    lab.measure_least("product by all of the text", 30, || drop(inspect::product(&form.function(), &z, &v)))?;
    lab.measure_least("product by intervals", 1000, || drop(form.product(&z, &v)))?;
    for (name, way) in ways.iter().take(7) {
        lab.measure_least(&format!("Hessian, {name}"), 200, || drop(way.recover(&mut |v| form.product(&z, v))))?;
    }
    lab.measure_least("Hessian, assembled", 200, || drop(form.hessian_at(&z)))?;

    Ok(())
}

fn main() -> std::process::ExitCode {
    lab::main(env!("CARGO_BIN_NAME"), include_str!("exp_banded_hessian.rs"), run)
}
