"""The shape of a loop nest: in which order to run the dimensions of a kernel, and which to run as
one.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

from polyad.ir import Op, Shape

from ..dialects.affine import Linear, Map
from ..dialects.memory import type_of


@dataclass
class Nest:
    """A kernel's loops, outermost first: extents, which are reduced, and every access over them.

    Loops `[0, outer)` run over elements of the results. If `in_registers`, the rest are all
    reduced, and totals are carried from one iteration to the next; otherwise reduced loops stand
    around the last loop, and totals are kept in the result's own buffer.
    """

    extents: tuple[int, ...]
    reduced: tuple[bool, ...]
    accesses: tuple[Linear, ...]
    outer: int
    in_registers: bool
    order: tuple[int, ...]
    domain: Shape


def plan_nest(op: Op) -> Nest:
    """The nest of a `kernel.generic` on memrefs."""
    attrs: dict[str, Any] = op.attrs
    domain: Shape = attrs["domain"]
    accesses = [
        m.flatten(type_of(v).shape) for m, v in zip(attrs["maps"], op.operands, strict=True)
    ]
    reduced = {i for i, kind in enumerate(attrs["iterators"]) if kind == "reduction"}
    indices = [
        at for inner in op.regions[0].ops for at in inner.attrs.values() if isinstance(at, Map)
    ]
    linear = accesses + [at.results[0] for at in indices]
    order, in_registers = loop_order(domain, accesses, reduced)
    groups = merged(domain, linear, reduced, order)
    extents = tuple(prod(domain[d] for d in group) for group in groups)
    flags = tuple(group[0] in reduced for group in groups)
    over = [Linear(tuple(a.coefficients[g[-1]] for g in groups), a.offset) for a in accesses]
    inner = sum(flags) + (0 if in_registers else 1)
    return Nest(
        extents,
        flags,
        tuple(over),
        len(groups) - inner,
        in_registers,
        tuple(g[-1] for g in groups),
        domain,
    )


def loop_order(domain: Shape, accesses: list[Linear], reduced: set[int]) -> tuple[list[int], bool]:
    """The dimensions with more than one point, outermost first, so that the last steps through
    memory by ones.
    """
    dims = [d for d in range(len(domain)) if domain[d] > 1]
    if not dims:
        return [], True
    last = max(dims, key=lambda d: (unit_steps(d, accesses), d))
    rest = [d for d in dims if d != last]
    if not reduced.intersection(dims):
        return [*rest, last], True
    parallel, summed = [d for d in rest if d not in reduced], [d for d in rest if d in reduced]
    return [*parallel, *summed, last], last in reduced


def unit_steps(d: int, accesses: list[Linear]) -> int:
    """How many accesses step by at most one element along `d`, less those that jump."""
    return sum(
        1 if abs(a.coefficients[d]) == 1 else 0 if a.coefficients[d] == 0 else -1 for a in accesses
    )


def merged(
    domain: Shape, accesses: list[Linear], reduced: set[int], order: list[int]
) -> list[list[int]]:
    """The loops as groups of dimensions that all accesses step through as if they were one."""
    groups: list[list[int]] = []
    for d in order:
        if (
            groups
            and (groups[-1][-1] in reduced) == (d in reduced)
            and all(
                a.coefficients[groups[-1][-1]] == a.coefficients[d] * domain[d] for a in accesses
            )
        ):
            groups[-1].append(d)
        else:
            groups.append([d])
    return groups
