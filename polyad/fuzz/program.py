"""Programs as lines of Python: printed, run, taken apart and put together again."""

from __future__ import annotations

import functools
import re
import types
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
LAYOUTS = {
    "": "{x}",
    "F": "np.asfortranarray({x})",
    "reversed": "np.flip({x}.copy())[(slice(None, None, -1),) * {x}.ndim]",
    "strided": "np.repeat({x}, 2, axis=-1)[..., ::2]",
    "overlapping": "np.lib.stride_tricks.sliding_window_view(np.resize({x}, 8), 3)",
    "broadcast": "np.broadcast_to({x}, (2, *{x}.shape))",
    "misaligned": "np.frombuffer(b'.' + {x}.tobytes(), {x}.dtype, {x}.size, 1).reshape({x}.shape)",
}
"""How the elements of an argument may lie in memory: templates with the array in its usual order.
Some make another array of it.
"""


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
    """A function and arguments for it. `seed` is the number that it was made from, `layouts` the
    names of `LAYOUTS` of arguments that do not lie in the usual order.
    """

    block: Block
    inputs: Mapping[str, Any] = field(hash=False)
    seed: int = 0
    layouts: Mapping[str, str] = field(default_factory=dict, hash=False)

    def source(self) -> str:
        """The program as a file: imports, the function, and `arguments`."""
        values = "".join(f"    {self.argument(x)},\n" for x in self.block.arguments)
        return f"{HEAD}\n\n{self.text}\n\n\narguments = [\n{values}]\n"

    def names(self) -> str:
        """The text of the function, and the dtypes of its arguments."""
        return " ".join([self.text, *(self.inputs[x].dtype.name for x in self.block.arguments)])

    @functools.cached_property
    def text(self) -> str:
        """The definition of the function."""
        return "\n".join(self.block.source())

    @functools.cached_property
    def code(self) -> types.CodeType:
        """The imports and the definition, compiled."""
        return compile(f"{HEAD}\n\n{self.text}\n", f"<program {self.seed}>", "exec")

    def argument(self, name: str) -> str:
        """Python source for an argument."""
        plain = literal(self.inputs[name])
        layout = LAYOUTS[self.layouts.get(name, "")]
        if layout.count("{x}") == 1:
            return layout.format(x=plain)
        return f"(lambda x: {layout.format(x='x')})({plain})"

    def arguments(self) -> list[Any]:
        """The arguments, copied, in their layouts."""
        return [
            laid_out(self.inputs[x].copy(), self.layouts.get(x, "")) for x in self.block.arguments
        ]

    def function(self, numpy: Any = None) -> Callable[..., Any]:
        """The function; with another module in the place of `pnp`, if one is given."""
        space: dict[str, Any] = {"inf": np.inf, "nan": np.nan}
        exec(self.code, space)
        if numpy is not None:
            space["pnp"] = numpy
        made: Callable[..., Any] = space[self.block.name]
        return made


def laid_out(array: Any, layout: str) -> Any:
    """The array as a layout has it."""
    return eval(LAYOUTS[layout].format(x="x"), {"np": np, "x": array}) if layout else array


def literal(array: Any) -> str:
    """Python source for an array, every bit of it."""
    name = array.dtype.name
    shown = array.astype("float32") if name in ("float16", "bfloat16") else array
    data = np.array2string(
        shown, separator=", ", threshold=1 << 30, floatmode="unique", max_line_width=1 << 30
    ).replace("\n", "")
    data = re.sub(r"\b(inf|nan)(j?)\b", lambda m: f"float({m[1]!r})" + ("*1j" * bool(m[2])), data)
    dtype = "pnp.bfloat16" if name == "bfloat16" else repr(name)
    shape = "" if array.ndim == 1 and array.size else f".reshape({array.shape})"
    return f"np.array({data}, {dtype}){shape}"
