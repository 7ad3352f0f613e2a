"""Results that are written into an array that is given (`out=`), and the rules of casts there."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from .. import execution
from ..aliasing import into_plain_array
from ..ir import DType, Handle
from ..texts import shown
from ._arguments import refuse, refuse_shape, refuse_type
from ._core import dtype_of, shape_of

CASTINGS = ("no", "equiv", "safe", "same_kind", "unsafe")
_RANK = {"bool": 0, "uint": 1, "int": 2, "float": 3, "complex": 4}


def castable(source: DType, target: DType, casting: str) -> bool:
    """NumPy's `can_cast` for polyad's dtypes.

    >>> from polyad.ir.types import float64, int64
    >>> castable(float64, int64, "same_kind")
    False
    """
    if casting not in CASTINGS:
        refuse(f"casting is one of {', '.join(CASTINGS)}, not {shown(casting)}")
    if source is target or casting == "unsafe":
        return True
    if casting in ("no", "equiv"):
        return False
    if casting == "same_kind":
        return _RANK[source.family] <= _RANK[target.family]
    return _safely(source, target)


def _safely(source: DType, target: DType) -> bool:
    """Whether every number of `source` is one of `target` (int64 as float64 counts, too)."""
    if source.family == "bool" or target.family == "bool":
        return source.family == "bool"
    if target.is_integer:
        wider = target.bits > source.bits or (
            target.bits == source.bits and target.family == source.family
        )
        return (
            source.is_integer and wider and not (source.family == "int" and target.family == "uint")
        )
    if source.is_stored and target.is_stored:
        return False
    needed = 2 * source.bits if source.is_integer else 16
    needed = min(needed, 64)
    needed = source.real.bits if source.is_inexact else needed
    return target.real.bits >= needed and _RANK[source.family] <= _RANK[target.family]


def check_cast(function: str, source: DType, target: DType, casting: str = "same_kind") -> None:
    """Refuse a cast that NumPy refuses."""
    if not castable(source, target, casting):
        refuse_type(
            f"{function}: cannot cast from {source} to {target} with casting rule {shown(casting)}"
        )


def written(made: Any, out: Any, function: str, casting: str = "same_kind") -> Any:
    """`out`, an array of the shape of `made` or larger, after `made` has been written into it."""
    out = out[0] if isinstance(out, tuple) and len(out) == 1 else out
    if isinstance(made, Handle) and not isinstance(out, Handle):
        raise into_plain_array(f"numpy.{function}", out)
    if execution.backend_of(out) is None and not isinstance(out, Handle):
        refuse_type(f"{function}: out is an array, not a {type(out).__name__}")
    if shape_of(made) != shape_of(out):
        refuse_shape(f"{function}: out has shape {shape_of(out)}, the result {shape_of(made)}")
    check_cast(function, dtype_of(made), dtype_of(out), casting)
    out[...] = made
    return out


def gives_out(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, whose parameter `out` is the array that its result is written into."""
    parameters = inspect.signature(function).parameters
    by_place = parameters["out"].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    place = list(parameters).index("out")
    name = function.__name__

    @functools.wraps(function)
    def writing(*args: Any, **kwargs: Any) -> Any:
        out = kwargs.pop("out", None)
        if by_place and len(args) > place:
            args, out = (*args[:place], None, *args[place + 1 :]), args[place]
        made = function(*args, **kwargs)
        return made if out is None else written(made, out, name)

    return writing
