"""Sums of exponentials and their shares: tails, infinities, complex terms, the ops they cost."""

from __future__ import annotations

import itertools
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.special

import polyad
import polyad.numpy as pnp
from polyad import nn, special

from ..counting import counted

FAR = [[0.0, -40.0, -45.0], [0.0, -300.0, -20.0], [3.0, 0.5, -2.0]]
LEVEL = [[-30.0, 5.0, 4.75], [1.0, 1.0, 1.0], [2.0, 2.0, -35.0]]
"""Where shares near 1/2 make derivatives that vanish, of terms that do not."""


def exact(name: str, x: list[float], orders: tuple[int, ...]) -> mpmath.mpf:
    """The derivative of the first entry by the entries `orders`, from central moments: the k-th
    derivative of log Σ e^x is a cumulant of indicators under the shares.
    """
    with mpmath.workdps(120):
        terms = [mpmath.exp(v) for v in x]
        shares = [t / mpmath.fsum(terms) for t in terms]

        def cumulant(indices: tuple[int, ...]) -> mpmath.mpf:
            centred = [[(i == k) - shares[k] for i in range(len(x))] for k in indices]
            if len(indices) == 1:
                return shares[indices[0]]
            if len(indices) < 4:
                return mpmath.fsum(
                    p * mpmath.fprod(c[i] for c in centred) for i, p in enumerate(shares)
                )
            fourth = mpmath.fsum(
                p * mpmath.fprod(c[i] for c in centred) for i, p in enumerate(shares)
            )
            a, b, c, d = indices
            pairs = (((a, b), (c, d)), ((a, c), (b, d)), ((a, d), (b, c)))
            return fourth - mpmath.fsum(cumulant(u) * cumulant(v) for u, v in pairs)

        if name == "logsumexp":
            return cumulant(orders) if orders else mpmath.log(mpmath.fsum(terms))
        if name == "softmax":
            return cumulant((0, *orders))
        first = mpmath.log(shares[0]) if not orders else 0
        return first + ((orders == (0,)) if orders else 0) - (cumulant(orders) if orders else 0)


FUNCTIONS = {
    "logsumexp": special.logsumexp,
    "softmax": lambda x: special.softmax(x)[0],
    "log_softmax": lambda x: special.log_softmax(x)[0],
}


@pytest.mark.share(3)
@pytest.mark.parametrize("order", [0, 1, 2, 3])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_digits_where_one_term_is_nearly_all(name: str, order: int):
    """Of every entry, in every mix of modes, also compiled."""
    for x in FAR + LEVEL:
        f: Any = FUNCTIONS[name]
        for modes in itertools.product((polyad.jacfwd, polyad.jacrev), repeat=order):
            g = f
            for mode in modes:
                g = mode(g)
            for run in (g, polyad.jit(g, backend="native")):
                found = np.asarray(run(np.array(x)))
                for at in itertools.product(range(3), repeat=order):
                    wanted = float(exact(name, x, at))
                    error = abs(found[at] - wanted)
                    size = max(abs(wanted), 0.05 if x in LEVEL else 1e-300)
                    assert error <= 8 * np.spacing(size), (x, modes, at, found[at], wanted)


@pytest.mark.parametrize("axis", [None, 0, 1, (0, 1), -1])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_are_scipys(name: str, axis: Any):
    x = np.random.default_rng(0).normal(size=(3, 4)) * 20
    found = getattr(special, name)(x, axis=axis)
    np.testing.assert_allclose(found, getattr(scipy.special, name)(x, axis=axis), 1e-14, 1e-15)
    whole = np.arange(4).reshape(2, 2)
    axis = axis if axis != (0, 1) else None
    found = getattr(special, name)(whole, axis=axis)
    np.testing.assert_allclose(found, getattr(scipy.special, name)(whole, axis=axis), 1e-14)


INF = np.inf


@pytest.mark.parametrize("x", [[INF, 0], [-INF, -INF], [INF, INF], [np.nan, 1], [-INF, 0], [3]])
def test_infinities_are_scipys(x: list[float]):
    given = np.array(x, float)
    with np.errstate(all="ignore"):
        for name in ("logsumexp", "softmax"):
            expected = getattr(scipy.special, name)(given)
            np.testing.assert_array_equal(getattr(special, name)(given), expected)


def test_infinities_that_are_alike_share_the_derivative():
    gradient = polyad.grad(special.logsumexp)
    for x, shares in (([INF, 0.0, INF], [0.5, 0, 0.5]), ([-INF, -INF], [0.5, 0.5])):
        np.testing.assert_array_equal(gradient(np.array(x)), shares)


@pytest.mark.parametrize("shape", [(0,), (0, 3), (2, 0)])
def test_an_empty_axis(shape: tuple[int, ...]):
    x = np.zeros(shape)
    for keepdims in (False, True):
        found = special.logsumexp(x, axis=shape.index(0), keepdims=keepdims)
        wanted = np.full(np.sum(x, axis=shape.index(0), keepdims=keepdims).shape, -INF)
        np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("b", [None, np.array([0.5, -2.0, 0.0])])
@pytest.mark.parametrize("return_sign", [False, True])
def test_complex_terms(b: Any, return_sign: bool):
    z = np.array([0.3 + 1j, 700 - 0.5j, -2 + 3j])
    found = special.logsumexp(z, b=b, return_sign=return_sign)
    factors = np.ones(3) if b is None else b
    with mpmath.workdps(40):
        terms = [
            mpmath.mpf(float(c)) * mpmath.exp(mpmath.mpc(v))
            for c, v in zip(factors, z, strict=True)
        ]
        total = mpmath.fsum(terms)
        wanted = [complex(mpmath.log(abs(total))), complex(total / abs(total))]
        wanted = wanted if return_sign else [complex(mpmath.log(total))]
    np.testing.assert_allclose(np.atleast_1d(np.array(found)), wanted, rtol=1e-14)
    if not return_sign:
        slope = polyad.grad(lambda z: special.logsumexp(z, b=b), holomorphic=True)(z)
        with mpmath.workdps(40):
            shares = [complex(t / total) for t in terms]
        np.testing.assert_allclose(slope, shares, rtol=1e-13, atol=1e-300)


def test_a_gradient_is_one_op():
    x = np.zeros((64, 500))
    f = lambda x: pnp.sum(special.logsumexp(x, axis=1))
    function = polyad.make_ir(polyad.grad(f))(x)
    assert dict(counted(function)) == {"soft_max": 1}
    both = polyad.jit(polyad.value_and_grad(f), backend="native").lower(x)
    assert "1 kernel," in both.explain().splitlines()[0]


def test_rows_that_are_masked():
    """All elements of the first row: the selection leaves it out, in the second order, too."""
    mask = np.array([[False, False], [True, True]])
    for where_inside in (False, True):

        def f(x: Any, where_inside: bool = where_inside) -> Any:
            if where_inside:
                logs = nn.log_softmax(x, where=mask)
            else:
                logs = nn.log_softmax(pnp.where(mask, x, -INF))
            return pnp.sum(pnp.where(mask, logs * logs, 0.0))

        x = np.array([[1.0, 2.0], [0.5, -0.5]])
        assert np.isfinite(polyad.grad(f)(x)).all()
        assert (polyad.grad(f)(x)[0] == 0).all()
        assert np.isfinite(polyad.hessian(f)(x)).all()
