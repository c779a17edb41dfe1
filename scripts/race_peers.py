#!/usr/bin/env python3
"""The race problem, solved by other people's solvers: one JSON object on standard output, progress on standard error.

A cart-pole x = (x, v, theta, omega) with the cart's acceleration u as its control swings up its pole of L = 0.5 m:
omega' = -(3/(2L))(g sin theta + u cos theta), one RK4 step for each of N intervals of 0.05 s, |u| <= 10 at knots 0 to
N-1, |x| <= 0.5 at knots 1 to N, cost 1/2 sum(e'Qe + r u^2) + 10/2 e_N'Qe_N of e = x - (0, 0, pi, 0), Q = (1, .1, 5, .1),
r = .1.

cold       from rest and u = 0, to a KKT error of 1e-6; the least time of several solves, in ms
step       a loop of 200 samples, the solver's smallest unit of work in each: an iteration, or one quadratic program
converged  the same loop, to a KKT error of 1e-6 in each sample; Crocoddyl to 1e-9 of its own test

Both loops begin with the optimum from rest and shift the last plan by one knot. Each is played several times; of each sample the
least time counts (us), and of these the median and the 99th percentile. A disturbed loop gets
v += .02 sin 1.7k, omega += .05 sin(2.3k+1) after sample k, and omega += 1.5 at k = 100. All in one thread. Timed are calls
of a solver and of compiled functions; what Python does between them is not.

Every peer is optional; one that cannot be imported, fails or takes too long is named under "missing" with the reason.
    crocoddyl           also g++ and Eigen's headers: its model is compiled as its package is, for x86-64 without AVX2, whose
                        numbers would lie otherwise in memory; |x| is a penalty
    casadi              also gcc: Fatrop and IPOPT with compiled functions
    piqp, osqp          also casadi and scipy: sequential quadratic programs
    acados_template     with the libraries of acados where ACADOS_SOURCE_DIR and LD_LIBRARY_PATH say

usage: python race_peers.py [--sizes 20,50,100,200] [--only NAME]
"""
import argparse
import importlib.metadata
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time

for threads in ("OMP", "OPENBLAS", "MKL", "RAYON"):
    os.environ[threads + "_NUM_THREADS"] = "1"

try:
    import numpy as np
except ImportError:
    versions = {"python": sys.version.split()[0]}
    missing = [{"name": "all of them", "why": "this Python has no numpy"}]
    print(json.dumps({"versions": versions, "peers": [], "missing": missing}))
    sys.exit()

L, G, STEP, SAMPLES = 0.5, 9.81, 0.05, 200
Q, R, LAST = np.array([1, 0.1, 5, 0.1]), 0.1, 10.0
GOAL, MOST_U, MOST_X = np.array([0, 0, np.pi, 0]), 10.0, 0.5


def rk4(x, u, h=STEP):
    def f(x):
        return np.array([x[1], u, x[3], -3 / (2 * L) * (G * np.sin(x[2]) + u * np.cos(x[2]))])

    a = f(x)
    b = f(x + h / 2 * a)
    c = f(x + h / 2 * b)
    return x + h / 6 * (a + 2 * b + 2 * c + f(x + h * c))


def disturbance(k):
    return np.array([0, 0.02 * np.sin(1.7 * k), 0, 0.05 * np.sin(2.3 * k + 1) + (1.5 if k == 100 else 0)])


def cost(X, U):
    E = X - GOAL
    return 0.5 * (np.sum(Q * E[:-1] ** 2) + R * np.sum(U**2) + LAST * np.sum(Q * E[-1] ** 2))


def violation(X, U):
    """By how much a plan breaks its dynamics or a bound."""
    gap = max(np.abs(rk4(X[k], U[k]) - X[k + 1]).max() for k in range(len(U)))
    return max(gap, np.abs(U).max() - MOST_U, np.abs(X[1:, 0]).max() - MOST_X)


def cold(solve, repeats=20, seconds=3.0):
    """solve() -> (X, U, seconds, iterations, whether it converged)"""
    begin, least = time.perf_counter(), np.inf
    for _ in range(repeats):
        X, U, taken, iterations, good = solve()
        least = min(least, taken)
        if time.perf_counter() - begin > seconds:
            break
    if not good:
        return None
    return {"ms": 1e3 * least, "iterations": iterations, "cost": cost(X, U), "violation": violation(X, U)}


def loop(control, optimum, disturbed, repeats=5, seconds=3.0):
    """control(x, X, U) -> (X, U, seconds, iterations, whether it converged); the plan that comes in is shifted already"""
    begin, times = time.perf_counter(), []
    for _ in range(repeats):
        (X, U), x, total, farthest, work, failed, taken = optimum, np.zeros(4), 0.0, 0.0, 0, 0, []
        for k in range(SAMPLES):
            X, U, t, iterations, good = control(x, X, U, k)
            u = float(np.clip(U[0], -MOST_U, MOST_U))
            taken.append(t)
            work, failed = work + iterations, failed + (not good)
            total, farthest = total + 0.5 * (Q @ (x - GOAL) ** 2 + R * u * u), max(farthest, abs(x[0]))
            x = rk4(x, u) + disturbed * disturbance(k)
            if not np.abs(x).max() < 1e4:
                return None
            X, U = np.vstack([X[1:], X[-1:]]), np.append(U[1:], U[-1])
        times.append(taken)
        if time.perf_counter() - begin > seconds:
            break
    least = 1e6 * np.min(times, axis=0)
    percentiles = {"median_us": float(np.median(least)), "p99_us": float(np.percentile(least, 99))}
    means = {"iterations": work / SAMPLES, "failed": failed, "repeats": len(times)}
    return {**percentiles, "cost": total, "farthest": farthest, **means}


def loops(control, optimum, **options):
    names = [("undisturbed", False), ("disturbed", True)]
    return {name: loop(control, optimum, disturbed, **options) for name, disturbed in names}


def compiled(source, compiler="gcc", flags=("-O3", "-march=native", "-ffast-math", "-shared", "-fPIC"), after=("-lm",)):
    out = os.path.abspath(source).rsplit(".", 1)[0] + ".so"
    subprocess.run([compiler, *flags, source, "-o", out, *after], check=True, capture_output=True)
    return out


# CasADi: nonlinear programs -------------------------------------------------------------------------------------------
def casadi_model():
    import casadi as ca

    x, u, h = ca.SX.sym("x", 4), ca.SX.sym("u"), STEP

    def f(x):
        return ca.vertcat(x[1], u, x[3], -3 / (2 * L) * (G * ca.sin(x[2]) + u * ca.cos(x[2])))

    a = f(x)
    b = f(x + h / 2 * a)
    c = f(x + h / 2 * b)
    return ca.Function("F", [x, u], [x + h / 6 * (a + 2 * b + 2 * c + f(x + h * c))])


class Program:
    """z = (x_0, u_0, x_1, u_1, .., x_N); the equations of interval 0, then x_0, then the other intervals', as Fatrop expects"""

    def __init__(self, N, plugin, options, library=None):
        import casadi as ca

        z, start = ca.MX.sym("z", 5 * N + 4), ca.MX.sym("start", 4)
        Z = ca.reshape(z[: 5 * N], 5, N)
        X, U = ca.horzcat(Z[:4, :], z[5 * N :]), Z[4, :]
        # The model is mapped, not written out for each knot: as fast, and compiled in seconds.
        gaps, E = X[:, 1:] - casadi_model().map(N)(X[:, :N], U), X - ca.DM(GOAL)
        weights = ca.DM(np.outer(Q, np.append(np.ones(N), LAST)) / 2)
        f = ca.sum2(ca.sum1(weights * E * E)) + R / 2 * ca.dot(U, U)
        g = ca.vertcat(gaps[:, 0], X[:, 0] - start, ca.vec(gaps[:, 1:]))
        options = {"print_time": False, **options}
        if plugin == "fatrop":
            options = {"equality": [True] * (4 * N + 4), "structure_detection": "auto", **options}
        if library is None:
            plain = ca.nlpsol("S", plugin, {"x": z, "p": start, "f": f, "g": g}, options)
            plain.generate_dependencies("program.c")
            library = compiled("program.c")
        self.library, self.solver, self.N = library, ca.nlpsol("S", plugin, library, options), N
        # Without copies: converting arguments would take a tenth of the time.
        self.buffer, self.call = self.solver.buffer()
        self.of = {name: np.zeros(self.solver.size1_in(name)) for name in self.solver.name_in()}
        self.out = {name: np.zeros(self.solver.size1_out(name)) for name in ("x", "lam_x", "lam_g")}
        for name, array in self.of.items():
            self.buffer.set_arg(self.solver.index_in(name), memoryview(array))
        for name, array in self.out.items():
            self.buffer.set_res(self.solver.index_out(name), memoryview(array))
        most = np.full((N + 1, 5), np.inf)
        most[1:, 0], most[:N, 4] = MOST_X, MOST_U
        self.of["ubx"][:] = most.ravel()[:-1]
        self.of["lbx"][:] = -self.of["ubx"]

    def solve(self, x, X, U, warm):
        of, out, N = self.of, self.out, self.N
        of["p"][:], of["x0"][:] = x, np.append(np.hstack([X[:-1], U[:, None]]).ravel(), X[-1])
        if not warm:
            of["lam_x0"][:], of["lam_g0"][:] = 0, 0
        since = time.perf_counter()
        self.call()
        since, stats = time.perf_counter() - since, self.buffer.stats()
        # The multipliers are shifted with the plan; those of x_0 stay.
        of["lam_x0"][:], of["lam_g0"][:] = out["lam_x"], out["lam_g"]
        of["lam_x0"][: 5 * (N - 1)] = out["lam_x"][5 : 5 * N]
        inner = np.vstack([out["lam_g"][:4], out["lam_g"][8:].reshape(-1, 4)])
        inner = np.vstack([inner[1:], inner[-1:]])
        of["lam_g0"][:4], of["lam_g0"][8:] = inner[0], inner[1:].ravel()
        Z = out["x"][: 5 * N].reshape(N, 5)
        plan = np.vstack([Z[:, :4], out["x"][5 * N :]])
        return plan, Z[:, 4].copy(), since, stats["iter_count"], bool(stats["success"])


def program(plugin, start, warm):
    def measure(N, optimum):
        first = Program(N, plugin, start)
        again = Program(N, plugin, warm, first.library)
        control = lambda x, X, U, k: again.solve(x, X, U, k > 0)
        of_cold = cold(lambda: first.solve(np.zeros(4), np.zeros((N + 1, 4)), np.zeros(N), False))
        return {"cold": of_cold, "converged": loops(control, optimum)}

    return measure


IPOPT = {"ipopt.print_level": 0, "ipopt.sb": "yes", "ipopt.tol": 1e-6, "ipopt.max_iter": 3000}
PUSHES = ("bound_push", "bound_frac", "slack_bound_push", "mult_bound_push")
IPOPT_WARM = {"ipopt.warm_start_init_point": "yes", "ipopt.mu_init": 1e-5, **{"ipopt.warm_start_" + p: 1e-7 for p in PUSHES}}
FATROP = {"print_level": 0, "tol": 1e-6, "max_iter": 3000}


# Sequential quadratic programs: Gauss-Newton, full steps --------------------------------------------------------------
class Quadratic:
    """min 1/2 z'Pz + q'z, Az = b, |z| <= most, for z = (u_0, x_1, u_1, .., x_N): the problem linearized about a plan"""

    def __init__(self, N):
        import casadi as ca
        import scipy.sparse as sp

        z, start = ca.MX.sym("z", 5 * N), ca.MX.sym("start", 4)
        Z = ca.reshape(z, 5, N)
        gaps = ca.vec(Z[1:, :] - casadi_model().map(N)(ca.horzcat(start, Z[1:, :-1]), Z[0, :]))
        generator = ca.CodeGenerator("linear.c")
        generator.add(ca.Function("linear", [z, start], [gaps, ca.jacobian(gaps, z)]))
        generator.generate()
        self.function = ca.external("linear", compiled("linear.c"))
        pattern, (self.buffer, self.linearize) = self.function.sparsity_out(1), self.function.buffer()
        self.A = sp.csc_matrix((np.zeros(pattern.nnz()), pattern.row(), pattern.colind()), shape=pattern.shape)
        self.N, self.z, self.start, self.gaps = N, np.zeros(5 * N), np.zeros(4), np.zeros(4 * N)
        for i, array in enumerate((self.z, self.start)):
            self.buffer.set_arg(i, memoryview(array))
        for i, array in enumerate((self.gaps, self.A.data)):
            self.buffer.set_res(i, memoryview(array))
        most, W = np.full((N, 5), np.inf), np.tile(Q, (N, 1))
        most[:, 0], most[:, 1], W[-1] = MOST_U, MOST_X, LAST * Q
        self.most, self.P = most.ravel(), sp.diags(np.hstack([np.full((N, 1), R), W]).ravel()).tocsc()
        self.q = np.hstack([np.zeros((N, 1)), -W * GOAL]).ravel()

    def about(self, x, z):
        """Fills A and b; the seconds of the compiled function."""
        self.z[:], self.start[:] = z, x
        since = time.perf_counter()
        self.linearize()
        since = time.perf_counter() - since
        self.b = self.A @ z - self.gaps
        return since


class Piqp:
    def __init__(self, qp):
        import piqp

        self.solver, self.solved = piqp.SparseSolver(), piqp.PIQP_SOLVED
        settings = self.solver.settings
        settings.eps_abs = settings.eps_rel = 1e-6
        settings.preconditioner_iter = 0
        self.solver.setup(qp.P, qp.q, qp.A, qp.b, None, None, None, -qp.most, qp.most)

    def solve(self, qp, _):
        since = time.perf_counter()
        self.solver.update(A=qp.A, b=qp.b)
        status = self.solver.solve()
        since, r = time.perf_counter() - since, self.solver.result
        self.prices = np.array(r.y), np.array(r.z_bu) - np.array(r.z_bl)
        return np.array(r.x), since, status == self.solved


class Osqp:
    def __init__(self, qp):
        import osqp
        import scipy.sparse as sp

        bounded = np.isfinite(qp.most)
        self.A = sp.vstack([qp.A, sp.eye(5 * qp.N).tocsr()[bounded]]).tocsc()
        self.A.sort_indices()
        self.own, self.most = self.A.indices < 4 * qp.N, qp.most[bounded]
        self.solver = osqp.OSQP()
        low, high = np.append(qp.b, -self.most), np.append(qp.b, self.most)
        options = {"verbose": False, "eps_abs": 1e-3, "eps_rel": 1e-3, "max_iter": 20000}
        self.solver.setup(sp.triu(qp.P).tocsc(), qp.q, self.A, low, high, **options)

    def solve(self, qp, guess):
        self.A.data[self.own] = qp.A.data
        low, high = np.append(qp.b, -self.most), np.append(qp.b, self.most)
        since = time.perf_counter()
        self.solver.update(Ax=self.A.data, l=low, u=high)
        self.solver.warm_start(x=guess)
        r = self.solver.solve()
        return r.x, time.perf_counter() - since, r.info.status_val == 1


def quadratic(solver, converges):
    def measure(N, optimum):
        def control(most):
            def of(x, X, U, _):
                z, taken = np.hstack([U[:, None], X[1:]]).ravel(), 0.0
                for i in range(most):
                    taken += qp.about(x, z)
                    z, t, good = own.solve(qp, z)
                    taken += t
                    if most > 1:
                        taken += qp.about(x, z)
                        equations, bounds = own.prices
                        gradient = qp.P @ z + qp.q + qp.A.T @ equations + bounds
                        good = max(np.abs(gradient).max(), np.abs(qp.gaps).max()) < 1e-6
                        if good:
                            break
                Z = z.reshape(N, 5)
                return np.vstack([x, Z[:, 1:]]), Z[:, 0].copy(), taken, i + 1, good

            return of

        qp, (X, U) = Quadratic(N), optimum
        qp.about(X[0], np.hstack([U[:, None], X[1:]]).ravel())
        own = solver(qp)
        found = {"step": loops(control(1), optimum)}
        return {**found, "converged": loops(control(30), optimum)} if converges else found

    return measure


# acados: sequential quadratic programs, HPIPM -------------------------------------------------------------------------
def acados(N, optimum):
    import acados_template as at
    import casadi as ca

    def solver(kind):
        ocp, model, s, u = at.AcadosOcp(), at.AcadosModel(), ca.SX.sym("s", 4), ca.SX.sym("u", 1)
        model.name, model.x, model.u, model.xdot = "pole_" + kind.lower(), s, u, ca.SX.sym("d", 4)
        rate = -3 / (2 * L) * (G * ca.sin(s[2]) + u * ca.cos(s[2]))
        model.f_expl_expr = ca.vertcat(s[1], u, s[3], rate)
        model.f_impl_expr = model.xdot - model.f_expl_expr
        ocp.model, options = model, ocp.solver_options
        if hasattr(options, "N_horizon"):
            options.N_horizon = N
        else:
            ocp.dims.N = N
        cost, limits = ocp.cost, ocp.constraints
        cost.cost_type = cost.cost_type_e = "LINEAR_LS"
        # A stage's cost is multiplied by its length there.
        cost.W, cost.W_e = np.diag(np.append(Q, R)) / STEP, LAST * np.diag(Q)
        cost.Vx, cost.Vu, cost.Vx_e = np.eye(5)[:, :4], np.eye(5)[:, 4:], np.eye(4)
        cost.yref, cost.yref_e = np.append(GOAL, 0), GOAL
        limits.lbu, limits.ubu, limits.idxbu = np.array([-MOST_U]), np.array([MOST_U]), np.array([0])
        limits.lbx, limits.ubx, limits.idxbx = np.array([-MOST_X]), np.array([MOST_X]), np.array([0])
        limits.lbx_e, limits.ubx_e, limits.idxbx_e = limits.lbx, limits.ubx, limits.idxbx
        limits.x0 = np.zeros(4)
        options.tf, options.integrator_type, options.nlp_solver_type = N * STEP, "ERK", kind
        options.qp_solver, options.hessian_approx = "PARTIAL_CONDENSING_HPIPM", "GAUSS_NEWTON"
        options.nlp_solver_max_iter, options.qp_solver_warm_start = 50, 1
        return at.AcadosOcpSolver(ocp, json_file=kind + ".json")

    def control(own):
        def of(x, X, U, k):
            for i in range(N):
                own.set(i, "x", x if i == 0 else X[i])
                own.set(i, "u", U[i : i + 1])
            own.set(N, "x", X[N])
            since = time.perf_counter()
            own.set(0, "lbx", x)
            own.set(0, "ubx", x)
            status = own.solve()
            own.get(0, "u")
            since = time.perf_counter() - since
            X = np.array([own.get(i, "x") for i in range(N + 1)])
            U = np.array([own.get(i, "u")[0] for i in range(N)])
            return X, U, since, int(np.max(own.get_stats("sqp_iter"))) if own is full else 1, status == 0

        return of

    one, full = solver("SQP_RTI"), solver("SQP")
    return {"step": loops(control(one), optimum), "converged": loops(control(full), optimum)}


# Crocoddyl: BoxFDDP, driven from C++ ----------------------------------------------------------------------------------
CROCODDYL = r"""
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <crocoddyl/core/optctrl/shooting.hpp>
#include <crocoddyl/core/solvers/box-fddp.hpp>
#include <crocoddyl/core/states/euclidean.hpp>
using namespace crocoddyl;
using V = Eigen::VectorXd; using In = Eigen::Ref<const V>; using S = Eigen::Matrix<double, 4, 5>; using X4 = Eigen::Vector4d;
const double L = .5, G = 9.81, H = .05, Q[4] = {1, .1, 5, .1}, R = .1, UM = 10, XM = .5, PENALTY = 1e4;
X4 rate(const X4& x, double u) { return X4(x[1], u, x[3], -1.5 / L * (G * std::sin(x[2]) + u * std::cos(x[2]))); }
X4 rk4(const X4& x, double u) {
  X4 a = rate(x, u), b = rate(x + H / 2 * a, u), c = rate(x + H / 2 * b, u);
  return x + H / 6 * (a + 2 * b + 2 * c + rate(x + H * c, u));
}
S derivatives(const X4& x, double u) {  // (A B) of one step, stage by stage
  S one = S::Zero(), at, K, sum = S::Zero(); one.leftCols<4>().setIdentity();
  X4 k = X4::Zero(); const double c[4] = {0, H / 2, H / 2, H}, w[4] = {1, 2, 2, 1};
  for (int j = 0; j < 4; j++) {
    X4 y = x + c[j] * k; if (j) at = one + c[j] * K; else at = one;
    K.row(0) = at.row(1); K.row(1).setZero(); K(1, 4) = 1; K.row(2) = at.row(3);
    K.row(3) = -1.5 / L * (G * std::cos(y[2]) - u * std::sin(y[2])) * at.row(2); K(3, 4) -= 1.5 / L * std::cos(y[2]);
    k = rate(y, u); sum += w[j] * K;
  }
  return one + H / 6 * sum;
}
struct Data : ActionDataAbstractTpl<double> { template <class M> explicit Data(M* m) : ActionDataAbstractTpl<double>(m) {} };
struct Stage : ActionModelAbstractTpl<double> {
  using D = std::shared_ptr<ActionDataAbstractTpl<double>>; double weight;
  explicit Stage(double weight) : ActionModelAbstractTpl<double>(std::make_shared<StateVectorTpl<double>>(4), 1, 0), weight(weight) {
    if (weight == 1) { set_u_lb(V::Constant(1, -UM)); set_u_ub(V::Constant(1, UM)); } }
  std::shared_ptr<ActionModelBase> cloneAsDouble() const override { return std::make_shared<Stage>(*this); }
  std::shared_ptr<ActionModelBase> cloneAsFloat() const override { return nullptr; }
  static double error(const In& x, int i) { return i == 2 ? x[i] - M_PI : x[i]; }
  static double beyond(const In& x) { return x[0] > XM ? x[0] - XM : x[0] < -XM ? x[0] + XM : 0; }
  void calc(const D& d, const In& x) override {
    d->cost = .5 * PENALTY * beyond(x) * beyond(x);
    for (int i = 0; i < 4; i++) d->cost += .5 * weight * Q[i] * error(x, i) * error(x, i); }
  void calc(const D& d, const In& x, const In& u) override { calc(d, x); d->cost += .5 * R * u[0] * u[0]; d->xnext = rk4(x, u[0]); }
  void calcDiff(const D& d, const In& x) override {
    for (int i = 0; i < 4; i++) { d->Lx[i] = weight * Q[i] * error(x, i); d->Lxx(i, i) = weight * Q[i]; }
    if (beyond(x) != 0) { d->Lx[0] += PENALTY * beyond(x); d->Lxx(0, 0) += PENALTY; } }
  void calcDiff(const D& d, const In& x, const In& u) override {
    calcDiff(d, x); d->Lu[0] = R * u[0]; d->Luu(0, 0) = R; S s = derivatives(x, u[0]); d->Fx = s.leftCols<4>(); d->Fu = s.col(4); }
  D createData() override { return std::make_shared<Data>(this); }
};
double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }
int main(int, char** args) {
  int N = atoi(args[1]); std::vector<double> start(5 * N + 4); FILE* file = fopen(args[2], "rb");
  if (!file || fread(start.data(), 8, start.size(), file) != start.size()) return 1;
  std::vector<std::shared_ptr<ActionModelAbstractTpl<double>>> stages; for (int k = 0; k < N; k++) stages.push_back(std::make_shared<Stage>(1));
  auto problem = std::make_shared<ShootingProblemTpl<double>>(V::Zero(4), stages, std::make_shared<Stage>(10)); problem->set_nthreads(1);
  auto solver = [&] { auto s = std::make_unique<SolverBoxFDDP>(problem); s->set_th_stop(1e-9); return s; };
  double least = 1e9, begin = now();
  for (int r = 0; r < 20 && (r == 0 || now() - begin < 3); r++) {
    auto s = solver(); double t = now(); bool good = s->solve(std::vector<V>(N + 1, V::Zero(4)), std::vector<V>(N, V::Zero(1)), 2000, false, 1e-9);
    least = std::min(least, now() - t); if (r) continue;
    printf("[%d, %zu", good, s->get_iter()); for (int k = 0; k <= N; k++) { for (double x : s->get_xs()[k]) printf(", %.17g", x); if (k < N) printf(", %.17g", s->get_us()[k][0]); } printf("]\n"); }
  printf("[%.9g]\n", least);
  for (int most : {1, 50}) for (int disturbed : {0, 1}) { std::vector<double> least(200, 1e9); begin = now();
    for (int r = 0; r < 5 && (r == 0 || now() - begin < 3); r++) {
      auto s = solver(); V x = V::Zero(4); std::vector<V> xs(N + 1, x), us(N, V::Zero(1)); double cost = 0, far = 0; size_t work = 0, failed = 0;
      for (int k = 0; k <= N; k++) { for (int i = 0; i < 4; i++) xs[k][i] = start[5 * k + i]; if (k < N) us[k][0] = start[5 * k + 4]; }
      for (int k = 0; k < 200; k++) {
        double t = now(); xs[0] = x; problem->set_x0(x); bool good = s->solve(xs, us, most, false, 1e-9); xs = s->get_xs(); us = s->get_us();
        least[k] = std::min(least[k], now() - t); work += s->get_iter(); failed += most > 1 && !good;
        double u = std::min(UM, std::max(-UM, us[0][0])); cost += .5 * R * u * u; far = std::max(far, std::abs(x[0]));
        for (int i = 0; i < 4; i++) cost += .5 * Q[i] * std::pow(Stage::error(x, i), 2);
        x = rk4(x, u); if (disturbed) { x[1] += .02 * std::sin(1.7 * k); x[3] += .05 * std::sin(2.3 * k + 1) + (k == 100 ? 1.5 : 0); }
        std::rotate(xs.begin(), xs.begin() + 1, xs.end()); xs[N] = xs[N - 1]; std::rotate(us.begin(), us.begin() + 1, us.end()); us[N - 1] = us[std::max(N - 2, 0)]; }
      if (r == 0) printf("[%.12g, %.9g, %.9g, %zu", cost, far, work / 200., failed); }
    for (double t : least) printf(", %.9g", t); printf("]\n"); }
}
"""


def crocoddyl(N, optimum):
    import crocoddyl

    prefix = os.path.abspath(crocoddyl.__file__)
    while prefix != "/" and not os.path.isdir(os.path.join(prefix, "include", "crocoddyl")):
        prefix = os.path.dirname(prefix)
    include, lib = os.path.join(prefix, "include"), os.path.join(prefix, "lib")
    open("race.cpp", "w").write(CROCODDYL)
    eigen = [p for p in (include + "/eigen3", "/usr/include/eigen3", "/usr/local/include/eigen3") if os.path.isdir(p)]
    if not eigen:
        raise RuntimeError("no headers of Eigen (Debian: libeigen3-dev)")
    # As its package was compiled: wider vectors would be aligned otherwise.
    flags = ["-std=c++17", "-O3", "-march=x86-64", "-DNDEBUG", "-w", "-I" + include, "-I" + eigen[0]]
    links = ["-L" + lib, "-lcrocoddyl", "-Wl,-rpath," + lib, "-Wl,-rpath-link," + lib, "-Wl,--allow-shlib-undefined"]
    program = compiled("race.cpp", "g++", flags, links)
    X, U = optimum
    np.append(np.hstack([X[:-1], U[:, None]]).ravel(), X[-1]).tofile("optimum")
    path = lib + ":" + os.environ.get("LD_LIBRARY_PATH", "")
    run = subprocess.run([program, str(N), "optimum"], capture_output=True, text=True, env={**os.environ, "LD_LIBRARY_PATH": path})
    if run.returncode:
        raise RuntimeError("its program ended with %d %s" % (run.returncode, run.stderr.strip()[-200:]))
    (good, iterations, *z), (least,), *played = [json.loads(line) for line in run.stdout.splitlines()]
    Z, names = np.array(z[: 5 * N]).reshape(N, 5), ("undisturbed", "disturbed")
    solve = lambda: (np.vstack([Z[:, :4], z[5 * N :]]), Z[:, 4], least, iterations, good)

    def summary(total, farthest, work, failed, *times):
        percentiles = {"median_us": 1e6 * np.median(times), "p99_us": 1e6 * np.percentile(times, 99)}
        return {**percentiles, "cost": total, "farthest": farthest, "iterations": work, "failed": failed}

    of = [summary(*line) for line in played]
    return {"cold": cold(solve, 1), "step": dict(zip(names, of[:2])), "converged": dict(zip(names, of[2:]))}


# All of them ----------------------------------------------------------------------------------------------------------
PEERS = {
    "Crocoddyl BoxFDDP": ("|u| as bounds, |x| as a penalty of 1e4", crocoddyl),
    "acados SQP, HPIPM": ("bounds", acados),
    "SQP, PIQP": ("bounds", quadratic(Piqp, True)),
    "SQP, OSQP": ("bounds, to 1e-3", quadratic(Osqp, False)),
    "CasADi, Fatrop": ("bounds", program("fatrop", {"fatrop": FATROP}, {"fatrop": {**FATROP, "mu_init": 1e-4}})),
    "CasADi, IPOPT": ("bounds", program("ipopt", IPOPT, {**IPOPT, **IPOPT_WARM})),
}


def child(name, N, plan, folder, pipe):
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.chdir(folder)
    try:
        pipe.send(PEERS[name][1](N, (plan[:, :4].copy(), plan[:-1, 4].copy())))
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode().strip().splitlines()
        pipe.send("%s: %s" % (error.cmd[0], said[0][:200] if said else "failed"))
    except Exception as error:
        pipe.send((str(error).strip() or type(error).__name__).splitlines()[0][:200])


def measured(name, N, plan, timeout):
    """What a process of its own finds, or in a word why it does not."""
    fork = multiprocessing.get_context("fork")
    ours, theirs = fork.Pipe(duplex=False)
    with tempfile.TemporaryDirectory() as folder:
        process = fork.Process(target=child, args=(name, N, plan, folder, theirs))
        process.start()
        theirs.close()
        try:
            return ours.recv() if ours.poll(timeout) else "not done after %g s" % timeout
        except EOFError:
            process.join()
            return "ended with exit code %s" % process.exitcode
        finally:
            process.kill()
            process.join()


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--sizes", default="20,50,100,200", help="intervals, separated by commas")
    arguments.add_argument("--only", action="append", help="peers whose names contain this")
    arguments.add_argument("--timeout", type=float, default=60, help="seconds for one peer and size")
    arguments.add_argument("--plans", action="store_true", help="read the optima from standard input, not from tests/data")
    given = arguments.parse_args()
    plans = json.load(sys.stdin) if given.plans else None
    peers, missing, gone = [], [], set()
    for N in map(int, given.sizes.split(",")):
        if plans is None:
            data = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/data/race_n%d.csv" % N)
            plan = np.genfromtxt(data, delimiter=",", skip_header=1)
        else:
            plan = np.array(plans[str(N)])
        for name, (holds, _) in PEERS.items():
            if name in gone or given.only and not any(part in name for part in given.only):
                continue
            since = time.perf_counter()
            found = measured(name, N, plan, given.timeout)
            since = time.perf_counter() - since
            print("  %s, N = %d: %s (%.0f s)" % (name, N, found if isinstance(found, str) else "done", since), file=sys.stderr)
            if isinstance(found, str):
                missing.append({"name": name, "size": N, "why": found})
                # What is not there is not asked for again.
                gone |= {name} if found.startswith("No module") else set()
            else:
                peers.append({"name": name, "holds": holds, "size": N, **found})
    versions = {"python": sys.version.split()[0]}
    for package in ("casadi", "crocoddyl", "piqp", "osqp", "numpy", "scipy"):
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            pass
    print(json.dumps({"versions": versions, "peers": peers, "missing": missing}))


if __name__ == "__main__":
    main()
