"""Operands of traced arrays that are no arrays: a layer above says which it takes, and what an
operator means by them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_FAMILIES: list[tuple[Callable[[Any], bool], Callable[[str, Any, Any], Any]]] = []


def install(belongs: Callable[[Any], bool], operate: Callable[[str, Any, Any], Any]) -> None:
    """Hand in a family of operands: whether a value belongs to it, and what the operator of that
    name gives for two operands of which one does.
    """
    _FAMILIES.append((belongs, operate))


def operate(name: str, left: Any, right: Any) -> Any:
    """The operator of that name; NotImplemented where neither operand belongs to a family."""
    for belongs, meaning in _FAMILIES:
        if belongs(left) or belongs(right):
            return meaning(name, left, right)
    return NotImplemented
