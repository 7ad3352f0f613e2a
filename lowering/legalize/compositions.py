"""Ops that are composed of others. `legalize` traces the composition in their place, with the
attributes of the op.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from polyad.api.loops import while_loop
from polyad.ops import elementwise as e
from polyad.ops import manipulation as m
from polyad.ops import reduction as reductions
from polyad.ops.gauge import spread, zeros
from polyad.ops.linalg import adjoint, identity, matmul, solve
from polyad.ops.spectral import eigh, largest, spread_sum, svd


def pinv(a: Any, rtol: Any) -> Any:
    """V S⁺ Uᴴ; singular values up to `rtol` times the largest count as 0."""
    if 0 in a.shape:
        return m.reshape(a, shape=(*a.shape[:-2], a.shape[-1], a.shape[-2]))
    u, s, vh = svd.results(a, full_matrices=False)
    cut = rtol * largest(s)
    counts = e.greater(s, m.reshape(cut, shape=(*cut.shape, 1)))
    inverse = e.where(counts, 1.0 / e.where(counts, s, 1.0), 0.0)
    return matmul(adjoint(vh) * row(inverse, a), adjoint(u))


def row(x: Any, like: Any) -> Any:
    """A stack of vectors as rows, in the dtype of `like`."""
    return e.astype(m.reshape(x, shape=(*x.shape[:-1], 1, x.shape[-1])), dtype=like.dtype)


# -- Functions of matrices -------------------------------------------------------------------------


def matrix_function(a: Any, *, function: str, hermitian: bool) -> Any:
    """The exponential, of a Hermitian matrix V exp(w) Vᴴ; log and sqrt are left to NumPy's backend,
    which checks that they exist.
    """
    if function != "exp" or 0 in a.shape:
        return None
    if not hermitian:
        return exponential(a)
    w, v = eigh.results(a)
    return matmul(v * row(e.exp(w), a), adjoint(v))


# The coefficients of Padé's approximant of degree 13, and how large a matrix may be for it (Higham,
# The scaling and squaring method for the matrix exponential revisited, 2005).
PADE = (
    *(64764752532480000.0, 32382376266240000.0, 7771770303897600.0, 1187353796428800.0),
    *(129060195264000.0, 10559470521600.0, 670442572800.0, 33522128640.0, 1323241920.0),
    *(40840800.0, 960960.0, 16380.0, 182.0, 1.0),
)
PADE_SIZE = 5.371920351148152


def exponential(a: Any) -> Any:
    """By scaling and squaring: the number of squarings is that of each matrix of a stack."""
    rank = a.ndim
    size = reductions.max(m.sum(e.abs(a), axes=(rank - 2,)), axes=(rank - 2,))
    halvings = e.maximum(e.ceil(e.log2(size * (1 / PADE_SIZE))), 0.0)
    halvings = e.where(e.less(halvings, 2000.0), halvings, 0.0)  # infinities and NaN
    scale = as_matrix(e.astype(e.pow(2.0, -halvings), dtype=a.dtype))
    count, start = as_matrix(halvings), pade(a * scale)

    def left(carry: Any) -> Any:
        done, _ = carry
        return reductions.any(e.less(done, count), axes=tuple(range(rank)))

    def square(carry: Any) -> Any:
        done, x = carry
        return done + 1.0, e.where(e.less(done, count), matmul(x, x), x)

    return while_loop(left, square, (count * 0.0, start))[1]


def as_matrix(x: Any) -> Any:
    """A number for each matrix of a stack as a matrix of one element."""
    return m.reshape(x, shape=(*x.shape, 1, 1))


def pade(a: Any) -> Any:
    """exp of matrices of a size up to `PADE_SIZE`: (V - U)⁻¹ (V + U), with the odd part U."""
    one, a2 = e.astype(identity(a), dtype=a.dtype), matmul(a, a)
    a4 = matmul(a2, a2)
    a6 = matmul(a4, a2)
    powers = (one, a2, a4, a6)
    even, odd = (
        sum_of(PADE[k : k + 8 : 2], powers) + matmul(a6, sum_of(PADE[k + 8 :: 2], powers[1:]))
        for k in (0, 1)
    )
    odd = matmul(a, odd)
    return solve(even - odd, even + odd)


def sum_of(coefficients: Any, powers: Any) -> Any:
    total = powers[0] * coefficients[0]
    for c, power in zip(coefficients[1:], powers[1:], strict=True):
        total = total + power * c
    return total


def matrix_function_tangent(a: Any, h: Any, *, function: str, hermitian: bool) -> Any:
    """For a Hermitian matrix V (D ∘ Vᴴ H V) Vᴴ, D the divided differences
    e^((a+b)/2) sinh(d) / d, d = (a - b) / 2; for another the upper right block of
    exp([[A, H], [0, A]]), H brought to the size of A.
    """
    if function != "exp" or 0 in a.shape:
        return None
    if not hermitian:
        return exponential_tangent(a, h)
    w, v = eigh.results(a)
    d = spread(w, w) * 0.5
    flat = e.equal(d, 0)
    mean = spread_sum(w) * 0.5
    growth = e.where(flat, 1.0, e.sinh(d) / e.where(flat, 1.0, d))
    inner = matmul(matmul(adjoint(v), h), v) * e.astype(e.exp(mean) * growth, dtype=a.dtype)
    return matmul(matmul(v, inner), adjoint(v))


def exponential_tangent(a: Any, h: Any) -> Any:
    n, rank = a.shape[-1], a.ndim
    sizes = [reductions.max(e.abs(x), axes=(rank - 2, rank - 1)) for x in (a, h)]
    top, side = (e.where(e.greater(size, 0.0), size, 1.0) for size in sizes)
    ratio = e.astype(as_matrix(top / side), dtype=a.dtype)
    above = m.concat(a, h * ratio, axis=rank - 1)
    below = m.concat(zeros(a, n, n), a, axis=rank - 1)
    both = exponential(m.concat(above, below, axis=rank - 2))
    return m.slice_axis(m.slice_axis(both, rank - 2, 0, n), rank - 1, n, 2 * n) / ratio


# None where the op has other attributes than these give an answer for.
COMPOSITIONS: dict[str, Callable[..., Any]] = {
    "pinv": pinv,
    "matrix_function": matrix_function,
    "matrix_function_tangent": matrix_function_tangent,
}
