"""Scalar functions, and their gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..api import value_and_grad
from ..errors import PolyadTypeError
from ..ir import user_location, where

F = Callable[..., Any]


def gradient_of(
    fun: F,
    argnums: int | Sequence[int],
    name: str,
    has_aux: bool = False,
    holomorphic: bool = False,
) -> F:
    """A function that gives the gradient of `fun`, and its value. It raises `PolyadTypeError` if
    the value is not a scalar.
    """

    def scalar(*args: Any, **kwargs: Any) -> Any:
        found = fun(*args, **kwargs)
        _check_scalar(found[0] if has_aux and isinstance(found, tuple) else found, name)
        return found

    both = value_and_grad(scalar, argnums, has_aux, holomorphic)

    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, found = both(*args, **kwargs)
        return found, value

    return gradient


def _check_scalar(value: Any, name: str) -> None:
    shape = getattr(value, "shape", () if isinstance(value, int | float | complex) else None)
    if shape is None or tuple(shape) != ():
        raise PolyadTypeError(
            f"{name}: takes functions with a scalar value; this returned "
            f"{getattr(value, 'type', type(value).__name__)}{where(user_location())}\n  Use "
            "jacobian, or sum the results."
        )
