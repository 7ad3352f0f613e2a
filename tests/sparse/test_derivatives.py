"""Sparse Jacobians and Hessians against formulas and dense derivatives."""

import warnings

import numpy as np
import pytest
import scipy.sparse
import torch

import polyad
import polyad.numpy as pnp
from polyad import sparse
from polyad.errors import PolyadTypeError
from polyad.sparse import DenseWarning, Pattern, SparsityError

X = np.random.default_rng(0).uniform(0.5, 2, 9)
FORMATS = {
    "csr": scipy.sparse.csr_array,
    "csc": scipy.sparse.csc_array,
    "coo": scipy.sparse.coo_array,
    "bsr": scipy.sparse.bsr_array,
    "dense": np.ndarray,
    "values": np.ndarray,
}
METHODS = ["auto", "columns", "rows", "both"]


def residual(x):
    return pnp.sin(x[1:]) * x[:-1] ** 2


def expected(x):
    found = np.zeros((8, 9))
    i = np.arange(8)
    found[i, i] = 2 * x[:-1] * np.sin(x[1:])
    found[i, i + 1] = np.cos(x[1:]) * x[:-1] ** 2
    return found


def energy(x):
    return (x[1:] * x[:-1] ** 2).sum() + x[0] ** 3


def expected_hessian(x):
    found = np.diag(np.append(2 * x[1:], 0.0))
    found[0, 0] += 6 * x[0]
    i = np.arange(8)
    found[i, i + 1] = found[i + 1, i] = 2 * x[:-1]
    return found


def dense(matrix):
    return matrix if isinstance(matrix, np.ndarray) else matrix.toarray()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("format", FORMATS)
def test_jacobian(format, method):
    J = sparse.jacobian(residual, format=format, method=method)
    J(X)
    found = J(X + 1)
    assert type(found) is FORMATS[format]
    if format == "values":
        found = J.prepare(X).pattern.to_scipy("csr", found)
    np.testing.assert_allclose(dense(found), expected(X + 1))


@pytest.mark.parametrize("method", [*METHODS, "star", "acyclic"])
@pytest.mark.parametrize("triangle", [None, "lower", "upper"])
def test_hessian(triangle, method):
    cut = {None: lambda a: a, "lower": np.tril, "upper": np.triu}[triangle]
    for format in ("csr", "csc"):
        H = sparse.hessian(energy, triangle=triangle, method=method, format=format)(X)
        np.testing.assert_allclose(H.toarray(), cut(expected_hessian(X)))
        assert H.has_sorted_indices


def test_values_beside():
    y, J = sparse.value_and_jacobian(residual)(X)
    np.testing.assert_allclose(y, residual(X))
    np.testing.assert_allclose(J.toarray(), expected(X))
    value, gradient, H = sparse.value_and_hessian(energy)(X)
    np.testing.assert_allclose(value, energy(X))
    np.testing.assert_allclose(gradient, polyad.grad(energy)(X))
    np.testing.assert_allclose(H.toarray(), expected_hessian(X))


def test_aux():
    J, aux = sparse.jacobian(lambda x: (residual(x), {"norm": x.sum()}), has_aux=True)(X)
    np.testing.assert_allclose(J.toarray(), expected(X))
    assert aux == {"norm": X.sum()}
    H, aux = sparse.hessian(lambda x: (energy(x), x[0]), has_aux=True)(X)
    np.testing.assert_allclose(H.toarray(), expected_hessian(X))
    assert aux == X[0]
    (y, aux), _ = sparse.value_and_jacobian(lambda x: (x * 2, 7), has_aux=True)(X)
    assert aux == 7 and y[0] == 2 * X[0]


def test_results_share_their_indices():
    for format in ("csr", "csc"):
        J = sparse.jacobian(residual, format=format)
        a, b = J(X), J(2 * X)
        assert a.indices is b.indices and a.indptr is b.indptr and a.data is not b.data
        assert not a.indices.flags.writeable
        np.testing.assert_allclose((a + b).toarray(), expected(X) + expected(2 * X))


@pytest.mark.parametrize("format", FORMATS)
def test_out_takes_an_earlier_result(format):
    J = sparse.jacobian(residual, format=format)
    first = J(X)
    assert J(X + 1, out=first) is first
    np.testing.assert_allclose(dense(J(X + 1)), dense(first))


def test_out_of_another_kind():
    J = sparse.jacobian(residual)
    with pytest.raises(PolyadTypeError, match="out is not an earlier result in format 'csr'"):
        J(X, out=scipy.sparse.eye_array(3))


def test_several_arguments_and_pytrees():
    f = lambda p, y, c: {"u": c * p["a"] * y[:2], "v": p["b"].sum() * y[2]}
    args = {"a": np.array([1.0, 2.0]), "b": np.array(3.0)}, np.array([4.0, 5.0, 6.0]), 2.0
    J = sparse.jacobian(f, (0, 1))
    np.testing.assert_allclose(
        J(*args).toarray(),
        [[8, 0, 0, 2, 0, 0], [0, 10, 0, 0, 4, 0], [0, 0, 6, 0, 0, 3]],
    )
    assert J.prepare(*args).pattern.blocks == (slice(0, 2), slice(2, 3), slice(3, 6))
    np.testing.assert_allclose(sparse.jacobian(f, -1)(*args).toarray()[:, 0], [4, 10, 0])


def test_keywords():
    J = sparse.jacobian(lambda x, scale: x * scale)
    np.testing.assert_allclose(J(X, scale=2.0).data, 2)


def test_traced():
    J = sparse.jacobian(residual, format="values")
    values = J(X)
    np.testing.assert_allclose(polyad.jit(J)(X), values)
    np.testing.assert_allclose(polyad.vmap(J)(np.stack([X, X + 1])), [values, J(X + 1)])
    total = lambda x: (J(x) ** 2).sum()
    step = 1e-6 * np.eye(9)
    slopes = [(total(X + h) - total(X - h)) / 2e-6 for h in step]
    np.testing.assert_allclose(polyad.grad(total)(X), slopes, rtol=1e-6)


def test_traced_in_another_format():
    with pytest.raises(PolyadTypeError, match=r"format 'csr' in a traced function(.|\n)*values"):
        polyad.jit(sparse.jacobian(residual))(X)


def test_integers_that_index_are_watched():
    J = sparse.jacobian(lambda x, i: x[i] ** 2)
    index = np.array([1, 2, 0])
    assert J(X, index).indices.tolist() == [1, 2, 0]
    index[:] = [3, 3, 4]
    found = J(X, index)
    assert found.indices.tolist() == [3, 3, 4]
    np.testing.assert_allclose(found.data, 2 * X[[3, 3, 4]])


@pytest.mark.parametrize("size", [3, 5000])
def test_captured_arrays_are_watched(size):
    index, weights = np.arange(size), np.zeros((2, size))
    weights[0, 0], weights[1, 1], index[:2] = 1, 2, [1, 2]
    x = np.ones(size + 2)
    J = sparse.jacobian(lambda x: weights @ x[index] + 0 * x[0])
    np.testing.assert_allclose(J(x).toarray()[:, :3], [[0, 1, 0], [0, 0, 2]])
    index[0], weights[0, 1] = 4, 7.0
    found = J(x)
    np.testing.assert_allclose(found.toarray()[:, [4, 2]], [[1, 7], [0, 2]])
    assert found.nnz == 3


@pytest.mark.parametrize("size", [5, 5000])
def test_nothing_but_the_users_arrays_is_compared(size):
    """Not what the trace computes of them: nobody else has that."""
    places = np.arange(size)[::-1].copy()
    f = lambda x: pnp.zeros(size).at[places].add(x[places] ** 2)
    J, x = sparse.jacobian(f, format="values"), np.linspace(1, 2, size)
    np.testing.assert_allclose(J(x), 2 * x)
    assert [pair[0] is places for pair in J.prepare(x)._pairs()] == [True]
    places[:2] = places[1::-1]
    for _ in range(3):
        np.testing.assert_allclose(J(x), 2 * x)


def test_changed_indices_compile_nothing(monkeypatch):
    J = sparse.jacobian(lambda x, i: x[i] ** 2)
    J(X, np.array([1, 2, 0]))
    (plan,) = {id(plan): plan for plan, _ in J._plans.values()}.values()
    J(X, np.array([5, 6, 7]))
    assert len(plan._compiled) == 1


def test_no_entries():
    J = sparse.jacobian(lambda x: pnp.sign(x))(X)
    assert J.nnz == 0 and J.shape == (9, 9)
    assert sparse.jacobian(lambda x: x[:0])(X).shape == (0, 9)
    assert sparse.hessian(lambda x: x.sum())(X).nnz == 0


def test_single_precision_and_complex_results():
    J = sparse.jacobian(residual)(X.astype("float32"))
    assert J.dtype == np.float32
    np.testing.assert_allclose(J.toarray(), expected(X), rtol=1e-5)
    z = sparse.jacobian(lambda x: pnp.exp(1j * x))(X)
    np.testing.assert_allclose(z.data, 1j * np.exp(1j * X))


@pytest.mark.filterwarnings("ignore:Sparse CS:UserWarning")
def test_tensors():
    x = torch.as_tensor(X)
    for format, layout in (
        ("csr", torch.sparse_csr),
        ("csc", torch.sparse_csc),
        ("coo", torch.sparse_coo),
        ("dense", torch.strided),
    ):
        found = sparse.jacobian(lambda x: torch.sin(x[1:]) * x[:-1] ** 2, format=format)(x)
        assert found.layout is layout
        np.testing.assert_allclose(found.to_dense().numpy(), expected(X))
    with pytest.raises(PolyadTypeError, match="format 'bsr' of tensors"):
        sparse.jacobian(lambda x: x * 2, format="bsr")(x)


def test_a_pattern_of_ones_own():
    wider = Pattern.from_scipy(np.ones((8, 9)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DenseWarning)
        found = sparse.jacobian(residual, pattern=wider)(X)
    assert found.nnz == 72
    np.testing.assert_allclose(found.toarray(), expected(X))


LACKING = Pattern.from_scipy(np.eye(8, 9))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: sparse.jacobian(residual, pattern=LACKING)(X), SparsityError, r"entry \(0, 1\)"),
        (
            lambda: sparse.jacobian(residual, pattern=LACKING.T)(X),
            SparsityError,
            r"shape \(9, 8\), the derivative has shape \(8, 9\)",
        ),
        (lambda: sparse.jacobian(residual, format="lil"), PolyadTypeError, "unknown format 'lil'"),
        (lambda: sparse.jacobian(residual, method="best"), PolyadTypeError, "unknown method"),
        (lambda: sparse.hessian(energy, triangle="left"), PolyadTypeError, "unknown triangle"),
        (lambda: sparse.hessian(residual)(X), PolyadTypeError, r"hessian: .*scalar"),
        (
            lambda: sparse.jacobian(lambda n: n * 2)(np.arange(3)),
            PolyadTypeError,
            r"argument 'n' is i64\[3\]",
        ),
        (lambda: sparse.jacobian(lambda x: x)(X + 1j), PolyadTypeError, "holomorphic"),
        (lambda: sparse.jacobian(residual, 1)(X), ValueError, "argnums=1 is out of range"),
    ],
)
def test_bad_input(make, error, message):
    with pytest.raises(error, match=message) as caught:
        make()
    assert "test_derivatives.py" in str(caught.value)


def test_a_warning_where_it_is_hardly_sparse():
    with pytest.warns(DenseWarning, match="12 colours for 12 columns"):
        sparse.jacobian(lambda x: x.sum() * x, method="columns")(np.ones(12))


def test_the_plan_explains_itself():
    plan = sparse.jacobian(residual, method="columns").prepare(X)
    assert "2 colours" in plan.explain() and "16 entries, " in plan.explain()
    types = polyad.ShapeDtypeStruct((9,), "float64")
    assert sparse.jacobian(residual).prepare(types).pattern == plan.pattern


@pytest.mark.parametrize("format", ["values", "csr"])
@pytest.mark.parametrize("passed", [False, True])
def test_indices_written_in_place_are_seen_by_compiled_calls(format, passed):
    at, weights = np.array([0, 1, 2]), np.array([1.0, np.nan, 3.0, 4.0])
    f = lambda at, x: x[at] * x[1:] + 0 * x[:3] + weights[0]
    J = sparse.jacobian(f if passed else lambda x: f(at, x), int(passed), format=format)
    args = (at, np.arange(1.0, 5)) if passed else (np.arange(1.0, 5),)
    for target in (0, 3, 1):
        at[0] = target
        for _ in range(4):  # traced, compiled, by the compiled path
            found = J(*args)
            matrix = J.prepare(*args).pattern.to_scipy("csr", getattr(found, "data", found))
            expected = polyad.jacfwd(lambda x: f(at, x))(args[-1])
            np.testing.assert_array_equal(
                (matrix if format == "values" else found).toarray(), expected
            )


def test_calls_by_position_and_with_out_after_the_compiled_path_is_there():
    J = sparse.jacobian(lambda k, x: k * x[1:] * x[:-1], 1)
    k, x = np.ones(3), np.arange(4.0)
    for _ in range(4):
        first = J(k, x)
    again = J(k, x + 1, out=first)
    assert again is first
    np.testing.assert_array_equal(first.toarray(), polyad.jacfwd(J._fun, 1)(k, x + 1))
    assert J(np.ones(4), np.arange(5.0)).shape == (4, 5)
    np.testing.assert_array_equal(J(k, x).toarray(), polyad.jacfwd(J._fun, 1)(k, x))
