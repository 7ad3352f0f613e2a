"""Sparse Hessians: the Jacobian of the gradient, by one of its triangles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..api.calls import pytrees
from ..errors import PolyadTypeError
from ..ir import user_location, where
from ..texts import shown
from ._function import SparseFunction
from ._signatures import like
from .pattern import Pattern
from .plans import Settings
from .scalars import gradient_of

F = Callable[..., Any]
TRIANGLES = (None, "lower", "upper")


def hessian(
    fun: F,
    argnums: int | Sequence[int] = 0,
    *,
    pattern: Pattern | None = None,
    format: str = "csr",
    triangle: str | None = None,
    method: str = "auto",
    has_aux: bool = False,
    holomorphic: bool = False,
) -> SparseFunction:
    """A function that gives the Hessian of the scalar `fun` as a sparse matrix: all of it, or with
    `triangle` the "lower" or "upper" one, the diagonal included.

    The other parameters, and the errors, are those of `jacobian`; besides, `method` may be "star"
    or "acyclic", and a function that is not scalar is a `PolyadTypeError`.

    >>> import numpy as np
    >>> H = hessian(lambda x: (x[1:] * x[:-1] ** 2).sum())(np.array([1.0, 2.0, 3.0]))
    >>> H.toarray()
    array([[4., 2., 0.],
           [2., 6., 4.],
           [0., 4., 0.]])
    """
    return _hessian("hessian", fun, argnums, has_aux=has_aux, pattern=pattern, format=format,
                    triangle=triangle, method=method, holomorphic=holomorphic)  # fmt: skip


@like(hessian)
def value_and_hessian(*args: Any, **options: Any) -> SparseFunction:
    """A function that gives the value of `fun`, its gradient and its Hessian, computed together.
    See `hessian`.

    >>> import numpy as np
    >>> y, g, H = value_and_hessian(lambda x: (x**3).sum())(np.array([1.0, 2.0]))
    >>> y, g, H.data
    (np.float64(9.0), array([ 3., 12.]), array([ 6., 12.]))
    """
    return _hessian("value_and_hessian", *args, **options)


def _hessian(
    name: str,
    fun: F,
    argnums: int | Sequence[int] = 0,
    *,
    has_aux: bool = False,
    triangle: str | None = None,
    holomorphic: bool = False,
    **settings: Any,
) -> SparseFunction:
    pytrees.check_callable(fun, name)
    if triangle not in TRIANGLES:
        raise PolyadTypeError(
            f"{name}: unknown triangle {shown(triangle)}{where(user_location())}\n  Use "
            "'lower' or 'upper', or None for the whole matrix."
        )
    with_value = name != "hessian"

    def finish(matrix: Any, results: Any, out_tree: Any) -> Any:
        if not (with_value or has_aux):
            return matrix
        found, value = pytrees.unflatten(out_tree, results)
        if with_value:
            return value, found, matrix
        return matrix, value[1]

    given = Settings(name, argnums, holomorphic=holomorphic, symmetric=True, triangle=triangle,
                     with_results=has_aux or with_value, **settings)  # fmt: skip
    return SparseFunction(fun, given, gradient_of(fun, argnums, name, has_aux, holomorphic), finish)
