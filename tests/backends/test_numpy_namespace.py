"""NumPy as the standard's namespace: array_api_compat's functions, or equal ones."""

from __future__ import annotations

import subprocess
import sys

import array_api_compat
import array_api_compat.numpy
import array_api_strict
import numpy as np
import pytest

from polyad.backends.numpy_namespace import COMPAT, NAMESPACE

STANDARD = {
    name
    for name in dir(array_api_strict)
    if callable(getattr(array_api_strict, name))
    and hasattr(array_api_compat.numpy, name)
    and name[0].islower()
    and "flags" not in name
}
# What array_api_compat wraps for NumPy 1, or for the name of a device that there is not.
WRAPPED = {
    *("arange", "asarray", "astype", "empty", "empty_like", "eye", "full", "full_like"),
    *("linspace", "matmul", "matrix_transpose", "ones", "ones_like", "permute_dims"),
    *("tensordot", "zeros", "zeros_like"),
}
if np.lib.NumpyVersion(array_api_compat.__version__) < "1.16.0":
    WRAPPED.add("reshape")  # as for NumPy 2.0, where it has no parameter copy


def test_functions_are_those_of_array_api_compat():
    other = {n for n in STANDARD if getattr(NAMESPACE, n) is not getattr(array_api_compat.numpy, n)}
    assert other == WRAPPED
    assert COMPAT - {"__array_namespace_info__"} <= STANDARD


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "int32", "bool"])
def test_wrapped_functions_agree_with_the_originals(dtype):
    compat = array_api_compat.numpy
    x = np.arange(12).reshape(3, 4).astype(dtype)
    calls = (
        lambda xp: xp.arange(5, dtype=getattr(xp, dtype)) if dtype != "bool" else xp.eye(2),
        lambda xp: xp.asarray(x, copy=True),
        lambda xp: xp.astype(x, xp.float64 if dtype != "complex64" else xp.complex128),
        lambda xp: xp.eye(3, 4, k=1, dtype=getattr(xp, dtype)),
        lambda xp: xp.full((2, 3), 1, dtype=getattr(xp, dtype)),
        lambda xp: xp.full_like(x, 1),
        lambda xp: xp.linspace(0, 1, 5, endpoint=False),
        lambda xp: xp.matmul(x, x.T),
        lambda xp: xp.matrix_transpose(x),
        lambda xp: xp.permute_dims(x, (1, 0)),
        lambda xp: xp.tensordot(x, x, axes=((0,), (0,))),
        *(lambda xp, n=n: getattr(xp, n)((2, 3)) for n in ("ones", "zeros")),
        *(lambda xp, n=n: getattr(xp, n)(x) for n in ("ones_like", "zeros_like")),
        *(lambda xp, n=n: getattr(xp.fft, n)(x * 1.0) for n in ("fftn", "ifftn", "irfft")),
        *(lambda xp, n=n: getattr(xp.linalg, n)(x[:, :3] * 1.0 + 9 * np.eye(3, dtype="f4"))
          for n in ("inv", "cholesky", "eigvalsh", "svdvals", "pinv", "det", "trace")),
    )  # fmt: skip
    for call in calls:
        ours, theirs = call(NAMESPACE), call(compat)
        assert np.asarray(ours).dtype == np.asarray(theirs).dtype
        np.testing.assert_array_equal(ours, theirs)


def test_derivatives_do_not_wait_for_array_api_compat():
    program = """
import sys, numpy as np, polyad, polyad.numpy as pnp
f = lambda x: pnp.sum(pnp.where(x > 0, pnp.exp(-x * x), 0) @ pnp.linalg.inv(x + pnp.eye(2)))
polyad.grad(f)(np.ones((2, 2))), polyad.hessian(f)(np.ones((2, 2))), polyad.jit(f)(np.ones((2, 2)))
assert "array_api_compat" not in sys.modules and "numpy.ma" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)
