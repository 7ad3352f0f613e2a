"""Traced programs keep Python's meaning on arrays: writes, aliases, closures, scalars."""

from __future__ import annotations

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import errors, grad, jit, lax, make_ir, vmap

ONES = np.ones(3)


# -- Writing ---------------------------------------------------------------------------------------


def test_a_branch_or_body_that_writes_into_an_outer_array_is_an_error():
    def in_a_branch(p, x):
        def write():
            x[0] = 5.0
            return 0.0

        lax.cond(p, write, lambda: 0.0)
        return pnp.sum(x)

    def in_a_loop(x):
        def body(c, a):
            x[0] += 1.0
            return c, None

        lax.scan(body, 0.0, ONES)
        return x

    for run in (lambda: jit(in_a_branch)(False, ONES), lambda: jit(in_a_loop)(ONES)):
        with pytest.raises(errors.PolyadTypeError, match="of an outer trace") as error:
            run()
        assert "put the array into what the loop carries" in str(error.value)


def test_in_place_operators_write_into_the_array_and_what_it_views():
    def through_an_alias(x):
        y = x
        y += 1.0
        return pnp.sum(x * x)

    np.testing.assert_array_equal(grad(through_an_alias)(ONES), 4 * ONES)

    def through_a_view(x):
        row = x[0]
        row += 1.0
        return pnp.sum(x)

    np.testing.assert_array_equal(grad(through_a_view)(np.ones((2, 2))), np.ones((2, 2)))
    assert jit(through_a_view)(np.ones((2, 2))) == 6
    with pytest.raises(errors.ShapeError, match="does not fit"):
        jit(lambda x: x.__iadd__(np.ones((2, 3))))(ONES)


def test_a_sum_of_numbers_in_a_loop_is_not_in_place():
    def total(x):
        t = first = x[0]
        for i in range(1, 3):
            t += x[i] ** 2
        return t * first

    np.testing.assert_array_equal(grad(total)(ONES), [4, 2, 2])


def test_a_buffer_that_is_filled_again_while_tracing_is_read_each_time():
    buffer = np.empty(3)

    def f(x):
        total = 0.0
        for k in range(3):
            buffer[:] = k
            total = total + pnp.sum(x * buffer)
        return total

    np.testing.assert_array_equal(grad(f)(ONES), [3, 3, 3])
    assert jit(f)(ONES) == f(ONES) == 9


# -- Aliases ---------------------------------------------------------------------------------------


def test_results_share_no_memory_with_arguments_or_each_other():
    x = np.ones(3)
    first, second = grad(lambda p: pnp.sum(p[0] + p[1]))([x, x])
    for made in (first, second, vmap(lambda v: v)(x), grad(lambda v: pnp.sum(v) ** 2)(x)):
        assert made.flags.writeable and not np.shares_memory(made, x)
    assert not np.shares_memory(first, second)
    _, pullback = polyad.vjp(lambda v: v * v, x)
    x[:] = 100
    np.testing.assert_array_equal(pullback(ONES)[0], 2 * ONES)


# -- Closures --------------------------------------------------------------------------------------


def test_the_closure_of_a_branch_is_computed_in_the_branch():
    f = lambda p, x: lax.cond(p, lambda: pnp.sum(pnp.exp(x)), lambda: pnp.sum(pnp.cos(x)))
    text = str(make_ir(f)(True, ONES))
    assert "exp" not in text[: text.index("cond")]


def test_the_closure_of_a_checkpoint_is_computed_again():
    text = str(make_ir(grad(lambda x: polyad.checkpoint(lambda: pnp.exp(pnp.sin(x)))()))(1.0))
    assert "sin" not in text[: text.index("checkpoint")]


def test_a_rule_has_no_derivative_for_its_closure():
    def f(w, x):
        @polyad.custom_vjp
        def scaled(x):
            return pnp.sin(x) * w

        scaled.defvjp(lambda x: (pnp.sin(x) * 2.0, x), lambda r, ct: (2 * ct * pnp.cos(r),))
        return scaled(x)

    with pytest.raises(
        errors.NotDifferentiableError, match="Pass the value as an argument"
    ) as error:
        grad(f, (0, 1))(2.0, 3.0)
    assert "test_python_semantics.py" in str(error.value)
    np.testing.assert_allclose(grad(f, 1)(2.0, 3.0), 2 * np.cos(3.0))


# -- Scalars and dtypes ----------------------------------------------------------------------------


def test_a_jitted_call_gives_the_dtype_that_its_own_arguments_give():
    x = np.ones(2, np.float32)
    f = jit(lambda x, s: x * s)
    dtypes = [f(x, s).dtype.name for s in (1.0, np.float64(1), 1.0, np.float64(1))]
    assert dtypes == ["float32", "float64", "float32", "float64"]


def test_scalars_chosen_by_a_condition_stay_weak_and_converted_ones_do_not():
    x = np.ones(2, np.float32)
    assert jit(lambda x: pnp.where(x > 0, 1.0, 0.0) * x)(x).dtype == np.float32
    assert jit(lambda s, x: s.astype("float64") * x)(2.0, x).dtype == np.float64


def test_static_arguments_are_told_apart_exactly():
    f = jit(lambda n, x: pnp.copysign(x, n[0]), static_argnums=0)
    assert f((0.0,), 2.0) == 2.0 and f((-0.0,), 2.0) == -2.0
    g = jit(lambda n, x: x * n, static_argnums=0)
    kinds = [g(n, np.ones(1, int)).dtype.kind for n in (1, 1.0, True)]
    assert kinds == ["i", "f", "i"]


def test_simplification_keeps_values():
    assert jit(lambda x: 1 / (x + 0.0))(np.array([-0.0])) == np.inf
    assert jit(lambda: pnp.sum(pnp.full((0,), np.inf)))() == 0
    assert jit(lambda: pnp.sum(pnp.full((4,), 2**62)))() == 0
    rounded = lambda x: x + pnp.astype(pnp.astype(pnp.full((), 0.1), "float32"), "float64")
    assert jit(rounded)(0.0) == np.float64(np.float32(0.1))


def test_a_jitted_function_takes_arrays_of_one_library_and_then_of_another():
    torch = pytest.importorskip("torch")
    f = jit(lambda x: x * pnp.sin(pnp.asarray([1.0, 2.0])))
    assert isinstance(f(np.ones(2)), np.ndarray)
    assert isinstance(f(torch.ones(2, dtype=torch.float64)), torch.Tensor)


def test_arrays_with_a_false_interface_are_refused():
    for array in (np.ma.array([1.0, 2.0], mask=[False, True]), np.matrix([[1.0]])):
        with pytest.raises(errors.PolyadTypeError, match=r"numpy\.asarray"):
            jit(lambda x: x * 2)(array)


def test_argnums_may_be_numpy_integers():
    assert grad(lambda x, y: x * y, np.int64(1))(2.0, 3.0) == 2.0


def test_programs_of_many_conditions_are_traced_in_linear_time():
    def f(x, n):
        for _ in range(n):
            if x > 5:
                break
            x = x * 1.0001
        return x

    def rows_looked_at(n):
        from polyad.ir import Builder

        looked = []
        row_of = Builder.row_of
        Builder.row_of = lambda self, number: (looked.append(1), row_of(self, number))[1]
        try:
            grad(lambda x: f(x, n))(1.0)
        finally:
            Builder.row_of = row_of
        return len(looked)

    assert rows_looked_at(80) < 5 * rows_looked_at(20)


def test_a_rule_may_close_over_a_traced_value_of_a_trace_that_has_ended():
    @polyad.custom_jvp
    def scaled(x):
        return pnp.sin(x)

    def f(x):
        scaled.defjvp(lambda primals, tangents: (pnp.sin(primals[0]), tangents[0] * x))
        return scaled(x)

    assert grad(f)(3.0) == 3.0
    assert grad(grad(f))(3.0) == 1.0
