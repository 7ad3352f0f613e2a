"""Writes into parts of the arrays that a loop carries: `x.at[1:-1].set(v)`, traced as a choice, at
each element of x, between x and a padded v.

In a loop whose body does nothing else to a carried array, each is a `kernel.insert`, which stores
the part alone. Elsewhere the choice is better: it fuses with its readers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from polyad.ir import Builder, Function, Handle, Op, Value

from ..dialects import kernel
from ..dialects.affine import Linear, Map
from ..dialects.memory import type_of
from ..rewrite import Rewriter, function_of
from .generic import generic

Makers = dict[Value, Op]


class Write(NamedTuple):
    """An array, the part that goes into it, and where; `combines`: it is combined with what is
    there, by the op itself.
    """

    array: Value
    part: Value
    at: Map
    combines: bool


def writes_of(body: Function, first: int, carry: int) -> dict[Op, Write]:
    """The writes on the ways from the arguments `first + k` of a loop's body to its results k, for
    k < `carry`; of ways on which there is nothing else.
    """
    makers = {v: op for op in body.ops for v in op.results}
    time = {op: i for i, op in enumerate(body.ops)}
    last = dict.fromkeys(body.results, len(body.ops))
    for op in reversed(body.ops):
        for v in op.operands:
            last.setdefault(v, time[op])
    found: dict[Op, Write] = {}
    for k in range(carry):
        value, way = body.results[k], dict[Op, Write]()
        while value is not body.arguments[first + k]:
            maker = makers.get(value)
            write = None if maker is None else write_of(maker, makers)
            if maker is None or write is None or last[write.array] > time[maker]:
                way.clear()
                break
            way[maker], value = write, write.array
        if len(way) > 1 or not any(reads_around(write, makers) for write in way.values()):
            found |= way
    return found


def write_of(op: Op, makers: Makers) -> Write | None:
    """An op as a write into a part of one of its operands; None for another op."""
    if op.name == "where":
        mask, new, array = op.operands
        pads = makers.get(mask), makers.get(new)
        if not all(pad is not None and pad.name == "pad" for pad in pads):
            return None
        ones, values = (pad for pad in pads if pad is not None)
        if ones.attributes != values.attributes or not is_true(ones.operands[0], makers):
            return None
        return padded(array, values, combines=False)
    if op.name in ("add", "subtract"):
        array, new = op.operands
        pad = makers.get(new)
        return padded(array, pad, combines=True) if pad is not None and pad.name == "pad" else None
    return None


def reads_around(write: Write, makers: Makers) -> bool:
    """Whether the part is made of elements of the array elsewhere than where it goes. It cannot be
    made in place then; if nothing else is written, it is better to exchange two arrays.
    """
    seen, waiting = set[Value](), [write.part]
    while waiting:
        value = waiting.pop()
        maker = makers.get(value)
        if value is write.array:
            return True
        if value in seen or maker is None or write_of(maker, makers) is not None:
            continue
        seen.add(value)
        if not (maker.name == "slice" and is_of(maker, write)):
            waiting += maker.operands
    return False


def is_of(part: Op, write: Write) -> bool:
    """Whether a slice is the part of the array that is written."""
    same = type_of(part.result).shape == type_of(write.part).shape
    here = box(part.attrs["start"], part.attrs["step"])
    return part.operands[0] is write.array and same and here == write.at


def padded(array: Value, pad: Op, combines: bool) -> Write | None:
    """The write of what is padded into an array; None if the pad cuts elements off."""
    low, high, interior = (pad.attrs[name] for name in ("low", "high", "interior"))
    if min((*low, *high, 0)) < 0 or 0 in type_of(pad.operands[0]).shape:
        return None
    return Write(array, pad.operands[0], box(low, [n + 1 for n in interior]), combines)


def box(start: Sequence[int], step: Sequence[int]) -> Map:
    """The points from `start` on, so many steps apart."""
    rank = len(start)
    unit = lambda i: tuple(step[i] if j == i else 0 for j in range(rank))
    return Map(rank, [Linear(unit(i), start[i]) for i in range(rank)])


def is_true(value: Value, makers: Makers) -> bool:
    """Whether each element of a boolean array is known to be True."""
    maker = makers.get(value)
    if maker is not None and maker.name == "broadcast_to":
        return is_true(maker.operands[0], makers)
    return maker is not None and maker.name == "full" and maker.attrs["value"] is True


def written(r: Rewriter, op: Op, write: Write) -> Sequence[Handle]:
    """The `kernel.insert` in place of an op."""
    array, part = r.handles[write.array], r.handles[write.part]
    if write.combines:
        same, element = Map.identity(write.at.rank), part.type.with_shape(())
        body = function_of(op.definition, [element, element], op.attributes)
        (part,) = generic(r, [array, part], part.type.shape, [write.at, same, same], body)
    builder = Builder([part.type], name="part")
    region = builder.build(builder.argument_handles())
    return r.emit(kernel.insert, [array, part], (region,), at=write.at)
