"""The call of a function that stands for a foreign one: its parameters are those that the foreign
one has, by name, place and default, as the tests check.
"""

from __future__ import annotations

import difflib
import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

import numpy

from ..errors import PolyadTypeError
from ..ir import user_location, where
from ..texts import shown

Function = Callable[..., Any]
NO_VALUE: Any = numpy._NoValue
"""NumPy's default of parameters for which None means something."""


def missing(name: str) -> PolyadTypeError:
    """The error of a foreign function that nothing stands for."""
    return PolyadTypeError(
        f"{name} cannot take a traced array: it is not followed{where(user_location())}\n"
        "  Write it with functions of polyad.numpy, or give it a rule with polyad.custom_jvp."
    )


def near(name: str, names: Iterable[str]) -> str:
    """The end of a message: the names nearest to one that there is not."""
    found = difflib.get_close_matches(name, names, 2)
    verb = "is" if len(found) == 1 else "are"
    return f"\n  Near it {verb} {' and '.join(found)}." if found else ""


@functools.cache
def taken(function: Function) -> tuple[frozenset[str], int | None, bool]:
    """The keywords of a function, how many arguments it takes by position (None: any number), and
    whether it takes any keyword.
    """
    parameters = inspect.signature(function).parameters.values()
    kinds = inspect.Parameter
    named = (kinds.POSITIONAL_OR_KEYWORD, kinds.KEYWORD_ONLY)
    ordered = (kinds.POSITIONAL_OR_KEYWORD, kinds.POSITIONAL_ONLY)
    keywords = frozenset(p.name for p in parameters if p.kind in named)
    count: int | None = sum(p.kind in ordered for p in parameters)
    if any(p.kind is kinds.VAR_POSITIONAL for p in parameters):
        count = None
    return keywords, count, any(p.kind is kinds.VAR_KEYWORD for p in parameters)


def call(name: str, function: Function, args: Any, kwargs: Any) -> Any:
    """`function(*args, **kwargs)`, in place of the foreign function called `name`."""
    keywords, count, any_keyword = taken(function)
    if any(x is NO_VALUE for x in args):
        defaults = [p.default for p in inspect.signature(function).parameters.values()]
        args = [d if x is NO_VALUE else x for x, d in zip(args, defaults, strict=False)]
    if kwargs and not any_keyword:
        kwargs = {key: value for key, value in kwargs.items() if value is not NO_VALUE}
        for key, value in kwargs.items():
            if key not in keywords:
                raise PolyadTypeError(
                    f"{name}: {key}={shown(value)} is not followed for a traced array"
                    f"{where(user_location())}\n  Leave {key} out, or do its work by another "
                    "function."
                )
    if count is not None and len(args) > count:
        raise PolyadTypeError(
            f"{name} takes {count} arguments by position for a traced array, not {len(args)}"
            f"{where(user_location())}"
        )
    return function(*args, **kwargs)
