"""`autograd.builtins`: Python's own, which hold traced arrays as they are."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from ...tracer import Tracer

dict = builtins.dict
list = builtins.list
tuple = builtins.tuple


def _numpys(kind: Any) -> bool:
    return isinstance_(kind, builtins.type) and issubclass(np.ndarray, kind)


def isinstance_(value: Any, kinds: Any) -> bool:
    """Python's `isinstance`."""
    return builtins.isinstance(value, kinds)


def isinstance(value: Any, kinds: Any) -> bool:
    """Python's `isinstance`, for which a traced array is an ndarray.

    >>> import numpy as np
    >>> isinstance(np.ones(2), np.ndarray), isinstance([1.0], (tuple, np.ndarray))
    (True, False)
    """
    if isinstance_(value, Tracer):
        given = kinds if isinstance_(kinds, builtins.tuple) else (kinds,)
        scalar = value.type.shape == () and any(k in (float, np.float64) for k in given)
        return scalar or any(map(_numpys, given)) or isinstance_(value, kinds)
    return isinstance_(value, kinds)


def type(value: Any) -> Any:
    """Python's `type`, which is ndarray for a traced array."""
    return np.ndarray if isinstance_(value, Tracer) else builtins.type(value)
