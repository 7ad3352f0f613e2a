"""Loops over threads: they give what one thread gives, bit for bit, and only loops whose iterations
have nothing to do with each other are split.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad.config import config
from polyad.errors import PolyadValueError
from polyad.ir import parse
from polyad.lowering.dialects import loop
from polyad.lowering.pipeline import lower

from ...drawn import examples

RNG = np.random.default_rng(0)
X = RNG.normal(size=(331, 997))

# Programs, and how many of their loops are split.
PROGRAMS = {
    "elementwise": (lambda x: pnp.exp(x) * x, 1),
    "large angles": (lambda x: pnp.sin(1e9 * x), 1),
    "sum": (lambda x: pnp.sum(pnp.sin(x) * x), 1),
    "value and grad": (polyad.value_and_grad(lambda x: pnp.sum(pnp.tanh(x) * x)), 1),
    "sum of rows": (lambda x: pnp.sum(x * x, axis=1), 1),
    "sum of columns": (lambda x: pnp.sum(x * x, axis=0), 1),
    "extrema": (lambda x: (pnp.max(x), pnp.min(x, axis=0), pnp.any(x > 4, axis=1)), 1),
    "sums of rows, columns and all": (
        lambda x: (pnp.sum(y := pnp.sin(x)), pnp.mean(y, axis=0), pnp.mean(y, axis=1)),
        1,
    ),
    "complex": (lambda x: pnp.sum(x * (1 + 2j), axis=0), 1),
    "integers": (lambda x: pnp.prod(pnp.astype(x, "int32") | 1, axis=0), 1),
    "places of extrema": (lambda x: (pnp.argmax(x), pnp.argmin(x, axis=1)), 2),
    "transposed": (lambda x: x.T * 2.0, 1),
    "parts end to end": (lambda x: pnp.concatenate([y := pnp.sin(x), y * y, 1 - y]), 1),
    "parts between each other": (lambda x: pnp.stack([y := pnp.sin(x), y * y, 1 - y], -1), 1),
    "running sums": (lambda x: pnp.cumulative_sum(x, axis=1), 1),
    "a sum inside a loop": (lambda x: polyad.lax.fori_loop(0, 3, lambda i, t: t + x.sum(), 0.0), 1),
    "over itself": (lambda x: polyad.lax.fori_loop(0, 3, lambda i, y: y * 1.5 + 1, x), 1),
}


def loops(function, *arguments):
    ir = polyad.make_ir(function)(*arguments)
    return [op for op in lower(ir)["parallel"].walk() if op.definition is loop.parallel]


@pytest.mark.parametrize("name", PROGRAMS)
def test_threads_change_nothing(name):
    function, split = PROGRAMS[name]
    assert len(loops(function, X)) == split
    compiled, found = polyad.jit(function), []
    for threads in (1, 2, 5):
        with config(num_threads=threads):
            found.append(polyad.tree.leaves(compiled(X)))
    for leaves in found[1:]:
        for one, other in zip(found[0], leaves, strict=True):
            np.testing.assert_array_equal(one, other, strict=True)
    for one, eager in zip(found[0], polyad.tree.leaves(function(X)), strict=True):
        np.testing.assert_allclose(one, eager, rtol=1e-11, atol=1e-11)


NOT_SPLIT = {
    "a recurrence": ("scan_", lambda x, i: pnp.cumulative_sum(x.ravel())),
    "updates that may meet": ("scatter_", lambda x, i: pnp.at(x.ravel())[i].add(1.0)),
    "little work": ("kernel_", lambda x, i: x[:3] + 1),
}


@pytest.mark.parametrize("name", NOT_SPLIT)
def test_loops_that_depend_on_other_iterations_are_not_split(name):
    kernel, function = NOT_SPLIT[name]
    ir = polyad.make_ir(function)(X, RNG.integers(0, X.size, X.size))
    kernels = [op for op in lower(ir)["parallel"].walk() if op.definition is loop.kernel]
    found = [op for op in kernels if op.attrs["name"].startswith(kernel)]
    found = [op for op in found if not op.attrs["name"].endswith("_copy")]
    assert found
    assert not any("loop.parallel" in str(op.regions[0]) for op in found)


def test_totals_are_only_split_where_sums_may_be_regrouped():
    with config(reassociate_reductions=False):
        assert not loops(lambda x: pnp.sum(x), X)
        assert not loops(lambda x: pnp.sum(x, axis=0), X)
        assert loops(lambda x: pnp.max(x), X)
        assert loops(lambda x: pnp.sum(x, axis=1), X)
        assert loops(lambda x: pnp.sum(x.astype("int64")), X)


@hypothesis.given(st.integers(1, 40), st.integers(0, 3), st.integers(1, 300), st.integers(0, 7))
@examples(60)
def test_loops_are_split_where_positions_are_apart(step, inner, offset, width):
    """Against the positions themselves: iteration i writes step * i + offset + inner * j."""
    position = f"{step}*d0 + {inner}*d1 + {offset}"
    text = f"""
function @main(%x: memref<f64[1000000]>) -> () {{
  loop.kernel %x {{distinct = 1, name = "k"}} (
    function @k(%0: memref<f64[1000000]>) -> () {{
      loop.for %0 {{carried = 0, extent = 20000}} (
        function @step(%0: i64[], %1: memref<f64[1000000]>) -> () {{
          loop.for %0, %1 {{carried = 0, extent = {width + 8}}} (
            function @step(%0: i64[], %1: i64[], %2: memref<f64[1000000]>) -> () {{
              %3 = full {{dtype = f64, shape = (), value = 0.0}} : f64[]
              memory.store %3, %2, %1, %0 {{at = #map<(d0, d1) -> ({position})>}}
              return
            }}
          )
          return
        }}
      )
      return
    }}
  )
  return
}}"""
    from polyad.lowering.loops.parallelize import parallelize

    split = "loop.parallel" in str(parallelize(parse(text)))
    own = [{step * i + inner * j for j in range(width + 8)} for i in range(50)]
    met = any(own[0] & other for other in own[1:])
    assert not (split and met)
    assert split or met or inner * (width + 7) >= step  # spans that interleave are not taken apart


def test_python_threads_may_call_at_once():
    compiled = polyad.jit(lambda x: pnp.sum(pnp.sin(x) * x, axis=0))
    wanted = compiled(X)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(compiled, [X] * 40):
            np.testing.assert_array_equal(found, wanted)


FORK = """
import os, sys
import numpy as np
import polyad, polyad.numpy as pnp
polyad.config.update("num_threads", 3)
f = polyad.jit(lambda x: pnp.sum(pnp.exp(x) * x))
x = np.linspace(0, 1, 400_000)
want = f(x)
child = os.fork()
if child == 0:
    os._exit(0 if all(f(x) == want for _ in range(20)) else 1)
_, status = os.waitpid(child, 0)
sys.exit(status or int(f(x) != want))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_child_of_fork_has_threads_of_its_own():
    done = subprocess.run([sys.executable, "-c", FORK], timeout=120, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads as Linux shows them")
def test_as_many_threads_as_asked_for():
    program = """
import os, sys
import numpy as np
import polyad, polyad.numpy as pnp
f = polyad.jit(lambda x: pnp.exp(x) * x)
for n in (1, 3, 2):
    polyad.config.update("num_threads", n)
    f(np.linspace(0, 1, 400_000))
    before = len(os.listdir("/proc/self/task")) if n == 1 else before
    print(len(os.listdir("/proc/self/task")) - before)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.split() == ["0", "2", "2"], done.stderr  # those that are there stay


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"POLYAD_NUM_THREADS": "3", "OMP_NUM_THREADS": "5"}, "3"),
        ({"OMP_NUM_THREADS": "5,2"}, "5"),
        ({}, str(len(os.sched_getaffinity(0)))),
    ],
)
def test_the_environment_says_how_many(environment, expected):
    unset = {"POLYAD_NUM_THREADS": "", "OMP_NUM_THREADS": ""}
    done = subprocess.run(
        [sys.executable, "-c", "import polyad; print(polyad.config.num_threads)"],
        env={**os.environ, **unset, **environment},
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == expected, done.stderr


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "two"])
def test_a_number_of_threads_that_is_none(value):
    with pytest.raises(PolyadValueError, match=r"config.num_threads is a number from 1 on, not"):
        config.update("num_threads", value)


def test_other_threads_run_while_a_parallel_loop_does():
    """The interpreter is free for them."""
    compiled, ticks, over = polyad.jit(lambda x: pnp.sin(1e9 * x)), [], threading.Event()
    x = np.tile(X, (8, 1))
    compiled(x)

    def tick():
        while not over.wait(0.001):
            ticks.append(None)

    other = threading.Thread(target=tick)
    other.start()
    for _ in range(3):
        compiled(x)
    over.set()
    other.join()
    assert ticks


def test_explain_tells_of_each_kernel_its_own_chunks():
    """Routines count among the kernels, in the account and in machine code."""
    x = np.random.default_rng(0).random((300, 1000))
    account = polyad.jit(lambda x: pnp.exp(pnp.sort(x, axis=0)[::-1])).lower(x).explain()
    (told,) = re.findall(r"^kernel_\d+: exp;.*\n(?:    .+\n)*", account + "\n", re.M)
    assert "chunks, by all threads" in told and "vectors: " in told
