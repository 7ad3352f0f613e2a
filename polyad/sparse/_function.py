"""A callable that gives sparse derivatives: one plan for each signature."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..api.calls import pytrees
from ..errors import PolyadTypeError
from ..ir import user_location, where
from ..trace_stack import active_builders as builders
from ._traced import Arguments, TracedCall
from .formats import check_format
from .plans import METHODS, Plan, Settings, is_traced, signature

F = Callable[..., Any]


class Plain(NamedTuple):
    """The plan for calls with plain arrays, which are the leaves in this order."""

    plan: Plan
    out_tree: Any
    order: list[int] | None


class SparseFunction:
    """The sparse derivative of a function. Called like the function, it gives the matrix; `out=`
    takes an earlier result, whose values are replaced. `prepare(*args)` gives the plan for calls
    with such arguments: `pattern`, `coloring`, `entries`, `explain()`.
    """

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
        self._plain: dict[Any, Plain] = {}
        pytrees.wrap(self, fun)

    def prepare(self, *args: Any, **kwargs: Any) -> Plan:
        """The plan for calls with such arguments: arrays, or `ShapeDtypeStruct`s."""
        return self._planned(Arguments(self._fun, self._settings.argnums, args, kwargs,
                                       self._settings.name))[0]  # fmt: skip

    def __call__(self, *args: Any, out: Any = None, **kwargs: Any) -> Any:
        """The derivative at these arguments."""
        if not kwargs:
            key = [(x.dtype, x.shape) if type(x) is np.ndarray else None for x in args]
            known = self._plain.get(tuple(key))
            if known is not None and not known.plan.is_stale and not builders():
                leaves = args if known.order is None else [args[i] for i in known.order]
                matrix, results = known.plan(leaves, out)
                return self._finish(matrix, results, known.out_tree) if results else matrix
        settings = self._settings
        arguments = Arguments(self._fun, settings.argnums, args, kwargs, settings.name)
        plan, out_tree = self._planned(arguments)
        if is_traced([*arguments.leaves, *plan._call.captures]):
            return self._traced(plan, out_tree, arguments)
        self._remember(plan, out_tree, arguments, kwargs)
        matrix, results = plan(arguments.leaves, out)
        return self._finish(matrix, results, out_tree)

    def _remember(self, plan: Plan, out_tree: Any, arguments: Arguments, kwargs: Any) -> None:
        """Let the next such call of plain arrays go to its plan at once."""
        args = arguments.args
        if kwargs or builders() or any(type(x) is not np.ndarray for x in args):
            return
        rest = [i for i in range(len(args)) if i not in arguments.positions]
        order = [*arguments.positions, *rest]
        in_order = order == [*range(len(args))]
        key = tuple([(x.dtype, x.shape) for x in args])
        self._plain[key] = Plain(plan, out_tree, None if in_order else order)

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
            call = TracedCall(arguments, self._derived)
            count = self._count(call, arguments)
            found = Plan(self._settings, self._fun, call, count), call.out_tree
            outside = bool(builders())
            if not is_traced([*arguments.leaves, *call.captures]) and not outside:
                self._plans[key] = found
        return found

    def _count(self, call: TracedCall, arguments: Arguments) -> int:
        """The number of the call's results whose derivatives are asked for: the first of a pair."""
        first, *_ = pytrees.unflatten(call.out_tree, [*range(len(call.result_types))])
        return len(pytrees.flatten(first)[0])
