"""`Matrix`: a sparse matrix whose entries are traced."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from ... import numpy as pnp
from ...errors import PolyadTypeError, ShapeError
from ...foreign.torch import sparse as torch_sparse
from ...ir import user_location, where
from ...texts import shown
from . import places
from .skeleton import ARRAYS, Skeleton
from .tensors import from_torch


class MissingError(PolyadTypeError, AttributeError):
    """A method of SciPy's matrices that a traced one does not have."""


class Matrix:
    """A sparse matrix inside traced code: SciPy's class, shape and index arrays, and `data`, which
    is traced. It has the operators and the methods of SciPy's arrays that are linear or
    element-wise, and means by them what SciPy does; `solve` and `logdet` take it.
    """

    __array_ufunc__ = None  # NumPy's arrays leave the operators to this class

    def __init__(self, skeleton: Skeleton, data: Any) -> None:
        self.skeleton, self.data = skeleton, data

    @classmethod
    def of(cls, value: Any) -> Matrix:
        """The matrix that `value` is: a `Matrix`, one of SciPy's of any format, or a tensor in a
        sparse layout.
        """
        if isinstance(value, cls):
            return value
        if torch_sparse.is_sparse(value):
            return cls(*from_torch(value))
        if value.format not in ("csr", "csc", "bsr", "coo", "dia"):
            value = value.tocsr()
        return cls(Skeleton(value), value.data)

    @classmethod
    def from_numbers(cls, numbers: Any, data: Any) -> Matrix:
        """The matrix with element k - 1 of `data` where `numbers`, a matrix of SciPy's, has k."""
        return cls(Skeleton(numbers), places.numbered(numbers.data, data))

    # -- attributes

    @property
    def shape(self) -> tuple[int, ...]:
        return self.skeleton.shape

    @property
    def ndim(self) -> int:
        return len(self.skeleton.shape)

    @property
    def format(self) -> str:
        return self.skeleton.format

    @property
    def dtype(self) -> Any:
        return self.data.dtype

    @property
    def nnz(self) -> int:
        return len(self.skeleton.coords[0])

    @property
    def indices(self) -> Any:
        return self._index_arrays("indices")

    @property
    def indptr(self) -> Any:
        return self._index_arrays("indptr")

    @property
    def coords(self) -> Any:
        return self._index_arrays("coords")

    @property
    def entries(self) -> Any:
        """The entries in the order of `skeleton.coords`. Raises `ShapeError` for a batch of
        matrices, as `vmap` and `jacrev` give them: its `data` has axes before those of one.
        """
        shape = tuple(pnp.shape(self.data))
        if shape != self.skeleton.data_shape:
            raise ShapeError(
                f"a batch of sparse matrices, with data of shape {shape} where one has "
                f"{self.skeleton.data_shape}{where(user_location())}\n  Use "
                "polyad.vmap(f)(batch), whose f is given one of them."
            )
        flat = pnp.reshape(self.data, (-1,))
        elements = self.skeleton.elements
        return flat if elements is None else pnp.take(flat, elements)

    @property
    def T(self) -> Matrix:
        return self.transpose()

    @property
    def real(self) -> Matrix:
        return self._on_entries(pnp.real)

    @property
    def imag(self) -> Matrix:
        return self._on_entries(pnp.imag)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not hasattr(self.skeleton.kind, name):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        raise MissingError(
            f"{name} of a sparse matrix with traced entries is not followed"
            f"{where(user_location())}\n  Write it with its data, indices and indptr, or with "
            "toarray()."
        )

    def __repr__(self) -> str:
        return f"Matrix<{self.skeleton}, data={self.data!r}>"

    # -- structure

    def transpose(self, axes: Any = None, copy: bool = False) -> Matrix:
        _refuse_options("transpose", axes=axes)
        return self._on_places(lambda m: m.transpose())

    def tocsr(self, copy: bool = False) -> Matrix:
        return self._merged()._on_places(lambda m: m.tocsr())

    def tocsc(self, copy: bool = False) -> Matrix:
        return self._merged()._on_places(lambda m: m.tocsc())

    def tocoo(self, copy: bool = False) -> Matrix:
        return self._on_places(lambda m: m.tocoo())

    def copy(self) -> Matrix:
        return self

    def __getitem__(self, key: Any) -> Any:
        merged = self._merged()
        numbers = merged.skeleton.numbers[key]
        if hasattr(numbers, "format"):
            return Matrix.from_numbers(numbers, merged.data)
        return places.numbered(np.asarray(numbers), merged.data)

    def diagonal(self, k: int = 0) -> Any:
        merged = self._merged()
        return places.numbered(merged.skeleton.numbers.diagonal(k), merged.data)

    def toarray(self, order: Any = None, out: Any = None) -> Any:
        _refuse_options("toarray", order=order, out=out)
        return places.dense(self.skeleton, self.entries)

    def todense(self, order: Any = None, out: Any = None) -> Any:
        _refuse_options("todense", order=order, out=out)
        return places.dense(self.skeleton, self.entries)

    def _on_places(self, f: Callable[[Any], Any]) -> Matrix:
        return Matrix.from_numbers(f(self.skeleton.numbers), self.data)

    def _merged(self) -> Matrix:
        """This matrix with one element of `data` for each place."""
        if not self.skeleton.has_duplicates:
            return self
        return Matrix(*places.merged(self.skeleton, self.entries))

    def _on_entries(self, f: Callable[[Any], Any]) -> Matrix:
        return Matrix(self.skeleton, f(self.data))

    def _index_arrays(self, name: str) -> Any:
        if name not in ARRAYS[self.format]:
            raise AttributeError(f"a matrix in format {self.format} has no {name}")
        if name == "coords":
            return self.skeleton.arrays
        return self.skeleton.arrays[ARRAYS[self.format].index(name)]

    # -- values

    def astype(self, dtype: Any, casting: str = "unsafe", copy: bool = True) -> Matrix:
        _refuse_options("astype", casting=None if casting == "unsafe" else casting)
        return self._on_entries(lambda d: pnp.astype(d, dtype))

    def conj(self, copy: bool = True) -> Matrix:
        return self._on_entries(pnp.conj)

    conjugate = conj

    def power(self, n: Any, dtype: Any = None) -> Matrix:
        _refuse_options("power", dtype=dtype)
        return self._merged()._on_entries(lambda d: d**n)

    def multiply(self, other: Any) -> Any:
        other = _operand("multiply", other)
        if isinstance(other, Matrix):
            return self._met(other)
        return self._scaled("multiply", other, lambda entries, x: entries * x)

    def dot(self, other: Any) -> Any:
        return self.multiply(other) if pnp.ndim(other) == 0 else self @ other

    def trace(self, offset: int = 0) -> Any:
        return pnp.sum(self.diagonal(offset))

    def sum(self, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        _refuse_options("sum", dtype=dtype, out=out)
        if axis is None or self.ndim == 1:
            return pnp.sum(self.entries)
        kept = {0: 1, 1: 0, -1: 0, -2: 1}.get(axis)
        if kept is None:
            raise PolyadTypeError(f"sum: axis={shown(axis)} of a matrix{where(user_location())}")
        total = places.total(self.entries, self.skeleton.coords[kept], self.shape[kept])
        if self.skeleton.is_array:
            return total
        return pnp.expand_dims(total, axis=1 - kept)

    def mean(self, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        _refuse_options("mean", dtype=dtype, out=out)
        count = np.prod(self.shape) if axis is None else self.shape[axis]
        return self.sum(axis) / float(count)

    # -- operators

    def __neg__(self) -> Matrix:
        return self._on_entries(lambda d: -d)

    def __pos__(self) -> Matrix:
        return self

    def __abs__(self) -> Matrix:
        return self._merged()._on_entries(pnp.abs)

    def __pow__(self, n: Any) -> Matrix:
        if not self.skeleton.is_array:
            raise PolyadTypeError(
                f"** of a sparse matrix is a repeated product{where(user_location())}\n  Write the "
                "products, or power(n) for the powers of its entries."
            )
        return self.power(n)

    def __matmul__(self, other: Any) -> Any:
        other = _operand("matmul", other)
        _check_product(self.shape, pnp.shape(other) if not _is_matrix(other) else other.shape)
        if isinstance(other, Matrix):
            pairs = (self.skeleton, self.entries), (other.skeleton, other.entries)
            return Matrix(*places.sparse_product(*pairs))
        return places.dense_product(self.skeleton, self.entries, other)

    def __rmatmul__(self, other: Any) -> Any:
        other = _operand("matmul", other)
        if isinstance(other, Matrix):
            return other @ self
        _check_product(pnp.shape(other), self.shape)
        if pnp.ndim(other) == 1:
            return self.T @ other
        return pnp.permute_dims(self.T @ pnp.permute_dims(other, (1, 0)), (1, 0))

    def __mul__(self, other: Any) -> Any:
        if self.skeleton.is_array or _is_number(other):
            return self.multiply(other)
        return self @ other

    def __rmul__(self, other: Any) -> Any:
        if self.skeleton.is_array or _is_number(other):
            return self.multiply(other)
        return other @ self

    def __truediv__(self, other: Any) -> Any:
        other = _operand("divide", other)
        if isinstance(other, Matrix):
            raise PolyadTypeError(
                "the quotient of two sparse matrices is NaN almost everywhere"
                f"{where(user_location())}\n  Divide their toarray()."
            )
        return self._scaled("divide", other, lambda entries, x: entries / x)

    def __rtruediv__(self, other: Any) -> Any:
        raise PolyadTypeError(
            "a quotient by a sparse matrix is infinite almost everywhere"
            f"{where(user_location())}\n  Divide by its toarray()."
        )

    def __add__(self, other: Any) -> Any:
        other = _operand("add", other)
        if isinstance(other, Matrix):
            _check_same(self.shape, other.shape)
            pairs = (self.skeleton, self.entries), (other.skeleton, other.entries)
            return Matrix(*places.joined(*pairs))
        self._check_spread("add", other)
        return places.dense(self.skeleton, self.entries, pnp.broadcast_to(other, self.shape))

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return self + -_operand("subtract", other)

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def _met(self, other: Matrix) -> Matrix:
        _check_same(self.shape, other.shape)
        first, second = self._merged(), other._merged()
        pairs = (first.skeleton, first.entries), (second.skeleton, second.entries)
        return Matrix(*places.met(*pairs))

    def _scaled(self, name: str, other: Any, f: Callable[[Any, Any], Any]) -> Matrix:
        """The matrix whose entries are f of the entries and the elements of `other` there."""
        if pnp.ndim(other) == 0:
            return self._on_entries(lambda data: f(data, other))
        if self.skeleton.elements is not None:
            return self.tocoo()._scaled(name, other, f)
        self._check_spread(name, other)
        at = places.at_places(self.skeleton, other)
        return self._on_entries(lambda data: f(data, at))

    def _check_spread(self, name: str, other: Any) -> None:
        """Raise unless a dense operand broadcasts to the matrix's shape."""
        shape = pnp.shape(other)
        if not shape and name == "add":
            raise PolyadTypeError(
                "a number added to a sparse matrix fills it, which SciPy does not do either"
                f"{where(user_location())}\n  Add it to toarray()."
            )
        fits = len(shape) <= self.ndim and all(
            n in (1, m) for n, m in zip(shape[::-1], self.shape[::-1], strict=False)
        )
        if not fits:
            raise ShapeError(
                f"{name} of a sparse matrix of shape {self.shape} and an array of shape {shape}"
                f"{where(user_location())}\n  The array must broadcast to the matrix's shape."
            )


def is_sparse(value: Any) -> bool:
    """Whether a value is a sparse matrix: of SciPy's, of PyTorch's, or a traced one."""
    if isinstance(value, Matrix) or torch_sparse.is_sparse(value):
        return True
    scipy_sparse = sys.modules.get("scipy.sparse")
    return scipy_sparse is not None and scipy_sparse.issparse(value)


def operate(name: str, left: Any, right: Any) -> Any:
    """An operator of which one operand is a sparse matrix and the other is traced."""
    operator = OPERATORS.get(name)
    if operator is None:
        raise PolyadTypeError(
            f"{name} of a sparse matrix and a traced array is not followed"
            f"{where(user_location())}\n  Use its toarray()."
        )
    return operator(*(Matrix.of(x) if is_sparse(x) else x for x in (left, right)))


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "matmul": lambda a, b: a @ b if isinstance(a, Matrix) else b.__rmatmul__(a),
    "multiply": lambda a, b: a * b if isinstance(a, Matrix) else b.__rmul__(a),
    "divide": lambda a, b: a / b if isinstance(a, Matrix) else b.__rtruediv__(a),
    "add": lambda a, b: a + b if isinstance(a, Matrix) else b.__radd__(a),
    "subtract": lambda a, b: a - b if isinstance(a, Matrix) else b.__rsub__(a),
}


def _is_matrix(value: Any) -> bool:
    return isinstance(value, Matrix)


def _is_number(value: Any) -> bool:
    return not is_sparse(value) and pnp.ndim(value) == 0


def _operand(name: str, value: Any) -> Any:
    """A sparse operand as a `Matrix`, another one as an array."""
    if is_sparse(value):
        return Matrix.of(value)
    if isinstance(value, list | tuple):
        return pnp.asarray(value)
    return value


def _check_product(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    if not left or not right:
        raise ShapeError(f"@ of a sparse matrix takes no numbers{where(user_location())}\n  Use *.")
    if len(left) > 2 or len(right) > 2 or left[-1] != right[0]:
        raise ShapeError(
            f"@ of shapes {left} and {right}{where(user_location())}\n  The columns of the one "
            "must be as many as the rows of the other, each a vector or a matrix."
        )


def _check_same(first: tuple[int, ...], second: tuple[int, ...]) -> None:
    if first != second:
        raise ShapeError(
            f"sparse matrices of shapes {first} and {second}{where(user_location())}\n  They must "
            "have one shape."
        )


def _refuse_options(method: str, **options: Any) -> None:
    for name, value in options.items():
        if value is not None:
            raise PolyadTypeError(
                f"{method} of a sparse matrix with traced entries does not take "
                f"{name}={shown(value)}{where(user_location())}\n  Leave {name} out."
            )
