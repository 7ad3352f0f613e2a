"""Derivatives of loops of unknown length inside loops, of which nothing changes from one iteration
of the outer loop to the next, in all mixes of modes. References are mpmath's derivatives of the
closed forms.
"""

from __future__ import annotations

import itertools
from typing import Any

import mpmath
import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax

X = 0.3
WEIGHTS = np.arange(1.0, 4.0)
MODES = {"f": polyad.jacfwd, "r": polyad.jacrev}


def inner(x: Any, steps: int = 2, **options: Any) -> Any:
    """sin(sin x)"""
    step = lambda s: (pnp.sin(s[0]), s[1] + 1)
    return lax.while_loop(lambda s: s[1] < steps, step, (x, 0), **options)[0]


def weighed(x: Any, term: Any, **options: Any) -> Any:
    """6 term(x)"""
    return lax.scan(lambda c, w: (c + w * term(x), None), 0.0 * x, WEIGHTS, **options)[0]


def dotted(x: Any) -> Any:
    """x (sin sin)'(x)"""
    return polyad.jvp(inner, (x,), (x,))[1]


def in_turn(x: Any, term: Any) -> Any:
    """Of the last of three values, c + x + 3 term(x) c from c = x + 1 on."""
    row = lambda c: lambda d, w: (d + w * term(x) * c, None)
    step = lambda c, _: (c + lax.scan(row(c), x, WEIGHTS[:2])[0], None)
    return lax.scan(step, x + 1, WEIGHTS)[0]


def mapped(x: Any, transformation: Any, steps: int = 2) -> Any:
    """6 x slope(x)³: a linear map whose coefficients no iteration changes."""
    linear = transformation(lambda t: inner(t, steps=steps), x)
    return lax.scan(lambda c, w: (linear(c) * w, None), x, WEIGHTS)[0]


def tangents(f: Any, x: Any) -> Any:
    return polyad.linearize(f, x)[1]


def cotangents(f: Any, x: Any) -> Any:
    pullback = polyad.vjp(f, x)[1]
    return lambda c: pullback(c)[0]


def sin_sin(x: Any) -> Any:
    return mpmath.sin(mpmath.sin(x))


def slope(x: Any) -> Any:
    return mpmath.cos(mpmath.sin(x)) * mpmath.cos(x)


def after_three(x: Any) -> Any:
    c = x + 1
    for _ in WEIGHTS:
        c += x + 3 * sin_sin(x) * c
    return c


CASES: dict[str, tuple[Any, Any]] = {
    "scan": (lambda x: weighed(x, inner), lambda x: 6 * sin_sin(x)),
    "scan of jvp": (lambda x: weighed(x, dotted), lambda x: 6 * x * slope(x)),
    "scan of grad": (
        lambda x: weighed(x, lambda t: polyad.grad(inner)(t) * inner(t)),
        lambda x: 6 * slope(x) * sin_sin(x),
    ),
    "factors": (
        lambda x: lax.scan(lambda c, w: (c * w * inner(x), None), x, WEIGHTS)[0],
        lambda x: 6 * x * sin_sin(x) ** 3,
    ),
    "scan with slots": (
        lambda x: weighed(x, inner, checkpoint=1),
        lambda x: 6 * sin_sin(x),
    ),
    "slots inside": (
        lambda x: weighed(x, lambda t: inner(t, checkpoint=1)),
        lambda x: 6 * sin_sin(x),
    ),
    "map": (
        lambda x: pnp.sum(lax.map(lambda w: w * inner(x), WEIGHTS)),
        lambda x: 6 * sin_sin(x),
    ),
    "while_loop": (
        lambda x: lax.while_loop(
            lambda s: s[1] < 3, lambda s: (s[0] * inner(x) + dotted(x), s[1] + 1), (x, 0)
        )[0],
        lambda x: (
            x * sin_sin(x) ** 3 + x * slope(x) * sum(mpmath.power(sin_sin(x), n) for n in range(3))
        ),
    ),
    "fori_loop": (
        lambda x: lax.fori_loop(0, 3, lambda i, c: c + dotted(x), x),
        lambda x: x + 3 * x * slope(x),
    ),
    "scan in a scan": (lambda x: in_turn(x, inner), after_three),
    "linear map": (lambda x: mapped(x, tangents), lambda x: 6 * x * slope(x) ** 3),
    "pullback": (lambda x: mapped(x, cotangents), lambda x: 6 * x * slope(x) ** 3),
    "linear map, twice": (
        lambda x: (lambda linear: linear(x) * linear(1.0))(tangents(inner, x)),
        lambda x: x * slope(x) ** 2,
    ),
    "linear map in a branch": (
        lambda x: (lambda linear: lax.cond(x > 0, lambda t: linear(t) * linear(t), abs, x))(
            tangents(inner, x)
        ),
        lambda x: (x * slope(x)) ** 2,
    ),
    "branch": (
        lambda x: lax.scan(
            lambda c, w: (c + w * lax.cond(w > 1.5, inner, lambda t: t * t, x), None),
            0.0 * x,
            WEIGHTS,
        )[0],
        lambda x: 5 * sin_sin(x) + x * x,
    ),
    "vmap": (
        lambda x: pnp.sum(
            polyad.vmap(lambda y: weighed(x, lambda t: inner(t * y)))(np.array([0.3, 0.7]))
        ),
        lambda x: 6 * sin_sin(0.3 * x) + 6 * sin_sin(0.7 * x),
    ),
}


def check(case: str, modes: str, compile: Any) -> None:
    f, closed_form = CASES[case]
    for mode in modes:
        f = MODES[mode](f)
    expected = float(mpmath.diff(closed_form, mpmath.mpf(X), len(modes)))
    np.testing.assert_allclose(compile(f)(X), expected, rtol=1e-10, err_msg=modes)


@pytest.mark.parametrize("case", CASES)
def test_second_order(case: str):
    for modes in map("".join, itertools.product("fr", repeat=2)):
        check(case, modes, lambda f: f)


@pytest.mark.parametrize("case", ["scan of jvp", "while_loop", "scan in a scan"])
def test_second_order_in_native_code(case: str):
    check(case, "rr", polyad.jit)


@pytest.mark.parametrize("case", ["linear map", "pullback", "linear map in a branch"])
def test_first_order_in_native_code(case: str):
    check(case, "r", polyad.jit)


def test_a_sum_of_many_stacks_in_native_code():
    """Blocks of memory that an iteration has done with are not those of the sum."""

    def f(x: Any) -> Any:
        linear = tangents(lambda t: inner(t, steps=40), x)
        return lax.scan(lambda c, w: (linear(c) * 9 + x, None), x, np.arange(30))[0]

    def closed_form(x: Any) -> Any:
        t, product, c = x, mpmath.mpf(1), x
        for _ in range(40):
            t, product = mpmath.sin(t), product * mpmath.cos(t)
        for _ in range(30):
            c = product * c * 9 + x
        return c

    expected = float(mpmath.diff(closed_form, mpmath.mpf(X)))
    np.testing.assert_allclose(polyad.jit(polyad.grad(f))(X), expected, rtol=1e-10)


@pytest.mark.parametrize("compile", [lambda f: f, polyad.jit], ids=["eager", "jit"])
def test_the_gate_of_a_sum_of_stacks(compile: Any):
    """(√x)' x twice, of which a selection leaves the second: x/4."""

    def f(x: Any) -> Any:
        step = lambda s: (pnp.sqrt(s[0]), s[1] + 1)
        root = lambda t: lax.while_loop(lambda s: s[1] < 1, step, (t, 0))[0]
        y = tangents(root, x)
        return pnp.sum(pnp.where(np.array([False, True]), y(x) * y(x), 0.0))

    with np.errstate(all="ignore"):
        found = compile(polyad.grad(f))(np.array([0.0, 4.0]))
    np.testing.assert_allclose(found, [0, 0.25], rtol=1e-12)


@pytest.mark.full
@pytest.mark.parametrize("case", CASES)
def test_third_order(case: str):
    for modes in map("".join, itertools.product("fr", repeat=3)):
        check(case, modes, lambda f: f)
