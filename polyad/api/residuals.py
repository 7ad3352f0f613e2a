"""The values that reverse mode keeps of a function, for a reader."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..ir import ArrayType, Function, Value
from ..transforms import reverse
from .calls import pytrees, traces

F = Callable[..., Any]


def saved_residuals(f: F, *args: Any, **kwargs: Any) -> list[tuple[ArrayType, str]]:
    """The type and the origin of each array that reverse mode of `f` keeps for its backward pass,
    at arguments like these: an argument, a constant, or the result of an op, with its line.

    >>> import polyad, polyad.numpy as pnp
    >>> [str(t) for t, _ in saved_residuals(lambda x: pnp.sin(pnp.sin(x)), 1.0)]
    ['f64[]', 'f64[]']
    """
    pytrees.check_callable(f, "saved_residuals")
    leaves, structure = pytrees.flatten((args, kwargs))
    names = pytrees.names_of(f, args, kwargs)
    types = pytrees.leaf_types(leaves, "saved_residuals", names)

    def run(tracers: Any) -> Any:
        inner_args, inner_kwargs = pytrees.unflatten(structure, tracers)
        return f(*inner_args, **inner_kwargs)

    traced = traces.trace(
        f, run, types, transform="grad", leaves=leaves, names=names, values=leaves
    )
    wrt = [t.dtype.is_inexact for t in types] + [False] * len(traced.captures)
    forward = reverse.linearize(traced.function, wrt, [*leaves, *traced.captures]).forward
    kept = forward.results[len(traced.function.results) :]
    return [(v.type, _origin(forward, v, names())) for v in dict.fromkeys(kept)]


def _origin(function: Function, value: Value, names: Sequence[str | None]) -> str:
    """The argument that a value is, or the op that makes it."""
    if value in function.arguments:
        index = function.arguments.index(value)
        if index >= len(names):
            return "from a constant"
        return f"from the argument {names[index] or index}"
    op = next(op for op in function.ops if value in op.results)
    return f"output of {op.name}" + (f" from {op.location}" if op.location else "")


def print_saved_residuals(f: F, *args: Any, **kwargs: Any) -> None:
    """Print `saved_residuals`, an array on each line.

    >>> import polyad
    >>> print_saved_residuals(lambda x: x * x, 1.0)
    f64[] from the argument x
    """
    for t, origin in saved_residuals(f, *args, **kwargs):
        print(f"{t} {origin}")
