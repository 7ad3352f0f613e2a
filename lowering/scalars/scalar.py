"""One row per element-wise op of the array dialect: how to emit it for one element.

A row is called with the context, the op's attributes and the operand values; `EMIT` must agree with
`polyad.lowering.table`. Operands of complex dtype are pairs, and go to the rows of `complex.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llvmlite import ir

from ..llvm.types import F64, I1, I32, I64, Value, constant
from . import math, power
from .context import Context, Row
from .conversion import bitcast, convert
from .division import (
    float_floor_divide,
    float_remainder,
    integer_floor_divide,
    integer_remainder,
    shift,
)


def vector(name: str) -> Row:
    """A function of `math`, in the precision of its operands."""
    return lambda c, *values: math.call(c.module, c.b, name, *values)


def angular(name: str) -> Row:
    """sin, cos, tan: the fast formula where the kernel can run again for large angles, or libm."""

    def row(c: Context, x: Value) -> Value:
        if c.doubt is None:
            return c.libm(name, x)
        size, largest = c.intrinsic("llvm.fabs", x), math.largest_angle(x)
        large = c.b.fcmp_ordered(">", size, largest)
        large = c.b.and_(large, c.b.fcmp_ordered("<", size, c.const(float("inf"))))
        if c.doubt.branches:
            return either(c, name, large, x)
        c.doubt.raise_if(c.b, large)
        return math.call(c.module, c.b, name, x)

    return row


def either(c: Context, name: str, large: Value, x: Value) -> Value:
    """libm for a large angle, and the fast formula for another."""
    results = []
    with c.b.if_else(large, likely=False) as (slow, fast):
        with slow:
            results.append((c.libm(name, x), c.b.block))
        with fast:
            value = math.call(c.module, c.b, name, x)
            results.append((value, c.b.block))
    result = c.b.phi(results[0][0].type)
    for value, block in results:
        result.add_incoming(value, block)
    return result


def special(name: str) -> Row:
    """A function of SciPy's, in double precision."""

    def row(c: Context, *values: Value) -> Value:
        return scipy(c, name, [c.double(v) for v in values])

    return row


def scipy(c: Context, name: str, values: Sequence[Value]) -> Value:
    """A call of SciPy's function, whose last argument says that no method replaces it."""
    arguments = [*values, I32(0)]
    types = [a.type for a in arguments]
    function = c.module.library(f"special.{name}", F64, types, pure=True)
    return c.rounded(c.b.call(function, arguments))


def zeta(c: Context, s: Value, q: Value) -> Value:
    return c.rounded(math.call(c.module, c.b, "zeta", c.double(s), c.double(q)))


def polygamma(c: Context, x: Value, *, order: int) -> Value:
    if order == 0:
        return vector("digamma")(c, x)
    return c.rounded(math.polygamma_of(c.module, c.b, order, c.double(x)))


def expn(c: Context, x: Value, *, order: int) -> Value:
    return scipy(c, "expn", [I64(order), c.double(x)])


def bessel_i(c: Context, x: Value, *, order: int, scaled: bool) -> Value:
    suffix = "e" if scaled else ""
    return bessel(c, x, order, f"i{order}{suffix}", f"iv{suffix}")


def bessel_j(c: Context, x: Value, *, order: int) -> Value:
    return bessel(c, x, order, f"j{order}", "jv")


def bessel(c: Context, x: Value, order: int, low: str, general: str) -> Value:
    """Orders 0 and 1 have functions of their own."""
    if order < 2:
        return special(low)(c, x)
    return scipy(c, general, [F64(order), c.double(x)])


def per_kind(
    *,
    floating: Row,
    integer: Row | None = None,
    unsigned: Row | None = None,
    boolean: Row | None = None,
) -> Row:
    """Different rows by the kind of the first operand."""

    def row(c: Context, *values: Value) -> Value:
        kind = c.dtype.kind
        chosen = (
            floating
            if kind == "float"
            else unsigned
            if kind == "uint"
            else boolean
            if kind == "bool"
            else integer
        )
        return (chosen or integer or floating)(c, *values)

    return row


def unchanged(c: Context, x: Value) -> Value:
    return x


def rounding(name: str) -> Row:
    return per_kind(floating=lambda c, x: c.intrinsic(name, x), integer=unchanged)


def compare(relation: str) -> Row:
    def row(c: Context, x: Value, y: Value) -> Value:
        if c.dtype.is_floating:
            return (c.b.fcmp_unordered if relation == "!=" else c.b.fcmp_ordered)(relation, x, y)
        return (c.b.icmp_signed if c.dtype.kind == "int" else c.b.icmp_unsigned)(relation, x, y)

    return row


def extremum(relation: str, name: str) -> Row:
    def integer(c: Context, x: Value, y: Value) -> Value:
        return c.b.select(compare(relation)(c, x, y), x, y)

    return per_kind(
        floating=lambda c, x, y: c.intrinsic(name, x, y, flags=("nsz",)), integer=integer
    )


def absolute(c: Context, x: Value) -> Value:
    return c.b.select(c.b.icmp_signed("<", x, c.const(0)), c.b.neg(x), x)


def sign_of_float(c: Context, x: Value) -> Value:
    one, zero = c.const(1.0), c.const(0.0)
    below = c.b.select(
        c.b.fcmp_ordered("<", x, zero),
        c.const(-1.0),
        c.b.select(c.b.fcmp_ordered("==", x, zero), zero, x),
    )
    return c.b.select(c.b.fcmp_ordered(">", x, zero), one, below)


def sign_of_integer(c: Context, x: Value) -> Value:
    below = c.b.select(c.b.icmp_signed("<", x, c.const(0)), c.const(-1), c.const(0))
    return c.b.select(compare(">")(c, x, c.const(0)), c.const(1), below)


def float_is(test: str) -> Row:
    """isnan, isinf, isfinite of a float; integers are finite."""

    def row(c: Context, x: Value) -> Value:
        if not c.dtype.is_floating:
            return I1(test == "finite")
        if test == "nan":
            return c.b.fcmp_unordered("uno", x, x)
        size = c.intrinsic("llvm.fabs", x)
        return c.b.fcmp_ordered("==" if test == "inf" else "<", size, c.const(float("inf")))

    return row


def signbit(c: Context, x: Value) -> Value:
    bits = ir.IntType(c.dtype.bits)
    return c.b.icmp_signed("<", c.b.bitcast(x, bits), bits(0))


def exponential(c: Context, x: Value) -> Value:
    """exp; of -y y, which goes with erf y and erfc y as their derivative, by what they compute."""
    y = root_of_negated_square(x) if c.module.contract else None
    return vector("exp")(c, x) if y is None else vector("gaussian")(c, y)


def root_of_negated_square(x: Value) -> Value | None:
    """y where x is -y y or -(y y); else None."""
    if is_made_by(x, "fneg") and is_made_by(x.operands[0], "fmul"):
        left, right = x.operands[0].operands
        return left if left is right else None
    if is_made_by(x, "fmul") and is_made_by(x.operands[0], "fneg"):
        return x.operands[1] if x.operands[0].operands[0] is x.operands[1] else None
    return None


def is_made_by(x: Value, name: str) -> bool:
    """Whether x is the result of an LLVM instruction of this name."""
    return isinstance(x, ir.Instruction) and x.opname == name


# Exponents up to sign for which products and a root give the power to 2 ulp.
BY_ROOT = (0.5, 1.0, 1.5, 2.0, 2.5, 3.0)


def power_by_root(c: Context, x: Value, exponent: float) -> Value:
    """x to a multiple of 1/2. An odd one has no sign for -0 and -inf, unlike the square root."""
    b, inf = c.b, c.const(float("inf"))
    factors = [x] * int(abs(exponent))
    if exponent % 1:
        size = c.intrinsic("llvm.fabs", x)
        unsigned = b.or_(b.fcmp_ordered("==", x, c.const(0.0)), b.fcmp_ordered("==", size, inf))
        x = b.select(unsigned, size, x)
        factors = [c.intrinsic("llvm.sqrt", x), *[x] * len(factors)]
    value = factors[0]
    for factor in factors[1:]:
        value = b.fmul(value, factor)
    return value if exponent > 0 else b.fdiv(c.const(1.0), value)


def float_pow(c: Context, x: Value, y: Value) -> Value:
    """By products and roots if the exponent is known and small; a power of 2 has its own
    formula.
    """
    if isinstance(x, ir.Constant) and x.constant == 2.0:
        return vector("exp2")(c, y)
    if isinstance(y, ir.Constant) and abs(y.constant) in BY_ROOT:
        return power_by_root(c, x, y.constant)
    return vector("pow")(c, x, y)


def logaddexp(c: Context, x: Value, y: Value) -> Value:
    """max + log1p(exp(-|x - y|)), and the common value plus log 2 where they are equal
    (infinities).
    """
    b = c.b
    x, y = c.double(x), c.double(y)
    high = c.intrinsic("llvm.maximum", x, y)
    gap = c.intrinsic("llvm.fabs", b.fsub(x, y))
    rest = math.call(c.module, b, "log1p", math.call(c.module, b, "exp", b.fneg(gap)))
    equal = b.fcmp_ordered("==", x, y)
    return c.rounded(b.select(equal, b.fadd(x, F64(0.6931471805599453)), b.fadd(high, rest)))


def nextafter(c: Context, x: Value, y: Value) -> Value:
    """One more or less, seen as an integer; of 0, the smallest number there is."""
    b, bits, zero = c.b, ir.IntType(c.dtype.bits), c.const(0.0)
    number = b.bitcast(x, bits)
    away = b.icmp_unsigned("==", b.fcmp_ordered(">", y, x), b.icmp_signed(">=", number, bits(0)))
    moved = b.add(number, b.select(away, bits(1), bits(-1)))
    smallest = c.intrinsic("llvm.copysign", b.bitcast(bits(1), x.type), y)
    found = b.select(b.fcmp_ordered("==", x, zero), smallest, b.bitcast(moved, x.type))
    found = b.select(b.fcmp_ordered("==", x, y), y, found)
    return b.select(b.fcmp_unordered("uno", x, y), b.fadd(x, y), found)


def logical(name: str) -> Row:
    return lambda c, x, y: getattr(c.b, name)(x, y)


def arithmetic(floating: str, integer: str, boolean: str = "and_") -> Row:
    def row(c: Context, x: Value, y: Value) -> Value:
        if c.dtype.is_floating:
            return getattr(c.b, floating)(x, y, flags=c.module.contract)
        return getattr(c.b, boolean if c.dtype.kind == "bool" else integer)(x, y)

    return row


def imaginary_of_real(c: Context, x: Value) -> Value:
    return c.const(0)


SPECIAL = (
    *("gamma", "betaln", "gammainc", "gammaincc", "betainc"),
    *("ndtri", "expi", "dawsn", "spence"),
)
# Rows that take the op's attributes.
BY_ORDER: dict[str, Row] = {
    "expn": expn,
    "bessel_i": bessel_i,
    "bessel_j": bessel_j,
    "polygamma": polygamma,
}
EMIT: dict[str, Row] = {
    # arithmetic
    "add": arithmetic("fadd", "add", "or_"),
    "subtract": arithmetic("fsub", "sub"),
    "multiply": arithmetic("fmul", "mul"),
    "divide": lambda c, x, y: c.b.fdiv(x, y),
    "negative": per_kind(floating=lambda c, x: c.b.fneg(x), integer=lambda c, x: c.b.neg(x)),
    "abs": per_kind(
        floating=lambda c, x: c.intrinsic("llvm.fabs", x), integer=absolute, unsigned=unchanged
    ),
    "sign": per_kind(floating=sign_of_float, integer=sign_of_integer),
    "maximum": extremum(">", "llvm.maximum"),
    "minimum": extremum("<", "llvm.minimum"),
    "remainder": per_kind(floating=float_remainder, integer=integer_remainder),
    "floor_divide": per_kind(floating=float_floor_divide, integer=integer_floor_divide),
    "copysign": lambda c, x, y: c.intrinsic("llvm.copysign", x, y),
    "nextafter": nextafter,
    # rounding
    "floor": rounding("llvm.floor"),
    "ceil": rounding("llvm.ceil"),
    "round": rounding("llvm.rint"),
    "trunc": rounding("llvm.trunc"),
    # elementary functions
    "sqrt": lambda c, x: c.intrinsic("llvm.sqrt", x),
    **{name: vector(name) for name in (*math.UNARY, *math.BINARY)},
    **{name: angular(name) for name in math.ANGULAR},
    "exp": exponential,
    "pow": per_kind(floating=float_pow, unsigned=lambda c, x, y: power.of_integers(c.b, x, y)),
    "logaddexp": logaddexp,
    **{name: special(name) for name in SPECIAL},
    "zeta": zeta,
    # parts of numbers
    "conj": unchanged,
    "real": unchanged,
    "imag": imaginary_of_real,
    "complex": lambda c, x, y: (x, y),
    "signbit": signbit,
    "isnan": float_is("nan"),
    "isinf": float_is("inf"),
    "isfinite": float_is("finite"),
    # comparisons
    "equal": compare("=="),
    "not_equal": compare("!="),
    "less": compare("<"),
    "less_equal": compare("<="),
    "greater": compare(">"),
    "greater_equal": compare(">="),
    # bits and truth
    "logical_not": lambda c, x: c.b.not_(x),
    "logical_and": logical("and_"),
    "logical_or": logical("or_"),
    "logical_xor": logical("xor"),
    "bitwise_invert": lambda c, x: c.b.not_(x),
    "bitwise_and": logical("and_"),
    "bitwise_or": logical("or_"),
    "bitwise_xor": logical("xor"),
    "bitwise_left_shift": shift(True),
    "bitwise_right_shift": shift(False),
    "where": lambda c, condition, x, y: c.b.select(condition, x, y),
    "astype": convert,
    "bitcast": bitcast,
}


def emit(c: Context, name: str, attributes: dict[str, Any], values: Sequence[Value]) -> Value:
    """The value of op `name` for one element."""
    from . import complex as complex_scalar

    if name == "full":
        return constant(attributes["dtype"], attributes["value"])
    if any(d.is_complex for d in (*c.dtypes, c.result)) and name != "complex":
        return complex_scalar.EMIT[name](c, *values)
    if name in BY_ORDER:
        return BY_ORDER[name](c, *values, **attributes)
    return EMIT[name](c, *values)
