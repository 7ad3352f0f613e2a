"""`autograd.misc.fixed_points`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .... import solvers


def fixed_point(
    f: Callable[[Any], Callable[[Any], Any]],
    a: Any,
    x0: Any,
    distance: Callable[[Any, Any], Any],
    tol: float,
) -> Any:
    """x with f(a)(x) = x, found by iteration from `x0` on. Its derivative by `a` is that of the
    equation. `distance` is the measure of autograd's iteration; here it is the largest difference.
    """
    return solvers.fixed_point(f(a), x0, tol=tol).value
