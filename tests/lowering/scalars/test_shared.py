"""Elementary functions that a long program calls give the bits of the inlined ones."""

from __future__ import annotations

import re

import llvmlite.binding as llvm
import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad.conformance import sample_of
from polyad.ir import parse
from polyad.lowering.llvm.width import registers
from polyad.lowering.native_code import NativeCode
from polyad.lowering.scalars import shared
from polyad.ops import OpDefinition

from .formulas import FORMULAS


def operands(name, dtype, count):
    """Half of the numbers in (-1, 1), half in (-30, 30), and the rest of each domain is NaN."""
    rng = np.random.default_rng(0)
    draw = lambda: rng.uniform(-1, 1, count) * rng.choice([1, 30], count)
    return [draw().astype(dtype) for _ in sample_of(name).operands]


def compiled(f, arrays, many, monkeypatch):
    monkeypatch.setattr(shared, "MANY", 0 if many else 1 << 30)
    monkeypatch.setattr(shared, "EACH", 0)
    ir = parse(str(polyad.make_ir(lambda *arrays: f(*arrays))(*arrays)))
    with polyad.config(cache_dir=None):
        made = NativeCode(ir)
        return made(*arrays)[0], made


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", FORMULAS)
def test_the_same_bits_as_inlined(name, dtype, monkeypatch):
    for count in (1, 7, 64, 131):
        arrays = operands(name, dtype, count)
        wanted, _ = compiled(OpDefinition.registry[name], arrays, False, monkeypatch)
        found, lowered = compiled(OpDefinition.registry[name], arrays, True, monkeypatch)
        np.testing.assert_array_equal(found, wanted)
        text = lowered.stages()["llvm"]
        assert ".shared" in text
        assert ("vector-function-abi-variant" in text) is (count > 1)  # there is a loop


def test_special_values_and_large_angles(monkeypatch):
    x = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1e-310, 1e300, -3e22, 4.0] * 20)
    for name in ("exp", "log", "tanh", "sin", "cos", "erf"):
        with np.errstate(all="ignore"):
            wanted, _ = compiled(OpDefinition.registry[name], [x], False, monkeypatch)
            found, _ = compiled(OpDefinition.registry[name], [x], True, monkeypatch)
        np.testing.assert_array_equal(found, wanted)


def chain(x, length):
    for _ in range(length):
        x = pnp.exp(-x) * pnp.tanh(x)
    return x


def body_of(name, text):
    """The function `name` of a module, without the numbers of its metadata."""
    body = re.search(rf'^define internal void @"{name}".*?^}}', text, re.DOTALL | re.MULTILINE)[0]
    return re.sub(r"!\d+", "!", body)


def test_the_code_of_a_kernel_does_not_depend_on_its_neighbours():
    x, y = np.linspace(0, 1, 97), np.linspace(1, 2, 130)
    lone = lambda x: pnp.exp(-x) * 3.0 + pnp.tanh(x) * x
    alone = polyad.jit(lone, backend="native")
    beside = polyad.jit(lambda x, y: (lone(x), chain(y, 12)), backend="native")
    np.testing.assert_array_equal(beside(x, y)[0], alone(x))
    texts = alone.lower(x).stages()["llvm"], beside.lower(x, y).stages()["llvm"]
    assert "abi-variant" not in texts[0]
    assert "abi-variant" in texts[1]
    assert body_of("kernel_0", texts[0]) == body_of("kernel_0", texts[1])


def test_only_long_kernels_share():
    x = np.ones(256)
    texts = [polyad.jit(lambda x, n=n: chain(x, n)).lower(x) for n in (2, 10)]
    few, many = (lowered.stages()["llvm"] for lowered in texts)
    assert "abi-variant" not in few
    assert "abi-variant" in many
    assert len(many) < 3 * len(few)
    exponentials = r'define internal double @"polyad.exp.f64'
    assert len(re.findall(exponentials, many)) == len(re.findall(exponentials, few)) == 1


@pytest.mark.skipif(
    not llvm.get_host_cpu_features().get("avx"), reason="loops may have no vectors of doubles"
)
@pytest.mark.parametrize(("dtype", "bits"), [("float32", 32), ("float64", 64)])
@pytest.mark.parametrize("count", [4096, 4099])
def test_loops_call_them_with_vectors(dtype, bits, count):
    lowered = polyad.jit(lambda x: chain(x, 10)).lower(np.ones(count, dtype))
    lanes = 8 * registers()[0] // bits
    kind = {"float32": "float", "float64": "double"}[dtype]
    calls = re.findall(rf"call <{lanes} x {kind}> @polyad.exp.f{bits}.v{lanes}", lowered.llvm_ir())
    assert len(calls) >= 10


def test_narrow_numbers_in_loops_of_wide_ones():
    x, y = np.linspace(0, 1, 4096, dtype="float32"), np.linspace(1, 2, 4096)
    f = lambda x, y: chain(x, 10).astype("float64") * y
    found = polyad.jit(f)(x, y)
    np.testing.assert_allclose(found, polyad.jit(lambda x: chain(x, 10))(x) * y, rtol=1e-6)
    text = polyad.jit(f).lower(x, y).llvm_ir()
    assert re.search(r"call <\d+ x float> @polyad.exp.f32.v", text)


def test_calls_that_share_an_argument():
    """LLVM would drop an argument that all calls give alike, and the names of the functions of
    vectors say how many there are.
    """
    x = np.linspace(1.0, 2.0, 67)

    def f(x):
        for i in range(20):
            x = x + (x + float(i)) ** 1.3 * 0.01
        return x

    lowered = polyad.jit(f, backend="native").lower(x)
    assert "polyad.pow.f64.shared_64" in lowered.llvm_ir()
    np.testing.assert_allclose(polyad.jit(f, backend="native")(x), f(x), rtol=1e-14)
