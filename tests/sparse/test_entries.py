"""Entries without colours: values as dense derivatives have them, and their number."""

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax, sparse

from .test_detection import EXACT, WIDENED

N = 6
X = np.random.default_rng(0).uniform(0.5, 2, N)
EDGES = np.random.default_rng(1).integers(0, N, (2, 14))
W = np.where(np.random.default_rng(2).random((N, N)) < 0.4, 2.0, 0.0)


DIFFERENTIABLE = [*EXACT, *(name for name in WIDENED if name != "callback")]


@pytest.mark.parametrize("method", ["auto", "entries"])
@pytest.mark.parametrize("name", DIFFERENTIABLE)
@pytest.mark.filterwarnings("ignore::polyad.sparse.DenseWarning")
def test_values(name, method):
    f = {**EXACT, **WIDENED}[name]
    x = X.reshape(2, 3) if name == "vmap" else X
    found = sparse.jacobian(f, method=method)(x).toarray()
    dense = np.asarray(polyad.jacfwd(f)(x)).reshape(found.shape)
    np.testing.assert_allclose(found, dense, rtol=1e-12, atol=1e-13)


def graph(x):
    a, b = EDGES
    return pnp.zeros(N).at[a].add(pnp.sin(x[a]) * x[b] ** 2)


def flux(x):
    padded = pnp.pad(x, 1)
    f = padded[1:] * padded[:-1] ** 2
    return f[1:] - pnp.exp(f[:-1])


ENTIRE = {
    "two layers": (lambda x: flux(flux(x))),
    "flux": flux,
    "graph": graph,
    "graph of graphs": lambda x: graph(pnp.cos(graph(x))),
    "sums": lambda x: (x.reshape(2, 3) ** 2).sum(axis=1) * x[:2],
    "reduction, then spread": lambda x: x / (x**2).sum(),
    "logarithm of a sum": lambda x: polyad.special.logsumexp(x.reshape(2, 3), axis=0),
    "largest": lambda x: (x * x[::-1]).reshape(2, 3).max(axis=1),
    "product": lambda x: pnp.prod(x.reshape(3, 2), axis=0),
    "contraction": lambda x: W @ (x**2),
    "two factors": lambda x: (x.reshape(2, 3) @ pnp.sin(x).reshape(3, 2)) * x[:2],
    "batched product": lambda x: pnp.einsum("bij,bj->bi", x[:4].reshape(1, 2, 2), x[2:4][None]),
    "windows": lambda x: pnp.convolve(x**2, x[:3], mode="valid"),
    "several reads of one": lambda x: x[0] * x + x[0] ** 2 * x[::-1],
    "tuple": lambda x: (x[1:] * x[:-1], {"a": (x**3).sum()}),
    "scaled twice": lambda x: pnp.concatenate([x, 2 * x, x * x]),
    "constant": lambda x: pnp.stack([x, x[::-1]]).sum(axis=0) + pnp.ones(N),
}


@pytest.mark.parametrize("name", ENTIRE)
@pytest.mark.filterwarnings("ignore::polyad.sparse.DenseWarning")
def test_all_entries_come_without_colours(name):
    f = ENTIRE[name]
    J = sparse.jacobian(f, method="entries")
    plan = J.prepare(X)
    assert plan.entries == plan.pattern.nnz
    leaves = polyad.tree.leaves(polyad.jacfwd(f)(X + 1))
    dense = np.concatenate([np.asarray(leaf).reshape(-1, N) for leaf in leaves])
    np.testing.assert_allclose(J(X + 1).toarray(), dense, rtol=1e-12, atol=1e-13)
    np.testing.assert_array_equal(
        sparse.jacobian_sparsity(f)(X).to_scipy().toarray(), plan.pattern.to_scipy().toarray()
    )


@pytest.mark.parametrize("name", ENTIRE)
@pytest.mark.filterwarnings("ignore::polyad.sparse.DenseWarning")
def test_hessians_of_sums(name):
    f = lambda x: sum((leaf**2).sum() for leaf in polyad.tree.leaves(ENTIRE[name](x)))
    for triangle, cut in ((None, np.asarray), ("lower", np.tril)):
        H = sparse.hessian(f, triangle=triangle)(X)
        np.testing.assert_allclose(H.toarray(), cut(polyad.hessian(f)(X)), rtol=1e-10, atol=1e-10)


def test_of_several_leaves():
    f = lambda p, q: p["a"][1:] * q[:2] + p["b"] ** 2
    args = {"a": X[:3], "b": X[3]}, X[:4]
    J = sparse.jacobian(f, (0, 1), method="entries")
    a, b, q = polyad.tree.leaves(polyad.jacfwd(f, (0, 1))(*args))
    np.testing.assert_allclose(J(*args).toarray(), np.concatenate([a, b[:, None], q], axis=1))


def test_entries_mix_with_colours():
    def f(x):
        running = lax.scan(lambda c, a: (c * 0.5 + a, c * a), 0.0, x[:3])[1]
        return pnp.concatenate([x[1:] * x[:-1], x**2, pnp.sin(x), running])

    plan = sparse.jacobian(f).prepare(X)
    assert 0 < plan.entries < plan.pattern.nnz
    np.testing.assert_allclose(
        sparse.jacobian(f)(X).toarray(), polyad.jacfwd(f)(X), rtol=1e-12, atol=1e-13
    )


def test_numbers_stand_for_pieces_that_repeat_them():
    plan = sparse.jacobian(lambda x: 3 * x[1:] - x[:-1]).prepare(np.ones(1000))
    (_, function, *_), tables = plan._program.signature, plan._program.tables
    assert len(function.results) == 1 and np.unique(tables[0]).size == 2


def test_code_is_of_one_length_for_all_sizes():
    """Tables are data."""
    lengths = set()
    for n in (100, 1000, 10_000):
        plan = sparse.jacobian(flux).prepare(np.ones(n))
        ir = plan._run.trace(*plan._tables, np.ones(n)).ir
        lengths.add(len(list(ir.walk())))
    assert len(lengths) == 1
