"""Scalar recurrences: the factors of a tangent are multiplied together first.

A loop waits for each iteration's cotangent. Of `(t · a) · b - t · c` all but one product can be
computed ahead of it, as `t · (a · b - c)`. For arrays there would be more work and nothing to win.
"""

from __future__ import annotations

from collections.abc import Callable

from ...ir import Builder, Function, Op, Value
from ...ops import elementwise as e
from ...ops.literals import literal
from ...ops.types import Operand
from ...passes.pipeline import simplify
from .._pass import build_pass, finished, replay

Chain = tuple[Operand, Operand]  # a linear value, and the known factor that it is multiplied with


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
            found = self.values[value] = e.multiply(*self.chains[value])
        return found

    def chain(self, value: Value) -> Chain:
        if value in self.chains:
            return self.chains[value]
        one = literal(self.builder, 1, value.type.dtype, ())
        return self.values[value], one

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
    base, factor = chains.chain(x)
    return base, e.multiply(factor, chains.value(y))


def negative(chains: Chains, x: Value) -> Chain | None:
    """-(t · a) = t · (-a)."""
    base, factor = chains.chain(x)
    return base, e.negative(factor)


def guard(chains: Chains, gate: Value, x: Value) -> Chain | None:
    """t · a, 0 where a gate is closed, is t · (a, 0 where it is closed) for a finite t."""
    if gate in chains.linear:
        return None
    base, factor = chains.chain(x)
    return base, e.guard(chains.value(gate), factor)


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
    (base, a), (other, b) = chains.chain(x), chains.chain(y)
    return (base, how(a, b)) if base.number == other.number else None


RULES: dict[str, Callable[..., Chain | None]] = {
    "multiply": multiply,
    "negative": negative,
    "guard": guard,
    "shield": guard,
    "add": add,
    "subtract": subtract,
}
