"""float16 and bfloat16 as dtypes: names, promotion, literals, texts, limits, refusals, loops."""

from __future__ import annotations

from typing import Any

import array_api_strict
import ml_dtypes
import numpy as np
import pytest
import torch

import polyad
import polyad.numpy as pnp
from polyad import errors, ir, lax, random
from polyad.lowering.header import c_type, describe

from .laws import HALVES

FLOATS = ("float16", "bfloat16", "float32", "float64")
# JAX's table ("Type promotion semantics" in its documentation), of arrays.
PROMOTED = {
    ("float16", "bfloat16"): "float32",
    **{(h, f): f for h in HALVES for f in ("float32", "float64", "complex64", "complex128")},
    **{(h, i): h for h in HALVES for i in ("bool", "int8", "int64", "uint8", "uint64")},
    **{(h, h): h for h in HALVES},
}


@pytest.mark.share(4)
@pytest.mark.parametrize("pair", PROMOTED, ids="-".join)
def test_promotion_is_jaxs(pair: tuple[str, str]):
    expected = PROMOTED[pair]
    for one, other in (pair, pair[::-1]):
        assert pnp.promote_types(one, other) == expected
        x, y = (np.ones(2, pnp.dtype(d).dtype) for d in (one, other))
        assert pnp.add(x, y).dtype == expected
        assert polyad.jit(lambda x, y: x + y)(x, y).dtype == expected


@pytest.mark.parametrize("dtype", HALVES)
def test_python_numbers_are_weak(dtype: str):
    x = np.ones(2, HALVES[dtype])
    for number, expected in ((True, dtype), (2, dtype), (0.1, dtype), (1j, "complex64")):
        assert polyad.jit(lambda x, n=number: x * n)(x).dtype == expected
        assert pnp.multiply(x, number).dtype == expected
        assert polyad.vmap(lambda x, n=number: x * n)(x).dtype == expected


@pytest.mark.parametrize("dtype", HALVES)
def test_literals_are_rounded_once(dtype: str):
    tie = 1 + float(ml_dtypes.finfo(HALVES[dtype]).eps) / 2
    for value in (0.1, tie, tie * (1 + 2.0**-40), 1e-7, 1e-45, 65519.9, 65520.0, 1e39, -0.0):
        exact = np.asarray(np.float64(value))
        expected = pnp.astype(exact, dtype)
        function = polyad.make_ir(lambda x, v=value: x * v)(np.ones((), HALVES[dtype]))
        (literal,) = [op.attrs["value"] for op in function.ops if op.name == "full"]
        assert float(literal) == float(expected)
        assert str(float(literal)) == str(float(expected))


@pytest.mark.parametrize("dtype", HALVES)
def test_limits(dtype: str):
    found, known = pnp.finfo(dtype), ml_dtypes.finfo(HALVES[dtype])
    for name in ("bits", "eps", "max", "min", "smallest_normal", "tiny"):
        assert float(getattr(found, name)) == float(getattr(known, name))
    assert found.dtype == dtype
    with pytest.raises(errors.PolyadTypeError, match="iinfo is about integer dtypes"):
        pnp.iinfo(dtype)


@pytest.mark.parametrize("dtype", HALVES)
def test_names(dtype: str):
    own = getattr(pnp, dtype)
    assert own == HALVES[dtype] == pnp.dtype(dtype)
    assert own == getattr(torch, dtype) and own == HALVES[dtype].type
    assert own.dtype == HALVES[dtype] and own.itemsize == 2
    assert own.is_floating and own.kind == HALVES[dtype].kind
    assert pnp.issubdtype(own, np.floating) and pnp.issubdtype(HALVES[dtype], np.inexact)
    assert not pnp.issubdtype(own, np.integer)
    assert pnp.isdtype(own, "real floating")
    assert own(1.5).dtype == HALVES[dtype]
    assert pnp.half is pnp.float16


@pytest.mark.parametrize(
    "source, target, safe",
    [
        ("float16", "float32", True),
        ("float32", "float16", False),
        ("float16", "complex64", True),
        ("int8", "float16", True),
        ("uint8", "float16", True),
        ("int16", "float16", False),
        ("bool", "float16", True),
        ("float16", "bfloat16", False),
        ("bfloat16", "float32", True),
    ],
)
def test_safe_casts_are_numpys(source: str, target: str, safe: bool):
    assert pnp.can_cast(source, target) is safe
    if "bfloat16" not in (source, target):
        assert np.can_cast(source, target) is safe


@pytest.mark.parametrize("dtype", HALVES)
def test_the_text_is_read_back(dtype: str):
    x = np.ones(3, HALVES[dtype])
    function = polyad.make_ir(lambda x: pnp.astype(pnp.sum(x * 0.1), "float64") + x[0])(x)
    text = str(function)
    assert ("f16[3]" if dtype == "float16" else "bf16[3]") in text
    assert str(ir.parse(text)) == text
    (found,) = polyad.execution.get_backend("numpy").evaluate(ir.parse(text), [x])
    np.testing.assert_allclose(found, 1.3, atol=2e-3)


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("backend", ["numpy", "native"])
def test_numbers_at_the_ends(dtype: str, backend: str):
    info = ml_dtypes.finfo(HALVES[dtype])
    ends = [info.max, info.tiny, info.smallest_subnormal, np.inf, np.nan, 0.0]
    x = np.array([float(v) for v in ends]).astype(HALVES[dtype])
    jit = lambda f: polyad.jit(f, backend=backend)(x).astype(np.float64)
    with np.errstate(all="ignore"):
        twice, half = jit(lambda x: x * 2), jit(lambda x: x / 2)
    np.testing.assert_array_equal(twice[[0, 3]], [np.inf, np.inf])
    assert half[2] == 0 and np.isnan(twice[4])
    np.testing.assert_array_equal(twice[[1, 2]], [2 * float(info.tiny), 2 * float(ends[2])])
    order = polyad.jit(pnp.sort, backend=backend)(x).astype(np.float64)
    np.testing.assert_array_equal(order, np.sort(x.astype(np.float64)))
    places = polyad.jit(pnp.argsort, backend=backend)(x)
    np.testing.assert_array_equal(places, np.argsort(x.astype(np.float64), stable=True))
    least = polyad.jit(lambda x: (x < 1) | (x == np.inf), backend=backend)(x)
    np.testing.assert_array_equal(least, [False, True, True, True, False, True])


@pytest.mark.parametrize("dtype", HALVES)
def test_sums_and_products_accumulate_in_float32(dtype: str):
    ones = np.ones(5000, HALVES[dtype])
    for jit in (lambda f: f, lambda f: polyad.jit(f, backend="native")):
        for found in (jit(pnp.sum)(ones), jit(lambda x: pnp.matmul(x, x))(ones)):
            assert found == HALVES[dtype].type(5000) and found.dtype == HALVES[dtype]


def test_a_mean_is_no_sum_in_16_bits():
    large = np.full(1000, 60000.0, np.float16)
    for f in (pnp.mean, polyad.jit(pnp.mean), lambda x: pnp.average(x), pnp.nanmean):
        assert f(large) == np.float16(60000.0) and f(large).dtype == np.float16
    assert pnp.var(large) == 0 and pnp.std(large).dtype == np.float16
    assert np.isinf(pnp.sum(large))
    assert pnp.mean(large, dtype="float32").dtype == np.float32


@pytest.mark.parametrize("dtype", HALVES)
def test_loops_have_the_dtype_of_their_carry(dtype: str):
    x = np.ones(4, HALVES[dtype])
    step = lambda c, a: (c * 0.9 + a, c)
    first = HALVES[dtype].type(0)
    for run in (lambda f: f, polyad.jit):
        carry, ys = run(lambda x: lax.scan(step, first, x))(x)
        assert carry.dtype == ys.dtype == HALVES[dtype]
        last = run(lambda x: lax.fori_loop(0, 3, lambda i, c: c * 1.5, x))(x)
        assert last.dtype == HALVES[dtype]
        slope = run(polyad.grad(lambda x: lax.scan(step, x[0], x)[0]))(x)
        assert slope.dtype == HALVES[dtype]
        np.testing.assert_allclose(slope.astype(float), [1.3851, 0.81, 0.9, 1], rtol=0.3)


@pytest.mark.parametrize("dtype", HALVES)
def test_derivatives_have_the_dtype_of_what_they_are_by(dtype: str):
    x = np.linspace(0.5, 2, 4).astype(HALVES[dtype])
    f = lambda x: pnp.sum(pnp.sin(x) * pnp.astype(pnp.exp(x), "float64"))
    assert f(x).dtype == np.float64
    exact = polyad.grad(f)(x.astype(np.float64))
    found = polyad.grad(f)(x)
    assert found.dtype == HALVES[dtype]
    np.testing.assert_allclose(found.astype(float), exact, rtol=2e-2)
    for make in (polyad.jacfwd, polyad.jacrev, polyad.hessian):
        assert make(lambda x: pnp.sum(x * x * x))(x).dtype == HALVES[dtype]
    second = polyad.hessian(lambda x: pnp.sum(x * x * x))(x)
    np.testing.assert_array_equal(np.diag(second).astype(float), (6 * x).astype(float))
    assert polyad.linear_transpose(lambda x: x * 2, x)(x)[0].dtype == HALVES[dtype]
    with pytest.raises(errors.PolyadTypeError, match=r"float32|f32"):
        polyad.jvp(pnp.sin, (x,), (x.astype(np.float32),))


@pytest.mark.parametrize("dtype", HALVES)
def test_arrays_are_made(dtype: str):
    of = {"dtype": dtype}
    made = [
        pnp.zeros(3, **of), pnp.ones(3, **of), pnp.full(3, 0.1, **of), pnp.arange(3, **of),
        pnp.linspace(0, 1, 3, **of), pnp.asarray([1, 2, 3], **of), pnp.eye(3, **of)[0],
        pnp.zeros_like(pnp.ones(3, **of)), pnp.array([0.1, 0.2, 0.3], dtype=HALVES[dtype]),
    ]  # fmt: skip
    assert all(x.dtype == HALVES[dtype] and x.shape == (3,) for x in made)
    inside = polyad.jit(lambda: (pnp.arange(3, **of), pnp.full(3, 0.1, **of)))()
    np.testing.assert_array_equal(inside[0].astype(float), [0, 1, 2])
    np.testing.assert_array_equal(inside[1], made[2])


@pytest.mark.parametrize("dtype", HALVES)
def test_a_namespace_without_the_dtype_is_named(dtype: str):
    x = array_api_strict.ones(3, dtype=array_api_strict.float32)
    message = f"array_api_strict.*cannot have elements of {dtype}; use float32"
    with pytest.raises(errors.BackendCapabilityError, match=message):
        pnp.astype(x, dtype)


@pytest.mark.parametrize("dtype", HALVES)
def test_dask_arrays(dtype: str):
    dask = pytest.importorskip("dask.array")
    x = dask.from_array(np.array([0.5, 1, 2]).astype(HALVES[dtype]), chunks=2)
    found = polyad.grad(lambda x: pnp.sum(pnp.exp(x)))(x).compute()
    assert found.dtype == HALVES[dtype]
    np.testing.assert_allclose(found.astype(float), np.exp([0.5, 1, 2]), rtol=5e-3)


@pytest.mark.parametrize("dtype", HALVES)
def test_tensors(dtype: str):
    native = getattr(torch, dtype)
    x = torch.tensor([0.5, 1.0, 2.0], dtype=native)
    f = lambda x: (x.exp() * 0.5).sum()
    for g in (
        polyad.grad(f),
        polyad.jit(polyad.grad(f)),
        polyad.jit(polyad.grad(f), backend="torch"),
    ):
        for _ in range(3):  # a fast path among them
            found = g(x)
            assert found.dtype == native
            torch.testing.assert_close(found, x.exp() * 0.5)
    assert polyad.jit(lambda x: x.to(native) + x)(x.float()).dtype == torch.float32
    assert polyad.jit(lambda x: x.half())(x).dtype == torch.float16
    assert polyad.jit(lambda x: x.bfloat16())(x).dtype == torch.bfloat16
    with pytest.raises(errors.PolyadTypeError, match=r"complex32.*\n|complex32"):
        polyad.jit(lambda x: torch.mul(x, 1j))(x)


@pytest.mark.parametrize("dtype", HALVES)
def test_scalars_of_numpy(dtype: str):
    x = HALVES[dtype].type(1.5)
    f = polyad.jit(lambda x, y: x * y + 0.25)
    for _ in range(3):
        assert f(x, x) == HALVES[dtype].type(2.5) and f(x, x).dtype == HALVES[dtype]
        assert f(x, 2.0).dtype == f(2.0, x).dtype == HALVES[dtype]


@pytest.mark.parametrize("dtype", HALVES)
def test_types_in_c(dtype: str):
    own = getattr(pnp, dtype)
    assert c_type(own) == "uint16_t"
    assert (
        describe(ir.ArrayType(own, (3,))) == f"{dtype}[3]; each element the bits of such a number"
    )


# Numbers that JAX 0.10.2 draws from PRNGKey(3), with either layout of bits.
DRAWN: dict[tuple[str, str, bool], list[float]] = {
    ("uniform", "float16", True): [0.1142578125, 0.2294921875, 0.0498046875, 0.296875],
    ("uniform", "bfloat16", True): [0.4921875, 0.765625, 0.8671875, 0.1875],
    ("normal", "float16", True): [-1.203125, -0.7392578125, -1.64453125, -0.53271484375],
    ("normal", "bfloat16", True): [-0.0146484375, 0.73046875, 1.125, -0.87890625],
    ("uniform", "float16", False): [0.2041015625, 0.453125, 0.056640625, 0.515625],
    ("uniform", "bfloat16", False): [0.6015625, 0.3828125, 0.5390625, 0.859375],
    ("normal", "float16", False): [
        -0.82568359375,
        -0.11712646484375,
        -1.5810546875,
        0.039794921875,
    ],
    ("normal", "bfloat16", False): [0.26171875, -0.29296875, 0.10302734375, 1.0859375],
}


@pytest.mark.parametrize("case", DRAWN, ids=str)
def test_samples_are_jaxs(case: tuple[str, str, bool]):
    name, dtype, layout = case
    with polyad.config(threefry_partitionable=layout):
        found = getattr(random, name)(random.key(3), (4,), dtype)
    assert found.dtype == HALVES[dtype]
    assert found.astype(float).tolist() == DRAWN[case]


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("name", ["exponential", "gumbel", "gamma", "maxwell"])
def test_other_samples_are_those_of_float32_rounded(name: str, dtype: str):
    more: Any = (2.0,) if name == "gamma" else ()
    draw = lambda d: getattr(random, name)(random.key(1), *more, (50,), dtype=d)
    np.testing.assert_array_equal(draw(dtype), draw("float32").astype(HALVES[dtype]))
