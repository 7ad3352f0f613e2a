"""The meaning of a traced value: its origin, for messages, and its value, if that is known.

Just the slice of the function under construction that a value needs is evaluated, and remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from . import trace_stack
from .errors import ConcretizationError, PolyadTypeError
from .execution import Backend, backend_of
from .ir import Builder, Function, Handle, user_location, where
from .ops import dispatch
from .ops.dispatched import Dispatched

STAGING = (
    "cond",
    "switch",
    "scan",
    "while_loop",
    "checkpoint",
    "custom_linear_solve",
    "custom_root",
)
"""Traces of what may run never, or often: whatever is called inside belongs inside."""


UNKNOWN = object()
"""The value of an argument of which none is known, among those of a `Context`."""


class Context:
    """The circumstances of a trace: who traces, the arguments' names, and their values where
    known. A trace that `passes` the values of another on differentiates nothing itself.
    """

    __slots__ = ("transform", "names", "values", "backend", "memo", "staging", "beside", "rules",
                 "passes", "inner", "spelling")  # fmt: skip

    def __init__(
        self,
        transform: str,
        names: Sequence[str] | Callable[[], Sequence[str]] = (),
        values: Sequence[Any] | None = None,
        backend: Backend | None = None,
        rules: bool = False,
        passes: bool = False,
    ) -> None:
        self.transform = transform
        self.passes = passes
        self.rules = rules  # polyad's own code runs in the trace, and not a user's function
        self.names = names
        self.values = values
        self.backend = backend
        self.spelling = trace_stack.spelling()
        self.memo: dict[int, Any] = {}
        self.staging = transform in STAGING
        self.beside: dict[int, tuple[Callable[[], Sequence[str | None]], int]] = {}
        self.inner: list[Function] = []  # traced meanwhile; they live as long as this trace

    def argument_name(self, index: int) -> str:
        names = self.names() if callable(self.names) else self.names
        return f"argument {_quoted(names, index)}"

    def captured_name(self, number: int) -> str:
        """The name of an argument that is not differentiated, or a phrase for any other one."""
        if number not in self.beside:
            return "an array from around the traced function"
        names, index = self.beside[number]
        return f"argument {_quoted(names(), index)}"


def _quoted(names: Sequence[str | None], index: int) -> str:
    return repr(names[index]) if index < len(names) and names[index] else str(index)


def describe(handle: Handle) -> str:
    """The origin of the value, for messages: the argument's name, or the op that made it."""
    builder = handle.builder
    context: Any = builder.context
    if handle.number in builder.arguments and context is not None:
        index = builder.arguments.index(handle.number)
        if index < len(builder.arguments) - len(builder.captures):
            return str(context.argument_name(index))
        return str(context.captured_name(handle.number))
    row = builder.row_of(handle.number)
    if row is None:
        return "of a pass"
    definition, _, _, _, location, _, _ = row
    return f"made by {definition.name}" + (f" at {location}" if location else "")


def _check_open(tracer: Handle) -> None:
    """Raise `LeakedTracerError` for a traced array whose trace has ended."""
    if not tracer.builder.open:
        raise trace_stack.leaked(tracer)


def item(tracer: Handle, what: str, instead: str) -> Any:
    """The value of one element, as a Python scalar where the backend has such."""
    _check_open(tracer)
    if tracer.type.size != 1:
        raise PolyadTypeError(
            f"{what} needs an array of one element, not {tracer.type}{where(user_location())}"
        )
    value = concrete_value(tracer, what, instead)
    backend = backend_of(value)
    return value if backend is None else backend.item(value)


def check_constant(tracer: Handle, what: str) -> None:
    """Raise if a Python number in place of `tracer` would lose a derivative."""
    _check_open(tracer)
    if _is_differentiated(tracer.builder, tracer.number):
        raise ConcretizationError(
            f"{what} of a traced array ({tracer.type}, {describe(tracer)}) that is being "
            f"differentiated would lose its derivative{where(user_location())}\n  Use the array "
            "itself, and polyad.numpy in place of math; or polyad.stop_gradient(x) for x, if its "
            "derivative is to be zero."
        )


def constant_value(tracer: Handle) -> Any:
    """The value of a tracer that does not depend on the arguments differentiated, batched or
    compiled; else None.
    """
    _check_open(tracer)
    if _is_differentiated(tracer.builder, tracer.number):
        return None
    missing: list[str] = []
    value = _value(tracer.builder, tracer.number, missing)
    return None if missing else value


def captured_array(tracer: Handle) -> Any:
    """The array from around the traced function that a tracer is; None if it is made inside."""
    builder, number = tracer.builder, tracer.number
    if number not in builder.arguments:
        return None
    position = builder.arguments.index(number) - len(builder.arguments) + len(builder.captures)
    if position < 0:
        return None
    thing = builder.captures[position]
    return captured_array(thing) if isinstance(thing, Handle) else thing


def _is_differentiated(builder: Builder, number: int) -> bool:
    """Whether value `number` depends on an argument by operations that have derivatives."""
    declared = len(builder.arguments) - len(builder.captures)
    seen, todo = set(), [number]
    while todo:
        current = todo.pop()
        if current in seen or not builder.types[current].dtype.is_inexact:
            continue
        seen.add(current)
        row = builder.row_of(current)
        if row is not None:
            definition, operands, *_ = row
            if getattr(definition, "differentiable", True):
                todo += operands
            continue
        position = builder.arguments.index(current)
        context = builder.context
        if position < declared:
            if context is None or not context.passes:
                return context is None or context.values is not None
            if position >= len(context.values or ()):
                continue
            thing = context.values[position]
        else:
            thing = builder.captures[position - declared]
        if isinstance(thing, Handle) and _is_differentiated(thing.builder, thing.number):
            return True
    return False


def concrete_value(
    tracer: Handle, what: str = "its value", instead: str = "polyad.numpy functions"
) -> Any:
    """The value a tracer stands for. Raises `ConcretizationError` where it depends on one that is
    not known.
    """
    _check_open(tracer)
    missing: list[str] = []
    value = _value(tracer.builder, tracer.number, missing)
    if missing:
        context = tracer.builder.context
        transform = context.transform if context is not None else "a derivative rule"
        raise ConcretizationError(
            f"{what} of a traced array ({tracer.type}) needs a value that is not known while "
            f"{transform} traces; "
            f"it depends on {', '.join(dict.fromkeys(missing))}{where(user_location())}\n  Use "
            f"{instead}."
        )
    return value


def _value(builder: Builder, number: int, missing: list[str]) -> Any:
    """Evaluate the slice of rows that value `number` needs; names of unknown arguments go to
    `missing`.
    """
    context: Context = builder.context or Context("a derivative rule")
    memo = context.memo
    if number in memo:
        return memo[number]
    todo = [number]
    while todo:
        current = todo[-1]
        row = builder.row_of(current)
        if current in memo:
            todo.pop()
        elif row is None:
            memo_value = _input_value(builder, context, current, missing)
            if missing:
                return None
            memo[current] = memo_value
        else:
            definition, operands, attributes, regions, _, first, count = row
            if attributes or regions:
                named = [str(v) for k, v in attributes if k == "axis_name"]
                named += [axis for region in regions for axis in region.named_axes]
                if named:
                    missing.append(f"the other elements along axis {min(named)!r}")
                    return None
            waiting = [n for n in operands if n not in memo]
            if waiting:
                todo += waiting
                continue
            arrays = tuple([memo[n] for n in operands])
            answer = dispatch.apply_eagerly(
                cast("Dispatched", definition), arrays, attributes, regions
            )
            memo.update(
                zip(range(first, first + count), answer if count > 1 else (answer,), strict=True)
            )
    return memo[number]


def _input_value(builder: Builder, context: Context, number: int, missing: list[str]) -> Any:
    position = builder.arguments.index(number)
    declared = len(builder.arguments) - len(builder.captures)
    if position >= declared:
        thing = builder.captures[position - declared]
    elif position >= len(context.values or ()) or context.values[position] is UNKNOWN:  # type: ignore[index]
        missing.append(context.argument_name(position))
        return None
    else:
        thing = context.values[position]  # type: ignore[index]
    return _value(thing.builder, thing.number, missing) if isinstance(thing, Handle) else thing
