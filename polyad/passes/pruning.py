"""Results of branches, loops and calls that nobody reads; a part of dead code elimination.

They go, with all that only they depend on: parts of the carry, consts, xs, operands. What a loop
carries is needed if it is read behind the loop, or if an iteration needs it for what is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..ir import Function, Op, Value

Prune = Callable[[Function], Function]


def pruned(op: Op, live: set[Value], dce: Prune) -> Op:
    """`op` without the results that are not `live`, and what only they depend on."""
    rule = PRUNE.get(op.name)
    return op if rule is None else rule(op, [v in live for v in op.results], dce)


def rebuilt(
    op: Op,
    operands: Sequence[Value],
    kept: Sequence[int],
    regions: Sequence[Function],
    **changed: Any,
) -> Op:
    """`op` with these operands, results and regions; itself, where they are its own."""
    same = all(new is old for new, old in zip(regions, op.regions, strict=True))
    if same and len(operands) == len(op.operands) and len(kept) == len(op.results):
        return op
    return op.with_(
        operands=operands,
        attributes=op.attributes_with(**changed),
        regions=regions,
        results=[op.results[i] for i in kept],
    )


def narrowed(function: Function, results: Sequence[int], dce: Prune) -> Function:
    """`function` giving only these of its results."""
    if len(results) == len(function.results):
        return dce(function)
    return dce(function.with_(results=[function.results[i] for i in results]))


def used(function: Function) -> list[bool]:
    """Which arguments the function needs."""
    seen = {v for op in function.ops for v in op.operands} | set(function.results)
    return [v in seen for v in function.arguments]


def taking(function: Function, arguments: Sequence[int]) -> Function:
    """`function` of only these of its arguments, the others being unused."""
    if len(arguments) == len(function.arguments):
        return function
    return function.with_(arguments=[function.arguments[i] for i in arguments])


def prune_branches(op: Op, live: list[bool], dce: Prune) -> Op:
    """Of branches and calls: the operands that some region needs for a result that is read."""
    first = len(op.operands) - len(op.regions[0].arguments)
    kept = [i for i, flag in enumerate(live) if flag]
    regions = [narrowed(region, kept, dce) for region in op.regions]
    needs = [any(flags) for flags in zip(*map(used, regions), strict=True)]
    taken = [i for i, flag in enumerate(needs) if flag]
    operands = [*op.operands[:first], *(op.operands[first + i] for i in taken)]
    return rebuilt(op, operands, kept, [taking(region, taken) for region in regions])


def prune_scan(op: Op, live: list[bool], dce: Prune) -> Op:
    """What is carried is needed if it is read behind the loop, or for something that is needed."""
    (body,), attrs = op.regions, op.attrs
    a, n = attrs["consts"], attrs["carry"]
    while True:
        kept = [i for i, flag in enumerate(live) if flag]
        new = narrowed(body, kept, dce)
        needs = used(new)
        grown = [f or (i < n and needs[a + i]) for i, f in enumerate(live)]
        if grown == live:
            break
        live = grown
    if attrs["length"] is None:
        needs[a + n] = True  # the stack that says which iterations count
    taken = [i for i, f in enumerate(needs) if (live[i - a] if a <= i < a + n else f)]
    return rebuilt(
        op,
        [op.operands[i] for i in taken],
        kept,
        [taking(new, taken)],
        consts=sum(needs[:a]),
        carry=sum(live[:n]),
    )


def prune_while(op: Op, live: list[bool], dce: Prune) -> Op:
    """As of a scan; what the condition reads is needed, and so is the first stack if any is."""
    (condition, body), attrs = op.regions, op.attrs
    a, b = attrs["cond_consts"], attrs["cond_consts"] + attrs["body_consts"]
    n = len(op.operands) - b
    test = dce(condition)
    asked = used(test)
    live = [f or (asked[a + i] if i < n else i == n and any(live[n:])) for i, f in enumerate(live)]
    while True:
        kept = [i for i, flag in enumerate(live) if flag]
        new = narrowed(body, kept, dce)
        needs = used(new)
        grown = [f or (i < n and needs[b - a + i]) for i, f in enumerate(live)]
        if grown == live:
            break
        live = grown
    carry = [k for k in range(n) if live[k]]
    tests = [i for i in range(a) if asked[i]]
    steps = [i for i in range(b - a) if needs[i]]
    operands = [*tests, *(a + i for i in steps), *(b + k for k in carry)]
    regions = [
        taking(test, [*tests, *(a + k for k in carry)]),
        taking(new, [*steps, *(b - a + k for k in carry)]),
    ]
    counts = {"cond_consts": len(tests), "body_consts": len(steps)}
    return rebuilt(op, [op.operands[i] for i in operands], kept, regions, **counts)


PRUNE: dict[str, Callable[[Op, list[bool], Prune], Op]] = {
    "call": prune_branches,
    "checkpoint": prune_branches,
    "cond": prune_branches,
    "scan": prune_scan,
    "while": prune_while,
}
