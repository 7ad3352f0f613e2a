"""Results that are written into an array that is given, traced or not."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from .. import aliasing, execution
from ..errors import PolyadValueError
from ..ir import Handle, user_location, where
from ..tracer import Tracer
from ._arguments import refuse_type
from ._core import dtype_of


def store(target: Any, new: Any, function: str, casting: str = "same_kind") -> Any:
    """`target`, an array, after `new`, which has its shape, was written into it by `function`."""
    if isinstance(target, Tracer):
        aliasing.write(target, new, casting)
        return target
    if isinstance(new, Handle):
        raise aliasing.into_plain_array(function, target)
    if execution.backend_of(target) is None or execution.is_scalar(target):
        refuse_type(f"{function} writes into an array, not into a {type(target).__name__}")
    aliasing.check_cast(dtype_of(new), dtype_of(target), "numpy", casting)
    try:
        target[...] = new
    except ValueError as error:  # NumPy's, of an array that is only to be read
        raise PolyadValueError(f"{function}: {error}{where(user_location())}") from None
    except TypeError:
        refuse_type(
            f"{function}: a {type(target).__name__} is not written to\n  Say inplace=False, and "
            "use the result."
        )
    return target


def in_place(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, which gives a new value of its first argument, as one that writes this into it
    and gives None; with `inplace=False` it gives the value.
    """
    signature = inspect.signature(function)
    first = next(iter(signature.parameters))
    keyword = inspect.Parameter(
        "inplace", inspect.Parameter.KEYWORD_ONLY, default=True, annotation="bool"
    )

    @functools.wraps(function)
    def writing(*args: Any, inplace: bool = True, **kwargs: Any) -> Any:
        made = function(*args, **kwargs)
        if not inplace:
            return made
        store(args[0] if args else kwargs[first], made, function.__name__, "unsafe")
        return None

    parameters = [*signature.parameters.values(), keyword]
    writing.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return writing
