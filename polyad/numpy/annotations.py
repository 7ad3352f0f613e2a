"""Names for annotations and `isinstance`: ndarray, dtype."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import execution
from ..errors import PolyadTypeError
from ..ir import DType, Handle, as_dtype, user_location, where


class _AnyArray(type):
    """Arrays of all backends, and traced ones, are instances."""

    def __instancecheck__(cls, instance: Any) -> bool:
        if isinstance(instance, Handle | np.ndarray):
            return True
        return execution.backend_of(instance) is not None and not execution.is_scalar(instance)


class ndarray(metaclass=_AnyArray):
    """Any array that polyad takes, NumPy's, a tensor, or a traced one: for annotations, and for
    `isinstance`. Arrays are made by `array`, `zeros` and their like.

    >>> import numpy as np
    >>> isinstance(np.ones(2), ndarray), isinstance(1.0, ndarray)
    (True, False)
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        raise PolyadTypeError(
            f"polyad.numpy.ndarray makes no arrays{where(user_location())}\n  Use "
            "polyad.numpy.array, zeros or empty."
        )


class _AnyDType(type):
    """polyad's dtypes and NumPy's are instances."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, DType | np.dtype)


class dtype(metaclass=_AnyDType):
    """The dtype of a name or of another library's dtype: `dtype("float32")`.

    >>> import numpy as np
    >>> dtype("float32") == np.float32, isinstance(np.ones(1).dtype, dtype)
    (True, True)
    """

    def __new__(cls, dtype: Any) -> Any:
        return as_dtype(dtype)


def issubdtype(arg1: Any, arg2: Any) -> bool:
    """Whether a dtype is, or is of a kind: NumPy's `floating`, `integer`, `inexact`, …

    >>> import numpy as np
    >>> issubdtype("float32", np.floating), issubdtype(np.int8, np.inexact)
    (True, False)
    >>> issubdtype("bfloat16", np.floating), issubdtype("bfloat16", "float16")
    (True, False)
    """
    if _is_bfloat16(arg1) or _is_bfloat16(arg2):  # which NumPy does not know for a float
        kind = isinstance(arg2, type) and arg2.__module__ == "numpy"
        return _is_bfloat16(arg2) if not kind else issubclass(np.float16, arg2)
    plain = lambda x: np.dtype(x.name) if isinstance(x, DType) else x
    return bool(np.issubdtype(plain(arg1), plain(arg2)))


def _is_bfloat16(given: Any) -> bool:
    return getattr(given, "__name__", None) == "bfloat16" or str(given) == "bfloat16"
