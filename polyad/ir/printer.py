"""IR to text. Names are given in order of definition, so equal functions print alike.

    function @f(%x: f64[3]) -> f64[3] {
      %1 = tanh %x : f64[3]
      return %1
    }

A value prints as its number in the function, or as its hint where it has one of its own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from .symbolic import Dim, Real
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
    return "\n".join(line.text for line in _lines(function, "", locations, [0]))


_WORDS = re.compile(
    r"""(?P<value>%\w+)|(?P<name>@\w+|\#\w+)|(?P<text>"(?:[^"\\]|\\.)*")"""
    r"""|(?P<number>(?<![\w.%])-?\d[\w.]*)|(?P<word>\bfunction\b|\breturn\b|(?:^\s*|= )[a-z_.]+)"""
)
_COLOURS = {"name": "#8250df", "text": "#1a7f37", "number": "#8250df", "word": "#0969da"}


def html(function: Program) -> str:
    """The text as HTML, for notebooks: names in colour, the user's lines beside the ops."""
    rows = []
    for line in lined(function):
        location = line.op.location if line.op is not None else None
        note = str(location).rpartition(":")[2] if location and line.text.strip()[:1] != "(" else ""
        gutter = f"<span style='color:#8884;user-select:none'>{note:>5} </span>"
        rows.append(gutter + _coloured(line.text))
    style = "line-height:1.45;overflow-x:auto"
    return f"<pre class='polyad-ir' style='{style}'>{chr(10).join(rows)}</pre>"


def _coloured(text: str) -> str:
    """A line as HTML, every sign of it escaped."""
    from html import escape

    made, end = [], 0
    for found in _WORDS.finditer(text):
        made.append(escape(text[end : found.start()]))
        colour, shown = _COLOURS.get(found.lastgroup or ""), escape(found.group())
        made.append(f"<span style='color:{colour}'>{shown}</span>" if colour else shown)
        end = found.end()
    return "".join([*made, escape(text[end:])])


class Line(NamedTuple):
    """A line of a function's text: the op that stands there, if one does, and the number of the
    function whose names it has, outermost first.
    """

    text: str
    op: Operation | None
    scope: int


def lined(function: Program) -> list[Line]:
    """The text of `function` by lines."""
    return _lines(function, "", False, [0])


def _lines(function: Program, indent: str, locations: bool, scopes: list[int]) -> list[Line]:
    """The lines of a function; `scopes` has the number of functions so far."""
    scope, names = scopes[0], value_names(function)
    scopes[0] += 1
    arguments = ", ".join(f"{names[v]}: {v.type}" for v in function.arguments)
    results = ", ".join(str(v.type) for v in function.results)
    symbol = _NOT_IN_SYMBOL.sub("_", function.name) or "_"
    head = f"{indent}function @{symbol}({arguments}) -> ({results}) {{"
    lines = [Line(head, None, scope)]
    for op in function.ops:
        lines += _op_lines(op, names, indent + "  ", locations, scope, scopes)
    returned = "".join(
        " " + text for text in [", ".join(names[v] for v in function.results)] if text
    )
    return [
        *lines,
        Line(f"{indent}  return{returned}", None, scope),
        Line(f"{indent}}}", None, scope),
    ]


def _op_lines(
    op: Operation,
    names: dict[Named, str],
    indent: str,
    locations: bool,
    scope: int,
    scopes: list[int],
) -> list[Line]:
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
        return [Line(line + comment, op, scope)]
    lines = [Line(f"{line} ({comment}", op, scope)]
    for region in op.regions:
        lines += _lines(region, indent + "  ", locations, scopes)
    return [*lines, Line(f"{indent})", op, scope)]


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
    if value is None or isinstance(value, bool | int | float | Dim | Real):
        return repr(value)
    raise TypeError(f"an attribute cannot be a {type(value).__name__}: {value!r}")
