"""Reverse mode, composed: vjp = jvp, then partial evaluation, then transposition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..ir import Function
from ..ops.literals import literal
from ..passes.pipeline import simplify
from ._pass import argument_hints, build_pass, finished, memoised
from .jvp import jvp
from .partial_eval import partial_eval
from .transpose import transpose


class Linearized(NamedTuple):
    """`forward`: arguments to results, then residuals. `tangent`: tangents of the arguments in
    question, then residuals, to the tangents of the results flagged `active`.
    """

    forward: Function
    tangent: Function
    active: tuple[bool, ...]
    residuals: int


Known = Sequence[object] | None
"""The values of a function's first arguments, for a user's rules that ask for them."""


def linearize(function: Function, wrt: Sequence[bool], known: Known = None) -> Linearized:
    """Split the JVP of `function` with respect to the arguments flagged `wrt` into a value and a
    linear map.
    """
    wrt = tuple(wrt)
    return memoised(function, ("linearize", wrt), lambda: _linearize(function, wrt, known))


def _linearize(function: Function, wrt: tuple[bool, ...], known: Known) -> Linearized:
    """A tangent that needs no tangent is zero: a linear map's only constant."""
    pushed = jvp(function, wrt, known=known)
    primals, count = len(function.arguments), len(function.results)
    simple = simplify(pushed.function)
    split = partial_eval(simple, [i < primals for i in range(len(simple.arguments))])
    constant = iter(split.out_known[count:])
    active = tuple(a and not next(constant) for a in pushed.active)
    known = split.known.results
    extra = len(known) - count - split.residuals
    forward = split.known.with_(results=[*known[:count], *known[count + extra :]])
    return Linearized(forward, split.unknown, active, split.residuals)


def value_and_grad(function: Function, wrt: int, known: Known = None) -> Function:
    """Arguments to (all results, gradient of the first with respect to the first `wrt` arguments).

    The first result is a scalar; its cotangent is 1.
    """
    key = ("value_and_grad", wrt)
    return memoised(function, key, lambda: _value_and_grad(function, wrt, known))


def _value_and_grad(function: Function, wrt: int, known: Known) -> Function:
    """Integer arguments have gradient zero."""
    moving = [i < wrt and t.dtype.is_inexact for i, t in enumerate(function.argument_types)]
    linear = linearize(function, moving, known)
    count = len(function.results)
    with build_pass(function.argument_types, f"gradient of {function.name}") as builder:
        handles = builder.argument_handles()
        results = builder.inline(linear.forward, handles)
        outs, residuals = results[:count], results[count:]
        builder.location = next((op.location for op in reversed(function.ops)), None)
        gradients = [literal(builder, 0, h.type.dtype, h.type.shape) for h in handles[:wrt]]
        if linear.active[0]:
            one = literal(builder, 1, outs[0].type.dtype)
            scalar = linear.tangent.with_(results=linear.tangent.results[:1])
            found = iter(builder.inline(transpose(scalar, sum(moving)), [*residuals, one]))
            gradients = [next(found) if m else z for m, z in zip(moving, gradients, strict=False)]
        name = f"{function.name}_grad"
        made = finished(builder, [*outs, *gradients], name, argument_hints(function))
    return simplify(made)
