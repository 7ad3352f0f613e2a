"""A row of the table."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .peers import LIBRARIES, Library

Thunk = Callable[[], Any]

REHEARSAL = "BENCH_REHEARSAL"
REHEARSED = 12  # the largest size in a rehearsal


def size(full: int) -> int:
    """A length of the data: in a rehearsal a small one, so that a test may run every row.

    >>> size(8)
    8
    """
    return min(full, REHEARSED) if rehearsing() else full


def rehearsing() -> bool:
    """Whether the point is only that every row runs."""
    return bool(os.environ.get(REHEARSAL))


@dataclass(frozen=True)
class Row:
    """A workload, and its targets: polyad's time over each named peer's time is at most so much."""

    name: str
    what: str
    build: Callable[[Library], Thunk]
    targets: Mapping[str, float]
    also: tuple[str, ...] = ()  # peers without a target
    others: dict[str, Callable[[], Thunk]] = field(default_factory=dict)
    float64: bool = True
    rtol: float = 1e-9
    first_call: bool = False
    warm: bool = False  # polyad's first call finds the code of an earlier process on disk
    whole: bool = False  # a first call counts from the import of the library on
    memory: bool = False  # large enough for its peak memory to say something
    sweep: str = ""  # the curve it is a point of
    size: int = 0  # and where it stands on it

    @property
    def contenders(self) -> tuple[str, ...]:
        """The labels of all that are timed."""
        return ("polyad", *self.targets, *self.also)

    def thunk(self, label: str) -> Thunk:
        """The timed function of `label`, with its data made and nothing called yet."""
        if label in self.others:
            return self.others[label]()
        return self.build(LIBRARIES[label]())
