"""Element-wise ops of a scan that only its ys need come after it, on all ys at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.execution import get_backend
from polyad.ir import verify
from polyad.passes.postpone import postpone

from ..counting import counted

X = np.random.default_rng(0).normal(size=(5, 3))
C = np.array([0.1, -0.2, 0.3])
A = np.random.default_rng(1).normal(size=(3, 3))


def body(step: Any, reverse: bool = False) -> Any:
    return lambda c, xs: lax.scan(step, c, xs, reverse=reverse)


LATE = {
    "of the carry": lambda c, x: (pnp.tanh(A @ c) + x, pnp.exp(c) * 2),
    "of a new value": lambda c, x: ((z := A @ c) * x, pnp.cos(z) + 1),
    "of an x": lambda c, x: (A @ c + x, pnp.sin(x)),
    "of several": lambda c, x: (A @ c + x, (pnp.sin(x) * c, c + x)),
    "of what is a y, too": lambda c, x: ((z := A @ c + x), (z, pnp.exp(z))),
    "a number": lambda c, x: (c + x, pnp.exp(pnp.sum(c)) - 1),
    "a condition": lambda c, x: (A @ c, pnp.where(x > c, x, 0.0)),
    "another dtype": lambda c, x: (A @ c + x, pnp.astype(c > x, np.int32) + 3),
}
EARLY = {
    "the carry's": lambda c, x: ((z := pnp.tanh(c + x)), z),
    "reads a constant": lambda c, x: (c + x, c * pnp.asarray(X[0])),
    "more to record": lambda c, x: (A @ c, pnp.sin(A @ c) + pnp.sum(x)),
    "records more": lambda c, x: (A @ c + x, pnp.cumulative_sum(c) * pnp.flip(x)),
}


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("name", [*LATE, *EARLY])
def test_results_are_those_of_the_loop(name: str, reverse: bool):
    step = {**LATE, **EARLY}[name]
    function = polyad.make_ir(body(step, reverse))(C, X)
    late = verify(postpone(function))
    backend = get_backend("numpy")
    given = [C, X, *_captured(function)]
    carry, ys = C, []
    for x in X[::-1] if reverse else X:
        carry, y = step(carry, x)
        ys.append(y)
    expected = [carry, *_columns(ys[::-1] if reverse else ys)]
    for found, wanted in zip(backend.evaluate(late, given), expected, strict=True):
        np.testing.assert_allclose(np.asarray(found), wanted, rtol=1e-14)


def _captured(function: Any) -> list[Any]:
    """The arrays that the function closes over, by their shapes."""
    shapes = {A.shape: A, X[0].shape: X[0]}
    return [shapes[v.type.shape] for v in function.arguments[2:]]


def _columns(ys: list[Any]) -> list[np.ndarray]:
    if isinstance(ys[0], tuple):
        return [np.stack([np.asarray(v) for v in column]) for column in zip(*ys, strict=True)]
    return [np.stack([np.asarray(y) for y in ys])]


def inner(function: Any) -> int:
    (scan,) = [op for op in function.ops if op.name == "scan"]
    return sum(op.name != "full" for op in scan.regions[0].ops)


@pytest.mark.parametrize("name", LATE)
def test_the_body_is_shorter(name: str):
    function = polyad.make_ir(body(LATE[name]))(C, X)
    late = postpone(function)
    assert inner(late) < inner(function)
    before, after = (next(op for op in f.ops if op.name == "scan") for f in (function, late))
    assert len(after.results) <= len(before.results)


@pytest.mark.parametrize("name", EARLY)
def test_what_the_loop_needs_stays(name: str):
    function = polyad.make_ir(body(EARLY[name]))(C, X)
    assert inner(postpone(function)) == inner(function)


def test_the_slopes_that_reverse_mode_records():
    f = lambda c: pnp.sum(lax.scan(lambda c, x: (pnp.tanh(A @ c) + x, None), c, X)[0])
    function = polyad.make_ir(polyad.grad(f))(C)
    inside = [op for op in postpone(function).ops if op.name == "scan"]
    assert all("sech_squared" not in counted(op.regions[0]) for op in inside)
    steps = np.array([polyad.jvp(f, (C,), (row,))[1] for row in np.eye(3)])
    np.testing.assert_allclose(polyad.grad(f)(C), steps, rtol=1e-13)


def test_a_while_loops_stacks_stay():
    f = lambda c: lax.while_loop(lambda c: pnp.sum(c) < 5, lambda c: pnp.tanh(A @ c) + 1, c)
    function = polyad.make_ir(f)(C)
    assert postpone(function) is function
