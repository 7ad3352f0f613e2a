"""Colours of columns by their number alone: for bands and lattices."""

from __future__ import annotations

import numpy as np

from ..pattern import Pattern
from .graphs import Integers
from .recovery import alone


def cyclic(pattern: Pattern, count: int) -> Integers | None:
    """The number of each column modulo `count`, if no two columns of one colour meet in a row. It
    is so for a band of `count` diagonals, for which no colouring has fewer.
    """
    if not pattern.nnz:
        return None
    sums = pattern.rows.astype(np.int64) * count + pattern.cols % count
    sample = sums[: 8 * count]
    if not alone(sample, np.ones(len(sample), bool)).all():
        return None
    if not alone(sums, np.ones(len(sums), bool)).all():
        return None
    colors: Integers = (np.arange(pattern.shape[1]) % count).astype(np.int32)
    return colors
