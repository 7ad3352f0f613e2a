"""Branches and loops lose the operands, carries and results that serve nobody; effects stay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.ir import Function
from polyad.ops import OpDefinition
from polyad.passes.pipeline import simplify

from ..counting import expect
from .test_passes import becomes, traced

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


def unread_left(xs: Any, a: Any, b: Any) -> Any:
    def body(c: Any, x: Any) -> Any:
        return c * x + a, None

    return lax.scan(body, a, xs)[0]


def unchanged_left(xs: Any, a: Any, b: Any) -> Any:
    def body(total: Any, x: Any) -> Any:
        zero = pnp.full((), 0.0)
        return total + a * x + zero, total

    total, totals = lax.scan(body, a, xs)
    return total, a, xs, totals


def branches_left(index: Any, a: Any, b: Any) -> Any:
    return a, lax.cond(index > 0, lambda b: b * 2, lambda b: b + 1, a)


# Each function, its arguments, how many of its results are read, and the function that is left.
CASES: dict[str, tuple[Callable[..., Any], int, Callable[..., Any]]] = {
    "parts of a scan that nobody reads": (unread, 1, unread_left),
    "a scan with a constant carry, a y that is an x, and literals": (unchanged, 4, unchanged_left),
    "a branch": (branches, 2, branches_left),
    "a branch whose index is known": (decided, 1, lambda index, a, b: a * 2),
}


def read(f: Callable[..., Any], count: int, *args: Any) -> Function:
    """The trace of `f` with the first `count` of its results."""
    whole = traced(f, *args)
    return whole.with_(results=whole.results[:count])


@pytest.mark.parametrize("name", CASES)
def test_regions(name: str):
    f, count, left = CASES[name]
    args = (X if f in (unread, unchanged) else A, A, B)
    passed = lambda function: simplify(simplify(function))
    becomes(name, passed, read(f, count, *args), simplify(traced(left, *args)))


def test_a_while_loop_keeps_its_counter_and_the_part_that_is_read():
    """The bound becomes a constant of the condition, and `a` one of the body; `v[1]` goes."""
    left = simplify(simplify(read(counted, 1, A * 6, A, B)))
    (loop,) = [op for op in left.ops if op.name == "while"]
    assert (loop.attrs["cond_consts"], loop.attrs["body_consts"]) == (1, 1)
    assert [v.type.shape for v in loop.results] == [(), ()]
    expect(left, "a counted loop", **{"while": 1, "less": 1, "add": 1, "multiply": 1})


def test_a_while_loop_records_no_stack_that_nobody_reads():
    """Of three stacks two are left: which iterations count, and the factor of the product."""
    left = simplify(simplify(read(recorded, 1, X, A, B)))
    forward, backward = [op for op in left.ops if op.regions]
    recorded_types = [str(v.type) for v in forward.results[2:]]
    assert recorded_types == ["stack<bool[]>", "stack<f64[]>"]
    assert (backward.attrs["consts"], backward.attrs["carry"]) == (1, 2)
    expect(left, "a loop backwards", **{"while": 1, "scan": 1, "multiply": 3, "add": 3})


def test_ops_with_effects_are_used(monkeypatch):
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
