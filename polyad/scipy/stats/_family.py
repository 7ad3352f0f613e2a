"""The functions of a distribution, made from the few that define it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ... import numpy as pnp

Function = Callable[..., Any]


class Located:
    """A family of distributions on the line with location and scale: y = (x - loc) / scale has the
    standard one, which `log_density(y, *shapes)` and the others define.

    Functions: `logpdf`, `pdf`, and, where they are known, `cdf`, `logcdf`, `sf`, `logsf`, `ppf`,
    `isf`. All are NaN where the scale is not positive, or the shapes are not those for which
    `valid` holds (all positive, if it is not given), and at NaN.
    """

    def __init__(
        self,
        name: str,
        shapes: int,
        log_density: Function,
        support: Function | None = None,
        valid: Function | None = None,
        **known: Function,
    ) -> None:
        self.valid = _positive if valid is None else valid
        self.name, self.shapes = name, shapes
        self.log_density, self.support, self.known = log_density, support, known
        tails = {"cdf": 0.0, "sf": 1.0}
        for kind, below in tails.items():
            if kind in known:
                setattr(self, kind, self._of_x(known[kind], below, 1.0 - below))
                log = known.get(f"log{kind}", _log_of(known[kind]))
                ends = (-pnp.inf, 0.0) if kind == "cdf" else (0.0, -pnp.inf)
                setattr(self, f"log{kind}", self._of_x(log, *ends))
        for kind in ("ppf", "isf"):
            if kind in known:
                setattr(self, kind, self._of_q(known[kind], kind == "isf"))

    def __repr__(self) -> str:
        return f"<distribution {self.name}>"

    def split(self, args: Any, loc: Any, scale: Any) -> tuple[Any, Any, Any]:
        """Shapes, location and scale of a call, which may all be by position."""
        shapes, rest = args[: self.shapes], args[self.shapes :]
        if len(shapes) < self.shapes or len(rest) > 2:
            raise TypeError(
                f"stats.{self.name} takes {self.shapes} shape parameters, loc and scale, not "
                f"{len(args)} arguments"
            )
        return shapes, *(*rest, *(loc, scale)[len(rest) :])

    def logpdf(self, x: Any, *args: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        """The logarithm of the density at x; -inf outside of the support."""
        shapes, loc, scale = self.split(args, loc, scale)
        x, loc, scale, *shapes = floating(x, loc, scale, *shapes)
        y = (x - loc) / scale
        known = self._known(y, scale, shapes)
        if self.support is None:
            found = self.log_density(y, *shapes) - pnp.log(pnp.where(known, scale, 1.0))
            return pnp.where(known, found, pnp.nan)
        low, high = self.support(*shapes)
        inside = pnp.logical_and(y >= low, y <= high)
        safe = pnp.where(inside, y, inner(low, high))
        found = self.log_density(safe, *shapes) - pnp.log(pnp.where(known, scale, 1.0))
        return pnp.where(known, pnp.where(inside, found, -pnp.inf), pnp.nan)

    def _known(self, y: Any, scale: Any, shapes: Any) -> Any:
        """Whether there is such a distribution, and y is a number."""
        return pnp.logical_and(pnp.logical_and(scale > 0, y == y), self.valid(*shapes))

    def pdf(self, x: Any, *args: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        """The density at x."""
        return pnp.exp(self.logpdf(x, *args, loc=loc, scale=scale))

    def _of_x(self, function: Function, below: float, above: float) -> Function:
        def of_x(x: Any, *args: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
            shapes, loc, scale = self.split(args, loc, scale)
            x, loc, scale, *shapes = floating(x, loc, scale, *shapes)
            y = (x - loc) / scale
            there = self._known(y, scale, shapes)
            if self.support is None:
                return pnp.where(there, function(y, *shapes), pnp.nan)
            low, high = self.support(*shapes)
            inside = pnp.logical_and(y > low, y < high)
            found = function(pnp.where(inside, y, inner(low, high)), *shapes)
            outside = pnp.where(y <= low, below, pnp.where(y >= high, above, pnp.nan))
            return pnp.where(there, pnp.where(inside, found, outside), pnp.nan)

        return of_x

    def _of_q(self, function: Function, upper: bool) -> Function:
        def of_q(q: Any, *args: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
            shapes, loc, scale = self.split(args, loc, scale)
            q, loc, scale, *shapes = floating(q, loc, scale, *shapes)
            inside, open_ = pnp.logical_and(q >= 0, q <= 1), pnp.logical_and(q > 0, q < 1)
            ends = (-pnp.inf, pnp.inf) if self.support is None else self.support(*shapes)
            least, most = ends[::-1] if upper else ends
            y = pnp.where(
                open_, function(pnp.where(open_, q, 0.5), *shapes), pnp.where(q > 0, most, least)
            )
            known = pnp.logical_and(inside, self._known(q, scale, shapes))
            return pnp.where(known, y * scale + loc, pnp.nan)

        return of_q


def _positive(*shapes: Any) -> Any:
    """Whether all shape parameters are positive."""
    found: Any = True
    for shape in shapes:
        found = pnp.logical_and(found, shape > 0)
    return found


def floating(*values: Any) -> list[Any]:
    """The arguments as arrays in one floating dtype."""
    arrays = [pnp.asarray(x) if isinstance(x, list | tuple) else x for x in values]
    dtype = pnp.result_type(*arrays, float)
    return [pnp.asarray(x, dtype=dtype) for x in arrays]


def inner(low: Any, high: Any) -> Any:
    """A point inside of the support, in the place of those outside."""
    below, above = pnp.maximum(low, high - 2.0), pnp.minimum(high, low + 2.0)
    return pnp.where(low > -pnp.inf, 0.5 * (low + above), 0.5 * (below + high))


def _log_of(function: Function) -> Function:
    return lambda *args: pnp.log(function(*args))
