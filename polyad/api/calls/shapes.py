"""Programs for many sizes: of a jitted function with symbolic shapes, those that are known, and the
one that is right for a call, if there is one.

Arguments are traced with a symbol for each extent beyond those that are always numbers; equal
extents are one symbol. The trace, and all that is made of it, is right for the sizes for which its
guards have the same answers (see `polyad.ir.symbolic`); other sizes are traced anew. Where a trace
needs the number of a symbol, later traces have numbers there. A function that cannot be traced or
compiled so is traced for its sizes. The log says why, and at which line.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple

from ...execution import Compiled, SymbolicCode
from ...ir import ArrayType, Function, where
from ...ir.symbolic import LEAST, Scope

log = logging.getLogger("polyad")
STATIC, SYMBOLIC, AUTO = "static", "symbolic", "auto"
MODES = (STATIC, SYMBOLIC, AUTO)
NEW_SHAPES = 2
"""New shapes that are traced for themselves with `AUTO`, before a trace has symbols."""
MOST = 32
"""Programs for one combination of dtypes and ranks, at most: then sizes are numbers."""

Sizes = Scope
Place = tuple[int, int]
"""An axis of an argument: the numbers of both."""
NAMES = "nmkpqrstuvw"


class Pattern(NamedTuple):
    """The extents that are numbers, and which of the others are equal, as the key of a program; and
    the value of each symbol.
    """

    key: tuple[tuple[int | str, ...], ...]
    sizes: tuple[int, ...]


def pattern_of(types: Sequence[ArrayType], numbers: frozenset[Place]) -> Pattern:
    """The pattern of argument types; at the places `numbers` extents are numbers."""
    names: dict[int, str] = {}
    key = []
    for i, type in enumerate(types):
        row: list[int | str] = []
        for axis, n in enumerate(type.shape):
            if n < LEAST or (i, axis) in numbers:
                row.append(n)
            else:
                row.append(names.setdefault(n, name_of(len(names))))
        key.append(tuple(row))
    return Pattern(tuple(key), tuple(names))


def name_of(number: int) -> str:
    """The name of a symbol."""
    return NAMES[number] if number < len(NAMES) else f"n{number}"


class Symbols:
    """The symbols of a pattern in a scope of their own."""

    def __init__(self, types: Sequence[ArrayType], pattern: Pattern) -> None:
        self.scope = Scope()
        names = [name_of(i) for i in range(len(pattern.sizes))]
        self.dims = [self.scope.symbol(*pair) for pair in zip(names, pattern.sizes, strict=True)]
        known = dict(zip(names, self.dims, strict=True))
        self.places: list[list[Place]] = [[] for _ in names]
        self.types = []
        for i, (type, row) in enumerate(zip(types, pattern.key, strict=True)):
            for axis, n in enumerate(row):
                if isinstance(n, str):
                    self.places[names.index(n)].append((i, axis))
            shape: Any = tuple([known[n] if isinstance(n, str) else n for n in row])
            self.types.append(type.with_shape(shape))

    def fixed(self) -> dict[Place, str]:
        """The places of symbols whose number the trace needed, and the line that did."""
        found = {}
        for dim, places in zip(self.dims, self.places, strict=True):
            if dim in self.scope.fixed:
                line = where(self.scope.fixed[dim])
                found.update(dict.fromkeys(places, f"the number of {dim.name} is needed{line}"))
        return found


class Known(NamedTuple):
    """A program for many sizes: its pattern, what was traced, and the code."""

    key: tuple[tuple[int | str, ...], ...]
    traced: Any
    function: Function
    code: SymbolicCode


class Found(NamedTuple):
    """The trace, the compiled function, and the code for the sizes of a call."""

    traced: Any
    function: Function
    code: Compiled


Make = Callable[[Sequence[ArrayType], Scope], tuple[Any, Function, SymbolicCode | str]]


class Shapes:
    """The programs of a jitted function that serve many sizes. Exceptions `passing` through a trace
    are its caller's.
    """

    def __init__(self, mode: str, passing: type[Exception]) -> None:
        self.mode, self.passing = mode, passing
        self.clear()

    def clear(self) -> None:
        self.known: dict[Hashable, list[Known]] = {}
        self.numbers: dict[Hashable, dict[Place, str]] = {}
        self.refused: dict[Hashable, str] = {}
        self.seen: dict[Hashable, list[Sequence[ArrayType]]] = {}
        self.cautious: set[Hashable] = set()

    def report(self) -> list[str]:
        """Lines for `explain`: the programs so far, and what is in the way of fewer."""
        if self.mode == STATIC:
            return []
        lines = []
        for programs in self.known.values():
            for known in programs:
                guards = known.code.guards()
                names = [n for row in known.key for n in row if isinstance(n, str)]
                said = f"; {', '.join(guards)}" if guards else ""
                lines.append(f"a program for all sizes {', '.join(dict.fromkeys(names))}{said}")
        for numbers in self.numbers.values():
            lines += [f"sizes that stay numbers: {why}" for why in dict.fromkeys(numbers.values())]
        return [*lines, *(f"traced for each of its sizes: {why}" for why in self.refused.values())]

    def find(
        self, name: str, rest: Hashable, types: Sequence[ArrayType], make: Make
    ) -> Found | None:
        """The program for arguments of these types; None if they are to be traced for themselves.
        `rest` is all else that a program depends on; `make` traces for other types and compiles.
        """
        key = rest, tuple([(t.dtype, t.ndim) for t in types])
        if self.mode == STATIC or key in self.refused:
            return None
        pattern = pattern_of(types, self.numbers_at(key, types))
        for known in self.known.get(key, ()):
            code = known.code.instance(pattern.sizes) if known.key == pattern.key else None
            if code is not None:
                return Found(known.traced, known.function, code)
        if not self.is_due(key, types) or not pattern.sizes:
            return None
        return self.traced(name, key, types, pattern, make)

    def numbers_at(self, key: Hashable, types: Sequence[ArrayType]) -> frozenset[Place]:
        """The places at which extents are numbers: those whose number a trace needed; with `AUTO`,
        and after a trace with more symbols has failed, also those that were the same in all calls
        before.
        """
        found = frozenset(self.numbers.get(key, ()))
        if self.mode == AUTO or key in self.cautious:
            seen = self.seen.get(key, [])
            same = {
                (i, axis)
                for i, type in enumerate(types)
                for axis, n in enumerate(type.shape)
                if all(before[i].shape[axis] == n for before in seen)
            }
            found = found.union(same)
        return found

    def is_due(self, key: Hashable, types: Sequence[ArrayType]) -> bool:
        """Whether to trace with symbols; with `AUTO`, after some shapes have had their own."""
        if self.mode == SYMBOLIC:
            return True
        seen = self.seen.setdefault(key, [])
        if len(seen) >= NEW_SHAPES:
            return True
        seen.append(types)
        return False

    def traced(
        self,
        name: str,
        key: Hashable,
        types: Sequence[ArrayType],
        pattern: Pattern,
        make: Make,
    ) -> Found | None:
        """A new program, with symbols."""
        known = self.known.setdefault(key, [])
        if len(known) >= MOST:
            self.refuse(name, key, f"its sizes have led to {MOST} programs already")
            return None
        symbols = Symbols(types, pattern)
        try:
            traced, function, code = make(symbols.types, symbols.scope)
        except self.passing:
            raise
        except Exception as error:  # if it is so for numbers, their trace raises it again
            if self.mode == SYMBOLIC and key not in self.cautious:
                self.cautious.add(key)
                self.seen[key] = [types]
                log.info("jit: %s is traced for its sizes once: %s", name, error)
                return None
            self.refuse(name, key, f"{type(error).__name__}: {error}")
            return None
        if isinstance(code, str):
            self.refuse(name, key, code)
            return None
        fixed = symbols.fixed()
        if fixed:
            self.numbers[key] = self.numbers.get(key, {}) | fixed
            log.info("jit: sizes of %s stay numbers: %s", name, "; ".join({*fixed.values()}))
        known.append(Known(pattern.key, traced, function, code))
        if key in self.seen:
            self.seen[key].append(types)
        instance = code.instance(pattern.sizes)
        assert instance is not None  # the guards are what is true of these sizes
        return Found(traced, function, instance)

    def refuse(self, name: str, key: Hashable, reason: str) -> None:
        """Trace for the sizes from here on, and say why."""
        self.refused[key] = reason
        log.info("jit: %s is traced for each of its sizes: %s", name, reason)
