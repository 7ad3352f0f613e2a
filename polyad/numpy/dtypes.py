"""Functions about dtypes."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from .. import execution
from ..errors import PolyadTypeError
from ..ir import DType, as_dtype
from ..ops import promotion
from ..ops.promotion import is_weak
from ..texts import shown
from ._core import dtype_of
from ._out import castable

_KINDS: dict[str, tuple[str, ...]] = {
    "bool": ("bool",),
    "signed integer": ("int",),
    "unsigned integer": ("uint",),
    "integral": ("int", "uint"),
    "real floating": ("float",),
    "complex floating": ("complex",),
    "numeric": ("int", "uint", "float", "complex"),
}


class FloatInfo(NamedTuple):
    """The result of `finfo`."""

    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    dtype: DType

    @property
    def tiny(self) -> float:
        return self.smallest_normal

    @property
    def smallest_subnormal(self) -> float:
        """The least number above 0."""
        return self.smallest_normal * self.eps

    @property
    def epsneg(self) -> float:
        """The distance from 1 to the next smaller number."""
        return self.eps / 2

    @property
    def nmant(self) -> int:
        """The bits of the mantissa."""
        return self.dtype.mantissa

    @property
    def nexp(self) -> int:
        """The bits of the exponent."""
        return self.bits - 1 - self.nmant

    @property
    def machep(self) -> int:
        """The exponent of `eps`."""
        return -self.nmant

    @property
    def negep(self) -> int:
        """The exponent of `epsneg`."""
        return -self.nmant - 1

    @property
    def maxexp(self) -> int:
        """The least power of 2 that is too large."""
        return int(2 ** (self.nexp - 1))

    @property
    def minexp(self) -> int:
        """The exponent of the least normal number."""
        return 2 - self.maxexp

    @property
    def precision(self) -> int:
        """The decimal digits that are kept."""
        return int(-math.log10(self.eps))

    @property
    def resolution(self) -> float:
        """10 to the power of minus `precision`."""
        return float(10.0**-self.precision)


class IntegerInfo(NamedTuple):
    """The result of `iinfo`."""

    bits: int
    max: int
    min: int
    dtype: DType


def _given(x: Any) -> DType:
    has_dtype = (
        not isinstance(x, type | str | DType) and hasattr(x, "dtype") and hasattr(x, "shape")
    )
    return dtype_of(x) if has_dtype else as_dtype(x)


def finfo(type: Any, /) -> FloatInfo:
    """Machine limits of a floating (or complex) dtype.

    >>> finfo("float32").eps
    1.1920928955078125e-07
    """
    found = _given(type).real
    if not found.is_floating:
        raise PolyadTypeError(f"finfo is about floating dtypes, not {found}")
    eps, largest, smallest = found.limits
    return FloatInfo(found.bits, eps, largest, -largest, smallest, found)


def iinfo(type: Any, /) -> IntegerInfo:
    """Machine limits of an integer dtype.

    >>> iinfo("int8").max
    127
    """
    found = _given(type)
    if not found.is_integer:
        raise PolyadTypeError(f"iinfo is about integer dtypes, not {found}")
    if found.family == "uint":
        return IntegerInfo(found.bits, 2**found.bits - 1, 0, found)
    return IntegerInfo(found.bits, 2 ** (found.bits - 1) - 1, -(2 ** (found.bits - 1)), found)


def isdtype(dtype: Any, kind: Any) -> bool:
    """Whether `dtype` is of a kind ("real floating", "integral", …), is a dtype, or any of a tuple
    of these.
    """
    found = as_dtype(dtype)
    if isinstance(kind, tuple):
        return any(isdtype(found, part) for part in kind)
    if isinstance(kind, str) and kind in _KINDS:
        return found.family in _KINDS[kind]
    if isinstance(kind, str) and kind not in DType.by_name:
        raise PolyadTypeError(f"isdtype knows the kinds {', '.join(_KINDS)}; not {shown(kind)}")
    return found is as_dtype(kind)


def result_type(*arrays_and_dtypes: Any) -> DType:
    """The dtype that an operation on these gives.

    >>> result_type("int32", "float32")
    float32
    """
    strong: list[DType] = []
    weak: list[DType] = []
    for x in arrays_and_dtypes:
        (weak if is_weak(x) else strong).append(
            promotion.python_dtype(x) if type(x) in execution.SCALARS else _given(x)
        )
    return promotion.promote(strong, weak)


def promote_types(type1: Any, type2: Any, /) -> DType:
    """The dtype to which two dtypes are promoted.

    >>> promote_types("int32", "float32")
    float32
    """
    return promotion.promote([as_dtype(type1), as_dtype(type2)])


def can_cast(from_: Any, to: Any, casting: str = "safe") -> bool:
    """Whether NumPy's casting rule of that name leads from the dtype `from_` to `to`.

    >>> can_cast("int64", "float32"), can_cast("int64", "float32", "same_kind")
    (False, True)
    """
    return castable(_given(from_), as_dtype(to), casting)
