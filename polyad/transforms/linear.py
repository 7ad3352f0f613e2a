"""Tangents and cotangents with their gates, and which ops carry a gate on in which way."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from typing import NamedTuple

import numpy as np

from ..ir import Function, Op, Shape
from ..ops import elementwise as e
from ..ops.definition import OpDefinition
from ..ops.linalg import free_axes
from ..ops.manipulation import inverse_permutation
from ..ops.types import Operand
from . import gates, static_masks
from ._pass import definition
from .gates import Gate, Join
from .static_masks import Mask


class Linear(NamedTuple):
    """A tangent or cotangent. One that is not `clean` may be NaN where its gate is closed, since it
    has met an infinite partial. A `raw` one has come from an argument by moves and sums alone.
    """

    value: Operand
    gate: Gate | None = None
    clean: bool = True
    raw: bool = False

    def settled(self, kind: Join) -> Linear:
        """With zeros where the gate is closed, put there by the op `kind`, at the place of the op
        that made the value unless another is converted.
        """
        if self.clean:
            return self
        builder = self.value.builder
        around, row = builder.location, builder.row_of(self.value.number)
        builder.location = around or (None if row is None else row[4])
        settled = Linear(gates.through(kind, self.gate, self.value), self.gate)
        builder.location = around
        return settled


class Mode(NamedTuple):
    """How gates are made and applied. The program's own products with a factor that does not move
    are closed where it is 0; in a `rule`, which is linear, the factor is a partial, and a number.
    """

    rule: bool
    kind: Join  # the op that applies a gate


FORWARD_MODE = Mode(False, e.shield)


def seeds(values: Sequence[Operand]) -> list[Linear]:
    """Tangents or cotangents that a user gives, as rows of an identity are: one that is 0 is no
    accident of the function's. A single number is left alone: with it, all would be 0.
    """
    if len(values) == 1 and values[0].type.shape == ():
        return [Linear(values[0], raw=True)]
    return [Linear(v, gates.weighed(v, False), True, True) for v in values]


# -- Ops that move and add, and multiply with nothing ----------------------------------------------

# Element by element.
PLAIN = {"add", "subtract", "negative", "conj", "real", "imag", "complex", "astype"}
PLAIN |= {"checkpoint_name"}
# Each element of the result is one of the operand's, or a zero: booleans move in the same way.
ONE_TO_ONE = {"reshape", "permute_dims", "flip", "slice", "pad", "concat"}
FORWARD = ONE_TO_ONE | {"broadcast_to", "take"}
BACKWARD = ONE_TO_ONE | {"sum"}
# Elements are sums of the operand's, or some of them.
MOVES = FORWARD | {"sum", "cumulative_sum", "windows", "overlap_add", "scatter", "sort"}
MOVES |= {"psum", "all_gather", "reduce_scatter", "ppermute", "all_to_all"}
# Have a rule that selects.
SELECTS = {"maximum", "minimum", "max", "min", "cumulative_max", "cumulative_min", "scatter"}
# Puts zeros in places that no element comes to: in forward mode, and in reverse.
FILLS = {"pad"}, {"slice", "take", "scatter", "windows"}

SOURCES = FILLS[1] | {"guard", "shield", "where", "transposed_call"}
"""Ops of a linear function whose transposes make gates."""


def moves(op: Op) -> bool:
    """Whether `op` has coefficients of 0 and 1 only."""
    return op.name in MOVES and (op.name != "scatter" or op.attrs["mode"] in ("set", "add"))


def makes_gates(function: Function, linear: int) -> bool:
    """Whether the transpose of a function in its first arguments may make gates."""
    moving = set(function.arguments[:linear])
    for op in function.ops:
        if not moving.isdisjoint(op.operands):
            moving.update(op.results)
            if any(o.name in SOURCES for o in (op, *(o for r in op.regions for o in r.walk()))):
                return True
    return False


def linear_groups(op: Op) -> Sequence[Container[int]]:
    """The operands in which `op` is jointly linear. A scatter that multiplies is linear in its
    first one alone, and one that takes the least or the largest in none.
    """
    if op.name == "scatter" and not moves(op):
        return ((0,),) if op.attrs["mode"] == "multiply" else ()
    return definition(op).linear


def static_forward(op: Op) -> Callable[[Mask], Mask | None] | None:
    """The static mask of the result of `op`, from that of its operand."""
    shape, attrs = op.operands[0].type.shape, op.attrs
    rules: dict[str, Callable[[Mask], Mask | None]] = {
        "reshape": lambda k: static_masks.reshape(k, shape, attrs["shape"]),
        "permute_dims": lambda k: k.transpose(attrs["axes"]),
        "flip": lambda k: static_masks.flip(k, attrs["axes"]),
        "slice": lambda k: static_masks.part(k, attrs["start"], attrs["stop"], attrs["step"]),
        "pad": lambda k: static_masks.pad(k, shape, attrs["low"], attrs["high"], attrs["interior"]),
        "broadcast_to": lambda k: k.reshape((1,) * (len(attrs["shape"]) - k.ndim) + k.shape),
        "sum": lambda k: np.asarray(k.any(attrs["axes"])),
        "windows": lambda k: _windows(op, True, k),
        "overlap_add": lambda k: _windows(op, False, k),
    }
    return rules.get(op.name)


def static_backward(op: Op, index: int) -> Callable[[Mask], Mask | None] | None:
    """The static mask of the operand of `op`, from that of its result."""
    shape, attrs = op.operands[index].type.shape, op.attrs
    out = op.result.type.shape

    def slice_(k: Mask) -> Mask:
        low, step = attrs["start"], attrs["step"]
        high = [
            n - a - ((c - 1) * s + 1 if c else 0)
            for n, a, s, c in zip(shape, low, step, out, strict=True)
        ]
        return static_masks.pad(k, out, low, tuple(high), tuple(s - 1 for s in step))

    def broadcast_to(k: Mask) -> Mask:
        lead = len(out) - len(shape)
        over = tuple(i for i in range(len(out)) if i < lead or shape[i - lead] != out[i])
        found = np.asarray(k.any(over, keepdims=True))
        return found.reshape(found.shape[lead:])

    def pad(k: Mask) -> Mask:
        stop = tuple(n - b for n, b in zip(out, attrs["high"], strict=True))
        return static_masks.part(k, attrs["low"], stop, tuple(i + 1 for i in attrs["interior"]))

    def concat(k: Mask) -> Mask:
        axis = attrs["axis"]
        first = sum(v.type.shape[axis] for v in op.operands[:index])
        start, stop = [0] * len(out), list(out)
        start[axis], stop[axis] = first, first + shape[axis]
        return static_masks.part(k, tuple(start), tuple(stop), (1,) * len(out))

    rules: dict[str, Callable[[Mask], Mask | None]] = {
        "reshape": lambda k: static_masks.reshape(k, out, shape),
        "permute_dims": lambda k: k.transpose(inverse_permutation(attrs["axes"])),
        "flip": lambda k: static_masks.flip(k, attrs["axes"]),
        "slice": slice_,
        "pad": pad,
        "concat": concat,
        "sum": lambda k: np.expand_dims(k, attrs["axes"]),
        "windows": lambda k: _windows(op, False, k),
        "overlap_add": lambda k: _windows(op, True, k),
        "broadcast_to": broadcast_to,
    }
    return rules.get(op.name)


def _windows(op: Op, taken: bool, mask: Mask) -> Mask:
    """Of the windows of an array, or of their sum, whichever `op` is; `taken` of the array."""
    whole, many = op.operands[0].type.shape, op.result.type.shape
    if op.name == "overlap_add":
        whole, many = many, whole
    n = len(many) - len(whole)
    lead = len(whole) - n
    sizes, places = many[lead : lead + n], many[lead + n :]
    steps = op.attrs["strides"], op.attrs["dilations"]
    if taken:
        return static_masks.windows(mask, sizes, places, *steps)
    return static_masks.overlap(mask, whole[lead:], sizes, places, *steps)


# -- Other ops: a result is closed where all that it may depend on is ------------------------------


def spread_over(
    op: Op, rules: OpDefinition, gate: Gate | None, given: Shape, out: Shape
) -> Gate | None:
    """The gate of what `op` makes of a gated array of shape `given`, in either direction, of shape
    `out`.
    """
    if gate is None:
        return None
    axes = op.attrs.get("axes", op.attrs.get("axis"))
    if rules.fallible:
        axes = range(len(given))[-2:]  # stacks of matrices
    axes = (axes,) if isinstance(axes, int) else axes
    if axes is not None and len(given) == len(out) and _fits(given, out, axes):
        return gates.spread(gates.any_over(gate, axes, given), out)
    everything = range(len(given))
    return gates.spread(
        gates.placed(gates.any_over(gate, everything, given), (), given, ())(0), out
    )


def _fits(given: Shape, out: Shape, axes: Sequence[int]) -> bool:
    rest = [i for i in range(len(given)) if i not in axes]
    return all(given[i] == out[i] for i in rest)


class Contraction(NamedTuple):
    """A gated operand of dot_general, or its gated result: what of the partner only zeros meet, and
    the gate of what comes out.
    """

    partner: Gate | None
    out: Gate | None


def contracted_forward(op: Op, index: int, gate: Gate | None) -> Contraction:
    """Of a tangent with this gate in place of operand `index`."""
    shapes = [v.type.shape for v in op.operands]
    mine, other, out = shapes[index], shapes[1 - index], op.result.type.shape
    contracting, batch = op.attrs["contracting"], op.attrs["batch"]
    free = free_axes(len(mine), contracting[index], batch[index])
    shared = (*batch[index], *contracting[index])
    onto = (*batch[1 - index], *contracting[1 - index])
    partner = _seen(gate, mine, free, shared, onto, other)
    left = (*batch[index], *free)
    first = len(batch[0]) + (index and len(out) - len(batch[0]) - len(free))
    places = (*range(len(batch[0])), *range(first, first + len(free)))
    found = _seen(gates.lasting(gate), mine, contracting[index], left, places, out)
    return Contraction(partner, found)


def contracted_backward(op: Op, index: int, gate: Gate | None) -> Contraction:
    """Of a cotangent with this gate, for operand `index`."""
    shapes = [v.type.shape for v in op.operands]
    mine, other, out = shapes[index], shapes[1 - index], op.result.type.shape
    contracting, batch = op.attrs["contracting"], op.attrs["batch"]
    frees = [free_axes(len(s), contracting[i], batch[i]) for i, s in enumerate(shapes)]
    n = len(batch[0])
    at_x = tuple(range(n, n + len(frees[0])))
    at_y = tuple(range(n + len(frees[0]), len(out)))
    at_mine, at_other = (at_x, at_y) if index == 0 else (at_y, at_x)
    every = tuple(range(n))
    gate = gates.lasting(gate) if at_x and at_y else gate
    partner = _seen(
        gate, out, at_mine, (*every, *at_other), (*batch[1 - index], *frees[1 - index]), other
    )
    found = _seen(gate, out, at_other, (*every, *at_mine), (*batch[index], *frees[index]), mine)
    return Contraction(partner, found)


def _seen(
    gate: Gate | None,
    shape: Shape,
    over: Sequence[int],
    axes: Sequence[int],
    onto: Sequence[int],
    target: Shape,
) -> Gate | None:
    """The gate, open where it is somewhere along the axes `over`, on an array of shape `target`
    whose axes `onto` are `axes` of this one.
    """
    if gate is None:
        return None
    kept = gates.any_over(gate, over, shape) if over else gate
    small = tuple(1 if i in over else n for i, n in enumerate(shape))
    return gates.spread(gates.placed(kept, axes, small, onto)(len(target)), target)
