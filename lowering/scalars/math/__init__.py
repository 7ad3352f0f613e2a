"""Formulas of elementary functions, without branches, which LLVM's loop vectoriser can widen.

Each is argument reduction, a polynomial, and selects for the special values, in the precision of
its argument. docs/accuracy.md has the errors that are measured, in units in the last place.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from llvmlite import ir

from ...llvm.module import Module
from ...llvm.types import Value
from ...llvm.writer import Writer
from ..real import FORMATS, Real, product
from .error import erf as erf
from .error import erfc as erfc
from .error import erfcx as erfcx
from .error import erfinv as erfinv
from .error import gaussian as gaussian
from .error import log_ndtr as log_ndtr
from .error import ndtr as ndtr
from .error import normal_density as normal_density
from .exponential import cosh as cosh
from .exponential import exp as exp
from .exponential import exp2 as exp2
from .exponential import expm1 as expm1
from .exponential import sech_squared as sech_squared
from .exponential import sigmoid as sigmoid
from .exponential import sigmoid_slope as sigmoid_slope
from .exponential import sinh as sinh
from .exponential import tanh as tanh
from .gamma import digamma as digamma
from .gamma import lgamma as lgamma
from .logarithmic import acosh as acosh
from .logarithmic import asinh as asinh
from .logarithmic import atanh as atanh
from .logarithmic import log as log
from .logarithmic import log1p as log1p
from .logarithmic import log2 as log2
from .logarithmic import log10 as log10
from .logarithmic import pow as pow
from .trigonometric import acos as acos
from .trigonometric import asin as asin
from .trigonometric import atan as atan
from .trigonometric import atan2 as atan2
from .trigonometric import cos as cos
from .trigonometric import sin as sin
from .trigonometric import tan as tan


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
    size, up, down = scaled_size(x, y)
    one = x.constant(1.0)
    back = x.constant(2.0**600).where(down.compare("<", 1.0), one)
    return size * x.constant(2.0**-600).where(up.compare(">", 1.0), back)


def scaled_size(x: Real, y: Real) -> tuple[Real, Real, Real]:
    """u d sqrt(x^2 + y^2) for doubles that are not negative; u, which is above 1 for small ones;
    and d, which is below 1 for large ones.
    """
    swap = x.compare("<", y)
    large, small = y.where(swap, x), x.where(swap, y)
    one, high, low = x.constant(1.0), large.compare(">", 2.0**500), large.compare("<", 2.0**-450)
    down, up = x.constant(2.0**-600).where(high, one), x.constant(2.0**600).where(low, one)
    large, small = large * (down * up), small * (down * up)
    square, lost = product(large, large)
    return (square + small.fma(small, lost)).sqrt(), up, down


def direction(x: Real, y: Real) -> Real:
    """x / hypot(x, y), 0 at the origin; the sign of infinite x where y is finite."""
    b = x.b
    endless = b.and_(abs(x).compare("==", math.inf), abs(y).compare("<", math.inf))
    beyond = b.and_(abs(x).compare("<", math.inf), abs(y).compare("==", math.inf))
    if x.format.bits == 32:
        wide, high = x.wide(), y.wide()
        value = ratio(wide, wide.fma(wide, high * high).sqrt()).narrow()
    else:
        size, up, down = scaled_size(abs(x), abs(y))
        value = ratio(x * up, size) * down
    value = x.constant(0.0).where(beyond, value)
    return x.constant(1.0).copysign(x).where(endless, value)


def ratio(x: Real, size: Real) -> Real:
    """x / size, and x where size is 0."""
    return x / size.constant(1.0).where(size.compare("==", 0.0), size)


def call(module: Module, b: Writer, formula: Callable[..., Real], *values: Value) -> Value:
    """A call of the function with this formula, of doubles or of floats: the module has it once for
    each precision.
    """
    name, type, count = formula.__name__, values[0].type, len(values)
    if module.shared is None:
        return call_with_loop(module, b, name, formula, *values)
    full_name = f"polyad.{name}.{type.intrinsic_name}"
    made = module.shared.define(full_name, type, count, body_of(formula))
    return b.call(made, values)


def call_with_loop(
    module: Module,
    b: Writer,
    name: str,
    formula: Callable[..., Real],
    *values: Value,
) -> Value:
    """A call of a function that may have loops, and so has no form for vectors."""
    type = values[0].type
    of = ir.FunctionType(type, [type] * len(values))
    made = module.define(f"polyad.{name}.{type.intrinsic_name}", of, body_of(formula))
    return b.call(made, values)


def body_of(formula: Callable[..., Real]) -> Callable[[Writer, Sequence[Value]], Value]:
    """The body of a function with this formula."""
    return lambda b, arguments: formula(*(Real(b, a) for a in arguments)).value


def largest_angle(x: Value) -> float:
    """The largest angle of which the fast formulas take the sine, in the precision of x."""
    return FORMATS[x.type].largest_angle
