"""The ops that are a routine of machine code, item by item, and the scratch memory of each.

An item is the part of an array along its last axes: a matrix, a line to sort, an element. If a
routine finds no answer (a singular matrix, an iteration that does not converge), the NumPy backend
does the op: it raises the error, or knows another way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, NamedTuple

from polyad.ir import ArrayType, Definition, DType

from ..costs import item_axes
from ..dialects.memory import MemRef

ALIGNMENT = 64
BLOCK = 64  # columns that LAPACK's blocked algorithms take at once, at most

Layout = dict[str, int]  # the pieces of the scratch memory, in bytes
Types = Sequence[ArrayType]


class Shape(NamedTuple):
    """The matrices of an op: m by n, of a `dtype`."""

    m: int
    n: int
    dtype: DType

    @property
    def item(self) -> int:
        return self.dtype.itemsize

    @property
    def real(self) -> int:
        return self.dtype.real.itemsize


def matrix(type: ArrayType | MemRef) -> Shape:
    m, n = type.shape[-2:]
    return Shape(m, n, type.dtype)


def none(types: Types, attrs: dict[str, Any]) -> Layout:
    return {}


def factors(types: Types, attrs: dict[str, Any]) -> Layout:
    """A copy by columns, and the exchanged rows."""
    m, n, _ = a = matrix(types[0])
    return {"a": m * n * a.item, "pivots": 4 * min(m, n)}


def system(types: Types, attrs: dict[str, Any]) -> Layout:
    """The factors, and the right-hand sides by columns."""
    columns = matrix(types[-1])
    return {**factors(types, attrs), "b": columns.m * columns.n * columns.item}


def orthogonal(types: Types, attrs: dict[str, Any]) -> Layout:
    m, n, _ = a = matrix(types[0])
    columns = max(m, n) if attrs["complete"] else n
    return {
        "a": m * columns * a.item,
        "tau": min(m, n) * a.item,
        "work": BLOCK * max(m, n) * a.item,
    }


def spectrum(types: Types, attrs: dict[str, Any]) -> Layout:
    """Work space as LAPACK's page of ?syevd and ?heevd says, and a block beside."""
    _, n, dtype = a = matrix(types[0])
    real = 1 + 6 * n + 2 * n * n
    pieces = {"a": n * n * a.item, "integers": 4 * (3 + 5 * n)}
    if dtype.is_complex:
        return {**pieces, "work": (2 * n + n * n + BLOCK * n) * a.item, "reals": real * a.real}
    return {**pieces, "work": (real + BLOCK * n) * a.item}


def singular(vectors: bool) -> Callable[[Types, dict[str, Any]], Layout]:
    """Work space as LAPACK's page of ?gesdd says, and a block beside."""

    def layout(types: Types, attrs: dict[str, Any]) -> Layout:
        m, n, dtype = a = matrix(types[0])
        k, long = min(m, n), max(m, n)
        pieces = {"a": m * n * a.item, "integers": 4 * 8 * k}
        if vectors:
            rows, columns = (m, n) if attrs["full_matrices"] else (k, k)
            pieces |= {"u": m * rows * a.item, "vh": columns * n * a.item}
        more = long + BLOCK * (m + n)
        if dtype.is_complex:
            reals = max(5 * k * k + 5 * k, 2 * long * k + 2 * k * k + k) if vectors else 7 * k
            work = (2 * k * k if vectors else 0) + 3 * k + more
            return {**pieces, "work": work * a.item, "reals": reals * a.real}
        work = 4 * k * k + 7 * k if vectors else 10 * k
        return {**pieces, "work": (work + more) * a.item}

    return layout


def of_rank(types: Types, attrs: dict[str, Any]) -> Layout:
    """Room for the singular values of a basis, and the scratch memory of `svdvals`."""
    n, real = matrix(types[0]).n, matrix(types[0]).real
    return {**singular(False)(types, attrs), "values": n * real}


def general(vectors: bool) -> Callable[[Types, dict[str, Any]], Layout]:
    """In double precision: the values, or their real and imaginary parts; work space as LAPACK's
    page of ?geev says, and a block beside.
    """

    def layout(types: Types, attrs: dict[str, Any]) -> Layout:
        _, n, dtype = matrix(types[0])
        item = 16 if dtype.is_complex else 8
        pieces = {"a": n * n * item, "values": 16 * n, "work": (4 + BLOCK) * n * item}
        if vectors:
            pieces["vectors"] = n * n * item
        return {**pieces, "reals": 16 * n} if dtype.is_complex else pieces

    return layout


SHORT = 128  # elements of a line that is sorted by counting, at most
ROW = 128  # bytes of the elements that are counted for at once, at most
DIGIT = 8  # bits of a digit, by which a longer line is sorted in one step


def lanes_of(size: int, dtype: DType) -> int:
    """The elements of a short line that are counted for at once: a power of two."""
    lanes = ROW // dtype.itemsize
    while lanes >= 2 * max(size, 1):
        lanes //= 2
    return lanes


def of_short(x: ArrayType) -> Layout:
    """The keys of a short line, and their places, in whole vectors."""
    size = x.shape[-1]
    lanes = lanes_of(size, x.dtype)
    return dict.fromkeys(("keys", "counted"), -(-size // lanes) * lanes * x.dtype.itemsize)


def sorting(types: Types, attrs: dict[str, Any]) -> Layout:
    """The pieces of a short line. Of a longer one: room for the moved elements, and the number of
    elements with each digit.
    """
    (x,) = types
    size = x.shape[-1]
    if size <= SHORT:
        return of_short(x)
    return {"other": size * x.dtype.itemsize, "counts": counts(x)}


def ordering(types: Types, attrs: dict[str, Any]) -> Layout:
    """The scratch memory of `sorting`, for keys and positions."""
    (x,) = types
    size = x.shape[-1]
    if size <= SHORT:
        return of_short(x)
    pieces = dict.fromkeys(("keys", "other"), size * x.dtype.itemsize)
    return {**pieces, "places": size * 8, "counts": counts(x)}


def counts(x: ArrayType) -> int:
    return 8 * (x.dtype.itemsize * 8 // DIGIT) * 2**DIGIT


ROUTINES: dict[str, Callable[[Types, dict[str, Any]], Layout]] = {
    "cholesky": none,
    "solve_triangular": none,
    "solve": system,
    "inv": system,
    "reciprocal_matrix": system,
    "adjugate": system,
    "det": factors,
    "slogdet": factors,
    "lu": factors,
    "qr": orthogonal,
    "eigh": spectrum,
    "eigvalsh": spectrum,
    "svd": singular(True),
    "svdvals": singular(False),
    "eig": general(True),
    "eigvals": general(False),
    "basis": of_rank,
    **dict.fromkeys(("rotation", "rotation_back", "determined", "quotient", "gauge"), none),
    "sort": sorting,
    "argsort": ordering,
    "pow": none,
}


# LAPACK takes no empty matrices; these ops do small ones by loops.
BY_LOOPS_IF_EMPTY = frozenset(
    {"cholesky", "inv", "reciprocal_matrix", "adjugate", "det", "slogdet"}
)


def layout(definition: Definition, types: Types, attrs: dict[str, Any]) -> Layout | None:
    """The scratch memory of the routine for an op; None where there is no routine."""
    name = definition.name
    if name not in ROUTINES or not takes(name, types):
        return None
    return ROUTINES[name](types, attrs)


def takes(name: str, types: Types) -> bool:
    """Whether the routine takes operands of these types."""
    if name == "pow":
        return types[0].dtype.family == "int"
    empty = any(0 in t.shape[-2:] for t in types)
    return item_axes(name) < 2 or not empty or name in BY_LOOPS_IF_EMPTY


def offsets(pieces: Layout) -> tuple[dict[str, int], int]:
    """The offset of each piece, and the bytes of all."""
    found, at = {}, 0
    for name, size in pieces.items():
        found[name] = at
        at += -(-size // ALIGNMENT) * ALIGNMENT
    return found, at


def batch(type: ArrayType | MemRef, rank: int) -> int:
    """The number of items in an array; an item has `rank` axes."""
    return prod(type.shape[: len(type.shape) - rank])
