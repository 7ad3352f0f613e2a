"""Loops use the widest vectors of the processor, very short ones those that LLVM prefers."""

from __future__ import annotations

import re

import llvmlite.binding as llvm
import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad.lowering.emission.form import SMALL, unit
from polyad.lowering.linking.engine import has_much_to_do
from polyad.lowering.llvm.width import WIDEST, registers


@pytest.mark.parametrize(("count", "wide"), [(SMALL, False), (SMALL + 1, True), (1 << 20, True)])
def test_long_loops_may_be_wide(count, wide):
    x = np.ones(count, "float32")  # the code of a loop of more than a few does not know its length
    text = polyad.jit(pnp.exp).lower(x).stages()["llvm"]
    assert (WIDEST in text) is wide


@pytest.mark.skipif(
    not llvm.get_host_cpu_features().get("avx512f"), reason="the widest vectors have 256 bits"
)
def test_they_are_wide():
    lowered = polyad.jit(pnp.exp).lower(np.ones(1 << 20, "float32"))
    assert "vectors: 16 of f32 (512 bits)" in lowered.explain()


def long_body(x):
    """Several elementary functions in one loop, which is split over threads from 1,000 on."""
    for _ in range(4):
        x = pnp.tanh(pnp.exp(-x * x) + pnp.log1p(x * x))
    return x


def long_body_by_numpy(x):
    for _ in range(4):
        x = np.tanh(np.exp(-x * x) + np.log1p(x * x))
    return x


@pytest.mark.parametrize("count", [1024, 4096 + 8, 4096 + 4, 4096 + 1, 4099, 65, 97])
def test_a_long_body_is_compiled_once_whatever_is_left_over(count):
    x = np.linspace(-2, 2, count)
    lowered = polyad.jit(long_body).lower(x)
    np.testing.assert_allclose(polyad.jit(long_body)(x), long_body_by_numpy(x), rtol=1e-13)
    divisions = re.findall(r"= fdiv (.*)double", lowered.llvm_ir())
    assert divisions
    if llvm.get_host_cpu_features().get("avx512f"):
        # others may have no loads of a part of a vector
        assert all("<" in kind for kind in divisions)


@pytest.mark.parametrize(
    ("extent", "chunks", "size"), [(1000, 8, 8), (1024, 8, 64), (1024, 64, 16), (1001, 8, 1)]
)
def test_chunks_are_of_whole_units(extent, chunks, size):
    assert unit(extent, chunks) == size


@pytest.mark.parametrize(("x", "much"), [(2.0, False), (np.ones(4), False), (np.ones(4096), True)])
def test_only_long_work_is_optimised(x, much):
    jitted = polyad.jit(polyad.grad(lambda x: pnp.sum(pnp.tanh(x) * x)))
    lowered = jitted.lower(x)
    assert has_much_to_do(lowered.stages()["llvm"]) is much
    assert ("alwaysinline" in lowered.llvm_ir()) is not much  # nothing is inlined in haste
    expected = np.tanh(x) + x * (1 - np.tanh(x) ** 2)
    np.testing.assert_allclose(jitted(x), expected, rtol=1e-14)


def with_indices(rows, labels):
    """The exponential of each row, but for the element that is labelled."""
    labelled = pnp.arange(rows.shape[1]) == labels[:, None]
    return pnp.sum(pnp.where(labelled, 0, pnp.exp(rows)), axis=1)


def test_what_whole_vectors_leave_over_is_one_vector_and_no_loop():
    rows = np.ones((300, 1003))
    text = polyad.jit(lambda x: pnp.sum(pnp.exp(x), axis=1)).lower(rows).llvm_ir()
    assert len(re.findall(r"^\s*br i1 .*%vector.body.*!llvm.loop", text, re.MULTILINE)) == 1
    assert len(re.findall(r"^vector.body", text, re.MULTILINE)) == 1
    assert len(re.findall(r"fcmp .*<\d+ x double>", text)) >= 4  # two exponentials as vectors


def test_numbers_that_stay_do_not_narrow_vectors():
    """The labels are of 64 bits, the rows of 32; a row has one label."""
    rows, labels = np.ones((300, 1000), "float32"), np.zeros(300, int)
    text = polyad.jit(with_indices).lower(rows, labels).llvm_ir()
    lanes = registers()[0] // 4
    assert f"<{lanes} x float>" in text and f"<{lanes // 2} x float> " not in text


@pytest.mark.skipif(registers()[1] < 32, reason="the constants do not fit into the registers")
def test_a_loop_that_may_be_skipped_has_its_constants_in_registers():
    rows = np.ones((300, 1000), "float32")

    def softmax(x):
        return pnp.sum(pnp.log(pnp.sum(pnp.exp(x - pnp.max(x, axis=1, keepdims=True)), axis=1)))

    text = polyad.jit(polyad.value_and_grad(softmax)).lower(rows).assembly()
    _, *blocks = re.split(r"^(\.?L\w+):", text, flags=re.MULTILINE)
    names, parts = blocks[::2], blocks[1::2]
    bodies = [body.split(name)[0] for name, body in zip(names, parts, strict=True) if name in body]
    hot = [body for body in bodies if body.count("fmadd") > 4]  # of the exponential
    assert hot and not any("1to" in body or "broadcast" in body for body in hot)
