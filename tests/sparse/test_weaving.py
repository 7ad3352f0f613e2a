"""Rows that repeat an order of entries: their values are side by side without a gather of all."""

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import sparse
from polyad.sparse.entries.assembly import Tables
from polyad.sparse.entries.weaving import LEAST_ROWS, Term, woven

N = 60


def burgers(u):
    w = pnp.pad(u, 1)
    return -u * (w[2:] - w[:-2]) + 0.3 * (w[2:] - 2 * u + w[:-2])


def banded(x):
    w = pnp.pad(x * (1 + x), (5, 1))
    return x * (2 + 5 * x**2) + 1 - sum(w[s : s + x.size] for s in (0, 1, 2, 3, 4, 6))


def steps(x):
    z = x.reshape(-1, 3)
    rate = pnp.stack([z[:, 1], -pnp.sin(z[:, 0]) + z[:, 2]], axis=1)
    return (z[1:, :2] - z[:-1, :2] - 0.1 * (rate[1:] + rate[:-1])).reshape(-1)


def observations(x):
    """Entries of whole blocks, in an order that no row interrupts."""
    u, v = x.reshape(2, -1)
    return pnp.stack([u * v, pnp.exp(u - v)], axis=1).reshape(-1)


def with_meetings(x):
    """In each row a value is the sum of several entries."""
    return x * x + 2 * x * pnp.roll(x, 1) + pnp.sin(x) * x


JACOBIANS = {
    "burgers": burgers,
    "banded": banded,
    "steps": steps,
    "observations": observations,
    "with meetings": with_meetings,
    "two results": lambda x: (burgers(x), banded(x)),
}
HESSIANS = {
    "Rosenbrock": lambda x: (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum(),
    "second neighbours": lambda x: (pnp.exp(x[2:]) * x[1:-1] * x[:-2]).sum(),
}


@pytest.mark.parametrize(
    ("name", "format"), [*((name, "csr") for name in JACOBIANS), ("banded", "csc")]
)
def test_jacobians(name, format):
    f, x = JACOBIANS[name], np.random.default_rng(0).uniform(0.5, 2, N)
    found = sparse.jacobian(f, format=format)(x)
    dense = np.concatenate([np.asarray(y) for y in polyad.tree.leaves(polyad.jacfwd(f)(x))])
    np.testing.assert_allclose(found.toarray(), dense, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(
    ("name", "triangle"), [*((name, None) for name in HESSIANS), ("Rosenbrock", "lower")]
)
def test_hessians(name, triangle):
    f, x = HESSIANS[name], np.linspace(-1, 1, N)
    H = sparse.hessian(f, triangle=triangle)(x).toarray()
    dense = polyad.hessian(f)(x)
    expected = dense if triangle is None else np.tril(dense)
    np.testing.assert_allclose(H, expected, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("name", ["burgers", "banded", "steps", "observations"])
def test_tables_have_no_line_for_each_value(name):
    """The work of indices does not grow with the size."""
    lengths = set()
    for n in (300, 3000):
        plan = sparse.jacobian(JACOBIANS[name]).prepare(np.ones(n))
        assert plan._program.weave is not None
        lengths.add(sum(len(table) for table in plan._program.tables))
    assert len(lengths) == 1


def test_values_of_a_weave_under_transformations():
    x = np.random.default_rng(1).uniform(0.5, 2, (3, N))
    values = sparse.jacobian(banded, format="values")
    batch = polyad.vmap(values)(x)
    np.testing.assert_allclose(batch, np.stack([values(row) for row in x]), rtol=1e-13)
    pattern = sparse.jacobian_sparsity(banded)(x[0])
    slope = polyad.jit(polyad.grad(lambda x: pnp.sum(values(x) ** 2)))(x[0])
    dense = polyad.grad(
        lambda x: pnp.sum(polyad.jacfwd(banded)(x)[pattern.rows, pattern.cols] ** 2)
    )(x[0])
    np.testing.assert_allclose(slope, dense, rtol=1e-11)


# -- Tables


def reconstructed(found, size):
    """The table of which a weave and the rest are parts."""
    weave, rest = found
    table = np.empty(size, int)
    inside = np.zeros(size, bool)
    for k, ((place, step), *_) in enumerate(weave.columns):
        at = weave.start + k + len(weave.columns) * np.arange(weave.rows)
        table[at] = place + step * np.arange(weave.rows)
        inside[at] = True
    table[~inside] = rest.layers[0]
    return table


@pytest.mark.parametrize("before", [0, 1, 5])
@pytest.mark.parametrize("behind", [0, 1, 5])
@pytest.mark.parametrize("columns", [2, 3, 7])
def test_a_weave_and_the_rest_are_the_table(before, behind, columns):
    rng = np.random.default_rng(before + 10 * behind)
    rows, nothing = 40, np.zeros(0, int)
    body = np.arange(rows)[:, None] + 100 * np.arange(columns)
    body[:, -1] = 100 * columns + 7  # a number for all rows
    table = np.concatenate([rng.integers(0, 90, before), body.ravel(), rng.integers(0, 90, behind)])
    starts = np.arange(0, 100 * columns + 101, 100)
    found = woven(Tables([table], nothing, nothing), starts)
    assert found is not None and found[0].rows >= rows - 1
    np.testing.assert_array_equal(reconstructed(found, len(table)), table)


def test_no_weave():
    nothing, starts = np.zeros(0, int), np.array([0, 1000])
    rng = np.random.default_rng(0)
    short = (np.arange(LEAST_ROWS - 1)[:, None] + [0, 100]).ravel()
    torn = (np.arange(40)[:, None] + [0, 100]).ravel()
    for table, at in (
        (rng.permutation(400), starts),
        (np.zeros(400, int), starts),
        (short, starts),
        (torn, np.array([0, 120, 1000])),
    ):
        assert woven(Tables([table], nothing, nothing), at) is None


def test_one_column_is_a_slice():
    table, nothing = np.r_[7, np.arange(20, 400), 3], np.zeros(0, int)
    weave, rest = woven(Tables([table], nothing, nothing), np.array([0, 1000]))
    assert weave.columns == ((Term(20, 1),),) and rest.layers[0].tolist() == [7, 3]


def test_additions_in_each_row_are_terms():
    """Others are left to a scatter."""
    table = (np.arange(40)[:, None] + [0, 100]).ravel()
    to = np.r_[np.arange(2, 80, 2), 5]
    more = np.r_[np.arange(200, 239), 300]
    weave, rest = woven(Tables([table], to, more), np.array([0, 100, 200, 300, 400]))
    assert weave.columns[0] == (Term(1, 1), Term(200, 1))
    assert (weave.start, weave.rows) == (2, 39)
    assert rest.to.tolist() == [5] and rest.more.tolist() == [300]
