"""A factor that is 0 guards what it meets in an inner derivative; in an outer derivative by that
factor it is a number like any other. References are central differences of the inner derivative.
"""

from __future__ import annotations

import numpy as np
import pytest

import polyad
import polyad.lax as lax
import polyad.numpy as pnp

RNG = np.random.default_rng(0)
A, B = RNG.normal(size=(2, 3, 3))
X, V = np.array([0.5, 1.1, -0.7]), np.array([1.0, -2.0, 0.5])
STEP = 1e-5


def with_rule(make):
    """(t w) @ A with a rule of its own."""
    f = make(lambda t, w: (t * w) @ A)
    if make is polyad.custom_jvp:
        f.defjvp(lambda p, d: (f(*p), (d[0] * p[1] + p[0] * d[1]) @ A))
    else:
        f.defvjp(
            lambda t, w: (f(t, w), (t, w)),
            lambda kept, ct: ((ct @ A.T) * kept[1], (ct @ A.T) * kept[0]),
        )
    return f


# Functions of t and w; the inner derivative is by t, the outer one by w.
FUNCTIONS = {
    "t w": lambda t, w: t * w,
    "t @ w": lambda t, w: t @ w,
    "w @ t": lambda t, w: w @ t,
    "(t w) @ A": lambda t, w: (t * w) @ A,
    "A @ (t w)": lambda t, w: A @ (t * w),
    "(t w) @ w": lambda t, w: (t * w) @ w,
    "(t @ w) w": lambda t, w: (t @ w) * w,
    "(t w w) @ a": lambda t, w: (t * w * w) @ A[1],
    "outer": lambda t, w: pnp.outer(t, w) @ A,
    "outer transposed": lambda t, w: pnp.outer(w, t).T @ w,
    "einsum": lambda t, w: pnp.einsum("i,ij,j->", t, A, w),
    "rows of A": lambda t, w: (w[:, None] * A) @ t,
    "diag(w) A t": lambda t, w: pnp.diag(w) @ (A @ t),
    "tensordot": lambda t, w: pnp.tensordot(pnp.outer(t, w), B, axes=2),
    "convolve": lambda t, w: pnp.convolve(t, w),
    "cumsum": lambda t, w: pnp.cumsum(t * w) @ A,
    "cumprod": lambda t, w: pnp.cumprod(1 + t * w),
    "prod": lambda t, w: pnp.prod(w) * t,
    "prod of t w": lambda t, w: pnp.prod(t * w),
    "sin": lambda t, w: pnp.sin(t * w) @ A,
    "exp": lambda t, w: (w * pnp.exp(t)) @ A @ w,
    "sqrt": lambda t, w: (w * pnp.sqrt(t + 2)) @ A,
    "gather": lambda t, w: (t * w)[np.array([0, 0, 2])] @ A,
    "where": lambda t, w: pnp.where(t > 0, t * w, 0) @ A,
    "concatenate": lambda t, w: pnp.concatenate([t * w, w])[1:4] @ A,
    "solve": lambda t, w: pnp.linalg.solve(A, t * w),
    "norm": lambda t, w: pnp.sqrt(1 + (t * w) @ (t * w)),
    "fft": lambda t, w: pnp.real(pnp.fft.fft(t * w)),
    "vmap": lambda t, w: polyad.vmap(lambda a: (a * t) @ w)(w),
    "jit": lambda t, w: polyad.jit(lambda t, w: (t * w) @ A)(t, w) * w,
    "checkpoint": lambda t, w: polyad.checkpoint(lambda t, w: (t * w) @ A @ w)(t, w),
    "cond": lambda t, w: lax.cond(
        pnp.sum(t) > 0, lambda t, w: (t * w) @ A, lambda t, w: t @ A * w, t, w
    ),
    "scan": lambda t, w: lax.scan(lambda c, x: ((c * w) @ A + x, c @ w), t, w)[0],
    "ys of a scan": lambda t, w: lax.scan(lambda c, x: (c * x, (c * w) @ A), t, w)[1],
    "while": lambda t, w: lax.while_loop(
        lambda s: s[0] < 2, lambda s: (s[0] + 1, (s[1] * w) @ A), (0, t)
    )[1],
    "custom_jvp": with_rule(polyad.custom_jvp),
    "custom_vjp": with_rule(polyad.custom_vjp),
}
INNER = {
    "jvp": lambda f, w: polyad.jvp(lambda t: f(t, w), (X,), (V,))[1],
    "vjp": lambda f, w: polyad.vjp(lambda t: f(t, w), X)[1](pnp.ones_like(f(X, w)))[0],
    "linearize": lambda f, w: polyad.linearize(lambda t: f(t, w), X)[1](V),
    "jvp of grad": lambda f, w: polyad.jvp(
        polyad.grad(lambda t: pnp.sum(pnp.cos(f(t, w)))), (X,), (V,)
    )[1],
}
POINTS = {"all zero": np.zeros(3), "some zero": np.array([0.7, 0.0, -1.2])}
FORWARD_ONLY = {"while"}
REVERSE_ONLY = {"custom_vjp"}


def differences(g, w):
    """Central differences of `g` by each entry of `w`, the last axis."""
    ends = [(g(w + STEP * d), g(w - STEP * d)) for d in np.eye(3)]
    return np.stack([(np.asarray(a) - np.asarray(b)) / (2 * STEP) for a, b in ends], -1)


CASES = [
    (name, inner)
    for name in FUNCTIONS
    for inner in INNER
    if (name not in FORWARD_ONLY or inner == "jvp") and (name not in REVERSE_ONLY or inner == "vjp")
]


@pytest.mark.share(4)
@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize(("name", "inner"), CASES)
def test_derivatives_by_a_factor_of_zero(name, inner, point):
    f, w = FUNCTIONS[name], POINTS[point]
    g = lambda w: INNER[inner](f, w)
    expected = differences(g, w)
    outer = [polyad.jacrev] if name in REVERSE_ONLY else [polyad.jacfwd, polyad.jacrev]
    for transform in outer:
        found = transform(g)(w)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(polyad.jit(outer[-1](g))(w), expected, rtol=1e-5, atol=1e-7)


def test_third_order():
    f = lambda t, w: pnp.sum(pnp.sin((t * w) @ A + t @ w))
    g = lambda w: polyad.jacfwd(lambda u: polyad.grad(lambda t: f(t, u))(X))(w)
    expected = differences(g, np.zeros(3))
    for transform in (polyad.jacfwd, polyad.jacrev):
        found = transform(g)(np.zeros(3))
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)


def test_zero_weights_still_close_what_they_do_not_move():
    w = np.array([0.0, 2.0])
    f = lambda x: w @ pnp.sqrt(x)
    x = np.array([0.0, 4.0])
    np.testing.assert_array_equal(polyad.grad(f)(x), [0, 0.5])
    np.testing.assert_array_equal(polyad.hessian(f)(x), [[0, 0], [0, -0.0625]])
    mixed = polyad.jacfwd(lambda w: polyad.grad(lambda x: w @ pnp.sqrt(x))(np.array([1.0, 4.0])))
    np.testing.assert_allclose(mixed(w), [[0.5, 0], [0, 0.25]])


def test_gates_of_long_programs():
    def f(x, w):
        for _ in range(1200):
            x = pnp.sqrt(x * w) + 1
        return pnp.sum(x)

    x, w = np.array([1.0, 2.0]), np.array([1.0, 0.0])
    slope, (_, moved) = polyad.grad(f)(x, w), polyad.jvp(lambda x: f(x, w), (x,), (np.ones(2),))
    np.testing.assert_allclose(slope, [0, 0], atol=1e-200)
    assert abs(moved) < 1e-200
