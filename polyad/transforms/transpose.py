"""Turning a linear function around: the half of reverse mode that runs backward.

`transpose(f, n)` takes a function linear in its first n arguments (the others are residuals) and
maps (residuals, cotangents of the results) to the cotangents of the n arguments. Cotangents add up
where a value is used more than once; a value that no result depends on has a symbolic zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import NotDifferentiableError
from ..ir import Function, Op, Value, where
from ..ops import elementwise as e
from ..ops.control import zero_of_type
from ..ops.definition import OpDefinition, Unknown
from ._pass import build_pass, definition, finished, memoised, replay


def transpose(function: Function, linear: int) -> Function:
    """The transpose of `function` in its first `linear` arguments.

    Raises `NotDifferentiableError` if the function is not linear in them, naming the op that is
    not.
    """
    return memoised(function, ("transpose", linear), lambda: _transpose(function, linear))


def _transpose(function: Function, linear: int) -> Function:
    types = function.argument_types
    with build_pass(
        [*types[linear:], *function.result_types], f"transpose of {function.name}"
    ) as builder:
        handles = builder.argument_handles()
        count = len(types) - linear
        known = dict(zip(function.arguments[linear:], handles[:count], strict=True))
        backward = forward(builder, function, known, set(function.arguments[:linear]))
        cotangents: dict[Value, Any] = {}
        for value, ct in zip(function.results, handles[count:], strict=True):
            if value not in known:
                _accumulate(cotangents, value, ct)
        for op in reversed(backward):
            builder.location = op.location
            _transpose_op(builder, op, known, cotangents)
        builder.location = None
        results = [
            cotangents[v] if v in cotangents else zero_of_type(builder, v.type)
            for v in function.arguments[:linear]
        ]
        return finished(builder, results, f"{function.name}_transpose")


def forward(
    builder: Any, function: Function, known: dict[Value, Any], unknown: set[Value]
) -> list[Op]:
    """Append the ops that depend on residuals only; the others, all linear, in order."""
    linear = []
    for op in function.ops:
        if any(v in unknown for v in op.operands):
            unknown.update(op.results)
            linear.append(op)
        else:
            known.update(
                zip(op.results, replay(builder, op, [known[v] for v in op.operands]), strict=True)
            )
    return linear


def _transpose_op(
    builder: Any, op: Op, known: dict[Value, Any], cotangents: dict[Value, Any]
) -> None:
    cts = [cotangents.pop(v, None) for v in op.results]
    if all(ct is None for ct in cts):
        if op.has_effects:
            raise NotDifferentiableError(
                "debug.print or debug.callback of a tangent: in reverse mode there are none"
                f"{where(op.location)}\n  See tangents by jvp, and cotangents in the backward pass "
                "of a custom_vjp function."
            )
        return
    operands = [known[v] if v in known else Unknown(v.type) for v in op.operands]
    rules = definition(op)
    if rules.region_rules is not None:
        found: Sequence[Any] = rules.region_rules.transpose(builder, op, cts, operands)
    else:
        check_linear(rules, op, operands)
        found = [
            rules.transpose(i)(cts[0], *operands, **op.attrs) if isinstance(x, Unknown) else None  # type: ignore[misc]
            for i, x in enumerate(operands)
        ]
    for value, ct in zip(op.operands, found, strict=True):
        if ct is not None and value not in known:
            _accumulate(cotangents, value, ct)


def check_linear(rules: OpDefinition, op: Op, operands: Sequence[Any]) -> None:
    """Raise unless `op` is jointly linear in its unknown operands."""
    unknown = [i for i, x in enumerate(operands) if isinstance(x, Unknown)]
    linear = any(all(i in group for i in unknown) for group in rules.linear)
    if not linear or any(rules.transpose(i) is None for i in unknown):
        raise NotDifferentiableError(
            f"the function is not linear: {op.name} is not linear in operand"
            f"{'s' if len(unknown) > 1 else ''} {', '.join(map(str, unknown))}{where(op.location)}"
        )


def _accumulate(cotangents: dict[Value, Any], value: Value, ct: Any) -> None:
    before = cotangents.get(value)
    cotangents[value] = ct if before is None else e.add(before, ct)
