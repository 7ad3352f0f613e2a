"""Measure the native compiler's elementary functions, and write docs/accuracy.md.

The error is |found - exact| in units in the last place of the exact value (of the smallest
subnormal below the normal range); where a function is a difference of larger terms, in units of
those (its `scale`). Points are spread evenly over the floats of the domain, which is
log-uniformly over the numbers, and again over the parts where a formula changes or something
cancels. The exact value of single precision is NumPy's or SciPy's in double precision; that of
double precision NumPy's in extended precision (64 bits) where it has the function and the machine
the format, else mpmath's. Neither is trusted for the maximum: the points with the largest errors
are computed again with mpmath in 200 bits, and that is what is reported. `make reference` runs it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mpmath
import numpy as np

import polyad
import polyad.nn
import polyad.numpy
from polyad.ops import OpDefinition

PAGE = Path(__file__).parent / "accuracy.md"
LONG = np.longdouble if np.finfo(np.longdouble).nmant >= 63 else None
DIGITS = 200  # bits of mpmath
AGAIN = 64  # points that mpmath computes again
PI = np.pi

Array = Any
Points = Callable[[Any, np.random.Generator, int], Any]


def floats(low: float, high: float) -> Points:
    """Evenly over the floats between two of one sign, subnormal ones included."""

    def points(dtype: Any, random: np.random.Generator, count: int) -> Array:
        integer = np.int64 if dtype == np.float64 else np.int32
        largest = float(np.finfo(dtype).max)
        ends = np.clip(np.sort(np.abs([low, high])), 0, largest).astype(dtype).view(integer)
        bits = random.integers(ends[0], ends[1], count, dtype=integer, endpoint=True)
        return np.copysign(bits.view(dtype), dtype(low if low else high))

    return points


def numbers(low: float, high: float) -> Points:
    """Evenly between two numbers."""
    return lambda dtype, random, count: random.uniform(low, high, count).astype(dtype)


def multiples(step: float, largest: int) -> Points:
    """The floats nearest to multiples of `step`."""
    return lambda dtype, random, count: (random.integers(-largest, largest, count) * step).astype(
        dtype
    )


@dataclass(frozen=True)
class Function:
    """An op, how far it may be off, and where it is measured; each part is a call of its own."""

    name: str
    exact: Callable[..., Any]
    parts: tuple[Points, ...]
    bound: float = 2.0
    extended: Callable[..., Any] | None = None
    double: Callable[..., Any] | None = None
    scale: Callable[..., Any] | None = None
    call: Callable[..., Any] | None = None  # what is measured, if it is no op


def unary(name: str, *parts: Any, exact: Any = None, numpy: str = "", **options: Any) -> Function:
    """A function of one number, measured over `parts` of its domain."""
    reference = getattr(np, numpy or name, None)
    return Function(
        name, exact or getattr(mpmath, name), parts, extended=reference,
        **{"double": reference, **options},
    )  # fmt: skip


def angle_parts(name: str) -> Function:
    """Angles up to where the fast formula ends, multiples of pi/2 among them, and beyond."""
    moderate = [numbers(-10, 10), numbers(-6e4, 6e4), numbers(-1e9, 1e9), multiples(PI / 2, 40000)]
    return unary(name, floats(0, 6e4), floats(-0.0, -6e4), *moderate, floats(6e4, np.inf))


def slope(name: str, steep: float) -> Function:
    """The derivative of tanh or sigmoid, where it is a normal number: steep^2 u / (1 + u)^2 with
    u = exp(-steep |x|).
    """

    def of_exponential(u: Any) -> Any:
        return steep * steep * u / (1 + u) ** 2

    return unary(
        name, floats(0, 44.1), floats(-0.0, -44.1), *NEAR, bound=5.0,
        exact=lambda x: of_exponential(mpmath.exp(-steep * min(abs(x), 2000))),
        double=lambda x: of_exponential(np.exp(-steep * np.abs(x))),
    )  # fmt: skip


def direction(x: Any, y: Any) -> Any:
    """The cosine of the angle of (x, y), in mpmath's arithmetic."""
    return x / mpmath.sqrt(x * x + y * y)


def special(name: str) -> Any:
    """A function of SciPy."""
    import scipy.special

    return getattr(scipy.special, name)


def sigmoid(x: Any) -> Any:
    """In mpmath's arithmetic."""
    return 1 / (1 + mpmath.exp(-x))


def scaled_erfc(x: Any) -> Any:
    """exp(x^2) erfc(x), from 1e5 on by its asymptotic series."""
    if x < 1e5:
        return mpmath.exp(x * x) * mpmath.erfc(x)
    y = 1 / (2 * x * x)
    return (1 - y + 3 * y**2 - 15 * y**3 + 105 * y**4) / (x * mpmath.sqrt(mpmath.pi))


def log_normal(x: Any) -> Any:
    """The logarithm of the normal distribution function."""
    y = -x / mpmath.sqrt(2)
    if x > -1:
        return mpmath.log1p(-mpmath.erfc(-y) / 2)
    return mpmath.log(scaled_erfc(y) / 2) - y * y


def log_gamma(x: Any) -> Any:
    """log |Gamma(x)|, infinite at the poles."""
    return mpmath.inf if x <= 0 and x == mpmath.floor(x) else mpmath.loggamma(x).real


def terms_of_lgamma(x: Array) -> Array:
    """Below -2: the larger of 1 and lgamma(-x), from which the reflected value comes."""
    return np.where(x < -2, np.maximum(1.0, special("gammaln")(np.maximum(-x, 1.0))), 0.0)


def terms_of_digamma(x: Array) -> Array:
    """Below 0: the larger of 1 and digamma(1 - x), of which the result is a difference."""
    reflected = special("digamma")(1.0 - np.minimum(x, 0.0))
    return np.where(x < 0, np.maximum(1.0, reflected), 0.0)


NEAR = (numbers(-1, 1), numbers(-3, 3), numbers(-30, 30))
UNIT = (floats(0, 1), floats(-0.0, -1), numbers(-1, 1), numbers(0.4, 0.6), numbers(-0.6, -0.4))
POSITIVE = (floats(0, np.inf), numbers(0.5, 2), numbers(0.99, 1.01))
WHOLE = (floats(0, np.inf), floats(-0.0, -np.inf))
EXPONENTS = (floats(0, 750), floats(-0.0, -750), numbers(-110, 90), numbers(-746, 710))

FUNCTIONS = [
    unary("exp", *EXPONENTS, *NEAR),
    unary("expm1", *EXPONENTS, *NEAR),
    unary("log", *POSITIVE),
    unary("log1p", floats(0, np.inf), floats(-0.0, -1), *NEAR[:1], numbers(-0.01, 0.01),
          numbers(0.9, 1.1)),
    unary("log2", *POSITIVE, exact=lambda x: mpmath.log(x) / mpmath.ln2),
    unary("log10", *POSITIVE),
    angle_parts("sin"),
    angle_parts("cos"),
    angle_parts("tan"),
    unary("asin", *UNIT, numpy="arcsin"),
    unary("acos", *UNIT, numpy="arccos"),
    unary("atan", *WHOLE, *NEAR, numpy="arctan"),
    unary("sinh", *EXPONENTS, *NEAR, numbers(0.9, 1.1)),
    unary("cosh", *EXPONENTS, *NEAR),
    unary("tanh", *WHOLE, *NEAR, numbers(0.5, 0.6)),
    unary("asinh", *WHOLE, *NEAR, numpy="arcsinh"),
    unary("acosh", floats(1, np.inf), numbers(1, 1.1), numbers(1, 3), numpy="arccosh"),
    unary("atanh", *UNIT, numpy="arctanh"),
    unary("sigmoid", *EXPONENTS, *NEAR, exact=sigmoid,),
    slope("sech_squared", 2.0),
    slope("sigmoid_slope", 1.0),
    unary("erf", *WHOLE, *NEAR, numbers(0.9, 1.1), numbers(-6, 6),
          double=lambda x: special("erf")(x)),
    unary("erfc", *WHOLE, *NEAR, numbers(0.8, 1.1), numbers(1, 27), bound=4.0,
          exact=lambda x: mpmath.erfc(min(x, 100)), double=lambda x: special("erfc")(x)),
    unary("erfcx", floats(0, np.inf), numbers(0, 3), numbers(-26, 1), numbers(-1, 0), bound=4.0,
          exact=scaled_erfc, double=lambda x: special("erfcx")(x)),
    unary("gaussian", *WHOLE, *NEAR, bound=4.0, exact=lambda x: mpmath.exp(-min(x * x, 10**6)),
          double=lambda x: np.exp(-x * x)),
    unary("normal_density", *WHOLE, *NEAR, bound=4.0,
          exact=lambda x: mpmath.npdf(min(abs(x), 1000)),
          double=lambda x: np.exp(-x * x / 2) / np.sqrt(2 * np.pi)),
    unary("ndtr", *WHOLE, *NEAR, numbers(-38, 8), bound=4.0,
          exact=lambda x: mpmath.erfc(-max(x, -100) / mpmath.sqrt(2)) / 2,
          double=lambda x: special("ndtr")(x)),
    unary("log_ndtr", floats(-0.0, -1e18), numbers(-40, 0), numbers(-2, 1), numbers(-0.5, 0.5),
          numbers(0, 6), bound=6.0, exact=log_normal, double=lambda x: special("log_ndtr")(x)),
    unary("erfinv", *UNIT, numbers(0.9, 1), numbers(-1, -0.9),
          double=lambda x: special("erfinv")(x)),
    unary("lgamma", floats(0, np.inf), numbers(0, 3), numbers(0.9, 1.1), numbers(1.9, 2.1),
          numbers(2, 20), floats(-0.0, -2), numbers(-2, 0), numbers(-10, -2), numbers(-200, 0),
          bound=4.0, exact=log_gamma, double=lambda x: special("gammaln")(x),
          scale=terms_of_lgamma),
    unary("digamma", floats(0, np.inf), numbers(0, 4), numbers(1.45, 1.47), numbers(2, 20),
          floats(-0.0, -1), numbers(-10, 0), numbers(-200, 0), bound=4.0,
          double=lambda x: special("digamma")(x), scale=terms_of_digamma),
    unary("exp2", *EXPONENTS, *NEAR, numbers(-1080, 1030), call=polyad.numpy.exp2,
          exact=lambda x: mpmath.power(2, x)),
    unary("exp(-x*x)", *WHOLE, *NEAR, call=lambda x: polyad.numpy.exp(-x * x),
          exact=lambda x: mpmath.exp(-min(x * x, 10**6)),
          double=lambda x: np.exp(-x * x)),
    unary("cbrt", *WHOLE, numbers(-10, 10), call=polyad.numpy.cbrt,
          exact=lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x))),
    unary("sqrt", floats(0, np.inf), numbers(0, 4)),
]  # fmt: skip


def binary(name: str, exact: Any, numpy: str, *parts: Any, **options: Any) -> Function:
    """A function of two numbers; each part makes both."""
    reference = getattr(np, numpy)
    return Function(name, exact, parts, extended=reference, double=reference, **options)


def log_of_sum(x: Any, y: Any) -> Any:
    """log(exp(x) + exp(y))."""
    return max(x, y) + mpmath.log1p(mpmath.exp(-abs(x - y)))


def power_points(dtype: Any, random: np.random.Generator, count: int) -> tuple[Array, Array]:
    """Bases over all floats, exponents so that the powers fill the range."""
    x = floats(0, np.inf)(dtype, random, count)
    info = np.finfo(dtype)
    with np.errstate(all="ignore"):
        y = random.uniform(info.minexp - info.nmant, info.maxexp, count) / np.log2(
            x.astype(np.float64)
        )
    return x, np.where(np.isfinite(y), y, 1).astype(dtype)


def near_one(dtype: Any, random: np.random.Generator, count: int) -> tuple[Array, Array]:
    """Bases near 1, whose logarithms cancel."""
    x = random.uniform(0.5, 1.5, count).astype(dtype)
    return x, random.uniform(-200, 200, count).astype(dtype)


def pairs(first: Points, second: Points) -> Any:
    """Points of the plane."""
    return lambda dtype, random, count: (
        first(dtype, random, count),
        second(dtype, random, count),
    )


PLANE = (
    pairs(numbers(-2, 2), numbers(-2, 2)),
    pairs(floats(0, np.inf), floats(0, np.inf)),
    pairs(floats(0, np.inf), floats(-0.0, -np.inf)),
    pairs(numbers(0, 1), numbers(0, 100)),
)
FUNCTIONS += [
    binary("pow", mpmath.power, "power", power_points, near_one, bound=4.0),
    binary("atan2", mpmath.atan2, "arctan2", *PLANE),
    binary("hypot", mpmath.hypot, "hypot", *PLANE),
    Function("direction", direction, PLANE, double=lambda x, y: x / np.hypot(x, y), bound=4.0),
    binary(
        "logaddexp",
        log_of_sum,
        "logaddexp",
        *PLANE,
        pairs(numbers(-30, 30), numbers(-30, 30)),
        scale=lambda x, y: np.maximum(np.abs(x), np.abs(y)),
    ),
]


@dataclass
class Measured:
    """The largest error of a function, where it is, and how many points were looked at."""

    function: Function
    dtype: str
    worst: float = 0.0
    at: tuple[float, ...] = ()
    count: int = 0


def measure(function: Function, dtype: str, count: int = 100_000) -> Measured:
    """Look at `count` points or a few more."""
    kind, random = np.dtype(dtype).type, np.random.default_rng(0)
    result = Measured(function, dtype)
    op = polyad.jit(function.call or OpDefinition.registry[function.name], backend="native")
    each = -(-count // len(function.parts))
    for part in function.parts:
        made = part(kind, random, each)
        arguments = made if isinstance(made, tuple) else (made,)
        found = np.asarray(op(*arguments))
        result.count += each
        look(result, arguments, found)
    return result


def look(result: Measured, arguments: tuple[Array, ...], found: Array) -> None:
    """Take the largest error of one call into account."""
    function, info = result.function, np.finfo(found.dtype)
    reference = estimates(function, found.dtype, arguments)
    with np.errstate(all="ignore"):
        size = np.abs(reference)
        if function.scale is not None:
            wide = [a.astype(np.float64) for a in arguments]
            size = np.maximum(size, function.scale(*wide).astype(size.dtype))
        errors = np.abs(found - reference) / unit(size, info)
        errors = np.where(found == reference, 0, errors)
        beyond = np.abs(reference) > info.max
        errors = np.where(beyond, np.where(np.abs(found) >= info.max, 0, np.inf), errors)
        errors = np.where(np.isnan(reference) & np.isnan(found), 0, errors)
        errors = np.where(np.isnan(errors), np.inf, errors)
    for i in np.argsort(errors)[-AGAIN:]:
        point = tuple(float(a[i]) for a in arguments)
        error = error_at(function, point, found[i])
        if error > result.worst:
            result.worst, result.at = error, point


def estimates(function: Function, dtype: Any, arguments: tuple[Array, ...]) -> Array:
    """The exact values with some digits to spare."""
    with np.errstate(all="ignore"):
        if dtype == np.float32 and function.double is not None:
            return function.double(*(a.astype(np.float64) for a in arguments))
        if LONG is not None and function.extended is not None and dtype == np.float64:
            return function.extended(*(a.astype(LONG) for a in arguments))
    values = [exact_value(function, tuple(map(float, p)), 90) for p in zip(*arguments, strict=True)]
    wide = LONG or np.float64
    high = np.array([float(v) for v in values], wide)
    finite = [v if np.isfinite(h) else mpmath.mpf(0) for v, h in zip(values, high, strict=True)]
    rest = np.array([float(v - mpmath.mpf(float(v))) for v in finite], wide)
    return high + rest


def exact_value(function: Function, point: tuple[float, ...], bits: int = DIGITS) -> Any:
    """By mpmath; NaN where it finds no real value."""
    with mpmath.workprec(bits):
        try:
            value = function.exact(*map(mpmath.mpf, point))
        except (ValueError, ZeroDivisionError):
            return mpmath.nan
    return mpmath.nan if isinstance(value, mpmath.mpc) else value


def error_at(function: Function, point: tuple[float, ...], found: Any) -> float:
    """The error at one point in units in the last place."""
    exact, info = exact_value(function, point), np.finfo(found.dtype)
    if mpmath.isnan(exact) or np.isnan(found):
        return 0.0 if mpmath.isnan(exact) and np.isnan(found) else np.inf
    if np.isinf(found) or mpmath.isinf(exact):
        with np.errstate(over="ignore"):
            rounded = found.dtype.type(float(exact))
        return 0.0 if rounded == found else np.inf
    with mpmath.workprec(DIGITS):
        size = abs(exact)
        if function.scale is not None:
            size = max(size, mpmath.mpf(float(function.scale(*map(np.float64, point)))))
        exponent = int(mpmath.frexp(size)[1]) - 1 if size else info.minexp
        step = mpmath.ldexp(1, max(exponent, int(info.minexp)) - info.nmant)
        return float(abs(mpmath.mpf(float(found)) - exact) / step)


def unit(size: Array, info: Any) -> Array:
    """The distance of floats of the dtype at `size`."""
    exponent = np.frexp(np.maximum(size, size.dtype.type(info.smallest_normal)))[1] - 1
    return np.ldexp(size.dtype.type(1), exponent - info.nmant)


def page(count: int = 100_000) -> str:
    """The text of docs/accuracy.md; rows also go to stderr as they are measured."""
    lines = ["| function | float64 | float32 | bound |", "|---|---|---|---|"]
    for function in FUNCTIONS:
        found = [measure(function, dtype, count) for dtype in ("float64", "float32")]
        cells = " | ".join(f"{m.worst:.2f}" for m in found)
        lines.append(f"| `{function.name}` | {cells} | {function.bound:g} |")
        print(lines[-1], *(m.at for m in found), file=sys.stderr)
    return INTRODUCTION.format(count=count) + "\n".join(lines) + "\n"


INTRODUCTION = """# Accuracy of compiled elementary functions

The largest error found, in units in the last place, over {count:,} points or a few more of each
function and precision; written by `make reference`. The points are spread evenly over the floats
of the domain, subnormal numbers included, and again over the parts where a formula changes or
something cancels. `docs/accuracy.py` says how the exact values are had, and has the points.

Where a function is a small difference of larger terms, the units are those of the terms: for
`lgamma` below -2 of the larger of 1 and lgamma(-x), for `digamma` below 0 of the larger of 1 and
digamma(1 - x), for `logaddexp` of the larger operand. On the other side of 0 `lgamma` and `digamma`
keep their digits near their zeros.

"""


if __name__ == "__main__":
    import complex_accuracy

    PAGE.write_text(page() + complex_accuracy.table(), encoding="utf-8")
