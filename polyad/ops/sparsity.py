"""The dependence of an op's results on its operands, element by element: the patterns of sparse
derivatives are found from it.

A rule gives, for each result and each operand, a `Link`. Elements are numbered in C order. An
element of a result may lack a link only if its derivative is zero for all values of the operands; a
rule that cannot tell gives more links than there may be, and says so (`Links.exact`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..ir import ArrayType
from .types import Axes

Numbers: TypeAlias = NDArray[np.integer[Any]]
Array: TypeAlias = NDArray[Any]


class Same:
    """Element i of the result depends on element i of the operand."""


class From(NamedTuple):
    """Element i of the result depends on element `source[i]` of the operand; on none where that is
    -1.
    """

    source: Numbers


class Into(NamedTuple):
    """Element j of the operand is in element `target[j]` of the result; in none where that is
    -1.
    """

    target: Numbers


class Several(NamedTuple):
    """Element `results[k]` of the result depends on element `operands[k]` of the operand."""

    results: Numbers
    operands: Numbers


Link: TypeAlias = Same | From | Into | Several | None
SAME = Same()


class Links(NamedTuple):
    """`of[r][i]` is the link of result r with operand i; `exact` is False where there may be more
    links than dependences.
    """

    of: Sequence[Sequence[Link]]
    exact: bool = True


class Case(Protocol):
    """An op as a rule sees it: its types and attributes, and the values of the operands that no
    input to be differentiated is in.
    """

    @property
    def operands(self) -> Sequence[ArrayType]: ...
    @property
    def results(self) -> Sequence[ArrayType]: ...
    @property
    def attributes(self) -> Mapping[str, Any]: ...
    def value(self, index: int) -> Array | None:
        """The operand's value, by which the pattern is then determined; None if it is not known."""

    def nonzero(self, index: int) -> NDArray[np.bool_] | None:
        """The places where the operand's value is not zero; None if it is known nowhere to be."""

    def run(self, *operands: Array) -> Array:
        """The op on other operands, such as the numbers of elements."""


SparsityRule = Callable[[Case], Links]


# -- Element-wise ops ------------------------------------------------------------------------------


def elementwise(case: Case) -> Links:
    """Each element of each operand is in the element of the result that has its number."""
    return Links([[SAME] * len(case.operands)] * len(case.results))


def nowhere(case: Case) -> Links:
    """All partial derivatives are zero."""
    return Links([[None] * len(case.operands)] * len(case.results))


def zero_if_real(case: Case) -> Links:
    """All partial derivatives are zero, but for those of complex numbers."""
    return elementwise(case) if case.operands[0].dtype.is_complex else nowhere(case)


def factors(case: Case) -> Links:
    """A product: no dependence where the other factor is known to be zero."""
    links: list[Link] = []
    for other in (1, 0):
        nonzero = case.nonzero(other)
        links.append(SAME if nonzero is None else From(_kept(nonzero)))
    return Links([links])


def quotient(case: Case) -> Links:
    """A quotient: no dependence on the divisor where the dividend is known to be zero."""
    nonzero = case.nonzero(0)
    return Links([[SAME, SAME if nonzero is None else From(_kept(nonzero))]])


def guarded(case: Case) -> Links:
    """A gate and a value that is zero where the gate is known to be closed."""
    nonzero = case.nonzero(0)
    return Links([[None, SAME if nonzero is None else From(_kept(nonzero))]])


def choice(case: Case) -> Links:
    """`where`: of the alternatives, the one that a known condition selects."""
    condition = case.value(0)
    if condition is None:
        return Links([[None, SAME, SAME]])
    chosen = np.ravel(condition)
    return Links([[None, From(_kept(chosen)), From(_kept(~chosen))]])


def _kept(kept: Array) -> Numbers:
    flat = np.ravel(kept)
    return np.where(flat, numbers(flat.size), -1)


# -- Moves -----------------------------------------------------------------------------------------


def unmoved(case: Case) -> Links:
    """Each element keeps its number, as in `reshape`."""
    return Links([[SAME]])


def moved(case: Case) -> Links:
    """An op each of whose elements is one of an operand's, or zero: run on the elements'
    numbers, from 1 on.
    """
    sizes = [x.size for x in case.operands]
    ends = np.cumsum([0, *sizes])
    named = [
        (numbers(n) + (int(first) + 1)).reshape(x.shape)
        for n, first, x in zip(sizes, ends[:-1], case.operands, strict=True)
    ]
    found = np.ravel(case.run(*named))
    links: list[Link] = []
    for n, first in zip(sizes, ends[:-1], strict=True):
        own = found - (int(first) + 1)
        inside = (own >= 0) & (own < n) if len(sizes) > 1 else own >= 0
        links.append(From(np.where(inside, own, -1)))
    return Links([links])


def taken(case: Case) -> Links:
    """`take`: the elements that known indices name; any of an axis for indices that are not."""
    indices = case.value(1)
    x, axis = case.operands[0], case.attributes["axis"]
    if indices is not None:
        return Links([[From(np.ravel(case.run(_named(x), indices))), None]])
    own = _axis_last(_named(case.results[0]), axis)[..., :, None]
    theirs = _axis_last(_named(x), axis)[..., None, :]
    return Links([[_several(own, theirs), None]], exact=False)


def scattered(case: Case) -> Links:
    """`scatter`: the updates where known indices put them; anywhere along the axis for others."""
    x, _, updates = case.operands
    axis, mode = case.attributes["axis"], case.attributes["mode"]
    indices = case.value(1)
    if indices is None:
        lines, moved_in = _axis_last(_named(x), axis), _axis_last(_named(updates), axis)
        anywhere = _several(lines[..., :, None], moved_in[..., None, :])
        return Links([[SAME, None, anywhere]], exact=False)
    if mode == "set":
        kept = case.run(_named(x) + 1, indices, np.zeros(updates.shape, np.int32))
        placed = case.run(np.zeros(x.shape, np.int32), indices, _named(updates) + 1)
        return Links([[From(np.ravel(kept) - 1), None, From(np.ravel(placed) - 1)]])
    inside = (indices >= 0) & (indices < x.shape[axis])
    target = np.take(_named(x), np.where(inside, indices, 0), axis=axis)
    column = inside.reshape(-1, *(1,) * (x.ndim - axis - 1))
    return Links([[SAME, None, Into(np.ravel(np.where(column, target, -1)))]])


def windowed(case: Case) -> Links:
    """`overlap_add`: element [..., k, p] of the windows is in element p·stride + k·dilation."""
    x, given = case.operands[0], case.attributes
    n = len(given["shape"])
    sizes, counts = x.shape[x.ndim - 2 * n : x.ndim - n], x.shape[x.ndim - n :]
    places = []
    for axis, (size, count) in enumerate(zip(sizes, counts, strict=True)):
        grid = np.arange(size)[:, None] * given["dilations"][axis]
        grid = grid + np.arange(count) * given["strides"][axis]
        shape = [1] * 2 * n
        shape[axis], shape[n + axis] = size, count
        places.append(grid.reshape(shape))
    target = _named(case.results[0])[(..., *places)]
    return Links([[Into(np.ravel(target))]])


# -- Lines and blocks ------------------------------------------------------------------------------


def reduced(case: Case) -> Links:
    """A reduction: every element of `axes` is in the result."""
    x = case.operands[0]
    axes: Axes = case.attributes["axes"]
    shape = tuple(1 if i in axes else n for i, n in enumerate(x.shape))
    found = np.broadcast_to(numbers(case.results[0].size).reshape(shape), x.shape)
    return Links([[Into(np.ravel(found))]])


def running(case: Case) -> Links:
    """A running total: the elements up to each one along `axis`."""
    x, axis = case.operands[0], case.attributes["axis"]
    lines = _axis_last(_named(x), axis)
    n = x.shape[axis]
    later, earlier = np.tril_indices(n)
    return Links([[Several(np.ravel(lines[..., later]), np.ravel(lines[..., earlier]))]])


def lines(case: Case) -> Links:
    """Every element of a line along `axis` or `axes` depends on all of the line, as in a sort."""
    given = case.attributes
    axes = given["axes"] if "axes" in given else (given["axis"],)
    x, result = case.operands[0], case.results[0]
    own, theirs = _axes_last(_named(result), axes), _axes_last(_named(x), axes)
    return Links([[_several(own[..., :, None], theirs[..., None, :])]])


def products(case: Case) -> Links:
    """`dot_general`: the pairs of elements whose products are summed, but for factors that are
    known to be zero.
    """
    x, y = case.operands
    (cx, cy), (bx, by) = case.attributes["contracting"], case.attributes["batch"]
    fx = tuple(i for i in range(x.ndim) if i not in cx and i not in bx)
    fy = tuple(i for i in range(y.ndim) if i not in cy and i not in by)
    left = _grouped(_named(x), (bx, fx, cx))
    right = _grouped(_named(y), (by, fy, cy))
    result = _named(case.results[0]).reshape(left.shape[0], left.shape[1], right.shape[1])
    links: list[Link] = []
    for own, other, spread in (
        (left[:, :, None, :], 1, right[:, None, :, :]),
        (right[:, None, :, :], 0, left[:, :, None, :]),
    ):
        nonzero = case.nonzero(other)
        shape = (*result.shape, left.shape[2])
        if nonzero is None:
            links.append(_several(result[..., None], own))
            continue
        kept = np.broadcast_to(np.ravel(nonzero)[spread], shape)
        at = np.nonzero(kept)
        links.append(Several(result[at[:3]], np.broadcast_to(own, shape)[at]))
    return Links([links])


def stacked(case: Case) -> Links:
    """An op on stacks of matrices: everything of a matrix by everything of it."""
    lead = case.operands[0].shape[:-2]
    every = [*case.operands, *case.results]
    if any(t.shape[: len(lead)] != lead for t in every):
        return everything(case)
    count = math.prod(lead)

    def blocks(t: ArrayType) -> Numbers:
        return _named(t).reshape(count, math.prod(t.shape[len(lead) :]))

    return Links(
        [
            [_several(blocks(r)[:, :, None], blocks(x)[:, None, :]) for x in case.operands]
            for r in case.results
        ],
        exact=False,
    )


def everything(case: Case) -> Links:
    """All of every result by all of every operand: for an op without a rule."""
    return Links(
        [
            [_several(numbers(r.size)[:, None], numbers(x.size)[None, :]) for x in case.operands]
            for r in case.results
        ],
        exact=False,
    )


# -- Numbers of elements ---------------------------------------------------------------------------


def numbers(size: int) -> Numbers:
    """0, 1, …, size - 1."""
    return np.arange(size, dtype=np.int32 if size < np.iinfo(np.int32).max // 2 else np.int64)


def _named(t: ArrayType) -> Numbers:
    return numbers(t.size).reshape(t.shape)


def _axis_last(x: Numbers, axis: int) -> Numbers:
    return np.moveaxis(x, axis, -1)


def _axes_last(x: Numbers, axes: Axes) -> Numbers:
    kept = [i for i in range(x.ndim) if i not in axes]
    moved = x.transpose(*kept, *axes)
    return moved.reshape(*(x.shape[i] for i in kept), math.prod(x.shape[i] for i in axes))


def _grouped(x: Numbers, groups: Sequence[Sequence[int]]) -> Numbers:
    moved = x.transpose([i for axes in groups for i in axes])
    return moved.reshape([math.prod(x.shape[i] for i in axes) for axes in groups])


def _several(results: Numbers, operands: Numbers) -> Several:
    shape = np.broadcast_shapes(results.shape, operands.shape)
    return Several(
        np.ravel(np.broadcast_to(results, shape)), np.ravel(np.broadcast_to(operands, shape))
    )
