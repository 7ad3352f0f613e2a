"""Where the loops of a kernel are cut: where what its body asks of its indices has another answer.

A `kernel.within`, or a clamp, of an index that depends on one loop alone changes its answer at one
or two places along it. Where the loops are cut there, each piece takes one branch of a `where`, and
only that is computed; where they are not, both are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

from polyad.ir import Attributes, Definition

from ..dialects import kernel
from ..dialects.affine import Linear, dimensions
from .graph import Node, Scalar, attributes_of, is_expensive

PIECES = 8  # so many copies of a body there are at most
OPS = 512  # … with so many ops in all


class Question(NamedTuple):
    """A `within` or clamp of an index, which is `line` if that is known, but for clamps in it."""

    line: Linear | None
    ends: tuple[int, int]
    decides: bool  # what is computed


def changes(line: Linear, ends: Sequence[int], index: int) -> Sequence[int]:
    """Where along dimension `index` a line passes `ends`, if it depends on that alone."""
    c = line.coefficients[index]
    if not c or any(other for i, other in enumerate(line.coefficients) if i != index):
        return ()
    return [first_step(c, end - line.offset) for end in ends]


def first_step(c: int, end: int) -> int:
    """Where `c * i >= end` begins to hold (for a negative c: ceases to)."""
    return -(-end // c) if c > 0 else end // c + 1


def ends_of(definition: Definition, attributes: Mapping[str, Any]) -> tuple[int, int]:
    """The first index that is inside for a `within` or clamp, and the first behind."""
    if definition is kernel.clamp:
        return 0, attributes["size"]
    return attributes["start"], attributes["stop"]


def lines_of(
    ops: Iterable[tuple[Definition, tuple[Any, ...], Attributes, Any]], lines: dict[Any, Linear]
) -> None:
    """Add to `lines`, of indices of the point, those of what is made of them, but for clamps."""
    for definition, operands, attributes, result in ops:
        if definition is kernel.clamp and operands[0] in lines:
            lines[result] = lines[operands[0]]
        elif definition is kernel.index and operands and all(v in lines for v in operands):
            terms = [lines[v] for v in operands]
            at: Any = dict(attributes)["at"]
            lines[result] = at.results[0].substitute(terms, len(terms[0].coefficients))


def questions(node: Node, at: Sequence[Linear | None] | None = None) -> list[Question]:
    """What a kernel asks of its indices, its point being `at`, where that is known."""
    rank = len(node.domain)
    point = list(dimensions(rank)) if at is None else at
    lines: dict[Scalar, Linear] = {}
    for op in node.ops:
        if op[0] is kernel.index and not op[1]:
            (line,) = attributes_of(op)["at"].results
            terms = [t for t, c in zip(point, line.coefficients, strict=True) if c]
            whole = [t for t in point if t is not None]
            if None not in terms and whole:
                size = len(whole[0].coefficients)
                zeros = [t or Linear((0,) * size) for t in point]
                lines[op[3]] = line.substitute(zeros, size)
    lines_of(node.ops, lines)
    return [
        Question(lines.get(op[1][0]), ends_of(op[0], attributes_of(op)), op[0] is kernel.within)
        for op in node.ops
        if op[0] in (kernel.within, kernel.clamp)
    ]


def decides_much(node: Node) -> bool:
    """Whether a kernel computes something dear, in one branch of a choice, it may be."""
    return any(map(is_expensive, node.ops))


def stay_cut(producer: Node, node: Node, at: Sequence[Linear | None] | None = None) -> bool:
    """Whether one kernel that does both, the producer `at` a point of its domain, computes nothing
    dear but where it is needed.
    """
    if not (producer.chooses or node.chooses):
        return True
    if not (decides_much(producer) or decides_much(node)):
        return True
    asked = questions(producer, at) + questions(node)
    return are_cut(asked, node.domain, len(producer.ops) + len(node.ops))


def are_cut(asked: Iterable[Question], domain: tuple[int, ...], ops: int) -> bool:
    """Whether loops over `domain` are cut wherever an answer changes that decides something."""
    places: dict[int, set[int]] = {}
    for question in asked:
        line = question.line
        used = [i for i, c in enumerate(line.coefficients) if c and domain[i] > 1] if line else []
        if len(used) == 1 and line is not None:
            alone = Linear(
                tuple(c if i in used else 0 for i, c in enumerate(line.coefficients)), line.offset
            )
            inside = {p for p in changes(alone, question.ends, used[0]) if 0 < p < domain[used[0]]}
            places.setdefault(used[0], set()).update(inside)
        elif question.decides and (line is None or used):
            return False
    pieces = prod(len(found) + 1 for found in places.values())
    return pieces <= min(PIECES, OPS // max(1, ops))
