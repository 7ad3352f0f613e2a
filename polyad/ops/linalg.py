"""Contractions, and the solution of linear systems."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Unpack

from ..errors import PolyadTypeError, ShapeError
from ..ir import ArrayType
from ..ir.types import int64
from . import elementwise as e
from . import manipulation as m
from . import sparsity
from .creation import iota
from .definition import OpDefinition, Traits, op
from .literals import literal
from .types import Axes, Batched, Dual, Operand, Operands, Tangents, TypeRule

Pair = tuple[Axes, Axes]
StackedBatch = Callable[[OpDefinition, Operands, Batched, dict[str, Hashable]], Operand]


# -- dot_general -----------------------------------------------------------------------------------


def dot_general_type(x: ArrayType, y: ArrayType, *, contracting: Pair, batch: Pair) -> ArrayType:
    """Sum of products over `contracting` axes, for each index of the `batch` axes (StableHLO's
    dot_general).

    The result's axes: batch, free axes of x, free axes of y.
    """
    if x.dtype is not y.dtype or x.dtype.family == "bool":
        raise PolyadTypeError(f"operands must have one numeric dtype, not {x}, {y}")
    for (i, j), what in [(p, "contracted") for p in zip(*contracting, strict=True)] + [
        (p, "batch") for p in zip(*batch, strict=True)
    ]:
        if x.shape[i] != y.shape[j]:
            raise ShapeError(
                f"{what} axes must have equal sizes: axis {i} of {x} has {x.shape[i]}, "
                f"axis {j} of {y} has {y.shape[j]}"
            )
    shape = [x.shape[i] for i in batch[0]]
    shape += [x.shape[i] for i in free_axes(x.ndim, contracting[0], batch[0])]
    shape += [y.shape[i] for i in free_axes(y.ndim, contracting[1], batch[1])]
    return x.with_shape(tuple(shape))


def free_axes(ndim: int, contracting: Axes, batch: Axes) -> Axes:
    """The axes neither contracted nor batch."""
    return tuple(i for i in range(ndim) if i not in contracting and i not in batch)


def dot_general_transpose_left(
    ct: Operand, x: Operand, y: Operand, *, contracting: Pair, batch: Pair
) -> Operand:
    """ct has axes (batch, free x, free y): contract free y, then put the axes of x back in their
    places.
    """
    n_batch, y_free = len(batch[1]), free_axes(y.ndim, contracting[1], batch[1])
    x_free = free_axes(x.ndim, contracting[0], batch[0])
    ct_free_y = tuple(range(ct.ndim - len(y_free), ct.ndim))
    product = dot_general(
        ct, y, contracting=(ct_free_y, y_free), batch=(tuple(range(n_batch)), batch[1])
    )
    by_y = [contracting[0][contracting[1].index(j)] for j in sorted(contracting[1])]
    return m.permute_dims(product, axes=m.inverse_permutation((*batch[0], *x_free, *by_y)))


def dot_general_transpose_right(
    ct: Operand, x: Operand, y: Operand, *, contracting: Pair, batch: Pair
) -> Operand:
    """The parts of the product with its operands exchanged."""
    n_batch, x_free = len(batch[0]), free_axes(x.ndim, contracting[0], batch[0])
    y_free = free_axes(y.ndim, contracting[1], batch[1])
    ct_free_x = tuple(range(n_batch, n_batch + len(x_free)))
    product = dot_general(
        ct, x, contracting=(ct_free_x, x_free), batch=(tuple(range(n_batch)), batch[0])
    )
    by_x = [contracting[1][contracting[0].index(i)] for i in sorted(contracting[0])]
    return m.permute_dims(product, axes=m.inverse_permutation((*batch[1], *y_free, *by_x)))


def dot_general_batch(
    operands: Operands, batched: Batched, *, contracting: Pair, batch: Pair
) -> Operand:
    """Batched on both sides: one more batch axis. On one: one more free axis, moved to the
    front.
    """
    x, y = operands
    shifted = tuple(
        tuple(
            tuple(i + 1 for i in side) if b else side for side, b in zip(pair, batched, strict=True)
        )
        for pair in (contracting, batch)
    )
    if all(batched):
        both = ((0, *shifted[1][0]), (0, *shifted[1][1]))
        return dot_general(x, y, contracting=shifted[0], batch=both)
    product = dot_general(x, y, contracting=shifted[0], batch=shifted[1])
    at = len(batch[0])
    if batched[1]:
        at += x.ndim - len(contracting[0]) - len(batch[0])
    return m.move_axis(product, at, 0)


dot_general = op(
    "dot_general",
    dot_general_type,
    linear=((0,), (1,)),
    transposes=(dot_general_transpose_left, dot_general_transpose_right),
    batch=dot_general_batch,
    sparsity=sparsity.products,
)


def matmul(x: Operand, y: Operand) -> Operand:
    """The product of stacks of matrices of equal leading axes."""
    lead = tuple(range(x.ndim - 2))
    return dot_general(x, y, contracting=((x.ndim - 1,), (y.ndim - 2,)), batch=(lead, lead))


def adjoint(x: Operand) -> Operand:
    """The conjugate transpose of a stack of matrices."""
    swapped = transpose(x)
    return e.conj(swapped) if x.dtype.is_complex else swapped


def transpose(x: Operand) -> Operand:
    """The transpose of a stack of matrices."""
    n = x.ndim
    return m.permute_dims(x, axes=(*range(n - 2), n - 1, n - 2))


def hermitian_part(x: Operand) -> Operand:
    """Half the sum of a stack of matrices and its conjugate transpose."""
    return (x + adjoint(x)) * 0.5


def diagonal(x: Operand) -> Operand:
    """The diagonals of a stack of square matrices."""
    *lead, n, _ = x.shape
    flat = m.reshape(x, shape=(*lead, n * n))
    return m.slice_axis(flat, len(lead), 0, n * n, n + 1)


def diagonal_matrix(x: Operand) -> Operand:
    """A stack of vectors as diagonal matrices."""
    *lead, n = x.shape
    none = (0,) * x.ndim
    flat = m.pad(x, low=none, high=none, interior=(*none[:-1], n))
    return m.reshape(flat, shape=(*lead, n, n))


def identity(x: Operand) -> Operand:
    """The identity matrix for each matrix of the stack `x`."""
    ones = literal(x.builder, 1, x.dtype, x.shape[:-1])
    return diagonal_matrix(ones)


def part(x: Operand, rows: int, columns: int) -> Operand:
    """The leading block of each matrix."""
    n = x.ndim
    return m.slice_axis(m.slice_axis(x, n - 2, 0, rows), n - 1, 0, columns)


def lower_part(x: Operand, k: int = 0) -> Operand:
    """`x` with zeros above the k-th diagonal."""
    return e.where(below(x, k), x, 0.0)


def upper_part(x: Operand, k: int = 0) -> Operand:
    """`x` with zeros below the k-th diagonal."""
    return e.where(below(x, k - 1), 0.0, x)


def below(x: Operand, k: int) -> Operand:
    """Whether an element lies on or below the k-th diagonal, for a matrix as in the stack `x`."""
    rows, columns = x.shape[-2:]
    i = m.reshape(iota(size=rows, dtype=int64), shape=(rows, 1))
    return e.greater_equal(i + k, iota(size=columns, dtype=int64))


# -- solve, inv ------------------------------------------------------------------------------------


def check_square(a: ArrayType) -> None:
    if a.ndim < 2 or a.shape[-1] != a.shape[-2] or not a.dtype.is_inexact:
        raise ShapeError(f"takes floating stacks of square matrices, not {a}")


def batch_all(
    definition: OpDefinition, operands: Operands, batched: Batched, attributes: dict[str, Hashable]
) -> Operand:
    """The op on stacks: the batch is one more leading axis of every operand."""
    size = next(v.shape[0] for v, b in zip(operands, batched, strict=True) if b)
    full = [
        v if b else m.broadcast_to(v, shape=(size, *v.shape))
        for v, b in zip(operands, batched, strict=True)
    ]
    return definition(*full, **attributes)


def stacked(
    name: str, type_rule: TypeRule, batch: StackedBatch = batch_all, **rules: Unpack[Traits]
) -> OpDefinition:
    """Define an op on stacks of matrices, which may find that it has no answer (`LinAlgError`)."""

    def batch_rule(operands: Operands, batched: Batched, **attributes: Hashable) -> Operand:
        return batch(made, operands, batched, attributes)

    rules.setdefault("sparsity", sparsity.stacked)
    made = OpDefinition(name, type_rule, fallible=True, batch=batch_rule, **rules)
    return made


def batch_columns(
    definition: OpDefinition, operands: Operands, batched: Batched, attributes: dict[str, Hashable]
) -> Operand:
    """A batch of systems: where only right-hand sides carry the batch, they are columns side by
    side, and the matrix is factorised once.
    """
    a, b = operands
    if batched[0]:
        return batch_all(definition, operands, batched, attributes)
    size, *lead, rows, columns = b.shape
    side = m.move_axis(b, 0, b.ndim - 2)
    flat = m.reshape(side, shape=(*lead, rows, size * columns))
    found = m.reshape(definition(a, flat, **attributes), shape=side.shape)
    return m.move_axis(found, b.ndim - 2, 0)


def solve_type(a: ArrayType, b: ArrayType, **attributes: Hashable) -> ArrayType:
    """x such that a x = b, for stacks of square matrices a and of matrices b."""
    check_square(a)
    if b.dtype is not a.dtype or b.ndim != a.ndim or b.shape[:-1] != a.shape[:-1]:
        raise ShapeError(
            f"the right-hand side must be {a.shape[:-1]} by any number of columns, not {b}"
        )
    return b


def solve_jvp(primals: Operands, tangents: Tangents) -> Dual:
    """a x = b gives dx = a⁻¹ (db - da x)."""
    (a, b), (da, db) = primals, tangents
    x = solve(a, b)
    right = db if da is None else -matmul(da, x) if db is None else db - matmul(da, x)
    assert right is not None  # one of the tangents is not zero
    return x, solve(a, right)


def solve_transpose(ct: Operand, a: Operand, b: Operand) -> Operand:
    return solve(transpose(a), ct)


solve = stacked(
    "solve",
    solve_type,
    linear=((1,),),
    transposes=(None, solve_transpose),
    jvp=solve_jvp,
    batch=batch_columns,
)


def square_type(a: ArrayType) -> ArrayType:
    """The inverse of a stack of square matrices."""
    check_square(a)
    return a


def inv_jvp(primals: Operands, tangents: Operands) -> Dual:
    """a y = 1 gives dy = -y da y (Giles 2008, 2.2.3)."""
    (a,), (da,) = primals, tangents
    y = inv(a)
    return y, -matmul(matmul(y, da), y)


inv = stacked("inv", square_type, jvp=inv_jvp)


# -- solve_triangular ------------------------------------------------------------------------------


def solve_triangular_jvp(primals: Operands, tangents: Tangents, *, lower: bool) -> Dual:
    """As `solve`'s; of da, only the triangle that is read."""
    (a, b), (da, db) = primals, tangents
    x = solve_triangular(a, b, lower=lower)
    right = db
    if da is not None:
        read = lower_part(da) if lower else upper_part(da)
        right = -matmul(read, x) if db is None else db - matmul(read, x)
    assert right is not None  # one of the tangents is not zero
    return x, solve_triangular(a, right, lower=lower)


def solve_triangular_transpose(ct: Operand, a: Operand, b: Operand, *, lower: bool) -> Operand:
    return solve_triangular(transpose(a), ct, lower=not lower)


solve_triangular = stacked(
    "solve_triangular",
    solve_type,
    linear=((1,),),
    transposes=(None, solve_triangular_transpose),
    jvp=solve_triangular_jvp,
    batch=batch_columns,
)


# -- cholesky --------------------------------------------------------------------------------------


def cholesky_type(a: ArrayType) -> ArrayType:
    """The lower triangular L with L Lᴴ = a, of a stack of Hermitian positive-definite matrices."""
    check_square(a)
    return a


def cholesky_jvp(primals: Operands, tangents: Operands) -> Dual:
    """dL = L Φ(L⁻¹ dA L⁻ᴴ), Φ the lower triangle with half the diagonal, dA symmetrized (Murray
    2016, eq. 9).
    """
    (a,), (da,) = primals, tangents
    low = cholesky(a)
    left = solve_triangular(low, hermitian_part(da), lower=True)
    inner = adjoint(solve_triangular(low, adjoint(left), lower=True))
    return low, matmul(low, (lower_part(inner) + lower_part(inner, -1)) * 0.5)


cholesky = stacked("cholesky", cholesky_type, jvp=cholesky_jvp)
