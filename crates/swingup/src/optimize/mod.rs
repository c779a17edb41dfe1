//! First-order methods as argmin solvers.
