"""The base of every transformation: a new function, and rules that append to it at the location
of the op being transformed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TypeVar

from .. import trace_stack, watching
from ..concrete import Context
from ..config import config
from ..ir import Attributes, Builder, Function, Op, Type, verify
from ..ops.definition import OpDefinition
from ..ops.types import Operand
from ..tracing import Trace

T = TypeVar("T")


@contextlib.contextmanager
def build_pass(
    types: Sequence[Type], name: str, known: Sequence[object] | None = None
) -> Iterator[Builder]:
    """A builder for the result of a pass; rules run in the block append to it. `known` are the
    values of its first arguments, for a user's rules that ask for them. A pass that a rule of
    another one starts is at the location of that rule.
    """
    outer = next(reversed(trace_stack.active_builders()), None)
    with Trace(types, Context(name, values=known, rules=True, passes=True), name) as builder:
        builder.location = None if outer is None else outer.location
        yield builder


def finished(
    builder: Builder, results: Sequence[Operand], name: str, names: Sequence[str | None] = ()
) -> Function:
    """The pass's result, verified under `config.verify`."""
    function = builder.build(results, names, name)
    return verify(function) if config.verify else function


def definition(op: Op) -> OpDefinition:
    """The op's definition, which must be one of the array dialect."""
    found = op.definition
    if not isinstance(found, OpDefinition):
        raise TypeError(
            f"{op.name} is not an op of the array dialect; transformations stop at lowering"
        )
    return found


def emit_like(
    builder: Builder,
    op: Op,
    operands: Sequence[Operand],
    *regions: Function,
    attributes: Attributes | None = None,
) -> list[Operand]:
    """Append `op` with other operands, regions and, if given, attributes; its results."""
    given = op.attributes if attributes is None else attributes
    return list(builder.emit(op.definition, tuple(operands), given, regions))


def replay(builder: Builder, op: Op, operands: Sequence[Operand]) -> tuple[Operand, ...]:
    """Append `op` as it is, on new operands."""
    numbers = tuple([h.number for h in operands])
    types = [v.type for v in op.results]
    first = builder.append(op.definition, numbers, op.attributes, op.regions, op.location, types)
    return tuple([builder.handle(builder, first + i, t) for i, t in enumerate(types)])


def memoised(function: Function, key: Hashable, make: Callable[[], T]) -> T:
    """The result of `make`, remembered with the function."""
    found = function.memo.get(key)
    watch = watching.under_way()
    if watch is not None and watch.is_new(function, key):
        found = function.memo[key] = watching.made(watch, key, make)
    if found is None:
        found = function.memo[key] = make()
    return found


def argument_hints(function: Function) -> list[str | None]:
    return [v.name for v in function.arguments]
