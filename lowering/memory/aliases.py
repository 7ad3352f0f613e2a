"""The values that share one buffer: a reshape and its operand, an update and the array it updates.

A scatter or an insert may write into the array that it updates, and a loop may carry on in the
buffer of its initial value. Two conditions: no later op reads the old contents; and the function
may change the buffer, because one of its ops made it or the loop around it carries it. So an
element set in a loop costs one store, however large the array.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

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
        self.latest: dict[Value, int] = {}  # of a root: when a value in its buffer is read last
        arguments = frozenset(function.arguments)
        makers = {v: op for op in function.ops for v in op.results}
        chains = set().union(*(chain(function, makers, first + k, k) for k in range(carry)))
        for time, op in enumerate(function.ops):
            if op.definition is kernel.reshape:
                self.share(op.operands[0], op.result, op.operands[0] in self.updated)
                continue
            pairs = updates(op)
            seen = Counter(map(self.root, read_before(op))) if pairs else Counter()
            for number, result in pairs:
                root = self.root(op.operands[number])
                own = (op, number) in chains if root in arguments else True
                if own and seen[root] == 1 and self.last_use(root) <= time:
                    self.share(root, op.results[result], root in arguments)

    def root(self, value: Value) -> Value:
        return self.roots.get(value, value)

    def share(self, old: Value, new: Value, updated: bool) -> None:
        """Put `new` in the buffer of `old`."""
        root = self.roots[new] = self.root(old)
        self.latest[root] = max(self.last_use(root), self.last.get(new, -1))
        if updated:
            self.updated.add(new)

    def last_use(self, root: Value) -> int:
        """The number of the last op that reads the buffer of `root`."""
        found = self.latest.get(root)
        return self.last.get(root, -1) if found is None else found


def read_before(op: Op) -> tuple[Value, ...]:
    """The operands that an update must not read when it writes. The kernel of an insert may read
    the array, each element before it is written.
    """
    if op.definition is not kernel.insert:
        return op.operands
    updated, *others = op.operands
    return (updated, *(v for v in others if v is not updated))


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


def chain(
    function: Function, makers: Mapping[Value, Op], argument: int, result: int
) -> set[tuple[Op, int]]:
    """The updates on the way from an argument to a result, if there is nothing else on it."""
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
