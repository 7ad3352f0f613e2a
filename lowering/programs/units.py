"""The units of a program: what is compiled by itself, and is found again by its digest.

A unit is a kernel, a routine, or a branch or loop with the kernels in it. Ops that hand on a
number or a stack, and not a buffer, are in one unit with those between. The digest of a unit is
that of its structure; names and locations do not count, and neither do the places of its buffers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from polyad.ir import Function, Op, Type, Value
from polyad.ir.printer import print_attribute
from polyad.ir.symbolic import settled

from ..dialects import control, kernel, loop, memory, stack
from ..dialects.memory import type_of
from ..locks import once

if TYPE_CHECKING:
    from ..emission.form import Form, Key

PLACES = frozenset([memory.workspace, memory.local, memory.view])
ALLOCATING = frozenset([stack.push, stack.resize, stack.filled])

# Bytes of a small buffer that a unit with loops copies to its own stack, at most: it becomes
# registers there.
REGISTERS = 64

# Attributes that the code of an op does not depend on.
OUTSIDE = {loop.kernel: "name", kernel.constant: "array", kernel.host: "reason"}


class Unit:
    """Ops as a function of the buffers that they use. A call of it has further operands: the
    program's arena, if the ops allocate, and a Python object for each of the `asking` ops.
    `overlapping` are the numbers of buffers that may overlap another one, and `own` those of the
    small ones that it copies to its stack and back.
    """

    def __init__(
        self,
        function: Function,
        overlapping: tuple[int, ...] = (),
        own: tuple[int, ...] = (),
    ) -> None:
        self.function, self.overlapping, self.own = function, overlapping, own

    @property
    def is_kernel(self) -> bool:
        """Whether it is a kernel, and no more."""
        return [op.definition for op in self.function.ops] == [loop.kernel]

    @once
    def form(self) -> Form | None:
        """The form of a kernel, or of branches and loops."""
        if self.is_kernel:
            from ..emission.form import form_of

            return form_of(self.function.ops[0])
        if any(op.definition in control.OPS for op in self.function.ops):
            from ..emission.steps import form_of_steps

            return form_of_steps(self.function, self.own)
        return None

    @property
    def keys(self) -> tuple[Key, ...]:
        """The numbers that a call hands over, after all else."""
        return () if self.form is None else self.form.keys

    @property
    def numbers(self) -> tuple[int, ...]:
        return () if self.form is None else self.form.numbers

    @property
    def operands(self) -> int:
        """The number of operands of a call."""
        given = len(self.function.arguments) + self.allocates
        return given + len(self.asking) + len(self.keys)

    @once
    def asking(self) -> tuple[Op, ...]:
        """The ops that need a Python object, or an array that a rule closes over."""
        if self.is_kernel:
            return ()
        found = {id(op): op for op in self.function.walk() if asks(op)}
        return tuple(found.values())

    @once
    def allocates(self) -> bool:
        if self.is_kernel:
            return False
        return any(op.definition in ALLOCATING for op in self.function.walk())

    def reasons_for_sizes(self) -> dict[str, str]:
        """The names of its kernels and routines that are compiled for their sizes, each with the
        reason.
        """
        from ..emission.reasons import reason_for_sizes

        found = {}
        every = [*self.function.walk()]
        regions = [r for op in every if op.definition in control.LOOPS for r in op.regions]
        looped = {op for region in regions for op in region.walk()}
        for op in self.function.ops if self.is_kernel else every:
            if op.definition in (loop.kernel, kernel.routine):
                reason = reason_for_sizes(op, op in looped)
                if reason is not None:
                    found[str(op.attrs.get("name", op.name))] = reason
        return found

    @once
    def is_external(self) -> bool:
        """Whether it has ops that are defined outside polyad, of which the digest knows nothing."""
        return any(getattr(op.definition, "external", False) for op in self.function.walk())

    def digest(self, settings: Mapping[str, object]) -> str:
        """All that its machine code depends on, beside the version of polyad and the machine."""
        parts = repr((sorted(settings.items()), self.overlapping, self.own)), self.text
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    @property
    def text(self) -> str:
        """The text of all that its code depends on beside settings and overlaps."""
        if self.form is None:
            return structure(self.function)
        if not self.is_kernel:
            return self.form.text
        (op,) = self.function.ops
        places = [self.function.arguments.index(v) for v in op.operands]
        return f"{op.attrs['distinct']}({places})\n{self.form.text}"


def asks(op: Op) -> bool:
    """Whether the code of an op needs a Python object: one that it calls, or an array."""
    if op.definition is control.while_:
        return op.attrs.get("limit") is not None
    return op.definition in (kernel.host, kernel.routine, kernel.constant)


def structure(function: Function) -> str:
    """The digest of a function, equal for functions of which the same code is made: of the same
    structure, but for the names of kernels and for what Python does.
    """
    found = function.memo.get(structure)
    if found is None:
        text = settled("\n".join(lines(function)))
        found = function.memo[structure] = hashlib.sha256(text.encode()).hexdigest()
    return str(found)


def lines(function: Function) -> Iterator[str]:
    """The text that a function's structure is the digest of: its arguments, its ops, its results.
    Values are numbers.
    """
    numbers = {value: str(i) for i, value in enumerate(function.arguments)}
    yield types(function.argument_types)
    for op in function.ops:
        operands = ",".join([numbers[v] for v in op.operands])
        outside = OUTSIDE.get(op.definition)
        attributes = [f"{n}={print_attribute(a)}" for n, a in op.attributes if n != outside]
        regions = "" if op.definition is kernel.host else ",".join(map(structure, op.regions))
        results = types(v.type for v in op.results)
        yield f"{op.name}({operands}){{{';'.join(attributes)}}}[{regions}]:{results}"
        for value in op.results:
            numbers[value] = str(len(numbers))
    yield ",".join([numbers[v] for v in function.results])


def types(found: Iterable[Type]) -> str:
    return ",".join(map(str, found))


# -- The parts of a program


def parts_of(function: Function) -> Iterator[tuple[Op, ...]]:
    """The ops of a program, in order, grouped into those that are done together. Places of buffers
    are left out.
    """
    ends = ends_of(function)
    group, last = list[Op](), -1
    for i, op in enumerate(function.ops):
        last = max(last, ends.get(i, i))
        if not is_place(op, ends, i):
            group.append(op)
        if group and i >= last:
            yield tuple(group)
            group = []


def ends_of(function: Function) -> dict[int, int]:
    """Of each op that gives a value which is not the place of a buffer, by its position: the
    position of the last op that uses it, or that uses a part of it.
    """
    made: dict[Value, int] = {}
    ends: dict[int, int] = {}
    for i, op in enumerate(function.ops):
        inner = [made[v] for v in op.operands if v in made]
        for first in inner:
            ends[first] = i
        if op.results and (inner or op.definition not in PLACES):
            ends[i] = i
            made |= dict.fromkeys(op.results, i)
    return ends


def is_place(op: Op, ends: Mapping[int, int], i: int) -> bool:
    return op.definition in PLACES and i not in ends


def unit_of(
    ops: Sequence[Op],
    ranges: Mapping[Value, tuple[int, int, int]],
    local: Collection[Value] = (),
) -> Unit:
    """The unit of some ops. `ranges` has the place of each buffer of the program: its slot, and its
    first and last byte there; `local` are those with a place of their own.
    """
    used = dict.fromkeys(v for op in ops for v in op.operands if v in ranges)
    unit = Unit(Function("unit", tuple(used), tuple(ops), ()))
    if any(op.definition in control.OPS for op in ops):
        unit.overlapping = meeting([ranges[v] for v in used])
        unit.own = tuple(
            i
            for i, v in enumerate(used)
            if v in local and type_of(v).array.nbytes <= REGISTERS and i not in unit.overlapping
        )
    return unit


def meeting(places: Sequence[tuple[int, int, int]]) -> tuple[int, ...]:
    """The numbers of the places that have bytes in common with another one."""
    found: set[int] = set()
    order = [i for i, (_, start, stop) in enumerate(places) if start < stop]
    order.sort(key=places.__getitem__)
    far = -1  # the one before that reaches furthest
    for i in order:
        if far >= 0 and places[far][0] == places[i][0] and places[far][2] > places[i][1]:
            found |= {far, i}
        if far < 0 or places[far][0] != places[i][0] or places[far][2] < places[i][2]:
            far = i
    return tuple(sorted(found))
