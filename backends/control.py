"""Branches and loops, run by Python: a branch is chosen by its index, a loop goes over slices or
stacks.

A stack is a list of arrays, an element for each iteration of the loop that recorded it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from polyad.execution import Stack
from polyad.ir import Function
from polyad.ops.control import StackType


def cond(backend: Any, attrs: dict[str, Any], regions: Sequence[Function]) -> Callable[..., Any]:
    """The branch of that index, clamped."""

    def run(index: Any, *operands: Any) -> Sequence[Any]:
        number = min(max(int(index), 0), len(regions) - 1)
        return tuple(backend.evaluate(regions[number], operands))

    return run


def scan(backend: Any, attrs: dict[str, Any], regions: Sequence[Function]) -> Callable[..., Any]:
    """The body, once for each slice of the arrays, or each element of the stacks."""
    (body,) = regions
    n_consts, n_carry, length = attrs["consts"], attrs["carry"], attrs["length"]
    y_types = [v.type for v in body.results[n_carry:]]

    def run(*operands: Any) -> Sequence[Any]:
        step, element = backend.stepper(body), backend.element
        consts, carry = operands[:n_consts], list(operands[n_consts : n_consts + n_carry])
        stacked = operands[n_consts + n_carry :]
        count = length if length is not None else len(stacked[0])
        xs = [_filled(backend, x, count) for x in stacked]
        order = range(count - 1, -1, -1) if attrs["reverse"] else range(count)
        columns: list[list[Any]] = [[None] * count for _ in y_types]
        for i in order:
            results = step([*consts, *carry, *[element(x, i) for x in xs]])
            carry = list(results[:n_carry])
            for column, y in zip(columns, results[n_carry:], strict=True):
                column[i] = y
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


def while_(backend: Any, attrs: dict[str, Any], regions: Sequence[Function]) -> Callable[..., Any]:
    """The body, as long as the condition holds."""
    condition, body = regions
    a, b = attrs["cond_consts"], attrs["cond_consts"] + attrs["body_consts"]

    def run(*operands: Any) -> Sequence[Any]:
        holds, step = backend.stepper(condition), backend.stepper(body)
        cond_consts, body_consts, carry = operands[:a], operands[a:b], list(operands[b:])
        stacks = [Stack(StackType(v.type)) for v in body.results[len(carry) :]]
        while bool(holds([*cond_consts, *carry])[0]):
            results = step([*body_consts, *carry])
            carry = list(results[: len(carry)])
            for stack, y in zip(stacks, results[len(carry) :], strict=True):
                stack.append(y)
        return (*carry, *stacks)

    return run


RUNNERS: dict[str, Any] = {"cond": cond, "scan": scan, "while": while_}
