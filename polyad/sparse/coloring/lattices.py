"""Colours of columns by their number alone: for bands and lattices."""

from __future__ import annotations

import numpy as np

from ..pattern import Pattern
from .graphs import Integers
from .recovery import alone


def cyclic(pattern: Pattern, count: int) -> Integers | None:
    """The number of each column modulo `count`, if no two columns of one colour meet in a row. It
    is so for a band of `count` diagonals, for which no colouring has fewer.
    """
    if not pattern.nnz:
        return None
    sums = pattern.rows.astype(np.int64) * count + pattern.cols % count
    sample = sums[: 8 * count]
    if not alone(sample, np.ones(len(sample), bool)).all():
        return None
    if not alone(sums, np.ones(len(sums), bool)).all():
        return None
    colors: Integers = (np.arange(pattern.shape[1]) % count).astype(np.int32)
    return colors


def linear(pattern: Pattern, counts: range) -> Integers | None:
    """Colours that are linear in the places of a lattice, modulo the first of `counts` for which
    no two columns of one colour meet in a row; None if there are none. The lattice's extents are
    guessed from the distances of entries from the diagonal.

    Two columns of one row differ by few vectors of the lattice: a colouring is a linear form that
    is nothing at none of these, modulo the number of colours (as in D. Goldfarb, Ph. L. Toint,
    "Optimal estimation of Jacobian and Hessian matrices that arise in finite difference
    calculations", Math. Comp. 43 (1984)).
    """
    places = np.arange(pattern.shape[1])
    lattices = [(s, _places(places, s), _differences(pattern, s)) for s in _extents(pattern)]
    lattices = [each for each in lattices if len(each[2]) <= DIFFERENCES]
    for count in counts:
        for extents, at, differences in lattices:
            forms = np.indices((count,) * (len(extents) + 1)).reshape(len(extents) + 1, -1)
            meet = ((differences @ forms) % count == 0).any(axis=0)
            for form in forms[:, ~meet].T[:TRIED]:
                colors: Integers = ((at @ form) % count).astype(np.int32)
                sums = pattern.rows.astype(np.int64) * count + colors[pattern.cols]
                if alone(sums, np.ones(len(sums), bool)).all():
                    return colors
    return None


SAMPLE = 64  # rows at each end, and between, whose columns are compared
DIFFERENCES = 200  # vectors, above which there is no lattice
TRIED = 2  # forms for one lattice that are tried on the whole pattern
ENTRIES = 50_000  # that the distances from the diagonal are taken of
COMMON = 0.2  # the share of rows in which a distance must occur


def _extents(pattern: Pattern) -> list[tuple[int, ...]]:
    """The guesses: one extent, or two of which the second is a multiple of the first."""
    stride = max(pattern.nnz // ENTRIES, 1)
    steps = np.abs(pattern.rows[::stride].astype(np.int64) - pattern.cols[::stride])
    distances, times = np.unique(steps, return_counts=True)
    kept = (times * stride >= COMMON * pattern.shape[0]) & (distances > 1)
    common = [int(d) for d in distances[kept][:6]]
    return [(s,) for s in common] + [(s, t) for s in common for t in common if s < t and t % s == 0]


def _places(columns: Integers, extents: tuple[int, ...]) -> Integers:
    """The places of columns in a lattice, one in each row."""
    digits = [columns % extents[0], columns // extents[0]]
    if len(extents) == 2:
        digits = [digits[0], digits[1] % (extents[1] // extents[0]), columns // extents[1]]
    return np.stack(digits, axis=-1)


def _differences(pattern: Pattern, extents: tuple[int, ...]) -> Integers:
    """The differences of the places of columns that meet in one of some rows."""
    height = pattern.shape[0]
    random = np.random.default_rng(0).integers(0, height, SAMPLE)
    rows = np.unique(
        np.concatenate(
            [np.arange(min(SAMPLE, height)), height - 1 - np.arange(min(SAMPLE, height)), random]
        )
    )
    found = []
    for row in rows:
        at = _places(pattern.indices[pattern.indptr[row] : pattern.indptr[row + 1]], extents)
        first, second = np.triu_indices(len(at), 1)
        found.append(at[first] - at[second])
    return np.unique(np.concatenate(found), axis=0)
