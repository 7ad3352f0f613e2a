"""Bounds of values, and where they show that no partial is infinite.

A denominator like √(σ² + 1e-5) is never 0, which bounds of the values before it show. They hold for
finite arguments, and say nothing of rounding: an interval ends at infinity where an op may get
there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ..ir import Function, Op
from ..ops.definition import OpDefinition


class Interval(NamedTuple):
    """Bounds of a real value."""

    low: float
    high: float


Rule = Callable[[Op, Sequence[Interval]], Interval]
ANY = Interval(-math.inf, math.inf)
UNIT = Interval(-1.0, 1.0)
POSITIVE = Interval(0.0, math.inf)
SHARE = Interval(0.0, 1.0)

# Ops whose partials are finite for finite operands, unless a product overflows.
TAME = {
    *("add", "subtract", "negative", "multiply", "square", "sin", "cos", "abs", "sign", "where"),
    *("tanh", "sech_squared", "sigmoid", "sigmoid_slope", "logaddexp", "atan", "asinh", "hypot"),
    *("maximum", "minimum", "max", "min", "conj", "real", "imag", "complex", "astype", "sort"),
    *("reshape", "permute_dims", "flip", "slice", "pad", "concat", "broadcast_to", "take"),
    *("sum", "cumulative_sum", "windows", "overlap_add", "scatter", "prod", "dot_general"),
    *("guard", "shield", "call", "cond", "scan", "while", "integer_pow", "erf", "erfc"),
    *("checkpoint_name", "log_sum_exp", "soft_max", "log_soft_max"),
}
DIVIDES = {"divide": 1, "reciprocal": 0}
"""The operand that must not be 0."""
ROOTS = {"sqrt": 0.0, "log": 0.0, "log2": 0.0, "log10": 0.0, "log1p": -1.0}
"""The number that the first operand must exceed."""
BOUNDED = {*DIVIDES, *ROOTS, "exp", "expm1", "sinh", "cosh"}
LARGEST = 80.0
"""An exponent whose exponential is finite in all dtypes."""


def is_tame(function: Function) -> bool:
    """Whether no partial in `function` is infinite at finite arguments, so that a 0 in a tangent
    that a user gives stays 0 by itself.
    """
    bounded = False
    for op in function.walk():
        rules = op.definition
        if op.name in BOUNDED:
            bounded = True
        elif op.name not in TAME and not (
            isinstance(rules, OpDefinition) and not rules.differentiable
        ):
            return False
    return not bounded or _results(function, ()) is not None


def _results(function: Function, given: Sequence[Interval]) -> list[Interval] | None:
    """Bounds of the results for those `given` of the arguments; None if an op may be at a pole."""
    found = dict(zip(function.arguments, given, strict=False))
    for op in function.ops:
        bounds = [found.get(v, ANY) for v in op.operands]
        if op.name in BOUNDED and not _is_regular(op, bounds):
            return None
        inside = [_results(region, bounds if op.name == "call" else ()) for region in op.regions]
        if None in inside:
            return None
        if op.name == "call":
            found.update(zip(op.results, inside[0] or (), strict=True))
        elif op.name in RULES:
            found[op.result] = _bounds(op, bounds)
    return [found.get(v, ANY) for v in function.results]


def _is_regular(op: Op, given: Sequence[Interval]) -> bool:
    """Whether the bounds of the operands keep a `BOUNDED` op off its poles."""
    if op.name in DIVIDES:
        low, high = given[DIVIDES[op.name]]
        return max(low, -high) >= _least(op)
    if op.name in ROOTS:
        return given[0].low - ROOTS[op.name] >= _least(op)
    if op.name in ("sinh", "cosh"):
        return _size(given[0]).high <= LARGEST
    return op.name in ("exp", "expm1") and given[0].high <= LARGEST


def _least(op: Op) -> float:
    """The least number with a finite reciprocal."""
    dtype = np.dtype(op.operands[0].type.dtype.name)
    return float(np.finfo(dtype).tiny) if dtype.kind == "f" else math.inf


# -- Bounds ----------------------------------------------------------------------------------------


def _bounds(op: Op, given: Sequence[Interval]) -> Interval:
    if any(v.type.dtype.is_complex for v in (*op.operands, op.result)):
        return ANY
    try:
        low, high = RULES[op.name](op, given)
    except OverflowError:
        return ANY
    return ANY if math.isnan(low) or math.isnan(high) else Interval(low, high)


def _product(a: Interval, b: Interval) -> Interval:
    ends = [x * y if x and y else 0.0 for x in a for y in b]
    return Interval(min(ends), max(ends))


def _inverse(a: Interval) -> Interval:
    return Interval(1 / a.high, 1 / a.low) if a.low > 0 or a.high < 0 else ANY


def _square(a: Interval) -> Interval:
    size = _size(a)
    return Interval(size.low * size.low, size.high * size.high)


def _size(a: Interval) -> Interval:
    return Interval(max(a.low, -a.high, 0.0), max(-a.low, a.high))


def _union(given: Sequence[Interval]) -> Interval:
    return Interval(min(a.low for a in given), max(a.high for a in given))


def _multiply(op: Op, given: Sequence[Interval]) -> Interval:
    if op.operands[0] is op.operands[1]:
        return _square(given[0])
    return _product(given[0], given[1])


def _sum(op: Op, given: Sequence[Interval]) -> Interval:
    count = math.prod(op.operands[0].type.shape[i] for i in op.attrs["axes"])
    return _product(given[0], Interval(count, count))


def _power(op: Op, given: Sequence[Interval]) -> Interval:
    return ANY if op.attrs["exponent"] % 2 else POSITIVE


def _full(op: Op, given: Sequence[Interval]) -> Interval:
    value: float = op.attrs["dtype"].real.scalar(op.attrs["value"])
    return Interval(value, value)


def _rising(function: Callable[[float], float], pole: float | None = None) -> Rule:
    """The rule of a function that increases, from its pole on if it has one."""

    def rule(op: Op, given: Sequence[Interval]) -> Interval:
        low, high = given[0]
        return Interval(function(low), function(high)) if pole is None or low > pole else ANY

    return rule


def _same(op: Op, given: Sequence[Interval]) -> Interval:
    return given[0]


def _always(bounds: Interval) -> Rule:
    return lambda op, given: bounds


RULES: Mapping[str, Rule] = {
    **dict.fromkeys(("reshape", "permute_dims", "flip", "slice", "broadcast_to", "sort"), _same),
    **dict.fromkeys(("max", "min", "checkpoint_name", "stop_gradient"), _same),
    **dict.fromkeys(("tanh", "sin", "cos", "erf", "sign"), _always(UNIT)),
    **dict.fromkeys(("sigmoid", "sech_squared", "sigmoid_slope", "soft_max"), _always(SHARE)),
    "cosh": _always(Interval(1.0, math.inf)),
    "erfc": _always(Interval(0.0, 2.0)),
    "full": _full,
    "negative": lambda op, given: Interval(-given[0].high, -given[0].low),
    "abs": lambda op, given: _size(given[0]),
    "square": lambda op, given: _square(given[0]),
    "add": lambda op, given: Interval(given[0].low + given[1].low, given[0].high + given[1].high),
    "subtract": lambda op, given: Interval(
        given[0].low - given[1].high, given[0].high - given[1].low
    ),
    "multiply": _multiply,
    "integer_pow": _power,
    "reciprocal": lambda op, given: _inverse(given[0]),
    "divide": lambda op, given: _product(given[0], _inverse(given[1])),
    "sum": _sum,
    "sqrt": lambda op, given: Interval(*(math.sqrt(max(end, 0.0)) for end in given[0])),
    "exp": _rising(math.exp),
    "expm1": _rising(math.expm1),
    "log": _rising(math.log, 0.0),
    "log1p": _rising(math.log1p, -1.0),
    "maximum": lambda op, given: Interval(*map(max, zip(*given, strict=True))),
    "minimum": lambda op, given: Interval(*map(min, zip(*given, strict=True))),
    "hypot": lambda op, given: Interval(max(_size(a).low for a in given), math.inf),
    "where": lambda op, given: _union(given[1:]),
    "concat": lambda op, given: _union(given),
}
