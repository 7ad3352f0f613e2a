"""Linear maps through which the tangents of eigenvectors pass, and where they stop if the vectors
are not determined.

The vectors V of a decomposition move by dV = V C, and C comes from tangents of the matrix divided
by differences of its values. Where two values are equal to rounding, the vectors are determined up
to a unitary change among themselves (a *gauge*), and C has no value there. A function that does not
depend on the gauge has a derivative all the same: its cotangent is orthogonal to every change of
gauge, which is checked as the cotangent comes back; then 0 is right for C, and otherwise there is a
`DegeneracyError`. In forward mode nothing is known of the function, so a tangent that would have
to be divided by 0 is an error.

Zero is wrong for a function of repeated values and their vectors together: of V f(w) Vᴴ, the part
f′(w) Vᴴ dA V within the repeated value is lost, though the gauge is kept. Such a cotangent, one of
both, is an error too; matrix functions have their own op (`matrix_functions`). One case is not
seen: where f is 0 at every repeated value and nothing else reaches the vectors, as in V (w - 2) Vᴴ
at 2·1, their cotangent is 0, and so looks like that of a function of the values alone.
"""

from __future__ import annotations

from collections.abc import Hashable

from ..errors import ShapeError
from ..ir import ArrayType
from . import elementwise as e
from . import manipulation as m
from .definition import OpDefinition
from .linalg import adjoint, check_square, identity, stacked
from .literals import literal
from .types import Dual, Operand, Operands, Tangents

# -- rotation: of Hermitian tangents ---------------------------------------------------------------


def rotation_type(k: ArrayType, w: ArrayType, **attributes: Hashable) -> ArrayType:
    """Re kᵢᵢ, and hᵢⱼ / (wⱼ - wᵢ) beside the diagonal, h the Hermitian part of `k`.

    What cannot be divided is infinite if `marked`, for `determined` to find, and else an error.
    `singular`: w are singular values, and a derivative by one that is 0 is not mixed with those of
    vectors.
    """
    check_square(k)
    if w.shape != k.shape[:-1] or w.dtype is not k.dtype.real:
        raise ShapeError(f"takes real values of shape {k.shape[:-1]}, not {w}")
    return k


def spread(w: Operand, like: Operand) -> Operand:
    """wⱼ - wᵢ, in the dtype of `like`."""
    *lead, n = w.shape
    row, column = (m.reshape(w, shape=(*lead, *s)) for s in ((1, n), (n, 1)))
    return e.astype(e.subtract(row, column), dtype=like.dtype)


def _rotation_jvp(
    definition: OpDefinition, primals: Operands, tangents: Tangents, attributes: dict[str, Hashable]
) -> Dual:
    """d(1 / (wⱼ - wᵢ)) = -(dwⱼ - dwᵢ) / (wⱼ - wᵢ)²: the same map once more, with a minus."""
    (k, w), (dk, dw) = primals, tangents
    out = definition(k, w, **attributes)
    dout = None if dk is None else definition(dk, w, **attributes)
    if dw is not None:
        term = definition(out * spread(dw, out), w, **attributes)
        dout = -term if dout is None else dout - term
    return out, dout


def rotation_jvp(primals: Operands, tangents: Tangents, **attributes: Hashable) -> Dual:
    return _rotation_jvp(rotation, primals, tangents, attributes)


def rotation_transpose(
    ct: Operand, k: Operand, w: Operand, *, singular: bool, marked: bool
) -> Operand:
    return rotation_back(ct, w, singular=singular)


rotation = stacked(
    "rotation",
    rotation_type,
    linear=((0,),),
    transposes=(rotation_transpose, None),
    jvp=rotation_jvp,
)


def rotation_back_jvp(primals: Operands, tangents: Tangents, **attributes: Hashable) -> Dual:
    return _rotation_jvp(rotation_back, primals, tangents, attributes)


def rotation_back_transpose(ct: Operand, k: Operand, w: Operand, *, singular: bool) -> Operand:
    return rotation(ct, w, singular=singular, marked=False)


rotation_back = stacked(
    "rotation_back",
    rotation_type,
    linear=((0,),),
    transposes=(rotation_back_transpose, None),
    jvp=rotation_back_jvp,
)
"""The transpose of `rotation`: the same with the anti-Hermitian part. It checks the gauge."""


# -- determined: beside the diagonal ---------------------------------------------------------------


def off_diagonal(x: Operand) -> Operand:
    """`x` with zeros on the diagonal."""
    return e.where(e.not_equal(identity(x), 0), 0.0, x)


def determined_transpose(ct: Operand, k: Operand, w: Operand) -> Operand:
    return off_diagonal(ct)


determined = stacked(
    "determined",
    rotation_type,
    linear=((0,),),
    transposes=(determined_transpose, None),
)
"""The elements of a `rotation` beside its diagonal; a `DegeneracyError` if one has no value."""


# -- quotient: of any tangents ---------------------------------------------------------------------


def quotient_type(
    x: ArrayType, divisor: ArrayType, scale: ArrayType, *, columns: bool
) -> ArrayType:
    """`x` / `divisor`; a divisor of 0, compared with `scale` (one for each matrix), takes an `x`
    of 0 only.

    `columns`: the columns of such divisors must be 0 as a whole.
    """
    if divisor is not x or scale.shape != x.shape[:-2] or scale.dtype is not x.dtype.real:
        raise ShapeError(f"a quotient of {x} and {divisor} at scale {scale} does not fit")
    return x


def quotient_jvp(primals: Operands, tangents: Tangents, *, columns: bool) -> Dual:
    """d(x / y) = (dx - (x / y) dy) / y."""
    (x, y, scale), (dx, dy, _) = primals, tangents
    out = quotient(x, y, scale, columns=columns)
    top = dx if dy is None else -out * dy if dx is None else dx - out * dy
    if top is None:
        return out, None
    return out, quotient(top, y, scale, columns=columns)


def quotient_transpose(
    ct: Operand, x: Operand, divisor: Operand, scale: Operand, *, columns: bool
) -> Operand:
    return quotient(ct, divisor, scale, columns=columns)


quotient = stacked(
    "quotient",
    quotient_type,
    linear=((0,),),
    transposes=(quotient_transpose, None, None),
    jvp=quotient_jvp,
)


# -- gauge: what stays free ------------------------------------------------------------------------


def gauge_type(x: ArrayType, *, start: int, phases: bool, checked: bool) -> ArrayType:
    """`x`, with zeros in the block that begins at (start, start): the rotations among completing
    vectors, which are free. With `phases`, so are the imaginary parts of the diagonal before it.

    `checked`: what the zeros take the place of must be such that it depends on no gauge.
    """
    check_square(x)
    return x


def gauge_transpose(ct: Operand, x: Operand, *, start: int, phases: bool, checked: bool) -> Operand:
    return gauge(ct, start=start, phases=phases, checked=True)


gauge = stacked("gauge", gauge_type, linear=((0,),), transposes=(gauge_transpose,))


def free(x: Operand, *, start: int | None = None, phases: bool = False) -> Operand:
    """The matrix C of dV = V C for vectors V of which those from `start` on are free but for what
    they span, and the others free in their phases, if they are complex.
    """
    n = x.shape[-1]
    start = n if start is None else start
    phases = phases and x.dtype.is_complex
    return gauge(x, start=start, phases=phases, checked=False) if phases or start < n else x


def completed(c: Operand, below: Operand) -> Operand:
    """The anti-Hermitian matrix of blocks C, `below` under it, and the free block."""
    n = c.ndim
    k, extra = c.shape[-1], below.shape[-2]
    top = m.concat(c, -adjoint(below), axis=n - 1)
    bottom = m.concat(below, zeros(c, extra, extra), axis=n - 1)
    return free(m.concat(top, bottom, axis=n - 2), start=k)


def zeros(x: Operand, *shape: int) -> Operand:
    """Zeros of the stack's leading shape and dtype."""
    return literal(x.builder, 0, x.dtype, (*x.shape[:-2], *shape))
