"""Small programs in the compiler: the number of ops of each kind after a pass, and values."""

from __future__ import annotations

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.config import config
from polyad.execution import get_backend
from polyad.ir import parse, verify
from polyad.lowering.backend import native
from polyad.lowering.dialects import kernel
from polyad.lowering.explain import explain
from polyad.lowering.pipeline import PASSES, STANDALONE, lower

from ..counting import expect
from .by_hand import assert_same, sample
from .small_programs import PROGRAMS

# Of each program: the number of ops of a kind after a pass, by the name of the pass's stage, and
# sentences of `explain`.
EXPECTED = {
    "softmax": {
        "kernel": {"kernel_generic": 9},
        "fused": {"kernel_generic": 3, "exp": 1, "divide": 1},
        "rows": {"kernel_nest": 0},  # too small to gain from it
        "explain": ["9 array ops became 3 kernels, no products, no host calls"],
    },
    "rows": {
        "fused": {"kernel_generic": 4, "kernel_nest": 0},
        "rows": {"kernel_nest": 1, "kernel_generic": 4},
        "loop": {"loop_kernel": 1, "memory_local": 3, "exp": 1},
        "explain": [
            "12 array ops became 1 kernel",
            "4 loops in one over 50 rows, 16 at a time",
            "2. subtract, exp, sum; over (40,), reducing d1",
            "4. log, add, sum over rows",
            "keeps 5.38 kB of rows on the stack",
        ],
    },
    "movement": {
        "kernel": {"kernel_assemble": 1, "kernel_routine": 1},
        "parts": {"kernel_assemble": 0, "kernel_compose": 1},  # both parts are computed in place
        "loop": {"loop_kernel": 4, "kernel_routine": 1, "concat": 0, "take": 0, "flip": 0},
        "explain": [
            "kernel_0: negative; over (3, 4)\n    reads x f64[4,3]; writes result 0 f64[3,8]\n",
            "reads x f64[4,3] by index, i i64[2]; writes result 1",
            "sort of f64[3,4] by a routine of its own",
            "temporaries share a workspace of 384 B",
        ],
    },
    "labels": {
        "kernel": {"kernel_generic": 13, "kernel_scatter": 1, "kernel_reshape": 2},
        "fused": {"kernel_generic": 4, "kernel_scatter": 1},
        "scatters_selected": {"kernel_scatter": 0, "equal": 1},
        "fused_again": {"kernel_generic": 2, "kernel_reshape": 0, "equal": 1},
        "explain": ["16 array ops became 2 kernels", "kernel_0: maximum, minimum, negative"],
    },
    "heads": {
        "kernel": {"kernel_contract": 1, "kernel_generic": 1},
        "moves_folded": {"kernel_contract": 1, "kernel_generic": 0},
        "loop": {"loop_gemm": 1, "loop_for": 2},
        "explain": ["product in float64, 20 x 20 by 20 x 16, 6 times", "writes result 0"],
    },
    "searching": {
        "kernel": {"kernel_search": 1, "kernel_routine": 2, "kernel_host": 1},
        "loop": {"searchsorted": 0, "kernel_routine": 2, "kernel_host": 1},
        "explain": [
            "search_0: search (side right)",
            "argsort of f64[6] by a routine of its own",
            "because rfft has no native form for float64",
            "pow of i32[4] by a routine of its own",
        ],
    },
    "chunks": {
        "fused": {"kernel_generic": 2, "exp": 1},
        "rows": {"kernel_nest": 1},
        "loop": {"loop_parallel": 0, "loop_for": 6},
        "parallel": {"loop_parallel": 1, "loop_for": 5},
        "explain": ["2 loops in one over 3000 rows, 16 at a time", "in 64 chunks, by all threads"],
    },
    "convolution": {
        "kernel": {"kernel_generic": 4, "kernel_add_at": 1, "windows": 0, "overlap_add": 0},
        "moves_folded": {"kernel_generic": 2, "kernel_contract": 0, "kernel_add_at": 1},
        "loop": {"loop_kernel": 3, "loop_accumulate": 2},
        "explain": [
            "kernel_0: multiply, sum; over (2, 4, 3, 3, 4), reducing d0, d4",
            "reads ct f64[2,4,4], x f64[2,3,9]; writes result 1",
            "add_at (at #map<(d0, d1, d2, d3) -> (d2, d0, d1 + 2*d3)>, shape (2, 3, 9))",
        ],
    },
    "cumulative": {
        "kernel": {"kernel_scan": 2, "kernel_generic": 1},
        "loop": {"loop_kernel": 3, "maximum": 1, "logaddexp": 1},
        "explain": ["(axis 1, combine max)", "(axis 0, combine logsumexp)"],
    },
    "scan": {
        "kernel": {"scan": 1, "dot_general": 0, "tanh": 1},
        "fused": {"kernel_generic": 2},
        "buffers": {"scan": 0, "control_for": 1, "stack_row": 2},
        "explain": ["for_0: 9 iterations", "carries f64[3]"],
    },
    "while": {
        "buffers": {"while": 0, "control_while": 1, "memory_local": 4, "memory_copy": 5},
        "loop": {"loop_kernel": 2, "loop_for": 0, "remainder": 1},
        "explain": ["1 loop or branch", "while_0: while its condition holds", "carries i64[] x2"],
    },
    "cond": {
        "buffers": {"cond": 0, "control_switch": 1, "kernel_generic": 1, "memory_copy": 1},
        "loop": {"loop_kernel": 1, "memory_local": 0},
        "explain": ["switch_0: one of 2 regions, by an index"],
    },
    "nest": {
        "fused": {"scan": 2, "kernel_generic": 4},
        "buffers": {"scan": 0, "control_for": 2, "kernel_scatter": 0, "kernel_scatter_into": 1},
        "explain": [
            "2 loops and branches",
            "for_0: 4 iterations\n    carries i64[], f64[9,3]",
            "    for_1: 5 iterations\n        carries f64[1,3]",
        ],
    },
    "callbacks": {
        "kernel": {"kernel_host": 4, "debug_callback": 3, "pure_callback": 1},
        "loop": {"kernel_host": 4, "control_while": 1},
        "explain": [
            "asks Python in every iteration: 3 host calls",
            "because it is the debug.callback of seen",
            "because it is the pure_callback of half",
        ],
    },
    "equations": {
        "legalized": {"linear_solve": 0, "root": 0, "while": 1, "negative": 0, "subtract": 0},
        "loop": {"loop_kernel": 3, "control_while": 1},
    },
    "while_grad": {
        "kernel": {"while": 1, "scan": 1},
        "buffers": {"stack_push": 2, "stack_row": 2, "control_while": 1, "control_for": 1},
        "explain": ["records stack<bool[]>, stack<f64[]>, 9 B an iteration"],
    },
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_passes_leave(name):
    stages = lower(parse(PROGRAMS[name]))
    told = explain(stages)
    for stage, counts in EXPECTED[name].items():
        if stage == "explain":
            missing = [sentence for sentence in counts if sentence not in told]
            assert not missing, f"{name}: explain does not tell {missing}, but\n{told}"
        else:
            expect(stages[stage], f"{name}, {stage}", **counts)


@pytest.mark.parametrize("name", PROGRAMS)
def test_each_stage_is_valid_and_parses_back(name):
    for stage, function in lower(parse(PROGRAMS[name])).items():
        assert parse(str(verify(function))) == function, f"{name}, {stage}"


ENDING = [name for name in PROGRAMS if name != "equations"]  # whose iteration may not end


@pytest.mark.parametrize("name", ENDING)
def test_programs_compute_the_same_as_numpy(name):
    function = parse(PROGRAMS[name])
    arrays = [abs(sample(t, i)) + 2 for i, t in enumerate(function.argument_types)]
    assert_same(
        native().compile(function)(*arrays), get_backend("numpy").evaluate(function, arrays)
    )


def test_effects_keep_their_order():
    """Two callbacks in each iteration, in the order of the program, and one after the loop."""
    function = lower(parse(PROGRAMS["callbacks"]))["loop"]
    called = [op.regions[0].ops[0].name for op in function.walk() if op.definition is kernel.host]
    assert called == ["debug_callback", "pure_callback", "debug_callback", "debug_callback"]


# -- Control flow of `lax`, as loops ---------------------------------------------------------------


def switch(x, index):
    branches = [pnp.sin, lambda x: x * 2, lambda x: x[::-1]]
    return lax.switch(index, branches, x)


def mapped(xs):
    return lax.map(lambda x: pnp.sum(x * x), xs, batch_size=2)


def checkpointed(x):
    step = lambda c, _: (c * pnp.sin(c), None)
    return polyad.grad(lambda x: lax.scan(step, x, None, length=5, checkpoint=2)[0])(x)


def branch_in_loop(x):
    step = lambda i, c: lax.cond(c > i, lambda c: c * 0.5, lambda c: c + 1, c)
    return lax.fori_loop(0, 4, step, x)


# Each function, its arguments, and the ops of its trace and of its `loop` stage.
LOOPS = {
    switch: (
        (np.ones(3), 1),
        {"cond": 1},
        {"cond": 0, "control_switch": 1, "loop_kernel": 3, "memory_copy": 0, "memory_local": 0},
    ),
    mapped: (  # two batches of two in a loop, and the one that is left
        (np.ones((5, 3)),),
        {"scan": 1, "sum": 2, "concat": 1},
        {"scan": 0, "control_for": 1, "loop_accumulate": 2, "stack_row": 2, "memory_copy": 0},
    ),
    checkpointed: (  # one loop backwards, in it loops that find and compute the states between
        (2.0,),
        {"scan": 1, "while": 4, "sin": 3, "cos": 1},
        {"scan": 0, "while": 0, "control_for": 1, "control_while": 4, "stack_push": 0},
    ),
    branch_in_loop: (
        (2.0,),
        {"scan": 1, "cond": 1},
        {"control_for": 1, "control_switch": 1, "loop_kernel": 4, "memory_copy": 5},
    ),
}


@pytest.mark.parametrize("function", LOOPS, ids=lambda f: f.__name__)
def test_control_flow_as_loops(function):
    arguments, traced, loops = LOOPS[function]
    ir = polyad.jit(function).lower(*arguments).ir
    expect(ir, f"trace of {function.__name__}", **traced)
    expect(verify(lower(ir)["loop"]), f"loops of {function.__name__}", **loops)
    np.testing.assert_allclose(polyad.jit(function)(*arguments), function(*arguments), rtol=1e-13)


def test_checkpoints_bound_the_states_that_are_kept():
    """Two states of five: an array of two elements, and no stack."""
    ir = polyad.jit(checkpointed).lower(2.0).ir
    (loop,) = [op for op in ir.ops if op.name == "scan"]
    kept = [t.shape for t in (v.type for v in loop.results) if t.dtype.name == "float64"]
    assert kept == [(2,), ()]


def test_a_limit_of_while_steps_is_part_of_the_loop():
    with config(max_while_steps=100):
        assert "control.while" in (text := str(lower(parse(PROGRAMS["while"]))["loop"]))
    assert "{limit = 100}" in text


# -- Without BLAS ----------------------------------------------------------------------------------

LAYER = """
function @layer(%w: f64[40,30], %x: f64[50,30], %b: f64[40]) -> (f64[50,40], f64[40]) {
  %3 = permute_dims %w {axes = (1, 0)} : f64[30,40]
  %4 = dot_general %x, %3 {batch = ((), ()), contracting = ((1,), (0,))} : f64[50,40]
  %5 = broadcast_to %b {shape = (50, 40)} : f64[50,40]
  %6 = add %4, %5 : f64[50,40]
  %7 = tanh %6 : f64[50,40]
  %8 = sum %7 {axes = (0,)} : f64[40]
  return %7, %8
}"""
BOTH_TRANSPOSED = """
function @both_transposed(%x: f64[30,40], %y: f64[50,30]) -> (f64[40,50]) {
  %2 = dot_general %x, %y {batch = ((), ()), contracting = ((0,), (1,))} : f64[40,50]
  return %2
}"""


@pytest.mark.parametrize(
    ("text", "kernels"),
    [(LAYER, 2), (BOTH_TRANSPOSED, 2), (PROGRAMS["convolution"], 2)],
    ids=["layer", "both transposed", "convolution"],
)
def test_products_without_blas_are_sums(text, kernels):
    """A product whose operands both stand by columns copies one of them."""
    stages = lower(parse(text), STANDALONE)
    products = verify(stages["products"])
    expect(products, products.name, kernel_contract=0, kernel_generic=kernels, dot_general=0)
    sums = [op for op in products.ops if "sum" in op.attrs.get("combine", ())]
    multiplied = [op for op in sums if any(o.name == "multiply" for o in op.regions[0].ops)]
    assert multiplied and all("reduction" in op.attrs["iterators"] for op in multiplied)


def test_passes_are_named_once():
    names = [name for name, _ in PASSES]
    assert len(set(names)) == len(names)
