"""Solvers of equations, differentiable by the equation that they solve.

Linear: `cg`, `gmres`, `bicgstab`, with JAX's signatures. Nonlinear: `root`, `bisect`,
`fixed_point`, `minimize`, `least_squares`, and `implicit_step`, a step of a stiff differential
equation. Each returns a `Solution`: a pair (value, info), whose info says whether the solver
converged. Beside them `tridiagonal_solve`, and `odeint` for differential equations.

A derivative does not go through the iterations. It follows from the equation at the solution, so
that it costs one linear solve and no memory for the iterations, in both modes and to any order. It
is right as far as the solver converged.
"""

from ._solution import Info as Info
from ._solution import Solution as Solution
from ._tangents import dense as dense
from .fixed_points import fixed_point as fixed_point
from .implicit_steps import implicit_step as implicit_step
from .least_squares import least_squares as least_squares
from .linear import bicgstab as bicgstab
from .linear import cg as cg
from .linear import gmres as gmres
from .minimization import minimize as minimize
from .ode import odeint as odeint
from .roots import bisect as bisect
from .roots import root as root
from .tridiagonal import tridiagonal_solve as tridiagonal_solve

__all__ = [
    "Info",
    "Solution",
    "bicgstab",
    "bisect",
    "cg",
    "fixed_point",
    "gmres",
    "implicit_step",
    "least_squares",
    "minimize",
    "odeint",
    "root",
    "tridiagonal_solve",
]
