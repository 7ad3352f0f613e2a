"""The routines on one matrix: LAPACK, which SciPy carries, and loops for small ones.

LAPACK reads matrices by columns, ours are by rows. Results that depend on the order (pivots, signs
of vectors) are computed on a copy by columns, as in NumPy, and so equal NumPy's.
"""

from __future__ import annotations

from collections.abc import Callable

from ..llvm.types import I32, I64, Value, constant
from .frame import Buffer, Frame

SMALL = 16  # rows of a matrix that is factorised by loops here

# -- Cholesky --------------------------------------------------------------------------------------


def cholesky(f: Frame) -> None:
    a, low, n = f.operand(0), f.result(0), f.n
    if n <= SMALL:
        cholesky_by_rows(f, a, low)
        return
    f.moved(a, low)  # its lower triangle is by columns the upper one of the transpose
    f.fail_if(f.b.icmp_signed("!=", f.call("potrf", "U", n, low.base, n), I32(0)))
    with f.b.over(n) as i:
        require_positive(f, f.real_part(low[i, i]))
        with f.b.over(n, f.after(i)) as j:
            low[i, j] = f.const(0.0)


def cholesky_by_rows(f: Frame, a: Buffer, low: Buffer) -> None:
    """Row by row (Golub and Van Loan, 4.2)."""
    real = f.dtype.real
    with f.b.over(f.n) as i:
        with f.b.over(i) as j:
            low[i, j] = a[i, j]
            with f.b.over(j) as k:
                product = f.scalar("multiply", low[i, k], f.scalar("conj", low[j, k]))
                low[i, j] = f.scalar("subtract", low[i, j], product)
            low[i, j] = f.scalar("divide", low[i, j], low[j, j])
        left = f.b.slot(f.real_part(f.const(0.0)).type, f.real_part(a[i, i]))
        with f.b.over(i) as k:
            size = squared(f, low[i, k])
            f.b.store(f.scalar("subtract", f.b.load(left), size, real=True), left)
        require_positive(f, f.b.load(left))
        root = f.scalar("sqrt", f.b.load(left), real=True)
        low[i, i] = (root, constant(real, 0.0)) if f.dtype.is_complex else root
        with f.b.over(f.n, f.after(i)) as j:
            low[i, j] = f.const(0.0)


def squared(f: Frame, x: Value) -> Value:
    """|x|²."""
    return f.real_part(f.scalar("multiply", x, f.scalar("conj", x)))


def require_positive(f: Frame, x: Value) -> None:
    """Fail unless x > 0 and is finite."""
    real = f.dtype.real
    good = f.b.and_(
        f.b.fcmp_ordered(">", x, constant(real, 0.0)),
        f.b.fcmp_ordered("<", x, constant(real, float("inf"))),
    )
    f.fail_if(f.b.not_(good))


# -- Triangular systems ----------------------------------------------------------------------------


def solve_triangular(f: Frame) -> None:
    a, b, x, lower = f.operand(0), f.operand(1), f.result(0), f.attrs["lower"]
    with f.b.over(f.n) as i:
        f.fail_if(f.is_zero(a[i, i]))
    f.moved(b, x)
    if f.n <= SMALL:
        substitute(f, a, x, lower)
        return
    one, columns = f.blas.number(1.0), x.columns  # xᵀ aᵀ = bᵀ, by columns
    letters = f.passed(("R", "U" if lower else "L", "N", "N", columns, f.n))
    f.blas("trsm", *letters, one, *f.passed((a.base, f.n, x.base, columns)))


def substitute(f: Frame, a: Buffer, x: Buffer, lower: bool, unit: bool = False) -> None:
    """Forward or backward substitution, in place."""
    n = f.n
    with f.b.over(n) if lower else f.down(n) as k, f.b.over(x.columns) as j:
        with f.b.over(k) if lower else f.b.over(n, f.after(k)) as i:
            x[k, j] = f.minus_product(x[k, j], a[k, i], x[i, j])
        if not unit:
            x[k, j] = f.scalar("divide", x[k, j], a[k, k])


# -- LU --------------------------------------------------------------------------------------------


class Factors:
    """P a = L U by columns, with the exchanged rows."""

    def __init__(self, f: Frame) -> None:
        self.f, self.size = f, min(f.m, f.n)
        self.a = f.by_columns("a", f.m, f.n)
        self.pivots = f.scratch["pivots"]
        f.transposed(f.operand(0), self.a)
        if max(f.m, f.n) <= SMALL:
            self.eliminate()
        else:
            f.call("getrf", f.m, f.n, self.a.base, f.m, self.pivots)

    def require_regular(self) -> Factors:
        """Fail if a pivot is no larger than rounding makes of 0: NumPy decides whether the matrix
        is singular.
        """
        f, b, dtype = self.f, self.f.b, self.f.dtype.real
        eps = 2.0 ** (-23 if dtype.bits == 32 else -52)
        zero = constant(dtype, 0.0)
        above = f.b.slot(zero.type, zero)
        with f.b.over(f.n) as k:
            b.store(zero, above)
            with f.b.over(k) as i:
                b.store(b.select(*larger(f, self.size_of(self.a[i, k]), b.load(above))), above)
            noise = b.fmul(b.load(above), constant(dtype, 4 * f.n * eps))
            f.fail_if(b.fcmp_unordered("<=", self.size_of(self.a[k, k]), noise))
        return self

    def pivot(self, k: Value) -> Value:
        """The row that was exchanged with row k."""
        b = self.f.b
        number = b.load(b.gep(b.bitcast(self.pivots, I32.as_pointer()), [k]))
        return b.sub(b.sext(number, I64), I64(1))

    def eliminate(self) -> None:
        """Factorise by loops (Golub and Van Loan, 3.4), in the form of LAPACK's getrf."""
        f, b, a = self.f, self.f.b, self.a
        rows = b.bitcast(self.pivots, I32.as_pointer())
        with f.b.over(self.size) as k:
            place = self.largest(k)
            b.store(b.trunc(f.after(place), I32), b.gep(rows, [k]))
            with b.if_then(b.not_(f.is_zero(a[place, k]))):
                with f.b.over(f.n) as j:
                    swap(f, a, k, place, j)
                with f.b.over(f.m, f.after(k)) as i:
                    a[i, k] = f.scalar("divide", a[i, k], a[k, k])
            with f.b.over(f.n, f.after(k)) as j, f.b.over(f.m, f.after(k)) as i:
                a[i, j] = f.minus_product(a[i, j], a[i, k], a[k, j])

    def largest(self, k: Value) -> Value:
        """The row at or below row k whose element in column k is largest, the first if several."""
        f, b, a = self.f, self.f.b, self.a
        place, best = (
            f.b.slot(I64, k),
            f.b.slot(f.real_part(f.const(0.0)).type, self.size_of(a[k, k])),
        )
        with f.b.over(f.m, f.after(k)) as i:
            size = self.size_of(a[i, k])
            more = b.fcmp_ordered(">", size, b.load(best))
            b.store(b.select(more, i, b.load(place)), place)
            b.store(b.select(more, size, b.load(best)), best)
        return b.load(place)

    def size_of(self, x: Value) -> Value:
        """LAPACK's size of a number: the sum of the sizes of its parts."""
        f = self.f
        if not f.dtype.is_complex:
            return f.scalar("abs", x)
        parts = [f.scalar("abs", part, real=True) for part in x]
        return f.scalar("add", *parts, real=True)

    def solve(self, x: Buffer) -> None:
        """Right-hand sides by columns to solutions, in place."""
        f = self.f
        if f.n > SMALL:
            f.call("getrs", "N", f.n, x.columns, self.a.base, f.n, self.pivots, x.base, f.n)
            return
        with f.b.over(f.n) as k:
            place = self.pivot(k)
            with f.b.over(x.columns) as j:
                swap(f, x, k, place, j)
        substitute(f, self.a, x, lower=True, unit=True)
        substitute(f, self.a, x, lower=False)

    def inverse(self, target: Buffer) -> None:
        f = self.f
        x = f.by_columns("b", f.n, f.n)
        with f.b.over(f.n) as j, f.b.over(f.n) as i:
            x[i, j] = f.scalar("where", f.b.icmp_signed("==", i, j), f.const(1.0), f.const(0.0))
        self.solve(x)
        f.transposed(x, target)


def larger(f: Frame, x: Value, y: Value) -> tuple[Value, Value, Value]:
    """Arguments of `select` for max(x, y); x if it is NaN."""
    return f.b.fcmp_unordered(">", x, y), x, y


def swap(f: Frame, a: Buffer, i: Value, k: Value, j: Value) -> None:
    """Exchange two elements of column j."""
    one, other = a[i, j], a[k, j]
    a[i, j] = other
    a[k, j] = one


def solve(f: Frame) -> None:
    found = Factors(f).require_regular()
    b, x = f.operand(1), f.result(0)
    if x.columns == 1:
        f.moved(b, x)
        found.solve(Buffer(f, x.base, f.dtype, f.n, 1, True))
        return
    turned = f.by_columns("b", f.n, x.columns)
    f.transposed(b, turned)
    found.solve(turned)
    f.transposed(turned, x)


def inv(f: Frame) -> None:
    found = Factors(f).require_regular()
    found.inverse(f.result(0))


def adjugate(f: Frame) -> None:
    """det(a) a⁻¹, of a matrix that is far from singular: see the NumPy backend."""
    found = Factors(f).require_regular()
    out = f.result(0)
    found.inverse(out)
    dtype = f.dtype.real
    size = f.scalar("multiply", widest(f, f.operand(0)), widest(f, out), real=True)
    bound = constant(dtype, 2.0 ** (23 / 4 if dtype.bits == 32 else 52 / 4))
    f.fail_if(f.b.not_(f.b.fcmp_ordered("<=", size, bound)))
    value = determinant(f, *sign_and_log(found))
    with f.b.over(f.n) as i, f.b.over(f.n) as j:
        out[i, j] = f.scalar("multiply", out[i, j], value)


def widest(f: Frame, a: Buffer) -> Value:
    """The largest sum of the sizes in a row."""
    b, zero = f.b, constant(f.dtype.real, 0.0)
    best, total = f.b.slot(zero.type, zero), f.b.slot(zero.type, zero)
    with f.b.over(a.rows) as i:
        b.store(zero, total)
        with f.b.over(a.columns) as j:
            b.store(f.scalar("add", b.load(total), f.scalar("abs", a[i, j]), real=True), total)
        b.store(f.scalar("maximum", b.load(best), b.load(total), real=True), best)
    return b.load(best)


def sign_and_log(found: Factors) -> tuple[Value, Value]:
    """The sign of the determinant and the log of its size; (0, -inf) if a pivot is 0."""
    f, b, real = found.f, found.f.b, found.f.dtype.real
    one, zero = constant(real, 1.0), constant(real, 0.0)
    parts = [f.b.slot(one.type, one), f.b.slot(one.type, zero)][: 2 if f.dtype.is_complex else 1]
    read = lambda: tuple(b.load(p) for p in parts) if f.dtype.is_complex else b.load(parts[0])
    total = f.b.slot(one.type, zero)
    with f.b.over(f.n) as k:
        value = found.a[k, k]
        size = f.scalar("abs", value)
        unit = f.scalar("multiply", read(), over_size(f, value, size))
        kept = b.icmp_signed("==", found.pivot(k), k)
        unit = f.scalar("where", kept, unit, f.scalar("negative", unit))
        for part, new in zip(parts, unit if f.dtype.is_complex else (unit,), strict=True):
            b.store(new, part)
        b.store(f.scalar("add", b.load(total), f.scalar("log", size, real=True), real=True), total)
    return read(), b.load(total)


def over_size(f: Frame, value: Value, size: Value) -> Value:
    """value / size, a number of size 1; 0 for 0."""
    if f.dtype.is_complex:
        unit: Value = tuple(f.b.fdiv(part, size) for part in value)
    else:
        unit = f.scalar("copysign", f.const(1.0), value)
    return f.scalar("where", f.is_zero(value), f.const(0.0), unit)


def determinant(f: Frame, sign: Value, log: Value) -> Value:
    size = f.scalar("exp", log, real=True)
    if f.dtype.is_complex:
        return tuple(f.b.fmul(part, size) for part in sign)
    return f.b.fmul(sign, size)


def det(f: Frame) -> None:
    f.result(0, 0)[I64(0), I64(0)] = determinant(f, *sign_and_log(Factors(f)))


def slogdet(f: Frame) -> None:
    found = Factors(f) if f.module.standalone else Factors(f).require_regular()
    sign, log = sign_and_log(found)
    f.result(0, 0)[I64(0), I64(0)] = sign
    f.result(1, 0)[I64(0), I64(0)] = log


def lu(f: Frame) -> None:
    """The order of the rows of L U in a; L and U."""
    found, b = Factors(f), f.b
    order, low, up = f.result(0, 1), f.result(1), f.result(2)
    with f.b.over(f.m) as i:
        order[i, I64(0)] = i
    with f.b.over(found.size) as k:
        swap(f, order, k, found.pivot(k), I64(0))
    one, zero = f.const(1.0), f.const(0.0)
    with f.b.over(f.m) as i, f.b.over(found.size) as j:
        inside = f.scalar("where", b.icmp_signed("==", i, j), one, zero)
        low[i, j] = f.scalar("where", b.icmp_signed(">", i, j), found.a[i, j], inside)
    with f.b.over(found.size) as i, f.b.over(f.n) as j:
        up[i, j] = f.scalar("where", b.icmp_signed("<=", i, j), found.a[i, j], zero)


# -- QR --------------------------------------------------------------------------------------------


def qr(f: Frame) -> None:
    """geqrf leaves R in the upper triangle; orgqr multiplies the reflectors out."""
    m, n, k = f.m, f.n, min(f.m, f.n)
    q, r = f.result(0), f.result(1)
    a = Buffer(f, f.scratch["a"], f.dtype, m, n, True)
    tau, work = f.scratch["tau"], f.scratch["work"]
    room = f.room("work")
    f.transposed(f.operand(0), a)
    check(f, f.call("geqrf", m, n, a.base, m, tau, work, room))
    with f.b.over(r.rows) as i, f.b.over(n) as j:
        r[i, j] = f.const(0.0)
    with f.b.over(k) as i, f.b.over(n, i) as j:
        r[i, j] = a[i, j]
    made = "ungqr" if f.dtype.is_complex else "orgqr"
    check(f, f.call(made, m, q.columns, k, a.base, m, tau, work, room))
    f.transposed(Buffer(f, a.base, f.dtype, m, q.columns, True), q)


def check(f: Frame, info: Value) -> None:
    f.fail_if(f.b.icmp_signed("!=", info, I32(0)))


# -- Eigenvalues and singular values ---------------------------------------------------------------


def eigh(f: Frame) -> None:
    a = spectrum(f, "V", f.results[0])
    f.transposed(a, f.result(1))


def eigvalsh(f: Frame) -> None:
    spectrum(f, "N", f.results[0])


def spectrum(f: Frame, job: str, values: Value) -> Buffer:
    """By divide and conquer, of the lower triangle; the vectors by columns."""
    n, complex_ = f.n, f.dtype.is_complex
    a = f.by_columns("a", n, n)
    f.transposed(f.operand(0), a)
    pieces = ("work", *(("reals",) if complex_ else ()), "integers")
    rest = [v for name in pieces for v in (f.scratch[name], f.room(name))]
    routine = "heevd" if complex_ else "syevd"
    check(f, f.call(routine, job, "L", n, a.base, n, values, *rest))
    return a


def svd(f: Frame) -> None:
    left, right = f.result(0), f.result(2)
    u = f.by_columns("u", f.m, left.columns)
    vh = f.by_columns("vh", right.rows, f.n)
    decompose(f, "A" if f.attrs["full_matrices"] else "S", f.results[1], u, vh)
    f.transposed(u, left)
    f.transposed(vh, right)


def svdvals(f: Frame) -> None:
    nothing = f.by_columns("a", 1, 1)
    decompose(f, "N", f.results[0], nothing, nothing)


def decompose(f: Frame, job: str, values: Value, u: Buffer, vh: Buffer) -> None:
    """By divide and conquer."""
    a = f.by_columns("a", f.m, f.n)
    f.transposed(f.operand(0), a)
    reals = (f.scratch["reals"],) if f.dtype.is_complex else ()
    vectors = (u.base, u.rows, vh.base, vh.rows)
    work = (f.scratch["work"], f.room("work"), *reals, f.scratch["integers"])
    check(f, f.call("gesdd", job, f.m, f.n, a.base, f.m, values, *vectors, *work))


LAPACK: dict[str, Callable[[Frame], None]] = {
    "cholesky": cholesky,
    "solve_triangular": solve_triangular,
    "solve": solve,
    "inv": inv,
    "reciprocal_matrix": inv,
    "adjugate": adjugate,
    "det": det,
    "slogdet": slogdet,
    "lu": lu,
    "qr": qr,
    "eigh": eigh,
    "eigvalsh": eigvalsh,
    "svd": svd,
    "svdvals": svdvals,
}
