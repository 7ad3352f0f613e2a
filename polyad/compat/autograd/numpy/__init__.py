"""`autograd.numpy`: NumPy's functions, which take traced arrays."""

from __future__ import annotations

from typing import Any

import numpy as _np

from .... import numpy as _numpy
from ....errors import PolyadValueError as _ValueError
from ....ir import user_location as _user_location
from ....ir import where as _line
from .._spelling import door, is_traced
from ..extend import known_of
from . import fft as fft
from . import linalg as linalg


def make_diagonal(D: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Diagonal matrices of the entries along the last axis: `offset` 0, `axis1` -1, `axis2` -2."""
    if (offset, axis1, axis2) != (0, -1, -2):
        raise _ValueError(
            "make_diagonal: autograd's takes offset=0, axis1=-1, axis2=-2 only"
            f"{_line(_user_location())}\n  Write them, and move the axes by numpy.moveaxis."
        )
    return D[..., None] * _np.eye(_np.shape(D)[-1])


def where(*condition: Any, **named: Any) -> Any:
    """`numpy.where(condition, x, y)`, also by these names; of one bool, and no arrays, `x` or
    `y` as it is.
    """
    given = dict(zip(("condition", "x", "y"), condition, strict=False)) | named
    plain = not any(hasattr(given.get(name), "dtype") for name in ("x", "y"))
    if plain and isinstance(given.get("condition"), bool) and len(given) == 3:
        return given["x"] if given["condition"] else given["y"]
    choose = _numpy.where if is_traced(*given.values()) else _np.where
    return choose(*(given[name] for name in ("condition", "x", "y") if name in given))


def real_if_close(a: Any, tol: float = 100) -> Any:
    """The real part where the imaginary one is that of rounding, which takes its value."""
    if not is_traced(a):
        return _np.real_if_close(a, tol)
    if a.dtype.kind != "c":
        return a
    return _numpy.real(a) if _np.isrealobj(_np.real_if_close(known_of(a), tol)) else a


def _integers(base: Any) -> Any:
    """NumPy's class of integers, which makes integers of traced arrays, without a derivative."""

    class Integers(base):
        __slots__ = ()

        def __new__(cls, x: Any = 0) -> Any:
            """`x` in this dtype."""
            x = known_of(x)
            traced = is_traced(x)
            return _numpy.astype(x, base.__name__) if traced else base.__new__(cls, x)

    Integers.__name__ = Integers.__qualname__ = base.__name__
    return Integers


OWN = {
    **{name: _integers(getattr(_np, name)) for name in ("int8", "int16", "int32", "int64")},
    "real_if_close": real_if_close,
    "__version__": _np.__version__,
    "fft": fft,
    "linalg": linalg,
    "make_diagonal": make_diagonal,
    "random": _np.random,
    "row_stack": None,
    "where": where,
}
DOOR = door("autograd.numpy", _numpy, own=OWN, native=_np)
OWN["row_stack"] = DOOR.own["row_stack"] = DOOR.get("vstack")


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
