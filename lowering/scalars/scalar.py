"""Code for one element: the emitter that the row of an op names, called."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from polyad.errors import PolyadTypeError

from ..llvm.types import Value, part_type
from ..native_ops import Emission, External, Library, Part, row_of
from . import arithmetic, complex, conversion, division, elementary, math
from .context import Context, Emitter

MODULES = {
    "arithmetic": arithmetic,
    "complex": complex,
    "conversion": conversion,
    "division": division,
    "elementary": elementary,
}


def emit(c: Context, name: str, attributes: Mapping[str, Any], values: Sequence[Value]) -> Value:
    """The value of op `name` for one element; complex values are pairs."""
    row = row_of(name)
    if row is None:
        raise LookupError(
            f"op {name}: it has no row in ROWS (lowering/native_ops.py), by which code is emitted "
            "for one element; add one"
        )
    is_complex = any(d.is_complex for d in (*c.dtypes, c.result))
    emission = row.complex if is_complex and row.complex is not None else row.emission
    return emitter(name, emission)(c, *values, **attributes)


@functools.cache
def emitter(name: str, emission: Emission) -> Emitter:
    """The function that emits an op."""
    if isinstance(emission, Library):
        return elementary.library(emission)
    if isinstance(emission, Part):
        return elementary.part(emission)
    if isinstance(emission, External):
        return elementary.external(emission.op)
    if not isinstance(emission, str):
        return built(name, emission)
    module, _, function = emission.partition(".")
    if module == "math" and hasattr(math, function):
        return elementary.vector(getattr(math, function))
    found: Emitter | None = getattr(MODULES.get(module), function, None)
    if found is None:
        raise LookupError(
            f"op {name}: its row in ROWS (lowering/native_ops.py) names the emitter {emission!r}, "
            f"but lowering/scalars/{module} has no {function!r}; write it, or correct the row"
        )
    return found


def built(name: str, build: Callable[..., Value]) -> Emitter:
    """The emitter that calls the builder of LLVM IR of an op that is defined outside polyad."""

    def emitter(c: Context, *values: Value, **attributes: Any) -> Value:
        found = build(c.b, *values, **attributes)
        wanted = part_type(c.result)
        if getattr(found, "type", None) != wanted:
            given = getattr(found, "type", type(found).__name__)
            raise PolyadTypeError(
                f"op {name}: its llvm_function gives a value of LLVM type {given}; a {c.result} is "
                f"a {wanted}"
            )
        return found

    return emitter
