"""Functions of sampled signals: convolution, numerical derivatives and integrals, phases."""

from __future__ import annotations

import math
from typing import Any

from ..errors import PolyadValueError, ShapeError
from ..ir import user_location, where
from ..ir.types import int64
from ..ops import elementwise as e
from ..ops import linalg as l
from ..ops import manipulation as m
from ..ops.windows import windows
from ..texts import shown
from ._core import array_of, axes_of, axis_of, beside_arrays, convert, dtype_of, promoted, shape_of
from ._precision import precise
from .cumulative import cumulative_sum, diff
from .joining import concat
from .manipulation import broadcast_to, ravel, reshape
from .reduction import as_floating, sum

# -- Convolution -----------------------------------------------------------------------------------


@beside_arrays
@precise(2)
def convolve(a: Any, v: Any, mode: str = "full") -> Any:
    """The convolution Σ_j a_j v_(k-j) of two vectors: "full" at every overlap, "same" of the length
    of the longer, "valid" where they overlap completely.

    Raises `ShapeError` for arrays that are no vectors, `PolyadValueError` for empty ones.

    >>> convolve([1.0, 2.0], [1.0, 1.0])
    array([1., 3., 2.])
    """
    a, v, boolean = _vectors("convolve", a, v)
    if shape_of(v)[0] > shape_of(a)[0]:
        a, v = v, a
    found = _slid(a, v, mode, "convolve", True)
    return e.not_equal(found, 0) if boolean else found


@beside_arrays
@precise(2)
def correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    """The cross-correlation Σ_j a_(j+k) conj(v_j) of two vectors, in the modes of `convolve`.

    >>> correlate([1.0, 2.0, 3.0], [0.0, 1.0])
    array([2., 3.])
    """
    a, v, boolean = _vectors("correlate", a, v)
    v = m.flip(e.conj(v), axes=(0,))
    if shape_of(v)[0] > shape_of(a)[0]:
        found = _slid(v, a, mode, "correlate", False)
    else:
        found = _slid(a, v, mode, "correlate", True)
    return e.not_equal(found, 0) if boolean else found


def _vectors(what: str, a: Any, v: Any) -> tuple[Any, Any, bool]:
    """Both in one dtype, booleans as integers; and whether they are these."""
    a, v = promoted([a, v])
    boolean = dtype_of(a).family == "bool"
    if boolean:
        a, v = (e.astype(x, dtype=int64) for x in (a, v))
    for x in (a, v):
        if len(shape_of(x)) != 1:
            raise ShapeError(
                f"{what} takes vectors, not an array of shape {shape_of(x)}{where(user_location())}"
            )
        if shape_of(x)[0] == 0:
            raise PolyadValueError(
                f"{what} takes vectors that are not empty{where(user_location())}"
            )
    return a, v, boolean


def _slid(long: Any, short: Any, mode: str, what: str, in_order: bool) -> Any:
    """The convolution of a vector with one that is no longer: each window of the padded vector
    times the other, reversed.
    """
    n, k = shape_of(long)[0], shape_of(short)[0]
    if mode == "full":
        low, count = k - 1, n + k - 1
    elif mode == "same":
        low, count = k // 2 if in_order else k - 1 - k // 2, n
    elif mode == "valid":
        low, count = 0, n - k + 1
    else:
        raise PolyadValueError(
            f"{what}: mode is 'full', 'same' or 'valid', not {shown(mode)}{where(user_location())}"
        )
    padded = m.pad_axis(long, 0, low, max(count + k - 1 - low - n, 0))
    rows = windows(padded, sizes=(k,), strides=(1,), dilations=(1,))
    return l.dot_general(m.flip(short, axes=(0,)), rows, contracting=((0,), (0,)), batch=((), ()))


# -- Derivatives and integrals of samples ----------------------------------------------------------


@beside_arrays
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Central differences of `f` along each of `axis` (None: all), one-sided ones at the ends, of
    order `edge_order` (1 or 2). A tuple for several axes.

    `varargs` are the spacing: one number for all axes, or for each axis a number or the vector of
    its coordinates.

    Raises `PolyadValueError` for another number of spacings and for too few samples, `ShapeError`
    for coordinates that do not fit.

    >>> gradient([1.0, 4.0, 9.0])
    array([3., 4., 5.])
    """
    f = as_floating(f)
    axes = axes_of(axis, f)
    spacings = _spacings(f, varargs, axes)
    if edge_order not in (1, 2):
        raise PolyadValueError(
            f"gradient: edge_order is 1 or 2, not {edge_order}{where(user_location())}"
        )
    found = [_gradient(f, at, h, edge_order) for at, h in zip(axes, spacings, strict=True)]
    return found[0] if len(found) == 1 else tuple(found)


def _spacings(f: Any, varargs: tuple[Any, ...], axes: tuple[int, ...]) -> list[Any]:
    if len(varargs) not in (0, 1, len(axes)) or (
        len(varargs) == 1 != len(axes) and shape_of(array_of(varargs[0])) != ()
    ):
        raise PolyadValueError(
            f"gradient: a spacing for each of {len(axes)} axes, or one number for all, not "
            f"{len(varargs)}{where(user_location())}"
        )
    real = dtype_of(f).real
    spaced = [array_of(h) for h in varargs or (1.0,)]
    given = [h if dtype_of(h).is_complex else convert(h, real) for h in spaced]
    given = given * len(axes) if len(given) == 1 else given
    for at, h in zip(axes, given, strict=True):
        if shape_of(h) not in ((), (shape_of(f)[at],)):
            raise ShapeError(
                f"gradient: coordinates along axis {at} have shape {shape_of(h)}, expected "
                f"{(shape_of(f)[at],)}{where(user_location())}"
            )
    return given


def _gradient(f: Any, axis: int, h: Any, order: int) -> Any:
    """The parabola through three neighbours; steps a before and b after the middle."""
    n = shape_of(f)[axis]
    if n < order + 1:
        raise PolyadValueError(
            f"gradient: edge_order {order} needs {order + 1} samples along axis {axis}, not "
            f"{n}{where(user_location())}"
        )
    part = lambda first, last: m.slice_axis(f, axis, first, last)
    shape = [1] * len(shape_of(f))
    if shape_of(h) == ():
        steps = broadcast_to(h, (n - 1,))
    else:
        steps = e.subtract(m.slice_axis(h, 0, 1, n), m.slice_axis(h, 0, 0, n - 1))
    shape[axis] = n - 1
    steps = m.reshape(steps, shape=tuple(shape))
    step = lambda first, last: m.slice_axis(steps, axis, first, last)
    slopes = e.divide(e.subtract(part(1, n), part(0, n - 1)), steps)
    slope = lambda first, last: m.slice_axis(slopes, axis, first, last)
    low, high = slope(0, 1), slope(n - 2, n - 1)
    if n == 2:
        return concat([low, high], axis=axis)
    a, b = step(0, n - 2), step(1, n - 1)
    weight = e.divide(a, e.add(a, b))
    before, after = slope(0, n - 2), slope(1, n - 1)
    middle = e.add(before, e.multiply(e.subtract(after, before), weight))
    if order == 2:
        # The parabola's derivative is linear: at its end it is as far from the slope as in the
        # middle, on the other side.
        first, last = (m.slice_axis(middle, axis, k, k + 1) for k in (0, n - 3))
        low = e.subtract(e.multiply(low, 2.0), first)
        high = e.subtract(e.multiply(high, 2.0), last)
    return concat([low, middle, high], axis=axis)


@beside_arrays
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """The integral of samples `y` along `axis` by the trapezoidal rule, at coordinates `x`, or `dx`
    apart.

    >>> trapezoid([1.0, 2.0, 3.0])
    np.float64(4.0)
    """
    y = as_floating(y)
    at = axis_of(axis, len(shape_of(y)))
    n = shape_of(y)[at]
    if x is None:
        steps: Any = dx
    else:
        x = array_of(x)
        steps = diff(x, axis=-1 if len(shape_of(x)) == 1 else axis)
        if len(shape_of(x)) == 1:
            shape = tuple(-1 if k == at else 1 for k in range(len(shape_of(y))))
            steps = reshape(steps, shape) if n != 1 else steps
    if n < 2:
        return sum(m.slice_axis(y, at, 0, 0), axis=at)
    pairs = e.add(m.slice_axis(y, at, 1, n), m.slice_axis(y, at, 0, n - 1))
    return sum(e.multiply(e.multiply(pairs, 0.5), steps), axis=at)


@beside_arrays
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """Differences of neighbours in the flattened array, after `to_begin` and before `to_end`.

    >>> ediff1d([1.0, 2.0, 4.0], to_end=9.0)
    array([1., 2., 9.])
    """
    flat = ravel(ary)
    steps = diff(flat) if shape_of(flat)[0] else flat
    dtype = dtype_of(steps)
    ends = [None if end is None else convert(ravel(end), dtype) for end in (to_begin, to_end)]
    parts = [part for part in (ends[0], steps, ends[1]) if part is not None]
    return concat(parts) if len(parts) > 1 else steps


# -- Phases ---------------------------------------------------------------------------------------


@beside_arrays
def unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: Any = 2 * math.pi) -> Any:
    """`p` along `axis` with steps larger than `discont` (half a period, if not given or less)
    brought to within half a period by adding multiples of `period`.

    >>> unwrap([0.0, 1.0, 7.0], period=6.0)
    array([0., 1., 1.])
    """
    p = array_of(p)
    at, n = axis_of(axis, len(shape_of(p))), shape_of(p)[axis_of(axis, len(shape_of(p)))]
    if n == 0:
        return p
    steps = diff(p, axis=at)
    whole = not dtype_of(p).is_inexact and isinstance(period, int)
    half = period // 2 if whole else period / 2
    wrapped = e.subtract(e.remainder(e.add(steps, half), period), half)
    if not whole or period % 2 == 0:
        edge = e.logical_and(e.equal(wrapped, e.negative(half)), e.greater(steps, 0))
        wrapped = e.where(edge, half, wrapped)
    correction = e.subtract(wrapped, steps)
    limit = half if discont is None else discont
    correction = e.where(e.less(e.abs(steps), limit), 0, correction)
    correction = e.stop_gradient(correction)  # a multiple of the period
    moved = e.add(m.slice_axis(p, at, 1, n), cumulative_sum(correction, axis=at))
    return concat([m.slice_axis(p, at, 0, 1), moved], axis=at)
