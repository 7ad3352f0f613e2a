"""Loops with JAX's signatures: scan, while_loop, fori_loop, map.

With values that are known and nothing traced around them they are Python's own loops; otherwise the
functions given are traced and become the regions of an op.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import tree
from ..config import config
from ..errors import ConcretizationError, PolyadTypeError, PolyadValueError
from ..ir import Handle, user_location, where
from ..ir.symbolic import extent
from ..ir.types import bool_, int64
from ..ops import control, promotion
from ..ops import elementwise as e
from ..texts import shown
from ..tracing import callable_name
from . import known_loops, refs
from .calls import agreement, bodies, pytrees, traces
from .calls.traces import Traced

F = Callable[..., Any]


# -- Tracing the parts ----------------------------------------------------------------------------


# -- scan -----------------------------------------------------------------------------------------


def scan(
    f: F,
    init: Any,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
    unroll: int | bool = 1,
    _split_transpose: bool = False,
    *,
    checkpoint: int | None = None,
) -> tuple[Any, Any]:
    """Loop with a carry: `carry, y = f(carry, x)` for each slice x of `xs` along its first axis.

    Returns the last carry and the ys, stacked. `xs` may be a pytree, or None with a `length`. The
    carry keeps its structure, shapes and dtypes. `unroll` is accepted as in JAX and has no
    effect: LLVM unrolls compiled loops where that pays, and other backends run them in Python. Nor
    has `_split_transpose`: what a reverse loop need not do in turn is always taken out of it.

    With `checkpoint=n`, reverse mode keeps n carries at most and computes the others again from
    them, by binomial checkpointing (Revolve: Griewank and Walther, ACM TOMS 26, 2000): memory
    O(n · carry) in place of O(length · residuals), for r more forward sweeps, where r is the least
    number with C(n + r, r) >= length.

    Raises `PolyadTypeError` for a carry that changes type, `PolyadValueError` for unequal lengths.

    Args:
        f: a function `(carry, x) -> (carry, y)` of pytrees of arrays.
        init: the first carry; shapes and dtypes stay.
        xs: a pytree of arrays of shape (length, …); None: there are no slices.
        length: the number of steps; that of `xs` if not given.
        reverse: run from the last slice to the first.
        unroll: accepted, and without effect.
        checkpoint: the number of carries that reverse mode keeps; None: all.

    >>> import numpy as np
    >>> scan(lambda total, x: (total + x, total), 0.0, np.array([1.0, 2.0]))
    (np.float64(3.0), array([0., 1.]))
    """
    agreement.check_function("scan", "f", f)
    x_leaves, x_tree = pytrees.flatten(xs)
    count = scan_length(x_leaves, xs, length)
    _check_slots("scan", checkpoint)
    carry_leaves, carry_tree = pytrees.flatten(init)
    if count and bodies.is_known([*carry_leaves, *x_leaves]):
        return known_loops.scan(f, init, x_leaves, x_tree, count, reverse)
    x_types = [t.with_shape(t.shape[1:]) for t in bodies.types_of(x_leaves, "scan")]
    with refs.Scope() as scope:
        carry_leaves, traced, carry_types = _trace_body(
            "scan",
            carry_leaves,
            carry_tree,
            lambda types, leaves: _trace_step(f, carry_tree, x_tree, types, x_types, leaves),
            lambda t: _scan_carry(t, carry_tree),
        )
    if scope.written:
        again = lambda step, start: scan(step, start, xs, length, reverse, checkpoint=checkpoint)
        return refs.carried_by_scan(again, f, init, [*scope.written])
    n = len(carry_types)
    captures, (body,) = bodies.with_captures([traced], n + len(x_types))
    attrs = {"consts": len(captures), "carry": n, "length": count, "reverse": reverse}
    attrs |= {} if checkpoint is None else {"checkpoint": checkpoint}
    results = bodies.emit(control.scan, [*captures, *carry_leaves, *x_leaves], attrs, body)
    _, y_tree = traced.out_tree.children()
    return pytrees.unflatten(carry_tree, results[:n]), pytrees.unflatten(y_tree, results[n:])


def scan_length(leaves: Sequence[Any], xs: Any, length: int | None) -> int:
    """The number of iterations, by the leading axes of the leaves and the length given."""
    sizes = {}
    for path, leaf in zip(tree.paths(xs), leaves, strict=True):
        shape = tuple(getattr(leaf, "shape", ()))
        if not shape:
            raise PolyadValueError(
                f"scan: xs{path} has no axis to loop over{where(user_location())}"
            )
        sizes[f"xs{path}"] = shape[0]
    if not sizes and length is None:
        raise PolyadValueError(f"scan: give xs, or a length{where(user_location())}")
    if length is not None:
        length = agreement.static_length(length)
        if length < 0:
            raise PolyadValueError(
                f"scan: length is not negative: {length}{where(user_location())}"
            )
        sizes["length"] = length
    if len(set(sizes.values())) > 1:
        listed = ", ".join(f"{name} has {n}" for name, n in sizes.items())
        raise PolyadValueError(f"scan: leading sizes differ: {listed}{where(user_location())}")
    return extent(next(iter(sizes.values())))


def _check_slots(what: str, slots: Any) -> None:
    if slots is None or (type(slots) is int and slots > 0):
        return
    raise PolyadValueError(
        f"{what}: checkpoint is the number of carries that reverse mode may keep, 1 or more, not "
        f"{shown(slots)}{where(user_location())}\n"
        "  Leave it out to keep all that reverse mode needs."
    )


def _trace_step(
    f: F, carry_tree: Any, x_tree: Any, types: list[Any], x_types: list[Any], leaves: list[Any]
) -> Traced:
    """The body of a scan on a carry and a slice of these types."""

    def step(tracers: Any) -> Any:
        n = len(types)
        carry, x = (
            pytrees.unflatten(carry_tree, tracers[:n]),
            pytrees.unflatten(x_tree, tracers[n:]),
        )
        return _settled_carry(f(carry, x), types)

    return traces.trace(f, step, [*types, *x_types], transform="scan", leaves=leaves)


def _settled_carry(answer: Any, types: Sequence[Any]) -> Any:
    """The result of a scan's body, Python scalars in its carry in the carry's dtypes."""
    if not isinstance(answer, tuple) or len(answer) != 2:
        return answer
    return agreement.settle(answer[0], types), answer[1]


def _scan_carry(traced: Traced, carry_tree: Any) -> Sequence[Any]:
    out = traced.out_tree
    children = out.children() if not out.is_leaf() else []
    if out.type is not tuple or len(children) != 2:
        raise PolyadTypeError(
            f"scan: the body returns a pair (carry, y), not {out}{where(user_location())}"
            "\n  Return (carry, None) if there is nothing to stack."
        )
    agreement.check_structure("scan", children[0], carry_tree)
    return traced.function.result_types[: carry_tree.num_leaves]


def _trace_body(
    what: str,
    leaves: list[Any],
    carry_tree: Any,
    trace: Callable[[list[Any], list[Any]], Traced],
    carry_of: Callable[[Traced], Sequence[Any]],
) -> tuple[list[Any], Traced, list[Any]]:
    """Trace a loop's body. A carry that starts as a Python scalar takes the dtype the body
    gives it.
    """
    types: list[Any] = list(bodies.types_of(leaves, what))
    traced = trace(types, leaves)
    found = carry_of(traced)
    weak = [promotion.is_weak(x) for x in leaves]
    if any(
        w and f is not t and f.shape == t.shape for w, f, t in zip(weak, found, types, strict=True)
    ):
        leaves = [
            bodies.taking(x, f, t) if w else x
            for x, w, f, t in zip(leaves, weak, found, types, strict=True)
        ]
        types = list(bodies.types_of(leaves, what))
        traced = trace(types, leaves)
        found = carry_of(traced)
    agreement.check_carry(what, carry_tree, types, found)
    return leaves, traced, types


# -- while_loop, fori_loop ------------------------------------------------------------------------


def while_loop(cond_fun: F, body_fun: F, init_val: Any, *, checkpoint: int | None = None) -> Any:
    """`val = body_fun(val)` while `cond_fun(val)`, a boolean scalar, is true.

    The value keeps its structure, shapes and dtypes. Reverse mode works: what it needs is recorded,
    as many times as the loop runs. With `checkpoint=n` it keeps n values at most, at even distances
    that double as the loop goes on, and computes what lies between them again (see `scan`).

    Args:
        cond_fun: a function of the value to a boolean scalar, of shape ().
        body_fun: a function of the value to the next, of the same shapes and dtypes.
        init_val: a pytree of arrays of any shapes.
        checkpoint: the number of values that reverse mode keeps; None: all.

    Raises:
        PolyadTypeError: a value that changes its structure, shape or dtype, or a condition that is
            no boolean scalar.

    >>> import polyad
    >>> polyad.grad(lambda x: while_loop(lambda v: v < 10, lambda v: v * v, x))(2.0)
    np.float64(32.0)
    """
    agreement.check_function("while_loop", "cond_fun", cond_fun)
    agreement.check_function("while_loop", "body_fun", body_fun)
    leaves, structure = pytrees.flatten(init_val)
    _check_slots("while_loop", checkpoint)
    if bodies.is_known(leaves) and _holds(cond_fun(known_loops.copied(init_val))):
        return _while_in_python(cond_fun, body_fun, init_val)
    with refs.Scope() as scope:
        leaves, body, types = _trace_body(
            "while_loop",
            leaves,
            structure,
            lambda types, given: bodies.trace_body(
                _of_leaves(body_fun, structure),
                types,
                tree.structure(tuple(types)),
                "while_loop",
                given,
                lambda value: agreement.settle(value, types),
            ),
            lambda t: _while_carry(t, structure),
        )
        condition = bodies.trace_body(
            _of_leaves(cond_fun, structure),
            types,
            tree.structure(tuple(types)),
            "while_loop",
            leaves,
        )
    if scope.written:
        loop = lambda *given: while_loop(*given, checkpoint=checkpoint)
        return refs.carried_by_while(loop, cond_fun, body_fun, init_val, [*scope.written])
    if condition.function.result_types != (control.BOOL,):
        raise PolyadTypeError(
            "while_loop: the condition gives a boolean scalar, not "
            f"{condition.function.result_types}"
            f"{where(user_location())}"
        )
    _, (cond_region,) = bodies.with_captures([condition], len(types))
    _, (body_region,) = bodies.with_captures([body], len(types))
    attrs = {"cond_consts": len(condition.captures), "body_consts": len(body.captures)}
    attrs |= {} if checkpoint is None else {"checkpoint": checkpoint}
    results = bodies.emit(
        control.while_,
        [*condition.captures, *body.captures, *leaves],
        attrs,
        cond_region,
        body_region,
    )
    return pytrees.unflatten(structure, results)


def _of_leaves(fun: F, structure: Any) -> F:
    def of_leaves(*leaves: Any) -> Any:
        return fun(pytrees.unflatten(structure, leaves))

    of_leaves.__name__ = callable_name(fun)
    return of_leaves


def _while_in_python(cond_fun: F, body_fun: F, init_val: Any) -> Any:
    """The loop, whose condition holds at first."""
    limit, steps = config.max_while_steps, 1
    if limit == 0:
        raise control.too_many_steps(0, user_location())
    state = [body_fun(known_loops.copied(init_val))]
    again = known_loops.started("while_loop", init_val, state[0])
    if again is not None:
        state = [body_fun(known_loops.copied(again))]
    known_loops.set_apart(state)
    while _holds(cond_fun(state[0])):
        if steps == limit:
            raise control.too_many_steps(steps, user_location())
        state[0] = body_fun(state[0])
        known_loops.set_apart(state)
        steps += 1
    return known_loops.finished(state[0])


def _holds(value: Any) -> bool:
    t = pytrees.type_of_leaf(value, "while_loop", lambda: "the condition")
    if t.shape != () or t.dtype is not bool_:
        raise PolyadTypeError(
            f"while_loop: the condition gives a boolean scalar, not {t}{where(user_location())}"
        )
    return bool(value)


def _while_carry(traced: Traced, structure: Any) -> Sequence[Any]:
    agreement.check_structure("while_loop", traced.out_tree, structure)
    return traced.function.result_types


def fori_loop(
    lower: Any,
    upper: Any,
    body_fun: F,
    init_val: Any,
    *,
    unroll: int | bool | None = None,
    checkpoint: int | None = None,
) -> Any:
    """`val = body_fun(i, val)` for i from `lower` to `upper` - 1; the bounds may be traced.

    The value keeps its structure, shapes and dtypes. `unroll` and `checkpoint` are those of `scan`.

    Raises `PolyadTypeError` for a value that changes type, or a bound that is no integer scalar.

    Args:
        lower: the first index, an integer scalar of shape ().
        upper: the index after the last, an integer scalar.
        body_fun: a function `(i, val) -> val` that keeps shapes and dtypes.
        init_val: a pytree of arrays of any shapes.
        unroll: accepted, and without effect.
        checkpoint: the number of values that reverse mode keeps; None: all.

    >>> fori_loop(0, 3, lambda i, v: v + i, 0)
    np.int64(3)
    """
    agreement.check_function("fori_loop", "body_fun", body_fun)
    _check_slots("fori_loop", checkpoint)
    try:
        first, last = _bound(lower, "lower"), _bound(upper, "upper")
    except ConcretizationError:
        first, last = None, None
    if (
        first is not None
        and last is not None
        and first < last
        and bodies.is_known([lower, upper, *tree.leaves(init_val)])
    ):
        return _for_in_python(first, last, body_fun, init_val)

    def one(k: Any, value: Any) -> Any:
        after = body_fun(k, value)
        agreement.check_iteration("fori_loop", value, after)
        return after

    if first is not None and last is not None:

        def step(carry: Any, _: Any) -> Any:
            k, value = carry
            return (k + 1, one(k, value)), None

        count = max(last - first, 0)
        return scan(step, (first, init_val), None, length=count, checkpoint=checkpoint)[0][1]

    def holds(carry: Any) -> Any:
        return e.less(carry[0], carry[1])

    def body(carry: Any) -> Any:
        k, end, value = carry
        return k + 1, end, one(k, value)

    bounds = [e.astype(b, dtype=int64) if isinstance(b, Handle) else int(b) for b in (lower, upper)]
    return while_loop(holds, body, (*bounds, init_val), checkpoint=checkpoint)[2]


def _for_in_python(first: int, last: int, body_fun: F, init_val: Any) -> Any:
    state = [body_fun(first, known_loops.copied(init_val))]
    again = known_loops.started("fori_loop", init_val, state[0])
    if again is not None:
        state = [body_fun(first, known_loops.copied(again))]
    known_loops.set_apart(state)
    for k in range(first + 1, last):
        state[0] = body_fun(k, state[0])
        known_loops.set_apart(state)
    return known_loops.finished(state[0])


def _bound(bound: Any, name: str) -> int:
    t = pytrees.type_of_leaf(bound, "fori_loop", lambda: name)
    if t.shape != () or not t.dtype.is_integer:
        raise PolyadTypeError(
            f"fori_loop: {name} is an integer scalar, not {t}{where(user_location())}"
        )
    return int(bound)
