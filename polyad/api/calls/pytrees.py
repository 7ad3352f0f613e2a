"""The arguments of a call: pytrees to leaves, leaves to types, and their names for messages."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

import numpy as np
import optree

from ... import execution, trace_stack, tree
from ...errors import PolyadTypeError, PolyadValueError, ShapeError
from ...ir import ArrayType, Handle, as_dtype, user_location, where
from ...ops import dispatch, promotion
from ...ops.literals import check_fits
from ...texts import shown
from ...tracer import Tracer
from ...tracing import parameter_names

_NUMBER: Any = 0
LEAF = optree.tree_structure(_NUMBER)


def is_leaf(value: Any) -> bool:
    """Whether the class of `value` alone says that it is an array or a number."""
    kind = type(value)
    return kind is Tracer or kind is float or execution.owner_of_type(kind) is not None


def flatten(value: Any) -> tuple[list[Any], Any]:
    """Leaves and structure of a pytree."""
    if is_leaf(value):
        return [value], LEAF
    return tree.flatten(value)


def unflatten(structure: Any, leaves: Any) -> Any:
    """The pytree of that structure with these leaves."""
    if structure is LEAF:
        return leaves[0]
    return optree.tree_unflatten(structure, leaves)


def type_of_leaf(leaf: Any, transform: str, describe: Callable[[], str]) -> ArrayType:
    """The type of an argument's leaf. Raises `PolyadTypeError` if it is neither array nor
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
            f"{shown(leaf, 80)}{where(user_location())}{_remedy(transform)}"
        )
    return dispatch.type_of(backend, leaf, lambda: f"{transform}: {describe()}")


def _remedy(transform: str) -> str:
    """How a transformation takes a value that is no array, such as a string."""
    if transform == "jit":
        return (
            "\n  Name it in static_argnames, jit(f, static_argnames=('mode',)): the function then "
            "gets the value\n  itself, and is compiled anew for each other one."
        )
    return "\n  Let the function close over it, or give it with functools.partial(f, mode=...)."


def abstract(value: Any) -> Any:
    """A pytree with types in the place of what only has a shape and a dtype."""

    def typed(leaf: Any) -> Any:
        known = isinstance(leaf, Handle | ArrayType) or execution.backend_of(leaf) is not None
        if known or not (hasattr(leaf, "shape") and hasattr(leaf, "dtype")):
            return leaf
        return ArrayType(as_dtype(leaf.dtype), tuple(leaf.shape))

    return tree.map(typed, value)


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


def admitted(
    leaves: list[Any], transform: str, names: Callable[[], Sequence[str | None]]
) -> list[Any]:
    """The leaves without a history of their library's. Warns of those with one, or raises: see
    `execution.history`.
    """
    for i, leaf in enumerate(leaves):
        backend = execution.backend_of(leaf)
        if backend is not None and backend.records:
            describe: Callable[[], str] = lambda i=i: f"{transform}: {describe_leaf(names(), i)}"  # type: ignore[misc]
            execution.check_history(backend, leaf, describe)
            leaves = [*leaves[:i], backend.without_history(leaf), *leaves[i + 1 :]]
    return leaves


def describe_leaf(names: Sequence[str | None], index: int) -> str:
    """The argument that leaf `index` belongs to, for messages."""
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


def normalize_argnums(argnums: Any, count: int, what: str) -> tuple[int, ...]:
    """`argnums` as a tuple of positions. Raises `PolyadValueError` for one out of range."""
    if type(argnums) is int and 0 <= argnums < count:
        return (argnums,)
    listed = (argnums,) if hasattr(argnums, "__index__") else tuple(argnums)
    for i in listed:
        if not hasattr(i, "__index__"):
            raise PolyadTypeError(
                f"{what}: argnums are integers, not {i!r}{where(user_location())}\n"
                "  They are positions: argnums=0 is the first parameter."
            )
        if not -count <= i < count:
            raise PolyadValueError(
                f"{what}: argnums={shown(argnums)} is out of range for a call with {count} "
                f"positional arguments{where(user_location())}\n"
                "  Arguments to differentiate by are given by position, not by keyword."
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
        raise ShapeError(
            f"{what} must have the structure of {like}: expected {expected_tree}, got "
            f"{structure}{where(user_location())}"
        )
    for i, (leaf, wanted) in enumerate(zip(leaves, expected, strict=True)):
        if not wanted.dtype.is_inexact and is_nothing(leaf):
            leaves[i] = np.zeros(wanted.shape)  # of no account
            continue
        found = type_of_leaf(leaf, what, lambda i=i: f"leaf {i}")  # type: ignore[misc]
        same_dtype = (
            found.dtype is wanted.dtype
            or type(leaf) in execution.SCALARS
            or not wanted.dtype.is_inexact
        )
        if found.shape != wanted.shape or not same_dtype:
            raise ShapeError(
                f"{what} must have the shapes and dtypes of {like}: leaf {i} is {found} and "
                f"should be {wanted}"
                f"{where(user_location())}"
            )
    return admitted(leaves, what, list)


def is_nothing(leaf: Any) -> bool:
    """Whether a leaf is an array of JAX's `float0`, the tangent of integers, without bytes."""
    return isinstance(leaf, np.ndarray) and leaf.dtype.itemsize == 0


def is_traced(leaves: Sequence[Any]) -> bool:
    """Whether a leaf is traced."""
    return any(isinstance(leaf, Handle) for leaf in leaves)


def check_callable(fun: Any, what: str) -> None:
    """Raise `PolyadTypeError` unless `fun` can be called."""
    if not callable(fun):
        raise PolyadTypeError(
            f"{what} takes a function, not a {type(fun).__name__}: write {what}(f)(x), not "
            f"{what}(f(x))"
        )


def wrap(wrapper: Any, fun: Any) -> None:
    """Give `wrapper` the name, the documentation and the attributes of `fun`."""
    functools.update_wrapper(wrapper, fun, updated=())
    if isinstance(fun, FunctionType) or getattr(type(fun), "has_attributes_of_function", False):
        wrapper.__dict__.update({k: v for k, v in vars(fun).items() if not k.startswith("_")})
