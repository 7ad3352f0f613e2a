"""The cuts of a kernel's loops, at the indices where a choice by an index changes.

A `kernel.within`, or a clamp, of an index that depends on one loop alone changes its answer at one
or two indices of that loop. Where the loop is cut there, each piece computes one branch of a
`where`; where it is not, every point computes both branches.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

from polyad.ir import Attributes, Definition

from ..dialects import kernel
from ..dialects.affine import Linear, dimensions
from .graph import Node, Scalar, attributes_of

# Pieces of a loop nest, each with a copy of the body, at most.
PIECES = 8
# Ops of all these copies, at most.
OPS = 512


class Question(NamedTuple):
    """A `within` or clamp of an index: its affine expression `line`, clamps in it left out, if it
    has one; the first index inside and the first beyond; and whether the answer `decides` which
    branch of a `where` is computed.
    """

    line: Linear | None
    ends: tuple[int, int]
    decides: bool


def changes(line: Linear, ends: Sequence[int], index: int) -> Sequence[int]:
    """The indices of dimension `index` at which `line` passes one of `ends`, if it depends on that
    dimension alone.
    """
    c = line.coefficients[index]
    if not c or any(other for i, other in enumerate(line.coefficients) if i != index):
        return ()
    return [first_step(c, end - line.offset) for end in ends]


def first_step(c: int, end: int) -> int:
    """The first i at which `c * i >= end` changes: begins to be true, or for a negative c ceases
    to.
    """
    return -(-end // c) if c > 0 else end // c + 1


def ends_of(definition: Definition, attributes: Mapping[str, Any]) -> tuple[int, int]:
    """The first index inside a `within` or clamp, and the first beyond."""
    if definition is kernel.clamp:
        return 0, attributes["size"]
    return attributes["start"], attributes["stop"]


def lines_of(
    ops: Iterable[tuple[Definition, tuple[Any, ...], Attributes, Any]], lines: dict[Any, Linear]
) -> None:
    """Add the expressions of the indices that are made of indices in `lines`, leaving clamps
    out.
    """
    for definition, operands, attributes, result in ops:
        if definition is kernel.clamp and operands[0] in lines:
            lines[result] = lines[operands[0]]
        elif definition is kernel.index and operands and all(v in lines for v in operands):
            terms = [lines[v] for v in operands]
            at: Any = dict(attributes)["at"]
            lines[result] = at.results[0].substitute(terms, len(terms[0].coefficients))


def questions(node: Node, at: Sequence[Linear | None] | None = None) -> list[Question]:
    """The questions that a kernel asks of its indices; its point is `at` in another kernel's
    domain, as far as that is known.
    """
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


def stay_cut(producer: Node, node: Node, at: Sequence[Linear | None] | None = None) -> bool:
    """Whether one kernel for both, with the producer computed at the point `at`, runs expensive ops
    only at the points that need them.
    """
    if not (producer.chooses or node.chooses):
        return True
    if not (producer.hard or node.hard):  # no branch of a choice saves much
        return True
    asked = questions(producer, at) + questions(node)
    return are_cut(asked, node.domain, len(producer.ops) + len(node.ops))


def are_cut(asked: Iterable[Question], domain: tuple[int, ...], ops: int) -> bool:
    """Whether loops over `domain` can be cut at each change of an answer that decides something."""
    cuts: dict[int, set[int]] = {}
    for question in asked:
        line = question.line
        used = [i for i, c in enumerate(line.coefficients) if c and domain[i] > 1] if line else []
        if len(used) == 1 and line is not None:
            alone = Linear(
                tuple(c if i in used else 0 for i, c in enumerate(line.coefficients)), line.offset
            )
            inside = {p for p in changes(alone, question.ends, used[0]) if 0 < p < domain[used[0]]}
            cuts.setdefault(used[0], set()).update(inside)
        elif question.decides and (line is None or used):
            return False
    pieces = prod(len(found) + 1 for found in cuts.values())
    return pieces <= min(PIECES, OPS // max(1, ops))
