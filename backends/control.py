"""Branches, loops and calls, run by Python: a branch by its index, a loop over slices or stacks.

A stack is a list of arrays, an element for each iteration of the loop that recorded it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from polyad.config import config
from polyad.execution import Stack
from polyad.ir import Definition, Op
from polyad.ops import control, region
from polyad.ops.control import StackType, too_many_steps
from polyad.ops.views import Call, Scan, While


def cond(backend: Any, op: Op) -> Callable[..., Any]:
    """The branch of that index, clamped."""
    regions = op.regions

    def run(index: Any, *operands: Any) -> Sequence[Any]:
        number = min(max(int(index), 0), len(regions) - 1)
        return tuple(backend.evaluate(regions[number], operands))

    return run


def scan(backend: Any, op: Op) -> Callable[..., Any]:
    """The body, once for each slice of the arrays, or each element of the stacks."""
    loop = Scan(op)
    body, length, reverse = loop.body, loop.length, loop.reverse
    y_types = [v.type for v in loop.split_results(body.results).ys]

    def run(*operands: Any) -> Sequence[Any]:
        consts, start, stacked = loop.split(operands)
        count = length if length is not None else max(map(len, stacked))
        rows = slices(backend, stacked, count, reverse)
        carry, ys = backend.plan(body).loop(consts, start, lambda slots: rows)
        if reverse:
            ys.reverse()
        columns = [list(column) for column in zip(*ys, strict=True)] or [[] for _ in y_types]
        if length is None:
            return (
                *carry,
                *(Stack(StackType(t), c) for t, c in zip(y_types, columns, strict=True)),
            )
        like = next((x for x in operands if not isinstance(x, Stack)), None)
        return (
            *carry,
            *(_stacked(backend, c, t, like) for c, t in zip(columns, y_types, strict=True)),
        )

    return run


def slices(
    backend: Any, stacked: Sequence[Any], count: int, reverse: bool
) -> Iterator[tuple[Any, ...]]:
    """The operands of each iteration: slices of arrays, elements of stacks."""
    if not stacked:
        return itertools.repeat((), count)
    columns = [_filled(backend, x, count) for x in stacked]
    return zip(*(_rows(backend, x, reverse) for x in columns), strict=True)


def _rows(backend: Any, x: Any, reverse: bool) -> Iterator[Any]:
    if isinstance(x, list):
        return reversed(x) if reverse else iter(x)
    return backend.rows(x, reverse)


def _filled(backend: Any, x: Any, count: int) -> Any:
    """A stack without elements reads as zeros."""
    if not isinstance(x, Stack) or x or not count:
        return x
    element = x.type.element
    if isinstance(element, StackType):
        return [Stack(element)] * count
    return [backend.full(0, element.dtype, element.shape)] * count


def _stacked(backend: Any, column: list[Any], element: Any, like: Any) -> Any:
    if isinstance(element, StackType):
        return Stack(StackType(element), column)
    return backend.stack(column, element, like)


def while_(backend: Any, op: Op) -> Callable[..., Any]:
    """The body, as long as the condition holds."""
    loop = While(op)
    condition, body, n = loop.condition, loop.body, loop.n_carry
    first, last = loop.n_consts, loop.n_consts + n

    def run(*operands: Any) -> Sequence[Any]:
        test = backend.plan(condition)
        tests, consts, start = loop.split(operands)
        limit = config.max_while_steps

        def rows(slots: list[Any]) -> Iterator[tuple[()]]:
            steps = 0
            while test([*tests, *slots[first:last]])[0]:
                if steps == limit:
                    raise too_many_steps(steps, op.location)
                steps += 1
                yield ()

        carry, ys = backend.plan(body).loop(consts, start, rows)
        types = [StackType(v.type) for v in body.results[n:]]
        columns = zip(*ys, strict=True) if ys else [()] * len(types)
        return (*carry, *(Stack(t, c) for t, c in zip(types, columns, strict=True)))

    return run


def call(backend: Any, op: Op) -> Callable[..., Any]:
    """The region, on the backend that the attribute names."""
    body, wanted = Call(op).body, op.attrs.get("backend")
    return lambda *arrays: tuple(backend.region_backend(wanted).evaluate(body, arrays))


RUNNERS: dict[Definition, Callable[[Any, Op], Callable[..., Any]]] = {
    control.cond: cond,
    control.scan: scan,
    control.while_: while_,
    region.call: call,
    region.checkpoint: call,
}
"""How the ops with regions are run that are not inlined first."""
