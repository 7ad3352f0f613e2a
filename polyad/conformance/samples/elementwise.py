"""The rows of the element-wise ops."""

from __future__ import annotations

from ... import numpy as pnp
from ..sample import (
    BOOL,
    COMPLEX,
    FLOATS,
    INEXACT,
    INTEGERS,
    Operand,
    sample,
)

# -- Arithmetic -----------------------------------------------------------------------------------

sample("add", count=2)
sample("subtract", count=2)
sample("negative")
sample("multiply", count=2)
sample("guard", Operand(domain=(0.5, 2)), Operand())
sample("shield", Operand(domain=(0.5, 2)), Operand())
sample("divide", Operand(), Operand(domain=(0.5, 2)))
sample("reciprocal", domain=(0.5, 2))
sample("remainder", Operand(domain=(-5, 5)), Operand(domain=(0.7, 2), integers=(1, 5)))
sample(
    "remainder",
    Operand(domain=(-5, 5)),
    Operand(domain=(-2, -0.7), integers=(-4, 0)),
    label="negative",
    dtypes=("float64", "float32", "int32"),
)
sample("floor_divide", Operand(domain=(-5, 5)), Operand(domain=(0.7, 2), integers=(1, 5)))
sample(
    "floor_divide",
    Operand(domain=(-5, 5)),
    Operand(domain=(-2, -0.7), integers=(-4, 0)),
    label="negative",
    dtypes=("float64", "float32", "int32"),
)
sample("square")
sample("integer_pow", exponent=3)
sample("integer_pow", label="0", exponent=0)
sample("integer_pow", label="1", exponent=1)
sample("integer_pow", label="7", exponent=7)
sample("pow", Operand(domain=(0.5, 2)), Operand(integers=(0, 4)))
sample(
    "reciprocal", Operand((36,), special=True), label="special", dtypes=COMPLEX, derivatives=False
)
sample("abs")
sample("sign")
sample("sign", Operand((36,), special=True), label="special", dtypes=INEXACT, derivatives=False)
sample("floor", domain=(-3, 3))
sample("ceil", domain=(-3, 3))
sample("trunc", domain=(-3, 3))
sample("round", domain=(-3, 3))
sample("round", Operand((4, 5), (-3, 3), step=0.5), label="ties", derivatives=False)
sample("copysign", count=2)
sample("nextafter", count=2)
sample("maximum", count=2)
sample("minimum", count=2)
sample(
    "maximum", Operand(special=True), Operand(), label="special", dtypes=FLOATS, derivatives=False
)
sample(
    "minimum", Operand(), Operand(special=True), label="special", dtypes=FLOATS, derivatives=False
)

# -- Powers, exponentials, logarithms -------------------------------------------------------------

sample("sqrt", domain=(0.5, 3))
sample("exp")
sample("expm1", domain=(-1, 1))
sample("log", domain=(0.5, 3))
sample("log1p", domain=(-0.4, 2))
sample("log2", domain=(0.5, 3))
sample("log10", domain=(0.5, 3))
sample("logaddexp", count=2)
sample("sigmoid", domain=(-4, 4))
sample("sech_squared", domain=(-1, 1), tolerance=4)
sample("sigmoid_slope", domain=(-4, 4), tolerance=4)
sample("direction", count=2, tolerance=4)
sample("sigmoid", domain=(-800, 800), label="far", derivatives=False)
sample("hypot", count=2)

# -- Trigonometric and hyperbolic -----------------------------------------------------------------

sample("sin")
sample("cos")
sample("tan", domain=(-1, 1))
sample("asin", domain=(-0.8, 0.8))
sample("acos", domain=(-0.8, 0.8))
sample("atan", domain=(-0.8, 0.8))
sample("atan2", count=2)
sample("sinh")
sample("cosh")
sample("tanh", domain=(-1, 1))
sample("asinh", domain=(-0.8, 0.8))
sample("acosh", domain=(1.2, 3))
sample("atanh", domain=(-0.8, 0.8))

# -- Special functions ----------------------------------------------------------------------------

sample("erf")
sample("erfc")
sample("erfinv", domain=(-0.9, 0.9), tolerance=4)
sample("lgamma", domain=(0.5, 4), tolerance=4)
sample("lgamma", domain=(-2.8, -2.2), label="negative", tolerance=4)
sample("digamma", domain=(0.5, 4), tolerance=4)
sample("polygamma", domain=(0.5, 4), order=1, tolerance=8)
sample("polygamma", domain=(0.5, 4), order=2, label="2", tolerance=8)

# -- Complex, comparisons, logic, bits ------------------------------------------------------------

sample("conj")
sample("real")
sample("imag")
sample("complex", count=2)
sample("complex_logaddexp", count=2, dtypes=("complex128",))
sample("complex_share", count=2, dtypes=("complex128",))
sample("complex_share_slope", count=2, dtypes=("complex128",), tolerance=4)
for _name in ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal"):
    sample(_name, Operand(domain=(-1, 1), step=1), Operand(domain=(-1, 1), step=1))
for _name in ("isnan", "isinf", "isfinite"):
    sample(_name, Operand(special=True))
sample("signbit", Operand((5,), special=True))
sample("logical_not")
for _name in ("logical_and", "logical_or", "logical_xor"):
    sample(_name, count=2)
sample("bitwise_invert")
for _name in ("bitwise_and", "bitwise_or", "bitwise_xor"):
    sample(_name, count=2)
for _name in ("bitwise_left_shift", "bitwise_right_shift"):
    sample(_name, Operand(), Operand(integers=(0, 4)))

# -- Selection, conversion ------------------------------------------------------------------------

sample("where", Operand(dtype="bool"), Operand(), Operand())
sample("astype", dtype=pnp.complex128, label="complex128")
sample("astype", dtype=pnp.float64, label="float64")
sample("astype", dtype=pnp.float32, label="float32", tolerance=1e8)
sample("astype", dtype=pnp.int32, label="int32", dtypes=FLOATS + INTEGERS + BOOL)
sample("astype", Operand(step=1.0), dtype=pnp.bool, label="bool")
sample("bitcast", dtype=pnp.int64, dtypes=("float64", "int64"), label="int64")
sample("bitcast", dtype=pnp.float32, dtypes=("float32", "int32"), label="float32")
sample("bitcast", dtype=pnp.int8, dtypes=("uint8",), label="int8")
sample("stop_gradient", derivatives=False)
