"""The speed of this machine: of memory, by a copy; of arithmetic, by a product of matrices."""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np

from .. import api
from ..execution import now

COPIED = 1 << 25
"""Bytes that are copied, more than a cache holds."""
ROWS = 768
TRIES = 4


class Peaks(NamedTuple):
    """Bytes a nanosecond (GB/s), and operations a nanosecond (Gflop/s) in double precision."""

    bandwidth: float
    arithmetic: float


@functools.cache
def peaks() -> Peaks:
    """The speeds, measured once in a process: the best of some tries each."""
    source, target = np.ones(COPIED // 8), np.zeros(COPIED // 8)
    copying = min(_time(lambda: np.copyto(target, source)) for _ in range(TRIES))
    matrix = np.ones((ROWS, ROWS))
    product = api.jit(lambda x: x @ x)
    product(matrix)
    multiplying = min(_time(lambda: product(matrix)) for _ in range(TRIES))
    return Peaks(2 * COPIED / copying, 2 * ROWS**3 / multiplying)


def _time(call: object) -> int:
    assert callable(call)
    start = now()
    call()
    return max(1, now() - start)
