"""Functions with the parameters of another: each list of parameters is written once."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def like(model: Callable[P, R]) -> Callable[[Callable[..., R]], Callable[P, R]]:
    """A decorator for a function that passes on the parameters of `model`."""

    def decorate(function: Callable[..., R]) -> Callable[P, R]:
        made: Any = function
        made.__signature__ = inspect.signature(model)
        made.__annotations__ = dict(model.__annotations__)
        found: Callable[P, R] = made
        return found

    return decorate
