"""One row per element-wise op of the array dialect: how to emit it for one element.

A row is called with the context, the op's attributes and the operand values; `EMIT` must agree with
`polyad.lowering.table`. Operands of complex dtype are pairs, and go to the rows of `complex.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir

from polyad.ir import DType

from . import math
from .module import Module
from .types import F32, F64, I1, I32, I64, Value, constant, part_type

CONTRACT = ("contract",)  # a product and a sum may become one fused multiply-add


class Doubt:
    """A flag of a kernel: some value was outside the range of a fast formula, so the kernel must run again."""

    def __init__(self, builder: ir.IRBuilder) -> None:
        self.slot = builder.alloca(I64)
        builder.store(I64(0), self.slot)
        self.used = False

    def raise_if(self, builder: ir.IRBuilder, condition: Value) -> None:
        """Note that `condition` held once."""
        self.used = True
        builder.store(builder.or_(builder.load(self.slot), builder.zext(condition, I64)), self.slot)


class Context:
    """What a row needs: where to emit, and the dtypes of the op's operands and result."""

    def __init__(self, module: Module, builder: ir.IRBuilder, dtypes: Sequence[DType], result: DType,
                 doubt: Doubt | None = None) -> None:  # fmt: skip
        self.module, self.b, self.dtypes, self.result, self.doubt = module, builder, dtypes, result, doubt

    @property
    def dtype(self) -> DType:
        """The dtype of the first operand."""
        return self.dtypes[0]

    def const(self, value: Any) -> Value:
        return constant(self.dtype, value)

    def intrinsic(self, name: str, *values: Value, flags: Sequence[str] = ()) -> Value:
        """A call of an LLVM intrinsic that is overloaded on its operands' type."""
        type = values[0].type
        function = self.b.module.declare_intrinsic(name, [type], ir.FunctionType(type, [type] * len(values)))
        return self.b.call(function, values, fastmath=flags)

    def double(self, value: Value) -> Value:
        return value if value.type == F64 else self.b.fpext(value, F64)

    def rounded(self, value: Value) -> Value:
        """A double as the floating type of the first operand."""
        return self.b.fptrunc(value, F32) if self.dtype.bits == 32 else value

    def libm(self, name: str, *values: Value) -> Value:
        function = self.module.declare(name, F64, [F64] * len(values), pure=True)
        return self.rounded(self.b.call(function, [self.double(v) for v in values]))


Row = Callable[..., Value]


def vector(name: str) -> Row:
    """A function of `math.py`."""
    return lambda c, x: c.rounded(math.call(c.module, c.b, name, c.double(x)))


def libm(name: str) -> Row:
    return lambda c, *values: c.libm(name, *values)


def angular(name: str) -> Row:
    """sin and cos: the fast formula where the kernel can be run again for large angles, else libm."""

    def row(c: Context, x: Value) -> Value:
        if c.doubt is None:
            return c.libm(name, x)
        wide = c.double(x)
        size = c.intrinsic("llvm.fabs", wide)
        large = c.b.fcmp_ordered(">", size, F64(math.LARGEST_ANGLE))
        c.doubt.raise_if(c.b, c.b.and_(large, c.b.fcmp_ordered("<", size, F64(float("inf")))))
        return c.rounded(math.call(c.module, c.b, name, wide))

    return row


def special(name: str) -> Row:
    def row(c: Context, x: Value) -> Value:
        function = c.module.library(f"special.{name}", F64, [F64, I32], pure=True)
        return c.rounded(c.b.call(function, [c.double(x), I32(0)]))

    return row


def per_kind(*, floating: Row, integer: Row | None = None, unsigned: Row | None = None, boolean: Row | None = None) -> Row:
    """Different rows by the kind of the first operand."""

    def row(c: Context, *values: Value) -> Value:
        kind = c.dtype.kind
        chosen = floating if kind == "float" else unsigned if kind == "uint" else boolean if kind == "bool" else integer
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

    return per_kind(floating=lambda c, x, y: c.intrinsic(name, x, y, flags=("nsz",)), integer=integer)


def absolute(c: Context, x: Value) -> Value:
    return c.b.select(c.b.icmp_signed("<", x, c.const(0)), c.b.neg(x), x)


def sign_of_float(c: Context, x: Value) -> Value:
    one, zero = c.const(1.0), c.const(0.0)
    below = c.b.select(c.b.fcmp_ordered("<", x, zero), c.const(-1.0), c.b.select(c.b.fcmp_ordered("==", x, zero), zero, x))
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


def float_pow(c: Context, x: Value, y: Value) -> Value:
    """libm's in double precision; in single, exp(y log |x|) in double has digits to spare."""
    if c.dtype.bits == 64:
        return c.libm("pow", x, y)
    b, one, zero, inf = c.b, F64(1.0), F64(0.0), F64(float("inf"))
    x, y = c.double(x), c.double(y)
    size, half = c.intrinsic("llvm.fabs", x), b.fmul(y, F64(0.5))
    log = math.call(c.module, b, "log", size)
    value = math.call(c.module, b, "exp", b.fmul(y, log))
    whole = b.fcmp_ordered("==", c.intrinsic("llvm.rint", y), y)
    odd = b.and_(whole, b.fcmp_unordered("!=", c.intrinsic("llvm.rint", half), half))
    value = b.select(odd, c.intrinsic("llvm.copysign", value, x), value)
    below = b.and_(b.fcmp_ordered("<", x, zero), b.fcmp_ordered("<", size, inf))
    value = b.select(b.and_(below, b.not_(whole)), F64(float("nan")), value)
    endless = b.fcmp_ordered("==", c.intrinsic("llvm.fabs", y), inf)
    is_one = b.or_(b.fcmp_ordered("==", x, one), b.and_(b.fcmp_ordered("==", size, one), endless))
    return c.rounded(b.select(b.or_(is_one, b.fcmp_ordered("==", y, zero)), one, value))


def logaddexp(c: Context, x: Value, y: Value) -> Value:
    """max + log1p(exp(-|x - y|)), and the common value plus log 2 where they are equal (infinities)."""
    b = c.b
    x, y = c.double(x), c.double(y)
    high = c.intrinsic("llvm.maximum", x, y)
    gap = c.intrinsic("llvm.fabs", b.fsub(x, y))
    rest = math.call(c.module, b, "log1p", math.call(c.module, b, "exp", b.fneg(gap)))
    equal = b.fcmp_ordered("==", x, y)
    return c.rounded(b.select(equal, b.fadd(x, F64(0.6931471805599453)), b.fadd(high, rest)))


def nextafter(c: Context, x: Value, y: Value) -> Value:
    name, type = ("nextafterf", F32) if c.dtype.bits == 32 else ("nextafter", F64)
    return c.b.call(c.module.declare(name, type, [type, type], pure=True), [x, y])


def float_remainder(c: Context, x: Value, y: Value) -> Value:
    """The remainder with the sign of the divisor, as Python's %."""
    b, zero = c.b, c.const(0.0)
    rest = b.frem(x, y)
    differs = b.xor(b.fcmp_ordered("<", rest, zero), b.fcmp_ordered("<", y, zero))
    nonzero = b.fcmp_unordered("!=", rest, zero)
    adjusted = b.select(differs, b.fadd(rest, y), rest)
    result = b.select(nonzero, adjusted, c.intrinsic("llvm.copysign", zero, y))
    return b.select(b.fcmp_ordered("==", y, zero), rest, result)


def float_floor_divide(c: Context, x: Value, y: Value) -> Value:
    """The quotient rounded down, exact where x / y would have been rounded up to an integer."""
    b, zero, one = c.b, c.const(0.0), c.const(1.0)
    rest = b.frem(x, y)
    differs = b.and_(b.xor(b.fcmp_ordered("<", rest, zero), b.fcmp_ordered("<", y, zero)), b.fcmp_unordered("!=", rest, zero))
    quotient = b.fdiv(b.fsub(x, rest), y)
    quotient = b.select(differs, b.fsub(quotient, one), quotient)
    whole = c.intrinsic("llvm.floor", quotient)
    whole = b.select(b.fcmp_ordered(">", b.fsub(quotient, whole), c.const(0.5)), b.fadd(whole, one), whole)
    plain = b.fdiv(x, y)
    whole = b.select(b.fcmp_ordered("==", quotient, zero), c.intrinsic("llvm.copysign", zero, plain), whole)
    return b.select(b.fcmp_ordered("==", y, zero), plain, whole)


def safe_divisor(c: Context, x: Value, y: Value) -> tuple[Value, Value]:
    """y, but 1 where the division would trap; and whether y is 0."""
    b = c.b
    is_zero = b.icmp_unsigned("==", y, c.const(0))
    traps = is_zero
    if c.dtype.kind == "int":
        least = b.icmp_unsigned("==", x, c.const(-(2 ** (c.dtype.bits - 1))))
        traps = b.or_(traps, b.and_(least, b.icmp_unsigned("==", y, c.const(-1))))
    return b.select(traps, c.const(1), y), is_zero


def integer_remainder(c: Context, x: Value, y: Value) -> Value:
    """With the sign of the divisor; 0 where that is 0, as in NumPy."""
    b, zero = c.b, c.const(0)
    divisor, is_zero = safe_divisor(c, x, y)
    if c.dtype.kind == "uint":
        return b.select(is_zero, zero, b.urem(x, divisor))
    rest = b.srem(x, divisor)
    differs = b.and_(b.icmp_signed("!=", rest, zero), b.icmp_signed("<", b.xor(rest, divisor), zero))
    return b.select(is_zero, zero, b.select(differs, b.add(rest, divisor), rest))


def integer_floor_divide(c: Context, x: Value, y: Value) -> Value:
    """Rounded down; 0 where the divisor is 0, as in NumPy."""
    b, zero = c.b, c.const(0)
    divisor, is_zero = safe_divisor(c, x, y)
    if c.dtype.kind == "uint":
        return b.select(is_zero, zero, b.udiv(x, divisor))
    quotient, rest = b.sdiv(x, divisor), b.srem(x, divisor)
    differs = b.and_(b.icmp_signed("!=", rest, zero), b.icmp_signed("<", b.xor(rest, divisor), zero))
    return b.select(is_zero, zero, b.select(differs, b.sub(quotient, c.const(1)), quotient))


def shift(left: bool) -> Row:
    """By as many bits as the dtype has, or more, or by a negative number: all bits leave, as in NumPy."""

    def row(c: Context, x: Value, y: Value) -> Value:
        b, signed = c.b, c.dtype.kind == "int"
        inside = b.icmp_unsigned("<", y, c.const(c.dtype.bits))
        amount = b.select(inside, y, c.const(0))
        if left:
            return b.select(inside, b.shl(x, amount), c.const(0))
        gone = b.ashr(x, c.const(c.dtype.bits - 1)) if signed else c.const(0)
        return b.select(inside, (b.ashr if signed else b.lshr)(x, amount), gone)

    return row


def convert(c: Context, x: Value) -> Value:
    """`astype` between real dtypes. Floats outside an integer's range wrap (64 bits: saturate); NaN is 0."""
    source, target, b = c.dtype, c.result, c.b
    type = part_type(target)
    if target.kind == "bool":
        return b.fcmp_unordered("!=", x, c.const(0.0)) if source.is_floating else b.icmp_unsigned("!=", x, c.const(0))
    if source.is_floating and target.is_floating:
        return b.fpext(x, type) if target.bits > source.bits else b.fptrunc(x, type) if target.bits < source.bits else x
    if source.is_floating:
        return float_to_integer(c, x)
    if target.is_floating:
        return b.sitofp(x, type) if source.kind == "int" else b.uitofp(x, type)
    if x.type.width >= type.width:
        return b.trunc(x, type) if x.type.width > type.width else x
    return b.sext(x, type) if source.kind == "int" else b.zext(x, type)


def float_to_integer(c: Context, x: Value) -> Value:
    b, wide = c.b, ir.IntType(64)
    suffix = "f32" if c.dtype.bits == 32 else "f64"
    signed = saturating(c, f"llvm.fptosi.sat.i64.{suffix}", x)
    if c.result.kind == "uint" and c.result.bits == 64:
        unsigned = saturating(c, f"llvm.fptoui.sat.i64.{suffix}", x)
        return b.select(b.fcmp_ordered("<", x, c.const(0.0)), signed, unsigned)
    return signed if c.result.bits == wide.width else b.trunc(signed, part_type(c.result))


def saturating(c: Context, name: str, x: Value) -> Value:
    return c.b.call(c.module.declare(name, ir.IntType(64), [x.type], pure=True), [x])


def logical(name: str) -> Row:
    return lambda c, x, y: getattr(c.b, name)(x, y)


def arithmetic(floating: str, integer: str, boolean: str = "and_") -> Row:
    def row(c: Context, x: Value, y: Value) -> Value:
        if c.dtype.is_floating:
            return getattr(c.b, floating)(x, y, flags=CONTRACT)
        return getattr(c.b, boolean if c.dtype.kind == "bool" else integer)(x, y)

    return row


def imaginary_of_real(c: Context, x: Value) -> Value:
    return c.const(0)


EMIT: dict[str, Row] = {
    # arithmetic
    "add": arithmetic("fadd", "add", "or_"),
    "subtract": arithmetic("fsub", "sub"),
    "multiply": arithmetic("fmul", "mul"),
    "divide": lambda c, x, y: c.b.fdiv(x, y),
    "negative": per_kind(floating=lambda c, x: c.b.fneg(x), integer=lambda c, x: c.b.neg(x)),
    "abs": per_kind(floating=lambda c, x: c.intrinsic("llvm.fabs", x), integer=absolute, unsigned=unchanged),
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
    **{name: vector(name) for name in math.FUNCTIONS},
    "sqrt": lambda c, x: c.intrinsic("llvm.sqrt", x),
    **{name: libm(name) for name in "log2 log10 tan sinh cosh asinh acosh atanh erfc hypot".split()},
    **{name: angular(name) for name in math.ANGULAR},
    **{name: libm(name) for name in "asin acos atan atan2".split()},
    "pow": float_pow,
    "logaddexp": logaddexp,
    **{name: special(name) for name in ("erfinv", "lgamma", "digamma")},
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
}


def emit(c: Context, name: str, attributes: dict[str, Any], values: Sequence[Value]) -> Value:
    """The value of op `name` for one element."""
    from . import complex_scalar  # it builds on the rows above

    if name == "full":
        return constant(attributes["dtype"], attributes["value"])
    if any(d.is_complex for d in (*c.dtypes, c.result)) and name != "complex":
        return complex_scalar.EMIT[name](c, *values)
    return EMIT[name](c, *values)
