"""Fast paths of a jitted function: from arguments like those of an earlier call to compiled code,
with no Python code of polyad in between.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from ... import execution, trace_stack
from ...config import config
from ...execution import Backend, Example, Placement
from ...ir import user_location, where

log = logging.getLogger("polyad")


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
) -> tuple[list[FastPath], str]:
    """The paths that hold under the present settings, and in front of them a new one for calls like
    `example`; and the obstacle in the way of one, or an empty text.
    """
    paths = [path for path in paths if path.version == config.version]
    obstacle = obstacle_of(entry) or obstacle_among(entry, example, placed)
    if obstacle:
        return paths, obstacle
    given = on_host((*example.leaves, *example.captured), entry.arrays)
    code = entry.run.code_for(given)
    if any(path.code is code and path.entry is entry for path in paths):
        return paths, code.misfit(given)  # it did not take the call
    call = code.caller(example)
    if call is None:
        return paths, f"backend {entry.backend.name!r} gives no fast path for such arguments"
    of_scalars = all(map(execution.is_scalar, example.leaves))
    if of_scalars and placed.backend.defaults() is not None:
        return paths, f"the defaults of {placed.backend.name!r} say of what dtype numbers are"
    return [FastPath(entry, code, call, of_scalars), *paths], ""


def obstacle_of(entry: Any) -> str:
    """The obstacle in the way of a fast path to the code that is there for any arguments, or an
    empty text.
    """
    if entry.function.stays:
        return "it has effects (callbacks, prints), which Python runs"
    if isinstance(entry.run, execution.Interpreted):
        return f"backend {entry.backend.name!r} runs it op by op"
    return str(entry.run.obstacle)


def obstacle_among(entry: Any, example: Example, placed: Placement) -> str:
    """The obstacle among the arguments: compiled code may take them as they are, and give results
    as they are to be, if both are arrays of a backend that the code takes.
    """
    owner = placed.backend
    if owner is not entry.arrays:
        taken = owner.name in entry.backend.callers_take
        given = (*example.leaves, *example.captured)
        if not taken or not any(map(owner.owns, given)) or not owner.on_host(given):
            return f"its arrays are those of backend {owner.name!r}, which the code does not take"
    if entry.has_histories():
        return "it closes over tensors with a history of PyTorch's autograd"
    for i, x in enumerate(example.leaves):
        if type(x) not in execution.SCALARS and not owner.owns(x):
            return (
                f"leaf {i} of its arguments is a {type(x).__name__}, and no array of {owner.name!r}"
            )
    return ""


def tell(name: str, obstacle: str, level: int) -> None:
    """Log that calls of a function go through Python, and why."""
    log.log(
        level,
        "jit: calls of %s go through Python, and take tens of microseconds: %s%s",
        name,
        obstacle,
        where(user_location()),
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
