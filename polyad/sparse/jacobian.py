"""Sparse Jacobians."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..api.calls import pytrees
from ._function import SparseFunction
from ._signatures import like
from .pattern import Pattern
from .plans import Settings

F = Callable[..., Any]


def jacobian(
    fun: F,
    argnums: int | Sequence[int] = 0,
    *,
    pattern: Pattern | None = None,
    format: str = "csr",
    method: str = "auto",
    has_aux: bool = False,
    holomorphic: bool = False,
) -> SparseFunction:
    """A function that gives the Jacobian of `fun` by the arguments `argnums` as a sparse matrix.

    Its rows are the elements of the results, its columns those of the arguments, both end to end as
    `flatten_util.ravel_pytree` has them. The pattern is found from the operations of `fun`, once
    for arguments of the same shapes and dtypes, and holds for all values. Integers that index are
    part of it by value: if they change it is found anew.

    - `pattern`: a pattern of one's own, which must have all entries that are found.
    - `format`: "csr", "csc", "coo" or "bsr" (SciPy's arrays, or PyTorch's tensors), "dense", or
      "values", the vector of values in the order of `prepare(x).pattern`. In a traced function it
      is "values": an ordinary traced array, so that `jit`, `vmap` and `grad` apply.
    - `method`: "auto", or "entries", "columns", "rows", "both" to force one.
    - `has_aux`: `fun` returns (value, aux), and the result is (Jacobian, aux).
    - `holomorphic`: `fun` is a holomorphic function of complex numbers.

    Raises `PolyadTypeError` for arguments that are not floating, and for an unknown format or
    method, `SparsityError` for a pattern that lacks an entry or has another shape. Warns with
    `DenseWarning` where it takes half as many colours as there are columns.

    >>> import numpy as np
    >>> J = jacobian(lambda x: x[1:] * x[:-1])(np.array([1.0, 2.0, 3.0]))
    >>> J.format, J.toarray()
    ('csr', array([[2., 1., 0.],
           [0., 3., 2.]]))
    """
    return _jacobian("jacobian", fun, argnums, has_aux=has_aux, pattern=pattern, format=format,
                     method=method, holomorphic=holomorphic)  # fmt: skip


@like(jacobian)
def value_and_jacobian(*args: Any, **options: Any) -> SparseFunction:
    """A function that gives the value of `fun` and its Jacobian, computed together. See `jacobian`.

    >>> import numpy as np
    >>> y, J = value_and_jacobian(lambda x: x**2)(np.array([1.0, 2.0]))
    >>> y, J.data
    (array([1., 4.]), array([2., 4.]))
    """
    return _jacobian("value_and_jacobian", *args, **options)


def _jacobian(
    name: str,
    fun: F,
    argnums: int | Sequence[int] = 0,
    *,
    has_aux: bool = False,
    **settings: Any,
) -> SparseFunction:
    pytrees.check_callable(fun, name)
    with_value = name != "jacobian"

    def pair(*args: Any, **kwargs: Any) -> Any:
        return fun(*args, **kwargs) if has_aux else (fun(*args, **kwargs), None)

    def finish(matrix: Any, results: Any, out_tree: Any) -> Any:
        if not (with_value or has_aux):
            return matrix
        value, aux = pytrees.unflatten(out_tree, results)
        found = (value, matrix) if with_value else matrix
        if not has_aux:
            return found
        return ((value, aux), matrix) if with_value else (matrix, aux)

    given = Settings(name, argnums, with_results=has_aux or with_value, **settings)
    return SparseFunction(fun, given, pair, finish)
