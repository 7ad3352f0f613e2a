"""Ops that are defined outside polyad (`polyad.extend`), as their definitions say."""

from __future__ import annotations

from typing import Any

import numpy

from polyad.errors import BackendCapabilityError, PolyadTypeError
from polyad.ops.definition import OpDefinition
from polyad.tracing import decomposition_of

from .makers import Run, Types


def external(
    backend: Any, op: OpDefinition, attributes: dict[str, Any], types: Types, results: Types
) -> Run:
    """By the implementation for this backend, for any namespace, by the decomposition, or for NumPy
    on the host: the first of these that the op has.
    """
    found = op.implementations
    if backend.name in found:
        return checked(backend, op, bound(found[backend.name], attributes), results)
    if "xp" in found:
        rule, xp = found["xp"], backend.xp
        return checked(backend, op, lambda *x: rule(xp, *x, **attributes), results)
    if op.decomposition is not None:
        return decomposed(backend, op, attributes, types)
    if "numpy" in found:
        return on_host(backend, op, bound(found["numpy"], attributes), results)
    raise BackendCapabilityError(
        f"{op.name}: backend {backend.name!r} cannot run this op: its definition has no "
        f"implementation for it; give one in `implementations`, under {backend.name!r}, 'numpy' or "
        "'xp' (any namespace of the array API), or a decomposition"
    )


def bound(rule: Any, attributes: dict[str, Any]) -> Run:
    return lambda *arrays: rule(*arrays, **attributes)


def decomposed(backend: Any, op: OpDefinition, attributes: dict[str, Any], types: Types) -> Run:
    """The decomposition, evaluated; a plan may leave it to us to broadcast small operands."""
    function, xp = decomposition_of(op, types, attributes), backend.xp
    shapes = [t.shape for t in types]

    def run(*arrays: Any) -> Any:
        given = [
            x if tuple(x.shape) == s else xp.broadcast_to(x, s)
            for x, s in zip(arrays, shapes, strict=True)
        ]
        found = backend.evaluate(function, given)
        return found[0] if len(found) == 1 else tuple(found)

    return run


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
