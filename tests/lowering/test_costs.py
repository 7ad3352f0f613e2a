"""The cost model: the work of loops, products and routines, and the decisions taken by it."""

from __future__ import annotations

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.ir import parse
from polyad.lowering import costs
from polyad.lowering.dialects import control, kernel, loop
from polyad.lowering.pipeline import lower

LOOP = """
function @f(%x: memref<f64[1000]>, %y: memref<f64[1000]>) -> () {{
  loop.kernel %x, %y {{distinct = 1, name = "k"}} (
    function @k(%0: memref<f64[1000]>, %1: memref<f64[1000]>) -> () {{
      loop.for %0, %1 {{carried = 0, extent = 1000}} (
        function @step(%0: i64[], %1: memref<f64[1000]>, %2: memref<f64[1000]>) -> () {{
          %3 = memory.load %1, %0 {{at = #map<(d0) -> (d0)>}} : f64[]
          %4 = {op} %3 : f64[]
          memory.store %4, %2, %0 {{at = #map<(d0) -> (d0)>}}
          return
        }}
      )
      return
    }}
  )
  return
}}"""


@pytest.mark.parametrize(("op", "each"), [("negative", 3), ("exp", 2 + costs.HARD)])
def test_a_loop_is_its_body_as_often_as_it_runs(op, each):
    (found,) = parse(LOOP.format(op=op)).ops
    assert costs.work(found) == 1000 * each


def steps(f, *arrays):
    ir = polyad.jit(f, backend="native").lower(*arrays).ir
    return lower(ir)


def test_all_chunks_of_a_parallel_loop_count():
    stages = steps(lambda x: pnp.exp(x) + 1, np.ones(10**5))
    (before,), (after,) = stages["loop"].ops, stages["parallel"].ops
    assert "loop.parallel" in str(stages["parallel"])
    assert costs.work(after) == costs.work(before)


def test_a_product_counts_its_multiplications():
    stages = steps(lambda x, y: x @ y, np.ones((40, 50)), np.ones((50, 60)))
    (product,) = [op for op in stages["loop"].walk() if op.definition is loop.gemm]
    assert costs.work(product) == 40 * 50 * 60 // costs.PRODUCT_RATE


def test_a_branch_counts_its_longest_region_and_a_loop_without_length_one_iteration():
    branches = [lambda x: x, lambda x: pnp.exp(x)]
    stages = steps(lambda i, x: lax.switch(i, branches, x), 1, np.ones(50))
    (switch,) = [op for op in stages["loop"].ops if op.definition is control.switch]
    assert costs.work(switch) == max(map(costs.of_region, switch.regions)) >= 50 * costs.HARD
    stages = steps(lambda x: lax.while_loop(lambda c: c < 9, lambda c: c * c, x), 2.0)
    (loop_,) = [op for op in stages["loop"].ops if op.definition is control.while_]
    assert costs.work(loop_) == sum(map(costs.of_region, loop_.regions)) < 20


def test_a_routine_counts_all_its_items():
    stages = steps(lambda a: pnp.linalg.cholesky(a), np.stack([np.eye(8)] * 10))
    (op,) = [op for op in stages["loop"].ops if op.definition is kernel.routine]
    assert costs.work(op) == 10 * 8**3 // costs.ROUTINE_RATE


def test_work_is_split_from_a_threshold_on_into_chunks_of_some_size():
    assert costs.chunks(costs.WORTHWHILE - 1, 64) == 1
    assert costs.chunks(costs.WORTHWHILE, 64) == costs.WORTHWHILE // costs.CHUNK
    assert costs.chunks(costs.WORTHWHILE, 3) == 3
    assert costs.chunks(costs.WORTHWHILE, 1) == 1


def test_other_threads_run_beside_loops_and_large_functions():
    small, large = "f64[10]", f"f64[{costs.RELEASE_GIL_FROM // 16}]"
    text = "function @f(%x: {0}) -> ({0}) {{\n  %1 = exp %x : {0}\n  return %1\n}}"
    assert not costs.releases_gil(parse(text.format(small)))
    assert costs.releases_gil(parse(text.format(large)))
    loop_ = polyad.jit(lambda x: lax.fori_loop(0, 3, lambda i, c: c * 2, x)).lower(1.0).ir
    assert costs.releases_gil(loop_)


def test_ops_on_indices_are_not_counted():
    """Loops are cut where a choice between the parts of a concatenation changes."""
    f = lambda x, y: pnp.exp(pnp.concatenate([x, y]))
    ops = steps(f, np.ones(5000), np.ones(3000))["fused"].ops
    assert [costs.arithmetic(op) for op in ops] == [["exp"]]
