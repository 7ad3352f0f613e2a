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


def inner(x: Any, **options: Any) -> Any:
    """sin(sin x)"""
    step = lambda s: (pnp.sin(s[0]), s[1] + 1)
    return lax.while_loop(lambda s: s[1] < 2, step, (x, 0), **options)[0]


def weighed(x: Any, term: Any, **options: Any) -> Any:
    """6 term(x)"""
    return lax.scan(lambda c, w: (c + w * term(x), None), 0.0 * x, WEIGHTS, **options)[0]


def dotted(x: Any) -> Any:
    """x (sin sin)'(x)"""
    return polyad.jvp(inner, (x,), (x,))[1]


def sin_sin(x: Any) -> Any:
    return mpmath.sin(mpmath.sin(x))


def slope(x: Any) -> Any:
    return mpmath.cos(mpmath.sin(x)) * mpmath.cos(x)


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


@pytest.mark.parametrize("case", ["scan of jvp", "while_loop"])
def test_second_order_in_native_code(case: str):
    check(case, "rr", polyad.jit)


@pytest.mark.full
@pytest.mark.parametrize("case", CASES)
def test_third_order(case: str):
    for modes in map("".join, itertools.product("fr", repeat=3)):
        check(case, modes, lambda f: f)
