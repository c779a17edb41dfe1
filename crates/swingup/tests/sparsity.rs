//! The sparsity reading never misses a derivative, and the penalty form's band is the function's whole Hessian.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use swingup::cost::Tracking;
use swingup::expansion::{Hessian, Nlp};
use swingup::inspect::{Pattern, Sparsity, hessian, sparsity};
use swingup::linear::SymmetricBand;
use swingup::models::{CartPole, DoubleCartPole, OscillatingMasses};
use swingup::newton::PenaltyForm;
use swingup::problems::{planar_quadrotor, swing_up};
use swingup::transcription::{HERMITE_SIMPSON, MIDPOINT, RK4, Scheme, TRAPEZOID};
use swingup::{At, Cost, CostSink, Dynamics, Function, Ocp, Scalar};

const INPUTS: usize = 6;

/// A random expression.
#[derive(Debug)]
enum Tree {
    Variable(usize),
    Constant(f64),
    Unary(usize, Box<Tree>),
    Binary(usize, Box<Tree>, Box<Tree>),
    Choice(Box<[Tree; 3]>),
}

impl Tree {
    fn random(random: &mut StdRng, depth: usize) -> Tree {
        let kind = if depth == 0 { random.random_range(0..3) } else { random.random_range(1..12) };
        let branch = |random: &mut StdRng| Box::new(Tree::random(random, depth - 1));
        match kind {
            0 | 1 => Tree::Variable(random.random_range(0..INPUTS)),
            2 => Tree::Constant(random.random_range(-2.0..2.0)),
            3..6 => Tree::Unary(random.random_range(0..17), branch(random)),
            6..11 => Tree::Binary(random.random_range(0..6), branch(random), branch(random)),
            _ => Tree::Choice(Box::new([*branch(random), *branch(random), *branch(random)])),
        }
    }

    fn eval<S: Scalar>(&self, x: &[S]) -> S {
        match self {
            Tree::Variable(i) => x[*i],
            Tree::Constant(c) => S::from(*c),
            Tree::Unary(kind, a) => {
                let a = a.eval(x);
                match kind {
                    0 => a.sin(),
                    1 => a.cos(),
                    2 => (a * 0.3).exp(),
                    3 => (a * a + 1.0).ln(),
                    4 => (a * a + 1.0).sqrt(),
                    5 => a.powi(2),
                    6 => a.powi(1),
                    7 => a.powi(0),
                    8 => a.powf(1.0),
                    9 => (a.abs() + 1.0).powf(1.5),
                    10 => a.tanh(),
                    11 => a.abs(),
                    12 => (a * 5.0).wrap(),
                    13 => a * 2.0 - 1.0,
                    14 => -a / 3.0,
                    15 => a.sin_cos().0 + a,
                    _ => S::from(1.0) / (a * a + 2.0),
                }
            }
            Tree::Binary(kind, a, b) => {
                let (a, b) = (a.eval(x), b.eval(x));
                match kind {
                    0 => a + b,
                    1 => a - b,
                    2 => a * b,
                    3 => a / (b * b + 1.0),
                    4 => a.fma(b, a),
                    _ => a.atan2(b * b + 0.5),
                }
            }
            Tree::Choice(all) => {
                let [a, b, c] = &**all;
                a.eval(x).select(b.eval(x), c.eval(x))
            }
        }
    }
}

impl Function for Tree {
    fn value<S: Scalar>(&self, x: &[S]) -> S {
        self.eval(x)
    }
}

/// At every point the Hessian is zero outside the pattern. Nor does the pattern say too much: of random trees, whose terms
/// rarely cancel, most patterns are met by some point.
#[test]
fn the_pattern_has_every_second_derivative() {
    let mut random = StdRng::seed_from_u64(4);
    let (mut pairs, mut met) = (0, 0);
    for _ in 0..2000 {
        let tree = Tree::random(&mut random, 5);
        let pattern = sparsity(&tree, INPUTS);
        let mut seen = vec![false; pattern.pairs().len()];
        for _ in 0..6 {
            let x: [f64; INPUTS] = std::array::from_fn(|_| random.random_range(-2.0..2.0));
            let (value, gradient, h) = hessian(&tree, &x);
            assert!(value.is_finite() && gradient.iter().all(|g| g.is_finite()), "{tree:?}");
            for i in 0..INPUTS {
                for j in i..INPUTS {
                    match pattern.pairs().binary_search(&(i, j)) {
                        Ok(at) => seen[at] |= h[i * INPUTS + j] != 0.0,
                        Err(_) => assert!(h[i * INPUTS + j] == 0.0, "({i}, {j}) of {tree:?}"),
                    }
                }
            }
            let reading = tree.eval::<Sparsity>(&std::array::from_fn::<_, INPUTS, _>(Sparsity::variable));
            for (i, g) in gradient.iter().enumerate() {
                assert!(*g == 0.0 || reading.depends_on(i), "argument {i} of {tree:?}");
            }
        }
        pairs += seen.len();
        met += seen.iter().filter(|seen| **seen).count();
    }
    assert!(pairs > 5000 && met * 10 > pairs * 8, "{met} of {pairs}");
}

fn rate<D: Dynamics<NX, NU>, const NX: usize, const NU: usize>(model: &D) -> Pattern {
    let at = At { t: Sparsity::from(0.0), p: &[] };
    let rate =
        model.xdot(&at, std::array::from_fn(Sparsity::variable), std::array::from_fn(|j| Sparsity::variable(NX + j)));
    Pattern::of(&rate, NX + NU)
}

/// The pole's rate is bent by its angle, alone and with the control; all else is linear.
#[test]
fn the_cart_pole_bends_with_its_angle() {
    let pattern = rate(&CartPole::scaled());
    assert_eq!((pattern.pairs(), pattern.bent()), (&[(2, 2), (2, 4)][..], &[2, 4][..]));
    assert_eq!(rate::<_, 12, 3>(&OscillatingMasses::default()), Pattern::default());
    // Both angles with both speeds and the control; position and velocity of the cart with nothing.
    assert_eq!(rate(&DoubleCartPole::default()).bent(), [2, 3, 4, 5, 6]);
}

/// Six numbers on either side of the diagonal hold the swing-up's Hessian, and no fewer.
#[test]
fn the_swing_ups_band_is_six_wide() {
    let nlp = swing_up().transcribe(MIDPOINT);
    let mut form = PenaltyForm::new(&nlp, 1.0);
    assert_eq!((form.half_bandwidth(), form.variables()), (6, 99 * 5));
    let mut random = StdRng::seed_from_u64(8);
    let z: Vec<f64> = (0..form.variables()).map(|_| random.random_range(-1.0..1.0)).collect();
    form.expand(&z, Hessian::Exact);
    let mut matrix = SymmetricBand::zeros(form.variables(), 6);
    form.hessian(&mut matrix);
    assert!((0..99 * 5 - 6).any(|j| matrix.get(j + 6, j) != 0.0));
}

/// A cost with every kind of term that has a second derivative.
struct Rich;
impl<const NX: usize, const NU: usize> Cost<NX, NU> for Rich {
    fn running<S: Scalar>(&self, _: &At<'_, S, 0>, x: [S; NX], u: [S; NU], sink: &mut impl CostSink<S>) {
        sink.square(0.5, x[0] * x[1] - u[0].sin());
        sink.huber(0.3, x[NX - 1] + x[0] * 0.2, 0.4);
        sink.add((u[NU - 1] * 0.5).exp() * x[1].cos());
    }
    fn terminal<S: Scalar>(&self, _: &At<'_, S, 0>, x: [S; NX], sink: &mut impl CostSink<S>) {
        sink.square(2.0, x[0] * x[NX - 1] - 0.5);
    }
}

/// The form as a function of all its variables, by its definition: `J + Σ λ'd + ρ Σ |d/h|²`.
struct Definition<'a, D, T, const NX: usize, const NU: usize> {
    dynamics: &'a D,
    scheme: T,
    start: [f64; NX],
    h: f64,
    multipliers: &'a [[f64; NX]],
    penalty: f64,
}

/// A plain sum of a cost's terms.
struct Sum<S>(S);
impl<S: Scalar> CostSink<S> for Sum<S> {
    fn square(&mut self, weight: impl Into<S>, r: S) {
        self.0 = self.0 + weight.into() * r * r;
    }
    fn huber(&mut self, weight: impl Into<S>, r: S, d: f64) {
        let (inside, outside) = (r * r, (r.abs() * 2.0 - d) * d);
        self.0 = self.0 + weight.into() * (r.abs() - d).select(outside, inside);
    }
    fn add(&mut self, value: S) {
        self.0 = self.0 + value;
    }
}

impl<D: Dynamics<NX, NU>, T: Scheme<D, NX, NU>, const NX: usize, const NU: usize> Function
    for Definition<'_, D, T, NX, NU>
{
    fn value<S: Scalar>(&self, z: &[S]) -> S {
        let mut sum = Sum(S::from(0.0));
        let mut x = self.start.map(S::from);
        for (k, (knot, multiplier)) in z.chunks_exact(NX + NU).zip(self.multipliers).enumerate() {
            let at = At { t: S::from(k as f64 * self.h), p: &[] };
            let (u, next) = (std::array::from_fn(|j| knot[j]), std::array::from_fn(|i| knot[NU + i]));
            Cost::<NX, NU>::running(&Rich, &at, x, u, &mut sum);
            for (d, y) in self.scheme.defect(self.dynamics, &at, self.h, x, u, next).into_iter().zip(multiplier) {
                sum.0 = sum.0 + d * *y + (d / self.h).powi(2) * self.penalty;
            }
            x = next;
        }
        let at = At { t: S::from(0.0), p: &[] };
        Cost::<NX, NU>::terminal(&Rich, &at, x, &mut sum);
        sum.0
    }
}

/// Value, gradient and band are those of the definition, derived by other means.
fn band_is_the_hessian<D, T, const NX: usize, const NU: usize>(dynamics: D, scheme: T)
where
    D: Dynamics<NX, NU> + Copy,
    T: Scheme<D, NX, NU> + Copy,
{
    let (n, h, penalty) = (4, 0.2, 3.0);
    let place = format!("{} {NX}/{NU}", scheme.name());
    let mut random = StdRng::seed_from_u64(6);
    let start = std::array::from_fn(|_| random.random_range(-0.5..0.5));
    let nlp = Ocp::new(dynamics, Rich, start, n, h).expect("in range").transcribe(scheme);
    let mut form = PenaltyForm::new(&nlp, penalty);
    form.multipliers = (0..n).map(|_| std::array::from_fn(|_| random.random_range(-1.0..1.0))).collect();
    let definition = Definition::<D, T, NX, NU> {
        dynamics: &dynamics,
        scheme,
        start,
        h,
        multipliers: &form.multipliers.clone(),
        penalty,
    };
    let z: Vec<f64> = (0..form.variables()).map(|_| random.random_range(-0.5..0.5)).collect();
    let (value, slope, curvature) = hessian(&definition, &z);

    assert!((form.value(&z).0 - value).abs() <= 1e-13 * value.abs(), "{place}");
    form.expand(&z, Hessian::Exact);
    let (mut gradient, mut band) = (vec![0.0; z.len()], SymmetricBand::zeros(z.len(), form.half_bandwidth()));
    form.gradient(&mut gradient);
    form.hessian(&mut band);
    let largest = |v: &[f64]| v.iter().fold(0.0_f64, |most, v| most.max(v.abs()));
    for (i, (ours, theirs)) in gradient.iter().zip(&slope).enumerate() {
        assert!((ours - theirs).abs() <= 1e-13 * largest(&slope), "{place}: gradient {i}: {ours} and {theirs}");
    }
    for (at, theirs) in curvature.iter().enumerate() {
        let (i, j) = (at / z.len(), at % z.len());
        let ours = band.get(i, j);
        assert!((ours - theirs).abs() <= 1e-13 * largest(&curvature), "{place}: ({i}, {j}): {ours} and {theirs}");
    }
}

#[test]
fn the_band_is_the_whole_hessian() {
    band_is_the_hessian::<_, _, 4, 1>(CartPole::scaled(), MIDPOINT);
    band_is_the_hessian::<_, _, 4, 1>(CartPole::scaled(), TRAPEZOID);
    band_is_the_hessian::<_, _, 4, 1>(CartPole::scaled(), HERMITE_SIMPSON);
    band_is_the_hessian::<_, _, 4, 1>(CartPole::scaled(), RK4);
    band_is_the_hessian::<_, _, 6, 1>(DoubleCartPole::default(), MIDPOINT);
    band_is_the_hessian::<_, _, 6, 2>(*planar_quadrotor().dynamics(), RK4);
}

/// Taylor: beside its slope the form leaves t², beside its curvature t³.
#[test]
fn the_penalty_form_is_taylors() {
    let cost = Tracking { q: [1.0; 4], r: [0.1], goal: [0.0, 0.0, 3.0, 0.0], rest: [0.0], terminal: 2.0 };
    let ocp = Ocp::new(CartPole::scaled(), cost, [0.0; 4], 20, 0.1).expect("in range");
    let nlp = ocp.transcribe(MIDPOINT);
    let mut form = PenaltyForm::new(&nlp, 10.0);
    let mut random = StdRng::seed_from_u64(9);
    let mut some = |n: usize| -> Vec<f64> { (0..n).map(|_| random.random_range(-1.0..1.0)).collect() };
    let (z, p) = (some(form.variables()), some(form.variables()));
    form.multipliers = (0..20).map(|_| std::array::from_fn(|_| some(1)[0])).collect();
    assert_eq!(form.pack(&form.unpack(&z)), z);
    let (before, cost) = form.value(&z);
    assert_eq!(cost, nlp.evaluate(&form.unpack(&z), &mut [[0.0; 4]; 20]));
    form.expand(&z, Hessian::Exact);
    let (mut gradient, mut band) = (vec![0.0; z.len()], SymmetricBand::zeros(z.len(), form.half_bandwidth()));
    form.gradient(&mut gradient);
    form.hessian(&mut band);
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let (slope, curvature) = (dot(&gradient, &p), dot(&band.times(&p), &p));
    let mut left = |t: f64| {
        let trial: Vec<f64> = z.iter().zip(&p).map(|(z, p)| z + t * p).collect();
        let first = form.value(&trial).0 - before - t * slope;
        (first, first - t * t / 2.0 * curvature)
    };
    for t in [1e-2, 5e-3] {
        let ((first, second), (first_half, second_half)) = (left(t), left(t / 2.0));
        assert!(((first / first_half).log2() - 2.0).abs() < 0.1, "{first} {first_half}");
        assert!(((second / second_half).log2() - 3.0).abs() < 0.1, "{second} {second_half}");
    }
}
