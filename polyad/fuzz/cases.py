"""A program with its arguments and results, and the comparison of results.

Rounding is allowed for by running the program on inputs that differ by rounding: what moves then is
not compared more closely than it moves.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import ml_dtypes
import numpy as np

from .. import api
from ..conformance.arrays import off
from ..errors import PolyadError
from .grammar import kind_of
from .program import Program

Arrays = Sequence[Any]
SHAKES = 3  # runs on inputs that differ by rounding
MORE = 5  # times as many runs before two answers are said to differ
NUMPYS_ERRORS = (ValueError, TypeError, IndexError, ArithmeticError, np.linalg.LinAlgError)
ROUNDING = {"bfloat16": 0.1, "float16": 0.02, "float32": 3e-5, "complex64": 3e-5}
"""The tolerance of a dtype, as a part of the largest entry, for programs that have it."""
INTEGERS = ("int", "arg", "searchsorted", "digitize", "count", "nonzero", "frexp")
"""Parts of names that a program has in which there are integers."""
LEAST = {1e-7: 1e-3, 1e-4: 0.1, 1.0: 0.5}
"""The least size that the largest entry counts as, by tolerance: numbers of size 1 may cancel."""


class Disagreement(Exception):
    """Two answers to one question, or an error that is none of polyad's."""


class Case:
    """A program with its arguments, its own results, and how far rounding moves them."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.names = program.names()
        self.f = program.function()
        narrow = "float16" in self.names or "32" in self.names
        if "bfloat16" in self.names or (narrow and any(x in self.names for x in INTEGERS)):
            # NumPy's own operators make wider floats, of these and Python's floats or integers
            self.f = api.jit(self.f, backend="numpy")
        self.arguments = program.arguments()
        self.rng = np.random.default_rng(program.seed)
        self.rounding = max([n for x, n in ROUNDING.items() if x in self.names], default=1e-10)
        self.moving = [i for i, x in enumerate(self.arguments) if kind_of(x) in "fc"]

    @functools.cached_property
    def results(self) -> list[Any]:
        """The results of eager calls."""
        given = self.program.arguments()
        before = [x.tobytes() for x in given]
        found = arrays(quietly(self.f, *given))
        if before != [x.tobytes() for x in given]:
            raise Disagreement("the program writes into its arguments")
        return found

    def spread(self) -> list[Any]:
        """For each result, by how much the entries move with the inputs' rounding."""
        return spread(self.f, self.results, self.arguments, self.rng)

    def inexact(self) -> tuple[Callable[..., Any], list[Any]]:
        """The inexact results as a function of the inexact arguments."""
        kept = [i for i, y in enumerate(self.results) if kind_of(y) in "fc"]

        def part(*moved: Any) -> Any:
            full: list[Any] = self.program.arguments()
            for i, x in zip(self.moving, moved, strict=True):
                full[i] = x
            out = self.f(*full)
            return [out[i] for i in kept]

        return part, [self.arguments[i] for i in self.moving]

    def is_finite(self) -> bool:
        """Whether all inexact results are."""
        return all(np.all(np.isfinite(y)) for y in self.results if kind_of(y) in "fc")


def quietly(f: Callable[..., Any], *args: Any) -> Any:
    """`f(*args)` without warnings, which are no fault here."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return f(*args)


def arrays(results: Any) -> list[Any]:
    """Results as NumPy arrays."""
    return [off(x) for x in results]


def spread(f: Callable[..., Any], results: Arrays, args: Arrays, rng: Any) -> list[Any]:
    """By how much each entry of the results moves when inputs move by some of their rounding."""
    found = [np.zeros(y.shape) for y in results]
    for _ in range(SHAKES):
        try:
            others = arrays(quietly(f, *[shaken(x, rng) for x in args]))
        except (*NUMPYS_ERRORS, PolyadError):
            return [np.full(y.shape, np.inf) for y in results]
        for i, (y, z) in enumerate(zip(results, others, strict=True)):
            if y.shape != z.shape:
                return [np.full(y.shape, np.inf) for y in results]
            moved = quietly(_distance, z, y)
            same = (z == y) | ((z != z) & (y != y))
            found[i] = np.maximum(found[i], np.where(same, 0, np.where(moved >= 0, moved, np.inf)))
    return found


def shaken(x: Any, rng: Any) -> Any:
    """An array with its entries moved by a few units in the last place."""
    if kind_of(x) not in "fc":
        return x.copy()
    eps = float(ml_dtypes.finfo(x.real.dtype).eps)
    with np.errstate(all="ignore"):
        return (x * (1 + 4 * eps * rng.uniform(-1, 1, x.shape))).astype(x.dtype)


def _distance(x: Any, y: Any) -> Any:
    return np.abs(np.asarray(x).astype("complex128") - np.asarray(y).astype("complex128"))


def compare(
    found: Arrays,
    expected: Arrays,
    moves: Callable[[], Arrays],
    told: str,
    rounding: float = 1e-10,
) -> None:
    """Raise `Disagreement` where results differ by more than explained by `rounding`, relative to
    the largest entry, and by the inputs', which `moves` gives.
    """
    if len(found) != len(expected):
        raise Disagreement(f"{told}: {len(found)} results where there are {len(expected)}")
    known: Arrays = []
    for i, (x, y) in enumerate(zip(found, expected, strict=True)):
        if (x.dtype, x.shape) != (y.dtype, y.shape):
            raise Disagreement(
                f"{told}, result {i}: {x.dtype}{list(x.shape)} where "
                f"{y.dtype}{list(y.shape)} is expected"
            )
        if x.tobytes() == y.tobytes():
            continue
        equal = _near(x, y, rounding, 0.0)
        for _ in range(MORE):
            if np.all(equal):
                break
            known = [*map(np.maximum, known, moves())] if known else moves()
            equal = _near(x, y, rounding, known[i]) | np.isinf(known[i])
        if not np.all(equal):
            place = tuple(int(k) for k in np.argwhere(~equal)[0])
            raise Disagreement(
                f"{told}, result {i} at {list(place)}: {x[place]!r} where {y[place]!r} is expected"
            )


def _near(x: Any, y: Any, rounding: float, move: Any) -> Any:
    """Where entries are equal but for rounding, or move by as much."""
    inexact = kind_of(y) in "fc"
    with np.errstate(all="ignore"):
        wide = np.abs(y.astype("complex128")) if inexact else np.zeros(0)
        finite = wide[np.isfinite(wide)]
        scale = float(finite.max()) if finite.size else 0.0
        least = next(size for up_to, size in LEAST.items() if rounding <= up_to)
        bound = rounding * max(scale, least) + 100 * move
        return (x == y) | ((x != x) & (y != y)) | (_distance(x, y) <= bound)
