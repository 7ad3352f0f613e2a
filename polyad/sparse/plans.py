"""All that is found once for calls of one signature: pattern, colours, compiled code."""

from __future__ import annotations

import operator
import warnings
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from .. import execution
from ..api import jit
from ..api.calls import pytrees
from ..api.calls.fast_paths import FastPath
from ..errors import DenseWarning, SparsityError
from ..ir import Handle, user_location, where
from ._closed_over import Unless, Watched, differing, differs, integers_in, is_fixed
from ._traced import Arguments, TracedCall, on_host
from .choosing import Chooser, Share
from .coloring import Coloring, coloring
from .compressed import Compressed, end_to_end, zeros
from .entries import Entries
from .formats import Form
from .pattern import Pattern
from .patterns import detect, symmetrized

F = Callable[..., Any]
first = operator.itemgetter(0)
LEAST_WARNED = 8  # columns of the smallest matrix that is worth a warning


class Settings(NamedTuple):
    """The choices of a user that a sparse derivative is made with."""

    name: str
    argnums: int | Sequence[int]
    pattern: Pattern | None = None
    format: str = "csr"
    method: str = "auto"
    holomorphic: bool = False
    symmetric: bool = False
    triangle: str | None = None
    with_results: bool = False
    """Whether the function's own results are asked for, too."""


class Plan:
    """The plan for calls with arguments like these. `prepare` functions give it to users:

    - `pattern`: the `Pattern` of the result.
    - `coloring`: the `Coloring` of all, or None where entries come without, or some of the
      `shares` have one of their own.
    - `entries`: how many entries come from the kernels themselves, without colours.
    - `shares`: for ranges of rows, the way in which they come, its work in operations, and that of
      the other way.
    - `explain()`: these in words.
    """

    def __init__(self, settings: Settings, fun: F, call: TracedCall, count: int) -> None:
        self._settings, self._fun, self._call, self._count = settings, fun, call, count
        self._compiled: dict[Any, Any] = {}
        copies = (x for x, own in zip(call.captures, call.is_copy, strict=True) if own)
        self._closed_over = Watched(zip(call.copied, copies, strict=False))
        for x in integers_in(fun):
            self._closed_over.add(x)
        leaves = call.arguments.leaves
        self._on_numpy = all(type(x) is np.ndarray or type(x) in execution.SCALARS for x in leaves)
        self._find()

    def _find(self) -> None:
        """The pattern, by the watched arrays as they are now, and the program for it."""
        settings, call = self._settings, self._call
        found = detect(call, self._count, keep_steps=True)
        detected = symmetrized(found.pattern) if settings.symmetric else found.pattern
        self._detected = detected
        whole = detected if settings.pattern is None else given(settings, detected)
        known = call.known()
        self._watched = [(i, np.array(known[i])) for i in found.watched if self._may_change(i)]
        kept = _triangle(whole, settings.triangle)
        self.pattern = whole if kept is None else whole._where(kept)
        self._form = Form(self.pattern, settings.format)
        order = self._form.order if kept is None else _within(kept, self._form.order)
        self.coloring: Coloring | None = None
        self.entries = 0
        self.shares: Sequence[Share] = ()
        self._program: Entries | Compressed | None = None
        if whole.nnz:
            self._choose(Chooser(call, found.steps, whole, self._count, order, settings.symmetric,
                                 lambda pattern: _colored(pattern, settings)))  # fmt: skip
        self._warn(whole)
        self._tables: Sequence[Any] = self._program.tables if self._program else []
        self._run = self._compiled_run()
        for name in ("direct", "is_direct"):
            self.__dict__.pop(name, None)

    def _choose(self, chooser: Chooser) -> None:
        """The program, by the method that was asked for."""
        method = self._settings.method
        choice = chooser.by_work() if method == "auto" else None
        if method == "entries":
            choice = chooser.by_entries()
        if choice is None:
            choice = chooser.by_products()
        self._program, self.shares = choice
        if isinstance(self._program, Compressed):
            self.coloring = self._program.coloring
        else:
            by_colors = min(self._program.by_colors, self.pattern.nnz)
            self.entries = self.pattern.nnz - by_colors

    @property
    def is_stale(self) -> bool:
        """Whether an array that the function captured has changed, so that it is to be traced
        anew.
        """
        return self._closed_over.changed

    def _compiled_run(self) -> Any:
        key = self._program.signature if self._program else None
        if key not in self._compiled:
            count = len(self._tables)

            def run(*arrays: Any) -> Any:
                values, results = self.values(arrays[:count], arrays[count:])
                return values, results if self._settings.with_results else None

            self._compiled[key] = jit(run)
        return self._compiled[key]

    @cached_property
    def direct(self) -> Any:
        """The compiled function of the arguments alone, all NumPy's arrays: it gives the values, or
        these and the results of the call; `NotImplemented` where a watched array is no longer as it
        was, so that they may be wrong.
        """
        pairs, order = self._pairs(), self._order

        def run(*args: Any) -> Any:
            leaves = [args[i] for i in order]
            values, results = self.values(self._tables, leaves)
            found = (values, results) if self._settings.with_results else values
            return Unless(differing(leaves, pairs), found) if pairs else found

        return jit(run)

    @cached_property
    def is_direct(self) -> bool:
        """Whether there is a `direct` function: not with arrays of other libraries."""
        if not self._on_numpy or self._call.arguments.order is None:
            return False
        return all(isinstance(x, int | np.ndarray) for x, _ in self._pairs())

    @property
    def _order(self) -> list[int]:
        """The position of each leaf among the arguments of `direct`."""
        return self._call.arguments.order or [*range(len(self._call.arguments.leaves))]

    def _pairs(self) -> list[tuple[Any, Any]]:
        """The watched arrays, or numbers of leaves that are watched, and what they were."""
        count = len(self._call.arguments.leaves)
        return [
            *self._closed_over.pairs,
            *((i if i < count else self._call.captures[i - count], x) for i, x in self._watched),
        ]

    def values(self, tables: Sequence[Any], leaves: Sequence[Any]) -> tuple[Any, list[Any]]:
        """The values and the results of the call, of arrays or traced ones."""
        if self._program is not None:
            return self._program.values(tables, leaves)
        results = self._call.evaluate(leaves)
        vector = end_to_end(results[: self._count])
        return zeros(vector, 0 if self._form.order is None else len(self._form.order)), results

    def __call__(self, leaves: Sequence[Any], out: Any = None) -> tuple[Any, list[Any]]:
        """The matrix and the results of the call."""
        if self._watched and self._changed(leaves):
            self._call.arguments.leaves = list(leaves)
            self._call.arguments.others = list(leaves[len(self._call.arguments.chosen) :])
            self._find()
        found = NotImplemented
        if self.is_direct and all(type(x) is np.ndarray for x in leaves):
            args = [x for _, x in sorted(zip(self._order, leaves, strict=True), key=first)]
            found = self.direct(*args)
        if found is NotImplemented:
            tables = self._tables if self._on_numpy else self._placed(leaves)
            found = self._run(*tables, *leaves)
            found = found if self._settings.with_results else found[0]
        data, results = found if self._settings.with_results else (found, [])
        return self.wrap(data, out), results

    def wrap(self, data: Any, out: Any = None) -> Any:
        """The matrix of the values in the format's order."""
        return self._form.wrap(data, out)

    @property
    def fast_path(self) -> FastPath | None:
        """The compiled path of calls of `direct`, once there is one."""
        paths = self.direct._paths if self.is_direct else ()
        return paths[0] if paths else None

    @property
    def gives_result(self) -> bool:
        """Whether the compiled function's result is that of the call."""
        return self._settings.format == "values" and not self._settings.with_results

    def run_values(self, leaves: Sequence[Any]) -> Any:
        """The values alone, in the pattern's order."""
        data, _ = self._run(*self._placed(leaves), *leaves)
        order = self._form.order
        if order is None:
            return data
        found = np.zeros(self.pattern.nnz, np.asarray(on_host(data)).dtype)
        kept = order >= 0
        found[order[kept]] = np.asarray(on_host(data))[kept]
        return found

    def _placed(self, leaves: Sequence[Any]) -> Sequence[Any]:
        """The tables, on the backend of the leaves."""
        placed = execution.placement(leaves, self._settings.name)
        if placed.like is None or placed.backend.is_guest or placed.backend.name == "numpy":
            return self._tables
        return placed.backend.from_host(self._tables, placed.like)

    def _changed(self, leaves: Sequence[Any]) -> bool:
        count = len(self._call.arguments.leaves)
        for i, before in self._watched:
            now = on_host(leaves[i] if i < count else self._call.captures[i - count])
            if differs(now, before):
                return True
        return False

    def _may_change(self, index: int) -> bool:
        """Whether the array behind an argument of the traced function may change between calls:
        what was captured as a copy, or is watched where it is closed over, need not be compared.
        """
        number = index - len(self._call.arguments.leaves)
        if number < 0:
            return True
        captured = self._call.captures[number]
        fixed = self._call.is_copy[number] or is_fixed(captured)
        return not (fixed or self._closed_over.has(captured))

    def _warn(self, pattern: Pattern) -> None:
        height, width = pattern.shape
        if width < LEAST_WARNED:
            return
        if self.coloring is not None:
            colors = self.coloring.num_colors
            dense, count = 2 * colors >= width, f"{colors} colours"
        else:
            dense = 2 * pattern.nnz >= height * width and height > 1
            count = f"{pattern.nnz} entries in {height} rows"
        if dense:
            reason = self._detected.why().replace("\n", "\n  ")
            warnings.warn(
                f"{self._settings.name}: {count} for {width} columns, so the derivative is hardly "
                f"sparse.\n  {reason}{where(user_location())}",
                DenseWarning,
                stacklevel=2,
            )

    def explain(self) -> str:
        """The computation of the values, in words."""
        p = self.pattern
        lines = [repr(p).splitlines()[0], f"{self.entries} entries without colours"]
        if self.coloring is not None:
            lines.append(f"{p.nnz - self.entries} entries by {self.coloring!r}")
        return "\n".join([*lines, *map(str, self.shares)])

    def __repr__(self) -> str:
        return f"<plan of {self._settings.name}: {self.explain()}>"


def traced_call(settings: Settings, fun: F, derived: F, args: Sequence[Any], kwargs: Any) -> Any:
    """The call of `derived`, which is made of `fun` and takes its arguments."""
    return TracedCall(Arguments(fun, settings.argnums, args, kwargs, settings.name), derived)


def is_traced(leaves: Sequence[Any]) -> bool:
    """Whether any leaf is a traced array."""
    return any(isinstance(x, Handle) for x in leaves)


def given(settings: Settings, found: Pattern) -> Pattern:
    """The user's pattern. Raises `SparsityError` where it lacks an entry that was found, unless
    what was found is wider than it need be.
    """
    own = settings.pattern
    assert own is not None
    if own.shape != found.shape:
        raise SparsityError(
            f"{settings.name}: the pattern given has shape {own.shape}, the derivative has shape "
            f"{found.shape}{where(user_location())}"
        )
    missing = found - own
    if missing.nnz and found.exact:
        row, col = int(missing.rows[0]), int(missing.cols[0])
        raise SparsityError(
            f"{settings.name}: the pattern given lacks entry ({row}, {col}) and "
            f"{missing.nnz - 1} others that the function has{where(user_location())}\n  Leave the "
            "pattern out, or look at jacobian_sparsity(f)(x).why(row, col)."
        )
    return own


def _triangle(pattern: Pattern, triangle: str | None) -> Any:
    if triangle is None:
        return None
    return pattern.cols <= pattern.rows if triangle == "lower" else pattern.cols >= pattern.rows


def _within(kept: Any, order: Any) -> Any:
    """The numbers, among all entries, of those that are kept, in the format's order."""
    numbers = np.flatnonzero(kept)
    return numbers if order is None else np.append(numbers, -1)[order]


METHODS = ("auto", "entries", "columns", "rows", "both", "star", "acyclic")


def _colored(pattern: Pattern, settings: Settings) -> Coloring:
    method = settings.method
    if method in ("columns", "rows", "both"):
        return coloring(pattern, partition=method)
    if method == "acyclic":
        return coloring(pattern, symmetric=True, decompression="substitution")
    if method == "star" or (settings.symmetric and pattern.is_symmetric):
        return coloring(pattern, symmetric=True)
    return coloring(pattern)


def signature(leaves: Sequence[Any], structures: Any, name: str) -> Any:
    """Equal for calls that one plan serves."""
    return (
        structures,
        *[
            (x.dtype, x.shape)
            if type(x) is np.ndarray
            else (type(x), pytrees.type_of_leaf(x, name, lambda: "an argument"))
            for x in leaves
        ],
    )
