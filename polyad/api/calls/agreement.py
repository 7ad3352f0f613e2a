"""Agreement of the results of branches, and of a loop's carry: one structure, equal shapes and
dtypes. Python scalars among the results take the dtype of the results that they have to agree with.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from ... import trace_stack, tree
from ...errors import ConcretizationError, PolyadTypeError
from ...ir import ArrayType, Handle, user_location, where
from ...ops import dispatch
from ...ops import elementwise as e
from ...ops.promotion import is_weak, promote, python_dtype
from ...texts import shown
from . import pytrees
from .traces import Traced


def settle(value: Any, types: Sequence[Any]) -> Any:
    """The pytree `value`, as traced; its weak leaves in the dtypes of `types`, leaf by leaf, where
    that loses nothing.
    """
    leaves, structure = pytrees.flatten(value)
    if len(leaves) != len(types):
        return value
    return pytrees.unflatten(structure, [settled(x, t) for x, t in zip(leaves, types, strict=True)])


def settled(leaf: Any, wanted: ArrayType) -> Any:
    """A weak leaf in the dtype of `wanted`, where that loses nothing; any other leaf as it is."""
    if not is_weak(leaf):
        return leaf
    dtype = leaf.type.dtype if isinstance(leaf, Handle) else python_dtype(leaf)
    if dtype is wanted.dtype or promote([wanted.dtype], [dtype]) is not wanted.dtype:
        return leaf
    if isinstance(leaf, Handle):
        return e.astype(leaf, dtype=wanted.dtype)
    return dispatch.lift(trace_stack.active_builders()[-1], leaf, wanted.dtype)


def common_types(traced: Sequence[Traced], weak: Sequence[Sequence[bool]]) -> list[Any] | None:
    """The types of the results that branches agree on if weak ones give way; None if no branch has
    to.
    """
    if len({t.out_tree for t in traced}) > 1:
        return None
    found: list[Any] = []
    for column, flags in zip(
        zip(*(t.function.result_types for t in traced), strict=True),
        zip(*weak, strict=True),
        strict=True,
    ):
        strong = [t.dtype for t, w in zip(column, flags, strict=True) if not w]
        loose = [t.dtype for t, w in zip(column, flags, strict=True) if w]
        found.append(column[0].with_dtype(promote(list(dict.fromkeys(strong)), loose)))
    return None if all(t.function.result_types == tuple(found) for t in traced) else found


# -- Errors ----------------------------------------------------------------------------------------


def check_results(what: str, a: Traced, b: Traced, first: str, second: str) -> None:
    """Raise unless two traced results agree in structure, shapes and dtypes, naming the leaf that
    does not.
    """
    if a.out_tree != b.out_tree:
        raise PolyadTypeError(
            f"{what}: {first} gives the pytree {a.out_tree} and {second} {b.out_tree}"
            f"{where(user_location())}"
        )
    paths = paths_of(a.out_tree)
    for path, s, t in zip(paths, a.function.result_types, b.function.result_types, strict=True):
        if s is not t:
            cast = ""
            if s.shape == t.shape:
                cast = f"\n  Cast one of them: .astype('{t.dtype}') in {first}, or the other way."
            raise PolyadTypeError(
                f"{what}: {first} gives {s} at result{path} and {second} gives {t}"
                f"{where(user_location())}{cast}"
            )


def check_structure(what: str, found: Any, expected: Any) -> None:
    """Raise unless a loop's body gives a carry of the structure it was given."""
    if found != expected:
        raise PolyadTypeError(
            f"{what}: the carry is the pytree {expected}, and the body gives {found}"
            f"{where(user_location())}"
        )


def check_carry(what: str, structure: Any, before: Sequence[Any], after: Sequence[Any]) -> None:
    """Raise unless a loop's body keeps the types of its carry, of that structure."""
    for path, s, t in zip(paths_of(structure), before, after, strict=True):
        if s is t:
            continue
        remedy = f"Cast it in the body, .astype('{s.dtype}'), or start with {t.dtype}."
        if s.shape != t.shape:
            remedy = "Start with an array of the last shape, and write the parts of it: x[i] = y."
        raise PolyadTypeError(
            f"{what}: carry{path} is {s} and the body gives {t}{where(user_location())}\n  {remedy}"
        )


def check_iteration(what: str, before: Any, after: Any) -> None:
    """Raise unless an iteration keeps the types of its carry; Python scalars may change dtype."""
    leaves, structure = pytrees.flatten(before)
    found, found_structure = pytrees.flatten(after)
    check_structure(what, found_structure, structure)
    old, new = (pytrees.leaf_types(x, what, list) for x in (leaves, found))
    for k, (a, b) in enumerate(zip(leaves, found, strict=True)):
        if old[k].shape == new[k].shape and (is_weak(a) or is_weak(b)):
            new[k] = old[k]
    check_carry(what, structure, old, new)


def columns(rows: Sequence[Any]) -> tuple[list[list[Any]], Any]:
    """The leaves of a scan's ys, an iteration each, position by position, and their structure.
    Raises if structures or shapes differ.
    """
    flat = [pytrees.flatten(row) for row in rows]
    structure = flat[0][1]
    for k, (_, other) in enumerate(flat):
        if other != structure:
            raise PolyadTypeError(
                f"scan: y is the pytree {structure} in iteration 0 and {other} in iteration {k}"
                f"{where(user_location())}"
            )
    found = [list(column) for column in zip(*(leaves for leaves, _ in flat), strict=True)]
    for number, column in enumerate(found):
        shapes = [getattr(x, "shape", ()) for x in column]
        for k, shape in enumerate(shapes):
            if shape != shapes[0]:
                raise PolyadTypeError(
                    f"scan: y{paths_of(structure)[number]} has the shape {tuple(shapes[0])} in "
                    f"iteration 0 and {tuple(shape)} in iteration {k}{where(user_location())}"
                )
    return found, structure


def check_function(what: str, name: str, fun: Any) -> None:
    """Raise unless an argument that is to be a function is one."""
    if not callable(fun):
        raise PolyadTypeError(
            f"{what}: {name} is a function, not a {type(fun).__name__}: {shown(fun)}"
            f"{where(user_location())}"
        )


def static_length(length: Any) -> int:
    """A scan's length, which is known when it is traced."""
    try:
        return operator.index(length)
    except ConcretizationError as error:
        raise ConcretizationError(
            f"scan: length is known when the loop is traced, not {length.type}"
            f"{where(user_location())}\n  Use fori_loop, whose bounds may be traced, or make the "
            "argument static."
        ) from error
    except TypeError:
        raise PolyadTypeError(
            f"scan: length is an integer, not {shown(length)}{where(user_location())}"
        ) from None


def paths_of(structure: Any) -> list[str]:
    """A Python accessor for each leaf of a pytree of that structure."""
    return tree.paths(pytrees.unflatten(structure, [0] * structure.num_leaves))
