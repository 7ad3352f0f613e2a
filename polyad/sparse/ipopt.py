"""Problems for IPOPT, as cyipopt takes them: exact sparse derivatives in its triplet format.

`problem` makes the object for `cyipopt.Problem`, `minimize_args` the arguments for
`cyipopt.minimize_ipopt`. Neither imports cyipopt.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..api import eval_shape, jit, value_and_grad
from ..api.calls import pytrees
from ..errors import PolyadTypeError, ShapeError
from ..ir import user_location, where
from .hessian import hessian
from .jacobian import jacobian, value_and_jacobian
from .scipy import as_triples

F = Callable[..., Any]
Array = NDArray[Any]


class Problem:
    """The callbacks of a nonlinear program, by the names that `cyipopt.Problem` asks for:
    `objective`, `gradient`, `constraints`, `jacobian`, `jacobianstructure`, `hessian` (of the
    Lagrangian, its lower triangle) and `hessianstructure`. Value and gradient at one x are
    evaluated together and once, and so are constraints and Jacobian.

    `n` and `m` are the numbers of unknowns and of constraints.
    """

    def __init__(self, objective: F, constraints: F | None, x: Any) -> None:
        like = np.zeros(x) if isinstance(x, int) else np.asarray(x, np.float64)
        if like.ndim != 1:
            raise ShapeError(
                f"problem: the unknowns are a vector, not of shape {like.shape}"
                f"{where(user_location())}"
            )
        self.n, self.m = len(like), _count(constraints, like)
        self._value = _Latest(jit(value_and_grad(objective)))
        multipliers, sigma = np.zeros(self.m), np.float64(1)
        if constraints is None:
            lagrangian = lambda x, multipliers, sigma: sigma * objective(x)
        else:
            lagrangian = lambda x, multipliers, sigma: (
                sigma * objective(x) + multipliers @ constraints(x)
            )
            both = value_and_jacobian(constraints, format="values")
            self._residual = _Latest(both)
            self._rows = both.prepare(like).pattern
        self._hessian = hessian(lagrangian, format="values", triangle="lower")
        self._triangle = self._hessian.prepare(like, multipliers, sigma).pattern
        self._empty = np.zeros(0)

    def objective(self, x: Array) -> float:
        """The value at x."""
        return float(self._value(x)[0])

    def gradient(self, x: Array) -> Array:
        """The gradient at x."""
        return np.asarray(self._value(x)[1])

    def constraints(self, x: Array) -> Array:
        """The constraints' values at x."""
        return np.asarray(self._residual(x)[0]) if self.m else self._empty

    def jacobian(self, x: Array) -> Array:
        """The entries of the constraints' Jacobian at x, in the order of `jacobianstructure`."""
        return np.asarray(self._residual(x)[1]) if self.m else self._empty

    def jacobianstructure(self) -> tuple[Array, Array]:
        """The rows and the columns of the Jacobian's entries."""
        if not self.m:
            return self._empty.astype(np.int64), self._empty.astype(np.int64)
        return np.array(self._rows.rows), np.array(self._rows.cols)

    def hessian(self, x: Array, lagrange: Array, obj_factor: float) -> Array:
        """The entries of the Hessian of obj_factor · objective + lagrange · constraints."""
        return np.asarray(self._hessian(x, np.asarray(lagrange), np.float64(obj_factor)))

    def hessianstructure(self) -> tuple[Array, Array]:
        """The rows and the columns of the Hessian's entries, the lower triangle."""
        return np.array(self._triangle.rows), np.array(self._triangle.cols)


class _Latest:
    """A function of x that remembers its latest result."""

    def __init__(self, f: F) -> None:
        self._f = f
        self._known: tuple[Array, Any] | None = None

    def __call__(self, x: Array) -> Any:
        if self._known is None or not np.array_equal(self._known[0], x):
            self._known = np.array(x), self._f(np.asarray(x))
        return self._known[1]


def problem(objective: F, constraints: F | None, x: Any) -> Problem:
    """The problem min objective(x), with bounds on constraints(x), as `cyipopt.Problem(n, m,
    problem_obj=problem(…), lb=…, ub=…, cl=…, cu=…)` takes it.

    `x` is an array like the unknowns, or their number: the structure is asked for before any
    values. `constraints` gives a vector, or is None. See `Problem`.

    Raises `PolyadTypeError` for a constraint that is no vector, `ShapeError` for unknowns that are
    none.

    >>> import numpy as np
    >>> from polyad.sparse import ipopt
    >>> nlp = ipopt.problem(lambda x: (x**4).sum(), lambda x: x[1:] * x[:-1], 3)
    >>> nlp.jacobianstructure()
    (array([0, 0, 1, 1], dtype=int32), array([0, 1, 1, 2], dtype=int32))
    >>> nlp.hessian(np.ones(3), np.array([5.0, 7.0]), 1.0)
    array([12.,  5., 12.,  7., 12.])
    """
    pytrees.check_callable(objective, "problem")
    return Problem(objective, constraints, x)


def minimize_args(f: F, constraints: Any = ()) -> dict[str, Any]:
    """`fun`, `jac`, `hess` and `constraints` for `cyipopt.minimize_ipopt(x0=x0, **minimize_args(f,
    constraints))`.

    `constraints` is a triple (g, lower, upper) or a list of such, lower ≤ g(x) ≤ upper; equal
    bounds make equations. Its Jacobian is a `coo_array`, the one sparse format that
    `minimize_ipopt` takes; its Hessians are dense, as it takes no others: for many unknowns use
    `problem`.

    >>> import numpy as np
    >>> from polyad.sparse import ipopt
    >>> args = ipopt.minimize_args(lambda x: (x**2).sum(), (lambda x: x[:1] - x[1:], 1.0, 1.0))
    >>> args["constraints"][0]["type"], args["constraints"][0]["jac"](np.ones(2)).toarray()
    ('eq', array([[ 1., -1.]]))
    """
    pytrees.check_callable(f, "minimize_args")
    made: list[dict[str, Any]] = []
    for g, lower, upper in as_triples("minimize_args", constraints):
        if np.array_equal(lower, upper):
            made.append(_constraint("eq", lambda x, g=g, at=lower: g(x) - at))
            continue
        if np.any(np.isfinite(lower)):
            made.append(_constraint("ineq", _finite(g, lower, 1.0)))
        if np.any(np.isfinite(upper)):
            made.append(_constraint("ineq", _finite(g, upper, -1.0)))
    found = {"fun": jit(value_and_grad(f)), "jac": True, "hess": hessian(f, format="dense")}
    return {**found, "constraints": made} if made else found


def _constraint(kind: str, g: F) -> dict[str, Any]:
    weighted = hessian(lambda x, multipliers: multipliers @ g(x), format="dense")
    return {"type": kind, "fun": jit(g), "jac": jacobian(g, format="coo"), "hess": weighted}


def _finite(g: F, bound: Any, sign: float) -> F:
    """The distances from the bounds that are finite, which must not be negative."""
    at = np.asarray(bound, np.float64)
    if not at.ndim:
        return lambda x: sign * (g(x) - at)
    chosen = np.flatnonzero(np.isfinite(at))
    return lambda x: sign * (g(x)[chosen] - at[chosen])


def _count(constraints: F | None, like: Array) -> int:
    if constraints is None:
        return 0
    found = eval_shape(constraints, like)
    shape = getattr(found, "shape", None)
    if shape is None or len(shape) != 1:
        raise PolyadTypeError(
            f"problem: the constraints are a vector, not {found}{where(user_location())}"
        )
    return int(shape[0])
