"""Removal of unread results of branches, loops and calls; a part of dead code elimination.

All that only they depend on goes with them: operands, consts, xs, carried values. A carried value
is needed if it is read behind the loop, or if an iteration reads it to make a needed value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..ir import Definition, Function, Op, Value
from ..ops import control, region
from ..ops.views import Loop, Scan, While
from .flags import chosen

Prune = Callable[[Function], Function]


def pruned(op: Op, live: set[Value], dce: Prune) -> Op:
    """`op` without the results that are not `live`, and without all that only they depend on."""
    rule = PRUNE.get(op.definition)
    if rule is None:
        return op
    new = rule(op, [v in live for v in op.results], dce)
    same = all(a is b for a, b in zip(new.regions, op.regions, strict=True))
    shorter = len(new.operands) < len(op.operands) or len(new.results) < len(op.results)
    return new if shorter or not same else op


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
    """A branch or call with only the operands that some region needs for a result that is read."""
    first = len(op.operands) - len(op.regions[0].arguments)
    kept = [i for i, flag in enumerate(live) if flag]
    regions = [narrowed(region, kept, dce) for region in op.regions]
    needs = [any(flags) for flags in zip(*map(used, regions), strict=True)]
    taken = [i for i, flag in enumerate(needs) if flag]
    return op.with_(
        operands=[*op.operands[:first], *(op.operands[first + i] for i in taken)],
        regions=[taking(region, taken) for region in regions],
        results=chosen(op.results, live),
    )


def prune_scan(op: Op, live: list[bool], dce: Prune) -> Op:
    """A scan without carried values that neither its readers nor its iterations need."""
    loop = Scan(op)
    live, new = needed_in_body(loop, live, dce)
    consts, _, xs = loop.split(used(new))
    carry, _ = loop.split_results(live)
    if loop.length is None:
        xs[0] = True  # the stack that says which iterations count
    taken = [i for i, flag in enumerate([*consts, *carry, *xs]) if flag]
    return loop.with_(
        taking(new, taken),
        consts=chosen(loop.consts, consts),
        carry=chosen(loop.carry, carry),
        xs=chosen(loop.xs, xs),
        results=chosen(op.results, live),
    )


def needed_in_body(loop: Loop, live: list[bool], dce: Prune) -> tuple[list[bool], Function]:
    """The results that are `live` or needed for those in another iteration, and the body that
    gives only them.
    """
    first, n = loop.n_consts, loop.n_carry
    while True:
        new = narrowed(loop.body, [i for i, flag in enumerate(live) if flag], dce)
        needs = used(new)
        grown = [f or (i < n and needs[first + i]) for i, f in enumerate(live)]
        if grown == live:
            return live, new
        live = grown


def prune_while(op: Op, live: list[bool], dce: Prune) -> Op:
    """A while loop without carry that nobody needs. The condition needs all that it reads, and the
    first stack is needed if any other is.
    """
    loop = While(op)
    test = dce(loop.condition)
    tests, asked = loop.split_condition(used(test))
    carry, ys = loop.split_results(live)
    flags = [any(ys), *ys[1:]] if ys else []
    live, new = needed_in_body(
        loop, [*(f or a for f, a in zip(carry, asked, strict=True)), *flags], dce
    )
    steps, _ = loop.split_body(used(new))
    carry, _ = loop.split_results(live)
    return loop.with_(
        taking(test, [i for i, f in enumerate([*tests, *carry]) if f]),
        taking(new, [i for i, f in enumerate([*steps, *carry]) if f]),
        cond_consts=chosen(loop.cond_consts, tests),
        body_consts=chosen(loop.body_consts, steps),
        carry=chosen(loop.carry, carry),
        results=chosen(op.results, live),
    )


PRUNE: dict[Definition, Callable[[Op, list[bool], Prune], Op]] = {
    region.call: prune_branches,
    region.checkpoint: prune_branches,
    control.cond: prune_branches,
    control.scan: prune_scan,
    control.while_: prune_while,
}
"""The other ops with regions are expanded before they run, and their bodies pruned then."""
