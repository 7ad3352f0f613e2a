"""Fast paths of a jitted function: from arguments like those of an earlier call to compiled code,
with no Python code of polyad in between.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from ... import execution, trace_stack
from ...config import config
from ...execution import Backend, Example, Placement

KEPT = 8
"""Fast paths that a function keeps; the latest are tried first."""


class FastPath:
    """A caller of compiled code (see `Compiled.caller`), and the circumstances it was made in."""

    __slots__ = ("entry", "code", "call", "of_scalars", "version")

    def __init__(self, entry: Any, code: Any, call: Callable[..., Any], of_scalars: bool) -> None:
        self.entry, self.code, self.call = entry, code, call
        self.of_scalars = of_scalars  # the arguments are scalars, which do not name a backend
        self.version = config.version

    def takes_scalars_now(self) -> bool:
        """Whether Python scalars belong here to the backend whose arrays the code takes."""
        quiet = self.version == config.version and not trace_stack.active_builders()
        return quiet and execution.default_backend() is self.entry.arrays


def with_fast_path(
    paths: Sequence[FastPath], entry: Any, example: Example, placed: Placement
) -> list[FastPath]:
    """The paths that hold under the present settings, and in front of them a new one for calls like
    `example`, if the compiled code has one.
    """
    paths = [path for path in paths if path.version == config.version]
    if has_fast_path(entry, example, placed):
        code = entry.run.code_for(on_host((*example.leaves, *example.captured), entry.arrays))
        if not any(path.code is code and path.entry is entry for path in paths):
            call = code.caller(example)
            of_scalars = all(map(execution.is_scalar, example.leaves))
            if call is not None and not (of_scalars and placed.backend.defaults() is not None):
                return [FastPath(entry, code, call, of_scalars), *paths[: KEPT - 1]]
    return paths


def has_fast_path(entry: Any, example: Example, placed: Placement) -> bool:
    """Whether compiled code may take the arguments as they are, and gives the results as they are
    to be: both are arrays of a backend that the code takes, and there are no effects.
    """
    owner = placed.backend
    if owner is not entry.arrays:
        taken = owner.name in entry.backend.callers_take
        given = (*example.leaves, *example.captured)
        if not taken or not any(map(owner.owns, given)) or not owner.on_host(given):
            return False
    return (
        not entry.function.stays
        and not entry.has_histories()
        and all(type(x) in execution.SCALARS or owner.owns(x) for x in example.leaves)
    )


def on_host(values: Sequence[Any], arrays: Backend) -> list[Any]:
    """The values, other backends' arrays as those of `arrays` on the same memory."""
    owners = [execution.backend_of(x) for x in values]
    return [
        x if owner is None or owner is arrays or execution.is_scalar(x) else owner.to_host(x)
        for x, owner in zip(values, owners, strict=True)
    ]


def first_of(paths: Sequence[FastPath], otherwise: Callable[..., Any]) -> Callable[..., Any]:
    """A callable that tries the compiled fast paths in order while `config.version` is unchanged;
    else calls `otherwise`. Paths of scalars alone are tried only while nothing is traced.
    """
    default = config.default_backend
    by_compiler: Callable[[FastPath], Backend] = lambda path: path.entry.backend
    for compiler, group in groupby(reversed(paths), by_compiler):
        latest_first = list(group)[::-1]
        always = [path.call for path in latest_first if not path.of_scalars]
        scalars = [path for path in latest_first if path.of_scalars]
        quiet = [path.call for path in scalars if path.entry.arrays.name == default]
        if always or quiet:
            otherwise = compiler.first_of(always, quiet, otherwise)
    return otherwise
