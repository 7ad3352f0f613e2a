"""Arguments for SciPy's solvers: functions compiled, derivatives sparse and exact.

| function | for |
|---|---|
| `least_squares_args` | `scipy.optimize.least_squares` |
| `ode_args` | `scipy.integrate.solve_ivp`, the methods BDF and Radau |
| `minimize_args` | `scipy.optimize.minimize`, such as trust-constr and Newton-CG |
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..api import hvp, jit, value_and_grad
from ..api.calls import pytrees
from ..errors import PolyadTypeError
from ..ir import user_location, where
from ..texts import shown
from .hessian import hessian
from .jacobian import jacobian

F = Callable[..., Any]


def least_squares_args(f: F) -> dict[str, Any]:
    """`fun` and `jac` for `scipy.optimize.least_squares(x0=x0, **least_squares_args(f))`.

    `f` maps the vector of unknowns to the vector of residuals. The Jacobian is a `csr_array`, with
    which SciPy's method "trf" uses LSMR, or "lsmr" where `tr_solver` says so.

    >>> import numpy as np, scipy.optimize
    >>> f = lambda x: x**2 - np.array([1.0, 4.0, 9.0])
    >>> scipy.optimize.least_squares(x0=np.ones(3), **least_squares_args(f)).x.round(6)
    array([1., 2., 3.])
    """
    pytrees.check_callable(f, "least_squares_args")
    return {"fun": jit(f), "jac": jacobian(f)}


def ode_args(f: F) -> dict[str, Any]:
    """`fun` and `jac` for `scipy.integrate.solve_ivp(t_span=span, y0=y0, **ode_args(f))`.

    `f(t, y)` is the right-hand side; the Jacobian by y is a `csc_array`, which the methods BDF and
    Radau take as it is.

    >>> import numpy as np, scipy.integrate
    >>> args = ode_args(lambda t, y: -100 * (y - np.cos(t)))
    >>> y = scipy.integrate.solve_ivp(t_span=(0, 1), y0=np.ones(2), method="BDF", **args).y
    >>> y[:, -1].round(2)
    array([0.55, 0.55])
    """
    pytrees.check_callable(f, "ode_args")
    derivative = jacobian(f, 1, format="csc")
    # SciPy gives the time as a number: as an array it is one signature with the methods' own times.
    run = jit(f)
    return {
        "fun": lambda t, y, *args: run(np.float64(t), y, *args),
        "jac": lambda t, y, *args: derivative(np.float64(t), y, *args),
    }


def minimize_args(f: F, constraints: Any = (), *, products: bool = False) -> dict[str, Any]:
    """`fun`, `jac`, `hess` and `constraints` for `scipy.optimize.minimize(x0=x0,
    method="trust-constr", **minimize_args(f, constraints))`.

    `f` maps the vector of unknowns to a scalar. `constraints` is a triple (g, lower, upper), or a
    list of such: lower ≤ g(x) ≤ upper, where g gives a vector. The value comes with the gradient,
    so `jac` is True; Hessians and the constraints' Jacobians are `csr_array`s. Without constraints,
    and with `products`, there is `hessp` in place of `hess`: products of the Hessian with vectors,
    for the methods trust-ncg and trust-krylov, which take no sparse matrix.

    Raises `PolyadTypeError` for a constraint that is no triple.

    >>> import numpy as np, scipy.optimize
    >>> args = minimize_args(lambda x: (x**2).sum(), (lambda x: x[:1] + x[1:], 2.0, 2.0))
    >>> found = scipy.optimize.minimize(x0=np.zeros(2), method="trust-constr", **args)
    >>> found.x.round(4)
    array([1., 1.])
    """
    pytrees.check_callable(f, "minimize_args")
    found: dict[str, Any] = {"fun": jit(value_and_grad(f)), "jac": True}
    if products:
        product = jit(lambda x, v, *args: hvp(lambda x: f(x, *args), (x,), (v,)))
        found["hessp"] = product
    else:
        found["hess"] = hessian(f)
    triples = as_triples("minimize_args", constraints)
    if triples:
        found["constraints"] = [_nonlinear(*triple) for triple in triples]
    return found


def as_triples(what: str, constraints: Any) -> Sequence[tuple[F, Any, Any]]:
    """The constraints as a list of triples (g, lower, upper)."""
    if isinstance(constraints, tuple) and constraints and callable(constraints[0]):
        constraints = [constraints]
    for each in constraints:
        if not (isinstance(each, tuple) and len(each) == 3 and callable(each[0])):
            raise PolyadTypeError(
                f"{what}: a constraint is a triple (g, lower, upper) of a function and its bounds, "
                f"not {shown(each)}{where(user_location())}"
            )
    return list(constraints)


def _nonlinear(g: F, lower: Any, upper: Any) -> Any:
    from scipy.optimize import NonlinearConstraint

    weighted = hessian(lambda x, multipliers: multipliers @ g(x))
    return NonlinearConstraint(jit(g), lower, upper, jac=jacobian(g), hess=weighted)
