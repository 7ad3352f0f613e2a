"""Derivatives of branches with loops in them, over a batch of conditions: those of a loop over the
batch, and differences. A loop that does the same for all elements records once for all.
"""

from __future__ import annotations

import numpy as np
import pytest

import polyad
import polyad.lax as lax
import polyad.numpy as pnp

XS = np.array([0.7, -0.4, 1.3, -1.1])


def counted(x, steps=2):
    """A while loop that runs as often for all."""
    return lax.while_loop(
        lambda s: s[1] < steps, lambda s: (0.5 * pnp.sin(s[0]), s[1] + 1), (x, 0)
    )[0]


def halved(x):
    """One whose steps are linear, so that it records nothing but that they were made."""
    return lax.while_loop(lambda s: s[1] < 3, lambda s: (0.5 * s[0], s[1] + 1), (x, 0))[0]


def nested(x):
    body = lambda s: (pnp.cos(halved(s[0])), s[1] + 1)
    return lax.while_loop(lambda s: s[1] < 2, body, (x, 0))[0]


def nested_in_scan(x):
    return lax.scan(lambda c, _: (halved(c) + 0.1 * c * c, None), x, None, length=3)[0]


def until_small(x):
    """One that runs as often as the element asks for."""
    return lax.while_loop(lambda v: pnp.abs(v) > 0.3, lambda v: 0.6 * pnp.sin(v), x)


def branch_in_a_loop(x):
    body = lambda i, c: lax.cond(x > 0, lambda v: halved(v) + 0.2 * v, lambda v: 0.9 * v, c)
    return lax.fori_loop(0, 3, body, x)


LOOPS = [counted, halved, nested, nested_in_scan, until_small, branch_in_a_loop]
BRANCHES = {
    "one": lambda f, x: lax.cond(x > 0, f, lambda v: 0.3 * v, x),
    "other": lambda f, x: lax.cond(x > 0, lambda v: v * v, f, x),
    "both": lambda f, x: lax.cond(x > 0, f, lambda v: pnp.exp(f(2 * v)), x),
    "three": lambda f, x: lax.switch(
        pnp.astype(x > 0, "int64") + pnp.astype(x > 1, "int64"), [f, counted, lambda v: f(v * v)], x
    ),
    "branch in a branch": lambda f, x: lax.cond(
        x > 0, lambda v: lax.cond(v > 1, f, lambda u: f(u) ** 2, v), lambda v: 0.3 * v, x
    ),
    "of an array": lambda f, x: pnp.sum(
        lax.cond(x > 0, lambda v: f(v[0]) * v, lambda v: 0.3 * v, pnp.stack([x, 2.0]))
    ),
}


@pytest.mark.parametrize("f", LOOPS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("branch", BRANCHES)
def test_derivatives_over_a_batch(branch, f):
    value = lambda x: BRANCHES[branch](f, x)
    slope = polyad.grad(value)
    each = [slope(x) for x in XS]
    h = 1e-6
    numbers = [(value(x + h) - value(x - h)) / (2 * h) for x in XS]
    np.testing.assert_allclose(each, numbers, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(polyad.vmap(slope)(XS), each, rtol=1e-12)
    tangent = lambda x: polyad.jvp(value, (x,), (1.0,))[1]
    np.testing.assert_allclose(polyad.vmap(tangent)(XS), each, rtol=1e-12)
    total = polyad.grad(lambda xs: pnp.sum(polyad.vmap(value)(xs)))
    np.testing.assert_allclose(total(XS), each, rtol=1e-12)


@pytest.mark.parametrize("f", LOOPS, ids=lambda f: f.__name__)
def test_second_derivatives_over_a_batch(f):
    slope = polyad.grad(lambda x: BRANCHES["one"](f, x))
    h = 1e-6
    numbers = [(slope(x + h) - slope(x - h)) / (2 * h) for x in XS]
    for way in (polyad.grad(slope), lambda x: polyad.jvp(slope, (x,), (1.0,))[1]):
        np.testing.assert_allclose(polyad.vmap(way)(XS), numbers, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("f", [counted, nested, branch_in_a_loop], ids=lambda f: f.__name__)
def test_compiled_over_a_batch(f):
    slope = polyad.vmap(polyad.grad(lambda x: BRANCHES["three"](f, x)))
    np.testing.assert_allclose(polyad.jit(slope)(XS), slope(XS), rtol=1e-12)
