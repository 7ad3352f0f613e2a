"""Products: of all shapes and strides, shared by threads that change nothing, the right way round;
and BLAS, which does complex ones, with its own threads at rest.
"""

from __future__ import annotations

import ctypes
import os
from concurrent.futures import ThreadPoolExecutor

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import polyad
import polyad.numpy as pnp
from polyad.config import config
from polyad.lowering.dialects import kernel, loop
from polyad.lowering.pipeline import lower
from polyad.lowering.runtime.modules import address_of, blas_switch

from ...drawn import examples

RNG = np.random.default_rng(0)
BIG = (301, 203, 97)  # rows, columns, contracted; in panels and strips, some left over
SIZES = st.one_of(st.integers(1, 40), st.integers(40, 700))


def stages(function, *arguments):
    return lower(polyad.make_ir(function)(*arguments))


def ops(function, definition):
    return [op for op in function.walk() if op.definition is definition]


def operands(rows, columns, inner, dtype="float64", batch=()):
    shapes = (*batch, rows, inner), (*batch, inner, columns)
    return [RNG.normal(size=shape).astype(dtype) for shape in shapes]


@pytest.mark.share(4)
@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
@pytest.mark.parametrize("flip", ["", "x", "y", "xy"])
@pytest.mark.parametrize(("rows", "columns"), [BIG[:2], BIG[1::-1]])
def test_products_in_panels(rows, columns, flip, dtype):
    x, y = operands(rows, columns, BIG[2], dtype)
    product = polyad.jit(lambda x, y: (x.T if "x" in flip else x) @ (y.T if "y" in flip else y))
    found = product(x.T.copy() if "x" in flip else x, y.T.copy() if "y" in flip else y)
    tolerance = 1e-4 if dtype in ("float32", "complex64") else 1e-12
    np.testing.assert_allclose(found, x @ y, rtol=tolerance, atol=tolerance * 30)


@examples(60)
@given(
    st.tuples(SIZES, SIZES, SIZES),
    st.sampled_from(["float32", "float64"]),
    st.tuples(*[st.booleans()] * 2),
)
def test_the_routine_on_any_size(sizes, dtype, flips):
    x, y = operands(*sizes, dtype)
    expected = x.astype("float64") @ y.astype("float64")
    bound = np.abs(x).astype("float64") @ np.abs(y).astype("float64")
    x, y = (a.T.copy().T if flip else a for a, flip in zip((x, y), flips, strict=True))
    error = np.abs(routine(x, y) - expected) / bound
    assert np.max(error) < sizes[2] * np.finfo(dtype).eps


def routine(x, y):
    """The product by the routine itself, into an array full of NaN."""
    (m, k), n, size = x.shape, y.shape[1], x.itemsize
    out = np.full((m, n), np.nan, x.dtype)
    call = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * 11)(address_of(f"gemm.{x.dtype.name}"))
    of_x, of_y = ([stride // size for stride in a.strides] for a in (x, y))
    call(m, n, k, x.ctypes.data, *of_x, y.ctypes.data, *of_y, out.ctypes.data, n)
    return out


def test_packing_may_need_several_passes():
    """More columns, rows and depth than the memory for what is packed holds at a time."""
    for sizes in ((30, 9000, 600), (9000, 30, 600), (20, 30, 90_000)):
        x, y = operands(*sizes)
        x = x.T.copy().T
        np.testing.assert_allclose(routine(x, y), x @ y, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128"])
def test_threads_change_nothing(dtype):
    x, y = operands(*BIG, dtype)
    compiled, results = polyad.jit(pnp.matmul), []
    for threads in (1, 2, 5):
        with config(num_threads=threads):
            results.append(compiled(x, y))
    assert all(np.array_equal(results[0], other) for other in results[1:])


def test_python_threads_multiply_at_once():
    x, y = operands(700, 600, 500)
    compiled = polyad.jit(pnp.matmul)
    expected = compiled(x, y)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: compiled(x, y), range(12)))
    assert all(np.array_equal(expected, other) for other in found)


def test_no_number_is_read_beside_a_matrix():
    """Rows and columns that are left over meet NaNs nowhere."""
    x, y = operands(*BIG)
    padded = np.full((400, 400), np.nan)
    padded[: BIG[0], : BIG[2]] = x
    found = routine(padded[: BIG[0], : BIG[2]], y)
    assert np.array_equal(found, routine(x, y))


@pytest.mark.parametrize("sizes", [BIG, (BIG[1], BIG[0], BIG[2])])
def test_panels_of_complex_products_are_shared(sizes):
    found = stages(pnp.matmul, *operands(*sizes, "complex128"))["parallel"]
    (panels,) = ops(found, loop.parallel)
    assert panels.attrs["chunks"] == panels.attrs["extent"] > 1
    assert len(ops(found, loop.gemm)) == 2  # one for what the panels leave over


def test_a_batch_of_products_is_shared_by_threads():
    x, y = operands(64, 64, 64, batch=(40,))
    (shared,) = ops(stages(pnp.matmul, x, y)["parallel"], loop.parallel)
    assert shared.attrs["extent"] == 40


def test_a_product_with_a_vector_fuses():
    x, w = RNG.normal(size=(300, 50)), RNG.normal(size=50)
    for function in (lambda x, w: pnp.sum(pnp.tanh(x @ w)), lambda x, w: pnp.tanh(w @ x.T)):
        kernels = stages(function, x, w)["fused"]
        assert not ops(kernels, kernel.contract), function
        np.testing.assert_allclose(polyad.jit(function)(x, w), function(x, w), rtol=1e-12)


@pytest.mark.parametrize("batch", [(), (3,)])
def test_the_transpose_of_a_product_is_a_product(batch):
    function = lambda x, y: pnp.swapaxes(x @ y, -1, -2)
    x, y = operands(40, 50, 60, batch=batch)
    turned = stages(function, x, y)["products_turned"]
    assert [op.name for op in turned.ops] == ["dot_general"]
    np.testing.assert_allclose(polyad.jit(function)(x, y), function(x, y), rtol=1e-12, atol=1e-12)


def test_a_product_that_is_read_both_ways_is_made_once():
    function = lambda product: (product, product.T)
    turned = stages(lambda x, y: function(x @ y), *operands(40, 50, 60))["products_turned"]
    assert sum(op.name == "dot_general" for op in turned.ops) == 1


def test_the_gradient_of_weights_is_not_copied():
    loss = lambda w, x: pnp.sum(pnp.tanh(x @ w))
    w, x = RNG.normal(size=(30, 40)), RNG.normal(size=(50, 30))
    names = [op.name for op in stages(polyad.grad(loss), w, x)["fused"].ops]
    assert names.count("kernel.contract") == 2
    assert names.count("kernel.generic") == 1


def test_a_product_whose_permutation_ends_with_rows_is_turned():
    function = lambda x, y: pnp.permute_dims(pnp.tensordot(x, y, 1), (0, 2, 1))
    x, y = RNG.normal(size=(30, 20, 40)), RNG.normal(size=(40, 50))
    product, _ = stages(function, x, y)["products_turned"].ops
    assert product.result.type.shape == (50, 30, 20)
    np.testing.assert_allclose(polyad.jit(function)(x, y), function(x, y), rtol=1e-11)


@pytest.mark.parametrize("batch", [(), (3,)])
def test_a_wide_operand_comes_first_where_it_stands_by_columns(batch):
    function = lambda x, y: x @ pnp.swapaxes(y, -1, -2)
    x, y = RNG.normal(size=(*batch, 20, 5000)), RNG.normal(size=(*batch, 90, 5000))
    (product,) = ops(stages(function, x, y)["moves_folded"], kernel.contract)
    assert product.result.type.shape == (*batch, 90, 20)
    np.testing.assert_allclose(polyad.jit(function)(x, y), function(x, y), rtol=1e-10, atol=1e-10)


def test_windows_are_copied_once_for_a_convolution_and_its_derivative():
    x, w = RNG.normal(size=(2, 3, 12, 14)), RNG.normal(size=(4, 3, 3, 3))
    convolve = lambda w: pnp.sum(pnp.sin(polyad.lax.conv(x, w, (1, 1), "VALID")))
    gradient = polyad.grad(convolve)
    moved = [
        op
        for op in ops(stages(gradient, w)["moves_folded"], kernel.generic)
        if op.result.type.shape == (1, 3, 3, 3, 2, 10, 12)
    ]
    assert len(moved) == 1
    np.testing.assert_allclose(polyad.jit(gradient)(w), gradient(w), rtol=1e-11)


# -- BLAS's own threads


@pytest.fixture
def blas():
    """The functions that read and set the number of BLAS's threads; three for this test."""
    addresses = blas_switch()
    if None in addresses:
        pytest.skip("this BLAS cannot be told how many threads to use")
    get = ctypes.CFUNCTYPE(ctypes.c_int)(addresses[0])
    set = ctypes.CFUNCTYPE(None, ctypes.c_int)(addresses[1])
    before = get()
    set(3)
    yield get
    set(before)


def calls(name):
    return ctypes.CFUNCTYPE(None)(address_of(f"blas_threads.{name}"))


def test_blas_has_one_thread_until_the_last_run_is_over(blas):
    alone, as_before = calls("alone"), calls("as_before")
    seen = []
    for step in (alone, alone, as_before, as_before):
        step()
        seen.append(blas())
    assert seen == [1, 1, 1, 3]


def test_a_product_gives_the_threads_back(blas):
    polyad.jit(pnp.matmul)(*operands(*BIG, "complex128"))
    assert blas() == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_child_of_a_product_begins_anew(blas):
    calls("alone")()
    child = os.fork()
    if child == 0:
        calls("alone")()
        calls("as_before")()
        os._exit(0)
    calls("as_before")()
    assert os.waitpid(child, 0)[1] == 0
    assert blas() == 3
