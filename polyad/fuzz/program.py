"""Programs as lines of Python: printed, run, taken apart and put together again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

HEAD = """import numpy as np
import polyad
import polyad.lax as lax
import polyad.numpy as pnp
"""
NAME = re.compile(r"\b[xvb]\d+\b")


@dataclass(frozen=True)
class Line:
    """Statements that give `target` its value. `blocks` are the functions that they call, defined
    in front of them; `rule` is the row of the grammar they are made by.
    """

    target: str
    text: str
    rule: str
    blocks: tuple[Block, ...] = ()

    def reads(self) -> set[str]:
        """The names that the line reads, those inside of its blocks included."""
        found = set(NAME.findall(self.text)) - {self.target}
        for block in self.blocks:
            found |= block.reads()
        return found - {block.name for block in self.blocks}

    def renamed(self, names: Mapping[str, str]) -> Line:
        """The line with other operands."""
        text = NAME.sub(lambda m: names.get(m[0], m[0]), self.text)
        blocks = tuple(block.renamed(names) for block in self.blocks)
        return Line(self.target, text, self.rule, blocks)


@dataclass(frozen=True)
class Block:
    """A function: its name, its arguments, its lines, and its result: a name, or several."""

    name: str
    arguments: tuple[str, ...]
    lines: tuple[Line, ...]
    result: str

    def reads(self) -> set[str]:
        """The names from outside that the function reads."""
        read, made = set(NAME.findall(self.result)), set(self.arguments)
        for line in self.lines:
            read |= line.reads()
            made.add(line.target)
        return read - made

    def renamed(self, names: Mapping[str, str]) -> Block:
        """The function with other names for what it reads."""
        lines = tuple(line.renamed(names) for line in self.lines)
        result = NAME.sub(lambda m: names.get(m[0], m[0]), self.result)
        return Block(self.name, self.arguments, lines, result)

    def pruned(self) -> Block:
        """The function without lines that nothing needs."""
        needed, kept = set(NAME.findall(self.result)), []
        for line in reversed(self.lines):
            if line.target in needed:
                kept.append(line)
                needed |= line.reads()
        return Block(self.name, self.arguments, tuple(reversed(kept)), self.result)

    def source(self, indent: str = "") -> Iterator[str]:
        """Its definition, line by line."""
        yield f"{indent}def {self.name}({', '.join(self.arguments)}):"
        inner = indent + "    "
        for line in self.lines:
            for block in line.blocks:
                yield from block.source(inner)
            yield from (inner + text for text in line.text.split("\n"))
        yield f"{inner}return {self.result}"

    def rules(self) -> Iterator[str]:
        """The rows of the grammar it is made by."""
        for line in self.lines:
            yield line.rule
            for block in line.blocks:
                yield from block.rules()


@dataclass(frozen=True)
class Program:
    """A function and arguments for it. `seed` is the number that it was made from."""

    block: Block
    inputs: Mapping[str, Any] = field(hash=False)
    seed: int = 0

    def source(self) -> str:
        """The program as a file: imports, the function, and `arguments`."""
        values = ",\n".join(f"    {literal(self.inputs[x])}" for x in self.block.arguments)
        function = "\n".join(self.block.source())
        return f"{HEAD}\n\n{function}\n\n\narguments = [\n{values},\n]\n"

    def arguments(self) -> list[Any]:
        """The arguments, copied."""
        return [self.inputs[x].copy() for x in self.block.arguments]

    def function(self, numpy: Any = None) -> Callable[..., Any]:
        """The function; with another module in the place of `pnp`, if one is given."""
        text = f"{HEAD}\n\n" + "\n".join(self.block.source()) + "\n"
        space: dict[str, Any] = {"inf": np.inf, "nan": np.nan}
        exec(compile(text, f"<program {self.seed}>", "exec"), space)
        if numpy is not None:
            space["pnp"] = numpy
        made: Callable[..., Any] = space[self.block.name]
        return made


def literal(array: Any) -> str:
    """Python source for an array, every bit of it."""
    data = np.array2string(
        array, separator=", ", threshold=1 << 30, floatmode="unique", max_line_width=1 << 30
    ).replace("\n", "")
    data = re.sub(r"\b(inf|nan)(j?)\b", lambda m: f"float({m[1]!r})" + ("*1j" * bool(m[2])), data)
    return f"np.array({data}, {array.dtype.name!r}).reshape({array.shape})"
