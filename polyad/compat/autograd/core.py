"""`autograd.core`: vector spaces of values, and the operators that the others are made of.

>>> import numpy as np
>>> vjp, value = make_vjp(lambda x: x**2, np.array([1.0, 3.0]))
>>> value, vjp(np.ones(2))
(array([1., 9.]), array([2., 6.]))
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ... import api, tree
from ... import numpy as pnp
from ...concrete import concrete_value
from ...ir import Handle
from ._spaces import VSpace as VSpace
from ._spaces import vspace as vspace
from .extend import PRIMITIVE_VJPS as primitive_vjps
from .extend import Primitive as Primitive
from .extend import primitive as primitive

F = Callable[..., Any]

__all__ = ["VSpace", "getval", "isbox", "make_jvp", "make_vjp", "primitive", "primitive_vjps",
           "vspace"]  # fmt: skip


def make_vjp(fun: F, x: Any) -> tuple[F, Any]:
    """The pullback of `fun` at `x`, and the value."""
    out, pull = api.vjp(fun, x)
    return lambda g: pull(_like(g, out))[0], out


def make_jvp(fun: F, x: Any) -> F:
    """A function of a tangent: the value and its derivative."""
    return lambda t: api.jvp(fun, (x,), (_like(t, x),))


def _like(given: Any, value: Any) -> Any:
    """A tangent or cotangent in the dtypes of the value that it belongs to."""
    return tree.map(lambda g, v: pnp.astype(pnp.asarray(g), _dtype(v)), given, value)


def _dtype(value: Any) -> Any:
    return getattr(value, "dtype", None) or np.asarray(value).dtype


def isbox(x: Any) -> bool:
    """Whether a value is traced."""
    return isinstance(x, Handle)


def getval(x: Any) -> Any:
    """The value of a traced array, where it is known."""
    return concrete_value(x, "getval", "the array itself") if isinstance(x, Handle) else x
