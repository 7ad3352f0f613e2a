"""The piecewise polynomials of `scipy.interpolate`, as adopted code has them.

SciPy's own evaluate in C, and choose slopes by masks whose values they ask for. These are the same
formulas with selections in the place of masks, so they are differentiated, batched and compiled, by
the data, the breakpoints and the points. Breakpoints that are not known are not checked for their
order.

Slopes: F. N. Fritsch, J. Butland, A method for constructing local monotone piecewise cubic
interpolants, SIAM J. Sci. Comput. 5 (1984), https://doi.org/10.1137/0905021, with the end slopes of
C. Moler, Numerical Computing with MATLAB, 2004, 3.6; H. Akima, A new method of interpolation and
smooth curve fitting based on local procedures, J. ACM 17 (1970), https://doi.org/10.1145/321607.321609.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

from .. import numpy as pnp
from ..errors import ConcretizationError, PolyadTypeError, PolyadValueError
from ..ir import user_location, where
from ..numpy._core import known_values
from ..texts import shown


class PPoly:
    """Polynomials on intervals: of the coefficients `c`, from the highest power on, along the first
    axis, one for each interval between breakpoints `x` along the second.
    """

    def __init__(self, c: Any, x: Any, extrapolate: Any = None, axis: int = 0) -> None:
        c, self.x = pnp.asarray(c), _doubles(x)
        self.extrapolate = True if extrapolate is None else extrapolate
        self.axis = axis
        self.c = pnp.moveaxis(c, (axis, axis + 1), (0, 1)) if axis else c
        if self.x.ndim != 1 or self.c.shape[1] != self.x.shape[0] - 1:
            raise PolyadValueError(
                f"coefficients of shape {self.c.shape} do not fit breakpoints of shape "
                f"{self.x.shape}{where(user_location())}"
            )

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"{type(self).__name__} has no {name!r} in adopted code: values, derivative, "
            f"antiderivative and integrate are followed{where(user_location())}"
        )

    def __call__(self, x: Any, nu: int = 0, extrapolate: Any = None) -> Any:
        """The values, or those of the derivative of order `nu`, at points."""
        if nu < 0:
            return self.antiderivative(-nu)(x, 0, extrapolate)
        extrapolate = self.extrapolate if extrapolate is None else extrapolate
        points, knots = _doubles(x), self.x
        at = pnp.ravel(points)
        if isinstance(extrapolate, str):
            _check_word(extrapolate)
            at, extrapolate = knots[0] + (at - knots[0]) % (knots[-1] - knots[0]), False
        place = pnp.clip(pnp.searchsorted(knots, at, side="right") - 1, 0, self.c.shape[1] - 1)
        found = self._horner(place, at - knots[place], nu)
        if not extrapolate:
            inside = (at >= knots[0]) & (at <= knots[-1])
            found = pnp.where(_beside(inside, found), found, pnp.nan)
        found = pnp.reshape(found, points.shape + self.c.shape[2:])
        first = points.ndim
        order = list(range(found.ndim))
        end = first + self.axis
        return pnp.transpose(found, order[first:end] + order[:first] + order[end:])

    def _horner(self, place: Any, shift: Any, nu: int) -> Any:
        """The polynomials of intervals, at distances from their starts."""
        last = self.c.shape[0] - 1
        found = 0 * self.c[0][place]
        for k in range(last + 1 - nu):
            factor = math.perm(last - k, nu)
            found = found * _beside(shift, found) + factor * self.c[k][place]
        return found

    def derivative(self, nu: int = 1) -> PPoly:
        """The derivative of order `nu`."""
        if nu < 0:
            return self.antiderivative(-nu)
        last = self.c.shape[0] - 1
        rows = [math.perm(last - k, nu) * self.c[k] for k in range(last + 1 - nu)]
        return self._alike(pnp.stack(rows or [0 * self.c[0]]))

    def antiderivative(self, nu: int = 1) -> PPoly:
        """The antiderivative of order `nu`, continuous, and 0 at the first breakpoint."""
        if nu <= 0:
            return self.derivative(-nu)
        count = self.c.shape[0]
        rows = [self.c[k] / (count - k) for k in range(count)]
        length = _beside(pnp.diff(self.x), self.c[0])
        whole = 0 * self.c[0]
        for row in rows:
            whole = (whole + row) * length
        start = pnp.concatenate([0 * whole[:1], pnp.cumsum(whole, axis=0)[:-1]])
        return self._alike(pnp.stack([*rows, start])).antiderivative(nu - 1)

    def integrate(self, a: Any, b: Any, extrapolate: Any = None) -> Any:
        """The integral from a to b."""
        extrapolate = self.extrapolate if extrapolate is None else extrapolate
        if isinstance(extrapolate, str):
            raise PolyadTypeError(f"integrate: periodic is not followed{where(user_location())}")
        whole = self.antiderivative()
        return whole(b, 0, extrapolate) - whole(a, 0, extrapolate)

    def _alike(self, c: Any) -> PPoly:
        """Other coefficients on the same intervals."""
        made = PPoly(c, self.x, self.extrapolate)
        made.axis = self.axis
        return made


class CubicHermiteSpline(PPoly):
    """The cubic pieces with the values `y` and the slopes `dydx` at x."""

    def __init__(self, x: Any, y: Any, dydx: Any, axis: int = 0, extrapolate: Any = None) -> None:
        x, y, axis = _data(x, y, axis)
        self._fill(x, y, pnp.moveaxis(pnp.asarray(dydx), axis, 0), axis, extrapolate)

    def _fill(self, x: Any, y: Any, slopes: Any, axis: int, extrapolate: Any) -> None:
        h = _beside(pnp.diff(x), y)
        mean = pnp.diff(y, axis=0) / h
        excess = (slopes[:-1] + slopes[1:] - 2 * mean) / h
        c = pnp.stack([excess / h, (mean - slopes[:-1]) / h - excess, slopes[:-1], y[:-1]])
        PPoly.__init__(self, c, x, extrapolate)
        self.axis = axis


class PchipInterpolator(CubicHermiteSpline):
    """The monotonic cubic pieces through y at x."""

    def __init__(self, x: Any, y: Any, axis: int = 0, extrapolate: Any = None) -> None:
        x, y, axis = _data(x, y, axis)
        _check_real("PchipInterpolator", y)
        self._fill(x, y, _monotonic(_beside(pnp.diff(x), y), y), axis, extrapolate)


class Akima1DInterpolator(CubicHermiteSpline):
    """The cubic pieces through y at x with Akima's slopes, or with the modified ones ("makima")."""

    def __init__(
        self, x: Any, y: Any, axis: int = 0, *, method: str = "akima", extrapolate: Any = None
    ) -> None:
        if method not in ("akima", "makima"):
            raise PolyadValueError(f"method is akima or makima, not {shown(method)}")
        x, y, axis = _data(x, y, axis)
        _check_real("Akima1DInterpolator", y)
        slopes = _local(_beside(pnp.diff(x), y), y, method == "makima")
        self._fill(x, y, slopes, axis, False if extrapolate is None else extrapolate)


def pchip_interpolate(xi: Any, yi: Any, x: Any, der: int = 0, axis: int = 0) -> Any:
    """The monotonic interpolant, or its derivative of order `der`, at points."""
    found = PchipInterpolator(xi, yi, axis)
    return [found(x, nu) for nu in der] if isinstance(der, list | tuple) else found(x, der)


CLASSES = {
    kind.__name__: kind
    for kind in (PPoly, CubicHermiteSpline, PchipInterpolator, Akima1DInterpolator)
}
"""The classes that stand for those of the same name in `scipy.interpolate`."""


# -- Slopes ----------------------------------------------------------------------------------------


def _monotonic(h: Any, y: Any) -> Any:
    """Weighted harmonic means of the neighbours' slopes; 0 at an extremum."""
    m = pnp.diff(y, axis=0) / h
    if y.shape[0] == 2:
        return pnp.concatenate([m, m])
    flat = (pnp.sign(m[1:]) != pnp.sign(m[:-1])) | (m[1:] == 0) | (m[:-1] == 0)
    before, after = pnp.where(flat, 1.0, m[:-1]), pnp.where(flat, 1.0, m[1:])
    w1, w2 = 2 * h[1:] + h[:-1], h[1:] + 2 * h[:-1]
    inner = pnp.where(flat, 0.0, (w1 + w2) / (w1 / before + w2 / after))
    first, last = _end(h[0], h[1], m[0], m[1]), _end(h[-1], h[-2], m[-1], m[-2])
    return pnp.concatenate([first[None], inner, last[None]])


def _end(h0: Any, h1: Any, m0: Any, m1: Any) -> Any:
    """The slope at an end by three points, kept to the shape of the data."""
    d = ((2 * h0 + h1) * m0 - h0 * m1) / (h0 + h1)
    turns = pnp.sign(d) != pnp.sign(m0)
    steep = (pnp.sign(m0) != pnp.sign(m1)) & (pnp.abs(d) > 3 * pnp.abs(m0))
    return pnp.where(turns, 0.0, pnp.where(steep, 3 * m0, d))


def _local(h: Any, y: Any, modified: bool) -> Any:
    """Akima's means of the neighbours' slopes, weighted by the changes beyond them."""
    m = pnp.diff(y, axis=0) / h
    if y.shape[0] == 2:
        return pnp.concatenate([m, m])
    for _ in range(2):
        m = pnp.concatenate([2 * m[:1] - m[1:2], m, 2 * m[-1:] - m[-2:-1]])
    change = pnp.abs(pnp.diff(m, axis=0))
    right, left = change[2:], change[:-2]
    if modified:
        size = 0.5 * pnp.abs(m[1:] + m[:-1])
        right, left = right + size[2:], left + size[:-2]
    total = right + left
    clear = total > 1e-9 * pnp.max(total)
    share = pnp.where(clear, left, 0.0) / pnp.where(clear, total, 1.0)
    return pnp.where(clear, m[1:-2] + share * (m[2:-1] - m[1:-2]), 0.5 * (m[3:] + m[:-3]))


# -- Arguments -------------------------------------------------------------------------------------


def _data(x: Any, y: Any, axis: int) -> tuple[Any, Any, int]:
    """Breakpoints, data with their axis in front, and the number of that axis."""
    x, y = _doubles(x), pnp.asarray(y)
    y = y if pnp.iscomplexobj(y) else _doubles(y)
    axis = axis % y.ndim
    if x.ndim != 1 or x.shape[0] < 2 or y.shape[axis] != x.shape[0]:
        raise PolyadValueError(
            f"breakpoints of shape {x.shape} do not fit data of shape {y.shape} along axis {axis}"
            f"{where(user_location())}"
        )
    try:
        values = known_values(x, "the breakpoints", "")
    except ConcretizationError:  # a trace that does not know them
        values = []
    if any(b <= a for a, b in itertools.pairwise(values)):
        raise PolyadValueError(f"`x` must be strictly increasing{where(user_location())}")
    return x, pnp.moveaxis(y, axis, 0), axis


def _doubles(x: Any) -> Any:
    return pnp.astype(pnp.asarray(x), "float64")


def _beside(row: Any, like: Any) -> Any:
    """A row along the first axis of `like`, which broadcasts against it."""
    return pnp.reshape(row, (-1,) + (1,) * (like.ndim - 1))


def _check_real(name: str, y: Any) -> None:
    if pnp.iscomplexobj(y):
        raise PolyadTypeError(f"{name} takes real data{where(user_location())}")


def _check_word(extrapolate: str) -> None:
    if extrapolate != "periodic":
        raise PolyadValueError(
            f"extrapolate is True, False, None or 'periodic', not {shown(extrapolate)}"
            f"{where(user_location())}"
        )
