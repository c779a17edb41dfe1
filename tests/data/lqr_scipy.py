#!/usr/bin/env python3
"""What SciPy makes of CAREX 2.0: relative errors of `solve_continuous_are`, for `lqr_scipy.json`.

Frobenius norms against X of `lqr_carex.json`, on its leading block where that file has no more; the one example without a
stabilizing solution is left out. The last digits depend on the BLAS; the powers of ten do not.

usage: python lqr_scipy.py [OUT]        needs: numpy, scipy
"""
import json
import pathlib
import sys

import numpy as np
import scipy
from scipy.linalg import solve_continuous_are

HERE = pathlib.Path(__file__).parent


def matrix(entry):
    if "data" in entry:
        return np.array(entry["data"], float).reshape(entry["shape"])
    m = np.zeros(entry["shape"])
    for i, j, value in entry["triplets"]:
        m[i, j] = value
    return m


errors = {}
for example in json.loads((HERE / "lqr_carex.json").read_text()):
    if example.get("critical"):
        continue
    x = solve_continuous_are(*(matrix(example[name]) for name in "ABQR"))
    expected = matrix(example["X"])
    rows, columns = expected.shape
    errors[example["id"]] = float(np.linalg.norm(x[:rows, :columns] - expected) / np.linalg.norm(expected))

out = {"scipy": scipy.__version__, "numpy": np.__version__, "solve_continuous_are": errors}
path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "lqr_scipy.json"
path.write_text(json.dumps(out, indent=1) + "\n")
