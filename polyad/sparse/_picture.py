"""A picture of a pattern in braille characters: two columns and four rows of dots each."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 40, 20  # of a picture at most, in characters

_BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])


def picture(shape: tuple[int, int], rows: NDArray[Any], cols: NDArray[Any]) -> list[str]:
    """The lines of a picture in which a dot says that there is an entry in its part of the
    matrix.
    """
    height, width = shape
    if not height or not width or not len(rows):
        return []
    scale = min(1.0, 2 * WIDTH / width, 4 * HEIGHT / height)
    down, across = max(1, round(height * scale)), max(1, round(width * scale))
    dots = np.zeros((-(-down // 4) * 4, -(-across // 2) * 2), np.bool_)
    i = rows.astype(np.int64) * down // height
    j = cols.astype(np.int64) * across // width
    dots[i, j] = True
    cells = dots.reshape(dots.shape[0] // 4, 4, dots.shape[1] // 2, 2)
    codes = 0x2800 + (cells * _BITS[None, :, None, :]).sum(axis=(1, 3))
    return ["".join(map(chr, line)) for line in codes]
