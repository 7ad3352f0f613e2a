"""A colouring, and the way from products with its seeds to the entries of the matrix."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ... import numpy as pnp
from ...errors import PolyadIndexError, ShapeError
from ...ir import user_location, where
from ...tracer import Tracer
from ..pattern import Pattern
from .graphs import Integers
from .lines import Lines, fixed
from .recovery import Substitution, positions, substituted


class Coloring(Lines):
    """Colours of the columns, of the rows, or of both, such that the sums of equally coloured
    columns (or rows) hold every entry of a matrix with the pattern.

    `positions` is the place of each entry in the flattened products, those of the columns first
    (for "substitution": of the sum in which it is).
    `column_colors` and `row_colors` have a colour from 0 for each column and row, and -1 for one
    that takes no part. `partition` is "columns", "rows" or "both", `decompression` "direct" or
    "substitution", `symmetric` whether mirror images are taken as equal, `order` the order in
    which the vertices were coloured.

    >>> import numpy as np
    >>> from polyad import sparse
    >>> band = sparse.Pattern.from_scipy(np.eye(4) + np.eye(4, k=1) + np.eye(4, k=-1))
    >>> c = sparse.coloring(band)
    >>> c.num_colors, c.column_colors
    (3, array([0, 1, 2, 0], dtype=int32))
    >>> A = np.diag([1.0, 2, 3, 4]) + np.eye(4, k=1)
    >>> np.array_equal(c.decompress(c.compress(A)).toarray(), A)
    True
    """

    def __init__(
        self,
        pattern: Pattern,
        column_colors: Integers,
        row_colors: Integers,
        *,
        symmetric: bool = False,
        decompression: str = "direct",
        order: str = "given",
    ) -> None:
        super().__init__(pattern, column_colors, row_colors, symmetric)
        self.decompression = decompression
        self.order = order
        self._substitution = None if decompression == "direct" else Substitution(self)
        places = self._substitution.positions if self._substitution else positions(self)
        self.positions = fixed(places)

    def seeds(self, dtype: Any = np.float64) -> Any:
        """The seeds, one in each row: an array of shape (colours, columns), for "rows" of shape
        (colours, rows), for "both" the pair of these.
        """
        pair = (
            _seeds(self.column_colors, self.num_column_colors, dtype),
            _seeds(self.row_colors, self.num_row_colors, dtype),
        )
        return pair if self.partition == "both" else pair[self.partition == "rows"]

    def compress(self, A: Any) -> Any:
        """The products of a matrix, sparse or dense, with the seeds: an array of shape (rows,
        colours) for "columns", of shape (colours, columns) for "rows", the pair for "both".

        Raises `ShapeError` where the shape is not the pattern's.
        """
        if tuple(A.shape) != self.pattern.shape:
            raise ShapeError(
                f"compress: a matrix of shape {tuple(A.shape)}, and the pattern has shape "
                f"{self.pattern.shape}{where(user_location())}"
            )
        parts = []
        if self.partition != "rows":
            parts.append(A @ _seeds(self.column_colors, self.num_column_colors, A.dtype).T)
        if self.partition != "columns":
            parts.append((A.T @ _seeds(self.row_colors, self.num_row_colors, A.dtype).T).T)
        return tuple(parts) if self.partition == "both" else parts[0]

    def values(self, B: Any) -> Any:
        """The entries, in the order of the pattern, from products with the seeds; `B` is as
        `compress` gives it. Can be traced: it is a gather, or a loop of substitutions.

        Raises `ShapeError` where the shape of `B` is another.
        """
        parts = self._parts(B)
        traced = any(isinstance(part, Tracer) for part in parts)
        if not traced and all(isinstance(part, np.ndarray) for part in parts):
            flat = np.concatenate([part.reshape(-1) for part in parts])
        else:
            flat = pnp.concatenate([pnp.reshape(part, (-1,)) for part in parts])
        if self._substitution is not None:
            return substituted(self._substitution, flat)
        return flat[self.positions]

    def decompress(self, B: Any) -> Any:
        """The matrix as a `scipy.sparse.csr_array`, from what `compress` gives."""
        return self.pattern.to_scipy("csr", self.values(B))

    def single(self, color: int) -> Pattern:
        """The entries that come from one colour; those of the rows are counted on from those of
        the columns. Raises `PolyadIndexError` for a colour that there is not.
        """
        if not 0 <= color < self.num_colors:
            raise PolyadIndexError(
                f"colour {color} of {self.num_colors}{where(user_location())}\n  Colours are "
                f"numbered from 0 to {self.num_colors - 1}."
            )
        return self.pattern._where(self.sources == color)

    @cached_property
    def sources(self) -> Integers:
        """The colour from which each entry of the pattern comes."""
        places = self.positions
        height, width = self.pattern.shape
        first = height * self.num_column_colors
        by_rows = self.num_column_colors + (places - first) // max(width, 1)
        return np.where(places < first, places % max(self.num_column_colors, 1), by_rows)

    def __repr__(self) -> str:
        kind = "symmetric, " if self.symmetric else ""
        return (
            f"Coloring({self.num_colors} colours, partition={self.partition!r}, {kind}"
            f"decompression={self.decompression!r}, order={self.order!r})"
        )

    def _parts(self, B: Any) -> list[Any]:
        height, width = self.pattern.shape
        shapes = {
            "columns": [(height, self.num_column_colors)],
            "rows": [(self.num_row_colors, width)],
            "both": [(height, self.num_column_colors), (self.num_row_colors, width)],
        }[self.partition]
        parts = list(B) if self.partition == "both" else [B]
        found = [tuple(np.shape(part)) for part in parts]
        if found != shapes:
            raise ShapeError(
                f"products with the seeds of {self.num_colors} colours have the shape "
                f"{' and '.join(map(str, shapes))}, not {' and '.join(map(str, found))}"
                f"{where(user_location())}"
            )
        return parts


def _seeds(colors: Integers, count: int, dtype: Any) -> NDArray[Any]:
    result = np.zeros((count, len(colors)), dtype)
    colored = np.flatnonzero(colors >= 0)
    result[colors[colored], colored] = 1
    return result
