"""Matrix products by the BLAS that SciPy carries: gemm, and gemv where one side is a vector.

BLAS is column-major, our arrays are row-major: out = x y is asked for as outᵀ = yᵀ xᵀ, where the
transpose of a row-major matrix is the same memory read by columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llvmlite import ir

from polyad.ir import DType

from .module import Module
from .types import I8, I32, POINTER, Value, part_type

LETTERS = {"float32": "s", "float64": "d", "complex64": "c", "complex128": "z"}
Strides = tuple[tuple[int, int], tuple[int, int]]


def multiply(
    module: Module,
    b: ir.IRBuilder,
    dtype: DType,
    addresses: Sequence[Value],
    sizes: tuple[int, int, int],
    strides: Strides,
) -> None:
    """out[rows, columns] = x[rows, k] @ y[k, columns]; `strides` of x over (rows, k), of y over (k,
    columns).
    """
    rows, columns, _ = sizes
    call = Call(module, b, dtype)
    if columns == 1:
        gemv_of_x(call, addresses, sizes, strides)
    elif rows == 1:
        gemv_of_y(call, addresses, sizes, strides)
    else:
        gemm(call, addresses, sizes, strides)


class Call:
    """Fortran's calling convention: everything by address, constants too."""

    def __init__(
        self, module: Module, builder: ir.IRBuilder, dtype: DType, library: str = "blas"
    ) -> None:
        self.module, self.b, self.dtype, self.library = module, builder, dtype, library

    def constant(self, value: ir.Constant) -> Value:
        """The address of a constant."""
        name = self.module.module.get_unique_name("constant")
        variable = ir.GlobalVariable(self.module.module, value.type, name)
        variable.initializer = value
        variable.global_constant = True
        variable.linkage = "internal"
        return variable.bitcast(POINTER)

    def integer(self, value: int) -> Value:
        return self.constant(I32(value))

    def letter(self, value: str) -> Value:
        return self.constant(I8(ord(value)))

    def flag(self, transposed: bool) -> Value:
        return self.letter("T" if transposed else "N")

    def number(self, value: float) -> Value:
        part = part_type(self.dtype)
        array = ir.ArrayType(part, 2)
        return self.constant(array([part(value), part(0.0)]))

    def __call__(self, routine: str, *arguments: Value) -> None:
        name = f"{self.library}.{LETTERS[self.dtype.name]}{routine}"
        function: Any = self.module.library(name, ir.VoidType(), [POINTER] * len(arguments))
        self.b.call(function, arguments)


def gemm(
    call: Call, addresses: Sequence[Value], sizes: tuple[int, int, int], strides: Strides
) -> None:
    x, y, out = addresses
    rows, columns, k = sizes
    (x_row, x_k), (y_k, y_column) = strides
    x_by_rows, y_by_rows = x_k == 1 and x_row >= k, y_column == 1 and y_k >= columns
    call(
        "gemm",
        call.flag(not y_by_rows),
        call.flag(not x_by_rows),
        call.integer(columns),
        call.integer(rows),
        call.integer(k),
        call.number(1.0),
        y,
        call.integer(y_k if y_by_rows else y_column),
        x,
        call.integer(x_row if x_by_rows else x_k),
        call.number(0.0),
        out,
        call.integer(columns),
    )


def gemv_of_x(
    call: Call, addresses: Sequence[Value], sizes: tuple[int, int, int], strides: Strides
) -> None:
    """out = x y, y being a vector."""
    x, y, out = addresses
    rows, _, k = sizes
    (x_row, x_k), (y_k, _) = strides
    by_rows = x_k == 1 and x_row >= k
    m, n, leading = (k, rows, x_row) if by_rows else (rows, k, x_k)
    gemv(call, by_rows, m, n, x, leading, y, y_k, out)


def gemv_of_y(
    call: Call, addresses: Sequence[Value], sizes: tuple[int, int, int], strides: Strides
) -> None:
    """out = yᵀ x, x being a vector."""
    x, y, out = addresses
    _, columns, k = sizes
    (_, x_k), (y_k, y_column) = strides
    by_rows = y_column == 1 and y_k >= columns
    m, n, leading = (columns, k, y_k) if by_rows else (k, columns, y_column)
    gemv(call, not by_rows, m, n, y, leading, x, x_k, out)


def gemv(
    call: Call,
    transposed: bool,
    m: int,
    n: int,
    matrix: Value,
    leading: int,
    vector: Value,
    step: int,
    out: Value,
) -> None:
    """out = op(matrix) vector, the matrix being m by n in columns."""
    call(
        "gemv",
        call.flag(transposed),
        call.integer(m),
        call.integer(n),
        call.number(1.0),
        matrix,
        call.integer(leading),
        vector,
        call.integer(step),
        call.number(0.0),
        out,
        call.integer(1),
    )
