"""Each scalar function: agreement with NumPy for every dtype, special values, errors in ulp."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest

import polyad
from polyad.conformance import SAMPLES, sample_of
from polyad.execution import get_backend
from polyad.ir import ArrayType, Builder, Definition, DType
from polyad.lowering.backend import native
from polyad.lowering.native_ops import ROWS, kind

SPECIAL = (
    0.0,
    -0.0,
    math.inf,
    -math.inf,
    math.nan,
    1.0,
    -1.0,
    0.5,
    2.0,
    3.0,
    -2.0,
    1e-310,
    1e-8,
    700.0,
)
ARITY = {"hyp1f1": 3, "hyperu": 3, "hyp2f1": 4}  # of ops whose samples fix parameters
OWN_TEST = ("where", "astype", "bitcast", "full", "complex")


def function_of(name, of, size, **attributes):
    arity = ARITY.get(name) or sample_of(name).arity
    builder = Builder([ArrayType(of, (size,))] * arity)
    operands = tuple(builder.argument_handles())
    made = builder.emit(Definition.registry[name], operands, tuple(sorted(attributes.items())))
    return builder.build(made)


def values(dtype, seed):
    random, n = np.random.default_rng(seed), 120
    name = dtype.name
    if dtype.family == "bool":
        return random.random(n) < 0.5
    if dtype.is_integer:
        info = np.iinfo(name)
        x = random.integers(info.min, info.max, n, dtype=name, endpoint=True)
        x[:50] = random.integers(-5 if dtype.family == "int" else 0, 6, 50).astype(name)
        x[:2] = info.min, info.max
        return x
    if dtype.is_complex:
        return (random.standard_normal(n) * 2 + 1j * random.standard_normal(n)).astype(name)
    x = random.standard_normal(n) * 3
    x[: len(SPECIAL)] = random.permutation(SPECIAL)
    x[40:80] = random.random(40)
    return x.astype(dtype.dtype)


def orders(name):
    """The attributes of the op's samples, each once: the orders of Bessel's functions, say."""
    return dict.fromkeys(sample.attributes for sample in SAMPLES if sample.op == name)


CASES = [
    pytest.param(
        name,
        dtype,
        dict(attributes),
        id="-".join([name, dtype.short, *map(str, dict(attributes).values())]),
    )
    for name, row in ROWS.items()
    if name not in OWN_TEST
    for attributes in orders(name)
    for dtype in DType.by_name.values()
    if not dtype.is_stored  # see tests/low_precision
    if kind(dtype) in row.kinds and (name, dtype.is_integer) != ("round", True)
]


@pytest.mark.share(2)
@pytest.mark.parametrize(("name", "dtype", "attributes"), CASES)
def test_agrees_with_numpy(name, dtype, attributes):
    function = function_of(name, dtype, 120, **attributes)
    arrays = [values(dtype, i) for i in range(len(function.arguments))]
    compiled = native().compile(function)
    assert not compiled.host_steps
    with np.errstate(all="ignore"):
        (wanted,) = get_backend("numpy").evaluate(function, arrays)
    (found,) = compiled(*arrays)
    assert found.dtype == wanted.dtype
    if found.dtype.kind in "fc":
        single = found.dtype in (np.float32, np.complex64)
        tolerance = {"rtol": 1e-5, "atol": 1e-37} if single else {"rtol": 1e-13, "atol": 5e-324}
        if single and name == "betainc":  # SciPy's own in single precision has fewer digits
            tolerance["rtol"] = 1e-4
        if single and name == "betaincinv":
            tolerance["rtol"] = 2e-3
        if name == "lgamma":  # SciPy's is infinite at subnormal numbers
            kept = ~(np.abs(arrays[0]) < np.finfo(found.dtype).tiny) | (arrays[0] == 0)
            found, wanted = found[kept], wanted[kept]
        np.testing.assert_allclose(found, wanted, **tolerance)
    else:
        np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("name", ["floor", "ceil", "round", "trunc"])
def test_rounding_integers(name):
    x = np.array([-3, 0, 7], np.int32)
    (found,) = native().compile(function_of(name, DType.by_name["int32"], 3))(x)
    np.testing.assert_array_equal(found, x)
    assert found.dtype == np.int32


@pytest.mark.parametrize("dtype", ["complex128", "complex64"])
def test_complex_powers_of_and_to_zero(dtype):
    x = np.array([0, 0, 0, 0, 0, 0, 2 + 1j, -2], dtype)
    y = np.array([0, 1, 1 + 1j, 1j, -1, -1 + 1j, 0, 3], dtype)
    (found,) = native().compile(function_of("pow", DType.by_name[dtype], 8))(x, y)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(found, np.power(x, y), rtol=1e-6, atol=1e-5)


def test_powers_of_integers_are_those_of_numpy():
    """Wrapped around, and a negative exponent is the same error."""
    random = np.random.default_rng(0)
    for name in ("int8", "int32", "int64"):
        x = random.integers(np.iinfo(name).min, np.iinfo(name).max, 200, name)
        y = random.integers(0, 100, 200, name)
        compiled = native().compile(function_of("pow", DType.by_name[name], 200))
        with np.errstate(all="ignore"):
            np.testing.assert_array_equal(compiled(x, y)[0], np.power(x, y))
        y[77] = -1
        with pytest.raises(ValueError, match="negative integer powers"):
            compiled(x, y)


def test_complex_from_parts_keeps_infinities():
    re, im = np.array([1.0, math.inf, -0.0]), np.array([math.inf, 2.0, -0.0])
    (found,) = native().compile(function_of("complex", DType.by_name["float64"], 3))(re, im)
    np.testing.assert_array_equal(found.real, re)
    np.testing.assert_array_equal(np.signbit(found.imag), np.signbit(im))


@pytest.mark.parametrize("source", DType.by_name.values(), ids=str)
@pytest.mark.parametrize("target", DType.by_name.values(), ids=str)
def test_astype(source, target):
    function = function_of("astype", source, 120, dtype=target)
    x = values(source, 3)
    if source.is_inexact and target.is_integer:
        x = np.where(np.isfinite(x) & (np.abs(x) < 100), x, 1).astype(source.name)
    with np.errstate(all="ignore"):
        wanted = (
            x.real.astype(target.name)
            if source.is_complex and not (target.is_complex or target.family == "bool")
            else x.astype(target.name)
        )
    (found,) = native().compile(function)(x)
    if target.family == "uint":  # of negative numbers C says nothing
        found, wanted = found[x.real >= 0], wanted[x.real >= 0]
    assert found.dtype == wanted.dtype
    if target.is_stored:  # whose NaNs NumPy does not find
        found, wanted = found.astype(float), wanted.astype(float)
    np.testing.assert_array_equal(found, wanted)


def test_floats_out_of_an_integers_range():
    x = np.array([math.nan, math.inf, -math.inf, 1e300, 300.0])
    to64 = native().compile(
        function_of("astype", DType.by_name["float64"], 5, dtype=DType.by_name["int64"])
    )
    low, high = np.iinfo(np.int64).min, np.iinfo(np.int64).max
    assert to64(x)[0].tolist() == [0, high, low, high, 300]
    to8 = native().compile(
        function_of("astype", DType.by_name["float64"], 5, dtype=DType.by_name["int8"])
    )
    assert to8(x)[0].tolist()[-1] == 44


SPECIAL_RESULTS = {
    "exp": {
        math.inf: math.inf,
        -math.inf: 0.0,
        0.0: 1.0,
        710.0: math.inf,
        -745.0: 5e-324,
        -746.0: 0.0,
    },
    "expm1": {
        math.inf: math.inf,
        -math.inf: -1.0,
        -0.0: -0.0,
        5e-324: 5e-324,
        710.0: math.inf,
        -50.0: -1.0,
    },
    "log": {
        0.0: -math.inf,
        -1.0: math.nan,
        math.inf: math.inf,
        1.0: 0.0,
        5e-324: -744.4400719213812,
    },
    "log1p": {
        -1.0: -math.inf,
        -2.0: math.nan,
        math.inf: math.inf,
        -0.0: -0.0,
        5e-324: 5e-324,
        1e300: 690.7755278982137,
    },
    "tanh": {math.inf: 1.0, -math.inf: -1.0, -0.0: -0.0, 5e-324: 5e-324, 30.0: 1.0},
    "sigmoid": {math.inf: 1.0, -math.inf: 0.0, 0.0: 0.5, -745.0: 5e-324},
    "erf": {math.inf: 1.0, -math.inf: -1.0, -0.0: -0.0, 7.0: 1.0},
    "sin": {math.inf: math.nan, -0.0: -0.0, 5e-324: 5e-324, 1e22: -0.8522008497671888},
    "cos": {math.inf: math.nan, -0.0: 1.0, 1e22: 0.5232147853951389},
    "sqrt": {-1.0: math.nan, -0.0: -0.0, math.inf: math.inf},
}


@pytest.mark.parametrize("name", SPECIAL_RESULTS)
def test_special_values(name):
    cases = {**SPECIAL_RESULTS[name]}
    for x, wanted in [*cases.items(), (math.nan, math.nan)]:
        (found,) = native().compile(function_of(name, DType.by_name["float64"], 1))(np.array([x]))
        np.testing.assert_allclose(found, [wanted], rtol=3e-16, atol=0, err_msg=f"{name}({x})")
        assert math.isnan(wanted) or math.copysign(1, found[0]) == math.copysign(1, wanted)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (1.0, math.nan),
        (1.0, math.inf),
        (-1.0, math.inf),
        (0.0, 0.0),
        (math.nan, 0.0),
        (-8.0, 3.0),
        (-8.0, 2.0),
        (-8.0, 0.5),
        (-0.0, 3.0),
        (-0.0, -3.0),
        (0.0, -2.0),
        (-math.inf, 3.0),
        (-math.inf, 0.5),
        (math.inf, -1.0),
        (2.0, -math.inf),
        (0.5, -math.inf),
        (2.0, 0.5),
        (3.0, 40.0),
    ],
)
def test_pow_of_special_values_in_single_precision(x, y):
    arrays = np.array([x], np.float32), np.array([y], np.float32)
    (found,) = native().compile(function_of("pow", DType.by_name["float32"], 1))(*arrays)
    with np.errstate(all="ignore"):
        wanted = np.power(*arrays)
    np.testing.assert_allclose(found, wanted, rtol=1e-6)
    assert np.signbit(found) == np.signbit(wanted) or np.isnan(wanted)


def test_one_large_angle_among_many():
    x = np.linspace(-10, 10, 1000)
    x[617] = 1e18
    (found,) = native().compile(function_of("sin", DType.by_name["float64"], 1000))(x)
    np.testing.assert_allclose(found, np.sin(x), rtol=1e-13, atol=1e-15)


def uniform(low, high, seed=0, n=400):
    return np.random.default_rng(seed).uniform(low, high, n)


RANGES = {
    "exp": (1.0, [uniform(-700, 700), uniform(-1, 1)]),
    "expm1": (2.0, [uniform(-40, 700), uniform(-1, 1), uniform(-1e-3, 1e-3)]),
    "log": (1.0, [np.exp(uniform(-700, 700)), uniform(0.5, 2), uniform(0.99, 1.01)]),
    "log1p": (2.0, [np.exp(uniform(-30, 30)), uniform(-1, 1), uniform(-1e-3, 1e-3)]),
    "tanh": (2.0, [uniform(-20, 20), uniform(-1, 1), uniform(-1e-3, 1e-3)]),
    "sigmoid": (1.5, [uniform(-700, 40), uniform(-3, 3)]),
    "erf": (1.2, [uniform(-6, 6), uniform(-1, 1), uniform(-1e-3, 1e-3)]),
    "sin": (1.5, [uniform(-10, 10), uniform(-1e9, 1e9), np.arange(400) * (math.pi / 2)]),
    "cos": (1.5, [uniform(-10, 10), uniform(-1e9, 1e9), np.arange(400) * (math.pi / 2)]),
}
EXACT = {"sigmoid": lambda x: 1 / (1 + mpmath.exp(-x))}


@pytest.mark.parametrize("name", RANGES)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_error_in_ulp(name, dtype):
    bound, parts = RANGES[name]
    with np.errstate(over="ignore"):
        x = np.concatenate(parts).astype(dtype)
    x = x[np.isfinite(x)]
    (found,) = native().compile(function_of(name, DType.by_name[dtype], len(x)))(x)
    exact, info = EXACT.get(name) or getattr(mpmath, name), np.finfo(dtype)
    worst = 0.0
    with mpmath.workprec(150):
        for a, f in zip(x, found, strict=True):
            e = exact(mpmath.mpf(float(a)))
            if float(info.tiny) < abs(e) < float(info.max):
                unit = mpmath.mpf(2) ** (int(mpmath.floor(mpmath.log(abs(e), 2))) - info.nmant)
                worst = max(worst, float(abs(mpmath.mpf(float(f)) - e) / unit))
    assert worst <= bound


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("exponent", [k / 2 for k in range(-6, 7) if k])
def test_pow_of_known_exponents(exponent, dtype):
    """By products and a root: 2 ulp, and the special values of the general power."""
    type = ArrayType(DType.by_name[dtype], (13,))
    builder = Builder([type])
    attributes = (("dtype", type.dtype), ("shape", (13,)), ("value", exponent))
    (y,) = builder.emit(Definition.registry["full"], (), attributes)
    result = builder.emit(Definition.registry["pow"], (builder.argument_handles()[0], y))
    x = [0.0, -0.0, 1.0, -1.0, 2.5, -2.5, 0.3, 1e-9, 1e9, math.inf, -math.inf, math.nan, 7.1]
    x = np.array(x, dtype)
    (found,) = native().compile(builder.build(result))(x)
    with np.errstate(all="ignore"):
        wanted = np.power(x, np.full(13, exponent, dtype))
    np.testing.assert_allclose(found, wanted, rtol=3 * np.finfo(dtype).eps)
    numbers = ~np.isnan(wanted)
    np.testing.assert_array_equal(np.signbit(found)[numbers], np.signbit(wanted)[numbers])


@pytest.mark.parametrize("exponent", [-0.5, -1.5, -2.0, -2.5, -3.0, -3.5, 1.5, 2.5, 0.3])
@pytest.mark.parametrize(("dtype", "power"), [("float64", -315), ("float32", -41)])
def test_a_subnormal_power(dtype: str, power: int, exponent: float):
    """One whose exponent is known, by products and roots, has the digits that there are."""
    info, size = np.finfo(dtype), 10.0 ** np.clip(power / exponent, -300, 300)
    if not info.smallest_subnormal < size < info.max:
        size = 2.0
    x = np.array([size, 3.0], dtype)
    found = polyad.jit(lambda x: x**exponent)(x)
    exact = [mpmath.mpf(float(v)) ** exponent for v in x]
    for value, power_of_x in zip(found, exact, strict=True):
        unit = max(float(info.smallest_subnormal), float(power_of_x) * float(info.eps))
        assert abs(mpmath.mpf(float(value)) - power_of_x) <= 2 * unit
