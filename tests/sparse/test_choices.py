"""The choice between entries and products, by work that is counted in the programs themselves."""

import math

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax, sparse

N = 240
RNG = np.random.default_rng(0)
X = RNG.uniform(0.5, 1.0, N)
EDGES = RNG.integers(0, N, (2, 2 * N))
W1, W2 = RNG.normal(size=(30, 40)), RNG.normal(size=(12, 30))
W = RNG.normal(size=(N, N))


def flux(x):
    padded = pnp.pad(x, 1)
    f = padded[1:] * padded[:-1] ** 2
    return f[1:] - pnp.exp(f[:-1])


def twice(x):
    return flux(flux(x))


def deep(x):
    for _ in range(6):
        x = pnp.sin(pnp.pad(x, 1)[2:] * x)
    return x


def graph(x):
    a, b = EDGES
    return pnp.zeros(N).at[a].add(pnp.sin(x[a]) * x[b])


def network(x):
    return pnp.tanh(W2 @ pnp.tanh(W1 @ x[:40]))


def steps(x):
    return lax.scan(lambda c, _: (c + 0.1 * c * (1 - c), None), x, None, length=5)[0]


FUNCTIONS = {
    "stencil": flux,
    "stencil of a stencil": twice,
    "deep": deep,
    "graph": graph,
    "network": network,
    "contraction": lambda x: W @ pnp.sin(x),
    "short sums": lambda x: pnp.cumsum(pnp.sin(x).reshape(-1, 4), axis=1),
    "short sorts": lambda x: pnp.sort(pnp.sin(x).reshape(-1, 4), axis=1),
    "short softmax": lambda x: polyad.nn.softmax((x * x).reshape(-1, 4), axis=1),
    "loop": steps,
    "stencil and network": lambda x: pnp.concatenate([flux(x), network(x)]),
    "network and graph": lambda x: pnp.concatenate([network(x), graph(x), x**2]),
    "network, sum": lambda x: (network(x), (x**2).sum()),
}


def counted(plan, *args):
    """The operations of the compiled program: its element-wise ones, and those of its products."""
    total = 0

    def count(function, times):
        nonlocal total
        for op in function.ops:
            for region in op.regions:
                count(region, times * (op.attrs.get("length") or 1))
            sizes = [r.type.size for r in op.results]
            if op.name == "dot_general":
                (axes, _) = op.attrs["contracting"]
                sizes = [s * math.prod(op.operands[0].type.shape[a] for a in axes) for s in sizes]
            total += times * sum(sizes)

    count(plan._run.trace(*plan._tables, *args).ir, 1)
    return total


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.filterwarnings("ignore::polyad.sparse.DenseWarning")
def test_no_other_method_has_much_less_to_do(name):
    """The model and the programs are counted apart: it need not be exact, but may not be misled."""
    f = FUNCTIONS[name]
    plans = {
        m: sparse.jacobian(f, method=m).prepare(X) for m in ("auto", "entries", "columns", "rows")
    }
    work = {method: counted(plan, X) for method, plan in plans.items()}
    assert work["auto"] <= 1.5 * min(work.values()), work
    for share in plans["auto"].shares:
        assert share.instead is None or share.work <= share.instead
    found = sparse.jacobian(f)(X).toarray()
    leaves = polyad.tree.leaves(polyad.jacfwd(f)(X))
    dense = np.concatenate([np.asarray(leaf).reshape(-1, N) for leaf in leaves])
    np.testing.assert_allclose(found, dense, rtol=1e-11, atol=1e-13)


def test_parts_of_a_result_come_each_in_its_way():
    f = FUNCTIONS["network and graph"]
    plan = sparse.jacobian(f).prepare(X)
    assert [(s.first, s.stop) for s in plan.shares] == [(0, 12), (12, 12 + N), (12 + N, 12 + 2 * N)]
    network_, *others = plan.shares
    assert network_.coloring.num_colors == 12 and network_.coloring.partition == "rows"
    assert all(share.coloring is None for share in others)
    assert plan.entries == plan.pattern.nnz - 12 * 40
    alone = {m: counted(sparse.jacobian(f, method=m).prepare(X), X) for m in ("columns", "rows")}
    assert 2 * counted(plan, X) < min(alone.values())


def test_parts_of_hessians_and_several_results():
    f = lambda x: (flux(x) ** 2).sum() + (network(x) ** 2).sum()
    np.testing.assert_allclose(
        sparse.hessian(f)(X).toarray(), polyad.hessian(f)(X), rtol=1e-9, atol=1e-10
    )
    value, J = sparse.value_and_jacobian(FUNCTIONS["network, sum"])(X)
    assert J.shape == (13, N)
    np.testing.assert_allclose(value[1], (X**2).sum())


def test_a_dense_row_is_one_product():
    """However many elements a row depends on: a reverse pass gives it."""
    f = lambda x: pnp.concatenate([flux(x), network(x)[:1]])
    plan = sparse.jacobian(f).prepare(X)
    assert [s.coloring is None for s in plan.shares] == [True, False]
    assert plan.shares[1].coloring.num_colors == 1


def test_a_loop_whose_body_is_pointwise_takes_one_product():
    """Its rows, or its columns, do not meet: the one pass is that which entries would take."""
    for f, partition in (
        (steps, "columns"),
        (
            lambda x: lax.scan(lambda c, a: (c * 0.5 + pnp.sin(a), None), x[:4], x.reshape(-1, 4))[
                0
            ],
            "rows",
        ),
        (lambda x: lax.fori_loop(0, 9, lambda i, c: c + 0.1 * pnp.cos(c), x), "columns"),
        (lambda x: lax.cond(x[0] > 0, pnp.sin, pnp.cos, x), "columns"),
    ):
        plan = sparse.jacobian(f).prepare(X)
        assert plan.coloring.num_colors == 1 and plan.coloring.partition == partition
        np.testing.assert_allclose(
            sparse.jacobian(f)(X).toarray(), polyad.jacfwd(f)(X), rtol=1e-12, atol=1e-13
        )


def test_explanations_name_each_way_and_its_work():
    plan = sparse.jacobian(FUNCTIONS["stencil and network"]).prepare(X)
    first = plan.shares[0]
    text = plan.explain()
    assert (
        f"rows 0 to 239: {first.entries} entries without colours, {first.work:,} operations" in text
    )
    assert f"(by colours {first.instead:,})" in text
    assert "rows 240 to 251: 480 entries by 12 products (all that a dense matrix takes)" in text
    assert "in network: return pnp.tanh" in text and text in repr(plan)
    forced = sparse.jacobian(flux, method="columns").prepare(X).explain()
    assert f"rows 0 to 239: {first.entries} entries by 3 products" in forced
