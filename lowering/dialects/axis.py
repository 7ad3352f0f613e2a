"""The ops of `kernel` that work along one axis, or add at positions of a map."""

from __future__ import annotations

from polyad.ir import ArrayType, Definition, Shape, Type
from polyad.ir.types import int64

from .affine import Map
from .operands import element, shape_of, split

SCANS = ("sum", "prod", "max", "min", "logsumexp")
SCATTER_MODES = ("set", "add", "multiply", "min", "max")


def scatter_type(
    x: Type, indices: Type, updates: Type, *destination: Type, axis: int, mode: str
) -> tuple[ArrayType, ...]:
    """x with the slices of `updates` combined into it, in order, at `indices`; slices out of range
    are dropped.
    """
    check_indexed(x, indices, axis)
    shape = shape_of(x)
    expected = (*shape[:axis], shape_of(indices)[0], *shape[axis + 1 :])
    if shape_of(updates) != expected or element(updates) is not element(x):
        raise TypeError(f"updates of {x} must have shape {expected} and its dtype, not {updates}")
    if mode not in SCATTER_MODES:
        raise ValueError(f"mode is one of {', '.join(SCATTER_MODES)}, not {mode!r}")
    return split((x, indices, updates, *destination), (element(x).with_shape(shape),), 3)


def scatter_into_type(
    indices: Type, updates: Type, x: Type, *, axis: int, mode: str
) -> tuple[ArrayType, ...]:
    """`scatter`, into the buffer of x itself."""
    return scatter_type(x, indices, updates, x, axis=axis, mode=mode)


def add_at_type(x: Type, *destination: Type, shape: Shape, at: Map) -> tuple[ArrayType, ...]:
    """Zeros of `shape`, to which each element of x is added at `at` of its index."""
    if not at.fits(shape_of(x), shape):
        raise ValueError(f"{at} leads {x} outside {shape}")
    return split((x, *destination), (element(x).with_shape(shape),), 1)


def check_indexed(x: Type, indices: Type, axis: int) -> None:
    if len(shape_of(indices)) != 1 or not element(indices).dtype.is_integer:
        raise TypeError(f"indices must be a 1-d array of integers, not {indices}")
    if not 0 <= axis < len(shape_of(x)):
        raise ValueError(f"axis {axis} is out of range for {x}")


def scan_type(x: Type, *destination: Type, axis: int, combine: str) -> tuple[ArrayType, ...]:
    """Running totals along `axis`."""
    if not 0 <= axis < len(shape_of(x)) or combine not in SCANS:
        raise ValueError(
            f"a scan of {x} needs one of its axes and one of {', '.join(SCANS)}, not {axis} and "
            f"{combine!r}"
        )
    return split((x, *destination), (element(x).with_shape(shape_of(x)),), 1)


def arg_type(x: Type, *destination: Type, axis: int, extremum: str) -> tuple[ArrayType, ...]:
    """The first index along `axis` of the greatest or least element; a NaN counts as both."""
    shape = shape_of(x)
    if not 0 <= axis < len(shape) or shape[axis] == 0 or extremum not in ("max", "min"):
        raise ValueError(
            f"the place of an extremum of {x} needs a non-empty axis and max or min, "
            f"not {axis} and {extremum!r}"
        )
    return split((x, *destination), (ArrayType(int64, (*shape[:axis], *shape[axis + 1 :])),), 1)


def search_type(x: Type, wanted: Type, *destination: Type, side: str) -> tuple[ArrayType, ...]:
    """For each of `wanted` the number of elements of the ascending vector x that are less (from the
    right: less or equal); NaN is the largest number.
    """
    if len(shape_of(x)) != 1 or element(x) is not element(wanted) or element(x).dtype.is_complex:
        raise TypeError(
            f"a search takes a vector and an array of one real dtype, not {x}, {wanted}"
        )
    if side not in ("left", "right"):
        raise ValueError(f"a search is from the left or the right, not {side!r}")
    return split((x, wanted, *destination), (ArrayType(int64, shape_of(wanted)),), 2)


scatter = Definition("kernel.scatter", scatter_type)
scatter_into = Definition("kernel.scatter_into", scatter_into_type, effects=True)
add_at = Definition("kernel.add_at", add_at_type)
scan = Definition("kernel.scan", scan_type)
arg = Definition("kernel.arg", arg_type)
search = Definition("kernel.search", search_type)
