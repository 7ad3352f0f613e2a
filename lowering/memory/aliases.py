"""The values that share one buffer: a reshape and its operand, an update and the array it updates.

A scatter or an insert may write into the array that it updates, and a loop may carry on in the
buffer of its initial value. Two conditions: no later op reads the old contents; and the function
may change the buffer, because one of its ops made it or the loop around it carries it. So an
element set in a loop costs one store, however large the array.
"""

from __future__ import annotations

from polyad.ir import Function, Op, Value
from polyad.ops.views import loop_of

from ..dialects import kernel


class Aliases:
    """`roots`: for each value the array whose buffer it shares. `updated`: the values in the buffer
    of an argument, with contents other than the argument's.
    """

    def __init__(self, function: Function, first: int, carry: int) -> None:
        self.function = function
        self.roots: dict[Value, Value] = {}
        self.updated: set[Value] = set()
        self.last = last_uses(function)
        self.members: dict[Value, list[Value]] = {}
        arguments = frozenset(function.arguments)
        chains = set().union(*(chain(function, first + k, k) for k in range(carry)))
        for time, op in enumerate(function.ops):
            if op.definition is kernel.reshape:
                self.share(op.operands[0], op.result, op.operands[0] in self.updated)
                continue
            for number, result in updates(op):
                root = self.root(op.operands[number])
                own = (op, number) in chains if root in arguments else True
                if own and self.dead_after(root, time, op):
                    self.share(root, op.results[result], root in arguments)

    def root(self, value: Value) -> Value:
        return self.roots.get(value, value)

    def share(self, old: Value, new: Value, updated: bool) -> None:
        """Put `new` in the buffer of `old`."""
        root = self.roots[new] = self.root(old)
        self.members.setdefault(root, [root]).append(new)
        if updated:
            self.updated.add(new)

    def dead_after(self, root: Value, time: int, op: Op) -> bool:
        """Whether `op` reads the buffer of `root` once, and no other op or result reads it
        later.
        """
        members = self.members.get(root, [root])
        operands = op.operands
        if (
            op.definition is kernel.insert
        ):  # its kernel may read x, each element before it is written
            operands = (operands[0], *(v for v in operands[1:] if v is not operands[0]))
        seen = sum(v in members for v in operands)
        return seen == 1 and all(self.last.get(v, -1) <= time for v in members)


def last_uses(function: Function) -> dict[Value, int]:
    """The number of the last op that reads each value; results are read after all of them."""
    last: dict[Value, int] = {}
    for time, op in enumerate(function.ops):
        for v in op.operands:
            last[v] = time
    for v in function.results:
        last[v] = len(function.ops)
    return last


def updates(op: Op) -> list[tuple[int, int]]:
    """Pairs (operand, result) of which the result may be written over the operand."""
    if op.definition in (kernel.scatter, kernel.insert):
        return [(0, 0)]
    loop = loop_of(op)
    return [] if loop is None else loop.carried


def chain(function: Function, argument: int, result: int) -> set[tuple[Op, int]]:
    """The updates on the way from an argument to a result, if there is nothing else on it."""
    makers = {v: op for op in function.ops for v in op.results}
    value, found = function.results[result], set()
    while value is not function.arguments[argument]:
        op = makers.get(value)
        if op is None:
            return set()
        number = 0
        if op.definition is not kernel.reshape:
            step = [i for i, r in updates(op) if op.results[r] is value]
            if not step:
                return set()
            number = step[0]
            found.add((op, number))
        value = op.operands[number]
    return found
