"""Kernels after fusion, values computed again, values stored: read from `explain`."""

from __future__ import annotations

import re
from typing import Any

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad.ir import verify
from polyad.lowering.backend import native
from polyad.lowering.fusion.fuse import fuse
from polyad.lowering.kernels.array_to_kernel import array_to_kernel
from polyad.lowering.legalize.legalize import legalize
from polyad.passes.pipeline import optimize

from ...drawn import examples


def kernels(compiled):
    """The first line of every step: its name, and what it does."""
    return re.findall(r"^(\w[\w ]*?): (.+)$", compiled.explain().partition("\n\n")[2], re.MULTILINE)


def loops(compiled):
    """A description of every loop, those of a nest included."""
    return re.findall(r"^(?:kernel_\d+:|    \d+\.(?: then)?) (.+)$", compiled.explain(), re.M)


def test_a_chain_is_one_kernel(check):
    def program(e, x, y):
        return e("tanh", e("add", e("exp", e("multiply", x, y)), x))

    assert kernels(check(["f64[50]", "f64[50]"], program)) == [
        ("kernel_0", "multiply, exp, add, tanh; over (50,)")
    ]


def test_movement_is_in_the_maps(check):
    def program(e, x, v):
        y = e("permute_dims", e("flip", x, axes=(0,)), axes=(1, 0))
        y = e("slice", y, start=(0, 1), stop=(4, 5), step=(1, 2))
        z = e("broadcast_to", e("reshape", v, shape=(4, 1)), shape=(4, 2))
        i = e(
            "broadcast_to", e("astype", e("iota", size=2, dtype="i64"), dtype="f64"), shape=(4, 2)
        )
        return e(
            "add",
            e("multiply", y, z),
            e("multiply", i, e("full", value=2.0, shape=(4, 2), dtype="f64")),
        )

    assert kernels(check(["f64[5,4]", "f64[4]"], program)) == [
        ("kernel_0", "multiply x2, add; over (4, 2)")
    ]


@pytest.mark.parametrize("reduction", ["sum", "prod", "max", "min"])
def test_prologue_joins_reduction(check, reduction):
    compiled = check(["f64[6,7]"], lambda e, x: e(reduction, e("exp", x), axes=(1,)))
    assert kernels(compiled) == [("kernel_0", f"exp, {reduction}; over (6, 7), reducing d1")]


def test_softmax_is_three_kernels(check):
    """The exponentials leave the kernel that sums them: they are computed once."""

    def program(e, x):
        spread = lambda v: e("broadcast_to", e("reshape", v, shape=(8, 1)), shape=(8, 9))
        y = e("exp", e("subtract", x, spread(e("max", x, axes=(1,)))))
        return e("divide", y, spread(e("sum", y, axes=(1,))))

    assert [what.partition(";")[0] for _, what in kernels(check(["f64[8,9]"], program))] == [
        "max",
        "subtract, exp, sum",
        "divide",
    ]


def test_parts_are_computed_where_they_belong(check):
    def program(e, x, y):
        both = e("concat", e("exp", x), e("negative", y), axis=1)
        padded = e("pad", e("multiply", y, y), low=(1, 0), high=(0, 2), interior=(0, 1))
        return both, padded

    found = kernels(check(["f64[4,3]", "f64[4,5]"], program))
    assert sorted(what for _, what in found) == [
        "exp; over (4, 3)",
        "moves elements only; over (5, 11)",
        "multiply; over (4, 5)",
        "negative; over (4, 5)",
    ]


def test_the_kernel_of_a_part_may_have_other_results(check):
    """Tangents, say, or totals; unless these are needed before the larger array."""

    def program(e, x, y, early):
        t = e("tanh", x)
        slope, total = e("multiply", t, t), e("sum", t, axes=(0, 1))
        z = e("add", y, e("broadcast_to", total, shape=(4, 5))) if early else y
        both = e("concat", t, e("sort", z, axis=1, descending=False), axis=1)
        return e("sort", both, axis=1, descending=False), slope, total

    for early in (False, True):
        compiled = check(["f64[4,3]", "f64[4,5]"], lambda e, x, y, w=early: program(e, x, y, w))
        assert ("moves elements only; over (4, 3)" in compiled.explain()) == early


def test_parts_that_others_read_are_copied(check):
    def program(e, x):
        y = e("exp", x)
        return e("concat", y, y, axis=0), e("permute_dims", y, axes=(1, 0))

    assert sum("exp" in what for _, what in kernels(check(["f64[4,3]"], program))) == 1


def test_siblings_share_a_loop(check):
    def program(e, x):
        return e("sum", x, axes=(0,)), e("max", e("multiply", x, x), axes=(0,)), e("tanh", x)

    ((_, what),) = kernels(check(["f64[40]"], program))
    assert what == "multiply, tanh, sum, max; over (40,), reducing d0"


def test_different_reductions_stay_apart(check):
    compiled = check(["f64[4,5]"], lambda e, x: (e("sum", x, axes=(0,)), e("sum", x, axes=(1,))))
    assert len(kernels(compiled)) == 2


def test_expensive_values_with_two_readers_are_stored(check):
    def program(e, x):
        y = e("exp", x)
        return e("sum", y, axes=(0,)), e("permute_dims", y, axes=(1, 0)), e("sum", y, axes=(1,))

    assert sum("exp" in what for what in loops(check(["f64[30,40]"], program))) == 1


def test_cheap_values_are_computed_again(check):
    def program(e, x):
        y = e("negative", x)
        return e("sum", y, axes=(0,)), e("sum", y, axes=(1,))

    found = [
        what for what in loops(check(["f64[30,40]"], program)) if "over rows; over ()" not in what
    ]
    assert all("negative" in what for what in found)


def test_expensive_values_are_not_repeated_by_broadcasting(check):
    def program(e, x, v):
        return e("multiply", x, e("broadcast_to", e("exp", v), shape=(30, 40)))

    assert [what for _, what in kernels(check(["f64[30,40]", "f64[40]"], program))] == [
        "exp; over (40,)",
        "multiply; over (30, 40)",
    ]


def test_no_kernel_waits_for_itself(check):
    """x -> sum -> uses x again: the two halves cannot be one kernel."""

    def program(e, x):
        y = e("add", x, x)
        s = e("broadcast_to", e("sum", y, axes=(0,)), shape=(50,))
        return e("multiply", e("sin", y), s), e("multiply", y, s)

    compiled = check(["f64[50]"], program)
    assert len(kernels(compiled)) == 2


def test_threefry_is_one_kernel(check):
    def program(e, *keys):
        return e("threefry_2x32", *keys)

    ((_, what),) = kernels(check(["u32[64]"] * 4, program))
    assert what.endswith("over (64,)")


def test_transposed_operand_is_a_pair_of_strides(check):
    def program(e, x, w):
        return e(
            "dot_general",
            x,
            e("permute_dims", w, axes=(1, 0)),
            batch=((), ()),
            contracting=((1,), (0,)),
        )

    assert kernels(check(["f64[30,40]", "f64[50,40]"], program)) == [
        ("contract_0", "product in float64, 30 x 40 by 40 x 50")
    ]


def test_strided_operand_is_copied_for_blas(check):
    def program(e, x, y):
        x = e("slice", x, start=(0, 0), stop=(30, 80), step=(1, 2))
        return e("dot_general", x, y, batch=((), ()), contracting=((1,), (0,)))

    assert [name for name, _ in kernels(check(["f64[30,80]", "f64[40,50]"], program))] == [
        "kernel_0",
        "contract_1",
    ]


def test_small_products_are_loops_that_fuse(check):
    def program(e, x, y):
        return e("sum", e("dot_general", x, y, batch=((), ()), contracting=((0,), (0,))), axes=())

    def gram(e, x):
        return e("exp", e("dot_general", x, x, batch=((), ()), contracting=((1,), (1,))))

    check(["f64[1000]", "f64[1000]"], program)
    assert all(name.startswith("kernel") for name, _ in kernels(check(["f64[3,3]"], gram)))


def test_explain_names_reasons_and_costs():
    f = polyad.jit(lambda x: pnp.exp(pnp.real(pnp.fft.ifft(pnp.exp(x) + 0j))))
    text = f.lower(np.ones(6)).explain()
    assert "became 2 kernels, no products, 1 host call" in text
    assert "fft by the NumPy backend, because fft has no native form for complex128" in text
    assert "6 elementary functions" in text
    assert "for kernel_1" in text


def test_explain_points_at_the_source_line(make):
    text = native().compile(make(["f64[6]"], lambda e, x: e("exp", x))).explain()
    assert "by_hand.py" in text


def test_dead_buffers_give_their_room_away(make):
    def program(e, x):
        for axis in (0, 1, 0, 1):
            x = e("cumulative_sum", e("tanh", x), axis=axis)
        return x

    compiled = native().compile(make(["f64[100,100]"], program))
    size = int(re.search(r"bytes = (\d+)", compiled.stages()["buffers"])[1])
    assert size < 3 * 80_100


def test_loops_are_vectorised(make):
    compiled = native().compile(
        make(["f64[1000]"], lambda e, x: e("tanh", e("sin", e("log1p", e("exp", x)))))
    )
    assert re.search(r"<\d+ x double>", compiled.llvm_ir())
    assert "kernel_0" in compiled.assembly()


def test_sums_are_accurate_enough(make):
    x = np.random.default_rng(0).standard_normal(100_000)
    (found,) = native().compile(make(["f64[100000]"], lambda e, x: e("sum", x, axes=(0,))))(x)
    assert abs(found - np.sum(x)) < 1e-10


def random_program(seed: int, length: int = 60) -> Any:
    """Vectors and numbers made of each other, by ops point by point, turned around, and summed."""
    rng = np.random.default_rng(seed)

    def f(x, y):
        made = [x, y, pnp.sum(x), pnp.exp(-y)]
        for _ in range(length):
            a, b = (made[rng.integers(max(0, len(made) - 12), len(made))] for _ in range(2))
            kinds = (
                lambda: a * b,
                lambda: a + b,
                lambda: pnp.sum(a * b),
                lambda: pnp.tanh(a),
                lambda: (a[::-1] if a.ndim else a) + b,
                lambda: pnp.where(a > b, a, b),
            )
            made.append(kinds[rng.integers(len(kinds))]() * 0.25)
        return sum(pnp.sum(each) for each in made[-5:]), made[-1]

    return f


@hypothesis.given(st.integers(0, 2**32 - 1))
@hypothesis.example(129)  # what depends on a merged kernel stands before it
@hypothesis.example(235)
@examples(20)
def test_kernels_stay_in_the_order_of_their_needs(seed):
    x = np.linspace(0.1, 1.0, 6)
    function = optimize(polyad.make_ir(random_program(seed))(x, x))
    verify(fuse(array_to_kernel(legalize(function))))


@pytest.mark.parametrize("seed", range(6))
def test_fused_programs_equal_their_ops(seed):
    x, y = np.linspace(-1.0, 1.0, 6), np.linspace(0.1, 2.0, 6)
    function = optimize(polyad.make_ir(random_program(seed, 30))(x, y))
    wanted = polyad.execution.get_backend("numpy").evaluate(function, [x, y])
    for one, other in zip(native().compile(function)(x, y), wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_parts_of_one_array_are_made_by_one_kernel(axis):
    """Values that all need are computed once, and every part is written where it belongs."""

    def f(x):
        y = pnp.exp(pnp.sin(x) * pnp.cos(x)) / (1 + x * x)
        return pnp.stack([y, y * x, pnp.tanh(y), 1 - y], axis=axis)

    x = np.linspace(0.0, 2.0, 60).reshape(5, 12)
    compiled = polyad.jit(f).lower(x)
    assert len(kernels(compiled)) == 1
    np.testing.assert_allclose(polyad.jit(f)(x), f(x), rtol=1e-13)


def test_interleaved_parts_of_different_arrays_are_made_by_one_kernel():
    def f(x, y):
        return pnp.stack([x * x, pnp.exp(y)[1:], y[:-1] - 1], axis=-1)

    x, y = np.linspace(0.0, 2.0, 40), np.linspace(0.0, 3.0, 41)
    assert len(kernels(polyad.jit(f).lower(x, y))) == 1
    np.testing.assert_allclose(polyad.jit(f)(x, y), f(x, y), rtol=1e-13)
