"""The op to blame for a wrong derivative, and the message that names it."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from . import api
from . import numpy as pnp
from .checking import (
    STEPS,
    Failure,
    Leaves,
    Program,
    direction,
    entries,
    failure,
    inexact_part,
    unit,
)
from .errors import DerivativeError, PolyadError
from .ir import Function, Location, Op, where
from .numpy._core import dtype_of, shape_of
from .ops import control, dispatch, region
from .ops.views import Scan, While, loop_of


class Blame(NamedTuple):
    """An op whose own derivative is wrong."""

    name: str
    location: Location | None
    failure: Failure


def blamed(function: Function, values: Sequence[Any], order: int) -> tuple[Blame | None, Leaves]:
    """The first op of `function` whose own derivative is wrong at the values it meets, and the
    results. Calls are looked into, and so are branches and loops that are wrong.
    """
    known = dict(zip(function.arguments, values, strict=True))
    for op in function.ops:
        operands = [known[v] for v in op.operands]
        if op.name == "call":
            found, answers = blamed(op.regions[0], operands, order)
        else:
            apply = functools.partial(_applied, op)
            answers, found = apply(*operands), None
            free = op.has_effects or op.name == "stop_gradient"
            wrong = None if free else _failure_of_op(apply, operands, order)
            if wrong is not None:
                found = _blamed_inside(op, operands, order) or Blame(_name(op), op.location, wrong)
        if found is not None:
            return found, ()
        known.update(zip(op.results, answers, strict=True))
    return None, [known[v] for v in function.results]


def _name(op: Op) -> str:
    return f"{op.name} of {op.regions[0].name}" if op.regions else op.name


# -- Branches and loops ----------------------------------------------------------------------------

ITERATIONS = 64
"""The iterations of a loop that are looked into, at most."""


def _blamed_inside(op: Op, operands: Leaves, order: int) -> Blame | None:
    """The first op to blame in the regions that `op` runs; None if it is `op` itself."""
    runs = itertools.islice(_runs(op, operands), ITERATIONS)
    each = (blamed(body, given, order)[0] for body, given in runs)
    return next((found for found in each if found is not None), None)


def _runs(op: Op, operands: Leaves) -> Iterator[tuple[Function, Leaves]]:
    """The regions that `op` runs, in order, with their arguments."""
    loop = loop_of(op)
    if op.definition is control.cond:
        last = len(op.regions) - 1
        yield op.regions[min(max(int(operands[0]), 0), last)], operands[1:]
    elif op.definition is region.checkpoint:
        yield op.regions[0], operands
    elif isinstance(loop, Scan) and loop.length is not None:
        yield from _iterations(loop, operands, loop.length)
    elif isinstance(loop, While):
        yield from _iterations_while(loop, operands)


def _iterations(loop: Scan, operands: Leaves, length: int) -> Iterator[tuple[Function, Leaves]]:
    consts, carry, xs = loop.split(operands)
    for i in reversed(range(length)) if loop.reverse else range(length):
        given = [*consts, *carry, *(x[i] for x in xs)]
        yield loop.body, given
        carry = _results(loop.body, given)[: loop.n_carry]


def _iterations_while(loop: While, operands: Leaves) -> Iterator[tuple[Function, Leaves]]:
    tests, consts, carry = loop.split(operands)
    while _results(loop.condition, [*tests, *carry])[0]:
        given = [*consts, *carry]
        yield loop.body, given
        carry = _results(loop.body, given)[: loop.n_carry]


def _results(function: Function, values: Sequence[Any]) -> list[Any]:
    known = dict(zip(function.arguments, values, strict=True))
    for op in function.ops:
        known.update(zip(op.results, _applied(op, *(known[v] for v in op.operands)), strict=True))
    return [known[v] for v in function.results]


# -- One op ----------------------------------------------------------------------------------------


def _applied(op: Any, *operands: Any) -> tuple[Any, ...]:
    answer = dispatch.apply(op.definition, operands, op.attrs, op.regions)
    return answer if len(op.results) > 1 else (answer,)


def _failure_of_op(apply: Callable[..., Any], operands: Leaves, order: int) -> Failure | None:
    f, leaves = inexact_part(apply, operands)
    outputs = f(*leaves) if leaves else ()
    if not outputs:
        return None
    program = Program(f, leaves)
    c = direction(outputs, 2)
    try:
        sizes = [float(pnp.max(pnp.abs(x))) for x in leaves if math.prod(shape_of(x))]
        steps = (*STEPS, *(0.1 * size for size in sizes if 0 < size < math.inf))
        return failure(program, leaves, direction(leaves, 1), c, order, steps)
    except PolyadError:  # not differentiable to this order
        return None


INNOCENT = "every op's own derivative is right at its values: digits are lost between them"

# -- The message -----------------------------------------------------------------------------------


def lost_digits(wrong: Failure, eps: float) -> float:
    """The decimal digits that are lost of those that the dtype has."""
    if not (math.isfinite(wrong.found) and math.isfinite(wrong.expected)):
        return -math.log10(eps)
    error = abs(wrong.found - wrong.expected) / max(abs(wrong.expected), 1e-300)
    return min(max(math.log10(max(error, eps) / eps), 0.0), -math.log10(eps))


def derivative_error(
    program: Program,
    f: Callable[..., Any],
    leaves: Leaves,
    point: Leaves,
    outputs: Leaves,
    wrong: Failure,
) -> DerivativeError | None:
    """The error that says all about a wrong derivative of `f`, found at `point`, the values of
    those of its `leaves` that are inexact; None if it is not sure, and no op is to blame.
    """
    given = iter(point)
    values = [next(given) if dtype_of(x).is_inexact else x for x in leaves]
    blame = _blame_text(f, values, len(wrong.path))
    if blame is None and not wrong.sure:
        return None
    entry, wrong = _narrowed(program, point, outputs, wrong)
    return DerivativeError(
        f"check_derivatives: the derivative of order {len(wrong.path)} "
        f"({' over '.join(wrong.path[::-1])}) is {wrong.found!r}, expected {wrong.expected!r} by "
        f"{wrong.reference}\n"
        f"  at the point ({', '.join(_text(x) for x in values)})\n"
        f"  {entry}; {lost_digits(wrong, program.eps):.1f} digits are lost\n"
        f"  {blame or INNOCENT}"
    )


def _narrowed(
    program: Program, point: Leaves, outputs: Leaves, wrong: Failure
) -> tuple[str, Failure]:
    """The entries of argument and result with the wrong derivative, and that."""
    order, text = len(wrong.path), "along a random direction, of a random sum of the results"
    c = direction(outputs, 2)
    for place in entries(point):
        v = unit(point, place)
        found = failure(program, point, v, c, order, wrong.steps)
        if found is None:
            continue
        wrong, text = found, f"along {_entry('argument', point, place)}"
        for result in entries(outputs):
            found = failure(program, point, v, unit(outputs, result), order, wrong.steps)
            if found is not None:
                return f"{text}, of {_entry('result', outputs, result)}", found
        break
    return text, wrong


def _entry(kind: str, leaves: Leaves, place: tuple[int, int]) -> str:
    leaf, index = place
    position: list[int] = []
    for size in reversed(shape_of(leaves[leaf])):
        index, here = divmod(index, size)
        position.insert(0, here)
    return f"{kind} {leaf}" + (f" at {position}" if position else "")


def _text(x: Any) -> str:
    return " ".join(str(x).split())


def _blame_text(f: Callable[..., Any], values: Leaves, order: int) -> str | None:
    try:
        traced = api.jit(f).traced(tuple(values), {}, "check_derivatives")
        blame, _ = blamed(traced.function, [*values, *traced.captures], order)
    except PolyadError as error:  # control flow that depends on values, for example
        return f"no op is named, since the function cannot be traced: {error!s:.200}"
    return None if blame is None else f"the op to blame is {blame.name}{where(blame.location)}"
