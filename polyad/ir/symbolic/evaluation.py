"""Symbolic numbers and guards for other sizes, by a Python function that is made for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .dims import LEAST, Dim, Exactly, Extent, Real


def evaluator(scope: Any, dims: Sequence[Extent]) -> Callable[..., tuple[int, ...] | None]:
    """See `Scope.program`."""
    source = Source(scope)
    run = source.made(dims)

    def evaluate(*sizes: int) -> tuple[int, ...] | None:
        try:
            found: tuple[int, ...] | None = run(*sizes)
        except ArithmeticError:  # of a function for which a guard excludes these sizes
            return None
        return found

    return evaluate


class Source:
    """The source of the function: a line for each number that is computed, and for each guard."""

    def __init__(self, scope: Any) -> None:
        self.scope = scope
        self.lines: list[str] = []
        self.names: dict[Dim, str] = {}
        self.atoms: dict[int, str] = {}
        self.things: dict[str, Any] = {}

    def made(self, dims: Sequence[Extent]) -> Callable[..., Any]:
        symbols: list[str] = []
        for number, atom in enumerate(self.scope.atoms):
            if atom.function is None:
                symbols.append(f"s{len(symbols)}")
                self.atoms[number] = symbols[-1]
        self.lines += [f"if {name} < {LEAST}: return None" for name in symbols]
        for relation, dim, truth in self.scope.guards:
            name = self.value(dim)
            self.lines.append(f"if {'not ' if truth else ''}{name} {relation} 0: return None")
        results = "".join(f"{self.value(x)}, " for x in dims)
        body = "\n    ".join([*self.lines, f"return ({results})"])
        environment = dict(self.things)
        exec(f"def run({', '.join(symbols)}):\n    {body}", environment)
        run: Callable[..., Any] = environment["run"]
        return run

    def value(self, x: Any) -> str:
        """The name of a number's value, or an integer as text."""
        if isinstance(x, Real):
            return self.atom(x.atom)
        if isinstance(x, Exactly):
            return self.thing(x.value)
        if not isinstance(x, Dim):
            return repr(int(x))
        found = self.names.get(x)
        if found is None:
            products = []
            for monomial, coefficient in x.terms:
                factors = [self.atom(number) for number in monomial]
                if coefficient != 1 or not factors:
                    factors.append(f"({coefficient})")
                products.append("*".join(factors))
            found = self.names[x] = f"d{len(self.names)}"
            self.lines.append(f"{found} = {' + '.join(products)}")
        return found

    def thing(self, thing: Any) -> str:
        name = f"t{len(self.things)}"
        self.things[name] = thing
        return name

    def atom(self, number: int) -> str:
        found = self.atoms.get(number)
        if found is None:
            name, function, operands = self.scope.atoms[number]
            given = [self.value(x) for x in operands]
            whole = name in ("//", "%")
            call = name.join(given) if whole else f"{self.thing(function)}({', '.join(given)})"
            found = self.atoms[number] = f"a{number}"
            self.lines.append(f"{found} = {call}")
        return found
