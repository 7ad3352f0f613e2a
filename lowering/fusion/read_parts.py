"""kernel -> kernel: kernels read the parts of a concatenated or padded array directly.

Consumes `kernel.assemble`. Eliminates it where all readers are kernels that read element by
element, and its parts keep their steps. Introduces a kernel that chooses, at each point, the part
to load from and the index there. It fuses with its readers like any other kernel; loops are cut
where a part ends (`loops/body`), and nothing is left of the choice in each piece. Of other
`kernel.assemble`s it eliminates the moves that give a part further dimensions of size 1, and parts
that are there more than once, so that the kernel of the parts can write them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from polyad.ir import Builder, Function, Handle, Op, Shape, Value

from ..dialects import kernel
from ..dialects.affine import Linear, Map
from ..dialects.memory import type_of
from ..kernels.fold_moves import inverse, is_view
from ..kernels.generic import generic, move
from ..regions import has
from ..rewrite import Rewriter, emit, rewrite
from ..table import CONTROL, array_op

# Parts of an array that kernels read directly, at most.
PARTS = 4


def read_parts(function: Function) -> Function:
    """`function` with parts read directly; itself if there are none."""
    if not has(function, (kernel.assemble.name,)):
        return function
    assembled = [op for op in function.ops if op.definition is kernel.assemble]
    outside = read_otherwise(function) if assembled else set()
    found = {op for op in assembled if op.result not in outside and is_plain(op)}
    grown = {op.result: op for op in function.ops if is_view(op) and keeps_order(op)}

    def rule(r: Rewriter, op: Op, operands: Sequence[Handle]) -> Sequence[Handle]:
        if op.name in CONTROL:
            return r.with_regions(op, operands, read_parts)
        if op.definition is kernel.assemble and op not in found:
            return ungrown(r, op, grown)
        if op not in found:
            return r.copy(op, operands)
        shape = op.attrs["shape"]
        maps = [*(Map.nowhere(len(shape)) for _ in operands), Map.identity(len(shape))]
        return generic(r, operands, shape, maps, chosen(op))

    return rewrite(function, rule)


def read_otherwise(function: Function) -> set[Value]:
    """The results of the function, and arrays that an op other than a kernel reads, or a kernel as
    a whole.
    """
    found = set(function.results)
    for op in function.ops:
        if op.definition is not kernel.generic:
            found.update(op.operands)
            continue
        pairs = zip(op.operands, op.attrs["maps"], strict=False)
        found.update(v for v, at in pairs if kernel.is_whole(v.type, at))
    return found


def keeps_order(view: Op) -> bool:
    """Whether a move only adds dimensions of size 1, or takes them away."""
    old, new = type_of(view.operands[0]), type_of(view.result)
    at, still = view.attrs["maps"]
    steps = (at.flatten(old.shape).coefficients, still.flatten(new.shape).coefficients)
    same = all(one == other for one, other, n in zip(*steps, new.shape, strict=True) if n != 1)
    return same and still.is_identity and 0 < old.size == new.size


def ungrown(r: Rewriter, op: Op, grown: Mapping[Value, Op]) -> Sequence[Handle]:
    """A `kernel.assemble` of what is ahead of the moves in `grown`, of each array once."""
    parts, maps, seen = [], [], set[Value]()
    for v, at in zip(op.operands, op.attrs["maps"], strict=True):
        view = grown.get(v)
        source = v if view is None else view.operands[0]
        if view is not None:
            back = inverse(view.attrs["maps"][0], type_of(v).shape, type_of(source).shape)
            assert back is not None, "dimensions that are kept are paired one by one"
            at = at.after(back)
        part = r.handles[source]
        if source in seen:
            shape = type_of(source).shape
            (part,) = move(r, part, shape, Map.identity(len(shape)))
        seen.add(source)
        parts.append(part)
        maps.append(at)
    attributes = op.attrs | {"maps": tuple(maps)}
    return r.emit(kernel.assemble, parts, **attributes)


def is_plain(op: Op) -> bool:
    """Whether an assemble has few parts, none empty, whose elements are neighbours in the array
    too.
    """
    if len(op.operands) > PARTS or any(0 in type_of(v).shape for v in op.operands):
        return False
    steps = {tuple(r.coefficients for r in at.results) for at in op.attrs["maps"]}
    identity = Map.identity(len(op.attrs["shape"]))
    return steps == {tuple(r.coefficients for r in identity.results)}


def chosen(op: Op) -> Function:
    """The body that loads from the part that contains the point; zero if none does."""
    types = [type_of(v) for v in op.operands]
    builder = Builder(types, name="body")
    parts = list(zip(builder.argument_handles(), op.attrs["maps"], strict=True))
    shape, element = op.attrs["shape"], types[0].with_shape(())
    attributes = (("dtype", element.dtype), ("shape", ()), ("value", element.dtype.python_type(0)))
    value = None
    if op.attrs["fill"]:
        (value,) = emit(builder, array_op("full"), (), attributes)
    for part, at in reversed(parts):
        inside, loaded = read(builder, part, at, shape)
        if value is None or inside is None:
            value = loaded
        else:
            (value,) = emit(builder, array_op("where"), (inside, loaded, value))
    assert value is not None
    return builder.build([value])


def read(builder: Builder, part: Handle, at: Map, shape: Shape) -> tuple[Handle | None, Handle]:
    """Whether a point of the array is in `part`, which begins where `at` says (None: always), and
    the element at the point, or outside the nearest one.
    """
    inside: Handle | None = None
    point = []
    for i, (n, whole) in enumerate(zip(part.type.shape, shape, strict=True)):
        line = Linear(at.results[i].coefficients, -at.results[i].offset)
        (index,) = emit(builder, kernel.index, (), (("at", Map(len(shape), [line])),))
        if n < whole:
            (near,) = emit(builder, kernel.within, (index,), (("start", 0), ("stop", n)))
            (index,) = emit(builder, kernel.clamp, (index,), (("size", n),))
            if inside is not None:
                (near,) = emit(builder, array_op("logical_and"), (inside, near))
            inside = near
        point.append(index)
    return inside, emit(builder, kernel.load, (part, *point))[0]
