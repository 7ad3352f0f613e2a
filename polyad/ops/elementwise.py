"""Element-wise ops. Partials take the operands, then the result."""

from __future__ import annotations

import math
from collections.abc import Callable

from ..errors import PolyadTypeError
from ..ir import ArrayType, DType
from ..ir.types import bool_
from . import dispatch, sparsity
from .creation import ones_like, zeros_like
from .definition import OpDefinition, elementwise
from .types import Dual, Operand, OperandOrScalar, Operands, Tangents

# -- Arithmetic ------------------------------------------------------------------------------------

add = elementwise(
    "add",
    operands=2,
    linear=((0, 1),),
    transposes=(lambda ct, x, y: ct, lambda ct, x, y: ct),
    alone=(lambda x: x, lambda y: y),
)
subtract = elementwise(
    "subtract",
    operands=2,
    linear=((0, 1),),
    transposes=(lambda ct, x, y: ct, lambda ct, x, y: -ct),
    alone=(lambda x: x, lambda y: -y),
)
negative = elementwise("negative", linear=((0,),), transposes=(lambda ct, x: -ct,))
multiply = elementwise(
    "multiply",
    operands=2,
    linear=((0,), (1,)),
    transposes=(lambda ct, x, y: ct * y, lambda ct, x, y: ct * x),
    sparsity=sparsity.factors,
)


def divide_jvp(primals: Operands, tangents: Tangents) -> Dual:
    """d(x/y) = dx/y - dy·(x/y)/y."""
    (x, y), (dx, dy) = primals, tangents
    z = divide(x, y)
    terms = [] if dx is None else [dx * reciprocal(y)]
    if dy is not None:
        terms.append(dy * -(z / y))
    return z, terms[0] if len(terms) == 1 else terms[0] + terms[1]


divide = elementwise(
    "divide",
    operands=2,
    accepts="floating",
    linear=((0,),),
    transposes=(lambda ct, x, y: ct * reciprocal(y), None),
    jvp=divide_jvp,
    sparsity=sparsity.quotient,
)
reciprocal = elementwise(
    "reciprocal",
    accepts="floating",
    singular=True,
    partials=(lambda x, y: -(y * y),),
    decomposition=lambda x: 1 / x,
)
remainder = elementwise(
    "remainder",
    operands=2,
    accepts="real",
    partials=(lambda x, y, z: 1.0, lambda x, y, z: -floor_divide(x, y)),
)
floor_divide = elementwise("floor_divide", operands=2, accepts="real", differentiable=False)
square = elementwise("square", partials=(lambda x, y: 2 * x,), decomposition=lambda x: x * x)


def integer_pow_partial(x: Operand, y: Operand, *, exponent: int) -> Operand:
    return zeros_like(x) if exponent == 0 else exponent * integer_pow(x, exponent=exponent - 1)


def integer_pow_by_squaring(x: Operand, *, exponent: int) -> Operand | None:
    """The product of those x^(2^k) whose bit k is set in the exponent; a negative power is the
    reciprocal of the positive one, which integers lack.
    """
    if exponent < 0 and not x.dtype.is_inexact:
        return None
    result: Operand | None = None
    power, left = x, exponent if exponent > 0 else -exponent
    while left:
        if left & 1:
            result = power if result is None else result * power
        left >>= 1
        if left:
            power = power * power
    if result is None:
        return ones_like(x)
    return result if exponent > 0 else 1 / result


integer_pow = elementwise(
    "integer_pow", partials=(integer_pow_partial,), decomposition=integer_pow_by_squaring
)
"""`x` to a static integer power, `exponent >= 0`."""


def pow_partial_base(x: Operand, y: Operand, z: Operand) -> Operand:
    """y·x^(y-1), and 0 where x and y are 0, although x^-1 is infinite."""
    none = logical_and(equal(x, 0), equal(y, 0))
    return where(none, 0, y * pow(where(none, 1, x), y - 1))


def pow_partial_exponent(x: Operand, y: Operand, z: Operand) -> Operand:
    """z·log(x), and 0 at x = 0; NaN for negative x."""
    return log(where(equal(x, 0), 1, x)) * z


pow = elementwise(
    "pow", operands=2, singular=True, partials=(pow_partial_base, pow_partial_exponent)
)


def abs_jvp(primals: Operands, tangents: Operands) -> Dual:
    """d|z| = Re(conj(s) dz) for s = sign(z); 0 at 0."""
    (x,), (t,) = primals, tangents
    s = sign(x)
    return abs(x), real(conj(s) * t) if x.dtype.is_complex else s * t


abs = elementwise("abs", result=lambda d: d.real, jvp=abs_jvp)


def sign_jvp(primals: Operands, tangents: Operands) -> Dual:
    """ds = i·s·Im(conj(s) dz) / |z| off the origin, which is (dz - s·Re(conj(s) dz)) / |z| without
    cancelling; 0 there, and 0 everywhere on the real line.
    """
    (x,), (t,) = primals, tangents
    s = sign(x)
    if not x.dtype.is_complex:
        return s, None
    modulus = abs(x)
    safe = where(equal(modulus, 0), 1, modulus)
    across = imag(conj(s) * t) / safe
    moved = complex(-imag(s) * across, real(s) * across)
    return s, where(equal(modulus, 0), 0, moved)


sign = elementwise("sign", jvp=sign_jvp, sparsity=sparsity.zero_if_real)
floor = elementwise("floor", accepts="real", differentiable=False)
ceil = elementwise("ceil", accepts="real", differentiable=False)
round = elementwise("round", accepts="floating", differentiable=False)
trunc = elementwise("trunc", accepts="real", differentiable=False)
copysign = elementwise(
    "copysign",
    operands=2,
    accepts="real floating",
    partials=(lambda x, y, z: sign(x) * sign(z), None),
)
nextafter = elementwise(
    "nextafter", operands=2, accepts="real floating", partials=(lambda x, y, z: 1.0, None)
)


def extremum_jvp(op: OpDefinition, wins: OpDefinition) -> Callable[[Operands, Tangents], Dual]:
    """The tangent of the operand that wins; half of each on ties. A selection, and no product with
    0.
    """

    def rule(primals: Operands, tangents: Tangents) -> Dual:
        (x, y), total = primals, None
        for t, mine, other in ((tangents[0], x, y), (tangents[1], y, x)):
            if t is not None:
                weight = where(equal(x, y), 0.5, dispatch.lift(t.builder, 1.0, t.dtype))
                term = where(wins(mine, other), t * weight, 0)
                total = term if total is None else total + term
        return op(x, y), total

    return rule


maximum = elementwise(
    "maximum",
    operands=2,
    accepts="ordered",
    jvp=lambda primals, tangents: extremum_jvp(maximum, greater_equal)(primals, tangents),
)
minimum = elementwise(
    "minimum",
    operands=2,
    accepts="ordered",
    jvp=lambda primals, tangents: extremum_jvp(minimum, less_equal)(primals, tangents),
)

# -- Powers, exponentials, logarithms --------------------------------------------------------------

sqrt = elementwise("sqrt", accepts="floating", singular=True, partials=(lambda x, y: 0.5 / y,))


def cbrt_decomposition(x: Operand) -> Operand:
    """The power 1/3 of the modulus, and a step of Newton's method, since 1/3 is rounded."""
    below = less(x, 0)
    root = pow(where(below, -x, x), 1 / 3)
    root = where(below, -root, root)
    square = root * root
    usual = logical_and(isfinite(square), greater(square, 0))
    return root - where(usual, (root - x / where(usual, square, 1.0)) / 3.0, 0.0)


cbrt = elementwise(
    "cbrt",
    accepts="real floating",
    singular=True,
    partials=(lambda x, y: reciprocal(3 * (y * y)),),
    decomposition=cbrt_decomposition,
)
exp = elementwise("exp", accepts="floating", partials=(lambda x, y: y,))
expm1 = elementwise("expm1", accepts="floating", partials=(lambda x, y: exp(x),))
log = elementwise("log", accepts="floating", singular=True, partials=(lambda x, y: reciprocal(x),))
log1p = elementwise(
    "log1p", accepts="floating", singular=True, partials=(lambda x, y: reciprocal(x + 1),)
)
log2 = elementwise(
    "log2",
    accepts="floating",
    singular=True,
    partials=(lambda x, y: reciprocal(x * math.log(2)),),
)
log10 = elementwise(
    "log10",
    accepts="floating",
    singular=True,
    partials=(lambda x, y: reciprocal(x * math.log(10)),),
)


def logaddexp_partial(x: Operand, y: Operand) -> Operand:
    """The softmax weight of x; one half for equal infinities."""
    alike = logical_and(equal(x, y), isinf(x))
    return sigmoid(where(alike, 0, x) - where(alike, 0, y))


logaddexp = elementwise(
    "logaddexp",
    operands=2,
    accepts="real floating",
    partials=(lambda x, y, z: logaddexp_partial(x, y), lambda x, y, z: logaddexp_partial(y, x)),
)


sigmoid_slope = elementwise(
    "sigmoid_slope", accepts="real floating", partials=(lambda x, y: -tanh(x * 0.5) * y,)
)
"""σ(x)·σ(-x), where σ·(1 - σ) has lost its digits."""
sigmoid = elementwise("sigmoid", accepts="real floating", partials=(lambda x, y: sigmoid_slope(x),))
"""1/(1 + e^-x)."""


def ratio_or_zero(x: Operand, z: Operand) -> Operand:
    """x / z, and 0 where z is 0."""
    flat = equal(z, 0)
    return where(flat, 0, x / where(flat, 1, z))


def direction_partial_x(x: Operand, y: Operand, c: Operand) -> Operand:
    """sin²/r, with the sine for itself: 1 - cos² has lost it where y is small."""
    sine = direction(y, x)
    return ratio_or_zero(sine * sine, hypot(x, y))


direction = elementwise(
    "direction",
    operands=2,
    accepts="real floating",
    partials=(
        direction_partial_x,
        lambda x, y, c: ratio_or_zero(-c * direction(y, x), hypot(x, y)),
    ),
)
"""x / hypot(x, y), the cosine of the angle of the point (x, y); 0 at the origin, ±1 for infinite x
and finite y.
"""
hypot = elementwise(
    "hypot",
    operands=2,
    accepts="real floating",
    partials=(lambda x, y, z: direction(x, y), lambda x, y, z: direction(y, x)),
)

# -- Trigonometric and hyperbolic ------------------------------------------------------------------

sin = elementwise("sin", accepts="floating", partials=(lambda x, y: cos(x),))
cos = elementwise("cos", accepts="floating", partials=(lambda x, y: -sin(x),))
tan = elementwise("tan", accepts="floating", partials=(lambda x, y: 1 + y * y,))


def complement_of_square(x: Operand) -> Operand:
    """1 - x² by its factors, which keeps its digits near ±1, with the derivative -2x, which keeps
    them near 0.
    """
    plain = 1 - x * x
    return plain + stop_gradient((1 - x) * (1 + x) - plain)


asin = elementwise(
    "asin",
    accepts="floating",
    singular=True,
    partials=(lambda x, y: 1 / sqrt(complement_of_square(x)),),
)
acos = elementwise(
    "acos",
    accepts="floating",
    singular=True,
    partials=(lambda x, y: -1 / sqrt(complement_of_square(x)),),
)


def atan_slope_decomposition(x: Operand) -> Operand:
    """1/(1 + x²), of numbers with large squares 1/x²."""
    far = greater(abs(x), 2.0 ** (x.dtype.bits // 2))
    inverse = reciprocal(where(far, x, 1))
    return where(far, inverse * inverse, reciprocal(1 + square(where(far, 1, x))))


atan_slope = elementwise(
    "atan_slope",
    accepts="real floating",
    partials=(lambda x, y: where(equal(y, 0), 0, x) * y * (-2 * y),),
    decomposition=atan_slope_decomposition,
)
"""1/(1 + x²), whose square would vanish in its derivative."""


def atan_partial(x: Operand, y: Operand) -> Operand:
    return 1 / (1 + x * x) if x.dtype.is_complex else atan_slope(x)


atan = elementwise("atan", accepts="floating", partials=(atan_partial,))
atan2 = elementwise(
    "atan2",
    operands=2,
    accepts="real floating",
    partials=(
        lambda y, x, z: ratio_or_zero(direction(x, y), hypot(x, y)),
        lambda y, x, z: ratio_or_zero(-direction(y, x), hypot(x, y)),
    ),
)
sinh = elementwise("sinh", accepts="floating", partials=(lambda x, y: cosh(x),))
cosh = elementwise("cosh", accepts="floating", partials=(lambda x, y: sinh(x),))


sech_squared = elementwise(
    "sech_squared", accepts="real floating", partials=(lambda x, y: -2 * tanh(x) * y,)
)
"""1/cosh² x, where 1 - tanh² x has lost its digits."""


def tanh_partial(x: Operand, y: Operand) -> Operand:
    """1/cosh² x; of complex numbers by 4u/(1 + u)² with u = e^(-2|Re x| ∓ 2i Im x) off the
    imaginary axis, and 1 - y² by it, whose derivatives keep their digits there.
    """
    if not x.dtype.is_complex:
        return sech_squared(x)
    near = less(abs(real(x)), 0.5)
    u = exp(where(near, -1, where(less(real(x), 0), 2 * x, -2 * x)))
    return where(near, 1 - y * y, 4 * u / square(1 + u))


tanh = elementwise("tanh", accepts="floating", partials=(tanh_partial,))


def asinh_partial(x: Operand, y: Operand) -> Operand:
    """1/√(1 + x²); of real numbers without the square, which overflows."""
    return reciprocal(sqrt(x * x + 1) if x.dtype.is_complex else hypot(x, 1.0))


asinh = elementwise("asinh", accepts="floating", partials=(asinh_partial,))
acosh = elementwise(
    "acosh",
    accepts="floating",
    singular=True,
    partials=(lambda x, y: reciprocal(sqrt(x - 1)) * reciprocal(sqrt(x + 1)),),
)
atanh = elementwise(
    "atanh", accepts="floating", singular=True, partials=(lambda x, y: 1 / complement_of_square(x),)
)

# -- Special functions -----------------------------------------------------------------------------

lgamma = elementwise(
    "lgamma", accepts="real floating", singular=True, partials=(lambda x, y: digamma(x),)
)
digamma = elementwise(
    "digamma",
    accepts="real floating",
    singular=True,
    partials=(lambda x, y: polygamma(x, order=1),),
)
polygamma = elementwise(
    "polygamma",
    accepts="real floating",
    singular=True,
    partials=(lambda x, y, *, order: polygamma(x, order=order + 1),),
)
"""The derivative of digamma of that `order` (>= 1)."""

# -- Complex ---------------------------------------------------------------------------------------
# Transposes keep Re(ct · L(t)) = Re(L'(ct) · t), the pairing in which gradients are ∂u/∂x - i
# ∂u/∂y.

conj = elementwise("conj", linear=((0,),), transposes=(lambda ct, x: conj(ct),))
real = elementwise(
    "real",
    result=lambda d: d.real,
    linear=((0,),),
    transposes=(lambda ct, x: complex(ct, zeros_like(ct)) if x.dtype.is_complex else ct,),
)
imag = elementwise(
    "imag",
    result=lambda d: d.real,
    linear=((0,),),
    transposes=(
        lambda ct, x: complex(zeros_like(ct), -ct) if x.dtype.is_complex else zeros_like(ct),
    ),
)


def complex_dtype(dtype: DType) -> DType:
    """The dtype of a complex number with real and imaginary part of `dtype`."""
    return dtype.complex


complex = elementwise(
    "complex",
    operands=2,
    accepts="real floating",
    result=complex_dtype,
    linear=((0, 1),),
    transposes=(lambda ct, re, im: real(ct), lambda ct, re, im: -imag(ct)),
)

# -- Comparisons, logic, bits ----------------------------------------------------------------------


def boolean(dtype: DType) -> DType:
    return bool_


def comparison(name: str, accepts: str = "ordered") -> OpDefinition:
    return elementwise(name, operands=2, accepts=accepts, result=boolean, differentiable=False)


equal = comparison("equal", "any")
not_equal = comparison("not_equal", "any")
less = comparison("less")
less_equal = comparison("less_equal")
greater = comparison("greater")
greater_equal = comparison("greater_equal")

isnan = elementwise("isnan", accepts="any", result=boolean, differentiable=False)
isinf = elementwise("isinf", accepts="any", result=boolean, differentiable=False)
isfinite = elementwise("isfinite", accepts="any", result=boolean, differentiable=False)
signbit = elementwise("signbit", accepts="real floating", result=boolean, differentiable=False)

logical_not = elementwise("logical_not", accepts="boolean", differentiable=False)
logical_and = elementwise("logical_and", operands=2, accepts="boolean", differentiable=False)
logical_or = elementwise("logical_or", operands=2, accepts="boolean", differentiable=False)
logical_xor = elementwise("logical_xor", operands=2, accepts="boolean", differentiable=False)


def bitwise(name: str, operands: int = 2, accepts: str = "integer or boolean") -> OpDefinition:
    return elementwise(name, operands=operands, accepts=accepts, differentiable=False)


bitwise_invert = bitwise("bitwise_invert", operands=1)
bitwise_and = bitwise("bitwise_and")
bitwise_or = bitwise("bitwise_or")
bitwise_xor = bitwise("bitwise_xor")
bitwise_left_shift = bitwise("bitwise_left_shift", accepts="integer")
bitwise_right_shift = bitwise("bitwise_right_shift", accepts="integer")

# -- Selection, conversion -------------------------------------------------------------------------


def where_type(condition: ArrayType, x: ArrayType, y: ArrayType) -> ArrayType:
    """`x` where `condition` is true, `y` elsewhere."""
    if condition.dtype is not bool_:
        raise PolyadTypeError(f"the condition must be boolean, not {condition}")
    if x is not y or x.shape != condition.shape:
        raise PolyadTypeError(f"operands must have one shape and dtype, not {condition}, {x}, {y}")
    return x


where = elementwise(
    "where",
    operands=3,
    accepts="any",
    unpromoted=1,
    type_rule=where_type,
    linear=((1, 2),),
    transposes=(
        None,
        lambda ct, c, x, y: where(c, ct, zeros_like(ct)),
        lambda ct, c, x, y: where(c, zeros_like(ct), ct),
    ),
    sparsity=sparsity.choice,
)


def guard_type(gate: ArrayType, x: ArrayType) -> ArrayType:
    """`x` where `gate` is true, or not 0, and 0 elsewhere."""
    if x.shape != gate.shape:
        raise PolyadTypeError(f"operands must have one shape, not {gate}, {x}")
    return x


def guard_jvp(primals: Operands, tangents: Tangents) -> Dual:
    """By what the gate depends on, `x` is a number like any other also where the gate is 0."""
    (gate, x), (moving, t) = primals, tangents
    return guard(gate, x), t if t is None or moving is not None else guard(gate, t)


def guard_decomposition(gate: Operand, x: Operand) -> Operand:
    return where(gate if gate.dtype is bool_ else not_equal(gate, 0), x, zeros_like(x))


guard = elementwise(
    "guard",
    operands=2,
    accepts="any",
    unpromoted=1,
    gated=True,
    type_rule=guard_type,
    linear=((1,),),
    transposes=(None, lambda ct, gate, x: guard(gate, ct)),
    jvp=guard_jvp,
    decomposition=guard_decomposition,
    sparsity=sparsity.guarded,
)
"""A linear value where its gate is open: elsewhere a selection, or a factor of 0, has made it 0,
and it has met infinite partials since (see `transforms/gates.py`).
"""
shield = elementwise(
    "shield",
    operands=2,
    accepts="any",
    unpromoted=1,
    gated=True,
    type_rule=guard_type,
    linear=((1,),),
    transposes=(None, lambda ct, gate, x: ct),
    jvp=lambda primals, tangents: (shield(*primals), guard_jvp(primals, tangents)[1]),
    decomposition=guard_decomposition,
    sparsity=sparsity.guarded,
)
"""As `guard`, of a tangent whose cotangent comes to the selection itself, and needs none."""


def weighed(weight: Operand, x: OperandOrScalar) -> Operand:
    """`weight · x`, but 0 where the weight is 0, also if `x` is infinite or NaN there; the
    derivative by the weight is `x` everywhere.
    """
    return guard(weight, weight * x)


def astype_type(x: ArrayType, *, dtype: DType) -> ArrayType:
    """`x` converted to `dtype`; complex to real keeps the real part."""
    return x.with_dtype(dtype)


def astype_transpose(ct: Operand, x: Operand, *, dtype: DType) -> Operand:
    if dtype.is_complex and not x.dtype.is_complex:
        ct = real(ct)
    return astype(ct, dtype=x.dtype)


astype = elementwise(
    "astype", accepts="any", type_rule=astype_type, linear=((0,),), transposes=(astype_transpose,)
)


def bitcast_type(x: ArrayType, *, dtype: DType) -> ArrayType:
    """The bits of `x` read as another real dtype of the same width."""
    for given in (x.dtype, dtype):
        if given.family in ("bool", "complex"):
            raise PolyadTypeError(f"takes integers and real floats, not {given}")
    if x.dtype.bits != dtype.bits:
        raise PolyadTypeError(
            f"{x.dtype} has {x.dtype.bits} bits and {dtype} has {dtype.bits}: widths must be equal"
        )
    return x.with_dtype(dtype)


bitcast = elementwise("bitcast", accepts="any", type_rule=bitcast_type, differentiable=False)
stop_gradient = elementwise("stop_gradient", accepts="any", differentiable=False, foldable=False)


def checkpoint_name_type(x: ArrayType, *, name: str) -> ArrayType:
    """`x`, by a name that the policy of a checkpoint may keep."""
    return x


checkpoint_name = elementwise(
    "checkpoint_name",
    accepts="any",
    type_rule=checkpoint_name_type,
    linear=((0,),),
    transposes=(lambda ct, x, *, name: ct,),
    foldable=False,
)
