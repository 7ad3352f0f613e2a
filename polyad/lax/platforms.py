"""Functions that JAX has for compilers and platforms: here they call what they are given."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..texts import shown
from ._arguments import refuse, refuse_type

F = Callable[..., Any]


def composite(decomposition: F, name: str, version: int = 0) -> F:
    """`decomposition`, under a name: a compiler of JAX's may have an operation of that name.

    >>> composite(lambda x, *, by: x + by, "my.add")(1.0, by=2.0)
    3.0
    """
    if not callable(decomposition) or not isinstance(name, str):
        refuse_type(
            f"composite: a function and its name, not {shown(decomposition)}, {shown(name)}"
        )

    @functools.wraps(decomposition)
    def call(*args: Any, **attributes: Any) -> Any:
        return decomposition(*args, **attributes)

    return call


def optimization_barrier(operand: Any, /) -> Any:
    """`operand`: nothing is moved that would need a barrier.

    >>> optimization_barrier((1.0, 2.0))
    (1.0, 2.0)
    """
    return operand


def platform_dependent(*args: Any, default: F | None = None, **per_platform: F) -> Any:
    """The result of the function for the platform "cpu", or of `default`.

    Raises `PolyadValueError` if there is neither.

    >>> platform_dependent(2.0, cpu=lambda x: x + 1, cuda=lambda x: x + 2)
    3.0
    """
    chosen = per_platform.get("cpu", default)
    if chosen is None:
        refuse(
            f"platform_dependent: there is no function for the platform cpu among "
            f"{sorted(per_platform)}, and no default"
        )
    return chosen(*args)
