"""kernel -> kernel: a part of a larger array is computed in its place there.

Consumes `kernel.assemble`, the form of concatenation and padding, and `kernel.insert`, with a part
that a kernel makes for this reader alone. Eliminates such parts as arrays. Introduces
`kernel.compose`, in which that kernel writes to the larger array. Other results of the kernel
become results of the `kernel.compose`, if nothing reads them earlier. A kernel that makes several
parts, and nothing else, is split into one kernel per part, if that repeats only a few cheap ops.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from polyad.ir import Builder, Function, Handle, Op, Value

from .. import costs
from ..dialects import kernel
from ..rewrite import Rewriter, emit, rewrite, without_dead_ops
from ..table import CONTROL
from .fuse import CHEAP_OPS


class Maker(NamedTuple):
    """A kernel, its operands, and which of its results is the part."""

    op: Op
    operands: Sequence[Handle]
    part: Value

    def others(self) -> list[Value]:
        return [v for v in self.op.results if v is not self.part]


def fuse_parts(function: Function) -> Function:
    """`function` with parts computed in their places."""
    consumed = (kernel.assemble, kernel.insert)
    if not any(o.definition in consumed or o.name in CONTROL for o in function.ops):
        return function
    parts = lone_parts(function)
    made: dict[Value, Maker] = {}

    def rule(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
        if op.name in CONTROL:
            return r.with_regions(op, operands, fuse_parts)
        if op.definition is kernel.assemble and any(v in made for v in op.operands):
            makers = [made.get(v) for v in op.operands]
            array, *others = compose(r, op, operands, makers)
            others_of = (v for m in makers if m for v in m.others())
            r.handles.update(zip(others_of, others, strict=True))
            return [array]
        if op.definition is kernel.insert and op.operands[-1] in made:
            maker = made[op.operands[-1]]
            return (
                insert(r, op, operands[0], maker) if may_insert(op, maker) else r.copy(op, operands)
            )
        if op.definition is not kernel.generic:
            return r.copy(op, operands)
        for v, one in kernels_of_parts(function, op, parts):
            made[v] = Maker(one, [r.handles[x] for x in one.operands], v)
        return r.copy(op, operands)

    return without_dead_ops(rewrite(function, rule))


def kernels_of_parts(function: Function, op: Op, parts: set[Value]) -> list[tuple[Value, Op]]:
    """Pairs of a part that kernel `op` makes and the kernel that is to make it in place: `op`
    itself for one part, if nothing reads its other results earlier; or one kernel per part.
    """
    mine = [v for v in op.results if v in parts]
    if len(mine) == len(op.results):
        kernels = [only(op, i) for i in range(len(op.results))]
        return list(zip(mine, kernels, strict=True)) if repeats_little(op, kernels) else []
    if len(mine) != 1 or kernel.kind_of(op, mine[0]) != "store":
        return []
    others = set(op.results).difference(mine)
    start = function.ops.index(op) + 1
    stop = next(i for i, o in enumerate(function.ops) if mine[0] in o.operands)
    early = any(others.intersection(o.operands) for o in function.ops[start : stop + 1])
    return [] if early else [(mine[0], op)]


def lone_parts(function: Function) -> set[Value]:
    """The arrays with one reader, a `kernel.assemble`, or a `kernel.insert` of them."""
    uses = Counter(v for op in function.ops for v in op.operands) + Counter(function.results)
    assembled = (op for op in function.ops if op.definition is kernel.assemble)
    found = {v for op in assembled for v in op.operands if uses[v] == 1}
    inserted = (op.operands[-1] for op in function.ops if op.definition is kernel.insert)
    return found | {v for v in inserted if uses[v] == 1}


def only(op: Op, index: int) -> Op:
    """The kernel for one result of a kernel."""
    body, inputs = op.regions[0], len(op.operands)
    pruned = without_dead_ops(body.with_(results=(body.results[index],)))
    used = {v for inner in pruned.ops for v in inner.operands} | set(pruned.results)
    kept = [i for i, v in enumerate(body.arguments) if v in used]
    maps = op.attrs["maps"]
    return op.with_(
        operands=(op.operands[i] for i in kept),
        attributes=op.attributes_with(
            maps=(*(maps[i] for i in kept), maps[inputs + index]),
            combine=(op.attrs["combine"][index],),
        ),
        regions=(pruned.with_(arguments=(body.arguments[i] for i in kept)),),
        results=(op.results[index],),
    )


def repeats_little(op: Op, kernels: Sequence[Op]) -> bool:
    """Whether `kernels`, one per result of `op`, run only a few cheap ops more than `op`."""
    if any(kind != "store" for kind in op.attrs["combine"]):
        return False
    before, after = body_ops([op]), body_ops(kernels)
    repeated = after - before
    return repeated.total() <= CHEAP_OPS and not any(map(costs.is_hard, repeated))


def body_ops(kernels: Iterable[Op]) -> Counter[str]:
    return Counter(inner.name for op in kernels for inner in op.regions[0].ops)


def compose(
    r: Rewriter, op: Op, parts: Sequence[Handle], makers: Sequence[Maker | None]
) -> Sequence[Handle]:
    """The `kernel.compose` in place of a `kernel.assemble`, with the kernels of some of its
    parts.
    """
    pairs = list(zip(parts, makers, strict=True))
    needed = [h for part, maker in pairs for h in (maker.operands if maker else [part])]
    inputs = list({h.number: h for h in needed}.values())
    regions = []
    for part, maker in pairs:
        builder = Builder([h.type for h in inputs], name="part")
        inside = dict(zip([h.number for h in inputs], builder.argument_handles(), strict=True))
        results = [inside[part.number]] if maker is None else built(builder, maker, inside)
        regions.append(builder.build(results))
    return r.emit(kernel.compose, inputs, tuple(regions), **op.attrs)


def may_insert(op: Op, maker: Maker) -> bool:
    """Whether a kernel may write its part into the array of a `kernel.insert`: it reads no elements
    of the array but each the one that it writes.
    """
    step, array = maker.op, op.operands[0]
    if len(step.results) != 1 or "reduction" in step.attrs["iterators"]:
        return False
    *maps, out = step.attrs["maps"]
    mine = [m for v, m in zip(step.operands, maps, strict=True) if v is array]
    return all(m == op.attrs["at"].after(out) for m in mine)


def insert(r: Rewriter, op: Op, array: Handle, maker: Maker) -> Sequence[Handle]:
    """The `kernel.insert` with the kernel of its part."""
    inputs = list({h.number: h for h in maker.operands}.values())
    builder = Builder([h.type for h in inputs], name="part")
    inside = dict(zip([h.number for h in inputs], builder.argument_handles(), strict=True))
    region = builder.build(built(builder, maker, inside))
    return r.emit(kernel.insert, [array, *inputs], (region,), **op.attrs)


def built(builder: Builder, maker: Maker, inside: dict[int, Handle]) -> list[Handle]:
    """Emit the kernel of a part; the part, then its other results."""
    op = maker.op
    arguments = [inside[h.number] for h in maker.operands]
    made = emit(builder, op.definition, arguments, op.attributes, op.regions, op.location)
    results = dict(zip(op.results, made, strict=True))
    return [results[maker.part], *(results[v] for v in maker.others())]
