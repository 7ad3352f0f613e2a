"""Steps of stiff differential equations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import tree
from ..errors import PolyadValueError
from ..ir import user_location, where
from ..texts import shown
from ._solution import Solution
from ._vectors import check_like
from .roots import root

F = Callable[..., Any]


def implicit_step(
    f: F,
    t: Any,
    y: Any,
    h: Any,
    *,
    theta: float = 1.0,
    tol: float | None = None,
    maxiter: int = 20,
    linear_solver: Any = "dense",
    strict: bool = False,
) -> Solution:
    """The state at t + h of y' = f(t, y), a pytree of floating arrays, by one implicit step: the z
    with z = y + h ((1 - θ) f(t, y) + θ f(t + h, z)).

    θ = 1 is Euler's implicit method, θ = ½ the trapezoidal rule (Hairer and Wanner, "Solving
    Ordinary Differential Equations II", section IV.3). The equation is solved by `root`, from y on,
    whose parameters the others are; `linear_solver="sparse"` finds the pattern of the Jacobian and
    pays for differential equations on grids. The step is differentiable by t, y, h and what `f`
    closes over.

    Raises `PolyadValueError` unless 0 < θ ≤ 1, `PolyadTypeError` where f gives another structure.

    >>> import numpy as np
    >>> implicit_step(lambda t, y: -3 * y, 0.0, np.array([1.0]), 1.0).value
    array([0.25])
    """
    if not 0 < theta <= 1:
        raise PolyadValueError(
            f"implicit_step: theta={shown(theta)} is not in (0, 1]{where(user_location())}\n  1 is "
            "Euler's implicit method, 0.5 the trapezoidal rule."
        )
    here = f(t, y) if theta < 1 else None

    def equation(z: Any) -> Any:
        there = f(t + h, z)
        check_like("implicit_step", "y", z, "what f gives", there)
        if here is None:
            return tree.map(lambda z, y, g: z - y - h * g, z, y, there)
        mixed = tree.map(lambda a, b: (1 - theta) * a + theta * b, here, there)
        return tree.map(lambda z, y, g: z - y - h * g, z, y, mixed)

    options = {"tol": tol, "maxiter": maxiter, "linear_solver": linear_solver}
    return root(equation, y, strict=strict, **options)
