"""Elementary functions without branches, which LLVM's loop vectoriser can widen.

Each is argument reduction, a polynomial, and selects for the special values, in the precision of
its argument. docs/accuracy.md has the errors that are measured, in units in the last place.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence

from llvmlite import ir

from ...llvm.module import Module
from ...llvm.types import Value
from ..real import FORMATS, Real, product
from .error import erf, erfc, erfcx, erfinv, gaussian, log_ndtr
from .exponential import cosh, exp, exp2, expm1, sigmoid, sinh, tanh
from .gamma import digamma, lgamma
from .logarithmic import acosh, asinh, atanh, log, log1p, log2, log10, pow
from .trigonometric import acos, asin, atan, atan2, cos, sin, tan
from .zeta import polygamma, zeta


def hypot(x: Real, y: Real) -> Real:
    """sqrt(x^2 + y^2), of doubles that are scaled to where the squares are normal numbers; those of
    floats are such doubles.
    """
    b, sizes = x.b, (abs(x), abs(y))
    endless = b.or_(*(size.compare("==", math.inf) for size in sizes))
    if x.format.bits == 32:
        x, y = x.wide(), y.wide()
        value = x.fma(x, y * y).sqrt().narrow()
    else:
        value = scaled_hypot(*sizes)
    return value.constant(math.inf).where(endless, value)


def scaled_hypot(x: Real, y: Real) -> Real:
    """sqrt(x^2 + y^2) for doubles that are not negative."""
    swap = x.compare("<", y)
    large, small = y.where(swap, x), x.where(swap, y)
    one, high, low = x.constant(1.0), large.compare(">", 2.0**500), large.compare("<", 2.0**-450)
    down = x.constant(2.0**-600).where(high, x.constant(2.0**600).where(low, one))
    up = x.constant(2.0**600).where(high, x.constant(2.0**-600).where(low, one))
    large, small = large * down, small * down
    square, lost = product(large, large)
    return (square + small.fma(small, lost)).sqrt() * up


UNARY: dict[str, Callable[[Real], Real]] = {
    "exp": exp,
    "expm1": expm1,
    "log": log,
    "log1p": log1p,
    "log2": log2,
    "log10": log10,
    "sinh": sinh,
    "cosh": cosh,
    "tanh": tanh,
    "asinh": asinh,
    "acosh": acosh,
    "atanh": atanh,
    "asin": asin,
    "acos": acos,
    "atan": atan,
    "sigmoid": sigmoid,
    "erf": erf,
    "erfc": erfc,
    "erfcx": erfcx,
    "erfinv": erfinv,
    "log_ndtr": log_ndtr,
    "lgamma": lgamma,
    "digamma": digamma,
}
ANGULAR: dict[str, Callable[[Real], Real]] = {"sin": sin, "cos": cos, "tan": tan}
BINARY: dict[str, Callable[[Real, Real], Real]] = {"atan2": atan2, "hypot": hypot, "pow": pow}
FUNCTIONS: dict[str, Callable[..., Real]] = {**UNARY, **ANGULAR, **BINARY}
# What is no op but a case of one, and what has a loop and so is not widened.
INNER: dict[str, Callable[..., Real]] = {"exp2": exp2, "gaussian": gaussian, "zeta": zeta}
WITH_LOOP = ("zeta", "polygamma")
IN_DOUBLE = ("hypot", "pow", "lgamma", "digamma")  # in single precision


def call(module: Module, builder: ir.IRBuilder, name: str, *values: Value) -> Value:
    """`name` of doubles or of floats."""
    return defined(module, builder, name, {**FUNCTIONS, **INNER}[name], values)


def polygamma_of(module: Module, builder: ir.IRBuilder, order: int, x: Value) -> Value:
    """The derivative of digamma of an order from 1 on, of a double."""
    function = functools.partial(polygamma, order)
    return defined(module, builder, f"polygamma.{order}", function, (x,))


def defined(
    module: Module,
    builder: ir.IRBuilder,
    name: str,
    function: Callable[..., Real],
    values: Sequence[Value],
) -> Value:
    """A call of a function that the module has once for each precision."""

    def body(b: ir.IRBuilder, arguments: Sequence[Value]) -> Value:
        return function(*(Real(b, a) for a in arguments)).value

    type, count = values[0].type, len(values)
    full_name = f"polyad.{name}.{type.intrinsic_name}"
    if module.shared is not None and name.partition(".")[0] not in WITH_LOOP:
        made = module.shared.define(full_name, type, count, body)
    else:
        made = module.define(full_name, ir.FunctionType(type, [type] * count), body)
    return builder.call(made, values)


def largest_angle(x: Value) -> Value:
    """Up to where the angular functions take values like x."""
    return x.type(FORMATS[x.type].largest_angle)
