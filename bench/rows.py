"""A row of the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .peers import LIBRARIES, Library

Thunk = Callable[[], Any]


@dataclass(frozen=True)
class Row:
    """A workload, and its target: polyad's time over the first peer's time is at most `target`."""

    name: str
    what: str
    build: Callable[[Library], Thunk]
    peers: tuple[str, ...]
    target: float
    others: dict[str, Callable[[], Thunk]] = field(default_factory=dict)
    float64: bool = True
    rtol: float = 1e-9
    first_call: bool = False
    warm: bool = False  # polyad's first call finds the code of an earlier process on disk

    @property
    def contenders(self) -> tuple[str, ...]:
        """The labels of all that are timed; the target compares the first two."""
        return ("polyad", *self.peers)

    def thunk(self, label: str) -> Thunk:
        """What is timed for `label`, with its data made and nothing called yet."""
        if label in self.others:
            return self.others[label]()
        return self.build(LIBRARIES[label]())
