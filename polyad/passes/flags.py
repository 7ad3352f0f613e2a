"""Sequences taken apart and put together by flags, one for each item."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")
Flags = tuple[bool, ...]


def chosen(items: Sequence[T], flags: Sequence[bool]) -> list[T]:
    """The flagged items."""
    return [x for x, flag in zip(items, flags, strict=True) if flag]


def merged(flags: Sequence[bool], yes: Iterable[T], no: Iterable[T]) -> list[T]:
    """An item of `yes` for each true flag, and one of `no` for each other."""
    left, right = iter(yes), iter(no)
    return [next(left) if flag else next(right) for flag in flags]


def present(items: Iterable[T | None]) -> list[T]:
    """The items that are not None."""
    return [x for x in items if x is not None]


def filled(flags: Sequence[bool], items: Iterable[T]) -> list[T | None]:
    """An item for each true flag, None for each other."""
    left = iter(items)
    return [next(left) if flag else None for flag in flags]
