"""Text to IR: the inverse of the printer. `parse(print_function(f)) == f` for every function."""

from __future__ import annotations

import copyreg
import re
from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar

from ..errors import ParseError, PolyadTypeError, ShapeError
from ..lazy import provided
from .core import Attributes, Definition, Function, Op, Value
from .symbolic import Dim, Real, number_at
from .symbolic.named import expression
from .types import ArrayType, Attribute, DType, Type

T = TypeVar("T")

_MORE = ["dialects"]
"""Where more ops, types and attributes are defined; loaded at the first word that is not known."""

_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*)
      | (?P<number>-?(?:\d+\.\d*(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\d+|inf\b))
      | (?P<mark>‹\d+:[^›]*›)
      | (?P<value>%[A-Za-z0-9_]+)
      | (?P<symbol>@[^\s(]+)
      | (?P<attribute>\#[a-z_]+(?=<))
      | (?P<string>"(?:[^"\\]|\\.)*")
      | (?P<arrow>->)
      | (?P<word>[A-Za-z_][A-Za-z0-9_.]*)
      | (?P<punctuation>[(){}\[\],:=<>!?*+-])""",
    re.VERBOSE,
)


def parse(text: str) -> Function:
    """The function that `text` describes.

    Raises `ParseError`, whose message begins with line and column, for text that is not IR.

    >>> print(parse("function @f(%x: f64[]) -> (f64[]) { %1 = tanh %x : f64[]  return %1 }"))
    function @f(%x: f64[]) -> (f64[]) {
      %1 = tanh %x : f64[]
      return %1
    }
    """
    reader = Reader(text)
    try:
        function = _function(reader)
    except RecursionError:
        raise reader.error("regions or tuples nested deeper than Python's recursion") from None
    if reader.kind != "end":
        raise reader.error(f"expected the end of the text, found {reader.token!r}")
    return function


parse_ir = parse
"""`parse`, under the name it has in `polyad`."""


def _reduce(function: Function) -> tuple[Callable[[str], Function], tuple[str]]:
    """A function pickles as its text, where that is all of it."""
    for op in function.walk():
        if any(_is_local(value) for _, value in op.attributes):
            raise PolyadTypeError(
                f"the IR of {function.name} does not pickle: its {op.name} holds a Python object "
                "(a callback, a custom rule or its array)\n  Pickle the Python function that it "
                "was traced from."
            )
    return parse, (str(function),)


def _is_local(value: object) -> bool:
    """Whether an attribute's value holds an object of this process."""
    if isinstance(value, tuple):
        return any(map(_is_local, value))
    return isinstance(value, Attribute) and value.is_local


copyreg.pickle(Function, _reduce)


class Reader:
    """A cursor over the tokens of a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.advance()

    def advance(self) -> str:
        """Step to the next token; the one left behind."""
        left, self.left = getattr(self, "token", ""), getattr(self, "start", 0)
        while True:
            if self.position >= len(self.text):
                self.start, self.kind, self.token = len(self.text), "end", "end of text"
                return left
            match = _TOKEN.match(self.text, self.position)
            self.start = self.position
            if match is None:
                raise self.error(f"cannot read {self.text[self.position]!r}")
            self.position = match.end()
            self.kind, self.token = str(match.lastgroup), match.group()
            if self.kind != "space":
                return left

    def error(self, message: str, at: int | None = None) -> ParseError:
        """An error at the cursor, or at a position of the text."""
        at = self.start if at is None else at
        line = self.text.count("\n", 0, at) + 1
        column = at - (self.text.rfind("\n", 0, at) + 1) + 1
        return ParseError(message, line, column)

    def expect(self, token: str) -> str:
        if self.token != token:
            raise self.error(f"expected {token!r}, found {self.token!r}")
        return self.advance()

    def expect_kind(self, kind: str, what: str) -> str:
        if self.kind != kind:
            raise self.error(f"expected {what}, found {self.token!r}")
        return self.advance()

    def accept(self, token: str) -> bool:
        if self.token == token and self.kind != "string":
            self.advance()
            return True
        return False

    def extent(self) -> int:
        """An integer, a size of a trace that somebody holds, or an expression with symbols."""
        if self.kind == "mark":
            found: Any = self.marked()
        else:
            at = self.start
            found = expression(self)
            if isinstance(found, float | Real):
                text = self.text[at : self.start].strip()
                raise self.error(f"expected an integer, found {text!r}", at)
        number: int = found
        return number

    def marked(self) -> Dim | Real:
        """The symbolic number that the token here spells."""
        number = number_at(self.token)
        if number is None:
            raise self.error(f"no trace has the size {self.token}")
        self.advance()
        return number

    def integer(self) -> int:
        text = self.expect_kind("number", "an integer")
        found = self.number(text)
        if not isinstance(found, int):
            raise self.error(f"expected an integer, found {text!r}", self.left)
        return found

    def number(self, text: str) -> int | float:
        """The number that the token left behind spells."""
        try:
            return int(text) if re.fullmatch(r"-?\d+", text) else float(text)
        except ValueError:  # more digits than Python reads
            raise self.error(f"an integer of {len(text)} digits", self.left) from None

    def balanced(self) -> str:
        """The raw text between the `<` here and its matching `>`."""
        if self.token != "<":
            raise self.error(f"expected '<', found {self.token!r}")
        begin, depth, at = self.position, 1, self.position
        while depth:
            if at >= len(self.text):
                raise self.error("'<' is never closed")
            arrow = self.text[at - 1 : at + 1] == "->"
            depth += {"<": 1, ">": 0 if arrow else -1}.get(self.text[at], 0)
            at += 1
        self.position = at
        self.advance()
        return self.text[begin : at - 1]


def _known(table: Mapping[str, T], word: str) -> T | None:
    """The entry of a table of ops, types or attributes, or None."""
    if word not in table:
        while _MORE:
            provided(_MORE.pop()).load_dialects()
    return table.get(word)


def _function(reader: Reader) -> Function:
    reader.expect("function")
    name = reader.expect_kind("symbol", "a name such as @f")[1:]
    names: dict[str, Value] = {}
    reader.expect("(")
    arguments = []
    while not reader.accept(")"):
        text, at = reader.expect_kind("value", "an argument such as %x"), reader.left
        reader.expect(":")
        arguments.append(_define(reader, names, text, at, parse_type(reader)))
        if reader.token != ")":
            reader.expect(",")
    reader.expect("->")
    reader.expect("(")
    types = _types_until(reader, ")")
    reader.expect("{")
    ops = []
    while reader.token != "return":
        ops.append(_op(reader, names))
    reader.advance()
    results = _operands(reader, names)
    if [v.type for v in results] != types:
        raise reader.error(f"the function returns {[v.type for v in results]} and declares {types}")
    reader.expect("}")
    return Function(name, tuple(arguments), tuple(ops), tuple(results))


def _op(reader: Reader, names: dict[str, Value]) -> Op:
    left: list[tuple[str, int]] = []
    while reader.kind == "value":
        left.append((reader.advance(), reader.left))
        if not reader.accept(","):
            break
    if left:
        reader.expect("=")
    definition = _known(Definition.registry, reader.token) if reader.kind == "word" else None
    if definition is None:
        raise reader.error(f"no op is named {reader.token!r}")
    reader.advance()
    operands = _operands(reader, names)
    attributes = _attributes(reader)
    types: list[Type] = []
    if reader.accept(":"):
        types.append(parse_type(reader))
        while reader.accept(","):
            types.append(parse_type(reader))
    if len(types) != len(left):
        raise reader.error(
            f"{definition.name} names {len(left)} results and gives {len(types)} types"
        )
    regions = []
    if reader.accept("("):
        while not reader.accept(")"):
            regions.append(_function(reader))
    results = [
        _define(reader, names, text, at, type) for (text, at), type in zip(left, types, strict=True)
    ]
    return Op(definition, tuple(operands), attributes, tuple(regions), tuple(results))


def _define(reader: Reader, names: dict[str, Value], text: str, at: int, type: Type) -> Value:
    if text in names:
        raise reader.error(f"{text} is defined twice", at)
    names[text] = Value(type, None if text[1:].isdigit() else text[1:])
    return names[text]


def _operands(reader: Reader, names: dict[str, Value]) -> list[Value]:
    found = []
    while reader.kind == "value":
        if reader.token not in names:
            raise reader.error(f"{reader.token} is used before it is defined")
        found.append(names[reader.advance()])
        if not reader.accept(","):
            break
        if reader.kind != "value":
            raise reader.error(f"expected a value such as %x, found {reader.token!r}")
    return found


def _attributes(reader: Reader) -> Attributes:
    found = []
    if reader.accept("{"):
        while not reader.accept("}"):
            name = reader.expect_kind("word", "the name of an attribute")
            reader.expect("=")
            found.append((name, parse_attribute(reader)))
            if reader.token != "}":
                reader.expect(",")
    return tuple(found)


def _types_until(reader: Reader, stop: str) -> list[Type]:
    types = []
    while not reader.accept(stop):
        types.append(parse_type(reader))
        if reader.token != stop:
            reader.expect(",")
    return types


def parse_type(reader: Reader) -> Type:
    """The type at the cursor."""
    word = reader.expect_kind("word", "a type such as f64[3]")
    if word not in DType.by_short:
        parser = _known(Type.parsers, word)
        if parser is None:
            raise reader.error(f"no type is named {word!r}", reader.left)
        return parser(reader)
    reader.expect("[")
    shape = []
    while not reader.accept("]"):
        shape.append(reader.extent())
        if isinstance(shape[-1], int) and shape[-1] < 0:
            raise reader.error(f"an extent of {shape[-1]}", reader.left)
        if reader.token != "]":
            reader.expect(",")
    try:
        return ArrayType(DType.by_short[word], tuple(shape))
    except ShapeError as error:
        raise reader.error(str(error), reader.left) from None


_WORDS = {"True": True, "False": False, "None": None, "nan": float("nan")}


def parse_attribute(reader: Reader) -> Hashable:
    """The attribute value at the cursor."""
    if reader.accept("("):
        items = []
        while not reader.accept(")"):
            items.append(parse_attribute(reader))
            if reader.token != ")":
                reader.expect(",")
        return tuple(items)
    if reader.accept("!"):
        return parse_type(reader)
    if reader.kind == "attribute":
        tag, at = reader.advance()[1:], reader.left
        parser = _known(Attribute.parsers, tag)
        if parser is None:
            raise reader.error(f"no attribute is tagged #{tag}", reader.left)
        text = reader.balanced()
        try:
            return parser(text)
        except (ValueError, KeyError) as error:
            raise reader.error(f"#{tag}<{text}>: {error}", at) from None
    if reader.kind == "string":
        return re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m[1], m[1]), reader.advance()[1:-1])
    if reader.kind == "number":
        number: Hashable = expression(reader)
        return number
    if reader.kind == "mark":
        found: Hashable = reader.marked()
        return found
    if reader.token == "complex":
        reader.advance()
        match parse_attribute(reader):
            case (int() | float() as real, int() | float() as imag):
                return complex(real, imag)
        raise reader.error("expected the two parts of a complex number, as in complex(1.0, 0.0)")
    if reader.kind == "word" and reader.token in _WORDS:
        return _WORDS[reader.advance()]
    if reader.kind == "word" and reader.token in DType.by_short:
        return DType.by_short[reader.advance()]
    if reader.kind == "word":
        symbolic: Hashable = expression(reader)
        return symbolic
    raise reader.error(f"expected the value of an attribute, found {reader.token!r}")
