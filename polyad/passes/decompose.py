"""Decomposition: an op as a function of simpler ops.

A definition may state `decomposition=`: the op in terms of other ops, written like a derivative
rule. Wherever an executor has no form of its own for the op, it runs this function instead.
"""

from __future__ import annotations

from typing import Any

from ..caches import Memo
from ..config import config
from ..errors import PolyadTypeError
from ..ir import ArrayType, Attribute, Attributes, Definition, Function, Location
from ..ops.definition import OpDefinition
from ..ops.types import Decomposition
from ..tracing import Trace, lift_result

_TRACED: Memo[Any, Function] = Memo()


def decomposed(
    definition: Definition,
    types: tuple[ArrayType, ...],
    attributes: Attributes,
    location: Location | None = None,
) -> Function | None:
    """The op on operands of `types` as a function of simpler ops, all at `location`; None if its
    definition states no decomposition, or none for these attributes.
    """
    rule = definition.decomposition if isinstance(definition, OpDefinition) else None
    return None if rule is None else composed(definition, rule, types, attributes, location)


def composed(
    definition: Definition,
    rule: Decomposition,
    types: tuple[ArrayType, ...],
    attributes: Attributes,
    location: Location | None = None,
) -> Function | None:
    """The trace of a `rule` that computes the op, all its ops at `location`; None if the rule gives
    None.
    """
    key = (rule, types, attributes, config.default_float)
    keeps = any(isinstance(value, Attribute) for _, value in attributes)  # a user's function alive
    found = None if keeps else _TRACED.get(key)
    if found is None:
        found = traced(definition, rule, types, attributes)
        if found is None:
            return None
        if not keeps:
            _TRACED.remember(key, found, len(found.ops) + 1)
    return found.with_(ops=[op.with_(location=location) for op in found.ops])


def traced(
    definition: Definition,
    rule: Decomposition,
    types: tuple[ArrayType, ...],
    attributes: Attributes,
) -> Function | None:
    """The function that the rule traces to, checked."""
    with Trace(types, name=definition.name) as builder:
        results = rule(*builder.argument_handles(), **dict(attributes))
        if results is None:
            return None
        parts = results if isinstance(results, tuple | list) else (results,)
        what = f"the decomposition of op {definition.name}"
        function = builder.build([lift_result(builder, x, what) for x in parts])
    check(definition, function, types, attributes)
    return function


def check(
    definition: Definition,
    function: Function,
    types: tuple[ArrayType, ...],
    attributes: Attributes,
) -> None:
    """Raise `PolyadTypeError` for a decomposition that is not a function of the operands to the
    results of its op.
    """
    if function.argument_types != types:
        raise PolyadTypeError(
            f"op {definition.name}: its decomposition uses arrays that are not its operands; make "
            "them operands of the op, or write their elements as numbers"
        )
    if any(op.definition is definition for op in function.walk()):
        raise PolyadTypeError(f"op {definition.name}: its decomposition uses the op itself")
    wanted, found = definition.infer(types, attributes), function.result_types
    if wanted != found:
        raise PolyadTypeError(
            f"op {definition.name}: its decomposition gives {', '.join(map(str, found))}, and its "
            f"type rule says {', '.join(map(str, wanted))}; make them agree, with astype or "
            "broadcast_to in the decomposition"
        )
