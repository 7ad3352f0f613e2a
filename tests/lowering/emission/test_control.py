"""Branches and loops as machine code, against the NumPy backend: values, derivatives, batches."""

from __future__ import annotations

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import grad, jvp, make_ir, tree, vjp, vmap
from polyad.execution import get_backend
from polyad.ir import parse, verify
from polyad.lax import cond, fori_loop, scan, switch, while_loop
from polyad.lowering.backend import native

from ..by_hand import compiled_like_numpy

RANDOM = np.random.default_rng(7)
MATRIX = RANDOM.normal(size=(3, 3)) * 0.5
ROWS = RANDOM.normal(size=(5, 3))
VECTOR = RANDOM.normal(size=3)


def recurrent(w, h, xs):
    def step(h, x):
        h = pnp.tanh(w @ h + x)
        return h, h.sum()

    h, ys = scan(step, h, xs)
    return (h**2).sum() + (ys**2).sum()


def squared_until_large(x):
    return while_loop(lambda v: v < 100.0, lambda v: v * v * 1.1 + pnp.sin(x), x)


def branch(x):
    return cond(x.sum() > 0, lambda x: pnp.sin(x).sum(), lambda x: (x**2).sum(), x)


def nest(x):
    def step(c, t):
        shrink = lambda c: while_loop(lambda v: v > 1.0, lambda v: v * 0.5 * x, c)
        return cond(c > 1.0, shrink, lambda c: c * 1.5 + x, c), c * t

    c, ys = scan(step, x, pnp.arange(6.0))
    return c + ys.sum()


def deep(x):
    """A while in a scan in a while."""

    def outer(state):
        k, v = state

        def inner(c, r):
            c = while_loop(lambda c: c > r, lambda c: c * 0.7 - 0.01 * v, c)
            return c + r, c * v

        c, ys = scan(inner, v + 1.0, pnp.asarray([0.5, 0.1, 0.9]))
        return k + 1, v + 0.1 * c * ys.sum()

    return while_loop(lambda s: s[0] < 3, outer, (0, x))[1]


def power(x):
    return fori_loop(0, 5, lambda i, v: v * x + i, 1.0)


SCALAR = {"while": squared_until_large, "nest": nest, "deep": deep, "power": power}


@pytest.mark.parametrize("name", SCALAR)
def test_scalar_programs_in_every_mode(name):
    f = SCALAR[name]
    compiled_like_numpy(f, 0.7)
    compiled_like_numpy(grad(f), 0.7)
    compiled_like_numpy(lambda x: jvp(f, (x,), (1.0,)), 0.7)
    compiled_like_numpy(lambda x: vjp(f, x)[1](2.0), 0.7)


@pytest.mark.parametrize("name", ["while", "nest", "power"])
def test_scalar_programs_batched(name):
    f, x = SCALAR[name], np.array([0.7, 0.8, 1.2])
    compiled_like_numpy(vmap(f), x)
    compiled_like_numpy(vmap(grad(f)), x)
    compiled_like_numpy(grad(lambda x: vmap(f)(x).sum()), x)


@pytest.mark.parametrize("name", ["while", "nest", "power"])
def test_second_derivatives(name):
    compiled_like_numpy(grad(grad(SCALAR[name])), 0.7)


def test_recurrent_network_in_every_mode():
    arguments = (MATRIX, VECTOR, ROWS)
    compiled_like_numpy(recurrent, *arguments)
    compiled_like_numpy(grad(recurrent, (0, 1, 2)), *arguments)
    compiled_like_numpy(lambda *a: jvp(recurrent, a, a), *arguments)
    batch = (MATRIX, np.stack([VECTOR, 2 * VECTOR]), ROWS)
    compiled_like_numpy(vmap(grad(recurrent), in_axes=(None, 0, None)), *batch)
    compiled_like_numpy(lambda h: polyad.hessian(lambda h: recurrent(MATRIX, h, ROWS))(h), VECTOR)


@pytest.mark.parametrize("sign", [1, -1])
def test_branches(sign):
    compiled_like_numpy(grad(branch), sign * np.abs(VECTOR))
    compiled_like_numpy(vmap(branch), np.stack([VECTOR, -np.abs(VECTOR)]))


@pytest.mark.parametrize("index", [-3, 0, 1, 2, 7])
def test_switch_clamps_its_index(index):
    branches = [lambda x: x, lambda x: -x, lambda x: x * x]
    compiled_like_numpy(lambda i, x: switch(i, branches, x), index, VECTOR)
    compiled_like_numpy(lambda i, x: switch(i, branches[:1], x), index, VECTOR)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("length", [0, 1, 4])
def test_lengths_and_directions(length, reverse):
    xs = RANDOM.normal(size=(length, 3))

    def f(h, xs):
        return scan(lambda h, x: (h * 0.5 + x, (h - x, x)), h, xs, reverse=reverse)

    compiled_like_numpy(f, VECTOR, xs)
    compiled_like_numpy(
        grad(lambda h, xs: f(h, xs)[0].sum() + f(h, xs)[1][0].sum(), (0, 1)), VECTOR, xs
    )


CARRIES = {
    "swap": lambda c, x: ((c[1], c[0]), c[0]),
    "rotate": lambda c, x: ((c[1], c[0] + x), c[0] + c[1]),
    "fibonacci": lambda c, x: ((c[1], c[0] + c[1]), c[1]),
    "unchanged": lambda c, x: ((c[0], c[1] + x), c[0]),
    "reversed": lambda c, x: ((c[0][::-1] + x, c[0]), c[1]),
    "both the same": lambda c, x: ((c[0] + x, c[0] + x), c[0] + x),
    "an x": lambda c, x: ((x, c[0]), x),
    "x twice": lambda c, x: ((c[0] + x * x[::-1], c[1]), (x, x)),
    "a constant": lambda c, x: ((pnp.asarray(VECTOR), c[1] * c[0]), c[0]),
    "reshaped": lambda c, x: ((c[0].reshape(3, 1).reshape(3), c[1].reshape(1, 3)[0] + x), c[0]),
    "a transpose": lambda c, x: ((c[0], (c[1].reshape(1, 3) + c[0].reshape(3, 1)).T[0]), c[1]),
}


@pytest.mark.share(3)
@pytest.mark.parametrize("name", CARRIES)
def test_carries_that_alias(name):
    step = CARRIES[name]
    f = lambda a, b, xs: scan(step, (a, b), xs)
    compiled_like_numpy(f, VECTOR, VECTOR + 1, ROWS)
    total = lambda a, b, xs: sum(pnp.sum(pnp.sin(leaf)) for leaf in tree.leaves(f(a, b, xs)))
    compiled_like_numpy(grad(total, (0, 1, 2)), VECTOR, VECTOR + 1, ROWS)
    w = lambda a, b: while_loop(
        lambda c: c[2] < 4, lambda c: (*step(c[:2], c[0])[0], c[2] + 1), (a, b, 0)
    )
    compiled_like_numpy(w, VECTOR, VECTOR + 1)


@pytest.mark.parametrize("name", ["swap", "rotate", "reversed", "a transpose"])
def test_large_carries(name):
    step = CARRIES[name]
    if name == "a transpose":
        step = lambda c, x: ((c[1].reshape(1000, 1000).T.reshape(-1) + x, c[0]), c[0][:3])
    a, xs = RANDOM.normal(size=1_000_000), RANDOM.normal(size=(3, 1))
    compiled_like_numpy(lambda a, xs: scan(step, (a, a + 1), xs), a, xs)


@pytest.mark.parametrize(
    "dtype", ["int64", "int8", "uint32", "bool", "complex128", "float32", "complex64"]
)
def test_dtypes(dtype):
    xs = RANDOM.integers(0, 2, (4, 3)).astype(dtype)
    if dtype == "bool":
        step = lambda c, x: (pnp.logical_xor(c, x), pnp.logical_and(c, x))
    else:
        step = lambda c, x: (c * x + c, c - x)
    compiled_like_numpy(lambda c, xs: scan(step, c, xs), xs[0], xs)


def test_complex_derivatives():
    z = RANDOM.normal(size=(4, 2)) + 1j * RANDOM.normal(size=(4, 2))
    f = lambda z: pnp.real(scan(lambda c, x: (c * x + 1, None), z[0], z)[0]).sum()
    compiled_like_numpy(grad(f), z)


def test_large_products_in_loops():
    w, h = RANDOM.normal(size=(40, 40)) / 7, RANDOM.normal(size=(40, 50))
    f = lambda w, h: scan(lambda h, _: (pnp.tanh(w @ h), h.sum()), h, None, length=4)[0].sum()
    compiled_like_numpy(grad(f, (0, 1)), w, h)


@pytest.mark.parametrize("reverse", [False, True])
def test_products_are_hoisted_out_of_loops(reverse):
    w, u = RANDOM.normal(size=(30, 40)) / 9, RANDOM.normal(size=(40, 40)) / 9
    h, xs, v = (RANDOM.normal(size=s) for s in ((8, 40), (6, 8, 30), (8, 8)))

    def f(w, u, v, h, xs):
        def step(h, x):
            h = pnp.tanh(x @ w + h @ u + (v @ x)[:, :1])
            return h, (x, h)

        h, (same, hs) = scan(step, h, xs, reverse=reverse)
        return pnp.sum(hs**2) + pnp.sum(h * same[0, :, :1])

    forward = compiled_like_numpy(f, w, u, v, h, xs)
    assert contractions(forward) == (2, 1)
    backward = compiled_like_numpy(grad(f, (0, 1, 2, 3, 4)), w, u, v, h, xs)
    assert contractions(backward) == (3, 5)  # by v it is narrow, a loop


def contractions(compiled):
    """How many calls of BLAS there are outside of loops, and how many in all loops."""
    buffers = compiled.functions["buffers"]
    names = [op.name for op in buffers.ops]
    every = [op.name for op in buffers.walk()]
    outside = names.count("kernel.contract")
    return outside, every.count("kernel.contract") - outside


def test_slices_of_one_array_are_written_to_one_gradient():
    def f(x):
        return pnp.sum(x[:, :4] * x[:, 5:9]) + pnp.sum(pnp.sin(x[:, 9:]))

    compiled = compiled_like_numpy(grad(f), RANDOM.normal(size=(20, 12)))
    assert "pad" not in [op.name for op in compiled.functions["products_turned"].ops]
    assert "concat" in [op.name for op in compiled.functions["products_turned"].ops]
    compiled_like_numpy(grad(lambda x: pnp.sum(x[:7] * x[3:10])), VECTOR.repeat(4))


def test_large_angles_in_scalar_loops():
    f = lambda x: while_loop(
        lambda v: v[0] < 9, lambda v: (v[0] + 1, v[1] * 40 + pnp.sin(v[1])), (0, x)
    )
    compiled_like_numpy(f, 0.3)
    compiled_like_numpy(lambda x: scan(lambda c, _: (c * 1e3, pnp.cos(c)), x, None, length=9), 0.7)


def test_ops_without_native_form_in_loops():
    f = lambda x: scan(lambda c, r: (sorted_by_numpy(c + r), c[0]), x, ROWS)
    compiled_like_numpy(f, VECTOR, host=1)


def sorted_by_numpy(v):
    return polyad.pure_callback(np.sort, v, v)


def test_axis_ops_in_loops():
    def step(c, x):
        c = pnp.cumulative_sum(c) * 0.5 + x
        return pnp.take(c, pnp.argsort(x)), pnp.argmax(c)

    compiled_like_numpy(lambda c, xs: scan(step, c, xs), VECTOR, ROWS)


def test_stacks_grow():
    f = lambda x: while_loop(
        lambda v: v[0] < 5000, lambda v: (v[0] + 1, v[1] * 0.999 + pnp.sin(v[1])), (0, x)
    )[1]
    compiled_like_numpy(grad(f), 0.3)
    compiled_like_numpy(grad(lambda x: f(x).sum()), RANDOM.normal(size=300))


def test_stacks_as_arguments_and_results_are_left_to_numpy():
    ir = parse(STACKS)
    compiled = native().compile(ir)
    _, stack = compiled(np.float64(2.0))
    assert [float(x) for x in stack] == [2.0, 4.0, 16.0]
    assert compiled.explain() == "@f: run by the NumPy backend, for it takes or gives stacks."
    assert list(compiled.stages()) == ["array"]
    assert compiled.llvm_ir() == compiled.assembly() == ""


STACKS = """
function @f(%x: f64[]) -> (f64[], stack<f64[]>) {
  %1, %2 = while %x {body_consts = 0, cond_consts = 0} : f64[], stack<f64[]> (
    function @condition(%0: f64[]) -> (bool[]) {
      %1 = full {dtype = f64, shape = (), value = 100.0} : f64[]
      %2 = less %0, %1 : bool[]
      return %2
    }
    function @body(%0: f64[]) -> (f64[], f64[]) {
      %1 = multiply %0, %0 : f64[]
      return %1, %0
    }
  )
  return %1, %2
}"""


def test_an_error_in_a_host_call_leaves_the_loop(monkeypatch):
    step = lambda v: (v[0] + 1, sorted_by_numpy(v[1]))
    f = lambda x: while_loop(lambda v: v[0] < 100, step, (0, x))[1]
    compiled = native().compile(make_ir(f)(VECTOR))
    compiled(VECTOR)  # the code is made by the first call
    calls = []

    def fail(address):
        calls.append(address)
        if len(calls) == 7:
            raise KeyboardInterrupt

    monkeypatch.setattr(type(compiled.host_steps[0]), "__call__", lambda self, a: fail(a))
    with pytest.raises(KeyboardInterrupt):
        compiled(VECTOR)
    assert len(calls) == 7


UNRECORDED = """%3 = empty_stack {element = !f64[]} : stack<f64[]>
  %4 = full {dtype = f64, shape = (), value = 0.0} : f64[]
  %5, %6 = while %4 {body_consts = 0, cond_consts = 0} : f64[], stack<bool[]> (
    function @condition(%0: f64[]) -> (bool[]) {
      %1 = full {dtype = f64, shape = (), value = 2.5} : f64[]
      %2 = less %0, %1 : bool[]
      return %2
    }
    function @body(%0: f64[]) -> (f64[], bool[]) {
      %1 = full {dtype = f64, shape = (), value = 1.0} : f64[]
      %2 = add %0, %1 : f64[]
      %3 = full {dtype = bool, shape = (), value = True} : bool[]
      return %2, %3
    }
  )
  %7 = scan %4, %6, %3 {carry = 1, consts = 0, length = None, reverse = False} : f64[] (
    function @add(%0: f64[], %1: bool[], %2: f64[]) -> (f64[]) {
      %3 = add %0, %2 : f64[]
      return %3
    }
  )
  return %7
}"""


def test_a_stack_without_elements_reads_as_zeros():
    text = STACKS.replace("return %1, %2\n}", UNRECORDED)
    ir = parse(text.replace("-> (f64[], stack<f64[]>) {\n  %1", "-> (f64[]) {\n  %1", 1))
    compiled = native().compile(verify(ir))
    assert compiled(np.float64(2.0)) == tuple(get_backend("numpy").evaluate(ir, [2.0])) == (0.0,)
    assert not compiled.host_steps
