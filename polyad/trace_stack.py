"""The functions under construction on each thread, and the one that an op belongs to."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from types import CodeType
from typing import Any

from .errors import LeakedTracerError
from .ir import Builder, Handle, Location, user_location, where
from .system import at_fork

UNDER_WAY: dict[Any, int] = {}
"""The thread of each trace and each `backend_scope` that is open. While it is empty, nothing is
traced and Python scalars belong to `config.default_backend`. Compiled code reads its size where
CPython keeps the size of a dict: it stays this one object, a plain dict.
"""


class _OfThread(threading.local):
    """The state of one thread."""

    def __init__(self) -> None:
        self.builders: list[Builder] = []
        self.readers: list[Any] = []
        self.axes: tuple[tuple[str, int], ...] = ()
        self.spelling = "numpy"
        self.refusal: tuple[Exception | None, Location | None] = None, None


_STACK = _OfThread()


def _forget_other_threads() -> None:
    """Take out what was under way on threads that a fork has not brought along."""
    for key, thread in list(UNDER_WAY.items()):
        if thread != threading.get_ident():
            del UNDER_WAY[key]


at_fork(after_in_child=_forget_other_threads)


def active_builders() -> list[Builder]:
    """The functions under construction on this thread, outermost first."""
    return _STACK.builders


def readers() -> list[Any]:
    """Functions that give the traced elements of a plain array of this thread's traces, into which
    traced values were written; None for other arrays.
    """
    return _STACK.readers


def traced_elements(array: Any) -> Any:
    """The traced elements of a plain array, the innermost trace's; None if it has none."""
    for reader in reversed(readers()):
        found = reader(array)
        if found is not None:
            return found
    return None


def bound_axes() -> tuple[tuple[str, int], ...]:
    """The named axes around this point of the program, and their sizes, outermost first."""
    return _STACK.axes


@contextlib.contextmanager
def axes_bound(axes: tuple[tuple[str, int], ...]) -> Iterator[None]:
    """A block in which these are the named axes."""
    before = bound_axes()
    _STACK.axes = axes
    try:
        yield
    finally:
        _STACK.axes = before


def spelling() -> str:
    """The library in whose words the call under way is written, "numpy" or "jax": what its traces
    make of methods and of operators in place.
    """
    return _STACK.spelling


@contextlib.contextmanager
def spelled_as(library: str) -> Iterator[None]:
    """A block whose traces are those of a program in the words of `library`."""
    before = spelling()
    _STACK.spelling = library
    try:
        yield
    finally:
        _STACK.spelling = before


@contextlib.contextmanager
def outside_of_traces() -> Iterator[None]:
    """A block whose ops run at once, whatever is being traced around it."""
    before = active_builders()
    _STACK.builders = []
    try:
        with axes_bound(()):
            yield
    finally:
        _STACK.builders = before


def innermost_builder(operands: Sequence[Any], stays: bool = False) -> Builder | None:
    """The builder that an op on `operands` is appended to: that of the innermost trace among them,
    or None. An op that `stays` in its place in the program, by effects or by the name of an axis,
    goes to the innermost trace that is open, as does an op on outer values inside a branch, loop or
    checkpoint.
    """
    found: Builder | None = None
    for x in operands:
        if isinstance(x, Handle):
            builder = x.builder
            if builder is not found:
                if not builder.open:
                    raise leaked(x)
                if found is None or builder.order > found.order:
                    found = builder
    stack = active_builders()
    if stays and stack:
        return stack[-1]
    if found is None or (stack and stack[-1] is found):
        return found
    for builder in reversed(stack):
        if builder is found:
            break
        if builder.context is not None and builder.context.staging and builder.order > found.order:
            return builder
    return found


def backend_of_trace() -> Any:
    """The backend of the arrays that the innermost trace is about; None if no trace has one."""
    for builder in reversed(active_builders()):
        if builder.context is not None and builder.context.backend is not None:
            return builder.context.backend
    return None


def refused(error: Exception) -> None:
    """Remember the last `error` of a traced array that was asked for its value, and where it was:
    NumPy puts one of its own in its place.
    """
    _STACK.refusal = (error, user_location())


def refused_at(code: CodeType, offset: int) -> Exception | None:
    """The last such error, if it was raised at this instruction."""
    error, location = _STACK.refusal
    if location is None or location.code is not code or location.offset != offset:
        return None
    return error


def leaked(handle: Handle) -> LeakedTracerError:
    """The error of a traced array that is used after its trace has ended: where it was made, and
    where it is used.
    """
    builder = handle.builder
    return LeakedTracerError(
        f"a traced array ({handle.type}) of {builder.name!r}, {_origin(handle)}, is used after "
        f"that trace has ended{where(user_location())}\n  Return the value from the traced "
        "function instead of storing it outside."
    )


def _origin(handle: Handle) -> str:
    """The line of the op that made a value, or the argument that it is."""
    builder = handle.builder
    row = builder.row_of(handle.number)
    if row is not None:
        location = row[4]
        return f"made by {row[0].name}" + (f" at {location}" if location else "")
    index = builder.arguments.index(handle.number)
    name = "" if builder.context is None else builder.context.argument_name(index)
    return name or f"argument {index}"
