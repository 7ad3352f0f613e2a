"""kernel -> kernel: a part of a larger array is computed in its place there.

Consumes `kernel.assemble`, the form of concatenation and padding, and `kernel.insert`, with a part
that a kernel makes for this reader alone. Eliminates such parts as arrays. Introduces
`kernel.compose`, in which that kernel writes to the larger array. Other results of the kernel
become results of the `kernel.compose`, if nothing reads them earlier. A kernel that makes parts
of several arrays, and nothing else, is split into one kernel per part, if that repeats only a few
cheap ops.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from polyad.ir import Builder, Function, Handle, Op, Value

from .. import costs
from ..dialects import kernel
from ..rewrite import Rewriter, emit, rewrite, without_dead_ops
from ..table import CONTROL
from .fuse import CHEAP_OPS


class Maker(NamedTuple):
    """A kernel, its operands, and which of its results are parts of one array."""

    op: Op
    operands: Sequence[Handle]
    parts: Sequence[Value]

    def others(self) -> list[Value]:
        return [v for v in self.op.results if v not in self.parts]


def fuse_parts(function: Function) -> Function:
    """`function` with parts computed in their places."""
    consumed = (kernel.assemble, kernel.insert)
    if not any(o.definition in consumed or o.name in CONTROL for o in function.ops):
        return function
    readers = readers_of_parts(function)
    made: dict[Value, Maker] = {}

    def rule(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
        if op.name in CONTROL:
            return r.with_regions(op, operands, fuse_parts)
        if op.definition is kernel.assemble and any(v in made for v in op.operands):
            return [compose(r, op, operands, made)]
        if op.definition is kernel.insert and op.operands[-1] in made:
            maker = made[op.operands[-1]]
            return (
                insert(r, op, operands[0], maker) if may_insert(op, maker) else r.copy(op, operands)
            )
        if op.definition is not kernel.generic:
            return r.copy(op, operands)
        for one, parts in kernels_of_parts(function, op, readers):
            maker = Maker(one, [r.handles[x] for x in one.operands], parts)
            made.update((v, maker) for v in parts)
        return r.copy(op, operands)

    return without_dead_ops(rewrite(function, rule))


def kernels_of_parts(
    function: Function, op: Op, readers: Mapping[Value, Op]
) -> list[tuple[Op, Sequence[Value]]]:
    """The kernels that are to make the parts of kernel `op` in place, and those: `op` itself for
    parts of one array, if nothing reads its other results earlier; or one kernel per part.
    """
    mine = [v for v in op.results if v in readers]
    arrays = {readers[v] for v in mine}
    if len(arrays) == 1:
        (reader,) = arrays
        if any(kernel.kind_of(op, v) != "store" for v in mine):
            return []
        others = set(op.results).difference(mine)
        between = function.ops[function.ops.index(op) + 1 : function.ops.index(reader) + 1]
        return [] if any(others.intersection(o.operands) for o in between) else [(op, mine)]
    if not mine or len(mine) < len(op.results):
        return []
    kernels = [only(op, i) for i in range(len(op.results))]
    if not repeats_little(op, kernels):
        return []
    return [(one, [v]) for one, v in zip(kernels, mine, strict=True)]


def readers_of_parts(function: Function) -> dict[Value, Op]:
    """The arrays with one reader, a `kernel.assemble`, or a `kernel.insert` of them; and these."""
    uses = Counter(v for op in function.ops for v in op.operands) + Counter(function.results)
    found: dict[Value, Op] = {}
    for op in function.ops:
        if op.definition is kernel.assemble:
            found.update((v, op) for v in op.operands if uses[v] == 1)
        elif op.definition is kernel.insert and uses[op.operands[-1]] == 1:
            found[op.operands[-1]] = op
    return found


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


def compose(r: Rewriter, op: Op, parts: Sequence[Handle], made: Mapping[Value, Maker]) -> Handle:
    """The `kernel.compose` in place of a `kernel.assemble`, with the kernels of some of its
    parts.
    """
    makers = list({id(made[v].op): made[v] for v in op.operands if v in made}.values())
    rest = [i for i, v in enumerate(op.operands) if v not in made]
    needed = [h for maker in makers for h in maker.operands] + [parts[i] for i in rest]
    inputs = list({h.number: h for h in needed}.values())
    regions, maps, others = [], [], list[Value]()
    at = dict(zip(op.operands, op.attrs["maps"], strict=True))
    for maker in makers:
        regions.append(region_of(inputs, partial(built, maker)))
        maps.append(tuple(at[v] for v in maker.parts))
        others += maker.others()
    for i in rest:
        regions.append(region_of(inputs, partial(operand, parts[i])))
        maps.append((op.attrs["maps"][i],))
    attributes = op.attrs | {"maps": tuple(maps)}
    array, *found = r.emit(kernel.compose, inputs, tuple(regions), **attributes)
    r.handles.update(zip(others, found, strict=True))
    return array


def region_of(
    inputs: Sequence[Handle], results: Callable[[Builder, dict[int, Handle]], Sequence[Handle]]
) -> Function:
    """A region that takes `inputs`; `results` has its builder and its arguments by the inputs'
    numbers.
    """
    builder = Builder([h.type for h in inputs], name="part")
    inside = dict(zip([h.number for h in inputs], builder.argument_handles(), strict=True))
    return builder.build(results(builder, inside))


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
    region = region_of(inputs, partial(built, maker))
    return r.emit(kernel.insert, [array, *inputs], (region,), **op.attrs)


def operand(part: Handle, _: Builder, inside: dict[int, Handle]) -> list[Handle]:
    """The part as it is."""
    return [inside[part.number]]


def built(maker: Maker, builder: Builder, inside: dict[int, Handle]) -> list[Handle]:
    """Emit the kernel of parts; the parts, then its other results."""
    op = maker.op
    arguments = [inside[h.number] for h in maker.operands]
    made = emit(builder, op.definition, arguments, op.attributes, op.regions, op.location)
    results = dict(zip(op.results, made, strict=True))
    return [results[v] for v in (*maker.parts, *maker.others())]
