"""The arrays that derivative rules close over."""

from __future__ import annotations

from typing import Any

import numpy as np

from polyad.execution import get_backend
from polyad.ir import Op


def closed_over(op: Op) -> Any:
    """The array of a `kernel.constant`, as a contiguous one of NumPy's."""
    reference = op.attrs["array"]
    array = get_backend("numpy").asarray(reference.array, reference.type.dtype)
    return np.ascontiguousarray(array)
