"""CasADi's derivatives of the sparse problems: the same functions on arrays of its symbols."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .sparse_problems import Problem

Thunk = Callable[[], Any]
GCC_SECONDS = 120  # for code of thousands of lines it takes minutes


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


def function(make: Callable[[Any, int], Problem], size: int, kind: str = "SX") -> tuple[Any, Any]:
    """CasADi's function that gives the sparse derivative, transposed so that its values are in
    CSR order, and the problem's point. `kind`: "SX", of scalar operations, or "MX", of matrices.
    """
    import casadi

    if kind == "SX":
        problem = make(Namespace(), size)
        x = casadi.SX.sym("x", problem.point.size)
        symbols = np.array(casadi.vertsplit(x), object).reshape(-1)
        found = problem.function(symbols)
        found = found if problem.second else casadi.vertcat(*found)
    else:
        from . import casadi_matrices as matrices

        problem = make(matrices.Namespace(), size)
        x = casadi.MX.sym("x", problem.point.size)
        found = problem.function(matrices.Matrix(x, (problem.point.size,))).column
    matrix = casadi.hessian(found, x)[0] if problem.second else casadi.jacobian(found, x)
    return casadi.Function("derivative", [x], [matrix.T]), np.ascontiguousarray(problem.point)


def compiled(run: Any, folder: str) -> Any:
    """The function as C, compiled by gcc -O3 -march=native."""
    import casadi

    run.generate("derivative.c", {"with_header": False})
    source, library = f"{folder}/derivative.c", f"{folder}/derivative.so"
    Path("derivative.c").rename(source)
    command = ["gcc", "-O3", "-march=native", "-fPIC", "-shared", source, "-o", library, "-lm"]
    subprocess.run(command, check=True, timeout=GCC_SECONDS)
    return casadi.external("derivative", library)


def called(run: Any, point: np.ndarray) -> Thunk:
    """Calls of a CasADi function by its own buffers."""
    values = np.zeros(run.nnz_out(0))
    buffer, call = run.buffer()
    buffer.set_arg(0, memoryview(point))
    buffer.set_res(0, memoryview(values))
    held = run, buffer, point  # the buffer itself holds neither

    def evaluate() -> Any:
        assert held
        call()
        return values

    return evaluate


def derivative(make: Callable[[Any, int], Problem], size: int, kind: str = "SX") -> Thunk:
    """The values of the sparse derivative at the problem's point."""
    return called(*function(make, size, kind))
