"""Products of complex matrices by the BLAS that SciPy carries.

BLAS is column-major, our arrays are row-major. So out = x y is computed as outᵀ = yᵀ xᵀ: the
transpose of a row-major matrix is the same memory read by columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from llvmlite import ir

from polyad.ir import DType

from .types import I8, I32, POINTER, Value, part_type
from .writer import VOID, Writer

LETTERS = {"float32": "s", "float64": "d", "complex64": "c", "complex128": "z"}
Strides = tuple[tuple[int, int], tuple[int, int], tuple[int, int]]


BY_ONE_THREAD = 1 << 18  # multiplications: OpenBLAS (0.3: interface/gemm.c) takes one thread


@contextmanager
def alone(b: Writer) -> Iterator[None]:
    """Calls of BLAS by polyad's threads. BLAS has one thread meanwhile (see `blas_threads`)."""
    b.call(b.module.library("blas_threads.alone", VOID, []), [])
    yield
    b.call(b.module.library("blas_threads.as_before", VOID, []), [])


class Call:
    """Fortran's calling convention: everything by address, constants too."""

    def __init__(self, b: Writer, dtype: DType, library: str = "blas") -> None:
        self.b, self.dtype, self.library = b, dtype, library

    def constant(self, value: ir.Constant) -> Value:
        """The address of a constant."""
        return self.b.module.constant("constant", value).bitcast(POINTER)

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
        function: Any = self.b.module.library(name, VOID, [POINTER] * len(arguments))
        self.b.call(function, arguments)


def multiply(
    b: Writer,
    dtype: DType,
    addresses: Sequence[Value],
    sizes: tuple[int, int, int],
    strides: Strides,
) -> None:
    """out[rows, columns] = x[rows, k] @ y[k, columns]; `strides` of x over (rows, k), of y over (k,
    columns), of out over (rows, columns).
    """
    x, y, out = addresses
    rows, columns, k = sizes
    (x_row, x_k), (y_k, y_column), (out_row, _) = strides
    x_by_rows, y_by_rows = x_k == 1 and x_row >= k, y_column == 1 and y_k >= columns
    call = Call(b, dtype)
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
        call.integer(out_row),
    )
