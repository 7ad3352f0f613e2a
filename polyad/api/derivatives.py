"""jvp, vjp and functions made of them. Names and argument orders are JAX's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, ParamSpec, TypeVar, TypeVarTuple, overload

from .. import execution
from ..errors import PolyadTypeError
from ..execution import Placement
from ..ir import ArrayType, Function, Op, Value
from ..passes.pipeline import simplify
from ..transforms import reverse
from ..transforms.bounds import is_tame
from ..transforms.jvp import jvp as jvp_pass
from ..transforms.jvp import seeded
from ..transforms.transpose import transpose as transpose_pass
from .calls import pytrees, traces
from .calls.pytrees import check_matches
from .calls.traces import Traced, execute
from .linear_maps import Definition, Pullback, Pushforward, Side, zeros

F = Callable[..., Any]
P = ParamSpec("P")
R = TypeVar("R")
A = TypeVar("A")
Ts = TypeVarTuple("Ts")

# -- jvp -------------------------------------------------------------------------------------------


@overload
def jvp(
    fun: Callable[..., R],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    has_aux: Literal[False] = False,
) -> tuple[R, R]: ...
@overload
def jvp(
    fun: Callable[..., tuple[R, A]],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    has_aux: Literal[True],
) -> tuple[R, R, A]: ...
@overload
def jvp(fun: F, primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False) -> Any: ...
def jvp(fun: F, primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False) -> Any:
    """The value of `fun` at `primals`, and its derivative along `tangents`: `(value, tangent)`.

    `primals` and `tangents` are tuples of arguments, alike in structure, shapes and dtypes. With
    `has_aux`, `fun` returns (value, aux) and the result is `(value, tangent, aux)`.

    Args:
        fun: a function of pytrees of arrays of any shapes.
        primals: a tuple of the arguments.
        tangents: a tuple of directions, with the shapes and dtypes of `primals`.
        has_aux: `fun` returns (value, aux); aux is handed on as it is.

    Raises:
        PolyadTypeError: tangents that are not alike to the primals.

    >>> import polyad
    >>> polyad.jvp(lambda x: x**2, (3.0,), (1.0,))
    (np.float64(9.0), np.float64(6.0))
    """
    pytrees.check_callable(fun, "jvp")
    for what, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, tuple | list):
            raise PolyadTypeError(
                f"jvp: {what} is a tuple of arguments, not a {type(given).__name__}"
            )
    traced, leaves, structure, types, placed = trace_primals(fun, tuple(primals), "jvp")
    given = check_matches(tuple(tangents), structure, types, "tangents", "the primals")
    active = [t.dtype.is_inexact for t in types] + [False] * len(traced.captures)
    inexact = [x for x, t in zip(given, types, strict=True) if t.dtype.is_inexact]
    known = [*leaves, *traced.captures, *inexact]
    pushed = jvp_pass(traced.function, active, not is_tame(traced.function), known)
    function = simplify(pushed.function)
    function.memo[execution.FINAL] = True
    outs = execute(function, leaves, [*traced.captures, *inexact], "jvp", placed)
    count = len(traced.function.results)
    out = pytrees.unflatten(traced.out_tree, outs[:count])
    tangent = _with_zeros(outs[count:], pushed.active, traced.function, outs[:count])
    out_tangent = pytrees.unflatten(traced.out_tree, tangent)
    return (out[0], out_tangent[0], out[1]) if has_aux else (out, out_tangent)


def trace_primals(
    fun: F, args: tuple[Any, ...], transform: str
) -> tuple[Traced, list[Any], Any, list[ArrayType], Placement]:
    """The trace of `fun`, and leaves, structure, types and placement of its arguments."""
    leaves, structure = pytrees.flatten(args)
    names = pytrees.names_of(fun, args)
    types = pytrees.leaf_types(leaves, transform, names)
    leaves = pytrees.admitted(leaves, transform, names)
    placed = execution.placement(leaves, transform)
    traced = traces.trace(
        fun,
        lambda tracers: fun(*pytrees.unflatten(structure, tracers)),
        types,
        transform=transform,
        leaves=leaves,
        placed=placed,
        names=names,
        values=leaves,
    )
    return traced, leaves, structure, types, placed


def _with_zeros(
    tangents: Sequence[Any], active: Sequence[bool], function: Function, primals: Sequence[Any]
) -> list[Any]:
    """A tangent for each result: zeros like the result where there is none."""
    given = iter(tangents)
    return [
        next(given) if a else zeros(v.type, primal)
        for a, v, primal in zip(active, function.results, primals, strict=True)
    ]


def _makers(forward: Function, start: int) -> dict[int, Op]:
    """The ops of derivatives that made results from `start` on, by their numbers from there."""
    found = {i: _maker(forward, v) for i, v in enumerate(forward.results[start:])}
    return {i: op for i, op in found.items() if op is not None}


def _maker(function: Function, value: Value) -> Op | None:
    """The op of a derivative that made a value of `function`, inside branches, loops and calls;
    None for a constant, as a branch gives in place of what another records.
    """
    op = next((op for op in function.ops if value in op.results), None)
    if op is None or not op.operands:
        return None
    number = op.results.index(value)
    for region in op.regions:
        if len(region.results) == len(op.results):
            inside = _maker(region, region.results[number])
            if inside is not None:
                return inside
    of_derivative = op.location is not None and op.location.derivative_of is not None
    return op if of_derivative else None


# -- vjp, linearize --------------------------------------------------------------------------------


@overload
def vjp(
    fun: Callable[[*Ts], R], *primals: *Ts, has_aux: Literal[False] = False
) -> tuple[R, Callable[[Any], tuple[*Ts]]]: ...
@overload
def vjp(
    fun: Callable[[*Ts], tuple[R, A]], *primals: *Ts, has_aux: Literal[True]
) -> tuple[R, Callable[[Any], tuple[*Ts]], A]: ...
@overload
def vjp(
    fun: Callable[..., R], *primals: Any, has_aux: Literal[False] = False
) -> tuple[R, Callable[[Any], tuple[Any, ...]]]: ...
@overload
def vjp(
    fun: Callable[..., tuple[R, A]], *primals: Any, has_aux: Literal[True]
) -> tuple[R, Callable[[Any], tuple[Any, ...]], A]: ...
@overload
def vjp(fun: F, *primals: Any, has_aux: bool = False) -> Any: ...
def vjp(  # type: ignore[misc]  # mypy finds that Any does not take *Ts
    fun: F, *primals: Any, has_aux: bool = False
) -> Any:
    """The value of `fun` at `primals`, and its pullback: `(value, vjp_fun)`, or `(value, vjp_fun,
    aux)`.

    `vjp_fun` maps a cotangent, alike to the value, to a tuple of cotangents, alike to the primals.

    Args:
        fun: a function of pytrees of arrays of any shapes.
        primals: the arguments.
        has_aux: `fun` returns (value, aux); aux is handed on as it is.

    Raises:
        PolyadTypeError: an argument that is not floating; by the pullback, a cotangent of another
            shape or dtype than the value.

    >>> import polyad
    >>> y, pullback = polyad.vjp(lambda x: x**2, 3.0)
    >>> pullback(1.0)
    (np.float64(6.0),)
    """
    pytrees.check_callable(fun, "vjp")
    traced, leaves, structure, types, placed = trace_primals(fun, primals, "vjp")
    point = _Linearized(traced, leaves, types, placed, has_aux)
    turned = transpose_pass(point.tangent, sum(point.wrt), seeded=not is_tame(traced.function))
    backward = simplify(turned)
    backward.memo.update({execution.FINAL: True, execution.ORIGINS: point.makers})
    definition = Definition(backward, point.values, point.primals(structure, types))
    vjp_fun = Pullback(definition, point.residuals)
    return (point.value, vjp_fun, point.aux) if has_aux else (point.value, vjp_fun)


class _Linearized:
    """A callable linearized at a point: the value (and aux) there, the residuals, and the tangent
    function.
    """

    def __init__(
        self,
        traced: Traced,
        leaves: list[Any],
        types: list[ArrayType],
        placed: Placement,
        has_aux: bool,
    ) -> None:
        function = traced.function
        count = len(function.results)
        self.wrt = [t.dtype.is_inexact for t in types] + [False] * len(traced.captures)
        linear = reverse.linearize(function, self.wrt, [*leaves, *traced.captures])
        forward = simplify(linear.forward)
        outs = execute(forward, leaves, traced.captures, "linearize", placed)
        self.residuals, self.makers = list(outs[count:]), _makers(forward, count)
        out_tree, n_value = traced.out_tree, count
        out = pytrees.unflatten(traced.out_tree, outs[:count])
        self.value, self.aux = out, None
        if has_aux:
            self.value, self.aux = out
            out_tree = traced.out_tree.children()[0]
            n_value = out_tree.num_leaves
        active = linear.active[:n_value]
        self.values = Side(out_tree, function.result_types[:n_value], active)
        self.tangent = simplify(linear.tangent.with_(results=linear.tangent.results[: sum(active)]))

    def primals(self, structure: Any, types: Sequence[ArrayType]) -> Side:
        return Side(structure, tuple(types), tuple(self.wrt[: len(types)]))


@overload
def linearize(
    fun: Callable[..., R], *primals: Any, has_aux: Literal[False] = False
) -> tuple[R, Callable[..., R]]: ...
@overload
def linearize(
    fun: Callable[..., tuple[R, A]], *primals: Any, has_aux: Literal[True]
) -> tuple[R, Callable[..., R], A]: ...
@overload
def linearize(fun: F, *primals: Any, has_aux: bool = False) -> Any: ...
def linearize(fun: F, *primals: Any, has_aux: bool = False) -> Any:
    """The value of `fun` at `primals`, and its derivative there as a linear function of tangents.

    What does not depend on the tangents is computed once, here. With `has_aux`, `fun` returns
    (value, aux) and the result is `(value, f_jvp, aux)`.

    Args:
        fun: a function of pytrees of arrays of any shapes.
        primals: the arguments.
        has_aux: `fun` returns (value, aux); aux is handed on as it is.

    Raises:
        PolyadTypeError: an argument that is not floating; by the linear function, a tangent of
            another shape or dtype than the argument.

    >>> import polyad
    >>> y, f_jvp = polyad.linearize(lambda x: x**2, 3.0)
    >>> f_jvp(2.0)
    np.float64(12.0)
    """
    pytrees.check_callable(fun, "linearize")
    traced, leaves, structure, types, placed = trace_primals(fun, primals, "linearize")
    point = _Linearized(traced, leaves, types, placed, has_aux)
    push = point.tangent
    if not is_tame(traced.function):
        push = simplify(seeded(push, sum(point.wrt)))
    makers = {i + sum(point.wrt): op for i, op in point.makers.items()}
    push.memo.update({execution.FINAL: True, execution.ORIGINS: makers})
    definition = Definition(push, point.primals(structure, types), point.values)
    f_jvp = Pushforward(definition, point.residuals)
    return (point.value, f_jvp, point.aux) if has_aux else (point.value, f_jvp)


def linear_transpose(fun: F, *primals: Any) -> Callable[[Any], tuple[Any, ...]]:
    """The transpose of a linear `fun`, of which only the types of `primals` count (arrays, or types
    of them).

    Raises `NotDifferentiableError`, naming the op, if `fun` is not linear.

    >>> import polyad
    >>> polyad.linear_transpose(lambda x: 3 * x, 1.0)(2.0)
    (np.float64(6.0),)
    """
    pytrees.check_callable(fun, "linear_transpose")
    primals = pytrees.abstract(primals)
    leaves, structure = pytrees.flatten(primals)
    names = pytrees.names_of(fun, primals)
    types = pytrees.leaf_types(leaves, "linear_transpose", names)
    traced = traces.trace(
        fun,
        lambda tracers: fun(*pytrees.unflatten(structure, tracers)),
        types,
        transform="linear_transpose",
        leaves=leaves,
        names=names,
    )
    turned = simplify(transpose_pass(simplify(traced.function), len(types)))

    def transposed(cotangent: Any) -> Any:
        given = check_matches(
            cotangent,
            traced.out_tree,
            traced.function.result_types,
            "the cotangent",
            "the function's value",
        )
        return pytrees.unflatten(
            structure, execute(turned, traced.captures, given, "linear_transpose")
        )

    return transposed
