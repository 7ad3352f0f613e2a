"""Eigenvalues and eigenvectors of one general matrix, by LAPACK's geev. As in NumPy, in double
precision: the order of the eigenvalues depends on the rounding.
"""

from __future__ import annotations

from collections.abc import Callable

from llvmlite import ir

from polyad.ir import DType
from polyad.ir.types import complex128, float64

from ..llvm.blas import Call
from ..llvm.types import F32, F64, I32, I64, POINTER, Value, constant
from ..llvm.writer import Writer
from .frame import Buffer, Frame
from .lapack import check


def eigvals(f: Frame) -> None:
    General(f, False).write_values()


def eig(f: Frame) -> None:
    found = General(f, True)
    found.write_values()
    found.write_vectors()


class General:
    """The eigenvalues, and maybe eigenvectors, of a matrix."""

    def __init__(self, f: Frame, vectors: bool) -> None:
        self.f, n = f, f.n
        self.dtype = complex128 if f.dtype.is_complex else float64
        a, self.values, self.vectors = self.piece("a", n), self.piece("values", 2), None
        self.fill(a)
        right = a
        if vectors:
            self.vectors = right = self.piece("vectors", n)
        pieces = [self.values.base]
        if not f.dtype.is_complex:
            pieces.append(f.b.gep(self.values.base, [I64(8 * n)]))
        room = f.pieces["work"] // self.dtype.itemsize
        tail = [a.base, n, right.base, n, f.scratch["work"], room]
        if f.dtype.is_complex:
            tail.append(f.scratch["reals"])
        job = "V" if vectors else "N"
        lapack, info = Call(f.b, self.dtype, "lapack"), f.b.slot(I32, I32(0))
        lapack(
            "geev", *f.passed(["N", job, n, a.base, n, *pieces, *tail]), f.b.bitcast(info, POINTER)
        )
        check(f, f.b.load(info))

    def piece(self, name: str, columns: int) -> Buffer:
        """A matrix by columns in scratch, in double precision."""
        return Buffer(self.f, self.f.scratch[name], self.dtype, self.f.n, columns, True)

    def fill(self, a: Buffer) -> None:
        """Copy the matrix. Infinities and NaN are left to NumPy."""
        f, source = self.f, self.f.operand(0)
        with f.b.over(f.n) as i, f.b.over(f.n) as j:
            size = f.scalar("abs", source[i, j])
            f.fail_if(f.b.fcmp_unordered(">=", size, constant(f.dtype.real, float("inf"))))
            a[i, j] = converted(f.b, source[i, j], F64)

    def imaginary(self, j: Value) -> Value:
        """The imaginary part of an eigenvalue of a real matrix."""
        return self.values[j, I64(1)]

    def write_values(self) -> None:
        f, out, zero = self.f, self.f.result(0, 1), I64(0)
        with f.b.over(f.n) as j:
            value = self.values[j, zero]
            if not f.dtype.is_complex:
                value = value, self.imaginary(j)
            out[j, zero] = converted(f.b, value, kind(f.dtype))

    def write_vectors(self) -> None:
        """Write the eigenvectors. LAPACK stores a pair of vectors of a real matrix as the real and
        the imaginary part of the first, whose eigenvalue has a positive imaginary part.
        """
        f, b, out, vectors = self.f, self.f.b, self.f.result(1), self.vectors
        assert vectors is not None
        with f.b.over(f.n) as i, f.b.over(f.n) as j:
            if f.dtype.is_complex:
                value = vectors[i, j]
            else:
                part, zero = self.imaginary(j), F64(0.0)
                above, below = (b.fcmp_ordered(relation, part, zero) for relation in "><")
                other = vectors[i, b.add(j, b.zext(above, I64))]
                found = b.select(above, other, b.select(below, b.fneg(vectors[i, j]), zero))
                value = vectors[i, b.sub(j, b.zext(below, I64))], found
            out[i, j] = converted(b, value, kind(f.dtype))


def kind(dtype: DType) -> ir.Type:
    return F32 if dtype.real.bits == 32 else F64


def converted(b: Writer, value: Value, to: ir.Type) -> Value:
    """A number, or the parts of a complex one, in another precision."""
    if isinstance(value, tuple):
        return tuple(converted(b, part, to) for part in value)
    if value.type == to:
        return value
    return b.fpext(value, to) if to == F64 else b.fptrunc(value, to)


EIGEN: dict[str, Callable[[Frame], None]] = {"eig": eig, "eigvals": eigvals}
