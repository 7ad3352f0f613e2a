"""`autograd.scipy.linalg`."""

from __future__ import annotations

from typing import Any

import scipy.linalg as _native

from .... import numpy as _numpy
from ....errors import ShapeError as _ShapeError
from ....ir import user_location as _user_location
from ....ir import where as _line
from ....scipy import linalg as _linalg
from .._spelling import door, of_known


def _solve_banded(l_and_u: tuple[int, int], ab: Any, b: Any) -> Any:
    """x with a x = b, of a matrix with l diagonals below the main one and u above it, which are the
    rows of `ab` from the highest on: a[i, j] is ab[u + i - j, j]. The cost is that of a full
    matrix.
    """
    (below, above), n = l_and_u, ab.shape[-1]
    if ab.shape[0] != below + above + 1:
        raise _ShapeError(
            f"solve_banded: ab has {below + above + 1} rows, one for each diagonal, not "
            f"{ab.shape[0]}{_line(_user_location())}"
        )
    rows = [
        _numpy.diag(ab[above - k, max(k, 0) : n + min(k, 0)], k) for k in range(-below, above + 1)
    ]
    return _numpy.linalg.solve(sum(rows[1:], rows[0]), b)


OWN = {"solve_banded": of_known(_solve_banded, _native.solve_banded)}
DOOR = door("autograd.scipy.linalg", _linalg, own=OWN, native=_native)


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
