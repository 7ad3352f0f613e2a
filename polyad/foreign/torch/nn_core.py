"""Shared by the adapters of torch.nn.functional: reductions of losses, sizes per axis, refusals."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ... import numpy as pnp
from ... import trace_stack
from ...api import custom_jvp
from ...errors import PolyadError, PolyadTypeError, PolyadValueError, ShapeError
from ...ir import Handle, user_location, where
from ...numpy._core import dtype_of, shape_of
from ...ops import manipulation as m
from ...texts import shown
from .table import torch_function

NONE, MEAN, SUM = 0, 1, 2
"""The reductions of losses, as torch's builtins count them."""
REDUCTIONS = {"none": NONE, "mean": MEAN, "sum": SUM}


def refused(message: str, kind: type[PolyadError] = PolyadValueError) -> PolyadError:
    """An error that names the user's line."""
    first, *rest = message.split("\n", 1)
    return kind("\n".join([f"{first}{where(user_location())}", *rest]))


def floats(name: str, *arrays: Any) -> None:
    """Raise unless all arrays are of a floating dtype, as PyTorch does."""
    for x in arrays:
        if x is not None and not dtype_of(x).is_inexact:
            raise refused(f"{name} takes floating tensors, not {dtype_of(x)}", PolyadTypeError)


def reduced(loss: Any, reduction: int) -> Any:
    """The losses one by one, their mean or their sum."""
    if reduction == NONE:
        return loss
    return pnp.mean(loss) if reduction == MEAN else pnp.sum(loss)


def per_axis(given: Any, n: int, name: str) -> tuple[int, ...]:
    """A number for each of `n` axes: one for all, or a sequence of one or `n`."""
    found = tuple(int(k) for k in given) if isinstance(given, Sequence) else (int(given),)
    if len(found) == 1:
        found = found * n
    if len(found) != n:
        raise refused(f"{name} is one number or {n} of them, not {shown(given)}")
    return found


def batched(x: Any, space: int, name: str) -> tuple[Any, bool]:
    """`x` as (batch, features, space…), and whether the batch was left out."""
    ndim = len(shape_of(x))
    if ndim not in (space + 1, space + 2):
        raise refused(
            f"{name} takes a tensor of {space + 1} or {space + 2} axes, not of shape "
            f"{tuple(shape_of(x))}",
            ShapeError,
        )
    alone = ndim == space + 1
    return (m.reshape(x, shape=(1, *shape_of(x))) if alone else x), alone


def unbatched(x: Any, alone: bool) -> Any:
    """`x` without its batch of one, where that had been put in."""
    return m.reshape(x, shape=shape_of(x)[1:]) if alone else x


def along(values: Any, ndim: int, axis: int) -> Any:
    """A vector along `axis` of arrays with `ndim` axes."""
    return pnp.reshape(values, (1,) * axis + (-1,) + (1,) * (ndim - axis - 1))


def is_traced(*values: Any) -> bool:
    """Whether a traced array is among `values`."""
    return any(isinstance(x, Handle) for x in values)


def unknown_to() -> str | None:
    """The innermost of the open traces that runs a function once for many calls or a batch, by
    name; None if each trace stands for one call, whose values are known.
    """
    for builder in reversed(trace_stack.active_builders()):
        context = builder.context
        if context is None or context.values is None:
            return "a derivative rule" if context is None else str(context.transform)
    return None


@custom_jvp
def valued(x: Any, value: Any) -> Any:
    """`value`, with the derivative of `x`: what torch has where a value is changed under
    `torch.no_grad()`.
    """
    return value


@valued.defjvp
def _valued_jvp(primals: Any, tangents: Any) -> Any:
    return valued(*primals), tangents[0]


def register(rows: Mapping[str, Any]) -> None:
    """Put adapters into the table, each under the name of its function below `torch`."""
    for name, adapter in rows.items():
        torch_function(name)(adapter)


def register_in_place(rows: Mapping[str, Any]) -> None:
    """Put functions into the table that write the adapter's result into their first argument."""
    for name, adapter in rows.items():
        torch_function(name)(_in_place(adapter))


def _in_place(adapter: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(adapter)
    def written(input: Any, *args: Any, **kwargs: Any) -> Any:
        input[...] = adapter(input, *args, **kwargs)
        return input

    return written
