"""The colours of the columns and rows of a pattern."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..pattern import Pattern
from .graphs import Integers

NEUTRAL = -1


class Lines:
    """Columns and rows of a pattern with a colour from 0 for each, or -1."""

    def __init__(
        self, pattern: Pattern, column_colors: Integers, row_colors: Integers, symmetric: bool
    ) -> None:
        self.pattern = pattern
        self.column_colors = fixed(column_colors)
        self.row_colors = fixed(row_colors)
        self.symmetric = symmetric

    @cached_property
    def num_column_colors(self) -> int:
        """The number of products with column seeds (of jvps, for a Jacobian)."""
        return int(self.column_colors.max(initial=NEUTRAL)) + 1

    @cached_property
    def num_row_colors(self) -> int:
        """The number of products with row seeds (of vjps, for a Jacobian)."""
        return int(self.row_colors.max(initial=NEUTRAL)) + 1

    @property
    def num_colors(self) -> int:
        """The number of products in all."""
        return self.num_column_colors + self.num_row_colors

    @property
    def partition(self) -> str:
        """Which lines have colours: "columns", "rows" or "both"."""
        if self.num_row_colors and self.num_column_colors:
            return "both"
        return "rows" if self.num_row_colors else "columns"


def fixed(values: Any) -> NDArray[Any]:
    """The array, which cannot be written to."""
    fixed: NDArray[Any] = np.ascontiguousarray(values).view()
    fixed.flags.writeable = False
    return fixed
