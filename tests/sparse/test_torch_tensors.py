"""PyTorch's sparse tensors in differentiated code, against PyTorch's dense ones."""

import warnings

import numpy as np
import pytest

import polyad
from polyad import sparse
from polyad.errors import PolyadTypeError, PolyadValueError, ShapeError

torch = pytest.importorskip("torch")
warnings.filterwarnings("ignore", message="Sparse .* tensor support")

DENSE = torch.tensor([[1.0, 0, 2], [0, 3, 0]], dtype=torch.float64)
LAYOUTS = {
    "csr": lambda: DENSE.to_sparse_csr(),
    "csc": lambda: DENSE.to_sparse_csc(),
    "coo": lambda: DENSE.to_sparse_coo(),
    "bsr": lambda: DENSE.to_sparse_bsr((1, 1)),
}
EACH_LAYOUT = pytest.mark.parametrize("layout", LAYOUTS)
V = torch.tensor([1.0, -2, 3], dtype=torch.float64)
W = torch.tensor([4.0, 5], dtype=torch.float64)
PRODUCTS = {
    "A @ v": (lambda A, x: A @ x, V),
    "v @ A": (lambda A, x: x @ A, W),
    "mv": (lambda A, x: torch.mv(A, x), V),
    "sparse.mm": (lambda A, x: torch.sparse.mm(A, x), torch.stack([V, V * V], 1)),
    "A + X": (lambda A, x: A + x, DENSE * 2 + 1),
    "X - A": (lambda A, x: x - A, DENSE * 2 + 1),
    "(A * X) @ v": (lambda A, x: (A * x) @ V, DENSE + 1),
    "(A / s) @ v": (lambda A, x: (A / x) @ V, torch.tensor(2.0, dtype=torch.float64)),
}


@EACH_LAYOUT
@pytest.mark.parametrize("name", PRODUCTS)
def test_operators_with_constant_tensors(name, layout):
    f, x = PRODUCTS[name]
    A = LAYOUTS[layout]()
    dense = lambda x: torch.sum(torch.sin(f(DENSE, x)))
    sparsely = lambda x: torch.sum(torch.sin(f(A, x)))
    expected = torch.func.grad(dense)(x)
    torch.testing.assert_close(polyad.grad(sparsely)(x), expected)
    torch.testing.assert_close(polyad.jit(polyad.grad(sparsely))(x), expected)


@EACH_LAYOUT
def test_a_tensor_with_traced_entries(layout):
    A = LAYOUTS[layout]()
    values = A._values() if layout == "coo" else A.values()
    found = polyad.grad(lambda A: torch.sum((A @ V) ** 2))(sparse.with_data(A, values))
    expected = 2 * torch.outer(DENSE @ V, V) * (DENSE != 0)
    torch.testing.assert_close(found.toarray(), expected)


def test_equations_of_tensors():
    A = torch.tensor([[4.0, 1], [0, 2]], dtype=torch.float64)
    f = lambda b: torch.sum(sparse.solve(A.to_sparse_csr(), b) ** 2)
    expected = torch.func.grad(lambda b: torch.sum(torch.linalg.solve(A, b) ** 2))(W)
    torch.testing.assert_close(polyad.grad(f)(W), expected)
    torch.testing.assert_close(polyad.jit(polyad.grad(f))(W), expected)


def test_matrices_of_scipys_beside_tensors():
    import scipy.sparse

    A = scipy.sparse.csr_array(DENSE.numpy())
    f = lambda x: torch.sum((A @ x) ** 2)
    expected = 2 * DENSE.T @ (DENSE @ V)
    torch.testing.assert_close(polyad.grad(f)(V), expected)
    torch.testing.assert_close(polyad.jit(polyad.grad(f))(V), expected)


def test_errors():
    A = LAYOUTS["csr"]()
    with pytest.raises(PolyadTypeError, match=r"(?s)torch.sparse_csr.*with_data"):
        polyad.jit(lambda A: A @ V)(A)
    with pytest.raises(PolyadTypeError, match=r"torch\.addmm of a sparse tensor"):
        polyad.jit(lambda x: torch.addmm(x, A, x))(DENSE)
    with pytest.raises(PolyadTypeError, match=r"torch\.add of a sparse tensor"):
        polyad.jit(lambda x: torch.add(A, x, alpha=2))(DENSE)
    with pytest.raises(PolyadValueError, match=r"torch\.mm of arrays of shapes"):
        polyad.jit(lambda x: torch.mm(A, x))(V)
    with pytest.raises(ShapeError, match=r"shape \(2, 3, 1\)"):
        polyad.jit(lambda x: DENSE[..., None].to_sparse_coo() * x)(V)
    assert np.shape(sparse.with_data(A, A.values()).toarray()) == (2, 3)
