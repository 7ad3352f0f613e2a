"""Work grows with the length of a program, and not faster: no stage looks at all pairs of ops."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.lowering.fusion.fuse as fuse
import polyad.numpy as pnp
from polyad import lax
from polyad.ir import Function
from polyad.lowering.pipeline import PASSES
from polyad.lowering.programs.plan import plan
from polyad.passes.pipeline import optimize

X = np.linspace(1, 2, 60)


def chain(n):
    def f(x):
        for _ in range(n // 2):
            x = pnp.sin(x) * 1.01
        return x

    return f, (1.0,)


def slope_of_chain(n):
    return polyad.grad(chain(n // 3)[0]), (1.0,)


def in_place(n):
    def f(x, c):
        x = x.copy()
        for i in range(1, n // 6):
            x[i % 50] = x[i % 50] - c[i % 50] * x[(i - 1) % 50]
        return pnp.sum(x)

    return f, (X, X / 10)


def slope_of_in_place(n):
    return polyad.grad(in_place(n // 3)[0]), (X, X / 10)


def interpolations(n):
    def f(x, heights):
        for _ in range(n // 40):
            x = pnp.interp(x, np.linspace(0, 1, 10), heights)
        return pnp.sum(x)

    return f, (X, X[:10])


def layers(n):
    def f(weights, x):
        for w in weights:
            x = pnp.tanh(x @ w)
        return pnp.sum(x)

    return polyad.grad(f), ([np.eye(16)] * (n // 11), np.ones((20, 16)))


def carries(n):
    count = n // 25

    def f(x):
        def step(c, _):
            return tuple(pnp.sin(c[i]) + c[i - 1] * 0.1 for i in range(count)), None

        return sum(lax.scan(step, tuple(x + i for i in range(count)), None, length=5)[0])

    return polyad.grad(f), (1.0,)


FAMILIES: dict[str, Callable[[int], Any]] = {
    f.__name__: f
    for f in (chain, slope_of_chain, in_place, slope_of_in_place, interpolations, layers, carries)
}
STAGES: tuple[tuple[str, Callable[[Function], Any]], ...] = (
    ("optimized", optimize),
    *PASSES,
    ("planned", lambda f: plan(f, {}) and f),
)
SMALL = 3000  # calls of a stage that are too few to tell how they grow


def calls_in(run: Callable[..., Any], *args: Any) -> tuple[int, Any]:
    """The calls of functions, Python's and C's, that a call makes; and its result."""
    count = 0

    def called(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(called)
    try:
        result = run(*args)
    finally:
        sys.setprofile(before)
    return count, result


def work(family: str, n: int) -> dict[str, tuple[int, int]]:
    """Of each stage, for a program: the number of ops that it is given, and the calls it makes."""
    f, args = FAMILIES[family](n)
    with polyad.config(verify=False):
        traced, function = calls_in(lambda: polyad.make_ir(f)(*args))
        found = {"traced": (len(list(function.walk())), traced)}
        for name, step in STAGES:
            ops = len(list(function.walk()))
            calls, function = calls_in(step, function)
            found[name] = ops, calls
    return found


@pytest.mark.share(2)
@pytest.mark.parametrize("family", FAMILIES)
def test_twice_the_ops_are_twice_the_work(family, monkeypatch):
    monkeypatch.setattr(fuse, "BODY", 40)  # more kernels, so that pairs of them would be seen
    work(family, 100)  # what is remembered of types and maps
    before, after = (work(family, n) for n in (500, 1500))
    exponents = {}
    for name, (many, calls) in after.items():
        few, fewer = before[name]
        if calls > SMALL and many > 2 * few:
            exponents[name] = math.log(calls / fewer) / math.log(many / few)
    assert {name: round(e, 2) for name, e in exponents.items() if e > 1.15} == {}
    assert len(exponents) > 3
