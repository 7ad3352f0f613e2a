"""Ops on float16 and bfloat16, run by way of the dtype that they are computed in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from polyad.ir import ArrayType, Definition, Type
from polyad.ops.elementwise import astype
from polyad.passes.widen import Wide

from .makers import Executor, Run, Types


def by_widening(
    backend: Executor, definition: Definition, wide: Wide, types: Types, results: Types
) -> Run:
    """A callable on arrays: operands converted, the op as in `wide`, results converted back."""
    wide_results = cast(Types, wide.results)
    run = backend.implementation(definition, wide.attributes, wide.operands, wide_results)
    into = _conversions(backend, types, wide.operands)
    back = _conversions(backend, wide.results, results)
    if len(back) == 1:
        (only,) = back
        return lambda *arrays: only(run(*_converted(into, arrays)))
    return lambda *arrays: tuple(_converted(back, run(*_converted(into, arrays))))


def _conversions(backend: Executor, given: Sequence[Type], wanted: Sequence[Type]) -> list[Run]:
    return [_conversion(backend, a, b) for a, b in zip(given, wanted, strict=True)]


def _conversion(backend: Executor, given: Type, wanted: Type) -> Run:
    if given is wanted or not isinstance(given, ArrayType) or not isinstance(wanted, ArrayType):
        return lambda array: array
    attributes = (("dtype", wanted.dtype),)
    return backend.implementation(astype, attributes, (given,), (wanted,))


def _converted(conversions: Sequence[Run], arrays: Sequence[Any]) -> list[Any]:
    return [convert(x) for convert, x in zip(conversions, arrays, strict=True)]
