"""Each transformation of functions: the ops of its result, and its value.

`golden/transformations.txt` shows all of them on one function.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.execution import get_backend
from polyad.ir import Function
from polyad.ops.types import BatchAxis
from polyad.passes.pipeline import simplify
from polyad.transforms import batch, jvp, linearize, partial_eval, transpose, value_and_grad

from ..counting import counted, expect, listed

RNG = np.random.default_rng(0)
X, Y = RNG.uniform(0.5, 2, 3), RNG.uniform(0.5, 2, 3)
A = RNG.uniform(0.5, 2, (2, 3))
SIZE = 5  # of a batch


class Row(NamedTuple):
    """A function of two arguments, and the ops of its transformations, simplified.

    `first` is the jvp in the first argument alone; `known` and `unknown` are its parts where all
    but the second argument is known; `batched` stands for a batch of both, the first, the second.
    """

    f: Callable[..., Any]
    x: Any
    y: Any
    jvp: str
    first: str
    known: str
    unknown: str
    transposed: str
    batched: tuple[str, str, str]


ROWS = {
    "elementwise": Row(
        lambda x, y: pnp.sin(x) * y,
        X,
        Y,
        jvp="add, cos, 4 multiply, sin",
        first="cos, guard, 3 multiply, sin",
        known="sin",
        unknown="multiply",
        transposed="3 multiply",
        batched=(
            "multiply, sin",
            "broadcast_to, multiply, sin",
            "broadcast_to, multiply, sin",
        ),
    ),
    "used twice": Row(
        lambda x, y: (x + y) * x,
        X,
        Y,
        jvp="3 add, 3 multiply",
        first="2 add, 3 multiply",
        known="",
        unknown="add, multiply",
        transposed="add, 2 multiply",
        batched=(
            "add, multiply",
            "add, broadcast_to, multiply",
            "add, broadcast_to, multiply",
        ),
    ),
    "broadcast": Row(
        lambda x, y: x[:, None] * y,
        X[:2],
        Y,
        jvp="add, 4 broadcast_to, 3 multiply, 2 reshape",
        first="3 broadcast_to, guard, 2 multiply, 2 reshape",
        known="broadcast_to, reshape",
        unknown="broadcast_to, multiply",
        transposed="2 multiply, 2 sum",
        batched=(
            "2 broadcast_to, multiply, 2 reshape",
            "2 broadcast_to, multiply, reshape",
            "2 broadcast_to, multiply, 2 reshape",
        ),
    ),
    "reduction": Row(
        lambda x, y: pnp.sum(pnp.exp(x) + y),
        X,
        Y,
        jvp="2 add, exp, multiply, 2 sum",
        first="add, exp, multiply, 2 sum",
        known="exp",
        unknown="add, sum",
        transposed="broadcast_to, multiply, reshape",
        batched=(
            "add, exp, sum",
            "add, broadcast_to, exp, sum",
            "add, broadcast_to, exp, sum",
        ),
    ),
    "product": Row(
        lambda x, y: x @ y,
        A,
        Y,
        jvp="add, 3 dot_general",
        first="broadcast_to, 2 dot_general, guard, reshape",
        known="",
        unknown="dot_general",
        transposed="2 dot_general",
        batched=("dot_general", "dot_general", "dot_general, permute_dims"),
    ),
    "selection": Row(
        lambda x, y: pnp.where(x > y, pnp.sqrt(x), y),
        X,
        Y,
        jvp="divide, full, less, multiply, sqrt, 2 where",
        first="divide, 2 full, less, multiply, sqrt, 2 where",
        known="sqrt",
        unknown="less, where",
        transposed="full, guard, multiply, 2 where",
        batched=(
            "less, sqrt, where",
            "broadcast_to, less, sqrt, where",
            "2 broadcast_to, less, sqrt, where",
        ),
    ),
    "moves": Row(
        lambda x, y: pnp.concat([x[1:], y[::2]]),
        X,
        Y,
        jvp="2 concat, 4 slice",
        first="2 concat, full, 3 slice",
        known="slice",
        unknown="concat, slice",
        transposed="2 pad, 2 slice",
        batched=(
            "concat, 2 slice",
            "broadcast_to, concat, 2 slice",
            "broadcast_to, concat, 2 slice",
        ),
    ),
    "gather": Row(
        lambda x, y: x[np.array([0, 0, 2])] * y,
        X,
        Y,
        jvp="add, 3 multiply, 2 take",
        first="guard, 2 multiply, 2 take",
        known="2 reshape, take",
        unknown="multiply",
        transposed="3 full, maximum, minimum, 2 multiply, scatter",
        batched=(
            "multiply, take",
            "broadcast_to, multiply, take",
            "broadcast_to, multiply, take",
        ),
    ),
    "stopped": Row(
        lambda x, y: polyad.stop_gradient(x) * x + y,
        X,
        Y,
        jvp="2 add, guard, 2 multiply, stop_gradient",
        first="add, guard, 2 multiply, stop_gradient",
        known="multiply, stop_gradient",
        unknown="add",
        transposed="multiply",
        batched=(
            "add, multiply, stop_gradient",
            "add, broadcast_to, multiply, stop_gradient",
            "add, broadcast_to, multiply, stop_gradient",
        ),
    ),
    "no derivative": Row(
        lambda x, y: pnp.floor(x) * y,
        X,
        Y,
        jvp="floor, guard, 2 multiply",
        first="floor, multiply",
        known="floor",
        unknown="multiply",
        transposed="full, multiply",
        batched=(
            "floor, multiply",
            "broadcast_to, floor, multiply",
            "broadcast_to, floor, multiply",
        ),
    ),
}
EACH = pytest.mark.parametrize("name", ROWS)


def traced(name: str) -> tuple[Function, list[Any]]:
    """The function of a row, and all its arguments: constants of the trace come last."""
    row = ROWS[name]
    function = polyad.make_ir(row.f)(row.x, row.y)
    rest = [np.array([0, 0, 2])] if len(function.arguments) == 3 else []
    return function, [row.x, row.y, *rest]


def evaluate(function: Function, arguments: Sequence[Any]) -> list[Any]:
    return [np.asarray(x) for x in get_backend("numpy").evaluate(function, list(arguments))]


def first_two(function: Function) -> list[bool]:
    return [i < 2 for i in range(len(function.arguments))]


@EACH
def test_jvp(name: str):
    function, arguments = traced(name)
    both = jvp(function, first_two(function))
    first = jvp(function, [i == 0 for i in range(len(function.arguments))])
    assert both.active == (True,), name
    assert first.active == (name != "no derivative",), name
    assert listed(simplify(both.function)) == ROWS[name].jvp, name
    assert listed(simplify(first.function)) == ROWS[name].first, name
    directions = [RNG.normal(size=x.shape) for x in arguments[:2]]
    ends = [
        evaluate(
            function,
            [x + step * t for x, t in zip(arguments[:2], directions, strict=True)] + arguments[2:],
        )[0]
        for step in (1e-6, -1e-6)
    ]
    value, tangent = evaluate(both.function, [*arguments, *directions])
    np.testing.assert_array_equal(value, evaluate(function, arguments)[0])
    if name == "stopped":  # the derivative is not the limit of differences
        np.testing.assert_allclose(tangent, arguments[0] * directions[0] + directions[1])
    else:
        np.testing.assert_allclose(tangent, (ends[0] - ends[1]) / 2e-6, rtol=1e-7, atol=1e-8)


@EACH
def test_partial_eval(name: str):
    """The known part needs all but the second argument; the other part gets what it hands on."""
    function, arguments = traced(name)
    split = partial_eval(function, [i != 1 for i in range(len(function.arguments))])
    assert split.residuals == (2 if name == "selection" else 1), name
    assert split.out_known == (False,), name
    assert listed(split.known) == ROWS[name].known, name
    assert listed(split.unknown) == ROWS[name].unknown, name
    handed_on = evaluate(split.known, [arguments[0], *arguments[2:]])
    found = evaluate(split.unknown, [arguments[1], *handed_on])
    np.testing.assert_array_equal(found[0], evaluate(function, arguments)[0])


@EACH
def test_linearize_and_transpose(name: str):
    """The transpose has no more ops than the listed ones, and <ct, J t> = <Jᵀ ct, t>."""
    function, arguments = traced(name)
    linear = linearize(function, first_two(function))
    turned = simplify(transpose(simplify(linear.tangent), 2))
    assert listed(turned) == ROWS[name].transposed, name
    assert counted(function).keys() & {"exp", "sin", "sqrt"} <= counted(linear.forward).keys()
    assert not counted(linear.tangent).keys() & {"exp", "sin", "cos", "sqrt"}, name
    value, *residuals = evaluate(linear.forward, arguments)
    np.testing.assert_array_equal(value, evaluate(function, arguments)[0])
    directions = [RNG.normal(size=x.shape) for x in arguments[:2]]
    cotangent = RNG.normal(size=value.shape)
    (tangent,) = evaluate(linear.tangent, [*directions, *residuals])
    (expected,) = evaluate(jvp(function, first_two(function)).function, [*arguments, *directions])[
        1:
    ]
    np.testing.assert_allclose(tangent, expected, rtol=1e-12)
    pulled = evaluate(turned, [*residuals, cotangent])
    paired = sum(np.sum(ct * t) for ct, t in zip(pulled, directions, strict=True))
    np.testing.assert_allclose(paired, np.sum(cotangent * tangent), rtol=1e-12, atol=1e-12)


@EACH
@pytest.mark.parametrize("which", range(3), ids=["both", "first", "second"])
def test_batch(name: str, which: int):
    """A batch is a loop over its elements."""
    function, arguments = traced(name)
    flags = [which != 2, which != 1, *[False] * (len(arguments) - 2)]
    spread = batch(function, flags, BatchAxis(SIZE))
    assert spread.batched == (True,), name
    assert listed(simplify(spread.function)) == ROWS[name].batched[which], name
    stacks = [
        RNG.uniform(0.5, 2, (SIZE, *x.shape)) if b else x
        for x, b in zip(arguments, flags, strict=True)
    ]
    (found,) = evaluate(spread.function, stacks)
    for i in range(SIZE):
        one = [x[i] if b else x for x, b in zip(stacks, flags, strict=True)]
        np.testing.assert_allclose(found[i], evaluate(function, one)[0], rtol=1e-13)


def test_the_transformations_of_one_function(golden):
    function, _ = traced("elementwise")
    wrt = [True, True]
    split = partial_eval(function, [True, False])
    linear = linearize(function, wrt)
    parts = {
        "the function": function,
        "jvp": jvp(function, wrt).function,
        "partial evaluation: the part of x, which is known": split.known,
        "partial evaluation: the rest": split.unknown,
        "linearized: the values, and what the linear part needs": linear.forward,
        "linearized: the linear part": linear.tangent,
        "the linear part transposed": transpose(linear.tangent, 2),
        "a batch of x": batch(function, [True, False], BatchAxis(SIZE)).function,
        "value and gradient of its sum": value_and_grad(
            polyad.make_ir(lambda x, y: pnp.sum(pnp.sin(x) * y))(X, Y), 2
        ),
    }
    golden("\n\n".join(f"// {name}\n{f}" for name, f in parts.items()), "transformations")


# -- Ops with regions ------------------------------------------------------------------------------


class Parts(NamedTuple):
    """A function of X and Y in all transformations."""

    jvp: Function
    forward: Function
    backward: Function
    batched: Function


def parts(f: Callable[..., Any]) -> Parts:
    function = polyad.make_ir(f)(X, Y)
    linear = linearize(function, [True, True])
    return Parts(
        jvp(function, [True, True]).function,
        simplify(linear.forward),
        simplify(transpose(linear.tangent, 2)),
        batch(function, [True, False], BatchAxis(SIZE)).function,
    )


def keep_sines(op: Any) -> bool:
    return op.name == "sin"


def test_a_call_stays_a_call():
    found = parts(polyad.jit(lambda x, y: pnp.sin(x) * y))
    for name, function in found._asdict().items():
        assert [op.name for op in function.ops] == ["call"], name
    expect(found.forward, "the values of a call", sin=1, cos=1, multiply=1)
    expect(found.backward, "the cotangents of a call", sin=0, cos=0, multiply=3)


def test_a_checkpoint_computes_again():
    found = parts(polyad.checkpoint(lambda x, y: pnp.sin(pnp.sin(x)) * y))
    for name, function in found._asdict().items():
        assert [op.name for op in function.ops] == ["checkpoint"], name
    expect(found.forward, "the values of a checkpoint", sin=2, cos=0)
    expect(found.backward, "the cotangents of a checkpoint", sin=2, cos=2)
    _, *kept = found.forward.results
    assert all(v in found.forward.arguments for v in kept), "a checkpoint keeps its arguments alone"


def test_a_policy_keeps_values():
    found = parts(polyad.checkpoint(lambda x, y: pnp.exp(pnp.sin(x)) * y, policy=keep_sines))
    for name, function in found._asdict().items():
        assert [op.name for op in function.ops] == ["checkpoint"], name
        assert "policy = #rule<keep_sines>" in str(function), name
    expect(found.backward, "the cotangents under a policy", sin=0, cos=1, exp=1)
    _, *kept = found.forward.results
    assert sum(v not in found.forward.arguments for v in kept) == 1, "one sine is kept"


def test_the_derivatives_of_a_linear_equation_are_equations():
    divide = lambda matvec, b: b / 2
    found = parts(
        lambda x, y: lax.custom_linear_solve(lambda v: x * v, y, divide, lambda vecmat, ct: ct / 3)
    )
    expect(found.jvp, "jvp of an equation", linear_solve=2, subtract=1)
    expect(found.forward, "the values of an equation", linear_solve=1)
    expect(found.backward, "the cotangents of an equation", linear_solve=1, negative=1)
    expect(found.batched, "a batch of equations", linear_solve=1)
    (forward,), (backward, *_) = found.forward.ops, found.backward.ops
    divisors = [region.ops[0].attrs["value"] for region in forward.regions[1:]]
    turned = [region.ops[0].attrs["value"] for region in backward.regions[1:]]
    assert divisors == turned[::-1] == [2.0, 3.0], "solve and transpose_solve change places"


def test_the_derivatives_of_a_root_are_linear():
    def root(x: Any, y: Any) -> Any:
        f = lambda v: v * v * x - y
        return lax.custom_root(f, y, lambda f, v: v - f(v), lambda g, v: v / g(pnp.ones_like(v)))

    found = parts(root)
    for name in ("jvp", "forward", "batched"):
        expect(getattr(found, name), f"{name} of a root", root=1)
    assert listed(found.backward) == "guard, 2 multiply, negative, reciprocal"


LOOPS = {
    "scan": lambda x, y: lax.scan(lambda c, x: (pnp.sin(c) * x, c), x[0], y, checkpoint=2)[0],
    "while": lambda x, y: lax.while_loop(
        lambda v: v < 9.0, lambda v: v * v + y[0], x[0], checkpoint=2
    ),
}


@pytest.mark.parametrize("loop", LOOPS)
def test_a_loop_with_checkpoints_records_nothing(loop: str):
    """The forward pass hands its arguments on; the backward pass runs the loop from checkpoints,
    kept in arrays of two states.
    """
    linear = linearize(polyad.make_ir(LOOPS[loop])(X, Y), [True, True])
    forward, tangent = simplify(linear.forward), simplify(linear.tangent)
    expect(forward, f"{loop}, forward", **{loop: 1})
    (op,) = [op for op in forward.ops if op.regions]
    assert [str(v.type) for v in op.results] == ["f64[]"], "no ys, no stack"
    expect(tangent, f"{loop}, tangent", **{loop: 1})
    turned = simplify(transpose(tangent, 2))
    backward = counted(turned)
    assert backward["while"] >= 4 and not any(
        "stack" in str(v.type) for o in turned.walk() for v in o.results
    )
    kept = {v.type.shape for o in turned.walk() if o.name == "scatter" for v in o.results}
    assert kept == {(2,)}, f"{loop}: two states are kept, in arrays of shape (2,), not {kept}"
