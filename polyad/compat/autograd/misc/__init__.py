"""`autograd.misc`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .... import api
from ....flatten_util import ravel_pytree as flatten
from . import optimizers as optimizers
from .fixed_points import fixed_point as fixed_point

__all__ = ["const_graph", "fixed_point", "flatten", "optimizers"]


def const_graph(fun: Callable[..., Any], *args: Any, **kwargs: Any) -> Callable[..., Any]:
    """`fun` with its first arguments given, compiled."""
    found: Callable[..., Any] = api.jit(lambda *rest: fun(*args, *rest, **kwargs))
    return found
