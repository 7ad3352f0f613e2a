"""What the public transformations share: pytrees to leaves, leaves to types, tracing, and running
the result.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import optree

from .. import execution, trace_stack, tree
from ..concrete import Context
from ..errors import PolyadTypeError, PolyadValueError
from ..execution import Placement
from ..ir import ArrayType, Builder, DType, Function, Handle, Shape, user_location, where
from ..ir.types import int64
from ..ops import creation, dispatch, promotion
from ..ops import elementwise as e
from ..ops import manipulation as m
from ..ops.literals import check_fits
from ..tracer import Tracer
from ..tracing import Trace, callable_name, finish, lift_result, parameter_names

_NUMBER: Any = 0
LEAF = optree.tree_structure(_NUMBER)


def is_leaf(value: Any) -> bool:
    """Whether `value` is seen at once to be an array or a number."""
    kind = type(value)
    return kind is Tracer or kind is float or execution.owner_of_type(kind) is not None


def flatten(value: Any) -> tuple[list[Any], Any]:
    """Leaves and structure of a pytree."""
    if is_leaf(value):
        return [value], LEAF
    return optree.tree_flatten(value, namespace=tree.NAMESPACE)


def unflatten(structure: Any, leaves: Any) -> Any:
    """The pytree of that structure with these leaves."""
    if structure is LEAF:
        return leaves[0]
    return optree.tree_unflatten(structure, leaves)


class Traced(NamedTuple):
    """A traced callable: its function (arguments, then captures), what it captured, and its
    results' structure.
    """

    function: Function
    captures: list[Any]
    out_tree: Any


def type_of_leaf(leaf: Any, transform: str, describe: Callable[[], str]) -> ArrayType:
    """The type of an argument's leaf. Raises `PolyadTypeError` for what is neither array nor
    number.
    """
    if isinstance(leaf, Handle):
        if not leaf.builder.open:
            raise trace_stack.leaked(leaf)
        return leaf.type
    if isinstance(leaf, ArrayType):
        return leaf
    if type(leaf) in execution.SCALARS:
        check_fits(leaf, promotion.python_dtype(leaf))
        return ArrayType(promotion.python_dtype(leaf), ())
    backend = execution.backend_of(leaf)
    if backend is None:
        raise PolyadTypeError(
            f"{transform}: {describe()} is a {type(leaf).__name__}, neither an array nor a number: "
            f"{leaf!r:.80}{where(user_location())}"
        )
    return dispatch.type_of(backend, leaf, f"{transform}: {describe()}")


def leaf_types(
    leaves: Sequence[Any], transform: str, names: Callable[[], Sequence[str | None]]
) -> list[ArrayType]:
    """The types of all leaves."""
    types = []
    for i, leaf in enumerate(leaves):
        kind = type(leaf)
        if kind is float:
            types.append(ArrayType(promotion.default_float(), ()))
            continue
        backend = execution.owner_of_type(kind)
        if backend is not None:
            try:
                types.append(backend.type_of(leaf))
                continue
            except TypeError:
                pass  # the general way says which argument it is
        types.append(type_of_leaf(leaf, transform, lambda i=i: describe_leaf(names(), i)))  # type: ignore[misc]
    return types


def describe_leaf(names: Sequence[str | None], index: int) -> str:
    return (
        f"argument {names[index]!r}" if index < len(names) and names[index] else f"argument {index}"
    )


def names_of(
    fun: Any,
    args: Sequence[Any],
    kwargs: dict[str, Any] | None = None,
    positions: Sequence[int] | None = None,
) -> Callable[[], list[str | None]]:
    """The names of the leaves of `args` (of those at `positions`) and `kwargs`, such as
    `params['w']`; worked out if asked for.
    """

    def names() -> list[str | None]:
        parameters = parameter_names(fun, len(args))
        chosen = range(len(args)) if positions is None else positions
        given = [(parameters[i], args[i]) for i in chosen]
        given += [(name, (kwargs or {})[name]) for name in sorted(kwargs or ())]
        return [name and name + path for name, arg in given for path in tree.paths(arg)]

    return names


def trace(
    fun: Callable[..., Any],
    run: Callable[[list[Tracer]], Any],
    types: Sequence[ArrayType],
    *,
    transform: str,
    leaves: Sequence[Any] = (),
    placed: Placement | None = None,
    names: Callable[[], Sequence[str | None]] = list,
    values: Sequence[Any] | None = None,
    check: Callable[[Sequence[Any], Any], None] | None = None,
) -> Traced:
    """Trace `run`, which calls `fun` on tracers of `types`.

    `leaves` say which arguments are weak scalars, and `placed` is their placement; `values`, if
    given, are the values of the arguments; `check` is called with the result's leaves and
    structure.
    """
    name = callable_name(fun)
    if placed is None:
        placed = execution.placement(leaves, transform)
    backend, like = placed
    known = None if like is None else backend
    context = Context(transform, names, values, known)  # type: ignore[arg-type]
    with Trace(types, context, name) as builder:
        tracers = builder.argument_handles()
        for tracer, leaf in zip(tracers, leaves, strict=False):
            tracer.weak = promotion.is_weak(leaf)
        if like is None or backend.on_host((like,)):
            result = run(tracers)
        else:
            with placed.on_device():
                result = run(tracers)
        out_leaves, out_tree = flatten(result)
        results = [lift_result(builder, leaf, name) for leaf in out_leaves]
        if check is not None:
            check(results, out_tree)
        return Traced(finish(builder, results, names), builder.captures, out_tree)


def execute(
    function: Function,
    leaves: Sequence[Any],
    others: Sequence[Any],
    what: str,
    placed: Placement | None = None,
) -> Sequence[Any]:
    """The results of `function` on `leaves`, then `others`: appended to the innermost trace among
    them, or computed. `placed` is the placement of `leaves`, where it is known.
    """
    inputs = [*leaves, *others]
    builder = trace_stack.innermost_builder(inputs, function.has_effects)
    if builder is not None:
        return builder.inline(function, lifted(builder, function, inputs))
    if placed is None:
        placed = execution.placement(inputs, what)
    elif others:
        placed = execution.placement(others, what, placed)
    return placed.backend.evaluate(function, placed.ready(inputs, function))


def lifted(builder: Builder, function: Function, inputs: Sequence[Any]) -> list[Any]:
    """`inputs` as handles of `builder`, scalars in the dtypes of the function's arguments."""
    return [
        dispatch.lift(builder, x, v.type.dtype)
        for x, v in zip(inputs, function.arguments, strict=True)
    ]


def normalize_argnums(argnums: Any, count: int, what: str) -> tuple[int, ...]:
    """`argnums` as a tuple of positions. Raises `PolyadValueError` for one out of range."""
    listed = (argnums,) if hasattr(argnums, "__index__") else tuple(argnums)
    for i in listed:
        if not hasattr(i, "__index__"):
            raise PolyadTypeError(
                f"{what}: argnums are integers, not {i!r}{where(user_location())}"
            )
        if not -count <= i < count:
            raise PolyadValueError(
                f"{what}: argnums={argnums!r} is out of range for a call with {count} positional "
                "arguments"
                f"{where(user_location())}"
            )
    return tuple(operator.index(i) % count for i in listed)


def replace_args(args: Sequence[Any], positions: Sequence[int], values: Sequence[Any]) -> list[Any]:
    """`args` with `values` at `positions`."""
    result = list(args)
    for i, value in zip(positions, values, strict=True):
        result[i] = value
    return result


def check_matches(
    given: Any, expected_tree: Any, expected: Sequence[ArrayType], what: str, like: str
) -> list[Any]:
    """The leaves of `given`, which must have the structure, shapes and dtypes of the primal
    side.
    """
    leaves, structure = flatten(given)
    if structure != expected_tree:
        raise PolyadTypeError(
            f"{what} must have the structure of {like}: expected {expected_tree}, got "
            f"{structure}{where(user_location())}"
        )
    for i, (leaf, wanted) in enumerate(zip(leaves, expected, strict=True)):
        found = type_of_leaf(leaf, what, lambda i=i: f"leaf {i}")  # type: ignore[misc]
        same_dtype = (
            found.dtype is wanted.dtype
            or type(leaf) in execution.SCALARS
            or not wanted.dtype.is_inexact
        )
        if found.shape != wanted.shape or not same_dtype:
            raise PolyadTypeError(
                f"{what} must have the shapes and dtypes of {like}: leaf {i} is {found} and "
                f"should be {wanted}"
                f"{where(user_location())}"
            )
    return leaves


def is_traced(leaves: Sequence[Any]) -> bool:
    return any(isinstance(leaf, Handle) for leaf in leaves)


def filled(value: Any, dtype: DType, shape: Shape, like: Any) -> Any:
    """An array filled with `value` on the backend and device of `like`, outside of any trace."""
    backend = execution.backend_beside(like)
    return backend.full(
        value, dtype, shape, like if backend is execution.backend_of(like) else None
    )


def identity_rows(total: int, start: int, t: ArrayType, like: Any) -> Any:
    """Columns `start` to `start + t.size` of the identity of size `total`, each row in the shape of
    `t`.
    """
    backend = execution.backend_beside(like)
    with execution.backend_scope(backend, like):
        rows = m.reshape(creation.iota(size=total, dtype=int64), shape=(total, 1))
        columns = e.add(creation.iota(size=t.size, dtype=int64), start)
        rows = e.astype(e.equal(rows, columns), dtype=t.dtype)
    return m.reshape(rows, shape=(total, *t.shape))


def check_callable(fun: Any, what: str) -> None:
    """Raise `PolyadTypeError` unless `fun` can be called."""
    if not callable(fun):
        raise PolyadTypeError(
            f"{what} takes a function, not a {type(fun).__name__}: write {what}(f)(x), not "
            f"{what}(f(x))"
        )


def counting(size: int, like: Any) -> Any:
    """0, 1, …, size - 1 as 64-bit integers, beside `like`."""
    if isinstance(like, Handle) or trace_stack.active_builders():
        return creation.iota(size=size, dtype=int64)
    with execution.backend_scope(execution.backend_beside(like), like):
        return creation.iota(size=size, dtype=int64)


def as_captured(tracers: Sequence[Tracer], leaf: Any) -> Any:
    """An array that is not mapped or differentiated, traced beside those that are: its value is
    known, it can be indexed by theirs, and code that asks arrays for their namespace finds one.
    """
    if not tracers or execution.backend_of(leaf) is None or execution.is_scalar(leaf):
        return leaf
    return dispatch.lift(tracers[0].builder, leaf)


def beside_traced(
    tracers: Sequence[Tracer], arg: Any, names: Callable[[], Sequence[str | None]]
) -> Any:
    """An argument that is not differentiated, its arrays traced beside those that are; its leaves
    have `names`.
    """
    if isinstance(arg, bool | int | float | complex | str | None):
        return arg
    leaves, structure = flatten(arg)
    traced = [as_captured(tracers, leaf) for leaf in leaves]
    for i, leaf in enumerate(traced):
        if isinstance(leaf, Handle) and leaf.builder is tracers[0].builder:
            leaf.builder.context.beside[leaf.number] = (names, i)
    return unflatten(structure, traced)
