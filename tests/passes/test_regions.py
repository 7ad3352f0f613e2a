"""What branches and loops take, carry and give in vain, as text; effects are not in vain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.ops import OpDefinition
from polyad.passes.pipeline import simplify

from .test_passes import report, traced

A, B, X = np.array(0.5), np.array([1.0, -1.0, 0.25]), np.array([0.5, 1.0, 2.0])


def unread(xs: Any, a: Any, b: Any) -> Any:
    """The second part of the carry and its x, b and the ys serve nobody."""

    def body(carry: Any, x: Any) -> Any:
        c, d = carry
        return (c * x[0] + a, d + x[1] * b[0]), (c, x)

    return lax.scan(body, (a, a), (xs, xs))


def unchanged(xs: Any, a: Any, b: Any) -> Any:
    """The carry holds a const, a y is an x, and zeros come in from outside."""

    def body(carry: Any, x: Any) -> Any:
        total, kept = carry
        return (total + kept * x[0] + x[1], kept), (x[0], total)

    return lax.scan(body, (a, a), (xs, pnp.zeros(3)))


def counted(n: Any, a: Any, b: Any) -> Any:
    """The bound is a const of the condition, the counter is needed by it alone."""
    return lax.fori_loop(0, pnp.astype(n, "int64"), lambda i, v: (v[0] * a, v[1] + b), (a, b))


def recorded(xs: Any, a: Any, b: Any) -> Any:
    """Of a loop's stacks the first says which iterations count, and stays if another is read."""

    def total(a: Any) -> Any:
        return lax.while_loop(lambda v: v[0] < 3, lambda v: (v[0] + a, v[1] * a), (a, a))[1]

    return polyad.grad(total)(a)


def branches(index: Any, a: Any, b: Any) -> Any:
    """One result is the operand, one is unread, and one operand serves nobody."""
    first = lambda a, b, c: (a, b * 2, c + 1)
    second = lambda a, b, c: (a, b + 1, c * a)
    return lax.cond(index > 0, first, second, a, a, b)


def decided(index: Any, a: Any, b: Any) -> Any:
    """The index is a literal."""
    return lax.switch(pnp.full((), 1), [lambda a: a, lambda a: a * 2], a)


# Each function, its arguments, and how many of its results are read.
CASES: dict[str, tuple[Callable[..., Any], tuple[Any, ...], int]] = {
    "parts of a scan that nobody reads": (unread, (X, A, B), 1),
    "a scan with a constant carry, a y that is an x, and literals": (unchanged, (X, A, B), 4),
    "a while loop with a constant carry and unread parts": (counted, (A * 6, A, B), 1),
    "the stacks of a while loop": (recorded, (X, A, B), 1),
    "a branch": (branches, (A, A, B), 2),
    "a branch whose index is known": (decided, (A, A, B), 1),
}


def test_regions(golden: Callable[[str, str], None]):
    cases = {}
    for name, (f, args, count) in CASES.items():
        whole = traced(f, *args)
        cases[name] = whole.with_(results=whole.results[:count])
    golden(report(lambda f: simplify(simplify(f)), cases), "regions")


def test_what_has_effects_is_used(monkeypatch):
    """An op in a loop or branch keeps what it needs, though no result depends on it."""
    monkeypatch.setattr(OpDefinition.registry["sin"], "effects", True)

    def loop(xs, a):
        def body(carry, x):
            c, d = carry
            pnp.sin(c)
            return (c + x, d * x), None

        return lax.scan(body, (a, a), xs)[0][0] * 0 + a

    def branch(xs, a):
        lax.cond(a > 0, lambda x: pnp.sin(x), lambda x: x, a)
        return a

    (scan,) = (op for op in simplify(traced(loop, X, A)).walk() if op.name == "scan")
    assert scan.attrs["carry"] == 1 and scan.has_effects
    left = simplify(traced(branch, X, A))
    assert [op.name for op in left.walk() if op.name in ("cond", "sin")] == ["cond", "sin"]

    both = simplify(traced(lambda xs, a: [pnp.sin(a), pnp.sin(a)], X, A))
    assert [op.name for op in both.ops] == ["sin", "sin"]
