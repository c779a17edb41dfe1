#!/usr/bin/env python3
"""Three robots without inequality constraints: optima by multiple shooting with IPOPT, for `robots_unbounded.json`.

RK4 over dt, control held over the interval. Cost: the sum of 1/2 (x-goal)'Q(x-goal) + 1/2 (u-uref)'R(u-uref) over knots
0..N-1, and W/2 (x-goal)'Q(x-goal) at knot N; Q and R diagonal, no factor dt. Knot 0 is fixed. First guess: the start
state at every knot and u = uref. Then the same from random guesses, to see which other optima there are.

usage: python robots_unbounded.py [OUT]        needs: numpy, casadi
"""
import json
import re
import sys

import casadi as ca
import numpy as np

G = 9.81
PERTURBATIONS = [(sigma, seed) for sigma in (0.1, 1.0) for seed in range(10)]


def double_cart_pole(x, u):
    """Cart acceleration u; massless links of length .5 with 1 kg at their ends; absolute angles a, b from hanging."""
    length, (_, v, a, b, wa, wb) = 0.5, ca.vertsplit(x)
    s, c = ca.sin(a - b), ca.cos(a - b)
    # 2 l a'' + l b'' c = r1,  l a'' c + l b'' = r2
    r1 = -length * wb**2 * s - 2 * (G * ca.sin(a) + u * ca.cos(a))
    r2 = length * wa**2 * s - (G * ca.sin(b) + u * ca.cos(b))
    det = length * (2 - c**2)
    return ca.vertcat(v, u, wa, wb, (r1 - c * r2) / det, (2 * r2 - c * r1) / det)


def planar_quad(x, u):
    """Mass .5, arm .15, inertia .005."""
    mass, arm, inertia = 0.5, 0.15, 0.005
    _, _, phi, vx, vz, om = ca.vertsplit(x)
    thrust = (u[0] + u[1]) / mass
    return ca.vertcat(vx, vz, om, -thrust * ca.sin(phi), thrust * ca.cos(phi) - G, arm * (u[1] - u[0]) / inertia)


def quadrotor(x, u):
    """Mass 1, arms .2 in a plus, J = diag(.01, .01, .018), yaw .02 m; R = Rz(yaw) Ry(pitch) Rx(roll)."""
    mass, arm, drag, jx, jy, jz = 1.0, 0.2, 0.02, 0.01, 0.01, 0.018
    roll, pitch, yaw = x[3], x[4], x[5]
    p, q, r = x[9], x[10], x[11]
    (sr, cr), (sp, cp), (sy, cy) = [(ca.sin(e), ca.cos(e)) for e in (roll, pitch, yaw)]
    lift = (u[0] + u[1] + u[2] + u[3]) / mass
    about = q * sr + r * cr
    return ca.vertcat(
        x[6], x[7], x[8],
        p + about * sp / cp, q * cr - r * sr, about / cp,
        lift * (cy * sp * cr + sy * sr), lift * (sy * sp * cr - cy * sr), lift * cp * cr - G,
        (arm * (u[1] - u[3]) + (jy - jz) * q * r) / jx,
        (arm * (u[2] - u[0]) + (jz - jx) * r * p) / jy,
        (drag * (u[0] - u[1] + u[2] - u[3]) + (jx - jy) * p * q) / jz,
    )


ROBOTS = {
    "double_cart_pole": dict(
        xdot=double_cart_pole, nx=6, nu=1, N=100, dt=0.03, x0=[0.0] * 6, goal=[0, 0, np.pi, np.pi, 0, 0],
        Q=[1, 0.1, 10, 10, 0.1, 0.1], R=[0.01], uref=0.0, W=10.0),
    "planar_quad": dict(
        xdot=planar_quad, nx=6, nu=2, N=60, dt=0.05, x0=[0.0] * 6, goal=[4, 1, 0, 0, 0, 0],
        Q=[1, 1, 0.1, 0.1, 0.1, 0.1], R=[0.05] * 2, uref=2.4525, W=20.0),
    "quadrotor": dict(
        xdot=quadrotor, nx=12, nu=4, N=50, dt=0.05, x0=[0.0] * 12, goal=[2, -1.5, 1, 0, 0, 1.2, 0, 0, 0, 0, 0, 0],
        Q=[2, 2, 2, 0.2, 0.2, 1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05], R=[0.05] * 4, uref=2.4525, W=20.0),
}


def step(robot):
    x, u, h, f = ca.SX.sym("x", robot["nx"]), ca.SX.sym("u", robot["nu"]), robot["dt"], robot["xdot"]
    k1 = f(x, u)
    k2 = f(x + h / 2 * k1, u)
    k3 = f(x + h / 2 * k2, u)
    k4 = f(x + h * k3, u)
    return ca.Function("step", [x, u], [x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)])


def solver(robot):
    """Variables: x_1, .., x_N by knot, then u_0, .., u_(N-1); x_0 is a constant."""
    N, nx, nu = robot["N"], robot["nx"], robot["nu"]
    X, U = ca.MX.sym("X", nx, N), ca.MX.sym("U", nu, N)
    knots = ca.horzcat(ca.DM(robot["x0"]), X)
    e, d = knots - ca.repmat(ca.DM(robot["goal"]), 1, N + 1), U - robot["uref"]
    weight = ca.DM([[1.0] * N + [robot["W"]]])
    cost = ca.mtimes([ca.DM(robot["Q"]).T, e**2, weight.T]) / 2 + ca.sum2(ca.mtimes(ca.DM(robot["R"]).T, d**2)) / 2
    defects = X - step(robot).map(N)(knots[:, :N], U)
    nlp = dict(x=ca.vertcat(ca.vec(X), ca.vec(U)), f=cost, g=ca.vec(defects))
    options = {"tol": 1e-12, "max_iter": 3000, "print_level": 0, "sb": "yes", "constr_viol_tol": 1e-12}
    solve = ca.nlpsol("solve", "ipopt", nlp, {"expand": True, "print_time": False, "ipopt": options})
    guess = np.concatenate([np.tile(robot["x0"], N), np.full(N * nu, robot["uref"])])

    def run(guess):
        answer = solve(x0=guess, lbg=0, ubg=0)
        return answer, solve.stats()

    return run, guess


def main():
    out = {
        "source": f"robots_unbounded.py: IPOPT (tol 1e-12) in casadi {ca.__version__}, numpy {np.__version__}",
        "meaning": {
            "cost": "sum_{k<N} 1/2 (x-goal)'Q(x-goal) + 1/2 (u-uref)'R(u-uref), and W/2 (x-goal)'Q(x-goal) at knot N",
            "Q": "diagonal", "R": "diagonal", "uref": "control is priced from this value",
            "x": "N+1 rows", "u": "N rows", "iterations": "IPOPT's, from the start state at every knot and u = uref",
            "perturbed": "found when normal numbers times sigma are added to every number of that guess; null: none",
        },
        "robots": {},
    }
    for name, robot in ROBOTS.items():
        run, guess = solver(robot)
        answer, stats = run(guess)
        N, nx, nu = robot["N"], robot["nx"], robot["nu"]
        w = np.array(answer["x"]).ravel()
        x, u = np.vstack([robot["x0"], w[: N * nx].reshape(N, nx)]), w[N * nx :].reshape(N, nu)
        gap = float(np.abs(np.array(answer["g"])).max())
        print(name, stats["return_status"], stats["iter_count"], repr(float(answer["f"])), "defect", gap, flush=True)
        found = []
        for sigma, seed in PERTURBATIONS:
            other, verdict = run(guess + sigma * np.random.default_rng(seed).standard_normal(guess.size))
            cost = float(other["f"]) if verdict["success"] else None
            found.append({"sigma": sigma, "cost": cost, "iterations": verdict["iter_count"]})
            print("  ", found[-1], verdict["return_status"], flush=True)
        numbers = {k: v for k, v in robot.items() if k != "xdot"}
        out["robots"][name] = {
            **numbers, "cost": float(answer["f"]), "iterations": stats["iter_count"], "status": stats["return_status"],
            "largest_defect": gap, "perturbed": found, "x": x.tolist(), "u": u.tolist(),
        }
    text = json.dumps(out, indent=1)
    # One row a line; every double in the shortest digits that read back to it.
    text = re.sub(r"\[\s+([^\[\]]*?)\s+\]", lambda m: "[" + re.sub(r"\s+", " ", m.group(1)) + "]", text)
    with open(sys.argv[1] if len(sys.argv) > 1 else "robots_unbounded.json", "w") as file:
        file.write(text + "\n")


if __name__ == "__main__":
    main()
