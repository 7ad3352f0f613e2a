"""Ops that a library lacks, run by their decomposition: as a plan of simpler ops."""

from __future__ import annotations

from typing import Any

from polyad.ir import ArrayType, Attributes, Definition, Function, Value
from polyad.ops.definition import OpDefinition
from polyad.passes.decompose import decomposed

from .makers import Executor, Run
from .plan import Plan


def by_decomposition(
    backend: Executor,
    definition: Definition,
    attributes: Attributes,
    types: tuple[ArrayType, ...],
) -> Run | None:
    """A callable on arrays that runs the decomposition of the op; None if it has none.

    The decomposition of an element-wise op is traced for one element: its plan runs on arrays of
    every shape.
    """
    function = decomposed(definition, types, attributes)
    if function is None:
        return None
    elementwise = isinstance(definition, OpDefinition) and definition.elementwise
    if elementwise:
        function = decomposed(definition, tuple([ArrayType(t.dtype) for t in types]), attributes)
        assert function is not None
    run = on_plans(backend, function)
    if not elementwise or depends_on_all_arguments(function):
        return run
    return lambda *arrays: run(*backend.broadcast(arrays))


def on_plans(backend: Executor, function: Function) -> Run:
    """`function` on arrays, by one plan per device: the literals of a plan are on its device.

    Warnings and NaNs of the steps are not reported: those of the results belong to the op.
    """
    plans: dict[Any, Plan] = {}

    def run(*arrays: Any) -> Any:
        device = backend.device(arrays[0]) if arrays else None
        plan = plans.get(device)
        if plan is None:
            plan = plans[device] = Plan(function, backend, checked=False)
        with backend.quiet():
            found = backend.execute(plan, arrays)
        return found[0] if len(found) == 1 else tuple(found)

    return run


def depends_on_all_arguments(function: Function) -> bool:
    """Whether each result has the shape to which all arguments broadcast: an element-wise result
    of fewer arguments can be smaller.
    """
    used: dict[Value, frozenset[Value]] = {v: frozenset([v]) for v in function.arguments}
    for op in function.ops:
        found = frozenset().union(*[used[v] for v in op.operands])
        used.update(dict.fromkeys(op.results, found))
    return all(len(used[v]) == len(function.arguments) for v in function.results)
