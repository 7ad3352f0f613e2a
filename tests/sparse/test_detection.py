"""Patterns that are exact: those of what the functions compute, written down as they should be."""

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.sparse import jacobian, jacobian_sparsity

from .dense import dense_pattern

N = 6
X = np.random.default_rng(0).uniform(0.5, 2, N)
INDEX = np.array([[3, 1], [0, 5], [2, 2]])
MASK = np.array([1, 0, 1, 0, 0, 1], bool)
W = np.where(np.random.default_rng(1).random((N, N)) < 0.3, 2.0, 0.0)
PLACES = np.array([1, 3, 3, 0, 7, 2])


def shifted(x):
    return lax.scan(lambda carry, i: (x[i], carry * x[i]), x[0], np.arange(N))[1]


def filled(x):
    return lax.fori_loop(1, N, lambda i, y: y.at[i].set(x[i - 1] * x[i]), x)


def scattered(x, places):
    return pnp.zeros(8).at[places].add(x).at[places[::-1]].add(2 * x)


def turned(state):
    return state[0] + 1, state[1][::-1]


def gradient(f):
    return polyad.grad(lambda x: pnp.sum(f(x)))


EXACT = {
    "elementwise": lambda x: pnp.sin(x) * pnp.exp(x) / x,
    "slice": lambda x: x[1:] - x[:-1] ** 2,
    "step": lambda x: x[::2] * 2,
    "pad": lambda x: pnp.pad(x, 2) ** 2,
    "concat": lambda x: pnp.concatenate([x[3:], x**2, np.ones(2)]),
    "reshape": lambda x: x.reshape(2, 3).T.reshape(-1) * x,
    "roll": lambda x: x * pnp.roll(x, 2),
    "flip": lambda x: x[::-1] / x,
    "broadcast": lambda x: x[:, None] * x[None, :2],
    "sum": lambda x: x.reshape(2, 3).sum(axis=0),
    "mean": lambda x: x.reshape(2, 3).mean(axis=1),
    "cumsum": pnp.cumsum,
    "gather": lambda x: x[INDEX],
    "gather by arithmetic": lambda x: x[pnp.clip(INDEX.reshape(-1)[::2] * 2 - 1, 0, N - 1)],
    "scatter": lambda x: pnp.zeros(8).at[PLACES].set(x),
    "scatter add": lambda x: pnp.zeros(8).at[PLACES].add(x**2),
    "scatters of a product": lambda x: scattered(x[INDEX[:, 0]] * x[INDEX[:, 1]], PLACES[:3]),
    "scatters of other products": lambda x: (
        scattered(x * x[::-1], PLACES).at[PLACES[3:]].add(x[INDEX[:, 0]] * x[3:])
    ),
    "scatter of a scatter": lambda x: scattered(scattered(x * pnp.roll(x, 1), PLACES)[2:], PLACES),
    "mask": lambda x: pnp.where(MASK, x, x[::-1]),
    "constant matrix": lambda x: W @ x,
    "constant matrix, the other way": lambda x: x @ W,
    "constant factor": lambda x: MASK * x,
    "zero": lambda x: 0 * x + x[0],
    "einsum": lambda x: pnp.einsum("ij,jk->ik", x.reshape(2, 3), W[:3, :4]),
    "convolution": lambda x: pnp.convolve(x, np.array([1.0, 0.0, 2.0]), mode="same"),
    "stop_gradient": lambda x: polyad.stop_gradient(x[::-1]) * x,
    "sign": lambda x: pnp.sign(x) + pnp.floor(x) + (x > 0),
    "maximum": lambda x: pnp.maximum(x, 0),
    "scan": shifted,
    "fori": filled,
    "while": lambda x: lax.while_loop(lambda s: s[0] < 2, turned, (0, x))[1],
    "vmap": polyad.vmap(lambda a: a * a.sum()),
    "jvp": lambda x: polyad.jvp(lambda x: x[1:] ** 2 * x[:-1], (x,), (np.ones(N),))[1],
    "vjp": gradient(lambda x: x[1:] ** 2 * x[:-1]),
    "jit": polyad.jit(lambda x: x[1:] * x[:-1]),
    "checkpoint": polyad.checkpoint(lambda x: x[1:] * x[:-1]),
    "separable": gradient(lambda x: x**3),
    "partially separable": gradient(lambda x: pnp.sin(x[1:] * x[:-1])),
    "linear": gradient(lambda x: W @ x),
    "absolute": gradient(pnp.abs),
    "positive part": gradient(lambda x: pnp.maximum(x, 0)),
    "selection": gradient(lambda x: pnp.where(x > 1, x**2, x)),
    "no derivative": lambda x: pnp.asarray(pnp.round(x), dtype=int) * 1.0,
}  # fmt: skip


@pytest.mark.parametrize("name", EXACT)
def test_exact(name):
    f = EXACT[name]
    x = X.reshape(2, 3) if name == "vmap" else X
    pattern = jacobian_sparsity(f)(x)
    # Selections and ties take several points to show all entries.
    points = [x, x[::-1].copy(), x * 0.4, x + 1]
    expected = np.any([dense_pattern(f, (0,), p) for p in points], axis=0)
    np.testing.assert_array_equal(pattern.to_scipy().toarray(), expected)
    assert pattern.exact


def test_a_sorted_line_depends_on_the_line():
    pattern = jacobian_sparsity(lambda x: pnp.sort(x.reshape(2, 3)))(X)
    np.testing.assert_array_equal(pattern.to_scipy().toarray(), np.kron(np.eye(2), np.ones((3, 3))))


def test_branches_are_united():
    f = lambda x: lax.cond(x[0] > 0, lambda x: x, lambda x: x[::-1], x)
    expected = np.eye(N) + np.eye(N)[::-1] > 0
    np.testing.assert_array_equal(jacobian_sparsity(f)(X).to_scipy().toarray(), expected)


def test_a_known_branch_is_taken():
    f = lambda x, i: lax.switch(i, [lambda x: x, lambda x: x[::-1]], x)
    pattern = jacobian_sparsity(f)(X, 1)
    np.testing.assert_array_equal(pattern.to_scipy().toarray(), np.eye(N)[::-1])


def test_of_passed_integers():
    pattern = jacobian_sparsity(lambda x, i: x[i])(X, np.array([2, 0]))
    assert pattern.rows.tolist() == [0, 1] and pattern.cols.tolist() == [2, 0]


def test_passed_floats_do_not_narrow():
    assert jacobian_sparsity(lambda x, w: w @ x)(X, W).nnz == N * N


def test_of_several_arguments_and_pytrees():
    f = lambda p, y: p["a"] * y[:2] + p["b"].sum()
    pattern = jacobian_sparsity(f, (0, 1))({"a": np.ones(2), "b": np.ones(3)}, np.ones(4))
    expected = [[1, 0, 1, 1, 1, 1, 0, 0, 0], [0, 1, 1, 1, 1, 0, 1, 0, 0]]
    np.testing.assert_array_equal(pattern.to_scipy().toarray(), expected)
    assert pattern.blocks == (slice(0, 2), slice(2, 5), slice(5, 9))


def test_of_types_alone():
    t = polyad.ShapeDtypeStruct((4,), "float64")
    assert jacobian_sparsity(lambda x: x * x[::-1])(t).nnz == 8


WIDENED = {
    "unknown index": lambda x: x[pnp.argsort(x)],
    "solve": lambda x: pnp.linalg.solve(np.eye(N) + 1, x),
    "while": lambda x: lax.while_loop(lambda x: x[0] < 3, lambda x: pnp.roll(x, 1) * 2, x),
    "callback": lambda x: polyad.pure_callback(
        lambda x: x, polyad.ShapeDtypeStruct((N,), float), x
    ),
}


@pytest.mark.parametrize("name", WIDENED)
def test_widened(name):
    pattern = jacobian_sparsity(WIDENED[name])(X)
    assert pattern.nnz == N * N and not pattern.exact


@pytest.mark.parametrize("unroll", [0, 3, 1000])
def test_loops_beyond_the_bound_miss_nothing(unroll):
    with polyad.config(sparse_unroll=unroll):
        for f in (shifted, filled):
            pattern = jacobian_sparsity(f)(X)
            assert not (dense_pattern(f, (0,), X) & ~pattern.to_scipy().toarray()).any()
            assert pattern.exact == (unroll > N)


def test_a_users_forward_rule_is_followed():
    @polyad.custom_jvp
    def f(x):
        return x

    f.defjvp(lambda primals, tangents: (primals[0], tangents[0][::-1] * 2))
    np.testing.assert_array_equal(jacobian_sparsity(f)(X).to_scipy().toarray(), np.eye(N)[::-1])


def test_a_users_backward_rule_is_widened():
    @polyad.custom_vjp
    def f(x):
        return x

    f.defvjp(lambda x: (x, None), lambda _, ct: (ct[::-1],))
    pattern = jacobian_sparsity(f)(X)
    assert pattern.nnz == N * N and not pattern.exact


# The rows in which other libraries have entries too many, and the number there should be.
COARSE_ELSEWHERE = {
    "gather through a reshaped index": (lambda x: x[INDEX.reshape(-1)], 6),
    "stop_gradient": (lambda x: polyad.stop_gradient(x[::-1]) * x, 6),
    "zero tap": (lambda x: pnp.convolve(x, np.array([1.0, 0.0, 0.0]), mode="same"), 5),
    "sign": (pnp.sign, 0),
    "branch": (lambda x: lax.cond(x[0] > 0, lambda x: x[::-1], lambda x: 0 * x, x), 6),
    "Hessian of max(x, 0)": (gradient(lambda x: pnp.maximum(x, 0)), 0),
    "Hessian of |x|": (gradient(pnp.abs), 0),
    "dense W with zeros": (lambda x: np.eye(N) @ x, 6),
}


@pytest.mark.parametrize("name", COARSE_ELSEWHERE)
def test_rows_that_are_coarse_elsewhere(name):
    f, count = COARSE_ELSEWHERE[name]
    assert jacobian_sparsity(f)(X).nnz == count


def test_solve_with_a_constant():
    assert jacobian_sparsity(lambda x: pnp.linalg.solve(np.eye(N), x))(X).nnz == N * N


@pytest.mark.parametrize("value", [-1, 2.5, True])
def test_the_setting_is_a_number(value):
    with pytest.raises(ValueError, match="sparse_unroll is a number"):
        polyad.config.update("sparse_unroll", value)


EMPTY = {
    "triangular factors": lambda x: pnp.linalg.qr(x)[1],
    "singular values": lambda x: pnp.linalg.svd(x)[1],
    "sort": lambda x: pnp.sort(x, axis=1),
    "running sum": lambda x: pnp.cumsum(x, axis=1),
    "transform": lambda x: pnp.real(pnp.fft.fft(x, n=4, axis=2)),
    "sum": lambda x: pnp.sum(x, axis=1),
    "product of arrays": lambda x: pnp.einsum("ijk,ijl->ikl", x, x),
    "loop": lambda x: lax.scan(lambda c, row: (c, row * 2), 0.0, x)[1],
}


@pytest.mark.parametrize("shape", [(0, 4, 1), (2, 0, 3)], ids=str)
@pytest.mark.parametrize("name", EMPTY)
def test_arrays_without_elements(name, shape):
    if name == "singular values" and shape == (2, 0, 3):
        shape = (0, 2, 3)  # NumPy's routine has no others
    x = np.zeros(shape)
    pattern = jacobian_sparsity(EMPTY[name])(x)
    assert pattern.nnz == 0 and pattern.shape == (np.asarray(EMPTY[name](x)).size, 0)
    assert jacobian(EMPTY[name])(x).shape == pattern.shape
