"""Ops that are defined outside polyad (`polyad.extend`), as their definitions say."""

from __future__ import annotations

from typing import Any

import numpy

from polyad.errors import BackendCapabilityError, PolyadTypeError
from polyad.ir import Attributes
from polyad.ops.definition import OpDefinition

from .decomposition import by_decomposition
from .makers import Run, Types


def external(
    backend: Any, op: OpDefinition, given: Attributes, types: Types, results: Types
) -> Run:
    """By the implementation for this backend, for any namespace, by the decomposition, or for NumPy
    on the host: the first of these that the op has.
    """
    found, attributes = op.implementations, dict(given)
    if backend.name in found:
        return checked(backend, op, bound(found[backend.name], attributes), results)
    if "xp" in found:
        rule, xp = found["xp"], backend.xp
        return checked(backend, op, lambda *x: rule(xp, *x, **attributes), results)
    made = by_decomposition(backend, op, given, types)
    if made is not None:
        return made
    if "numpy" in found:
        return on_host(backend, op, bound(found["numpy"], attributes), results)
    raise BackendCapabilityError(
        f"{op.name}: backend {backend.name!r} cannot run this op: its definition has no "
        f"implementation for it; give one in `implementations`, under {backend.name!r}, 'numpy' or "
        "'xp' (any namespace of the array API), or a decomposition"
    )


def bound(rule: Any, attributes: dict[str, Any]) -> Run:
    return lambda *arrays: rule(*arrays, **attributes)


def on_host(backend: Any, op: OpDefinition, run: Run, results: Types) -> Run:
    """The implementation for NumPy, on copies of the operands in host memory."""

    def hosted(*arrays: Any) -> Any:
        found = run(*[backend.host(x) for x in arrays])
        parts = found if isinstance(found, tuple) else (found,)
        made = tuple(
            backend.asarray(numpy.asarray(x), like=arrays[0] if arrays else None) for x in parts
        )
        return made if isinstance(found, tuple) else made[0]

    return checked(backend, op, hosted, results)


def checked(backend: Any, op: OpDefinition, run: Run, results: Types) -> Run:
    """`run`, and an error where its results have not the types that the type rule says."""

    def sure(*arrays: Any) -> Any:
        found = run(*arrays)
        parts = found if isinstance(found, tuple) else (found,)
        types = tuple(backend.type_of(x) if hasattr(x, "dtype") else type(x) for x in parts)
        if types != results:
            told = ", ".join(t.__name__ if isinstance(t, type) else str(t) for t in types)
            raise PolyadTypeError(
                f"op {op.name}: its implementation for backend {backend.name!r} gives {told}, and "
                f"its type rule says {', '.join(map(str, results))}"
            )
        return found

    return sure
