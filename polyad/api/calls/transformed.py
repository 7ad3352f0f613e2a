"""The result of a transformation of a function: a callable that has the function's name, attributes
and documentation, is a method where the function is one, and pickles as the two of them.
"""

from __future__ import annotations

import functools
import operator
import sys
from collections.abc import Callable
from typing import Any, TypeVar, cast

from . import pytrees

F = Callable[..., Any]
M = TypeVar("M", bound=Callable[..., Any])


class Transformed:
    """A transformed function: `call`, made by `make(fun, *args, **kwargs)`."""

    has_attributes_of_function = True

    def __init__(
        self, call: F, make: F, fun: F, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        pytrees.wrap(self, fun)
        self._call = call
        self._parts = (make, fun, args, kwargs)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._call(*args, **kwargs)

    def __get__(self: Any, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def __repr__(self) -> str:
        make, fun, *_ = self._parts
        return f"<{make.__name__} of {getattr(fun, '__qualname__', type(fun).__name__)}>"

    def __reduce__(self) -> Any:
        return by_name(self) or (again, self._parts)


def again(make: F, fun: F, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The transformed function once more: how it unpickles."""
    return make(fun, *args, **kwargs)


def by_name(made: Any) -> str | None:
    """The name by which an object pickles that stands in the place of its function, as what a
    decorator made does; None for another.
    """
    path = getattr(made, "__qualname__", "")
    try:
        same = operator.attrgetter(path)(sys.modules[made.__module__]) is made
    except (AttributeError, KeyError):
        return None
    return path if same else None


def transformation(make: M) -> M:
    """A function that transforms functions, whose answers are `Transformed`."""

    @functools.wraps(make)
    def transform(fun: F, *args: Any, **kwargs: Any) -> Any:
        return Transformed(make(fun, *args, **kwargs), transform, fun, args, kwargs)

    return cast(M, transform)
