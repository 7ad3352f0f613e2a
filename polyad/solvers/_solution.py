"""What a solver returns, and what it raises where it did not converge."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..concrete import concrete_value
from ..errors import ConcretizationError, ConvergenceError
from ..ir import Handle, user_location, where


class Info(NamedTuple):
    """How a solver ended: whether it converged, after how many iterations, with what residual."""

    converged: Any
    iterations: Any
    residual: Any


class Solution(NamedTuple):
    """The value found, and how the solver ended. A pytree.

    >>> from polyad import solvers
    >>> solution = solvers.bisect(lambda x: x**3 - 2, 0.0, 2.0)
    >>> round(float(solution.value), 6), bool(solution.converged)
    (1.259921, True)
    """

    value: Any
    info: Info

    @property
    def converged(self) -> Any:
        return self.info.converged

    @property
    def iterations(self) -> Any:
        return self.info.iterations

    @property
    def residual(self) -> Any:
        return self.info.residual


def finished(what: str, value: Any, info: Info, strict: bool, tol: Any, remedy: str) -> Solution:
    """The solution. Where `strict`, raises `ConvergenceError` if it is known not to be one."""
    if strict:
        try:
            converged, iterations, residual = (_known(x) for x in info)
        except ConcretizationError:
            return Solution(value, info)
        if not bool(converged):
            raise ConvergenceError(
                f"{what} did not converge: after {int(iterations)} iterations the residual is "
                f"{float(residual):.3g}{'' if tol is None else f', with tol={tol}'}"
                f"{where(user_location())}\n  {remedy}"
            )
    return Solution(value, info)


def _known(x: Any) -> Any:
    return concrete_value(x) if isinstance(x, Handle) else x
