"""Taylor coefficients through calls, branches, loops, users' rules and equations."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..errors import NotDifferentiableError
from ..ir import Builder, Definition, Function, Op, where
from ..ops import control, implicit, region
from ..ops.control import StackType
from ..ops.types import Operand, Tangent
from ..ops.views import Scan, While, emit_cond
from ..passes.flags import Flags
from ._pass import definition
from .control.shared import define, fixed_point
from .taylor import REGIONS, Interpreter, Series, instantiated, slope_function, taylor


def of_call(run: Interpreter, op: Op, xs: list[Series], eager: bool) -> list[Series]:
    """A call is what it calls."""
    function, operands = definition(op).region_rules.meaning(op, xs)  # type: ignore[union-attr]
    return run.run(function, operands, eager)


def of_rule(run: Interpreter, op: Op, xs: list[Series], eager: bool) -> list[Series]:
    """Of a user's rule and of an equation, the JVP says the slope."""
    moving = [x.moves for x in xs]
    rules = definition(op).region_rules
    assert rules is not None
    slope = slope_function(
        op, moving, lambda builder, given, ts: rules.jvp(builder, op, given, ts)[1]
    )
    return run.by_slope(op, xs, slope)


def of_parts(run: Interpreter, op: Op, xs: list[Series], eager: bool) -> list[Series]:
    """Branches and loops carry the coefficients along."""
    if any(isinstance(v.type, StackType) for v in (*op.operands, *op.results)):
        raise NotDifferentiableError(
            "Taylor coefficients of the reverse pass of a while loop, which reads stacks, are not "
            f"made{where(op.location)}\n  Take the gradient of the coefficients instead of the "
            "coefficients of the gradient, or a scan."
        )
    return _in_steps(run, op, xs, CARRIED[op.definition], run.order if eager else None)


Carried = Callable[[Interpreter, Op, list[Series], int], list[list[Operand]]]
"""The coefficients 0 … k of each result; one alone for a result that does not move."""


def _in_steps(
    run: Interpreter, op: Op, xs: list[Series], carried: Carried, order: int | None
) -> list[Series]:
    """The op for all coefficients at once, or, inside a rule, for as many as are asked for: the
    operands' higher ones may depend on its own.
    """
    done: dict[int, list[list[Operand]]] = {}

    def upto(k: int) -> list[list[Operand]]:
        wanted = k if order is None else max(k, order)
        if wanted not in done:
            done[wanted] = carried(run, op, xs, wanted)
        return done[wanted]

    def make(i: int) -> Callable[[int], Tangent]:
        def coefficient(k: int) -> Tangent:
            found = upto(k)[i]
            return found[k] if len(found) > k else None

        return coefficient

    return [
        run.series(v, (), make(i)) if order is None else run.series(v, upto(order)[i])
        for i, v in enumerate(op.results)
    ]


def _flags(series: Sequence[Series]) -> Flags:
    return tuple(s.moves and s.type.dtype.is_inexact for s in series)


def _full(flags: Sequence[bool], order: int) -> tuple[tuple[bool, ...], ...]:
    return tuple((f,) * order for f in flags)


def _with_coefficients(
    series: Sequence[Series], flags: Sequence[bool], order: int
) -> list[Operand]:
    """The values, then the coefficients of those that move."""
    found = [s.value for s in series]
    for s, f in zip(series, flags, strict=True):
        if f:
            found += instantiated(s, order)
    return found


def _apart(results: Sequence[Operand], flags: Sequence[bool], order: int) -> list[list[Operand]]:
    """Each value with its coefficients."""
    rest = iter(results[len(flags) :])
    return [
        [x, *(next(rest) for _ in range(order if f else 0))]
        for x, f in zip(results, flags, strict=False)
    ]


def cond(run: Interpreter, op: Op, xs: list[Series], order: int) -> list[list[Operand]]:
    flags = _flags(xs[1:])
    each = [taylor(r, _full(flags, order), order).active for r in op.regions]
    wanted = tuple(any(found) for found in zip(*each, strict=True))
    branches = [taylor(r, _full(flags, order), order, wanted).function for r in op.regions]
    given = _with_coefficients(xs[1:], flags, order)
    results = emit_cond(run.builder, xs[0].value, given, branches)
    return _apart(results, wanted, order)


def scan(run: Interpreter, op: Op, xs: list[Series], order: int) -> list[list[Operand]]:
    loop = Scan(op)
    body, n = loop.body, loop.n_carry
    consts, carry, slices = loop.split(xs)
    c_flags, x_flags = _flags(consts), _flags(slices)
    start = _flags(carry)

    def step(flags: Flags) -> Sequence[bool]:
        return taylor(body, _full((*c_flags, *flags, *x_flags), order), order).active[:n]

    k_flags = fixed_point(start, step)
    flags = (*c_flags, *k_flags, *x_flags)
    pushed = taylor(body, _full(flags, order), order)
    wanted = (*k_flags, *pushed.active[n:])
    parts = [len(consts), n, len(slices)]
    new_body = _by_parts(body, flags, wanted, order, parts, n)
    results = loop.emit(
        run.builder,
        _with_coefficients(consts, c_flags, order),
        _with_coefficients(carry, k_flags, order),
        _with_coefficients(slices, x_flags, order),
        new_body,
    )
    return _loop_results(results, wanted, order, n)


def _loop_results(
    results: Sequence[Operand], wanted: Sequence[bool], order: int, n: int
) -> list[list[Operand]]:
    end = n + order * sum(wanted[:n])
    return [
        *_apart(results[:end], wanted[:n], order),
        *_apart(results[end:], wanted[n:], order),
    ]


def _by_parts(
    body: Function, flags: Flags, wanted: Flags, order: int, parts: list[int], n: int
) -> Function:
    """The Taylor coefficients of a loop's body, each part of arguments and results followed by its
    coefficients.
    """
    pushed = taylor(body, _full(flags, order), order, wanted).function
    types, at = [], 0
    for count in parts:
        own = body.argument_types[at : at + count]
        types += [
            *own,
            *(t for t, f in zip(own, flags[at:], strict=False) if f for _ in range(order)),
        ]
        at += count

    def write(builder: Builder, handles: list[Operand]) -> list[Operand]:
        values: list[Operand] = []
        coefficients: list[Operand] = []
        rest = iter(handles)
        first = 0
        for count in parts:
            values += [next(rest) for _ in range(count)]
            coefficients += [next(rest) for _ in range(order * sum(flags[first : first + count]))]
            first += count
        found = builder.inline(pushed, [*values, *coefficients])
        apart = _apart(found, wanted, order)
        return [
            h
            for group in (apart[:n], apart[n:])
            for h in (*(s[0] for s in group), *(c for s in group for c in s[1:]))
        ]

    return define(types, body.name, write)


def while_loop(run: Interpreter, op: Op, xs: list[Series], order: int) -> list[list[Operand]]:
    loop = While(op)
    condition, body, n = loop.condition, loop.body, loop.n_carry
    tests, consts, carry = loop.split(xs)
    c_flags, start = _flags(consts), _flags(carry)

    def step(flags: Flags) -> Sequence[bool]:
        return taylor(body, _full((*c_flags, *flags), order), order).active[:n]

    k_flags = fixed_point(start, step)
    new_body = _by_parts(body, (*c_flags, *k_flags), k_flags, order, [len(consts), n], n)
    moving = [v.type for v, f in zip(loop.carry, k_flags, strict=True) if f]
    new_condition = define(
        [*condition.argument_types, *(t for t in moving for _ in range(order))],
        condition.name,
        lambda b, handles: b.inline(condition, handles[: len(condition.arguments)]),
    )
    results = loop.emit(
        run.builder,
        [s.value for s in tests],
        _with_coefficients(consts, c_flags, order),
        _with_coefficients(carry, k_flags, order),
        new_condition,
        new_body,
    )
    return _loop_results(results, k_flags, order, n)


CARRIED: dict[Definition, Carried] = {
    control.cond: cond,
    control.scan: scan,
    control.while_: while_loop,
}
REGIONS |= dict.fromkeys(CARRIED, of_parts)
REGIONS |= dict.fromkeys(
    (region.call, region.checkpoint, region.custom_vmap_call, region.transposed_call), of_call
)
REGIONS |= dict.fromkeys(
    (
        region.custom_jvp_call,
        region.custom_vjp_call,
        implicit.linear_solve,
        implicit.root,
    ),
    of_rule,
)
