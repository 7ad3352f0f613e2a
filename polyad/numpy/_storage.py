"""Functions of several ops on float16 and bfloat16: computed in float32, rounded once."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .. import execution, tree
from ..ir import DType, Handle, as_dtype
from ..ops import elementwise as e
from ..ops import promotion


def computed_wide(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, which is computed in the compute dtype of arrays of 16 bits, and its results
    rounded to theirs: intermediate results, as a sum that a mean divides, are not. A `dtype` that
    is given is that of the result.
    """

    @functools.wraps(function)
    def wide(*args: Any, **kwargs: Any) -> Any:
        found = [d for d in dtypes((*args, *kwargs.values())) if d.is_stored]
        if not found:
            return function(*args, **kwargs)
        inexact = [d for d in dtypes((*args, *kwargs.values())) if d.is_inexact]
        common = promotion.promote(inexact)
        result = function(*map(widened, args), **{k: widened(x) for k, x in kwargs.items()})
        if not common.is_stored or kwargs.get("dtype") is not None:
            return result
        return tree.map(lambda x: narrowed(x, common), result)

    return wide


def dtypes(values: Iterable[Any]) -> Iterator[DType]:
    """The dtypes of the arrays among `values` and in lists there."""
    for x in values:
        if isinstance(x, list | tuple):
            yield from dtypes(x)
        elif isinstance(x, Handle):
            yield x.type.dtype
        elif type(x) not in execution.SCALARS and not isinstance(x, DType | type):
            try:
                yield as_dtype(x.dtype)
            except (AttributeError, TypeError):  # no array, or one that the function will refuse
                continue


def widened(x: Any) -> Any:
    """An argument with its arrays of 16 bits converted to the dtype that they are computed in."""
    if isinstance(x, list | tuple) and any(d.is_stored for d in dtypes(x)):
        return type(x)(map(widened, x))
    (found,) = (*dtypes((x,)), None)[:1] if not isinstance(x, list | tuple) else (None,)
    return e.astype(x, dtype=found.compute) if found is not None and found.is_stored else x


def narrowed(x: Any, dtype: DType) -> Any:
    """A result in `dtype`, if it is in the dtype that this is computed in."""
    return e.astype(x, dtype=dtype) if dtype.compute in dtypes((x,)) else x
