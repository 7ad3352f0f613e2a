"""The `Builder`: the only way to make a function.

It keeps the function under construction as rows of numbers rather than as objects. Tracing makes
many functions that turn out to have been seen before; rows are quick to append to and to hash, and
the `Function` is built only when it is new (see `polyad.tracing`).
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Protocol

from .core import Attributes, Definition, Function, Op, Value, infer_or_explain
from .location import HERE, Location, together, user_location
from .types import Type

# definition, operand numbers, attributes, regions, location, number of the first result, how many
# results
Row = tuple[
    Definition, tuple[int, ...], Attributes, tuple[Function, ...], Location | None, int, int
]
_ORDER = itertools.count()


class Numbered(Protocol):
    """A value of a function under construction, as ops take it: by its number and type."""

    @property
    def number(self) -> int: ...
    @property
    def type(self) -> Type: ...


class Handle:
    """A value of a function under construction: its builder, its number there and its type.

    `weak` values are Python scalars in their manners: they take the dtype of what they meet.
    """

    __slots__ = ("builder", "number", "type", "weak")

    def __init__(self, builder: Builder, number: int, type: Any) -> None:
        self.builder = builder
        self.number = number
        self.type = type
        self.weak = False


class Builder:
    """Builds one function. Values are numbered in the order of their making, arguments first.

    `order` grows with every builder made, so of two open builders the inner one has the larger.
    `captures` are the outside things (arrays, handles of outer builders) that became extra
    arguments. `outside` is how many values each function around this one had when its trace began.
    """

    __slots__ = ("order", "outside", "open", "types", "rows", "arguments", "captures", "constants",
                 "_captured", "captures_of", "handle", "name", "context", "location",
                 "__weakref__")  # fmt: skip

    def __init__(
        self,
        argument_types: Sequence[Type] = (),
        handle: Callable[[Builder, int, Any], Any] = Handle,
        name: str = "main",
    ) -> None:
        self.order = next(_ORDER)
        self.open = True
        self.name = name
        self.types: list[Any] = list(argument_types)
        self.rows: list[Row] = []
        self.arguments = list(range(len(self.types)))
        self.captures: list[Any] = []
        self.constants: dict[Hashable, Any] = {}
        self._captured: dict[Hashable, tuple[int, object]] = {}
        self.captures_of: list[object] = []
        self.handle = handle
        self.context: Any = None
        self.outside: tuple[int, ...] = ()
        self.location: Location | None = None  # of the ops that a rule emits, while a pass runs it

    def argument(self, type: Type) -> Any:
        """A new argument."""
        number = len(self.types)
        self.types.append(type)
        self.arguments.append(number)
        return self.handle(self, number, type)

    def argument_handles(self) -> list[Any]:
        return [self.handle(self, number, self.types[number]) for number in self.arguments]

    def capture(self, thing: Any, type: Type, key: Hashable = None) -> Any:
        """The argument that stands for `thing`, an array or an outer handle; made on its first
        use.
        """
        key = id(thing) if key is None else key
        found = self._captured.get(key)
        if found is None:
            handle = self.argument(type)
            self.captures.append(thing)
            self._captured[key] = (handle.number, thing)  # holding `thing` keeps its id its own
            return handle
        return self.handle(self, found[0], type)

    def capture_copy(
        self, thing: Any, type: Type, version: Hashable, copy: Callable[[Any], Any]
    ) -> Any:
        """`capture`, of a thing that may change before the function runs: a copy for each
        version.
        """
        key = (id(thing), version)
        if key not in self._captured:
            self.captures_of.append(thing)  # held, so that its id stays its own
            return self.capture(copy(thing), type, key)
        return self.handle(self, self._captured[key][0], type)

    def emit(
        self,
        definition: Definition,
        operands: tuple[Numbered, ...],
        attributes: Attributes = (),
        regions: tuple[Function, ...] = (),
        location: Location | None = None,
    ) -> tuple[Any, ...]:
        """Append an op on handles of this builder; its results as handles."""
        location = location or self.location or user_location()
        operand_types: tuple[Type, ...]
        numbers: tuple[int, ...]
        if len(operands) == 1:  # a comprehension is a call, and most ops are small
            (x,) = operands
            operand_types, numbers = (x.type,), (x.number,)
        elif len(operands) == 2:
            x, y = operands
            operand_types, numbers = (x.type, y.type), (x.number, y.number)
        else:
            operand_types = tuple([h.type for h in operands])
            numbers = tuple([h.number for h in operands])
        types = definition.inferred.get((operand_types, attributes, regions))
        if types is None:
            types = infer_or_explain(
                definition, operand_types, attributes, regions, lambda: location
            )
        first = self.append(definition, numbers, attributes, regions, location, types)
        if len(types) == 1:
            return (self.handle(self, first, types[0]),)
        return tuple([self.handle(self, first + i, type) for i, type in enumerate(types)])

    def append(
        self,
        definition: Definition,
        operands: tuple[int, ...],
        attributes: Attributes,
        regions: tuple[Function, ...],
        location: Location | None,
        types: Sequence[Type],
    ) -> int:
        """Append a row whose result types are known; the number of its first result."""
        first = len(self.types)
        self.rows.append((definition, operands, attributes, regions, location, first, len(types)))
        self.types.extend(types)
        return first

    def row_of(self, number: int) -> Row | None:
        """The row that makes value `number`; None for an argument."""
        at = self._index_of(number)
        return None if at is None else self.rows[at]

    def _index_of(self, number: int) -> int | None:
        """The index of the row that makes value `number`."""
        rows, guess = self.rows, number - len(self.arguments)  # right where rows have one result
        if 0 <= guess < len(rows) and rows[guess][5] == number:
            return guess
        at = bisect.bisect_right(rows, number, key=_first_result) - 1
        if at < 0 or not self.rows[at][5] <= number < self.rows[at][5] + self.rows[at][6]:
            return None
        return at

    def stands_for(self, number: int, location: Location | None) -> None:
        """Note that the op that makes value `number` stands for one at `location` too."""
        at = self._index_of(number)
        if at is not None and location is not self.rows[at][4]:
            self.place(at, location)

    def place(self, index: int, *locations: Location | None) -> None:
        """Add `locations` to that of row `index`."""
        definition, operands, attributes, regions, before, first, count = self.rows[index]
        location = together((before, *locations))
        self.rows[index] = (definition, operands, attributes, regions, location, first, count)

    def inline(self, function: Function, operands: Sequence[Numbered]) -> list[Any]:
        """Append the ops of `function`, its arguments bound to `operands`; its results as
        handles.
        """
        numbers = {v: h.number for v, h in zip(function.arguments, operands, strict=True)}
        for op in function.ops:
            types = [v.type for v in op.results]
            inputs = tuple([numbers[v] for v in op.operands])
            first = self.append(
                op.definition, inputs, op.attributes, op.regions, op.location, types
            )
            for i, value in enumerate(op.results):
                numbers[value] = first + i
        return [self.handle(self, numbers[v], v.type) for v in function.results]

    def key(self, results: Sequence[int]) -> Hashable:
        """A key of the rows so far and `results`, locations included: equal keys build equal
        functions.
        """
        types = tuple([self.types[n] for n in self.arguments])
        return (types, tuple(self.arguments), tuple(self.rows), tuple(results))

    def build(
        self,
        results: Sequence[Numbered | int],
        names: Sequence[str | None] = (),
        name: str | None = None,
    ) -> Function:
        """The finished function. Captures come after the declared arguments, in the order of
        capture.
        """
        numbers = [r if isinstance(r, int) else r.number for r in results]
        return build(self.types, self.arguments, self.rows, numbers, names, name or self.name)


def emit_at(
    builder: Builder,
    definition: Definition,
    operands: Sequence[Numbered],
    attributes: Attributes = (),
    regions: tuple[Function, ...] = (),
    location: Location | None = None,
) -> tuple[Any, ...]:
    """Append an op at `location`; if none is given, at the place of the op that is converted."""
    location = location or builder.location or HERE.location
    types = infer_or_explain(
        definition, tuple([h.type for h in operands]), attributes, regions, lambda: location
    )
    numbers = tuple([h.number for h in operands])
    first = builder.append(definition, numbers, attributes, regions, location, types)
    return tuple([builder.handle(builder, first + i, type) for i, type in enumerate(types)])


def _first_result(row: Row) -> int:
    return row[5]


def build(
    types: Sequence[Type],
    arguments: Sequence[int],
    rows: Sequence[Row],
    results: Sequence[int],
    names: Sequence[str | None] = (),
    name: str = "main",
) -> Function:
    """The function that `rows` describe."""
    values: dict[int, Value] = {}
    hints = [*names, *[None] * (len(arguments) - len(names))]
    for number, hint in zip(arguments, hints, strict=True):
        values[number] = Value(types[number], hint)
    ops = []
    for definition, operands, attributes, regions, location, first, count in rows:
        made = tuple([Value(types[first + k]) for k in range(count)])
        ops.append(
            Op(
                definition,
                tuple([values[n] for n in operands]),
                attributes,
                regions,
                made,
                location,
            )
        )
        for k, value in enumerate(made):
            values[first + k] = value
    return Function(
        name, tuple(values[n] for n in arguments), tuple(ops), tuple(values[n] for n in results)
    )
