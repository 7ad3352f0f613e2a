"""The verifier: says whether a function keeps the rules of the IR, and if not, which op breaks
which.

The rules: every operand is defined before it is used; no value is defined twice; the types of an
op's results are what its type rule infers; regions are closed and keep the same rules.
"""

from __future__ import annotations

from ..errors import VerificationError
from .core import Function, Op, Value
from .location import where


def verify(function: Function) -> Function:
    """`function`, if it is valid; raises `VerificationError` naming op, rule and the user's line
    otherwise.
    """
    defined: set[Value] = set()
    for value in function.arguments:
        _define(function, defined, value, "argument")
    for op in function.ops:
        _verify_op(function, op, defined)
    for value in function.results:
        if value not in defined:
            raise VerificationError(f"in @{function.name}: a result is not defined in the function")
    return function


def _verify_op(function: Function, op: Op, defined: set[Value]) -> None:
    for i, operand in enumerate(op.operands):
        if operand not in defined:
            raise _broken(function, op, f"operand {i} is not defined before it is used")
    for region in op.regions:
        verify(region)
    types = tuple(v.type for v in op.operands)
    try:
        inferred = op.definition.infer(types, op.attributes, op.regions)
    except (TypeError, ValueError) as error:
        raise _broken(function, op, f"its type rule refuses its operands: {error}") from None
    stated = tuple(v.type for v in op.results)
    if inferred != stated:
        raise _broken(
            function, op, f"its results are typed {stated}; its type rule gives {inferred}"
        )
    for value in op.results:
        _define(function, defined, value, f"result of {op.name}")


def _define(function: Function, defined: set[Value], value: Value, what: str) -> None:
    if value in defined:
        raise VerificationError(f"in @{function.name}: {what} is defined twice")
    defined.add(value)


def _broken(function: Function, op: Op, rule: str) -> VerificationError:
    types = ", ".join(str(v.type) for v in op.operands)
    return VerificationError(f"in @{function.name}, {op.name}({types}): {rule}{where(op.location)}")
