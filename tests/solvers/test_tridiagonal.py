"""Tridiagonal systems, beside the solution with the whole matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import polyad
from polyad import compat, errors
from polyad.solvers import tridiagonal_solve


def system(shape: tuple[int, ...], columns: int, dtype: Any, seed: int = 0) -> list[Any]:
    rng = np.random.default_rng(seed)
    drawn = [
        rng.normal(size=s) + 1j * rng.normal(size=s) for s in [shape] * 3 + [(*shape, columns)]
    ]
    return [(x if np.dtype(dtype).kind == "c" else x.real).astype(dtype) for x in drawn]


def matrix(dl: Any, d: Any, du: Any) -> Any:
    n = d.shape[-1]
    found, i = np.zeros((*d.shape, n), d.dtype), np.arange(n)
    found[..., i, i] = d
    found[..., i[1:], i[:-1]], found[..., i[:-1], i[1:]] = dl[..., 1:], du[..., :-1]
    return found


@pytest.mark.parametrize("dtype", ["float64", "complex128", "float32"])
@pytest.mark.parametrize("shape", [(1,), (2,), (7,), (2, 3, 5)])
def test_solutions(shape: tuple[int, ...], dtype: str):
    dl, d, du, b = system(shape, 2, dtype)
    expected = np.linalg.solve(matrix(dl, d, du), b)
    for solve in (tridiagonal_solve, polyad.jit(tridiagonal_solve)):
        found = solve(dl, d, du, b)
        assert found.dtype == dtype
        np.testing.assert_allclose(found, expected, rtol=1e-3 if dtype == "float32" else 1e-10)


def test_rows_are_exchanged():
    dl, du = np.array([0.0, 1.0, 1.0, 1.0]), np.array([1.0, 2.0, 3.0, 0.0])
    d = np.array([0.0, 1e-20, 0.0, 1e-20])  # of which plain elimination makes nothing
    b = np.arange(4.0)[:, None]
    x = tridiagonal_solve(dl, d, du, b)
    np.testing.assert_allclose(x, np.linalg.solve(matrix(dl, d, du), b), rtol=1e-12)


def test_what_lies_outside_the_matrix_is_not_read():
    dl, d, du, b = system((5,), 1, "float64")
    expected = tridiagonal_solve(dl, d, du, b)
    dl[0] = du[-1] = np.nan
    np.testing.assert_array_equal(tridiagonal_solve(dl, d, du, b), expected)
    slopes = polyad.grad(lambda *a: (tridiagonal_solve(*a) ** 2).sum(), (0, 1, 2, 3))(dl, d, du, b)
    assert slopes[0][0] == slopes[2][-1] == 0
    assert all(np.isfinite(s).all() for s in slopes)


@pytest.mark.parametrize("shape", [(4,), (2, 3)])
def test_derivatives(shape: tuple[int, ...]):
    given = system(shape, 2, "float64", seed=1)
    polyad.test_util.check_grads(tridiagonal_solve, given, 2, modes=("fwd", "rev"))


def test_batches_and_empty_ones():
    given = system((3, 4), 2, "float64")
    found = polyad.vmap(tridiagonal_solve)(*given)
    rows = [tridiagonal_solve(*row) for row in zip(*given, strict=True)]
    np.testing.assert_allclose(found, np.stack(rows), rtol=1e-12)
    assert tridiagonal_solve(*system((2, 0), 2, "float64")).shape == (2, 0, 2)


def test_bad_shapes():
    dl, d, du, b = system((4,), 2, "float64")
    with pytest.raises(errors.ShapeError, match=r"diagonals have one shape .*\(3,\), \(4,\)"):
        tridiagonal_solve(dl[1:], d, du, b)
    with pytest.raises(errors.ShapeError, match=r"b has the shape \(…, n, k\).*not \(4,\)"):
        tridiagonal_solve(dl, d, du, b[:, 0])


def test_jaxs_parameters():
    given = system((4,), 2, "float64")
    solve = compat.jax.lax.linalg.tridiagonal_solve
    np.testing.assert_array_equal(solve(*given, perturb_singular=False), tridiagonal_solve(*given))
    with pytest.raises(errors.PolyadTypeError, match="perturb_singular=True is not taken here"):
        solve(*given, perturb_singular=True)
