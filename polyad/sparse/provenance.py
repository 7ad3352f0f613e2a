"""The reasons of a pattern's entries: operations, and the user's lines."""

from __future__ import annotations

from typing import Protocol


class Provenance(Protocol):
    """The answers to `Pattern.why`."""

    def path(self, row: int, col: int) -> str:
        """The operations from input `col` to output `row`."""

    def densest(self) -> str:
        """The line that makes the pattern densest."""
