"""IR to text. Names are given in order of definition, so equal functions print alike.

    function @f(%x: f64[3]) -> f64[3] {
      %1 = tanh %x : f64[3]
      return %1
    }

A value prints as its number in the function, or as its hint where it has one of its own.
"""

from __future__ import annotations

import html as _html
import math
import re
from collections.abc import Sequence
from typing import Protocol

from .types import Attribute, DType, Type


class Named(Protocol):
    """The parts of a `core.Value` that its text is made of."""

    @property
    def type(self) -> Type: ...
    @property
    def name(self) -> str | None: ...


class Operation(Protocol):
    """The parts of a `core.Op` that its text is made of."""

    @property
    def name(self) -> str: ...
    @property
    def operands(self) -> Sequence[Named]: ...
    @property
    def attributes(self) -> Sequence[tuple[str, object]]: ...
    @property
    def regions(self) -> Sequence[Program]: ...
    @property
    def results(self) -> Sequence[Named]: ...
    @property
    def location(self) -> object: ...


class Program(Protocol):
    """The parts of a `core.Function` that its text is made of."""

    @property
    def name(self) -> str: ...
    @property
    def arguments(self) -> Sequence[Named]: ...
    @property
    def ops(self) -> Sequence[Operation]: ...
    @property
    def results(self) -> Sequence[Named]: ...


_HINT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NOT_IN_SYMBOL = re.compile(r"[\s(]")


def print_function(function: Program, locations: bool = False) -> str:
    """The text of `function`; with `locations`, each op ends in a comment with the user's line."""
    return "\n".join(_lines(function, "", locations))


def html(function: Program) -> str:
    """The text as HTML, for notebooks."""
    return f"<pre class='polyad-ir'>{_html.escape(print_function(function))}</pre>"


def _lines(function: Program, indent: str, locations: bool) -> list[str]:
    names = value_names(function)
    arguments = ", ".join(f"{names[v]}: {v.type}" for v in function.arguments)
    results = ", ".join(str(v.type) for v in function.results)
    symbol = _NOT_IN_SYMBOL.sub("_", function.name) or "_"
    lines = [f"{indent}function @{symbol}({arguments}) -> ({results}) {{"]
    for op in function.ops:
        lines += _op_lines(op, names, indent + "  ", locations)
    returned = "".join(
        " " + text for text in [", ".join(names[v] for v in function.results)] if text
    )
    return [*lines, f"{indent}  return{returned}", f"{indent}}}"]


def _op_lines(op: Operation, names: dict[Named, str], indent: str, locations: bool) -> list[str]:
    left = ", ".join(names[v] for v in op.results)
    left = f"{left} = " if left else ""
    operands = ", ".join(names[v] for v in op.operands)
    operands = f" {operands}" if operands else ""
    attributes = ", ".join(f"{name} = {print_attribute(value)}" for name, value in op.attributes)
    attributes = f" {{{attributes}}}" if attributes else ""
    types = ", ".join(str(v.type) for v in op.results)
    types = f" : {types}" if types else ""
    comment = f"  // {op.location}" if locations and op.location else ""
    line = f"{indent}{left}{op.name}{operands}{attributes}{types}"
    if not op.regions:
        return [line + comment]
    lines = [f"{line} ({comment}"]
    for region in op.regions:
        lines += _lines(region, indent + "  ", locations)
    return [*lines, f"{indent})"]


def value_names(function: Program) -> dict[Named, str]:
    """Each value of the function with the name it prints under."""
    names: dict[Named, str] = {}
    taken = set()
    values = [*function.arguments, *(v for op in function.ops for v in op.results)]
    for number, value in enumerate(values):
        hint = value.name
        if not hint or not _HINT.fullmatch(hint) or hint in taken:
            hint = str(number)
        taken.add(hint)
        names[value] = f"%{hint}"
    return names


def print_attribute(value: object) -> str:
    """The text of an attribute value; the parser reads it back to an equal one."""
    if isinstance(value, tuple):
        return f"({', '.join(map(print_attribute, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, DType):
        return value.short
    if isinstance(value, Type):
        return f"!{value}"
    if isinstance(value, Attribute):
        return f"#{value.tag}<{value.text()}>"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    if isinstance(value, complex):
        return f"complex({print_attribute(value.real)}, {print_attribute(value.imag)})"
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if value != value else "inf" if value > 0 else "-inf"
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    raise TypeError(f"an attribute cannot be a {type(value).__name__}: {value!r}")
