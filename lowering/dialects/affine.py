"""Affine maps: how the points of an iteration domain index an array. Printed as `#map<(d0, d1) ->
(d1, 2*d0 + 1)>`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from polyad.ir import Attribute, Shape
from polyad.ir.symbolic import Dim, number_at

_HEAD = re.compile(r"\s*\(([^)]*)\)\s*->\s*\((.*)\)\s*", re.DOTALL)
_TERM = re.compile(r"(?:(\d+|‹[^›]*›)\*)?d(\d+)|(\d+|‹[^›]*›)")


def signed(number: int) -> tuple[str, str]:
    """A number as a sign and a size; of a symbolic one nothing is asked."""
    if isinstance(number, Dim):
        return " + ", repr(number)
    return " - " if number < 0 else " + ", str(abs(number))


class Linear(NamedTuple):
    """`sum(coefficients[i] * d_i) + offset`."""

    coefficients: tuple[int, ...]
    offset: int = 0

    def __str__(self) -> str:
        text = ""
        for i, c in enumerate(self.coefficients):
            if isinstance(c, Dim) or c:
                sign, size = signed(c)
                text += f"{sign}d{i}" if size == "1" else f"{sign}{size}*d{i}"
        if not text or isinstance(self.offset, Dim) or self.offset:
            text += "".join(signed(self.offset))
        return text[3:] if text.startswith(" + ") else "-" + text[3:]

    def substitute(self, terms: Sequence[Linear], rank: int) -> Linear:
        """This expression with `terms[i]`, an expression over `rank` dimensions, in place of
        `d_i`.
        """
        coefficients, offset = [0] * rank, self.offset
        for c, term in zip(self.coefficients, terms, strict=True):
            if c:
                offset += c * term.offset
                coefficients = [
                    a + c * b for a, b in zip(coefficients, term.coefficients, strict=True)
                ]
        return Linear(tuple(coefficients), offset)

    def bounds(self, domain: Shape) -> tuple[int, int]:
        """Least and greatest value over the points of `domain` (which has no empty dimension)."""
        ends = [c * (n - 1) for c, n in zip(self.coefficients, domain, strict=True)]
        return self.offset + sum(min(0, e) for e in ends), self.offset + sum(
            max(0, e) for e in ends
        )

    def told_apart(self, domain: Shape) -> list[int]:
        """The dimensions of `domain` whose index follows from the value, as digits from a number:
        one step of each is more than all smaller ones together. None of them if that is not so.
        """
        used = [i for i, c in enumerate(self.coefficients) if c and domain[i] > 1]
        used.sort(key=lambda i: abs(self.coefficients[i]))
        reach = 0
        for i in used:
            if abs(self.coefficients[i]) <= reach:
                return []
            reach += abs(self.coefficients[i]) * (domain[i] - 1)
        return used


def dimension(index: int, rank: int) -> Linear:
    """The expression `d<index>`."""
    return Linear(tuple(int(i == index) for i in range(rank)))


@functools.cache
def dimensions(rank: int) -> tuple[Linear, ...]:
    """The expressions `d0`, `d1`, … of `rank` dimensions."""
    return tuple(dimension(i, rank) for i in range(rank))


def constant(value: int, rank: int) -> Linear:
    return Linear((0,) * rank, value)


class Map(Attribute):
    """A tuple of linear expressions over `rank` dimensions."""

    tag = "map"
    __slots__ = ("rank", "results", "_hash", "is_identity")

    def __init__(self, rank: int, results: Sequence[Linear]) -> None:
        self.rank = rank
        self.results = tuple(results)
        if any(len(r.coefficients) != rank for r in self.results):
            raise ValueError(
                f"every expression of a map over {rank} dimensions has {rank} coefficients"
            )
        self._hash = hash((rank, self.results))
        self.is_identity: bool = self.results == dimensions(rank)

    @classmethod
    def identity(cls, rank: int) -> Map:
        return cls(rank, dimensions(rank))

    @classmethod
    def nowhere(cls, rank: int) -> Map:
        """The map without results: it selects the element of a 0-d array, or a whole array."""
        return cls(rank, ())

    @classmethod
    def select(cls, rank: int, dimensions: Sequence[int]) -> Map:
        """The map to some of the dimensions, in the order given."""
        return cls(rank, [dimension(i, rank) for i in dimensions])

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Map)
            and self._hash == other._hash
            and (self.rank, self.results) == (other.rank, other.results)
        )

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"#map<{self.text()}>"

    def text(self) -> str:
        dimensions = ", ".join(f"d{i}" for i in range(self.rank))
        return f"({dimensions}) -> ({', '.join(map(str, self.results))})"

    def after(self, inner: Map) -> Map:
        """The composition: the point that `inner` gives, indexed by this map."""
        return Map(inner.rank, [r.substitute(inner.results, inner.rank) for r in self.results])

    def is_injective(self, domain: Shape) -> bool:
        """Whether distinct points of `domain` are sure to reach distinct elements."""
        told = set()
        for result in self.results:
            told.update(result.told_apart(domain))
        return all(n <= 1 or i in told for i, n in enumerate(domain))

    def is_by_row(self, outer: int) -> bool:
        """Whether the first `outer` dimensions are the first indices as they are, and are in no
        other.
        """
        head, rest = self.results[:outer], self.results[outer:]
        return head == dimensions(self.rank)[:outer] and not any(
            any(r.coefficients[:outer]) for r in rest
        )

    def fits(self, domain: Shape, shape: Shape) -> bool:
        """Whether every point of `domain` indexes inside `shape`."""
        if len(domain) != self.rank or len(shape) != len(self.results):
            return False
        if 0 in domain:
            return True
        bounds = [r.bounds(domain) for r in self.results]
        return all(low >= 0 and high < n for (low, high), n in zip(bounds, shape, strict=True))

    def flatten(self, shape: Shape) -> Linear:
        """The position, in elements, in a row-major array of `shape`; of a map to nowhere, 0."""
        stride, strides = 1, []
        for n in reversed(shape):
            strides.append(stride)
            stride *= n
        position = Linear(tuple(reversed(strides)))
        return (
            position.substitute(self.results, self.rank) if self.results else constant(0, self.rank)
        )


def parse_map(text: str) -> Map:
    """The map that `text` (without `#map<` and `>`) describes; raises `ValueError`."""
    match = _HEAD.fullmatch(text)
    if match is None:
        raise ValueError("a map is written (d0, d1) -> (d1, 2*d0 + 1)")
    names = [name.strip() for name in match[1].split(",") if name.strip()]
    if names != [f"d{i}" for i in range(len(names))]:
        raise ValueError("the dimensions of a map are d0, d1, … in order")
    parts = [part for part in match[2].split(",") if part.strip()]
    return Map(len(names), [_linear(part, len(names)) for part in parts])


def integer(text: str) -> int:
    """The integer, or the size of a trace, that a text spells; raises `ValueError`."""
    if text.isdecimal():
        return int(text)
    found: Any = number_at(text)
    if found is None:
        raise ValueError(f"no trace has the size {text}")
    return int(found) if not isinstance(found, Dim) else found  # type: ignore[return-value]


def _linear(text: str, rank: int) -> Linear:
    coefficients, offset = [0] * rank, 0
    text = re.sub(r"\s+", "", text)
    for term in re.findall(r"[+-]?(?:‹[^›]*›|[^+-])+", text):
        sign, body = (-1, term[1:]) if term[0] == "-" else (1, term.lstrip("+"))
        match = _TERM.fullmatch(body)
        if match is None or (match[2] and int(match[2]) >= rank):
            raise ValueError(f"{term!r} is not a term such as 2*d0 over {rank} dimensions")
        if match[3]:
            offset += sign * integer(match[3])
        else:
            coefficients[int(match[2])] += sign * integer(match[1] or "1")
    return Linear(tuple(coefficients), offset)


Attribute.parsers["map"] = parse_map
