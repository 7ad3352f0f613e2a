"""Code for one element: the emitter that the row of an op names, called."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from ..llvm.types import Value
from ..native_ops import Emission, Library, row_of
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
