"""Ahead of time for all sizes: a C function that takes the sizes of its arrays as parameters.

It has a program for each set of sizes that one trace is right for, as `jit` with symbolic shapes
has: extents from 9 on are symbols, smaller ones numbers. The sets are found by trial: a size that
no program so far is made for is traced as an example. What is left, and sizes for which the traced
function raises, are answered by a code.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from polyad.config import config
from polyad.errors import BackendCapabilityError, PolyadError, ShapeError
from polyad.ir import ArrayType, Function, Op, where
from polyad.ir.symbolic import LEAST, Dim, Scope, is_symbolic
from polyad.ir.symbolic.evaluation import evaluator
from polyad.ir.symbolic.substitution import substituted
from polyad.passes.numbered import symbolic_numbers

from .dialects import kernel
from .dialects.memory import type_of
from .export import AheadOfTime, check_calls, refuse_host_calls
from .header import Signature, signature
from .pipeline import PASSES, STANDALONE, Named, lower
from .programs.plan import plan

if TYPE_CHECKING:
    from .emission.standalone import Standalone
    from .programs.sized import SizedProgram

MOST = 128  # programs of an exported function, at most
LOOKS, TRIALS = 8, 4096  # trials for a first program, and for others, at most
FEW = (1008, 1009, 4096, 9, 10, 16, 33, 100, 100_000)
SHOWN = 8  # sizes of an exclusion that are listed
POWERS = [2**k + i for k in range(6, 22) for i in (0, 1)]
MANY = tuple(dict.fromkeys([*FEW[:3], *range(LEAST, 34), *POWERS]))
"""Sizes to try, in order, where there are several or one; see `trials`."""

Traced = tuple[Function, Sequence[Any]]
"""The function of the array dialect, and the arrays that it closes over."""


class AheadOfSizes(AheadOfTime):
    """A function in the form of a C function of sizes, with these `names`. `trace` gives what it is
    for sizes by name; its `arguments` have types in terms of the names.
    """

    def __init__(
        self,
        trace: Callable[[Mapping[str, Any]], Traced],
        names: Sequence[str],
        arguments: Sequence[tuple[str, ArrayType]],
        results: Callable[[], Sequence[str]],
        settings: dict[str, Any],
    ) -> None:
        self.trace, self.names, self.settings = trace, names, settings
        self.arguments = list(arguments)
        self.names_of_results = results
        self.found: dict[tuple[Named, ...], Trials] = {}

    @property
    def results(self) -> list[tuple[str, ArrayType]]:
        """The results, with types in terms of the names."""
        types = self.trials(STANDALONE).found[0].function.result_types
        return list(zip(self.names_of_results(), types, strict=True))

    def signed(self, name: str) -> Signature:
        excluded = self.trials(STANDALONE).excluded(self.names)
        return signature(name, self.arguments, self.results, self.names, excluded)

    def explain(self) -> str:
        programs = self.trials(STANDALONE).found
        lines = [f"a program for {program.text(self.names)}" for program in programs]
        return "\n".join([super().explain(), *lines])

    def no_doubles(self) -> list[str]:
        return [f"it takes sizes ({', '.join(self.names)})"]

    def trials(self, passes: tuple[Named, ...]) -> Trials:
        """The programs, made by these passes."""
        if passes not in self.found:
            self.found[passes] = Trials(len(self.names), lambda s: self.made(s, passes)).run()
        return self.found[passes]

    def made(self, sizes: Sequence[int], passes: tuple[Named, ...]) -> Candidate:
        """The program for the sizes, and for others that its guards allow."""
        scope = Scope(basic=True)
        numbers = pattern(self.names, sizes)
        values = {
            name: scope.symbol(number, size) if isinstance(number, str) else number
            for name, number, size in zip(self.names, numbers, sizes, strict=True)
        }
        function, captured = self.trace(values)
        name = function.name
        symbolic_numbers(function)  # raises where these are not known
        with config(**self.settings):
            loops = lower(function, passes)["loop"]
            refuse_host_calls(loops, name)
            made, units = plan(loops, self.settings)
        refuse_routines_of_sizes(made.asking)
        arrays = [np.ascontiguousarray(x).tobytes() for x in captured]
        allows = evaluator(scope, ())
        return Candidate(numbers, scope, function, made, units, arrays, allows, values)

    def module(
        self,
        signed: Signature,
        pointer_bits: int,
        in_process: bool = False,
        vector: bool = False,
    ) -> Standalone:
        """The text of the LLVM module. In this process it uses polyad's routines for products."""
        from .emission.standalone import Standalone, emit_dispatch
        from .programs.sized import emit_sizes

        programs = self.trials(PASSES if in_process else STANDALONE).found
        module = Standalone(signed.name, pointer_bits, in_process, self.settings)
        given = len(self.arguments)
        functions = [emit_sizes(module, c.program(), given) for c in programs]
        emit_dispatch(module, functions, len(self.names), given, len(self.results))
        called = [function.name for function in module.functions if function.is_declaration]
        check_calls(module.missing, called, signed.name, programs[0].function.name)
        return module


class Candidate(NamedTuple):
    """A program under trial: its `pattern` of sizes, its scope, what it was made of, and the values
    that the names have in it.
    """

    sizes: tuple[int | str, ...]
    scope: Scope
    function: Function
    plan: Any
    units: Mapping[str, Any]
    captured: Sequence[bytes]
    evaluate: Callable[..., Any]
    values: Mapping[str, Any]

    def allows(self, sizes: Sequence[int]) -> bool:
        """Whether it is right for these sizes."""
        symbols: dict[str, int] = {}
        for number, size in zip(self.sizes, sizes, strict=True):
            known = symbols.setdefault(number, size) if isinstance(number, str) else number
            if known != size:
                return False
        return self.evaluate(*symbols.values()) is not None

    def program(self) -> SizedProgram:
        from .programs.sized import SizedProgram

        f = self.function
        types = f.argument_types, f.result_types
        return SizedProgram(self.sizes, self.scope, self.plan, self.units, *types, self.captured)

    def text(self, names: Sequence[str]) -> str:
        """The sizes that it is for, in words."""
        pairs = zip(names, self.sizes, strict=True)
        parts = [f"{n} >= {LEAST}" if size == n else f"{n} == {size}" for n, size in pairs]
        return " and ".join([*parts, *map(str, self.scope.guards)])

    def check_results(self, first: Candidate) -> None:
        """Raise unless results have the dtypes and shapes that the first program's would have."""
        types = zip(self.function.result_types, first.function.result_types, strict=True)
        for number, (got, wanted) in enumerate(types):
            shape = [substituted(n, self.values) for n in wanted.shape]
            same = got.dtype == wanted.dtype and got.ndim == wanted.ndim
            if not same or not all(map(is_same, got.shape, shape)):
                raise ShapeError(f"export: result {number} has another shape or dtype than usual")


def pattern(names: Sequence[str], sizes: Sequence[int]) -> tuple[int | str, ...]:
    """The sizes that are numbers in a trace; of the others the symbols, equal ones the same."""
    first: dict[int, str] = {}
    return tuple(
        size if size < LEAST else first.setdefault(size, name)
        for name, size in zip(names, sizes, strict=True)
    )


def is_same(one: Any, two: Any) -> bool:
    """Whether two extents are equal for all sizes."""
    return one is two if isinstance(one, Dim) or isinstance(two, Dim) else bool(one == two)


def refuse_routines_of_sizes(ops: Sequence[Op]) -> None:
    """Raise `BackendCapabilityError` for routines, whose code has the sizes as numbers."""
    for op in ops:
        shapes = [type_of(v).array.shape for v in op.operands]
        if op.definition is kernel.routine and any(map(is_symbolic, shapes)):
            (inner,) = op.regions[0].ops
            raise BackendCapabilityError(
                f"export: {inner.name} is compiled for sizes that are numbers{where(op.location)}\n"
                "  Export it with shapes of numbers."
            )


# -- Trials


class Trials:
    """The programs for `count` sizes that `make` has made, and the sizes that it makes none for,
    with the errors.
    """

    def __init__(self, count: int, make: Callable[[Sequence[int]], Candidate]) -> None:
        self.count, self.make = count, make
        self.found: list[Candidate] = []
        self.errors: dict[tuple[int, ...], PolyadError] = {}

    def run(self) -> Trials:
        """Try sizes until all trials have a program, or none can be made. Raises the first error if
        no program is right for sizes at large.
        """
        sizes = trials(self.count)
        if not any(self.is_general(first) for first in itertools.islice(sizes, LOOKS)):
            raise next(iter(self.errors.values()))
        for each in itertools.islice(sizes, TRIALS):
            self.program_of(each)
        if self.count == 1:
            self.fill_gaps()
        return self

    def is_general(self, sizes: tuple[int, ...]) -> bool:
        """Whether there is a program for these sizes for which none of them is a number."""
        program = self.program_of(sizes)
        if program is None or not program.scope.fixed:
            return program is not None
        self.found.remove(program)
        ((dim, line),) = list(program.scope.fixed.items())[:1]
        self.errors[sizes] = ShapeError(
            f"export: the number of {dim.name} is needed, which is to stand for all sizes"
            f"{where(line)}\n  Give it as a number."
        )
        return False

    def program_of(self, sizes: tuple[int, ...]) -> Candidate | None:
        """The program for these sizes; a new one, where it can be made."""
        known = next((c for c in self.found if c.allows(sizes)), None)
        if known is None and sizes not in self.errors and len(self.found) < MOST:
            try:
                known = self.make(sizes)
                known.check_results(self.found[0] if self.found else known)
            except PolyadError as error:
                self.errors[sizes] = error
                return None
            self.found.append(known)
        return known

    def excluded(self, names: Sequence[str]) -> list[str]:
        """The sizes that were tried in vain, in words, a line for each reason."""
        said: dict[str, list[str]] = {}
        for sizes, error in self.errors.items():
            if not any(c.allows(sizes) for c in self.found):
                text = ", ".join(f"{n} = {k}" for n, k in zip(names, sizes, strict=True))
                said.setdefault(str(error).partition("\n")[0], []).append(text)
        return [f"{enumerated(sizes)}: {reason}" for reason, sizes in said.items()]

    def fill_gaps(self) -> None:
        """Try the sizes where one program ends, between trials that have different ones."""
        for low, high in itertools.pairwise(sorted(MANY)):
            while True:
                program = self.program_of((low,))
                if program is None or program.allows((high,)):
                    break
                first, last = low, high  # allowed, and not
                while last - first > 1:
                    middle = (first + last) // 2
                    first, last = (middle, last) if program.allows((middle,)) else (first, middle)
                if last == high:
                    break
                low = last


def enumerated(sizes: Sequence[str]) -> str:
    """The first ones of many."""
    return "; ".join(sizes[:SHOWN]) + ("; ..." if len(sizes) > SHOWN else "")


def trials(count: int) -> Iterator[tuple[int, ...]]:
    """Sizes to try: all of them symbols, then more and more of them small numbers; those that are
    equal after those that are not, but for one at the beginning.
    """
    yield tuple(itertools.islice(itertools.cycle(FEW), count))
    yield (FEW[0],) * count
    for small in range(count + 1):
        large = MANY if count - small == 1 else FEW
        for chosen in itertools.combinations(range(count), small):
            choices = [range(LEAST) if i in chosen else large for i in range(count)]
            yield from sorted(itertools.product(*choices), key=lambda sizes: -len({*sizes}))
