"""What a kernel does and costs, as `explain` tells it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import prod
from typing import NamedTuple

from polyad.ir import ArrayType, Op, Value

from .dialects import kernel
from .dialects.memory import MemRef
from .table import EXPENSIVE

# Ops of a scalar body that are no arithmetic.
FREE = frozenset(
    (
        *("full", "where", "astype", "bitcast", "real", "imag", "conj", "complex"),
        *("kernel.index", "kernel.clamp", "kernel.within", "kernel.load"),
    )
)


class Cost(NamedTuple):
    """Arithmetic, and what takes as long as a dozen of it."""

    plain: int
    hard: int

    def told(self, traffic: int) -> str:
        text = f"moves {amount(traffic, 'B')}, {amount(self.plain, 'flop')}"
        if self.hard:
            text += f", {amount(self.hard, 'elementary functions, divisions and roots')}"
        return text


def ops_of(op: Op) -> Counter[str]:
    """The arithmetic in the body of a `kernel.generic`, without what is known of its indices."""
    names: Counter[str] = Counter()
    known: set[Value] = set()
    for inner in op.regions[0].ops:
        if inner.definition is kernel.within or (
            inner.name == "logical_and" and known.issuperset(inner.operands)
        ):
            known.add(inner.result)
        elif inner.name not in FREE:
            names[inner.name] += 1
    return names


def reductions_of(op: Op) -> list[str]:
    """How its results are reduced; what is carried is so over rows."""
    kinds = (kind for kind in op.attrs["combine"] if kind != "store")
    return [f"{kernel.CARRIED[k]} over rows" if k in kernel.CARRIED else k for k in kinds]


def work_of(op: Op) -> str:
    """What a `kernel.generic` fuses: `subtract, exp x2, sum`."""
    names = (n if k == 1 else f"{n} x{k}" for n, k in ops_of(op).items())
    return ", ".join([*names, *reductions_of(op)]) or "moves elements only"


def reduced_of(op: Op) -> str:
    """`, reducing d1`, or nothing."""
    reduced = [f"d{i}" for i, kind in enumerate(op.attrs["iterators"]) if kind == "reduction"]
    return f", reducing {', '.join(reduced)}" if reduced else ""


def cost_of(ops: Iterable[Op]) -> Cost:
    """The cost of running some `kernel.generic`s."""
    plain = hard = 0
    for op in ops:
        points, names = prod(op.attrs["domain"]), ops_of(op)
        slow = sum(k for n, k in names.items() if n in EXPENSIVE)
        hard += points * slow
        plain += points * (sum(names.values()) - slow + len(reductions_of(op)))
    return Cost(plain, hard)


def traffic_of(operands: Iterable[Value], points: int) -> int:
    """Bytes read and written by a kernel that runs at so many points, each element counted once."""
    buffers = {v: v.type.array for v in operands if isinstance(v.type, MemRef)}
    return sum(min(a.nbytes, points * a.dtype.itemsize) for a in buffers.values())


def block_bytes(op: Op) -> int:
    """The bytes of what a `kernel.nest` keeps for a block of rows only."""
    (body,), outer, block = op.regions, op.attrs["outer"], op.attrs["block"]
    first = body.ops[: len(body.ops) - len(kernel.behind_rows(body, outer))]
    values = {v for o in first for v in o.results}.difference(*map(kernel.carried_of, first))
    types = [v.type for v in values.difference(body.results) if isinstance(v.type, ArrayType)]
    return sum(block * prod(t.shape[outer:]) * t.dtype.itemsize for t in types)


def amount(number: int, unit: str) -> str:
    """A number with an SI prefix where it is large."""
    for prefix, scale in (("G", 10**9), ("M", 10**6), ("k", 10**3)):
        if number >= scale:
            text = f"{number / scale:.3g}"
            return f"{text} {prefix}{unit}" if len(unit) <= 4 else f"{text}{prefix} {unit}"
    return f"{number} {unit}"
