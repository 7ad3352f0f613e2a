"""Sparse matrices in differentiated code, against SciPy's own results and finite differences."""

import subprocess
import sys

import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.linalg

import polyad
import polyad.numpy as pnp
from polyad import sparse
from polyad.errors import (
    ConcretizationError,
    PolyadTypeError,
    ShapeError,
)
from polyad.test_util import check_grads

RNG = np.random.default_rng(0)
DENSE = RNG.normal(size=(4, 5)) * (RNG.random((4, 5)) < 0.5)
OTHER = RNG.normal(size=(4, 5)) * (RNG.random((4, 5)) < 0.5)
SQUARE = RNG.normal(size=(5, 5)) * (RNG.random((5, 5)) < 0.5) + 4 * np.eye(5)
V, W = RNG.normal(size=5), RNG.normal(size=4)
WIDE, TALL = RNG.normal(size=(5, 3)), RNG.normal(size=(3, 4))
B = scipy.sparse.csr_array(OTHER)
FORMATS = ["csr", "csc", "coo", "bsr", "dia"]
EACH_FORMAT = pytest.mark.parametrize("format", FORMATS)


def matrix(format, dense=DENSE, kind="array"):
    return getattr(scipy.sparse, f"{format}_{kind}")(dense)


def full(value):
    """A dense array of what may be sparse."""
    return np.asarray(value.toarray() if hasattr(value, "toarray") else value)


# Functions of a matrix of shape (4, 5) and one other operand. SciPy runs them as they stand.
OPERATIONS = {
    "A @ v": (lambda A, x: A @ x, V),
    "A @ X": (lambda A, x: A @ x, WIDE),
    "A @ column": (lambda A, x: A @ x, WIDE[:, :1]),
    "v @ A": (lambda A, x: x @ A, W),
    "X @ A": (lambda A, x: x @ A, TALL),
    "A.T @ v": (lambda A, x: A.T @ x, W),
    "A.dot(v)": (lambda A, x: A.dot(x), V),
    "A * s": (lambda A, x: A * x, 1.5),
    "s * A": (lambda A, x: x * A, 1.5),
    "A / s": (lambda A, x: A / x, 1.5),
    "A * row": (lambda A, x: A * x, V),
    "column * A": (lambda A, x: x * A, W[:, None]),
    "A * X": (lambda A, x: A * x, OTHER + 2),
    "A / X": (lambda A, x: A / x, OTHER + 5),
    "A + X": (lambda A, x: A + x, OTHER),
    "X - A": (lambda A, x: x - A, OTHER),
    "A - X": (lambda A, x: A - x, OTHER),
    "(A * s) @ (A.T * s)": (lambda A, x: (A * x) @ (A.T * x), 1.5),
    "A * s + B": (lambda A, x: A * x + B, 1.5),
    "B - A * s": (lambda A, x: B - A * x, 1.5),
    "B * (A * s)": (lambda A, x: B * (A * x), 1.5),
    "-A * s": (lambda A, x: -(A * x), 1.5),
    "(A * s).sum(0)": (lambda A, x: (A * x).sum(0), 1.5),
    "(A * s).sum(1)": (lambda A, x: (A * x).sum(axis=1), 1.5),
    "(A * s).mean()": (lambda A, x: (A * x).mean(), 1.5),
    "(A * s).tocsr().diagonal(1)": (lambda A, x: (A * x).tocsr().diagonal(1), 1.5),
    "(A * s).trace()": (lambda A, x: (A * x).tocsr().trace(), 1.5),
    "np.sum(A * s)": (lambda A, x: np.sum(A * x), 1.5),
    "(A * s).tocsr()[2]": (lambda A, x: (A * x).tocsr()[2], 1.5),
    "(A * s).tocsr()[1, 2]": (lambda A, x: (A * x).tocsr()[1, 2], 1.5),
    "(A * s).tocsr()[1:3, ::2]": (lambda A, x: (A * x).tocsr()[1:3, ::2], 1.5),
    "(A * s).tocsr()[[3, 0, 3]]": (lambda A, x: (A * x).tocsr()[[3, 0, 3]], 1.5),
    "(A * s).tocsc() @ V": (lambda A, x: (A * x).tocsc() @ V, 1.5),
    "(A * s).tocoo().T @ W": (lambda A, x: (A * x).tocoo().T @ W, 1.5),
    "(A * s).power(2)": (lambda A, x: (A * x).power(2), 1.5),
    "(A * s) ** 2": (lambda A, x: (A * x).tocsr() ** 2, 1.5),
    "(A * s).toarray()": (lambda A, x: (A * x).toarray(), 1.5),
    "(A * s).multiply(V)": (lambda A, x: (A * x).multiply(V), 1.5),
    "abs(A * s)": (lambda A, x: abs((A * x).tocsr()), 1.5),
}
EACH = pytest.mark.parametrize("name", OPERATIONS)


@pytest.mark.parametrize(
    ("name", "format"),
    # COO arrays have a `dot` of their own that leaves nothing to the other operand.
    [(n, f) for n in OPERATIONS for f in FORMATS if (n, f) != ("A.dot(v)", "coo")],
)
def test_traced_operations_are_scipys(name, format):
    f, x = OPERATIONS[name]
    A = matrix(format)
    expected = full(f(A, x))
    data = A.data
    by_data = lambda d: _dense(f(sparse.with_data(A, d), x))
    by_operand = lambda x: _dense(f(A, x))
    np.testing.assert_allclose(polyad.eval_shape(by_operand, x).shape, expected.shape)
    np.testing.assert_allclose(polyad.jvp(by_operand, (x,), (x,))[0], expected, atol=1e-12)
    np.testing.assert_allclose(polyad.jvp(by_data, (data,), (data,))[0], expected, atol=1e-12)


def _dense(value):
    return value.toarray() if hasattr(value, "toarray") else pnp.asarray(value)


QUICK = ("A @ v", "X @ A", "A / X", "(A * s) @ (A.T * s)", "B * (A * s)", "(A * s).tocsr()[1, 2]")


@pytest.mark.parametrize(
    "name", [n if n in QUICK else pytest.param(n, marks=pytest.mark.full) for n in OPERATIONS]
)
def test_derivatives_by_the_operand_and_by_the_entries(name):
    f, x = OPERATIONS[name]
    A = matrix("csr")
    both = lambda d, x: pnp.sum(pnp.sin(_dense(f(sparse.with_data(A, d), x))))
    check_grads(both, (A.data, x), order=2, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", ["A @ v", "X @ A", "A * row", "A + X", "(A * s).sum(0)"])
def test_compiled_and_batched(name):
    f, x = OPERATIONS[name]
    A = matrix("csc")
    function = lambda d, x: _dense(f(sparse.with_data(A, d), x))
    expected = full(f(A, x))
    np.testing.assert_allclose(polyad.jit(function)(A.data, x), expected, atol=1e-12)
    scales = np.array([1.0, -2.0, 0.5])
    batched = polyad.vmap(function)(scales[:, None] * A.data, np.stack([np.asarray(x)] * 3))
    for k, scale in enumerate(scales):
        np.testing.assert_allclose(batched[k], full(f(A * scale, x)), atol=1e-12)


def test_derivatives_of_a_product_in_mathematics():
    A = matrix("csr")
    np.testing.assert_allclose(polyad.grad(lambda x: W @ (A @ x))(V), DENSE.T @ W)
    found = polyad.grad(lambda A: W @ (A @ V))(A)
    assert type(found) is scipy.sparse.csr_array
    rows, cols = A.tocoo().coords
    np.testing.assert_allclose(found.data, W[rows] * V[cols])
    hessian = polyad.hessian(lambda x: 0.5 * pnp.sum((A @ x) ** 2))(V)
    np.testing.assert_allclose(hessian, DENSE.T @ DENSE, atol=1e-12)


@EACH_FORMAT
@pytest.mark.parametrize("kind", ["array", "matrix"])
def test_matrices_are_pytrees(format, kind):
    """Arguments and results of transformed functions; the gradient is such a matrix, too."""
    A = matrix(format, kind=kind)
    leaves, structure = polyad.tree.flatten(A)
    assert leaves[0] is A.data
    assert type(polyad.tree.unflatten(structure, leaves)) is type(A)
    total = lambda A: pnp.sum((A @ V) ** 2)
    stored = A.copy()
    stored.data[:] = 1
    for function in (polyad.grad(total), polyad.jit(polyad.grad(total))):
        found = function(A)
        assert type(found) is type(A)
        np.testing.assert_allclose(
            found.toarray(), 2 * np.outer(DENSE @ V, V) * stored.toarray(), atol=1e-12
        )
    doubled = polyad.jit(lambda A: A * 2.0)(A)
    np.testing.assert_array_equal(doubled.toarray(), 2 * DENSE)


def test_another_pattern_is_another_signature():
    """Indices are static, by value: written in place they make another function."""
    A = matrix("csr", np.eye(3))
    f = polyad.jit(lambda A, x: A @ x)
    x = np.arange(3.0)
    np.testing.assert_array_equal(f(A, x), x)
    A.indices[:] = A.indices[::-1].copy()
    np.testing.assert_array_equal(f(A, x), x[::-1])
    np.testing.assert_array_equal(f(matrix("csr", np.eye(3)), x), x)


def test_room_for_more_entries_is_no_entry():
    """`data` and `indices` may be longer than the last of `indptr`."""
    arrays = np.array([1.0, 2.0, 9.0]), np.array([1, 0, 0]), np.array([0, 1, 2])
    A = scipy.sparse.csr_array(arrays, shape=(2, 2))
    A.data, A.indices = arrays[:2]
    x = np.array([1.0, 10.0])
    np.testing.assert_array_equal(polyad.jit(lambda A, x: A @ x)(A, x), [10, 2])
    slope = polyad.grad(lambda A: pnp.sum(A @ x))(A)
    np.testing.assert_array_equal(slope.toarray(), [[0, 10], [1, 0]])
    np.testing.assert_array_equal(polyad.jit(lambda x: A * x)(x).toarray(), [[0, 10], [2, 0]])


def test_a_batch_of_matrices_is_for_vmap():
    """As `jacrev` gives it: a matrix for each result."""
    A = matrix("csr")
    rows = polyad.jacrev(lambda A: A @ V)(A)
    assert rows.data.shape == (4, A.nnz)
    with pytest.raises(ShapeError, match=r"a batch of sparse matrices, with data of shape \(4, "):
        rows.toarray()
    dense = polyad.vmap(lambda row: row.toarray())(rows)
    for k in range(4):
        np.testing.assert_array_equal(dense[k], (np.arange(4) == k)[:, None] * V * (DENSE != 0))


def test_results_do_not_share_indices_with_what_was_given():
    """SciPy sorts and compresses in place; neither is seen in a result, nor in the matrix."""
    A = scipy.sparse.csr_array(([1.0, 2.0, 3.0], [2, 0, 1], [0, 2, 3]), shape=(2, 3))
    slope = polyad.grad(lambda A: pnp.sum((A @ V[:3]) ** 2))(A)
    expected = slope.toarray()
    A.sort_indices()
    np.testing.assert_array_equal(slope.toarray(), expected)
    with pytest.raises(ValueError, match="read-only"):
        slope.indices[0] = 1
    unsorted = scipy.sparse.csc_array(([1.0, 4.0, 2.0], [1, 0, 1], [0, 2, 3]), shape=(2, 2))
    found = sparse.solve(unsorted, np.array([4.0, 5.0]))
    np.testing.assert_allclose(found, np.linalg.solve(unsorted.toarray(), [4.0, 5.0]))


def test_a_node_before_anything_was_flattened():
    """The classes join once SciPy is there, whichever function of trees comes first."""
    code = (
        "import numpy as np, polyad, scipy.sparse as s; A = s.csr_array(np.eye(2)); "
        "print(polyad.tree.{}(A))"
    )
    for call, wanted in (
        ("paths", "flat index 0"),
        ("leaves", "[array([1., 1.])]"),
        ("flatten_one_level", "csr_array of shape (2, 2)"),
    ):
        found = subprocess.run(
            [sys.executable, "-c", code.format(call)], capture_output=True, text=True, check=True
        )
        assert wanted in found.stdout


def test_scipys_matrices_multiply_by_star():
    A = matrix("csr", kind="matrix")
    np.testing.assert_allclose(polyad.jit(lambda x: A * x)(V), DENSE @ V)
    np.testing.assert_allclose(polyad.jit(lambda x: x * A)(W), W @ DENSE)
    np.testing.assert_allclose(polyad.jit(lambda s: (A * s) @ V)(2.0), 2 * DENSE @ V)
    total = polyad.jit(lambda s: (A * s).sum(0))(2.0)
    np.testing.assert_allclose(total, (A * 2.0).sum(0))


def test_duplicates_are_sums():
    """COO arrays may hold a place twice."""
    A = scipy.sparse.coo_array(([1.0, 2.0, 4.0], ([0, 0, 1], [1, 1, 0])), shape=(2, 2))
    f = lambda d: sparse.with_data(A, d)
    x = np.array([1.0, 10.0])
    np.testing.assert_array_equal(polyad.jit(lambda d: f(d) @ x)(A.data), [30, 4])
    np.testing.assert_array_equal(
        polyad.jit(lambda d: f(d).power(2).toarray())(A.data), [[0, 9], [16, 0]]
    )
    np.testing.assert_array_equal(polyad.jit(lambda d: f(d).tocsr()[0, 1])(A.data), 3)
    np.testing.assert_array_equal(
        polyad.jit(lambda d: f(d).multiply(A).toarray())(A.data), [[0, 9], [16, 0]]
    )


def test_other_formats_and_empty_matrices():
    A = matrix("csr")
    for other in (A.tolil(), A.todok()):
        np.testing.assert_allclose(polyad.jit(lambda x, other=other: other @ x)(V), DENSE @ V)
    empty = scipy.sparse.csr_array((4, 5))
    np.testing.assert_array_equal(polyad.jit(lambda x: empty @ x)(V), np.zeros(4))
    np.testing.assert_array_equal(polyad.grad(lambda x: pnp.sum(empty @ x))(V), np.zeros(5))


def test_complex_and_integer_entries():
    A = matrix("csr") * (1 + 2j)
    np.testing.assert_allclose(polyad.jit(lambda x: A @ x)(V), A @ V)
    ints = matrix("csr", (DENSE != 0).astype(np.int64))
    np.testing.assert_allclose(polyad.grad(lambda x: pnp.sum(ints @ x))(V), ints.sum(0))


def test_the_pattern_of_polyad_holds_traced_entries():
    pattern = sparse.Pattern.from_scipy(DENSE)
    data = np.arange(1.0, pattern.nnz + 1)
    found = polyad.jit(lambda d: sparse.with_data(pattern, d) @ V)(data)
    np.testing.assert_allclose(found, pattern.to_scipy("csr", data) @ V)


# -- errors


def test_operands_that_do_not_fit():
    A = matrix("csr")
    with pytest.raises(ShapeError, match=r"@ of shapes \(4, 5\) and \(4,\)"):
        polyad.grad(lambda x: pnp.sum(A @ x))(W)
    with pytest.raises(ShapeError, match=r"shape \(4, 5\) and an array of shape \(4,\)"):
        polyad.jit(lambda x: A * x)(W)
    with pytest.raises(ShapeError, match=r"shapes \(4, 5\) and \(5, 5\)"):
        polyad.jit(lambda s: A * s + matrix("csr", SQUARE))(1.0)
    with pytest.raises(PolyadTypeError, match="a number added to a sparse matrix fills it"):
        polyad.jit(lambda s: A + s)(1.0)
    with pytest.raises(PolyadTypeError, match="infinite almost everywhere"):
        polyad.jit(lambda x: x / A)(OTHER)
    with pytest.raises(PolyadTypeError, match="NaN almost everywhere"):
        polyad.jit(lambda s: (A * s) / B)(1.0)
    with pytest.raises(ShapeError, match="takes no numbers"):
        polyad.jit(lambda s: A @ s)(1.0)
    with pytest.raises(PolyadTypeError, match="less of a sparse matrix"):
        polyad.jit(lambda x: x < A)(OTHER)


def test_what_is_not_followed_says_so():
    A = matrix("csr")
    with pytest.raises(PolyadTypeError, match="expm1 of a sparse matrix with traced entries"):
        polyad.jit(lambda s: (A * s).expm1())(1.0)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        polyad.jit(lambda s: (A * s).nothing)(1.0)
    with pytest.raises(PolyadTypeError, match=r"sum .* does not take dtype"):
        polyad.jit(lambda s: (A * s).sum(dtype=np.float32))(1.0)
    with pytest.raises(PolyadTypeError, match=r"\*\* of a sparse matrix"):
        polyad.jit(lambda s: (matrix("csr", SQUARE, "matrix") * s) ** 2)(1.0)
    with pytest.raises(PolyadTypeError, match="axis=2"):
        polyad.jit(lambda s: (A * s).sum(2))(1.0)
    for f in (
        lambda x: A.multiply(x),
        lambda x: A.tocoo().dot(x),
        lambda x: scipy.sparse.csr_array((x, A.indices, A.indptr)),
        lambda x: scipy.sparse.linalg.aslinearoperator(A) @ x,
        lambda x: scipy.sparse.linalg.spsolve(matrix("csc", SQUARE), x),
    ):
        with pytest.raises(ConcretizationError, match=r"polyad\.sparse\.with_data"):
            polyad.jit(f)(V)


def test_entries_of_another_shape():
    with pytest.raises(ShapeError, match=r"entries of shape \(3,\)"):
        sparse.with_data(matrix("csr"), np.ones(3))
    with pytest.raises(PolyadTypeError, match="with_data takes a sparse matrix"):
        sparse.with_data(DENSE, DENSE)
