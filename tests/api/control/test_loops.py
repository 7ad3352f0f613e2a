"""Branches and loops against the same programs written out in Python, in every transformation."""

from __future__ import annotations

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax

POINTS = np.array([0.7, 0.8, 1.2])


def recurrence(loop):
    def f(h, xs, w):
        def step(h, x):
            h = pnp.tanh(w @ h + x)
            return h, pnp.sum(h * x)

        last, ys = loop(step, h, xs)
        return pnp.sum(last**2) + pnp.sum(ys**2)

    return f


def written_out(step, carry, xs):
    ys = []
    for i in range(len(xs)):
        carry, y = step(carry, xs[i])
        ys.append(y)
    return carry, pnp.stack(ys)


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    return rng.normal(size=3), rng.normal(size=(5, 3)), rng.normal(size=(3, 3)) / 2


@pytest.mark.parametrize("argnum", [0, 1, 2])
def test_gradient_of_a_scan_is_that_of_the_loop_written_out(data, argnum):
    scanned = polyad.grad(recurrence(lax.scan), argnum)
    plain = polyad.grad(recurrence(written_out), argnum)
    np.testing.assert_allclose(scanned(*data), plain(*data), rtol=1e-12)
    np.testing.assert_allclose(polyad.jit(scanned)(*data), plain(*data), rtol=1e-12)


def test_second_order_of_a_scan(data):
    scanned = polyad.hessian(recurrence(lax.scan))(*data)
    np.testing.assert_allclose(scanned, polyad.hessian(recurrence(written_out))(*data), rtol=1e-11)


def test_a_scan_run_backwards_sees_the_last_slice_first():
    _, ys = polyad.jit(lambda x: lax.scan(lambda c, x: (c + x, c), 0.0, x, reverse=True))(POINTS)
    np.testing.assert_allclose(ys, [2.0, 1.2, 0.0])


def growth(x):
    return lax.while_loop(lambda v: v < 5.0, lambda v: v * v * 0.5 + 1.5 * x, x)


def growth_written_out(x):
    v = x
    while v < 5.0:
        v = v * v * 0.5 + 1.5 * x
    return v


@pytest.mark.parametrize(
    "transform",
    [
        lambda f: f,
        polyad.grad,
        lambda f: polyad.grad(polyad.grad(f)),
        lambda f: lambda x: polyad.jvp(f, (x,), (1.0,))[1],
        lambda f: lambda x: polyad.jvp(polyad.grad(f), (x,), (1.0,))[1],
    ],
    ids=["value", "grad", "grad of grad", "jvp", "jvp of grad"],
)
def test_a_while_loop_is_the_loop_written_out_batched_and_compiled_too(transform):
    looped, plain = transform(growth), transform(growth_written_out)
    expected = [plain(x) for x in POINTS]
    np.testing.assert_allclose([looped(x) for x in POINTS], expected, rtol=1e-12)
    np.testing.assert_allclose(polyad.vmap(looped)(POINTS), expected, rtol=1e-12)
    np.testing.assert_allclose([polyad.jit(looped)(x) for x in POINTS], expected, rtol=1e-12)
    np.testing.assert_allclose(polyad.jit(polyad.vmap(looped))(POINTS), expected, rtol=1e-12)


def nest(x):
    def step(c, _):
        halved = lambda c: lax.while_loop(lambda v: v > 1.0, lambda v: v * 0.5 * x, c)
        return lax.cond(c > 1.0, halved, lambda c: c * 1.5 + x, c), c

    return lax.scan(step, x, None, length=6)[0]


def nest_written_out(x):
    c = x
    for _ in range(6):
        if c > 1.0:
            while c > 1.0:
                c = c * 0.5 * x
        else:
            c = c * 1.5 + x
    return c


@pytest.mark.parametrize("order", [1, 2])
def test_a_scan_of_a_branch_of_a_while(order):
    looped, plain = nest, nest_written_out
    for _ in range(order):
        looped, plain = polyad.grad(looped), polyad.grad(plain)
    expected = [plain(x) for x in POINTS]
    np.testing.assert_allclose([looped(x) for x in POINTS], expected, rtol=1e-11)
    np.testing.assert_allclose(polyad.vmap(looped)(POINTS), expected, rtol=1e-11)
    np.testing.assert_allclose([polyad.jit(looped)(x) for x in POINTS], expected, rtol=1e-11)


@pytest.mark.parametrize("n", [0, 1, 5])
def test_fori_loop_with_bounds_known_and_traced(n):
    def power(x, n):
        return lax.fori_loop(0, n, lambda i, v: v * x, 1.0)

    assert polyad.grad(power)(2.0, n) == n * 2.0 ** (n - 1)
    np.testing.assert_allclose(polyad.jit(polyad.grad(power))(2.0, n), n * 2.0 ** (n - 1))


def test_switch_clamps_its_index():
    branches = [pnp.sin, pnp.cos, pnp.exp]
    pick = polyad.jit(polyad.grad(lambda x, i: lax.switch(i, branches, x)))
    expected = [np.cos(0.5), np.cos(0.5), -np.sin(0.5), np.exp(0.5), np.exp(0.5)]
    np.testing.assert_allclose([pick(0.5, i) for i in (-3, 0, 1, 2, 7)], expected)


def test_residuals_that_do_not_change_are_hoisted_and_not_recorded():
    def f(x):
        return lax.scan(lambda c, _: (c * pnp.sin(x), None), 1.0, None, length=7)[0]

    text = str(polyad.make_ir(polyad.grad(f))(0.3))
    before_the_loop = text[: text.index("scan")]
    assert "sin" in before_the_loop and "cos" in before_the_loop
    body = text[text.index("scan") :].split("return")[0]
    assert "sin" not in body


def test_the_reverse_pass_of_a_while_is_a_scan_over_its_stacks():
    text = str(polyad.make_ir(polyad.grad(growth))(0.7))
    assert "stack<bool[]>" in text and "length = None, reverse = True" in text
    assert polyad.parse_ir(text) == polyad.make_ir(polyad.grad(growth))(0.7)


def test_the_pullback_of_a_while_is_kept_and_used_again():
    value, pullback = polyad.vjp(growth, 0.7)
    np.testing.assert_allclose(value, growth_written_out(0.7))
    slope = polyad.grad(growth_written_out)(0.7)
    np.testing.assert_allclose(pullback(2.0)[0], 2 * slope)
    np.testing.assert_allclose(polyad.vmap(pullback)(np.array([1.0, 3.0]))[0], [slope, 3 * slope])


def test_map_in_batches_and_slices_at_traced_positions():
    np.testing.assert_allclose(
        lax.map(lambda x: x**2, np.arange(5.0), batch_size=2), [0, 1, 4, 9, 16]
    )
    x = np.arange(5.0)
    read = polyad.jit(lambda x, i: lax.dynamic_slice(x, (i,), (2,)))
    write = polyad.jit(lambda x, i: lax.dynamic_update_slice(x, np.ones(2), (i,)))
    np.testing.assert_allclose(read(x, 9), [3, 4])
    np.testing.assert_allclose(write(x, 1), [0, 1, 1, 3, 4])
    gradient = polyad.grad(lambda x: pnp.sum(lax.dynamic_slice_in_dim(x, 1, 2) ** 2))(x)
    np.testing.assert_allclose(gradient, [0, 2, 4, 0, 0])


def test_a_scan_of_no_iterations():
    last, ys = lax.scan(lambda c, x: (c + x, c), 1.0, np.zeros(0))
    assert last == 1.0 and ys.shape == (0,)
    last, ys = polyad.jit(lambda x: lax.scan(lambda c, x: (c + x, c), 1.0, x))(np.zeros((0,)))
    assert last == 1.0 and ys.shape == (0,)


def test_loops_on_torch_stay_on_torch():
    torch = pytest.importorskip("torch")
    x = torch.tensor(0.7, dtype=torch.float64)
    slope = polyad.grad(growth)(x)
    assert isinstance(slope, torch.Tensor)
    np.testing.assert_allclose(float(slope), polyad.grad(growth_written_out)(0.7))


def test_a_branch_not_taken_by_one_of_a_batch_sees_residuals_of_its_own():
    """Filled in with zeros, the residual matrix of the solve would be singular there."""
    matrix = np.array([[2.0, 1.0], [0.0, 3.0]])

    def f(a):
        solve = lambda a: pnp.sum(pnp.linalg.solve(matrix * a, a))
        return lax.cond(a[0] > 0, solve, lambda a: pnp.sum(a * a), a)

    rows = np.array([[1.0, 2.0], [-1.0, -2.0], [0.5, 1.0]])
    for transform in (polyad.grad, polyad.jacfwd, polyad.hessian):
        each = np.stack([transform(f)(row) for row in rows])
        np.testing.assert_allclose(polyad.vmap(transform(f))(rows), each, atol=1e-12)
        np.testing.assert_allclose(polyad.jit(polyad.vmap(transform(f)))(rows), each, atol=1e-12)
