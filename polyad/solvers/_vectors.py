"""Pytrees as vectors: the solvers work on one vector, whatever the user's unknown is."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .. import execution, tree
from .. import numpy as pnp
from ..errors import PolyadTypeError, PolyadValueError
from ..ir import Handle, user_location, where
from ..texts import shown

Vector = Any
F = Callable[..., Any]


def ravel(value: Any) -> tuple[Vector, Callable[[Vector], Any]]:
    """The leaves of a pytree as one vector, and what makes such a pytree of such a vector."""
    leaves, structure = tree.flatten(value)
    leaves = [pnp.asarray(x) if type(x) in execution.SCALARS else x for x in leaves]
    shapes = [tuple(x.shape) for x in leaves]
    dtypes = [x.dtype for x in leaves]
    common = pnp.result_type(*leaves)
    flat = [_converted(x, common) for x in leaves]
    flat = [x if len(s) == 1 else pnp.reshape(x, (-1,)) for x, s in zip(flat, shapes, strict=True)]
    sizes = [math.prod(shape) for shape in shapes]

    def unravel(vector: Vector) -> Any:
        start, parts = 0, []
        for shape, size, dtype in zip(shapes, sizes, dtypes, strict=True):
            part = vector if len(sizes) == 1 else vector[start : start + size]
            part = part if len(shape) == 1 else pnp.reshape(part, shape)
            parts.append(_converted(part, dtype))
            start += size
        return tree.unflatten(structure, parts)

    return flat[0] if len(flat) == 1 else pnp.concat(flat), unravel


def _converted(x: Any, dtype: Any) -> Any:
    return x if x.dtype == dtype else pnp.astype(x, dtype)


def on_vectors(f: F, unravel: Callable[[Vector], Any]) -> F:
    """`f`, of pytrees, as a function of vectors."""
    return lambda vector: ravel(f(unravel(vector)))[0]


def beside(like: Vector, make: Callable[[], Any]) -> Any:
    """The array that `make` creates, on the backend of `like`."""
    if isinstance(like, Handle):
        return make()
    with execution.backend_scope(execution.backend_beside(like), like):
        return make()


def identity(like: Vector) -> Any:
    """The identity matrix of the size of a vector."""
    return beside(like, lambda: pnp.eye(like.shape[0], dtype=like.dtype))


def floating(what: str, name: str, value: Any) -> Any:
    """The argument `name` with Python's floats for its integers. Raises `PolyadTypeError` for
    arrays that are neither floating nor complex.
    """
    for leaf, path in zip(tree.leaves(value), tree.paths(value), strict=True):
        if type(leaf) in execution.SCALARS:
            continue
        dtype = pnp.result_type(leaf)
        if not dtype.is_inexact:
            raise PolyadTypeError(
                f"{what}: {name}{path} is an array of {dtype}, and the equation is one of floating "
                f"numbers{where(user_location())}\n  Cast it, .astype('float64')."
            )
    return tree.map(lambda x: float(x) if type(x) in (bool, int) else x, value)


def started(f: F, guess: Any) -> Any:
    """The guess as arrays: Python scalars take the dtype and the backend of the results of `f`."""
    if not any(type(x) in execution.SCALARS for x in tree.leaves(guess)):
        return guess
    like = f(guess)
    return tree.map(
        lambda x, y: pnp.full_like(y, x) if type(x) in execution.SCALARS else x, guess, like
    )


def norm(v: Vector) -> Any:
    """The Euclidean norm."""
    return pnp.sqrt(squared_norm(v))


def squared_norm(v: Vector) -> Any:
    return pnp.real(pnp.vecdot(v, v)) if pnp.isdtype(v.dtype, "complex floating") else v @ v


def default_tol(value: Any) -> float:
    """eps^⅔ of the coarsest dtype among the leaves: what Newton's method reaches with some room."""
    dtypes = [pnp.result_type(x, 1.0) for x in tree.leaves(value)]
    return float(max(pnp.finfo(d).eps for d in dtypes)) ** (2 / 3)


def check_like(what: str, first: str, x: Any, second: str, y: Any) -> None:
    """Raise `PolyadTypeError` unless `x` and `y` have one structure and equal shapes."""
    found, other = (
        tree.map(lambda leaf: str(tuple(getattr(leaf, "shape", ()))), side) for side in (x, y)
    )
    if found != other:
        raise PolyadTypeError(
            f"{what}: {first} has the structure and shapes {found}, and {second} {other}"
            f"{where(user_location())}"
        )


def like_unknown(what: str, f: F) -> F:
    """`f`, which must give what its argument is like."""

    def checking(x: Any) -> Any:
        y = f(x)
        check_like(what, "x0", x, "what f gives", y)
        return y

    return checking


def check_count(what: str, name: str, value: int, least: int = 1) -> None:
    """Raise `PolyadValueError` unless `value` is an integer and not less than `least`."""
    if not hasattr(value, "__index__") or value < least:
        raise PolyadValueError(
            f"{what}: {name} is an integer, at least {least}, not {shown(value)}"
            f"{where(user_location())}"
        )
