"""CasADi's derivatives of the sparse problems: the same functions on arrays of its symbols."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .sparse_problems import Problem

Thunk = Callable[[], Any]


class Symbols(np.ndarray):
    """An array of symbols; `x.at[i].add(y)` is that of JAX and polyad."""

    @property
    def at(self) -> Any:
        return _At(self)


class _At:
    def __init__(self, array: Any, index: Any = None) -> None:
        self.array, self.index = array, index

    def __getitem__(self, index: Any) -> _At:
        return _At(self.array, index)

    def add(self, values: Any) -> Any:
        found = self.array.copy()
        for i, value in zip(self.index, values, strict=True):
            found[i] = found[i] + value
        return found


class Namespace:
    """NumPy's functions on arrays of symbols."""

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    @staticmethod
    def zeros(size: int) -> Any:
        return np.zeros(size, object).view(Symbols)

    @staticmethod
    def pad(x: Any, width: Any) -> Any:
        before, after = (width, width) if isinstance(width, int) else width
        return np.concatenate([np.zeros(before, object), x, np.zeros(after, object)])

    @staticmethod
    def logaddexp(a: Any, b: Any) -> Any:
        return np.log(np.exp(a) + np.exp(b))


def derivative(make: Callable[[Any, int], Problem], size: int) -> Thunk:
    """The sparse derivative at the problem's point, by the function's own buffers."""
    import casadi

    problem = make(Namespace(), size)
    x = casadi.SX.sym("x", problem.point.size)
    symbols = np.array(casadi.vertsplit(x), object).reshape(-1)
    found = problem.function(symbols)
    if problem.second:
        matrix = casadi.hessian(found, x)[0].T  # by rows
    else:
        matrix = casadi.jacobian(casadi.vertcat(*found), x).T
    run = casadi.Function("derivative", [x], [matrix])
    values, point = np.zeros(matrix.nnz()), np.ascontiguousarray(problem.point)
    buffer, call = run.buffer()
    buffer.set_arg(0, memoryview(point))
    buffer.set_res(0, memoryview(values))
    held = run, buffer, point  # the buffer itself holds neither

    def evaluate() -> Any:
        assert held
        call()
        return values

    return evaluate
