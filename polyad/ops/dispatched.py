"""An op of the array dialect as calls see it: the base of its definition, below the calls."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from ..ir import ArrayType, Definition
from .types import Implementation, Operand


class Dispatched(Definition):
    """The part of a definition that calls read; see `OpDefinition`, which sets all of it."""

    elementwise: bool
    stays = False
    """Whether it belongs to the trace in which it is called, whatever its operands are."""
    accepts: str
    unpromoted: int
    gated: bool
    fallible: bool
    takes: set[str]
    of_booleans: Callable[..., Operand] | None
    prepared: dict[Hashable, tuple[ArrayType, ...] | None]
    direct: dict[type, dict[Hashable, Implementation]]
