"""The form of a unit with branches and loops: the extents of its loops are operands of its code.

So are the numbers of kernels and copies that are in branches only. Those in a loop have them as
constants, since what a loop carries is to stay in registers; so have stacks and routines.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from polyad.ir import Function, Op, Value
from polyad.ir.printer import print_attribute

from .. import costs
from ..dialects import control, kernel, loop, memory, stack
from ..dialects.memory import type_of
from .form import LINE, ROOM, Form, Key, Lines, form_of, plain
from .form import RULES as NEST_RULES
from .program import BUDGET, chunk_of
from .stack import element_of

# Attributes that the code of an op does not depend on.
OUTSIDE = {kernel.constant: "array", kernel.host: "reason"}


def form_of_steps(function: Function, own: Sequence[int]) -> Form:
    """The form of a unit. It copies the buffers with the numbers `own` to its stack."""
    lines = Steps()
    lines.write(str([function.arguments[i].type for i in own]))
    lines.region(function)
    return lines.form()


class Steps(Lines):
    """The text of a unit's form under construction; `depth` loops are around what is written."""

    depth = 0

    def said(self, op: Op, _: set[Value]) -> str:
        return STEP_RULES.get(op.definition, in_full)(self, op)

    def inside(self, op: Op) -> Iterator[Function]:
        self.depth += op.definition in control.LOOPS
        yield from () if op.definition in (kernel.host, loop.kernel) else op.regions
        self.depth -= op.definition in control.LOOPS

    def operands(self, keys: Iterable[Key]) -> list[int]:
        """The places of numbers among the operands of the unit."""
        keys = [*keys]
        self.of_op.update(keys)
        return [self.keys.setdefault(key, len(self.keys)) for key in keys]


class Fixed(Lines):
    """The text of a kernel whose numbers are constants."""

    def number(self, value: int) -> str:
        return self.constant(value)

    def quantity(self, value: int, role: str) -> str:
        return self.constant(value, role)

    def said(self, op: Op, _: set[Value]) -> str:
        if op.definition is memory.local:
            return self.constant(op.attrs["type"].nbytes, ROOM)
        return NEST_RULES.get(op.definition, plain)(self, op)


def fixed(region: Function) -> Form:
    """The form of a kernel whose numbers are constants; a digest is its text."""
    found = region.memo.get(fixed)
    if found is None:
        lines = Fixed()
        lines.region(region)
        form = lines.form()
        digest = hashlib.sha256(form.text.encode()).hexdigest()
        found = region.memo[fixed] = form._replace(text=digest)
    assert isinstance(found, Form)
    return found


def in_full(_: Lines, op: Op) -> str:
    outside = OUTSIDE.get(op.definition)
    attributes = [f"{n}={print_attribute(a)}" for n, a in op.attributes if n != outside]
    return f"{';'.join(attributes)};{[str(v.type) for v in (*op.operands, *op.results)]}"


def of_kernel(lines: Steps, op: Op) -> str:
    form = form_in_steps(op, lines.depth)
    return f"{op.attrs['distinct']};{lines.operands(form.keys)};{form.text}"


def form_in_steps(op: Op, depth: int) -> Form:
    """The form of a kernel inside so many loops of a unit."""
    return fixed(op.regions[0]) if depth else form_of(op)


def of_copy(lines: Steps, op: Op) -> str:
    size, role = bytes_of_copy(op, lines.depth)
    constant = lines.depth or size <= LINE
    return lines.constant(size, role) if constant else lines.quantity(size, role)


def bytes_of_copy(op: Op, depth: int) -> tuple[int, str]:
    """The bytes of a copy inside so many loops, with their role: constants and operands differ."""
    return type_of(op.operands[0]).array.nbytes, "bytes in a loop" if depth else "bytes"


def of_for(lines: Lines, op: Op) -> str:
    extent, swapped = op.attrs["extent"], op.attrs.get("swapped", ())
    counted = "" if extent is None else lines.number(extent)
    chunk = chunk_of(op)
    parts = "" if extent is not None and extent <= chunk else lines.quantity(chunk, "chunk")
    return f"{counted};{parts};{op.attrs['reverse']};{swapped};{exchanged(op)}"


def of_while(lines: Lines, op: Op) -> str:
    work = lines.quantity(min(costs.work(op), BUDGET), "work")
    return f"{plain(lines, op)};{work};{exchanged(op)}"


def exchanged(op: Op) -> list[str]:
    """The types of buffers that are exchanged after each iteration."""
    skipped = op.definition is control.for_ and op.attrs["extent"] is None
    buffers = op.operands[skipped:]
    return [str(buffers[i].type) for pair in op.attrs.get("swapped", ()) for i in pair]


def of_row(_: Lines, op: Op) -> str:
    return str(element_of(op.operands[0].type))


def of_size(lines: Lines, op: Op) -> str:
    size = op.attrs["size"]
    return f"{of_row(lines, op)};{'' if size is None else lines.number(size)}"


STEP_RULES: Mapping[Any, Callable[[Any, Op], str]] = {
    loop.kernel: of_kernel,
    memory.copy: of_copy,
    control.for_: of_for,
    control.while_: of_while,
    control.switch: plain,
    memory.load: plain,
    stack.row: of_row,
    stack.resize: of_size,
    stack.filled: of_size,
}
