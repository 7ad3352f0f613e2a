"""Scalar recurrences: the factors of a tangent are multiplied together first.

A loop waits for each iteration's cotangent. Of `(t · a) · b - t · c` all but one product can be
computed ahead of it, as `t · (a · b - c)`. For arrays there would be more work and nothing to win.

The gates of guards stay beside the factor. Folded into it they would be zeros like any other, and
what the cotangent of a closed chain meets next, in the loop or outside, may be infinite.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ...ir import Builder, Function, Op, Value
from ...ops import elementwise as e
from ...ops.literals import literal
from ...ops.types import Operand
from ...passes.pipeline import simplify
from .. import gates
from .._pass import build_pass, finished, replay
from ..gates import Gate


class Chain(NamedTuple):
    """A linear value times a known factor, and 0 where the gate is closed."""

    base: Operand
    factor: Operand
    gate: Gate | None = None

    def value(self) -> Operand:
        return gates.through(e.guard, self.gate, e.multiply(self.base, self.factor))

    def closed_factor(self) -> Operand:
        """The factor, and 0 where the gate is closed: enough for a finite linear value."""
        return gates.through(e.guard, self.gate, self.factor)


def with_short_chains(function: Function, linear: int) -> Function:
    """`function`, which is linear in its first arguments, with factors of scalars collected."""
    scalars = (op for op in function.ops if op.name == "multiply" and op.result.type.shape == ())
    if next(scalars, None) is None:
        return function
    with build_pass(function.argument_types, function.name) as builder:
        chains = Chains(builder, function, linear)
        for op in function.ops:
            builder.location = op.location
            chains.append(op)
        results = [chains.value(v) for v in function.results]
        return simplify(finished(builder, results, function.name))


class Chains:
    """The values so far: known, linear, or a linear value times a known factor."""

    def __init__(self, builder: Builder, function: Function, linear: int) -> None:
        self.builder = builder
        self.values = dict(zip(function.arguments, builder.argument_handles(), strict=True))
        self.linear = set(function.arguments[:linear])
        self.chains: dict[Value, Chain] = {}

    def append(self, op: Op) -> None:
        """Append `op`, or remember the longer chain that it makes."""
        if any(v in self.linear for v in op.operands):
            self.linear.update(op.results)
            longer = self.longer(op)
            if longer is not None:
                self.chains[op.result] = longer
                return
        made = replay(self.builder, op, [self.value(v) for v in op.operands])
        self.values.update(zip(op.results, made, strict=True))

    def value(self, value: Value) -> Operand:
        found = self.values.get(value)
        if found is None:
            found = self.values[value] = self.chains[value].value()
        return found

    def chain(self, value: Value) -> Chain:
        if value in self.chains:
            return self.chains[value]
        one = literal(self.builder, 1, value.type.dtype, ())
        return Chain(self.values[value], one)

    def longer(self, op: Op) -> Chain | None:
        """The chain that the result is; None if it is none."""
        rule = RULES.get(op.name)
        if rule is None or op.result.type.shape != ():
            return None
        return rule(self, *op.operands)


def multiply(chains: Chains, x: Value, y: Value) -> Chain | None:
    """(t · a) · b = t · (a · b)."""
    if y in chains.linear:
        x, y = y, x
    chain = chains.chain(x)
    return chain._replace(factor=e.multiply(chain.factor, chains.value(y)))


def negative(chains: Chains, x: Value) -> Chain | None:
    """-(t · a) = t · (-a)."""
    chain = chains.chain(x)
    return chain._replace(factor=e.negative(chain.factor))


def guard(chains: Chains, gate: Value, x: Value) -> Chain | None:
    """t · a, closed in more places."""
    if gate in chains.linear:
        return None
    chain = chains.chain(x)
    return chain._replace(gate=gates.both(chain.gate, gates.of(chains.value(gate))))


def shield(chains: Chains, gate: Value, x: Value) -> Chain | None:
    """As `guard`; the transpose needs no gate."""
    if gate in chains.linear:
        return None
    chain = chains.chain(x)
    return chain._replace(factor=e.guard(chains.value(gate), chain.factor))


def add(chains: Chains, x: Value, y: Value) -> Chain | None:
    """t · a + t · b = t · (a + b)."""
    return _joined(chains, x, y, e.add)


def subtract(chains: Chains, x: Value, y: Value) -> Chain | None:
    """t · a - t · b = t · (a - b)."""
    return _joined(chains, x, y, e.subtract)


def _joined(
    chains: Chains, x: Value, y: Value, how: Callable[[Operand, Operand], Operand]
) -> Chain | None:
    if x not in chains.linear or y not in chains.linear:
        return None
    a, b = chains.chain(x), chains.chain(y)
    if a.base.number != b.base.number:
        return None
    factor = how(a.closed_factor(), b.closed_factor())
    return Chain(a.base, factor, gates.either(a.gate, b.gate))


RULES: dict[str, Callable[..., Chain | None]] = {
    "multiply": multiply,
    "negative": negative,
    "guard": guard,
    "shield": shield,
    "add": add,
    "subtract": subtract,
}
