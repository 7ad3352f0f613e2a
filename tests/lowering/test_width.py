"""Long loops use the widest vectors of the processor, short ones those that LLVM prefers."""

from __future__ import annotations

import llvmlite.binding as llvm
import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad.lowering.llvm.width import LONG, WIDEST


@pytest.mark.parametrize(("count", "wide"), [(LONG - 1, False), (LONG, True), (1 << 20, True)])
def test_long_loops_may_be_wide(count, wide):
    x = np.ones(count, "float32")
    text = polyad.jit(pnp.exp).lower(x).stages()["llvm"]
    assert (WIDEST in text) is wide


@pytest.mark.skipif(
    not llvm.get_host_cpu_features().get("avx512f"), reason="the widest vectors have 256 bits"
)
def test_they_are_wide():
    lowered = polyad.jit(pnp.exp).lower(np.ones(1 << 20, "float32"))
    assert "vectors: 16 of f32 (512 bits)" in lowered.explain()
