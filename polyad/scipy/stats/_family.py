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
    `isf`.
    """

    def __init__(
        self,
        name: str,
        shapes: int,
        log_density: Function,
        support: Function | None = None,
        **known: Function,
    ) -> None:
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
                setattr(self, kind, self._of_q(known[kind]))

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
        if self.support is None:
            return self.log_density(y, *shapes) - pnp.log(scale)
        low, high = self.support(*shapes)
        inside = pnp.logical_and(y >= low, y <= high)
        safe = pnp.where(inside, y, inner(low, high))
        return pnp.where(inside, self.log_density(safe, *shapes) - pnp.log(scale), -pnp.inf)

    def pdf(self, x: Any, *args: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        """The density at x."""
        return pnp.exp(self.logpdf(x, *args, loc=loc, scale=scale))

    def _of_x(self, function: Function, below: float, above: float) -> Function:
        def of_x(x: Any, *args: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
            shapes, loc, scale = self.split(args, loc, scale)
            x, loc, scale, *shapes = floating(x, loc, scale, *shapes)
            y = (x - loc) / scale
            if self.support is None:
                return function(y, *shapes)
            low, high = self.support(*shapes)
            inside = pnp.logical_and(y > low, y < high)
            found = function(pnp.where(inside, y, inner(low, high)), *shapes)
            outside = pnp.where(y <= low, below, pnp.where(y >= high, above, pnp.nan))
            return pnp.where(inside, found, outside)

        return of_x

    def _of_q(self, function: Function) -> Function:
        def of_q(q: Any, *args: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
            shapes, loc, scale = self.split(args, loc, scale)
            q, loc, scale, *shapes = floating(q, loc, scale, *shapes)
            inside = pnp.logical_and(q >= 0, q <= 1)
            found = function(pnp.where(inside, q, 0.5), *shapes)
            return pnp.where(inside, found * scale + loc, pnp.nan)

        return of_q


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
