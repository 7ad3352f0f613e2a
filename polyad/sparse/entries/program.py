"""The values of a derivative as entries: the traced pieces, and the tables that order them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from ...api.calls import traces
from ...ir import DType, Op, Value
from ...ops import creation
from ...ops import elementwise as e
from ...ops import indexing as ix
from ...ops import manipulation as m
from ...ops.literals import literal
from ...ops.sparsity import Numbers, numbers
from ...passes.pipeline import simplify
from .. import costs
from .._traced import TracedCall, on_host
from ..compressed import result_dtype
from ..pattern import Integers, Pattern
from .assembly import Source, Tables, needed, tables_for
from .parts import Part
from .peeling import Peeling
from .sweep import NotDirect, Piece, Sweep
from .tracing import Steps, trace_pieces
from .weaving import Weave, woven

MOST_WORK = 6  # entries that are made for one that is kept
FEW = 0.1  # of the values, that are taken from each vector by itself


class Entries:
    """The values of the derivative of a call's first `count` results, entry by entry.

    `tables` say from which element of the pieces each value is taken: data and not code.
    """

    def __init__(
        self,
        call: TracedCall,
        steps: Steps,
        pattern: Pattern,
        count: int,
        order: Integers | None,
        symmetric: bool,
        parts: Sequence[Part],
        products: Collection[Part] = (),
    ) -> None:
        """`parts` of the results come as entries, but for those that come by `products`."""
        self.call, self.count = call, count
        check_dtypes(call, steps)
        self.dtype = values_dtype(call, count)
        self.size = pattern.nnz if order is None else len(order)

        def collect(sweep: Sweep) -> list[Piece]:
            pieces = sweep.entries([p for p in parts if p not in products])
            for part in products:
                rows, cols, values = sweep.colored(part.value)
                sweep.by_colors += len(rows)
                pieces.append(Piece(rows + rows.dtype.type(part.first), cols, values))
            self.by_colors = sweep.by_colors
            return pieces

        limit = MOST_WORK * pattern.nnz + 1000
        pieces, self.function, self._captures = trace_pieces(
            call, steps, self.dtype, limit, collect
        )
        symmetric = symmetric and pattern.is_symmetric
        sources, end = self._laid_out(pieces, symmetric)
        del pieces
        found = tables_for(pattern, sources, end, symmetric, order)
        self._use_only(found, end)

    @property
    def work(self) -> int:
        """The work of the values, without that of other results."""
        ops = costs.behind(self.function, self.function.results[len(self.call.function.results) :])
        woven = 0 if self.weave is None else self.weave.rows * len(self.weave.columns)
        return costs.work(ops) + woven + costs.GATHER * sum(map(len, self.tables))

    def _laid_out(self, pieces: Sequence[Piece], symmetric: bool) -> tuple[list[Source], int]:
        """The place of each coefficient among all, end to end: without the moves that it ends in,
        equal ones once, and one element for a number.
        """
        results = list(self.function.results)
        count = len(self.call.function.results)
        peeling = Peeling(self.function, [*self.call.known(), *map(on_host, self._captures)])
        given = iter(results[count:])
        found: list[tuple[Piece, Numbers | None, Any, Numbers | None]] = []
        for piece in pieces:
            vector, table = (1, None) if piece.coefficient is None else _without_moves(
                peeling, next(given))  # fmt: skip
            at = needed(piece.rows, piece.cols, table, symmetric)
            if at is None or len(at):
                found.append((piece, at, vector, table))
        bases = [v for _, _, v, _ in found if isinstance(v, Value)]
        self.function = simplify(peeling.with_results([*results[:count], *bases]))
        simplified = iter(self.function.results[count:])
        self._vectors: list[Any] = []
        places: dict[Any, int] = {}
        sources, end = [], 0
        for piece, at, vector, table in found:
            own = next(simplified) if isinstance(vector, Value) else vector
            if own not in places:
                places[own] = end
                end += own.type.size if isinstance(own, Value) else 1
                self._vectors.append(own)
            rows, cols = piece.rows, piece.cols
            here = numbers(len(rows)) if table is None else table
            if at is not None:
                rows, cols, here = rows[at], cols[at], here[at]
            dtype: Any = np.int32 if end < np.iinfo(np.int32).max else np.int64
            if not isinstance(own, Value) or own.type.size == 1:
                there = np.full(len(rows), places[own], dtype)
            else:
                there = np.asarray(here, dtype) + dtype(places[own])
            sources.append(Source(rows, cols, there))
        kept = [v for v in self._vectors if isinstance(v, Value)]
        self.function = self.function.with_(results=[*self.function.results[:count], *kept])
        return sources, end

    def _use_only(self, found: Tables, end: int) -> None:
        """Keep of the tables what the program needs, and their forms, which its code depends on."""
        first = found.layers[0]
        self.starts = np.cumsum([0, *(_size(v) for v in self._vectors)])
        self.padded = bool(len(first)) and any(int(x.max()) == end for x in found.layers)
        whole = len(first) == end and not self.padded and len(found.layers) == 1
        self.in_order = whole and np.array_equal(first, np.arange(end))
        self.weave: Weave | None = None
        made = None if self.in_order else woven(found, self.starts)
        if made is not None:
            self.weave, found = made
        self.layers = len(found.layers)
        self.few: list[int] | None = None
        self.tables: list[Integers] = [
            *found.layers,
            *([found.to, found.more] if len(found.to) else []),
        ]
        if self.weave is not None:
            self._take_few(found)

    def _take_few(self, found: Tables) -> None:
        """Let the few elements that are no part of the weave be taken from each of the vectors
        that has some, and not from all end to end.
        """
        wanted = np.concatenate([found.layers[0], found.more])
        if len(wanted) > FEW * self.size:
            return
        owners = np.searchsorted(self.starts, wanted, side="right") - 1
        self.few = [int(v) for v in np.unique(owners)]
        own = [np.flatnonzero(owners == v) for v in self.few]
        taken = [
            (wanted[at] - self.starts[v]).astype(np.int32)
            for v, at in zip(self.few, own, strict=True)
        ]
        order = np.argsort(np.concatenate([np.zeros(0, np.int64), *own])).astype(np.int32)
        self.tables = [*taken, order, *([found.to] if len(found.to) else [])]
        self.rest = len(found.layers[0])

    @property
    def signature(self) -> Any:
        """Equal where the program is the same but for its tables."""
        numbers = tuple(None if isinstance(v, Value) else v for v in self._vectors)
        sizes = tuple(len(t) for t in self.tables)
        few = None if self.few is None else (*self.few, self.rest)
        kind = self.in_order, self.padded, self.layers, self.weave, few
        return "entries", self.function, kind, sizes, numbers

    def values(self, tables: Sequence[Any], leaves: Sequence[Any]) -> tuple[Any, list[Any]]:
        """The values, and all results of the call."""
        given = [*leaves, *self.call.captures]
        outs = list(traces.execute(self.function, given, self._captures, "jacobian"))
        count = len(self.call.function.results)
        results, parts = outs[:count], iter(outs[count:])
        builder = outs[0].builder
        vectors = [
            _vector(next(parts)) if isinstance(v, Value) else literal(builder, v, self.dtype, (1,))
            for v in self._vectors
        ]
        if self.padded or not vectors:
            vectors.append(literal(builder, 0, self.dtype, (1,)))
        data, added = self._rest(vectors, tables)
        if self.weave is not None:
            data = self._with_weave(vectors, data)
        if added is not None:
            to = tables[-1] if self.few is not None else tables[self.layers]
            data = ix.scatter(data, to, added, axis=0, mode="add")
        return data, results

    def _rest(self, vectors: Sequence[Any], tables: Sequence[Any]) -> tuple[Any, Any]:
        """The values that are not in the weave, and what is added to values."""
        if self.few == []:
            return None, None
        if self.few is not None:
            picked = [
                ix.take(vectors[v], t, axis=0) for v, t in zip(self.few, tables, strict=False)
            ]
            chosen = ix.take(_joined(picked), tables[len(self.few)], axis=0)
            n = chosen.type.size
            more = m.slice_axis(chosen, 0, self.rest, n) if n > self.rest else None
            return m.slice_axis(chosen, 0, 0, self.rest), more
        flat = _joined(vectors)
        data = flat if self.in_order else ix.take(flat, tables[0], axis=0)
        for layer in tables[1 : self.layers]:
            data = e.add(data, ix.take(flat, layer, axis=0))
        more = tables[self.layers + 1] if len(tables) > self.layers else None
        return data, None if more is None else ix.take(flat, more, axis=0)

    def _with_weave(self, vectors: Sequence[Any], rest: Any) -> Any:
        """The values that are not in the weave, with it between them."""
        weave = self.weave
        assert weave is not None
        columns = []
        for terms in weave.columns:
            column: Any = None
            for place, step in terms:
                owner = int(np.searchsorted(self.starts, place, side="right")) - 1
                first = place - int(self.starts[owner])
                last = first + step * (weave.rows - 1) + 1
                part = m.slice_axis(vectors[owner], 0, first, last, max(step, 1))
                part = part if step else m.broadcast_to(part, shape=(weave.rows,))
                column = part if column is None else e.add(column, part)
            columns.append(m.reshape(column, shape=(weave.rows, 1)))
        inside = _vector(m.concat(*columns, axis=1))
        pieces = [inside]
        if rest is not None:
            before = m.slice_axis(rest, 0, 0, weave.start)
            pieces = [before, inside, m.slice_axis(rest, 0, weave.start, rest.type.size)]
        return _joined([x for x in pieces if x.type.size])


def values_dtype(call: TracedCall, count: int) -> DType:
    """The dtype of the derivative of the first `count` results."""
    return result_dtype([v.type.dtype for v in call.function.results[:count]])


def _size(vector: Any) -> int:
    return vector.type.size if isinstance(vector, Value) else 1


def _joined(vectors: Sequence[Any]) -> Any:
    return vectors[0] if len(vectors) == 1 else m.concat(*vectors, axis=0)


def check_dtypes(call: TracedCall, steps: Steps) -> None:
    """Raise `NotDirect` where real numbers become complex or the other way: reverse passes give the
    derivative of real parts there.
    """
    active = [
        r.type.dtype.is_complex
        for step in steps.values()
        for r, sets in zip(step.op.results, step.results, strict=True)
        if not sets.is_empty
    ]
    if len({*active, *(t.dtype.is_complex for t in call.chosen_types)}) > 1:
        raise NotDirect("complex numbers")


def _without_moves(peeling: Peeling, value: Value) -> tuple[Any, Numbers | None]:
    """A coefficient without its moves, and the table of its elements; or the number that it
    repeats, or the value of one element.
    """
    one = _repeated(value, peeling.makers)
    return (one, None) if one is not value else peeling.peeled(value)


def _repeated(value: Value, makers: dict[Value, Op]) -> Any:
    """The number, or the value of one element, that `value` repeats; itself if it repeats none."""
    found = value
    while True:
        op = makers.get(found)
        if op is not None and op.definition is creation.full:
            return op.attrs["value"]
        if found.type.size == 1:
            return found
        if op is None or op.name not in ("broadcast_to", "reshape"):
            return value
        found = op.operands[0]


def _vector(x: Any) -> Any:
    return m.reshape(x, shape=(x.type.size,))
