"""The law of special points: values and derivatives up to order 3 where random samples never go.

A row of the table is a function with its special points (zeros, poles, branch points, ties, tails,
the ends of the range) and a reference in mpmath. Every derivative is taken in all mixes of forward
and reverse mode that its order has, and compared with that of the reference. A limit, or a
convention at a point where there is none, stands in the row.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .. import api
from ..numpy import ones_like as ones
from ..numpy import zeros_like as zeros
from .arrays import off, run

Array = Any
Function = Callable[..., Any]
Point = tuple[float, ...]
Word = tuple[int, ...]
"""The operands by which is differentiated, one after the other."""

MODES = "fr"
"""Forward and reverse mode."""
MOST_ORDERS = 3
ULPS = (8.0,) * (MOST_ORDERS + 1)
"""The tolerance of a value and of derivatives of order 1, 2, 3, in units in the last place."""
NONE = None
"""In place of a derivative that a row says nothing of."""


class SpecialPoints(NamedTuple):
    """A row: a function, its reference, its points and the error that it may have.

    - `singular`: for each operand, where the reference is not smooth; differences keep off it.
    - `scale`: a length over which the reference is smooth away from there, e.g. of its waves; or a
      function of the point.
    - `stated`: what the value and derivatives by one operand are at a point, in place of the
      reference's: limits and conventions. None says nothing of an order.
    - `floor`: for each order, an error that is allowed besides, as a part of 1.
    - `orders`: the highest order that is compared.
    """

    name: str
    run: Function
    exact: Function
    points: tuple[Point, ...]
    singular: tuple[tuple[float, ...], ...]
    scale: float | Function
    stated: Mapping[Point, Sequence[float | None]]
    floor: Sequence[float]
    orders: int
    dtypes: tuple[str, ...]
    backends: tuple[str, ...]
    of: tuple[str, ...]
    """The public functions that the row is of, "special.erf"; none where it is `run` itself."""

    @property
    def tolerance(self) -> tuple[float, ...]:
        """For each order, how many units in the last place the result may be off."""
        found = LOSSES.get(self.name)
        return ULPS if found is None else found[0]

    @property
    def loss(self) -> str:
        """Why that is more than `ULPS`; nothing where it is not."""
        return LOSSES[self.name][1] if self.name in LOSSES else ""

    def within(self, dtype: str) -> list[Point]:
        """The points that the dtype can hold, without those that round to a singular one."""
        return [p for p in self.points if all(map(self.holds, p, self.singular, (dtype,) * len(p)))]

    @staticmethod
    def holds(x: float, singular: tuple[float, ...], dtype: str) -> bool:
        info = np.finfo(dtype)
        inside = float(info.smallest_subnormal) <= abs(x) <= float(info.max)
        moved = x not in singular and float(np.dtype(dtype).type(x)) in singular
        return not moved and (inside or x == 0 or not math.isfinite(x))


SPECIAL_POINTS: list[SpecialPoints] = []
LOSSES: dict[str, tuple[tuple[float, ...], str]] = {}
"""By the name of a row: its tolerance where that is more than `ULPS`, and the reason."""


def special_points(
    name: str,
    run: Function,
    exact: Function,
    *points: float | Point,
    singular: Sequence[Any] = (),
    scale: float | Function = 1.0,
    stated: Mapping[Any, Sequence[float | None]] | None = None,
    floor: Sequence[float] = (0.0, 0.0, 0.0, 0.0),
    orders: int = MOST_ORDERS,
    dtypes: Sequence[str] = ("float64", "float32"),
    backends: Sequence[str] = ("numpy", "torch", "native"),
    of: str | Sequence[str] = (),
) -> None:
    """Add a row; a point of a function of one operand may be a number."""
    stated = {tupled(p): v for p, v in (stated or {}).items()}
    each = tuple(dict.fromkeys([*map(tupled, points), *stated]))
    operands = len(each[0])
    apart = tuple(map(tupled, singular)) if operands > 1 else (tuple(singular),)
    apart += ((),) * (operands - len(apart))
    SPECIAL_POINTS.append(
        SpecialPoints(
            name, run, exact, each, apart, scale, stated, tuple(floor), orders,
            tuple(dtypes), tuple(backends), (of,) if isinstance(of, str) else tuple(of),
        )
    )  # fmt: skip


def tupled(point: Any) -> Any:
    """A point of a function of one operand, too, as a tuple."""
    return point if isinstance(point, tuple) else (point,)


# -- Derivatives of a function, element by element -------------------------------------------------


def differentiated(f: Function, operand: int, mode: str) -> Function:
    """The derivative of an element-wise function by one operand, element by element."""

    def forward(*xs: Array) -> Array:
        moved = tuple(ones(x) if i == operand else zeros(x) for i, x in enumerate(xs))
        return api.jvp(f, xs, moved)[1]

    def reverse(*xs: Array) -> Array:
        out, pullback = api.vjp(f, *xs)
        return pullback(ones(out))[operand]

    return forward if mode == "f" else reverse


def all_derivatives(f: Function, operands: int, orders: int) -> dict[tuple[Word, str], Function]:
    """By the operands that are differentiated by, and the modes that are used for it."""
    found: dict[tuple[Word, str], Function] = {((), ""): f}
    for n in range(1, orders + 1):
        for word in itertools.product(range(operands), repeat=n):
            for modes in itertools.product(MODES, repeat=n):
                inner = found[word[:-1], "".join(modes[:-1])]
                found[word, "".join(modes)] = differentiated(inner, word[-1], modes[-1])
    return found


def found_at(
    row: SpecialPoints, dtype: str, backend: str, chosen: Callable[[Word, str], bool]
) -> tuple[list[Point], dict[tuple[Word, str], Array]]:
    """The points as numbers of the dtype, and the chosen derivatives there."""
    points = row.within(dtype)
    arrays = [np.array(column, dtype) for column in zip(*points, strict=True)]
    functions = all_derivatives(row.run, len(arrays), row.orders)
    keys = [k for k in functions if chosen(*k)]
    each = run(backend, lambda *xs: tuple(functions[k](*xs) for k in keys), arrays)
    exactly = [tuple(map(float, p)) for p in zip(*arrays, strict=True)]
    return exactly, {k: off(v) for k, v in zip(keys, each, strict=True)}


# -- Judging ---------------------------------------------------------------------------------------


class Expected:
    """The derivatives of a row, each computed once."""

    def __init__(self, row: SpecialPoints, dtype: str) -> None:
        self.row = row
        self.stated = {
            tuple(float(np.dtype(dtype).type(x)) for x in p): v for p, v in row.stated.items()
        }
        self.known: dict[Any, Any] = {}

    def __call__(self, point: Point, word: Word) -> Any:
        """An mpmath number, or None where the row says nothing."""
        order = tuple(word.count(i) for i in range(len(point)))
        key = (tuple(map(repr, point)), order)
        if key not in self.known:
            self.known[key] = self.find(point, order)
        return self.known[key]

    def find(self, point: Point, order: tuple[int, ...]) -> Any:
        import mpmath

        from .precise import derivative

        stated = self.stated.get(point)
        if any(map(math.isnan, point)):
            return None if stated is None else mpmath.nan
        if stated is not None:
            of_one = order[1:] == (0,) * (len(order) - 1)
            entry = stated[order[0]] if of_one and order[0] < len(stated) else None
            return None if entry is None else mpmath.mpf(entry)
        if not all(map(math.isfinite, point)):
            return None
        scale = self.row.scale if isinstance(self.row.scale, float) else self.row.scale(*point)
        scales = [
            min([scale, *(abs(x - s) for s in apart if x != s)])
            for x, apart in zip(point, self.row.singular, strict=True)
        ]
        found = derivative(self.row.exact, point, order, scales)
        return None if isinstance(found, mpmath.mpc) else found


def faults(row: SpecialPoints, dtype: str, backend: str, chosen: Any) -> Iterator[str]:
    """The failures of a row, a line for each point and derivative."""
    points, found = found_at(row, dtype, backend, chosen)
    expected = Expected(row, dtype)
    for (word, modes), values in found.items():
        for point, value in zip(points, values, strict=True):
            exact = expected(point, word)
            if exact is None:
                continue
            error = error_in_ulps(value, exact, row.floor[len(word)])
            if not error <= row.tolerance[len(word)]:
                by = "".join(map(str, word)) if len(point) > 1 else len(word)
                yield (
                    f"{row.name}{point} {dtype} {backend}, order {by} {modes}: {value!r}, "
                    f"not {float(exact)!r} ({error:.3g} ulp)"
                )


def error_in_ulps(found: Any, exact: Any, floor: float = 0.0) -> float:
    """|found - exact| in units in the last place of the exact number; of subnormal ones, in units
    of the smallest normal number's. What overflows may be infinite, the largest number, or NaN.
    """
    import mpmath

    info = np.finfo(found.dtype)
    if abs(exact) > float(info.max) and not mpmath.isinf(exact):
        same_sign = (found > 0) == (exact > 0)
        return 0.0 if np.isnan(found) or (same_sign and abs(found) >= info.max / 4) else math.inf
    if mpmath.isnan(exact) or np.isnan(found):
        return 0.0 if mpmath.isnan(exact) and np.isnan(found) else math.inf
    if mpmath.isinf(exact):
        return 0.0 if np.isinf(found) and (found > 0) == (exact > 0) else math.inf
    if np.isinf(found):
        return math.inf
    error = max(abs(mpmath.mpf(float(found)) - exact) - floor, 0)
    size = max(abs(exact), mpmath.mpf(float(info.smallest_normal)))
    exponent = int(mpmath.frexp(size)[1]) - 1
    return float(error / mpmath.ldexp(1, exponent - info.nmant))
