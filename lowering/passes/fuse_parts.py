"""kernel -> kernel: what becomes a part of a larger array is computed where it belongs.

Consumes `kernel.assemble`, as concatenation and padding give it. Introduces `kernel.compose` in the
place of those of which some part is made by a kernel that makes parts only, each for one reader.
Eliminates these parts as arrays: they are neither stored apart nor copied. Where a kernel makes
several, each gets a kernel of its own, if that repeats nothing but a few cheap ops.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from polyad.ir import Builder, Function, Handle, Op, Value

from ..dialects import kernel
from ..table import CONTROL, EXPENSIVE
from .fuse import CHEAP_OPS
from .rewrite import Rewriter, emit, rewrite, without_dead_ops

Maker = tuple[Op, list[Handle]]  # a kernel with one result, and its operands


def fuse_parts(function: Function) -> Function:
    """`function` with parts computed in their places."""
    parts = lone_parts(function)
    made: dict[Value, Maker] = {}

    def rule(r: Rewriter, op: Op, operands: list[Handle]) -> Sequence[Handle]:
        if op.name in CONTROL:
            return r.with_regions(op, operands, fuse_parts)
        if op.definition is kernel.generic and parts.issuperset(op.results):
            kernels = [only(op, i) for i in range(len(op.results))]
            if repeats_little(op, kernels):
                handles = dict(zip(op.operands, operands, strict=True))
                for v, one in zip(op.results, kernels, strict=True):
                    made[v] = one, [handles[x] for x in one.operands]
        if op.definition is kernel.assemble and any(v in made for v in op.operands):
            return compose(r, op, operands, [made.get(v) for v in op.operands])
        return r.copy(op, operands)

    return without_dead_ops(rewrite(function, rule))


def lone_parts(function: Function) -> set[Value]:
    """What has one reader, which makes it a part of something."""
    uses = Counter(v for op in function.ops for v in op.operands) + Counter(function.results)
    assembled = (op for op in function.ops if op.definition is kernel.assemble)
    return {v for op in assembled for v in op.operands if uses[v] == 1}


def only(op: Op, index: int) -> Op:
    """What a kernel does for one of its results."""
    body, inputs = op.regions[0], len(op.operands)
    pruned = without_dead_ops(Function(body.name, body.arguments, body.ops, (body.results[index],)))
    used = {v for inner in pruned.ops for v in inner.operands} | set(pruned.results)
    kept = [i for i, v in enumerate(body.arguments) if v in used]
    region = Function(body.name, tuple(body.arguments[i] for i in kept), pruned.ops, pruned.results)
    maps = op.attrs["maps"]
    changed = {
        "maps": (*(maps[i] for i in kept), maps[inputs + index]),
        "combine": (op.attrs["combine"][index],),
    }
    attributes = tuple((k, changed.get(k, v)) for k, v in op.attributes)
    operands = tuple(op.operands[i] for i in kept)
    return Op(op.definition, operands, attributes, (region,), (op.results[index],), op.location)


def repeats_little(op: Op, kernels: Sequence[Op]) -> bool:
    """Whether `kernels`, one for each result, may do what one kernel does."""
    if any(kind != "store" for kind in op.attrs["combine"]):
        return False
    before, after = body_ops([op]), body_ops(kernels)
    repeated = after - before
    return repeated.total() <= CHEAP_OPS and not any(name in EXPENSIVE for name in repeated)


def body_ops(kernels: Iterable[Op]) -> Counter[str]:
    return Counter(inner.name for op in kernels for inner in op.regions[0].ops)


def compose(
    r: Rewriter, op: Op, parts: list[Handle], makers: Sequence[Maker | None]
) -> Sequence[Handle]:
    """The `kernel.compose` that does what an assemble does, and what some of its parts need."""
    pairs = list(zip(parts, makers, strict=True))
    needed = [h for part, maker in pairs for h in (maker[1] if maker is not None else [part])]
    inputs = list({h.number: h for h in needed}.values())
    regions = []
    for part, maker in pairs:
        builder = Builder([h.type for h in inputs], name="part")
        inside = dict(zip([h.number for h in inputs], builder.argument_handles(), strict=True))
        results: Sequence[Handle]
        if maker is None:
            results = [inside[part.number]]
        else:
            step, operands = maker
            arguments = [inside[h.number] for h in operands]
            results = emit(
                builder, step.definition, arguments, step.attributes, step.regions, step.location
            )
        regions.append(builder.build(results))
    return r.emit(kernel.compose, inputs, tuple(regions), **op.attrs)
