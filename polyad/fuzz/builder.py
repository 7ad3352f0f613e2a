"""Random programs, made line by line. Each line is run as it is made, so that shapes and dtypes of
all values are known, and lines that are refused, or whose values grow too large, are dropped.
"""

from __future__ import annotations

import collections
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..errors import PolyadError
from .grammar import ROWS, WRITES, fits, matches
from .parts import PARTS, NoPart
from .program import HEAD, Block, Line, Program

HOLE = re.compile(r"\{(\d+)(?::(\w)([~=@]?))?(\.ndim)?\}|\{(\w+)\}")
LARGEST = 1e4  # a value that is larger, or not finite, stays out most of the time
ELEMENTS = 300  # in a value, at most
RESULTS = 3  # of a program, at most
DEPTH = 3  # of functions inside of functions
REFUSED = (PolyadError, ValueError, TypeError, IndexError, ArithmeticError, np.linalg.LinAlgError)

Rng = np.random.Generator


class Unfit(Exception):
    """No line comes of this row here."""


class Builder:
    """Makes one program. `covered` counts the uses of each row, over programs; rare ones are
    preferred.
    """

    def __init__(self, seed: int, covered: collections.Counter[str], lines: int = 8) -> None:
        self.rng = np.random.default_rng(seed)
        self.seed, self.covered, self.wanted = seed, covered, lines
        self.space: dict[str, Any] = {}
        exec(HEAD, self.space)
        self.values: dict[str, Any] = {}
        self.numbers = collections.Counter[str]()

    def name(self, letter: str) -> str:
        """A new name."""
        self.numbers[letter] += 1
        return f"{letter}{self.numbers[letter] - 1}"

    def program(self) -> Program:
        """The program."""
        inputs = {self.name("x"): self.input(i) for i in range(self.rng.integers(1, 4))}
        self.values = dict(inputs)
        lines = list(self.lines(self.wanted, 0))
        read = set().union(*(line.reads() for line in lines))
        unread = [line.target for line in lines if line.target not in read]
        result = ", ".join(unread[-RESULTS:] or inputs) + ","
        return Program(Block("f", tuple(inputs), tuple(lines), result).pruned(), inputs, self.seed)

    def input(self, i: int) -> Any:
        """An argument: mostly float64, with exact numbers and ties now and then."""
        rng = self.rng
        shape = tuple(int(n) for n in rng.choice([1, 2, 3, 4, 0, 7], rng.integers(0, 4), p=SIZES))
        dtype = "float64" if not i else str(rng.choice(DTYPES, p=SHARES))
        x = rng.normal(size=shape) * 1.5
        if rng.random() < 0.2:
            x = np.round(x)
        if dtype.startswith("complex"):
            x = x + 1j * rng.normal(size=shape)
        if dtype == "bool":
            return np.asarray(x > 0)
        return np.asarray(np.round(2 * x) if "int" in dtype else x).astype(dtype)

    def lines(self, count: int, depth: int) -> Iterator[Line]:
        """So many lines; `depth` functions lie around them."""
        made = tries = 0
        while made < count and tries < 12 * count:
            tries += 1
            try:
                line = self.line(depth)
                self.run(line)
            except (Unfit, NoPart):
                continue
            made += 1
            self.covered[line.rule] += 1
            yield line

    def line(self, depth: int) -> Line:
        """A line from a row that has been used little, of a few drawn ones."""
        draw = self.rng.random()
        if draw < 0.22 and depth < DEPTH:
            form = self.rare(list(FORMS))
            return FORMS[form](self, form, depth)
        row = self.rare(WRITES if draw < 0.32 else ROWS)
        target = self.name("v")
        text = self.filled(row, target)
        return Line(target, text if row in WRITES else f"{target} = {text}", row)

    def rare(self, rows: Sequence[str]) -> str:
        """The one of three drawn rows that has been used least."""
        drawn = [rows[i] for i in self.rng.integers(len(rows), size=3)]
        return min(drawn, key=lambda row: self.covered[row])

    def filled(self, row: str, target: str) -> str:
        """The template with operands and parts drawn."""
        chosen: dict[int, str] = {}
        for number, kind, sign in dict.fromkeys(re.findall(r"\{(\d+):(\w)([~=@]?)\}", row)):
            if int(number) not in chosen:
                first = self.values[chosen[0]] if chosen else None
                chosen[int(number)] = self.operand(kind, first, sign)
        first = self.values[chosen[0]]

        def part(hole: re.Match[str]) -> str:
            number, _, _, ndim, word = hole.groups()
            if word == "t":
                return target
            if word:
                return str(PARTS[word](self.rng, first))
            name = chosen[int(number)]
            return str(self.values[name].ndim) if ndim else name

        return HOLE.sub(part, row)

    def operand(self, kind: str, first: Any = None, sign: str = "") -> str:
        """The name of a value of that kind, the newest ones being likelier."""
        names = [
            name
            for name, x in self.values.items()
            if fits(x, kind) and (first is None or matches(first, x, sign))
        ]
        if not names:
            raise Unfit
        back = min(int(self.rng.geometric(0.35)), len(names))
        return names[-back]

    def run(self, line: Line) -> None:
        """Run the line; its value is known from now on."""
        for block in line.blocks:
            exec("\n".join(block.source()), self.space)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            self.space.update(self.values)
            try:
                exec(line.text, self.space)
            except REFUSED:
                raise Unfit from None
        value = self.space[line.target]
        if isinstance(value, np.ndarray | np.generic):
            value = np.asarray(value)
        self.admit(value)
        self.values[line.target] = value

    def admit(self, value: Any) -> None:
        """Raises `Unfit` for a value that is none, or too large."""
        if not isinstance(value, np.ndarray) or value.size > ELEMENTS:
            raise Unfit
        tame = value.dtype.kind not in "fciu" or np.all(np.abs(value) < LARGEST)
        if not tame and self.rng.random() < 0.9:
            raise Unfit

    # -- Functions inside of functions

    def block(
        self, examples: Sequence[Any], depth: int, like: Any = None, closed: bool = False
    ) -> Block:
        """A function of arguments like `examples`; its result has the type of `like`, if given. A
        `closed` one reads nothing from outside.
        """
        outside = self.values
        self.values = {} if closed else dict(outside)
        try:
            arguments = [self.name("v") for _ in examples]
            for name, x in zip(arguments, examples, strict=True):
                self.values[name] = self.space[name] = x
            lines = list(self.lines(int(self.rng.integers(1, 5)), depth + 1))
            inexact = [x.target for x in lines if fits(self.values[x.target], "x")]
            result = inexact[-1] if inexact else arguments[0]
            if like is not None:
                lines.append(self.fitted(result, arguments[0], like))
                result = lines[-1].target
            return Block(self.name("b"), tuple(arguments), tuple(lines), result).pruned()
        finally:
            self.values = outside

    def fitted(self, result: str, argument: str, like: Any) -> Line:
        """A line that gives a value of the type of `like`, made of `result`."""
        target, value = self.name("v"), self.values[result]
        inner = f"pnp.real({result})" if fits(value, "c") and not fits(like, "c") else result
        shape = self.values[argument].shape
        if value.shape != like.shape:
            inner = f"pnp.tanh(pnp.mean({inner})) + 0.5 * {argument}"
            if shape != like.shape:
                raise Unfit
        else:
            inner = f"0.5 * {inner}"
        line = Line(target, f"{target} = pnp.astype({inner}, {like.dtype.name!r})", "fitted")
        self.run(line)
        if self.values[target].shape != like.shape:
            raise Unfit
        return line


DTYPES = ["float64", "float32", "complex128", "int64", "bool"]
SHARES = [0.5, 0.12, 0.13, 0.15, 0.1]
SIZES = [0.15, 0.3, 0.3, 0.15, 0.03, 0.07]

Form = Callable[[Builder, str, int], Line]


def _of_one(text: str, kind: str = "f", like: bool = False, closed: bool = False) -> Form:
    """A template with operand {x} and a function {f} of it."""

    def made(b: Builder, rule: str, depth: int) -> Line:
        x, target = b.operand(kind), b.name("v")
        value = b.values[x]
        block = b.block([value], depth, value if like else None, closed)
        steps = int(b.rng.integers(0, 4))
        filled = text.format(t=target, x=x, f=block.name, number=steps)
        return Line(target, filled, rule, (block,))

    return made


def _of_rows(text: str) -> Form:
    """A template with operand {x}, whose rows a function {f} takes one by one."""

    def made(b: Builder, rule: str, depth: int) -> Line:
        x, target = b.operand("f"), b.name("v")
        value = b.values[x]
        if not value.ndim or not len(value):
            raise Unfit
        block = b.block([value[0]], depth)
        return Line(target, text.format(t=target, x=x, f=block.name), rule, (block,))

    return made


def _scan(b: Builder, rule: str, depth: int) -> Line:
    """A scan over the rows of one value, with another as its carry."""
    carry, xs, target = b.operand("f"), b.operand("x"), b.name("v")
    if not b.values[xs].ndim or not len(b.values[xs]):
        raise Unfit
    block = b.block([b.values[carry], b.values[xs][0]], depth, b.values[carry])
    reverse = bool(b.rng.integers(2))
    step = f"lambda c, x: ({block.name}(c, x), pnp.sum(c))"
    text = f"{target} = pnp.add(*lax.scan({step}, {carry}, {xs}, reverse={reverse}))"
    if b.values[carry].ndim:
        part = int(b.rng.integers(2))
        text = f"{target} = lax.scan({step}, {carry}, {xs}, reverse={reverse})[{part}]"
    return Line(target, text, rule, (block,))


def _branches(text: str) -> Form:
    """A template with operand {x}, and functions {f} and {g} of it with results of its type."""

    def made(b: Builder, rule: str, depth: int) -> Line:
        x, choice, target = b.operand("f"), b.operand("r"), b.name("v")
        value = b.values[x]
        one, other = b.block([value], depth, value), b.block([value], depth, value)
        filled = text.format(t=target, x=x, c=choice, f=one.name, g=other.name)
        return Line(target, filled, rule, (one, other))

    return made


def _while(b: Builder, rule: str, depth: int) -> Line:
    """A while loop that ends after some steps at the latest."""
    x, target = b.operand("f"), b.name("v")
    value = b.values[x]
    block = b.block([value], depth, value)
    steps = int(b.rng.integers(0, 5))
    text = (
        f"{target} = lax.while_loop(\n"
        f"    lambda s: (s[0] < {steps}) & (pnp.sum(pnp.abs(s[1])) < 50),\n"
        f"    lambda s: (s[0] + 1, {block.name}(s[1])),\n"
        f"    (0, {x}),\n"
        ")[1]"
    )
    return Line(target, text, rule, (block,))


FORMS: dict[str, Form] = {
    "scan": _scan,
    "while": _while,
    "cond": _branches("{t} = lax.cond(pnp.sum({c}) > 0, {f}, {g}, {x})"),
    "switch": _branches(
        "{t} = lax.switch(pnp.astype(pnp.sum({c}), 'int64'), [{f}, {g}, {f}], {x})"
    ),
    "where of functions": _branches("{t} = pnp.where({x} > 0.5, {f}({x}), {g}({x}))"),
    "fori": _of_one("{t} = lax.fori_loop(0, {number}, lambda i, c: {f}(c) + i, {x})", like=True),
    "checkpointed scan": _of_one(
        "{t} = lax.scan(lambda c, i: ({f}(c), None), {x}, None, length=4, checkpoint=2)[0]",
        like=True,
    ),
    "map": _of_rows("{t} = lax.map({f}, {x})"),
    "vmap": _of_rows("{t} = polyad.vmap({f})({x})"),
    "vmap of cond": _of_rows(
        "{t} = polyad.vmap(lambda r: lax.cond(pnp.sum(r) > 0, {f}, lambda r: 0 * {f}(r), r))({x})"
    ),
    "grad": _of_one("{t} = polyad.grad(lambda t: pnp.sum(pnp.real({f}(t))))({x})"),
    "vjp": _of_one("{t} = polyad.vjp({f}, {x})[1](pnp.ones_like({f}({x})))[0]"),
    "jvp": _of_one("{t} = polyad.jvp({f}, ({x},), (pnp.cos({x}),))[1]"),
    "jacfwd": _of_one("{t} = polyad.jacfwd(lambda t: pnp.real({f}(t)))({x})"),
    "jacrev": _of_one("{t} = polyad.jacrev(lambda t: pnp.real({f}(t)))({x})"),
    "jit": _of_one("{t} = polyad.jit({f})({x})", "x"),
    "checkpoint": _of_one("{t} = polyad.checkpoint({f})({x})", "x"),
    "linearize": _of_one("{t} = polyad.linearize({f}, {x})[1](pnp.sin({x}))"),
    "custom_jvp": _of_one(
        "{t}f = polyad.custom_jvp({f})\n"
        "{t}f.defjvp(lambda p, d: polyad.jvp({f}, p, d))\n"
        "{t} = {t}f({x})",
        closed=True,
    ),
    "custom_vjp": _of_one(
        "{t}f = polyad.custom_vjp({f})\n"
        "{t}f.defvjp(lambda x: ({f}(x), x), lambda x, d: polyad.vjp({f}, x)[1](d))\n"
        "{t} = {t}f({x})",
        closed=True,
    ),
    "call": _of_one("{t} = {f}({x})", "x"),
    "hvp": _of_one(
        "{t} = polyad.jvp(polyad.grad(lambda t: pnp.sum(pnp.real({f}(t)))), ({x},), ({x},))[1]"
    ),
}
"""Lines with functions in them: control flow, transformations, rules."""
