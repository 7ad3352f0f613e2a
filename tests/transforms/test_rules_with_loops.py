"""A custom rule may have loops and branches, and need not be linear: the derivative is what the
rule gives, which eager calls of it, where loops are Python's, tell.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax

RATE = 1.5
RULES: dict[str, Callable[[Any], Any]] = {}


def rule(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    RULES[f.__name__.replace("_", " ")] = f
    return f


@rule
def steps_as_long_as_the_cotangent_allows(ct):
    def step(carry):
        t, y = carry
        taken = pnp.where(pnp.sum(abs(y)) > 0.3, 0.1, 0.25)
        return t + taken, y - taken * RATE * y

    return lax.while_loop(lambda carry: carry[0] < 1.0, step, (-0.5, ct))[1]


@rule
def a_factor_that_starts_at_one(ct):
    step = lambda carry, x: ((carry[0] * RATE, carry[1] + x * carry[0]), None)
    return lax.scan(step, (pnp.ones_like(ct), ct), np.arange(3.0))[0][1]


@rule
def a_carry_that_comes_to_depend_on_it(ct):
    step = lambda carry, _: ((0.5 + pnp.sum(carry[1]), carry[1] * carry[0]), carry[0])
    (_, last), rows = lax.scan(step, (2.0, ct), None, length=3)
    return last + pnp.sum(rows)


@rule
def a_carry_that_is_set_anew(ct):
    def step(i, carry):
        return carry[1] * 2, pnp.where(i == 1, carry[0], 3.0)

    return pnp.sum(pnp.stack(lax.fori_loop(0, 3, step, (ct, 4.0 + 0 * ct))), axis=0)


@rule
def branches_of_which_one_is_constant(ct):
    total = pnp.sum(ct)
    return ct * lax.cond(total > 0.4, lambda s: s * RATE, lambda s: 7.0, total)


@rule
def a_constant_branch_in_a_loop(ct):
    step = lambda c, _: (lax.cond(pnp.sum(c) > 1.0, lambda c: 0 * c + 0.25, lambda c: c * 2, c), c)
    return pnp.sum(lax.scan(step, ct, None, length=5)[1], axis=0)


@rule
def a_loop_in_a_loop(ct):
    def outer(carry, x):
        inner = lambda s: (s[0] * RATE, s[1] + 1)
        y, n = lax.while_loop(lambda s: (pnp.sum(s[0]) < x) & (s[1] < 9), inner, (carry + x, 0.0))
        return y / (1 + n), None

    return lax.scan(outer, pnp.zeros_like(ct), ct, reverse=True)[0]


def by_reverse_rule(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @polyad.custom_vjp
    def g(x):
        return 2 * x

    g.defvjp(lambda x: (g(x), None), lambda _, ct: (f(ct),))
    return g


def by_forward_rule(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @polyad.custom_jvp
    def g(x):
        return 2 * x

    g.defjvp(lambda primals, tangents: (g(*primals), f(*tangents)))
    return g


WAYS = [lambda f: f, polyad.jit, lambda f: polyad.jit(f, backend="native")]
X, V = np.array([0.3, -0.2, 0.7]), np.array([0.5, 0.25, 0.125])


@pytest.mark.parametrize("way", WAYS, ids=["eager", "jit", "native"])
@pytest.mark.parametrize("name", RULES)
def test_reverse_mode_gives_what_the_rule_gives(name, way):
    f = RULES[name]
    g = by_reverse_rule(f)
    found = way(polyad.grad(lambda x: pnp.sum(V * g(x))))(X)
    np.testing.assert_allclose(found, f(V), rtol=1e-13)
    one = way(polyad.grad(lambda x: g(x)[-1]))(X)
    np.testing.assert_allclose(one, f(np.array([0.0, 0.0, 1.0])), rtol=1e-13)


@pytest.mark.parametrize("way", WAYS, ids=["eager", "jit", "native"])
@pytest.mark.parametrize("name", RULES)
def test_forward_mode_gives_what_the_rule_gives(name, way):
    f = RULES[name]
    g = by_forward_rule(f)
    found = way(lambda x, v: polyad.jvp(g, (x,), (v,))[1])(X, V)
    np.testing.assert_allclose(found, f(V), rtol=1e-13)


@pytest.mark.parametrize("name", RULES)
def test_a_batch_is_what_a_loop_gives(name):
    f = RULES[name]
    g = by_reverse_rule(f)
    rows = np.stack([V, 2 * V, np.array([0.0, 1.0, 0.0])])
    found = polyad.vmap(lambda v: polyad.grad(lambda x: pnp.sum(v * g(x)))(X))(rows)
    np.testing.assert_allclose(found, [f(v) for v in rows], rtol=1e-13)


def test_a_rule_that_is_the_pullback_of_a_while_has_jacobians():
    """In forward mode too, where of the stack that the rule fills there is one for all of a batch
    of tangents.
    """

    def halved(x):
        body = lambda s: (s[0] + 1, 0.5 * s[1] * s[1])
        return lax.while_loop(lambda s: s[0] < 3, body, (0, x))[1]

    f = polyad.custom_gradient(lambda x: (halved(x), lambda ct: polyad.vjp(halved, x)[1](ct)))
    x = np.array([0.5, 1.0, 2.0])
    slopes = 8 * x**7 / 2**7
    for wrap in (lambda f: f, polyad.jit):
        for jacobian in (polyad.jacfwd, polyad.jacrev):
            np.testing.assert_allclose(wrap(jacobian(f))(x), np.diag(slopes))
        tangents = np.arange(6.0).reshape(2, 3)
        pushed = wrap(polyad.vmap(polyad.linearize(f, x)[1]))(tangents)
        np.testing.assert_allclose(pushed, tangents * slopes)
