"""A callable that gives sparse derivatives: one plan for each signature."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..api.calls import pytrees
from ..api.calls.fast_paths import FastPath, first_of
from ..api.calls.forwarding import forward, forwarding_class
from ..config import config
from ..errors import PolyadTypeError
from ..ir import user_location, where
from ..trace_stack import active_builders as builders
from ..tracing import callable_name
from ._traced import Arguments, TracedCall
from .formats import check_format
from .plans import METHODS, Plan, Settings, is_traced, signature

F = Callable[..., Any]
MOST_PATHS = 8  # are tried one after another


class Path(NamedTuple):
    """A compiled way for calls of plain arrays of one signature."""

    plan: Plan
    out_tree: Any
    fast: FastPath


class SparseDerivative:
    """The sparse derivative of a function. Called like the function, it gives the matrix; `out=`
    takes an earlier result, whose values are replaced. `prepare(*args)` gives the plan for calls
    with such arguments: `pattern`, `coloring`, `entries`, `explain()`.
    """

    has_attributes_of_function = True

    def __init__(self, fun: F, settings: Settings, derived: F, finish: F) -> None:
        check_format(settings.format, settings.name)
        if settings.method not in METHODS:
            raise PolyadTypeError(
                f"{settings.name}: unknown method {settings.method!r}{where(user_location())}\n"
                f"  Use one of {', '.join(map(repr, METHODS))}."
            )
        self._fun, self._settings = fun, settings
        self._derived, self._finish = derived, finish
        self._plans: dict[Any, tuple[Plan, Any]] = {}
        self._paths: list[Path] = []
        pytrees.wrap(self, fun)
        self._otherwise = functools.partial(_call_any, weakref.ref(self))  # no circle
        forward(self, self._otherwise)

    def prepare(self, *args: Any, **kwargs: Any) -> Plan:
        """The plan for calls with such arguments: arrays, or `ShapeDtypeStruct`s."""
        return self._planned(Arguments(self._fun, self._settings.argnums, args, kwargs,
                                       self._settings.name))[0]  # fmt: skip

    def _call(self, args: tuple[Any, ...], out: Any, kwargs: dict[str, Any]) -> Any:
        """The derivative at these arguments."""
        settings = self._settings
        for path in self._paths:
            fast = path.fast
            found = NotImplemented
            if fast.version == config.version:
                found = fast.call(*args, **kwargs)
            if found is not NotImplemented:
                if not settings.with_results:
                    return path.plan.wrap(found, out)
                values, results = found
                return self._finish(path.plan.wrap(values, out), results, path.out_tree)
        arguments = Arguments(self._fun, settings.argnums, args, kwargs, settings.name)
        plan, out_tree = self._planned(arguments)
        if is_traced([*arguments.leaves, *plan._call.captures]):
            return self._traced(plan, out_tree, arguments)
        matrix, results = plan(arguments.leaves, out)
        self._remember(plan, out_tree, arguments)
        return self._finish(matrix, results, out_tree)

    def _remember(self, plan: Plan, out_tree: Any, arguments: Arguments) -> None:
        """Let the next such call of plain arrays go to its compiled code at once; without a Python
        function in between, if that gives the matrix.
        """
        fast = plan.fast_path
        if builders() or any(type(x) is not np.ndarray for x in arguments.args):
            return
        found = [p for p in self._paths if p.plan is not plan]
        if fast is not None and arguments.order is not None:
            found = [Path(plan, out_tree, fast), *found][:MOST_PATHS]
        self._paths = found
        alone = found and all(p.plan.gives_result for p in found)
        paths = [p.fast for p in found] if alone else []
        forward(self, first_of(paths, self._otherwise))

    def _traced(self, plan: Plan, out_tree: Any, arguments: Arguments) -> Any:
        settings = self._settings
        if settings.format != "values":
            raise PolyadTypeError(
                f"{settings.name}: format {settings.format!r} in a traced function"
                f"{where(user_location())}\n  Use format='values': the vector of values, in the "
                "order of prepare(x).pattern, is an ordinary traced array."
            )
        data, results = plan.values(plan._tables, arguments.leaves)
        return self._finish(data, results, out_tree)

    def _planned(self, arguments: Arguments) -> tuple[Plan, Any]:
        structures = (arguments.structure, arguments.other_structure, arguments.positions)
        key = signature(arguments.leaves, structures, self._settings.name)
        found = self._plans.get(key)
        if found is None or found[0].is_stale:
            arguments.check(self._settings.holomorphic)
            if found is not None:
                self._paths = [p for p in self._paths if p.plan is not found[0]]
            call = TracedCall(arguments, self._derived)
            count = self._count(call, arguments)
            found = Plan(self._settings, self._fun, call, count), call.out_tree
            outside = bool(builders())
            if not is_traced([*arguments.leaves, *call.captures]) and not outside:
                self._plans[key] = found
        return found

    def __get__(self: Any, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def __reduce__(self) -> Any:
        return SparseFunction, (self._fun, self._settings, self._derived, self._finish)

    def __repr__(self) -> str:
        return f"<{self._settings.name} of {callable_name(self._fun)}>"

    def _count(self, call: TracedCall, arguments: Arguments) -> int:
        """The number of the call's results whose derivatives are asked for: the first of a pair."""
        first, *_ = pytrees.unflatten(call.out_tree, [*range(len(call.result_types))])
        return len(pytrees.flatten(first)[0])


def _call_any(
    own: weakref.ref[SparseDerivative], *args: Any, out: Any = None, **kwargs: Any
) -> Any:
    """A call that no compiled fast path takes."""
    function = own()
    assert function is not None  # its caller has it
    return function._call(args, out, kwargs)


if TYPE_CHECKING:

    class SparseFunction(SparseDerivative):
        """A sparse derivative, as type checkers see it."""

        def __call__(self, *args: Any, out: Any = None, **kwargs: Any) -> Any: ...

else:
    SparseFunction = forwarding_class(SparseDerivative, "SparseFunction")
