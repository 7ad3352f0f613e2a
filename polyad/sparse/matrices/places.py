"""Sums, products and moves of entries at known places.

A matrix is here a pair: a skeleton, and the entries in the order of its coordinates or the elements
of its `data`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ... import lax
from ... import numpy as pnp
from ...ir import Handle
from ...ops import indexing as ix
from ...ops.literals import literal
from .skeleton import Integers, Skeleton, coo_skeleton

Pair = tuple[Skeleton, Any]


def numbered(numbers: Any, data: Any) -> Any:
    """Element k - 1 of the flattened `data` for each number k, and 0 for 0."""
    flat = pnp.reshape(data, (-1,))
    numbers = np.asarray(numbers)
    if not numbers.size or not flat.shape[0]:
        return pnp.broadcast_to(pnp.sum(flat[:0]), numbers.shape)
    picked = pnp.take(flat, np.maximum(numbers - 1, 0).reshape(-1))
    picked = pnp.reshape(picked, numbers.shape)
    return picked if numbers.all() else pnp.where(numbers > 0, picked, 0)


def total(entries: Any, places: Any, count: int) -> Any:
    """The sum of the entries with each place."""
    if isinstance(entries, Handle) and len(places):
        start = literal(entries.builder, 0, entries.type.dtype, (count, *entries.type.shape[1:]))
        numbers: Any = np.asarray(places)
        return ix.scatter(start, numbers, entries, axis=0, mode="add")
    return lax.segment_sum(entries, pnp.asarray(places), count)


def merged(skeleton: Skeleton, entries: Any) -> Pair:
    """This matrix with one entry for each place, the sum."""
    keys = np.ravel_multi_index(skeleton.coords, skeleton.shape)
    return _collected(keys, entries, skeleton.shape, skeleton)


def joined(first: Pair, second: Pair) -> Pair:
    """The sum of two matrices of one shape."""
    keys = [np.ravel_multi_index(s.coords, s.shape) for s, _ in (first, second)]
    entries = pnp.concatenate([first[1], second[1]])
    return _collected(np.concatenate(keys), entries, first[0].shape, first[0])


def met(first: Pair, second: Pair) -> Pair:
    """The product, element by element, of two matrices of one shape, each merged."""
    keys, others = (np.ravel_multi_index(s.coords, s.shape) for s, _ in (first, second))
    both, i, j = np.intersect1d(keys, others, assume_unique=True, return_indices=True)
    entries = pnp.take(first[1], i) * pnp.take(second[1], j)
    return _at(both, first[0].shape, first[0]), entries


def sparse_product(first: Pair, second: Pair) -> Pair:
    """The matrix product of two matrices."""
    rows, inner = first[0].coords
    starts, cols = second[0].coords
    order = np.argsort(starts, kind="stable")
    ptr = np.searchsorted(starts[order], np.arange(second[0].shape[0] + 1))
    counts = (ptr[1:] - ptr[:-1])[inner]
    i = np.repeat(np.arange(len(rows)), counts)
    ahead = np.cumsum(counts) - counts
    j = order[np.arange(len(i)) - np.repeat(ahead, counts) + np.repeat(ptr[inner], counts)]
    shape = first[0].shape[0], second[0].shape[1]
    keys = rows[i].astype(np.int64) * shape[1] + cols[j]
    entries = pnp.take(first[1], i) * pnp.take(second[1], j)
    return _collected(keys, entries, shape, first[0])


def dense_product(skeleton: Skeleton, entries: Any, x: Any) -> Any:
    """The product with a dense vector or matrix."""
    if len(skeleton.shape) == 1:
        picked = pnp.take(x, skeleton.coords[0], axis=0)
        return pnp.tensordot(entries, picked, axes=1)
    if x.ndim == 2:
        entries = pnp.expand_dims(entries, axis=1)
    if skeleton.slots is not None:
        return _by_slots(skeleton.slots, entries, x)
    rows, cols = skeleton.coords
    return total(entries * pnp.take(x, cols, axis=0), rows, skeleton.shape[0])


def _by_slots(slots: Sequence[tuple[Integers, Integers]], entries: Any, x: Any) -> Any:
    """The sum over the entries of each row, which are gathered: one loop over the rows, where a sum
    by places of rows stores every product and adds them one after another.
    """
    found = None
    for numbers, cols in slots:
        there = (numbers >= 0).reshape(-1, *(1,) * (x.ndim - 1))
        term = pnp.take(entries, np.maximum(numbers, 0), axis=0) * pnp.take(x, cols, axis=0)
        term = term if there.all() else pnp.where(there, term, 0)
        found = term if found is None else found + term
    return found


def dense(skeleton: Skeleton, entries: Any, onto: Any = None) -> Any:
    """The dense array of the entries, added to `onto` if that is given."""
    keys = np.ravel_multi_index(skeleton.coords, skeleton.shape)
    size = int(np.prod(skeleton.shape))
    flat = total(entries, keys, size)
    filled = pnp.reshape(flat, skeleton.shape)
    return filled if onto is None else onto + filled


def at_places(skeleton: Skeleton, x: Any) -> Any:
    """The elements at the entries of a dense array that broadcasts to the matrix's shape."""
    shape = pnp.shape(x)
    coords = skeleton.coords[len(skeleton.shape) - len(shape) :]
    at = tuple(np.zeros_like(c) if n == 1 else c for n, c in zip(shape, coords, strict=True))
    return pnp.take(pnp.reshape(x, (-1,)), np.ravel_multi_index(at, shape))


def _collected(keys: Integers, entries: Any, shape: tuple[int, ...], like: Skeleton) -> Pair:
    different, inverse = np.unique(keys, return_inverse=True)
    skeleton = _at(different, shape, like)
    if len(different) == len(keys):
        return skeleton, pnp.take(entries, np.argsort(keys, kind="stable"))
    return skeleton, total(entries, inverse, len(different))


def _at(keys: Integers, shape: tuple[int, ...], like: Skeleton) -> Skeleton:
    return coo_skeleton(tuple(np.unravel_index(keys, shape)), shape, like)
