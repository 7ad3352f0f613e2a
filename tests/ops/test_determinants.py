"""The determinant is a polynomial: its derivatives are minors, at matrices of every rank and to
every order.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import polyad
from polyad import numpy as pnp

from ..arrays import off, run

BACKENDS = ("numpy", "torch", "native")
MODES = {"f": polyad.jacfwd, "r": polyad.jacrev}


def minor(a: np.ndarray, entries: list[tuple[int, int]]) -> float:
    """∂ᵐ det(a) by m entries, whose rows and columns are replaced by those of the identity."""
    for places in zip(*entries, strict=True):
        if len(set(places)) < len(places):
            return 0.0
    left = np.array(a)
    for i, j in entries:
        left[i], left[:, j] = 0, 0
    for i, j in entries:
        left[i, j] = 1
    return np.linalg.det(left)


def of_rank(n: int, rank: int, seed: int = 0) -> np.ndarray:
    """A matrix of small integers."""
    rng = np.random.default_rng(seed)
    factors = rng.integers(-2, 3, (n, rank)), rng.integers(-2, 3, (rank, n))
    return (factors[0] @ factors[1]).astype(float)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("modes", ["fff", "rrr", "rfr", "frf"])
def test_all_third_derivatives_are_minors(modes: str, backend: str):
    third = pnp.linalg.det
    for mode in modes:
        third = MODES[mode](third)
    for n, rank in ((1, 0), (2, 1), (3, 0), (3, 1), (3, 2), (3, 3)):
        a = of_rank(n, rank)
        found = off(run(backend, third, [a])).ravel()
        words = itertools.product(itertools.product(range(n), repeat=2), repeat=3)
        wanted = [minor(a, list(word)) for word in words]
        np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-13)


@pytest.mark.share(2)
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("order", [3, 4, 5])
def test_a_derivative_by_single_entries(order: int, backend: str):
    """Of a stack of 5 by 5 matrices, of each rank."""
    n = 5
    stack = np.stack([of_rank(n, rank, rank) for rank in range(n + 1)])
    rng = np.random.default_rng(order)
    entries = list(zip(rng.permutation(n)[:order], rng.permutation(n)[:order], strict=True))
    f = pnp.linalg.det
    for i, j in entries:
        unit = np.zeros_like(stack)
        unit[:, i, j] = 1
        f = lambda a, f=f, unit=unit: polyad.jvp(f, (a,), (pnp.asarray(unit),))[1]
    found = off(run(backend, f, [stack]))
    wanted = [minor(a, entries) for a in stack]
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)


def test_the_fourth_derivative_along_a_line():
    """det(A + tI) = t³(t + ½) for A = diag(½, 0, 0, 0), in alternating modes."""
    a = np.diag([0.5, 0.0, 0.0, 0.0])
    f = lambda t: pnp.linalg.det(a + t * np.eye(4))
    third = polyad.grad(lambda t: polyad.jvp(polyad.grad(f), (t,), (1.0,))[1])
    assert third(0.0) == pytest.approx(3.0, rel=1e-14)
    assert polyad.grad(third)(0.0) == pytest.approx(24.0, rel=1e-14)


def test_derivatives_of_a_complex_determinant():
    """det is holomorphic: the second derivatives of ad - bc."""
    a = np.array([[1.0, 1j], [1j, -1.0]])  # of rank 1
    second = polyad.jacfwd(polyad.jacfwd(pnp.linalg.det, holomorphic=True), holomorphic=True)
    third = polyad.jacfwd(second, holomorphic=True)
    wanted = np.zeros((4, 4))
    wanted[0, 3] = wanted[3, 0] = 1
    wanted[1, 2] = wanted[2, 1] = -1
    np.testing.assert_allclose(np.asarray(second(a)).reshape(4, 4), wanted, atol=1e-15)
    np.testing.assert_allclose(np.asarray(third(a)), 0, atol=1e-15)
