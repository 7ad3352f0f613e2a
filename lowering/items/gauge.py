"""The linear maps of `polyad.ops.gauge` on one matrix: divisions by differences of values.

If values are equal up to rounding, or a number that must be 0 is not, the routine finds no answer:
the NumPy backend decides whether the derivative has a value.
"""

from __future__ import annotations

from collections.abc import Callable

from ..llvm.types import I64, Value, constant
from .frame import Buffer, Frame
from .lapack import svdvals

Values = Callable[[Value], Value]


class Space:
    """The matrix, the bounds below which numbers count as 0, arithmetic on real numbers. The bounds
    are those of the NumPy backend.
    """

    def __init__(self, f: Frame) -> None:
        self.f, self.b, self.real = f, f.b, f.dtype.real
        eps = 2.0 ** (-23 if self.real.bits == 32 else -52)
        self.close, self.small = max(10, f.m, f.n) * eps, eps**0.5

    def number(self, value: float) -> Value:
        return constant(self.real, value)

    def of(self, i: int) -> Buffer:
        """An operand with real numbers for each matrix."""
        type = self.f.types[i]
        return Buffer(self.f, self.f.operands[i], type.dtype, 1, (1, *type.shape)[-1])

    def size(self, x: Value) -> Value:
        return self.f.scalar("abs", x)

    def largest(self, count: int, size: Callable[[Value], Value]) -> Value:
        """The largest of `count` sizes; NaN if one is."""
        f, b = self.f, self.b
        best = f.b.slot(self.number(0.0).type, self.number(0.0))
        with f.b.over(count) as i:
            b.store(f.scalar("maximum", b.load(best), size(i), real=True), best)
        return b.load(best)

    def fail_if_close(self, x: Value, bound: Value) -> None:
        """Fail if the real number x is 0 up to `bound`; also for NaN."""
        size = self.f.scalar("abs", x, real=True)
        self.f.fail_if(self.b.fcmp_unordered("<=", size, bound))

    def fail_if_above(self, x: Value, bound: Value) -> None:
        size = self.f.scalar("abs", x, real=True)
        self.f.fail_if(self.b.fcmp_unordered(">", size, bound))

    def divide(self, x: Value, by: Value) -> Value:
        """An element by a real number."""
        parts = x if self.f.dtype.is_complex else (x,)
        found = tuple(self.b.fdiv(part, by) for part in parts)
        return found if self.f.dtype.is_complex else found[0]

    def only_real(self, x: Value) -> Value:
        return (x[0], self.number(0.0)) if self.f.dtype.is_complex else x

    def half(self, x: Value, y: Value, combine: str) -> Value:
        """(x ± conj(y)) / 2."""
        f = self.f
        both = f.scalar(combine, x, f.scalar("conj", y))
        return self.divide(both, self.number(2.0))


def turned(f: Frame, combine: str, null: bool) -> None:
    """The Hermitian part, or the skew-Hermitian one, over differences, and the diagonal's real
    part. With `null`, no value may be 0.
    """
    s, b = Space(f), f.b
    x, w, out, zero = f.operand(0), s.of(1), f.result(0), I64(0)
    top = s.largest(f.n, lambda i: f.scalar("abs", w[zero, i], real=True))
    bound = b.fmul(top, s.number(s.close))
    with f.b.over(f.n) as i:
        if null:
            s.fail_if_close(w[zero, i], bound)
        with f.b.over(f.n) as j:
            apart = b.fsub(w[zero, j], w[zero, i])
            with b.if_then(b.icmp_signed("!=", i, j)):
                s.fail_if_close(apart, bound)
                out[i, j] = s.divide(s.half(x[i, j], x[j, i], combine), apart)
        out[i, i] = s.only_real(x[i, i])


def rotation(f: Frame) -> None:
    turned(f, "add", False)


def rotation_back(f: Frame) -> None:
    turned(f, "subtract", f.attrs["singular"])


def determined(f: Frame) -> None:
    """A copy with zeros on the diagonal. For infinite elements NumPy decides whether they have a
    value.
    """
    s = Space(f)
    x, out = f.operand(0), f.result(0)
    with f.b.over(f.n) as i:
        with f.b.over(f.n) as j:
            value = x[i, j]
            f.fail_if(f.b.fcmp_ordered("==", s.size(value), s.number(float("inf"))))
            out[i, j] = value
        out[i, i] = f.const(0.0)


def quotient(f: Frame) -> None:
    s, b, columns = Space(f), f.b, f.attrs["columns"]
    x, divisor, out, zero = f.operand(0), f.operand(1), f.result(0), I64(0)
    bound = b.fmul(s.of(2)[zero, zero], s.number(s.close))
    with f.b.over(f.m) as i, f.b.over(f.n) as j:
        beside = b.icmp_signed("!=", i, j)
        by = divisor[i, j]
        gone = b.fcmp_unordered("<=", s.size(by), bound)
        f.fail_if(b.and_(gone, beside) if columns else gone)
        found = f.scalar("divide", x[i, j], by)
        if columns:
            found = f.scalar("where", beside, found, f.const(0.0))
        out[i, j] = found


def gauge(f: Frame) -> None:
    """Zeros from (start, start) on. If `checked`, the elements that they replace must be Hermitian
    up to rounding.
    """
    s, b, start = Space(f), f.b, f.attrs["start"]
    x, out = f.operand(0), f.result(0)
    f.moved(x, out)
    if f.attrs["checked"]:
        top = s.largest(f.n * f.n, lambda i: s.size(x[I64(0), i]))
        bound = b.fmul(top, s.number(s.small))
    with f.b.over(f.n, start) as i, f.b.over(f.n, start) as j:
        if f.attrs["checked"]:
            s.fail_if_above(s.size(s.half(x[i, j], x[j, i], "subtract")), bound)
        out[i, j] = f.const(0.0)
    if f.attrs["phases"]:
        with f.b.over(f.n) as i:
            if f.attrs["checked"]:
                s.fail_if_above(x[i, i][1], bound)
            out[i, i] = s.only_real(out[i, i])


def basis(f: Frame) -> None:
    """A copy, of a matrix of full rank: the singular values decide, which LAPACK gives in
    descending order.
    """
    s, b, n = Space(f), f.b, f.n
    results, f.results = f.results, [f.scratch["values"]]
    svdvals(f)
    f.results = results
    values = Buffer(f, f.scratch["values"], s.real, 1, n)
    least, most = values[I64(0), I64(n - 1)], values[I64(0), I64(0)]
    f.fail_if(b.fcmp_unordered("<=", least, b.fmul(most, s.number(s.close))))
    f.moved(f.operand(0), f.result(0))


GAUGE: dict[str, Callable[[Frame], None]] = {
    "rotation": rotation,
    "rotation_back": rotation_back,
    "determined": determined,
    "quotient": quotient,
    "gauge": gauge,
    "basis": basis,
}
