"""The results that are written over donated arguments: arrays that the caller gives away.

An argument and a result of one type are a pair if the function, planned like the body of a loop
that carries one on as the other, needs no copy for it: see `buffer_plan`.
"""

from __future__ import annotations

from collections.abc import Sequence

from polyad.ir import Function

from ..dialects.memory import type_of
from .buffer_plan import BufferPlan

Pairs = tuple[tuple[int, int], ...]  # of an argument and a result, by position


def donations(function: Function, donated: Sequence[int]) -> Pairs:
    """The pairs for the arguments `donated`: each with itself, if it is a result, or with the first
    result that fits.
    """
    pairs: Pairs = ()
    for argument in donated:
        given = function.arguments[argument]
        taken = {result for _, result in pairs}
        numbered = sorted(enumerate(function.results), key=lambda pair: pair[1] is not given)
        for result, value in numbered:
            fits = type_of(value) is type_of(given) and type_of(given).shape
            if result in taken or not fits:
                continue
            if needs_no_copy(function, (*pairs, (argument, result))):
                pairs = (*pairs, (argument, result))
                break
    return pairs


def needs_no_copy(function: Function, pairs: Pairs) -> bool:
    plan = plan_with(function, pairs)
    results = plan.function.results
    return all(
        plan.stays(k) or plan.in_result.get(plan.root(results[k])) == k for k in range(len(pairs))
    )


def plan_with(function: Function, pairs: Pairs) -> BufferPlan:
    """The buffer plan of the function with its arguments and results in the order of `order`."""
    arguments, results = order(function, pairs)
    ordered = function.with_(
        arguments=(function.arguments[i] for i in arguments),
        results=(function.results[j] for j in results),
    )
    first = len(arguments) - len(pairs)
    return BufferPlan(ordered, body=bool(pairs), first=first, carry=len(pairs))


def order(function: Function, pairs: Pairs) -> tuple[list[int], list[int]]:
    """The numbers of the arguments, those of pairs last, and of the results, those of pairs first:
    the order of carried values in a loop.
    """
    given, made = [i for i, _ in pairs], [j for _, j in pairs]
    arguments = [i for i in range(len(function.arguments)) if i not in given]
    results = [j for j in range(len(function.results)) if j not in made]
    return arguments + given, made + results
