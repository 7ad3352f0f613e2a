"""Loops that carry a single number: what a selection, or a weight of 0, leaves out stays left out
to any order. All are 1.5·√x₀·√x₂, or its kind, at x₁ = 0, where √ has an infinite slope.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import mpmath as mp
import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax, nn

X = np.array([1.0, 0.0, 4.0])
ARE = np.array([True, False, True])
WEIGHTS = np.array([1.0, 0.0, 1.0])


def run(step: Callable[..., Any], xs: tuple[Any, ...], start: float = 1.5, **options: Any) -> Any:
    return lax.scan(lambda c, row: (step(c, *row), None), start, xs, **options)[0]


def kept(i: Any, c: Any, s: Any) -> Any:
    return pnp.where(pnp.asarray(ARE)[i], c * s, c)


def repeated(x: Any) -> Any:
    step = lambda c: (c[0] + 1, kept(c[0], c[1], pnp.sqrt(x)[c[0]]))
    return lax.while_loop(lambda c: c[0] < 3, step, (0, 1.5))[1]


def of_consts(x: Any) -> Any:
    """The second square root is in a sum with the others, and left out in each iteration."""
    a, b, d = (pnp.sqrt(x[i]) for i in range(3))
    step = lambda c, i: (pnp.where(i > 0, c * a * d, c) + pnp.where(i > 5, c * b * c, 0), None)
    return lax.scan(step, 1.5, np.arange(2))[0]


PRODUCTS: dict[str, Callable[[Any], Any]] = {
    "where": lambda x: run(lambda c, m, s: pnp.where(m, c * s, c), (ARE, pnp.sqrt(x))),
    "where, reversed": lambda x: run(
        lambda c, m, s: pnp.where(m, c * s, c), (ARE, pnp.sqrt(x)), reverse=True
    ),
    "where, root inside": lambda x: run(lambda c, m, s: pnp.where(m, c * pnp.sqrt(s), c), (ARE, x)),
    "where of a number": lambda x: run(lambda c, s: pnp.where(s > 0, c * s, c), (pnp.sqrt(x),)),
    "weights": lambda x: run(lambda c, w, s: c + w * (s * c - c), (WEIGHTS, pnp.sqrt(x))),
    "two weights": lambda x: run(lambda c, w, s: c * (1 - w) + w * (s * c), (WEIGHTS, pnp.sqrt(x))),
    "maximum": lambda x: 2 * run(lambda c, s: c * pnp.maximum(s, 0.5), (pnp.sqrt(x),)),
    "clip": lambda x: 2 * run(lambda c, s: c * pnp.clip(s, 0.5, 10.0), (pnp.sqrt(x),)),
    "fori_loop": lambda x: lax.fori_loop(0, 3, lambda i, c: kept(i, c, pnp.sqrt(x)[i]), 1.5),
    "fori_loop, root inside": lambda x: lax.fori_loop(
        0, 3, lambda i, c: kept(i, c, pnp.sqrt(x[i])), 1.5
    ),
    "while_loop": repeated,
    "consts": of_consts,
}
Reference = Callable[[Any, Any], Any]


def product(a: Any, b: Any) -> Any:
    return mp.mpf(1.5) * mp.sqrt(a) * mp.sqrt(b)


CASES: dict[str, tuple[Callable[[Any], Any], Reference]] = {
    **{name: (f, product) for name, f in PRODUCTS.items()},
    "sum of weighted terms": (
        lambda x: run(lambda c, w, s: c + w * s, (WEIGHTS, pnp.sqrt(x)), 0.0) ** 2,
        lambda a, b: (mp.sqrt(a) + mp.sqrt(b)) ** 2,
    ),
    "sum of chosen terms": (
        lambda x: run(lambda c, m, s: c + pnp.where(m, s, 0), (ARE, pnp.sqrt(x)), 0.0) ** 2,
        lambda a, b: (mp.sqrt(a) + mp.sqrt(b)) ** 2,
    ),
    "new start": (
        lambda x: run(lambda c, m, s: pnp.where(m, c * s, 1.5), (ARE, pnp.sqrt(x))),
        lambda a, b: mp.mpf(1.5) * mp.sqrt(b),
    ),
    "relu": (
        lambda x: run(lambda c, s: c * (1 + nn.relu(s - 0.25)), (pnp.sqrt(x),)),
        lambda a, b: mp.mpf(1.5) * (mp.sqrt(a) + 0.75) * (mp.sqrt(b) + 0.75),
    ),
}
MODES = {"jacfwd": polyad.jacfwd, "jacrev": polyad.jacrev, "grad": polyad.grad}
# A gradient is not a row of a Jacobian: the cotangent that it starts from has no gate.
MIXES = [
    modes
    for n in (1, 2, 3)
    for modes in itertools.product(MODES, repeat=n)
    if "grad" not in modes[1:]
]


def exact(f: Reference, order: int) -> Any:
    def entry(*index: int) -> float:
        if 1 in index:
            return 0.0
        with mp.workdps(40):
            n = index.count(0), index.count(2)
            return float(mp.diff(f, (1, 4), n))

    return np.array([entry(*i) for i in itertools.product(range(3), repeat=order)])


def check(name: str, mixes: Sequence[tuple[str, ...]], compile: Any = lambda f: f) -> None:
    f, reference = CASES[name]
    for modes in mixes:
        derivative: Any = f
        for mode in modes:
            derivative = MODES[mode](derivative)
        with np.errstate(all="ignore"):
            found = np.asarray(compile(derivative)(X)).ravel()
        expected = exact(reference, len(modes))
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12, err_msg=f"{modes}")


@pytest.mark.share(3)
@pytest.mark.parametrize("name", CASES)
def test_orders_one_and_two(name: str):
    check(name, [m for m in MIXES if len(m) < 3])


@pytest.mark.share(8)
@pytest.mark.parametrize("modes", [m for m in MIXES if len(m) == 3], ids=" ".join)
@pytest.mark.parametrize("name", ["where", "two weights", "while_loop"])
def test_order_three(name: str, modes: tuple[str, ...]):
    check(name, [modes])


@pytest.mark.parametrize("name", ["where", "weights", "fori_loop"])
def test_gradient_of_a_gradient_in_native_code(name: str):
    check(name, [("grad", "jacrev")], polyad.jit)
