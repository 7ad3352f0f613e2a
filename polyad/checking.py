"""Wrong derivatives, found along directions and at special points.

Derivatives of order k along a direction are compared with differences of those of order k - 1:
Ridders' extrapolation (C. J. F. Ridders, "Accurate computation of F'(x) and F'(x)F''(x)", Adv. Eng.
Softw. 4, 1982), in float64. A difference counts where second differences shrink as they do where a
function is smooth, so kinks and jumps are passed over, and only against its own error estimate.
"""

from __future__ import annotations

import functools
import math
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from . import api, execution
from . import numpy as pnp
from .errors import PolyadError
from .numpy._core import dtype_of, shape_of

Leaves = Sequence[Any]
Outputs = Callable[..., Leaves]
"""A function of inexact leaves that gives inexact leaves."""
Path = tuple[str, ...]

ROWS = 10
"""Steps of an extrapolation, each half of the one before."""
EPS = {"float32": 2.0**-23, "complex64": 2.0**-23}
SMALL_AND_LARGE = {"float32": (1e-30, 1e30), "complex64": (1e-30, 1e30)}
SUBNORMAL = 2.0**-1074
"""The least distance of two numbers."""
LARGE = 1e18
"""Numbers from here on may be infinite on another path."""
STEPS = (0.1, 1e-3)
"""The largest steps of differences at ordinary points."""
ENTRIES = 8
"""The entries of each argument that are moved to special points, at most."""


class Failure(NamedTuple):
    """Two numbers that should be one: the derivative along a path of modes, and its reference.

    It is not `sure` if only steps near rounding tell of it: then an op has to be found to blame.
    """

    path: Path
    found: float
    expected: float
    reference: str
    steps: Sequence[float]
    sure: bool = True


class Difference(NamedTuple):
    """An extrapolated difference, with the bound of its error and its largest step."""

    value: float
    error: float
    step: float = 0.0


# -- Directions and derivatives --------------------------------------------------------------------


def direction(leaves: Leaves, seed: int) -> list[Any]:
    """Normal random tangents of the leaves."""
    drawn = random.Random(seed)

    def number(is_complex: bool) -> Any:
        return complex(drawn.gauss(0, 1), drawn.gauss(0, 1)) if is_complex else drawn.gauss(0, 1)

    return [
        _array_like(x, [number(dtype_of(x).is_complex) for _ in range(math.prod(shape_of(x)))])
        for x in leaves
    ]


def unit(leaves: Leaves, place: tuple[int, int]) -> list[Any]:
    """The tangent that is 1 at entry `place`, a leaf's number and an entry's, and 0 elsewhere."""
    return [
        _array_like(x, [float((i, j) == place) for j in range(math.prod(shape_of(x)))])
        for i, x in enumerate(leaves)
    ]


def _array_like(like: Any, numbers: list[Any]) -> Any:
    backend = execution.backend_beside(like)
    with execution.backend_scope(backend):
        return pnp.reshape(pnp.asarray(numbers, dtype=dtype_of(like)), shape_of(like))


def _pairing(xs: Leaves, ys: Leaves) -> Any:
    """Re Σ x·y."""
    total: Any = 0.0
    for x, y in zip(xs, ys, strict=True):
        total = pnp.sum(pnp.real(pnp.multiply(x, pnp.astype(y, dtype_of(x))))) + total
    return total


def derivative(f: Outputs, path: Path, x: Leaves, directions: Sequence[Leaves], c: Leaves) -> Any:
    """Of Re Σ c·f(x), the derivative along `directions`, the last mode of `path` outermost."""

    def value(*x: Any) -> Any:
        return _pairing(f(*x), c)

    for mode, v in zip(path, directions, strict=True):
        value = functools.partial(_forward if mode == "forward" else _reverse, value, v)
    return value(*x)


def _forward(g: Callable[..., Any], v: Leaves, *x: Any) -> Any:
    tangents = tuple(pnp.astype(t, dtype_of(a)) for a, t in zip(x, v, strict=True))
    return api.jvp(g, x, tangents)[1]


def _reverse(g: Callable[..., Any], v: Leaves, *x: Any) -> Any:
    value, pull = api.vjp(g, *x)
    return _pairing(pull(pnp.ones_like(value)), v)


def inexact_part(f: Callable[..., Sequence[Any]], leaves: Leaves) -> tuple[Outputs, list[Any]]:
    """`f` as a function of its inexact leaves that gives its inexact results, and these leaves."""
    moving = [i for i, x in enumerate(leaves) if dtype_of(x).is_inexact]

    def part(*given: Any) -> Leaves:
        full = list(leaves)
        for i, x in zip(moving, given, strict=True):
            full[i] = x
        return [y for y in f(*full) if dtype_of(y).is_inexact]

    return part, [leaves[i] for i in moving]


def paths(order: int) -> list[Path]:
    """The mixes of modes that are tried at an order."""
    first, rest = ("forward", "reverse"), order - 1
    mixes = [("forward",) * order, ("reverse",) * order, ("reverse", *("forward",) * rest)]
    return list(dict.fromkeys([*mixes, first] if order == 2 else mixes))


class Program:
    """A function of leaves with its derivatives, compiled once each where it can be traced."""

    def __init__(self, f: Outputs, leaves: Leaves) -> None:
        self.f, self.backend = f, execution.backend_beside(leaves[0])
        self.made: dict[Path, Callable[..., Any]] = {}
        self.eps = max(EPS.get(dtype_of(x).name, 2.0**-52) for x in leaves)

    def __call__(self, path: Path, x: Leaves, directions: Sequence[Leaves], c: Leaves) -> float:
        run = functools.partial(derivative, self.f, path)
        if path not in self.made:
            self.made[path] = api.jit(run, backend=self.backend.name)
        try:
            answer = self.made[path](list(x), list(directions), list(c))
        except PolyadError:  # control flow that depends on values
            self.made[path] = run
            answer = run(x, directions, c)
        return float(answer)


# -- Differences -----------------------------------------------------------------------------------


def _difference(
    at: Callable[[float], float], step: float, size: float, scale: float
) -> Difference | None:
    """The derivative of `at` at 0, from steps up to `step`; None where it is not smooth there.

    `size` is that of the numbers that a step is added to, `scale` that of lower derivatives: what
    is 0 but for their rounding has errors of their size, and all numbers have those of subnormals.
    """
    middle, best = at(0.0), Difference(0.0, math.inf)
    tableau: list[float] = []
    seconds: list[float] = []
    peak, h, eps = abs(middle), step, 2.0**-52
    for _ in range(ROWS):
        above, below = at(h), at(-h)
        if not (math.isfinite(above) and math.isfinite(below)):
            return None
        peak = max(peak, abs(above), abs(below))
        row = [(above - below) / (2 * h)]
        level = scale if peak <= 1e3 * eps * scale else peak
        noise = 4 * (eps * (level + size * abs(row[0])) + SUBNORMAL) / h
        for j, before in enumerate(tableau):
            row.append(row[j] + (row[j] - before) / (4.0 ** (j + 1) - 1))
            error = max(abs(row[j + 1] - row[j]), abs(row[j + 1] - before)) + noise
            if error < best.error:
                best = Difference(row[j + 1], error, step)
        seconds.append(abs((above - middle) - (middle - below)))
        tableau, h = row, h / 2
    smooth = seconds[-1] <= max(1e-4 * seconds[0], 1e3 * eps * peak)
    return best if smooth and math.isfinite(best.error) else None


def _differences(
    program: Program,
    path: Path,
    x: Leaves,
    v: Leaves,
    c: Leaves,
    scales: Sequence[float],
    level: float,
) -> Iterator[Difference]:
    """Those of the derivative along `path`, from steps of several sizes; lower derivatives are up
    to `level`.
    """
    wide = [pnp.astype(a, "complex128" if dtype_of(a).is_complex else "float64") for a in x]
    wide_v = [pnp.astype(t, dtype_of(a)) for a, t in zip(wide, v, strict=True)]
    size = max((float(pnp.max(pnp.abs(a * (t != 0)))) for a, t in zip(wide, wide_v, strict=True)))

    def at(t: float) -> float:
        moved = [a + t * d for a, d in zip(wide, wide_v, strict=True)]
        return program(path, moved, [v] * len(path), c)

    for step in dict.fromkeys(scales):
        found = _difference(at, step, size, level) if step > 1e-9 * size else None
        if found is not None:
            yield found


def failure(
    program: Program, x: Leaves, v: Leaves, c: Leaves, order: int, scales: Sequence[float]
) -> Failure | None:
    """The first derivative along `v`, of order 1 to `order`, that is wrong, if there is one."""
    scale = abs(program((), x, (), c))
    for k in range(1, order + 1):
        values = {path: program(path, x, [v] * k, c) for path in paths(k)}
        differences = list(_differences(program, paths(k)[0][1:], x, v, c, scales, scale))
        for path, found in values.items():
            wrong = [d for d in differences if _contradicts(found, d, scale, program.eps)]
            told = [d for d in differences if d.error <= 1e-3 * max(abs(d.value), abs(found))]
            told = told if math.isfinite(found) else wrong
            if wrong and all(d in wrong for d in told):
                sure = any(d.step >= STEPS[-1] for d in wrong)
                best = min(wrong, key=lambda d: d.error)
                return Failure(
                    path, found, best.value, f"differences, ±{best.error:.1g}", scales, sure
                )
        (first, expected), *others = values.items()
        for path, found in others:
            if _disagree(found, expected, scale, program.eps):
                return Failure(path, found, expected, " over ".join(first[::-1]), scales)
        scale = max([scale, *filter(math.isfinite, map(abs, values.values()))])
    return None


def _contradicts(found: float, d: Difference, scale: float, eps: float) -> bool:
    if not math.isfinite(found):  # the limit must be sure
        return d.error <= 1e-3 * abs(d.value)
    informative = d.error <= 1e-3 * max(abs(d.value), abs(found))
    return informative and abs(found - d.value) > 10 * d.error + 1e3 * eps * max(scale, abs(found))


def _disagree(a: float, b: float, scale: float, eps: float) -> bool:
    if not (math.isfinite(a) and math.isfinite(b)):
        overflow = math.isinf(a + b) and min(abs(a), abs(b)) > LARGE
        return math.isfinite(a) != math.isfinite(b) and not overflow
    return abs(a - b) > math.sqrt(eps) * max(abs(a), abs(b)) + 1e3 * eps * scale


def asymmetry(program: Program, x: Leaves, u: Leaves, v: Leaves, c: Leaves) -> Failure | None:
    """A second derivative that depends on the order of its directions."""
    path = ("reverse", "forward")
    one, other = program(path, x, [u, v], c), program(path, x, [v, u], c)
    scale = abs(program((), x, (), c))
    if _disagree(one, other, scale, program.eps):
        return Failure(path, one, other, "the other order of the two directions", ())
    return None


# -- Special points --------------------------------------------------------------------------------


def entries(leaves: Leaves) -> Iterator[tuple[int, int]]:
    """The places that are tried: all of a small leaf, and some, evenly, of a large one."""
    for i, x in enumerate(leaves):
        n = math.prod(shape_of(x))
        yield from ((i, j) for j in range(0, n, max(1, -(-n // ENTRIES))))


def special_points(leaves: Leaves) -> Iterator[tuple[tuple[int, int], list[Any]]]:
    """The points with one entry replaced: by 0, -0.0, ±1, small and large ones, and its like."""
    for i, j in entries(leaves):
        x = leaves[i]
        small, large = SMALL_AND_LARGE.get(dtype_of(x).name, (1e-150, 1e150))
        flat = pnp.reshape(x, (-1,))
        here = pnp.arange(math.prod(shape_of(x))) == j
        others = [pnp.reshape(y, (-1,)) for y in leaves[:i] if math.prod(shape_of(y))]
        ties = [flat[j - 1]] if j else [y[0] for y in others]
        for value in (0.0, -0.0, 1.0, -1.0, 1e-8, small, 1e3, large, *ties[-1:]):
            there = pnp.astype(pnp.where(here, pnp.real(value), flat), dtype_of(x))
            yield (i, j), [*leaves[:i], pnp.reshape(there, shape_of(x)), *leaves[i + 1 :]]


def failure_at(
    program: Program, x: Leaves, place: tuple[int, int] | None, v: Leaves, c: Leaves, order: int
) -> Failure | None:
    """A failure at `x`: along `v`, or, if entry `place` is special and `program` finite there, by
    differences along the entry; the modes are then compared along `v` too.
    """
    if place is None:
        return failure(program, x, v, c, order, STEPS)
    if not math.isfinite(program((), x, (), c)):
        return None
    along = unit(x, place)
    flat = pnp.reshape(x[place[0]], (-1,))
    size = abs(program.backend.item(flat[place[1]]))
    steps = [h for h in (*STEPS, 0.1 * size, 1e-3 * size) if h > 0]
    wrong = failure(program, x, along, c, order, steps)
    wrong = wrong or failure(program, x, v, c, order, ())
    if wrong is None and order > 1:
        return asymmetry(program, x, along, v, c)
    return wrong
