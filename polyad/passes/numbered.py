"""A function with numbers in place of the symbols of a scope."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..errors import PolyadTypeError
from ..ir import ArrayType, Attribute, Function, Op, Type, Value
from ..ir.symbolic import SYMBOLIC, Scope
from ..ir.symbolic.evaluation import evaluator

Change = Callable[[Any], Any]


def symbolic_numbers(function: Function) -> list[Any]:
    """The symbolic numbers in the types and attributes of a function. Raises `PolyadTypeError` for
    a type or an attribute of which it is not known whether there are some in it.
    """
    found: dict[int, Any] = {}

    def see(number: Any) -> Any:
        found[id(number)] = number
        return number

    rebuilt(function, see)
    return list(found.values())


def numbered(function: Function, scope: Scope, sizes: Sequence[int]) -> Function:
    """`function` for these values of the symbols, which the guards allow."""
    dims = symbolic_numbers(function)
    values = evaluator(scope, dims)(*sizes)
    assert values is not None
    numbers = {id(dim): value for dim, value in zip(dims, values, strict=True)}
    return rebuilt(function, lambda dim: numbers[id(dim)])


def rebuilt(function: Function, change: Change) -> Function:
    """The function with each symbolic number changed."""
    values: dict[Value, Value] = {}

    def of_value(value: Value) -> Value:
        if value not in values:
            values[value] = Value(changed(value.type, change), value.name)
        return values[value]

    arguments = tuple(map(of_value, function.arguments))
    ops = []
    for op in function.ops:
        attributes = tuple([(name, changed(value, change)) for name, value in op.attributes])
        regions = tuple([rebuilt(region, change) for region in op.regions])
        operands, results = tuple(map(of_value, op.operands)), tuple(map(of_value, op.results))
        ops.append(Op(op.definition, operands, attributes, regions, results, op.location))
    return Function(function.name, arguments, tuple(ops), tuple(map(of_value, function.results)))


def changed(value: Any, change: Change) -> Any:
    """An attribute or a type with each symbolic number changed."""
    if type(value) in SYMBOLIC:
        return change(value)
    if isinstance(value, tuple):
        return tuple([changed(x, change) for x in value])
    if isinstance(value, ArrayType):
        return value.with_shape(changed(value.shape, change))
    if isinstance(value, Type | Attribute):
        raise PolyadTypeError(f"{value} may have symbolic sizes in it")
    return value
