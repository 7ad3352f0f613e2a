"""`autograd.scipy.integrate`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import scipy.integrate

from .... import solvers
from .._spelling import is_traced


def odeint(
    func: Callable[..., Any],
    y0: Any,
    t: Any,
    args: tuple[Any, ...] = (),
    rtol: float = 1.49012e-8,
    atol: float = 1.49012e-8,
    **options: Any,
) -> Any:
    """The solution of y' = func(y, t, *args) at the times `t`: SciPy's, or, where an argument is
    traced, `polyad.solvers.odeint`'s, which has derivatives in reverse.

    >>> odeint(lambda y, t: -y, 1.0, [0.0, 1.0]).round(4)[:, 0]
    array([1.    , 0.3679])
    """
    if not is_traced(y0, t, args):
        return scipy.integrate.odeint(func, y0, t, args, rtol=rtol, atol=atol, **options)
    return solvers.odeint(func, y0, t, *args, rtol=rtol, atol=atol)


__all__ = ["odeint"]
