"""Python callable to `ir.Function`: the trace that runs a callable on tracers."""

from __future__ import annotations

import functools
import inspect
import re
import sys
import threading
import weakref
from collections.abc import Callable, Hashable, Sequence
from types import TracebackType
from typing import Any

from . import aliasing, trace_stack, watching
from .caches import Recent
from .concrete import Context
from .errors import PolyadError, PolyadTypeError
from .execution import SCALARS, UNDER_WAY, backend_of
from .ir import Builder, Function, Handle, user_location, where
from .ops import dispatch
from .texts import shown
from .tracer import Tracer, foreign, namespace


class Trace:
    """A `with` block in which the callable runs: its tracers are alive inside and leaked after
    it.
    """

    __slots__ = ("builder", "mode")

    def __init__(
        self, types: Sequence[Any], context: Context | None = None, name: str = "main"
    ) -> None:
        self.builder = Builder(types, Tracer, name)
        self.builder.context = context
        self.mode: Any = None  # see `polyad.foreign.torch.plain`

    def __enter__(self) -> Builder:
        if "einops" in sys.modules:
            _introduce_to_einops()
        if "torch.nn.utils._named_member_accessor" in sys.modules:
            _introduce_to_modules()
        stack = trace_stack.active_builders()
        context: Any = self.builder.context
        if stack:
            self.builder.outside = tuple([len(around.types) for around in stack])
            if context is not None and context.rules:  # while a rule is run
                self.builder.location = stack[-1].location
        stack.append(self.builder)
        UNDER_WAY[self] = threading.get_ident()
        backend = None if context is None else context.backend
        if backend is not None and backend.name == "torch" and not trace_stack.readers():
            self.mode = foreign().torch.plain.enter()
        return self.builder

    def __exit__(self, kind: object, error: BaseException | None, traceback: Any) -> None:
        if self.mode is not None:
            foreign().torch.plain.leave(self.mode)
        trace_stack.active_builders().pop()
        del UNDER_WAY[self]
        self.builder.open = False
        self.builder.constants.clear()  # they refer back to the builder, and it to them
        if error is not None:
            self._explain(error, traceback)

    def _explain(self, error: BaseException, traceback: TracebackType) -> None:
        """Raise polyad's error where NumPy has put one of its own in its place: `y[0] = x`, of an
        ordinary array y, is "setting an array element with a sequence" there.
        """
        if not isinstance(error, ValueError | TypeError) or isinstance(error, PolyadError):
            return
        at: TracebackType | None = traceback
        while at is not None:
            reason = trace_stack.refused_at(at.tb_frame.f_code, at.tb_lasti)
            if reason is not None:
                raise aliasing.into_plain_array("an assignment", None, reason) from reason
            at = at.tb_next


@functools.cache
def _introduce_to_einops() -> Any:
    return namespace().einops_backend.introduce(sys.modules["einops._backends"].AbstractBackend)


@functools.cache
def _introduce_to_modules() -> None:
    foreign().torch.modules.introduce(sys.modules["torch.nn.utils._named_member_accessor"])


_FUNCTIONS: weakref.WeakValueDictionary[Hashable, Function] = weakref.WeakValueDictionary()
_RECENT: Recent[int, Function] = Recent("kept_traces")
BYTES_OF_OP = 4000
"""Bytes that count for an op of a traced function: its own, and of all that is derived from it."""


def finish(
    builder: Builder, results: Sequence[Handle], names: Callable[[], Sequence[str | None]] = tuple
) -> Function:
    """The traced function. One that was traced before, from the same lines, is the same object:
    what was derived from it is still in its `memo`.
    """
    numbers = [r.number for r in results]
    key = (builder.name, builder.key(numbers))
    found = _FUNCTIONS.get(key)
    if found is None:
        hints = [name and re.sub(r"\W+", "_", name).strip("_") for name in names()]
        found = _FUNCTIONS[key] = builder.build(numbers, hints)
    _keep(found, builder)
    watch = watching.under_way()
    if watch is not None:
        watch.see("traced", found)
    return found


def _keep(function: Function, builder: Builder) -> None:
    """Hold a traced function for the next call of a transformation. What `jit` traces, its caller
    holds; what is traced meanwhile is of use as long as that trace lasts.
    """
    stack = trace_stack.active_builders()
    outermost: Any = (stack[0] if stack else builder).context
    if outermost is not None and outermost.transform == "jit":
        outermost.inner.append(function)
    elif not _RECENT.renew(id(function)):
        _RECENT.put(id(function), function, BYTES_OF_OP * (len(function.ops) + 1))


def forget_functions() -> None:
    """Find no traced function any longer, whoever holds it."""
    _FUNCTIONS.clear()


def lift_result(builder: Builder, leaf: Any, name: str) -> Any:
    """A leaf of the callable's result, as a value of the function."""
    if getattr(leaf, "builder", None) is builder:
        return leaf
    if isinstance(leaf, Handle) or type(leaf) in SCALARS or backend_of(leaf) is not None:
        return dispatch.lift(builder, leaf)
    raise PolyadTypeError(
        f"{name} returned a {type(leaf).__name__} ({shown(leaf)}); a function under a "
        f"transformation returns arrays, numbers, or pytrees of them{where(user_location())}"
    )


def parameter_names(fun: Callable[..., Any], count: int) -> list[str | None]:
    """The names of the first `count` positional parameters of `fun`; None for a nameless one."""
    try:
        parameters = list(inspect.signature(fun).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    found: list[str | None] = []
    for p in parameters:
        if p.kind is p.VAR_POSITIONAL:
            found += [f"{p.name}[{k}]" for k in range(count - len(found))]
        elif p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD):
            found.append(p.name)
    return (found + [None] * count)[:count]


def callable_name(fun: Any) -> str:
    """The name of `fun` in messages and IR."""
    name = getattr(fun, "__name__", None)
    if name is None:
        name = callable_name(fun.func) if hasattr(fun, "func") else type(fun).__name__
    return str(name).replace("<lambda>", "lambda")
