"""Functions outside of compiled code."""

from __future__ import annotations

import subprocess
import sys

ALONE = """
import sys
from polyad.lowering.linking.symbols import blas_address
address = blas_address("dgemm")
assert "scipy.linalg" not in sys.modules and "scipy.linalg.cython_blas" not in sys.modules
import numpy as np, scipy.linalg, scipy.linalg.cython_blas as blas
assert "dgemm" in blas.__pyx_capi__ and scipy.linalg.cython_blas is blas
from polyad.lowering.linking.symbols import _capsule_pointer
assert _capsule_pointer(blas.__pyx_capi__["dgemm"])[0] == address
assert np.allclose(scipy.linalg.solve(np.eye(2), np.ones(2)), 1.0)
import polyad, polyad.numpy as pnp
x = np.arange(6.0).reshape(2, 3)
assert np.array_equal(polyad.jit(lambda x: x @ x.T)(x), x @ x.T)
"""


def test_blas_comes_without_the_rest_of_scipy_and_leaves_its_import_as_it_is():
    done = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True)
    assert not done.returncode, done.stderr
