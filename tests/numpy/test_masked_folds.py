"""Derivatives of folds over chosen elements: those left out have derivative 0, whatever stands
there, to the second order. References are mpmath's derivatives of the fold of the others.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import polyad
import polyad.numpy as pnp

X = np.array([1.0, 0.0, 4.0])  # the root has an infinite slope in the middle
CHOSEN = np.array([True, False, True])
START = 1.5
FOLDS: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda a, b: a + b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "power": mpmath.power,
    "arctan2": mpmath.atan2,
    "hypot": mpmath.hypot,
    "logaddexp": lambda a, b: mpmath.log(mpmath.exp(a) + mpmath.exp(b)),
    "maximum": max,
    "fmin": min,
}
REDUCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "sum": lambda a, b: a + b,
    "prod": lambda a, b: a * b,
    "mean": lambda a, b: (a + b) / 2,
    "var": lambda a, b: (a - b) ** 2 / 4,
    "std": lambda a, b: (b - a) / 2,
}
ORDERS: dict[str, tuple[int, Callable[[Any], Any]]] = {
    "grad": (1, polyad.grad),
    "jacfwd": (1, polyad.jacfwd),
    "jit of grad": (1, lambda f: polyad.jit(polyad.grad(f))),
    "jacfwd of grad": (2, lambda f: polyad.jacfwd(polyad.grad(f))),
    "jacrev of grad": (2, lambda f: polyad.jacrev(polyad.grad(f))),
}


def exact(fold: Callable[[Any, Any], Any], order: int) -> Any:
    """The derivatives of the fold of the roots of the first and the last element."""
    found = np.zeros((3,) * order)
    f = lambda a, b: fold(mpmath.sqrt(a), mpmath.sqrt(b))
    for at in itertools.product((0, 2), repeat=order):
        counts = (at.count(0), at.count(2))
        found[at] = float(mpmath.diff(f, (X[0], X[2]), counts))
    return found


def check(run: Callable[[Any], Any], fold: Callable[[Any, Any], Any], order: str) -> None:
    n, derivative = ORDERS[order]
    with np.errstate(all="ignore"):
        found = np.asarray(derivative(lambda x: run(pnp.sqrt(x)))(X))
    np.testing.assert_allclose(found, exact(fold, n), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", FOLDS)
def test_of_functions_of_two_numbers(name: str, order: str):
    run = lambda y: getattr(pnp, name).reduce(y, where=CHOSEN, initial=START)
    check(run, lambda a, b: functools.reduce(FOLDS[name], (mpmath.mpf(START), a, b)), order)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", REDUCTIONS)
def test_of_reductions(name: str, order: str):
    check(lambda y: getattr(pnp, name)(y, where=CHOSEN), REDUCTIONS[name], order)
