"""Random programs, made line by line. Each line is run as it is made, so that shapes and dtypes of
all values are known, and lines that are refused, or whose values grow too large, are dropped.
"""

from __future__ import annotations

import bisect
import collections
import itertools
import math
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

import ml_dtypes
import numpy as np

from ..errors import PolyadError
from .forms import COMPILED, FORMS, Unfit
from .grammar import ROWS, WRITES, fits, kind_of, matches
from .parts import PARTS, NoPart
from .program import HEAD, LAYOUTS, Block, Line, Program, laid_out

HOLE = re.compile(r"\{(\d+)(?::(\w)([~=@]?))?(\.ndim)?\}|\{(\w+)\}")
LARGEST = 1e4  # a value that is larger, or not finite, stays out most of the time
MOST = 2000  # elements of an argument
ELEMENTS = 300  # in a value, at most
RESULTS = 3  # of a program, at most
DEPTH, SHALLOW = 4, 2  # of functions inside of functions, in deep and in plain programs
REFUSED = (PolyadError, ValueError, TypeError, IndexError, ArithmeticError, np.linalg.LinAlgError)

T = TypeVar("T")
SPACE: dict[str, Any] = {}
exec(HEAD, SPACE)


class Weighted(Generic[T]):
    """Things drawn by their weights."""

    def __init__(self, weights: Mapping[T, float]) -> None:
        self.things = list(weights)
        self.up_to = list(itertools.accumulate(weights.values()))

    def drawn(self, rng: np.random.Generator) -> T:
        """One of them."""
        return self.things[bisect.bisect(self.up_to, rng.random() * self.up_to[-1])]


class Broken(Exception):
    """A line ends in an error that is none of polyad's or NumPy's. `program` is the line."""

    def __init__(self, program: Program) -> None:
        super().__init__()
        self.program = program


class Builder:
    """Makes the program of a seed. A `deep` one is longer, and compiles what it jits.

    Seeds after one another begin with rows of the grammar after one another, so that all are used.
    """

    def __init__(self, seed: int, deep: bool = False) -> None:
        self.rng = np.random.default_rng(seed)
        self.seed, self.deep = seed, deep
        self.wanted = int(self.rng.integers(2, 9)) if deep else int(self.rng.integers(1, 4))
        self.deepest = DEPTH if deep else SHALLOW
        self.focus = [EVERY_ROW[seed * STRIDE % len(EVERY_ROW)]]
        self.space: dict[str, Any] = dict(SPACE)
        self.values: dict[str, Any] = {}
        self.layouts: dict[str, str] = {}
        self.numbers = collections.Counter[str]()

    def name(self, letter: str) -> str:
        """A new name."""
        self.numbers[letter] += 1
        return f"{letter}{self.numbers[letter] - 1}"

    def program(self) -> Program:
        """The program."""
        inputs = {self.name("x"): self.input(i) for i in range(self.rng.integers(1, 4))}
        for name, x in inputs.items():
            if self.rng.random() < 0.15 and x.ndim and x.size:
                self.layouts[name] = str(self.rng.choice(list(LAYOUTS)))
            self.values[name] = laid_out(x, self.layouts.get(name, ""))
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            lines = list(self.lines(self.wanted, 0))
        read = set().union(*(line.reads() for line in lines))
        unread = [line.target for line in lines if line.target not in read]
        result = ", ".join(unread[-RESULTS:] or inputs) + ","
        block = Block("f", tuple(inputs), tuple(lines), result).pruned()
        return Program(block, inputs, self.seed, self.layouts)

    def input(self, i: int) -> Any:
        """An argument: mostly float64, with exact numbers, ties and special points now and then."""
        rng = self.rng
        sizes = SIZES if rng.random() < 0.97 else LARGE_SIZES
        shape = tuple(sizes.drawn(rng) for _ in range(rng.integers(0, 4)))
        shape = shape if math.prod(shape) <= MOST else shape[:1]
        dtype = (DTYPES if i else FIRST_DTYPES).drawn(rng)
        x = np.asarray(rng.normal(size=shape) * 1.5)
        if rng.random() < 0.2:
            x = np.round(x)
        if rng.random() < 0.15:
            x = np.where(rng.random(shape) < 0.5, x, rng.choice(SPECIAL_POINTS, shape))
        if dtype.startswith("complex"):
            x = x + 1j * rng.normal(size=shape)
        if dtype == "bool":
            return np.asarray(x > 0)
        if "int" in dtype:
            x = np.abs(np.round(2 * x)) if dtype.startswith("u") else np.round(2 * x)
        return np.asarray(x).astype(ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype)

    def lines(self, count: int, depth: int) -> Iterator[Line]:
        """So many lines; `depth` functions lie around them."""
        made = tries = 0
        while made < count and tries < 6 * count:
            tries += 1
            try:
                line = self.line(depth)
                self.run(line)
            except (Unfit, NoPart):
                continue
            made += 1
            if line.rule in self.focus:
                self.focus.remove(line.rule)
            yield line

    def line(self, depth: int) -> Line:
        """A line from the row that the program is for, or a drawn one."""
        rule = self.focus[0] if self.focus and self.rng.random() < 0.5 else self.drawn(depth)
        if rule in COMPILED and not self.deep:
            raise Unfit
        if rule in FORMS:
            if depth >= self.deepest:
                raise Unfit
            return FORMS[rule](self, rule, depth)
        target = self.name("v")
        text = self.filled(rule, target)
        return Line(target, text if "{t}" in rule else f"{target} = {text}", rule)

    def drawn(self, depth: int) -> str:
        """A row: one with functions inside, a write, or a plain one."""
        draw = self.rng.random()
        kind = ROWS
        if draw < (0.25 if self.deep else 0.06) and depth < self.deepest:
            kind = list(FORMS)
        elif draw < 0.32:
            kind = WRITES
        return kind[self.rng.integers(len(kind))]

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
        """Run the line; its value is known from now on. Raises `Unfit`, or `Broken`."""
        for block in line.blocks:
            exec("\n".join(block.source()), self.space)
        self.space.update(self.values)
        try:
            exec(line.text, self.space)
        except REFUSED:
            raise Unfit from None
        except Exception as error:
            inputs = {x: self.values[x] for x in sorted(line.reads())}
            block = Block("f", tuple(inputs), (line,), f"{line.target},")
            raise Broken(Program(block, inputs, self.seed)) from error
        value = self.space[line.target]
        if isinstance(value, np.ndarray | np.generic):
            value = np.asarray(value)
        self.admit(value)
        self.values[line.target] = value

    def admit(self, value: Any) -> None:
        """Raises `Unfit` for a value that is none, or too large."""
        if not isinstance(value, np.ndarray) or value.size > ELEMENTS:
            raise Unfit
        tame = kind_of(value) not in "fciu" or np.all(np.abs(value) < LARGEST)
        if not tame and self.rng.random() < 0.8:
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
            lines = list(self.lines(int(self.rng.integers(1, 5 if self.deep else 3)), depth + 1))
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


FIRST_DTYPES = Weighted(
    {
        "float64": 0.8,
        "float32": 0.06,
        "complex128": 0.06,
        "float16": 0.02,
        "bfloat16": 0.02,
        "complex64": 0.02,
        "int64": 0.01,
        "bool": 0.01,
    }
)
DTYPES = Weighted(
    {
        "float64": 0.5,
        "float32": 0.1,
        "complex128": 0.1,
        "int64": 0.12,
        "bool": 0.08,
        "complex64": 0.02,
        "float16": 0.02,
        "bfloat16": 0.02,
        "int32": 0.01,
        "int8": 0.01,
        "uint8": 0.01,
        "uint64": 0.01,
    }
)
SIZES = Weighted({1: 0.15, 2: 0.3, 3: 0.3, 4: 0.15, 0: 0.03, 7: 0.07})
LARGE_SIZES = Weighted({1: 0.4, 2: 0.3, 17: 0.2, 40: 0.1})
SPECIAL_POINTS = [0.0, -0.0, 1.0, -1.0, 2.0, 0.5, 1e-8, -1e-8, 30.0, -30.0]
EVERY_ROW = [*ROWS, *WRITES, *FORMS]
STRIDE = 7919  # a prime, so that seeds after one another have rows far apart
