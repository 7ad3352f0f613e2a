"""The result of a solver, and its error where it did not converge."""

from __future__ import annotations

from typing import Any, NamedTuple

from .. import debug
from ..errors import ConvergenceError
from ..ir import user_location, where


class Info(NamedTuple):
    """The end of a solver's run: convergence, number of iterations, residual."""

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
    """The solution. Where `strict`, what is no solution raises `ConvergenceError`: at once, or when
    the program that is being traced runs.
    """
    if strict:
        wanted = "" if tol is None else f", with tol={tol}"
        place = where(user_location())

        def check(converged: Any, iterations: Any, residual: Any) -> None:
            if not bool(converged):
                raise ConvergenceError(
                    f"{what} did not converge: after {int(iterations)} iterations the residual is "
                    f"{float(residual):.3g}{wanted}{place}\n  {remedy}"
                )

        debug.callback(check, *info)
    return Solution(value, info)
