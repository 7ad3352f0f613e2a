"""Linear functions whose transposes are stated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import tree
from ..errors import NotDifferentiableError
from ..ir import user_location, where
from . import implicit
from .calls import pytrees
from .compile import eval_shape
from .custom import custom_jvp
from .linear_maps import zeros

F = Callable[..., Any]


def linear_call(fun: F, fun_transpose: F, residual_args: Any, linear_args: Any) -> Any:
    """`fun(residual_args, linear_args)`, which is linear in the latter, and whose transpose is
    `fun_transpose(residual_args, cotangent)`: a pytree like `linear_args` for one like the result.

    Forward mode calls `fun` on tangents, reverse mode `fun_transpose` on cotangents, and the
    transpose of that is `fun` again.

    Raises `NotDifferentiableError` for a derivative by `residual_args`, and `PolyadTypeError` where
    `fun_transpose` gives other types than those of `linear_args`.

    >>> import polyad
    >>> thrice = lambda x: linear_call(lambda r, x: r * x, lambda r, t: r * t, 3.0, x)
    >>> thrice(2.0), polyad.grad(thrice)(2.0), polyad.linear_transpose(thrice, 2.0)(1.0)
    (6.0, np.float64(3.0), (np.float64(3.0),))
    """
    for given in (fun, fun_transpose):
        pytrees.check_callable(given, "linear_call")
    still = custom_jvp(lambda residuals: residuals)
    still.defjvp(_refuse)
    residuals = still(residual_args)
    first = next(iter(tree.leaves(linear_args)), 0.0)
    types = eval_shape(fun, residual_args, linear_args)
    own = eval_shape(lambda x: x, linear_args)
    nothing = lambda types: tree.map(lambda t: zeros(t, first), types)

    # A map of pairs, as its transpose is: the solution of an equation may be any such map.
    def forward(_: F, pair: Any) -> Any:
        return nothing(own), fun(residuals, pair[0])

    def backward(_: F, pair: Any) -> Any:
        return fun_transpose(residuals, pair[1]), nothing(types)

    same = lambda pair: pair
    start = linear_args, nothing(types)
    return implicit.custom_linear_solve(same, start, forward, backward)[1]


def _refuse(primals: Any, tangents: Any) -> Any:
    raise NotDifferentiableError(
        "linear_call: the function is differentiated by its residual_args, of which nothing is "
        f"stated{where(user_location())}\n  Give what has a derivative in linear_args, or stop it "
        "by stop_gradient."
    )
