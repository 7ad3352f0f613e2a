"""The choice of a program by its work: which rows come as entries, and which by products."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ..ir import Location, Value, where
from . import costs
from ._traced import TracedCall
from .coloring import Coloring, coloring
from .compressed import Compressed
from .entries import Entries, NotDirect
from .entries.parts import Part, parts_of
from .entries.program import MOST_WORK, check_dtypes, values_dtype
from .entries.sweep import Piece, Sweep
from .entries.tracing import Steps, pattern_of, trace_pieces
from .pattern import Integers, Pattern


class Share(NamedTuple):
    """The rows from `first` to `stop` of a derivative, and how their `entries` come: as such, or by
    the products of `coloring`. `work` counts simple ops for one evaluation; `instead` does so for
    the other way, of which it may be a lower bound (None: it is no way, or was not asked for).
    """

    first: int
    stop: int
    entries: int
    coloring: Coloring | None
    work: int
    instead: int | None
    location: Location | None = None

    def __str__(self) -> str:
        way, other = "without colours", "colours"
        if self.coloring is not None:
            count = self.coloring.num_colors
            dense = count == min(self.coloring.pattern.shape) and count > 1
            way = f"by {count} products{' (all that a dense matrix takes)' if dense else ''}"
            other = "entries"
        instead = "" if self.instead is None else f" (by {other} {self.instead:,})"
        rows = f"rows {self.first} to {self.stop - 1}"
        text = f"{rows}: {self.entries} entries {way}, {self.work:,} operations{instead}"
        return text + where(self.location)


class Choice(NamedTuple):
    """A program, and what it does for which rows."""

    program: Entries | Compressed
    shares: Sequence[Share]


class Chooser:
    """The programs for the first `count` results of a call; `colored(pattern)` is the colouring of
    all of them.
    """

    def __init__(
        self,
        call: TracedCall,
        steps: Steps,
        pattern: Pattern,
        count: int,
        order: Integers | None,
        symmetric: bool,
        colored: Callable[[Pattern], Coloring],
    ) -> None:
        self.call, self.steps, self.pattern, self.count = call, steps, pattern, count
        self.order, self.symmetric, self.colored = order, symmetric, colored
        self.parts = parts_of(call.function, count)
        self._makers = {r: op for op in call.function.ops for r in op.results}
        self._inputs = set(call.function.arguments[: len(call.arguments.chosen)])

    def by_work(self) -> Choice:
        """The program with the least work: all as entries if no colouring can have less; else each
        part of the results in the cheaper way, or all by the products of one colouring.
        """
        entries = self._entries()
        least = self._work_of_products(costs.fewest(self.pattern), self._values, self.pattern)
        if entries is not None and entries.work <= least:
            return Choice(entries, [self._share(None, entries.work, least)])
        whole = self.colored(self.pattern)
        products = self._work_of_products(whole.num_colors, self._values, self.pattern)
        if entries is not None and entries.work <= products:
            return Choice(entries, [self._share(None, entries.work, products)])
        mixed = self._mixed() if len(self.parts) > 1 else None
        if mixed is not None and sum(share.work for share in mixed.shares) < products:
            return mixed
        return self.by_products(whole, None if entries is None else entries.work)

    def by_products(self, whole: Coloring | None = None, instead: int | None = None) -> Choice:
        """The program of products by one colouring of the whole."""
        whole = self.colored(self.pattern) if whole is None else whole
        work = self._work_of_products(whole.num_colors, self._values, self.pattern)
        program = Compressed(self.call, whole, self.count, self.order)
        return Choice(program, [self._share(whole, work, instead)])

    def by_entries(self) -> Choice | None:
        """The program that gives as much as it can as entries; None if that is nothing."""
        entries = self._entries()
        if entries is not None:
            return Choice(entries, [self._share(None, entries.work, None)])
        return self._mixed(wherever=True) if len(self.parts) > 1 else None

    @property
    def _values(self) -> Sequence[Value]:
        return self.call.function.results[: self.count]

    def _entries(self) -> Entries | None:
        """The program of entries alone; None where it is none, or all of it is by products."""
        try:
            found = self._program(())
        except NotDirect:
            return None
        return found if found.by_colors < self.pattern.nnz else None

    def _program(self, products: Sequence[Part]) -> Entries:
        return Entries(self.call, self.steps, self.pattern, self.count, self.order, self.symmetric,
                       self.parts, products)  # fmt: skip

    def _mixed(self, wherever: bool = False) -> Choice | None:
        """Each part in the cheaper way, or as entries `wherever` these are a way; None where that
        is by products for all.
        """
        try:
            works = self._trial()
        except NotDirect:
            return None
        shares = [self._cheaper(*pair, wherever) for pair in zip(self.parts, works, strict=True)]
        pairs = zip(self.parts, shares, strict=True)
        products = [part for part, share in pairs if share.coloring is not None]
        if len(products) == len(self.parts):
            return None
        return Choice(self._program(products), shares)

    def _cheaper(self, part: Part, entries: int | None, wherever: bool) -> Share:
        op = self._makers.get(part.value)
        location = None if op is None else op.location
        share = lambda nnz, found, work, instead: Share(
            part.first, part.stop, nnz, found, work, instead, location)  # fmt: skip
        if op is None or not self._is_active(part.value):
            return share(part.value.type.size if op is None else 0, None, entries or 0, None)
        pattern = pattern_of(self.steps, part.value)
        least = self._work_of_products(costs.fewest(pattern), [part.value], pattern)
        if entries is not None and (wherever or entries <= least):
            return share(pattern.nnz, None, entries, least)
        found = coloring(pattern)
        products = self._work_of_products(found.num_colors, [part.value], pattern)
        if entries is not None and entries <= products:
            return share(pattern.nnz, None, entries, products)
        return share(pattern.nnz, found, products, entries)

    def _trial(self) -> list[int | None]:
        """The work of the entries of each part; None where they are no way."""
        check_dtypes(self.call, self.steps)
        pieces: list[list[Piece] | None] = []

        def collect(sweep: Sweep) -> list[Piece]:
            for part in self.parts:
                try:
                    pieces.append(sweep.entries([part]))
                except NotDirect:
                    pieces.append(None)
            return [piece for found in pieces if found is not None for piece in found]

        limit = MOST_WORK * self.pattern.nnz + 1000
        dtype = values_dtype(self.call, self.count)
        traced = trace_pieces(self.call, self.steps, dtype, limit, collect)
        coefficients = iter(traced.function.results[len(self.call.function.results) :])
        works: list[int | None] = []
        for found in pieces:
            if found is None:
                works.append(None)
                continue
            own = [next(coefficients) for piece in found if piece.coefficient is not None]
            made = costs.work(costs.behind(traced.function, own))
            works.append(made + costs.GATHER * sum(len(piece.rows) for piece in found))
        return works

    def _work_of_products(self, count: int, values: Sequence[Value], pattern: Pattern) -> int:
        made = costs.of_products(self.call.function, values, self._is_active, count)
        return made + costs.GATHER * pattern.nnz

    def _share(self, found: Coloring | None, work: int, instead: int | None) -> Share:
        return Share(0, self.pattern.shape[0], self.pattern.nnz, found, work, instead)

    def _is_active(self, value: Value) -> bool:
        op = self._makers.get(value)
        if op is None:
            return value in self._inputs
        step = self.steps.get(op)
        return step is not None and not step.results[op.results.index(value)].is_empty
