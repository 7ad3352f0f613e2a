"""Arguments of transforms that name parameters: static ones, donated ones, nondiff ones."""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Sequence
from typing import Any

from ...errors import PolyadValueError
from ...tracing import callable_name

F = Callable[..., Any]


POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def named_parameters(
    fun: F,
    what: str,
    argnums: int | Sequence[int],
    argnames: str | Sequence[str],
    transform: str = "jit",
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Positions and names of parameters that a transform treats apart (`what`: "static", "donate",
    "nondiff"); one given by position is also known by name, and the reverse.
    """
    listed: Any = (argnums,) if hasattr(argnums, "__index__") else argnums
    positions = [operator.index(i) for i in listed]
    names = [argnames] if isinstance(argnames, str) else list(argnames)
    if positions or names:
        try:
            of_fun = inspect.signature(fun).parameters.values()
            parameters = [p.name for p in of_fun if p.kind in POSITIONAL]
        except (TypeError, ValueError):
            parameters = []
        check_parameters(fun, what, positions, names, transform)
        for i in positions[:]:
            name = parameters[i] if -len(parameters) <= i < len(parameters) else None
            if name is not None and name not in names:
                names.append(name)
        positions += [
            parameters.index(n)
            for n in names
            if n in parameters and parameters.index(n) not in positions
        ]
    return tuple(positions), tuple(names)


def check_parameters(
    fun: F, what: str, positions: Sequence[int], names: Sequence[str], transform: str
) -> None:
    """Raise `PolyadValueError` for such parameters that `fun` does not have."""
    try:
        parameters = inspect.signature(fun).parameters
    except (TypeError, ValueError):
        return
    kinds = [p.kind for p in parameters.values()]
    count = sum(kind in POSITIONAL for kind in kinds)
    outside = [i for i in positions if not -count <= i < count]
    if outside and inspect.Parameter.VAR_POSITIONAL not in kinds:
        raise PolyadValueError(
            f"{transform}: {what}_argnums={outside[0]} is out of range: {callable_name(fun)} has "
            f"{count} positional parameters"
        )
    nameless = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.VAR_POSITIONAL)
    unnamed = [n for n in names if n in parameters and parameters[n].kind in nameless]
    if unnamed:
        raise PolyadValueError(
            f"{transform}: {what}_argnames={unnamed[0]!r}: {callable_name(fun)} takes it by "
            f"position alone; give {what}_argnums"
        )
    unknown = [n for n in names if n not in parameters]
    if unknown and inspect.Parameter.VAR_KEYWORD not in kinds:
        raise PolyadValueError(
            f"{transform}: {what}_argnames={unknown[0]!r}: {callable_name(fun)} has no such "
            f"parameter; it has {', '.join(parameters)}"
        )
