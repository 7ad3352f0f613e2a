"""The derivatives of a nonlinear program: of its constraints, and of its Lagrangian."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import numpy as pnp
from .. import tree
from ..api.calls import pytrees
from ..errors import PolyadTypeError
from ..ir import user_location, where
from .hessian import hessian
from .jacobian import jacobian

F = Callable[..., Any]


class Lagrangian:
    """σ f(x) + Σ λ g(x), of an objective f and constraints g. `value(x, multipliers, sigma=1.0)`
    is its value, `jacobian(x)` the sparse Jacobian of the constraints, and
    `hessian(x, multipliers, sigma=1.0)` its sparse Hessian by x.
    """

    def __init__(
        self, objective: F, constraints: F, format: str = "csr", triangle: str | None = None
    ) -> None:
        self.objective, self.constraints = objective, constraints
        self.jacobian = jacobian(constraints, format=format)
        self._hessian = hessian(self.value, format=format, triangle=triangle)

    def value(self, x: Any, multipliers: Any, sigma: Any = 1.0) -> Any:
        """σ f(x) + Σ λ g(x). Raises `PolyadTypeError` for multipliers of another structure or shape
        than the constraints.
        """
        found, weights = tree.leaves(self.constraints(x)), tree.leaves(multipliers)
        shapes = [[tuple(pnp.shape(y)) for y in leaves] for leaves in (found, weights)]
        if shapes[0] != shapes[1]:
            raise PolyadTypeError(
                f"multipliers of shapes {shapes[1]} for constraints of shapes {shapes[0]}"
                f"{where(user_location())}"
            )
        total = sigma * self.objective(x)
        for weight, constraint in zip(weights, found, strict=True):
            total = total + pnp.sum(weight * constraint)
        return total

    def hessian(self, x: Any, multipliers: Any, sigma: Any = 1.0, *, out: Any = None) -> Any:
        """The Hessian by x, of one pattern for all multipliers and every sigma."""
        return self._hessian(x, multipliers, pnp.asarray(sigma, float), out=out)

    def prepare(self, x: Any, multipliers: Any) -> Any:
        """The plans of the Jacobian and of the Hessian."""
        return self.jacobian.prepare(x), self._hessian.prepare(x, multipliers, pnp.asarray(1.0))


def lagrangian(
    objective: F, constraints: F, *, format: str = "csr", triangle: str | None = None
) -> Lagrangian:
    """The Lagrangian σ f + λ·g of a nonlinear program: the Jacobian of the constraints and the
    Hessian, sparse, each of one pattern and one compiled program. `format` and `triangle` are those
    of `hessian`.

    >>> import numpy as np
    >>> L = lagrangian(lambda x: (x**3).sum(), lambda x: x[1:] * x[:-1])
    >>> x = np.array([1.0, 2.0, 3.0])
    >>> L.jacobian(x).toarray()
    array([[2., 1., 0.],
           [0., 3., 2.]])
    >>> L.hessian(x, np.array([10.0, 20.0]), 2.0).toarray()
    array([[12., 10.,  0.],
           [10., 24., 20.],
           [ 0., 20., 36.]])
    """
    for fun in (objective, constraints):
        pytrees.check_callable(fun, "lagrangian")
    return Lagrangian(objective, constraints, format, triangle)
