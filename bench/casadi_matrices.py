"""NumPy's functions on arrays of CasADi's matrix expressions (MX): the sparse problems with an
operation of CasADi's for each of NumPy's.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import casadi
import numpy as np

DM = casadi.DM


class Matrix:
    """An array: its elements as a column, in C order, and its shape."""

    __array_priority__ = 1000

    def __init__(self, column: Any, shape: tuple[int, ...]) -> None:
        self.column, self.shape = column, tuple(int(n) for n in shape)

    def __getitem__(self, index: Any) -> Matrix:
        places = np.arange(int(np.prod(self.shape))).reshape(self.shape)[index]
        return _taken(self.column, places)

    def reshape(self, *shape: Any) -> Matrix:
        """The matrix in another shape, with its elements in their order."""
        sizes = shape[0] if isinstance(shape[0], tuple) else shape
        places = np.arange(self.column.shape[0]).reshape(sizes)
        return Matrix(self.column, places.shape)

    def sum(self) -> Matrix:
        """The sum of all elements."""
        return Matrix(casadi.sum1(self.column), ())

    @property
    def at(self) -> Any:
        return _Places(self)

    def __iter__(self) -> Any:
        return (self[i] for i in range(self.shape[0]))

    def __neg__(self) -> Matrix:
        return Matrix(-self.column, self.shape)

    def __rmatmul__(self, data: Any) -> Matrix:
        found = casadi.mtimes(DM(data.reshape(-1, data.shape[-1])), self.column)
        return Matrix(found, data.shape[:-1])


class _Places:
    def __init__(self, array: Matrix, index: Any = None) -> None:
        self.array, self.index = array, index

    def __getitem__(self, index: Any) -> _Places:
        return _Places(self.array, index)

    def add(self, values: Matrix) -> Matrix:
        """By a product with a sparse constant matrix of ones."""
        n, m = self.array.shape[0], len(self.index)
        spread = DM.triplet(self.index.tolist(), list(range(m)), DM.ones(m), n, m)
        return Matrix(self.array.column + casadi.mtimes(spread, values.column), (n,))


def _binary(function: Callable[[Any, Any], Any], turned: bool = False) -> Any:
    def apply(own: Matrix, other: Any) -> Matrix:
        a, b = (_matrix(other), own) if turned else (own, _matrix(other))
        shape = np.broadcast_shapes(a.shape, b.shape)
        return Matrix(function(_spread(a, shape), _spread(b, shape)), shape)

    return apply


for _name in ("add", "sub", "mul", "truediv", "pow"):
    _function = getattr(operator, _name)
    setattr(Matrix, f"__{_name}__", _binary(_function))
    setattr(Matrix, f"__r{_name}__", _binary(_function, True))


def _matrix(x: Any) -> Matrix:
    if isinstance(x, Matrix):
        return x
    array = np.asarray(x, float)
    return Matrix(DM(array.ravel()) if array.ndim else float(array), array.shape)


def _spread(x: Matrix, shape: tuple[int, ...]) -> Any:
    if x.shape in (shape, ()):
        return x.column
    places = np.arange(int(np.prod(x.shape))).reshape(x.shape)
    return _taken(x.column, np.broadcast_to(places, shape)).column


def _taken(column: Any, places: Any) -> Matrix:
    flat = np.ravel(places)
    first, size = int(flat[0]) if len(flat) else 0, len(flat)
    step = int(flat[1]) - first if size > 1 else 1
    if step > 0 and np.array_equal(flat, first + step * np.arange(size)):
        return Matrix(column[first : first + step * (size - 1) + 1 : step], np.shape(places))
    return Matrix(column[flat.tolist()], np.shape(places))


class Namespace:
    """NumPy's functions that the sparse problems use."""

    def __getattr__(self, name: str) -> Any:
        function = getattr(casadi, name)
        return lambda x: Matrix(function(x.column), x.shape)

    @staticmethod
    def zeros(size: int) -> Matrix:
        return Matrix(casadi.MX(DM.zeros(size)), (size,))

    @staticmethod
    def pad(x: Matrix, width: Any) -> Matrix:
        before, after = (width, width) if isinstance(width, int) else width
        column = casadi.vertcat(DM.zeros(before), x.column, DM.zeros(after))
        return Matrix(column, (before + x.shape[0] + after,))

    @staticmethod
    def roll(x: Matrix, shift: int, axis: int) -> Matrix:
        places = np.arange(int(np.prod(x.shape))).reshape(x.shape)
        return _taken(x.column, np.roll(places, shift, axis))

    @staticmethod
    def stack(arrays: Sequence[Matrix], axis: int = 0) -> Matrix:
        sizes = [int(np.prod(x.shape)) for x in arrays]
        starts = np.cumsum([0, *sizes[:-1]])
        numbers = [
            start + np.arange(size).reshape(x.shape)
            for start, size, x in zip(starts, sizes, arrays, strict=True)
        ]
        return _taken(casadi.vertcat(*[x.column for x in arrays]), np.stack(numbers, axis))

    @staticmethod
    def logaddexp(a: Any, b: Matrix) -> Matrix:
        return Matrix(casadi.log(np.exp(a) + casadi.exp(b.column)), b.shape)
