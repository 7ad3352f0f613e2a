"""Partial derivatives as OpenMDAO declares them: rows, columns, and the values in that order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .jacobian import jacobian

F = Callable[..., Any]


class Partials(NamedTuple):
    """The places of the partial derivatives of one output by one input, both flattened in C order,
    and the function that computes their values.
    """

    rows: NDArray[Any]
    cols: NDArray[Any]
    values: F


def partials(f: F, *args: Any, argnum: int = 0) -> Partials:
    """The partial derivatives of `f` by its argument `argnum`, for `declare_partials(of, wrt,
    rows=p.rows, cols=p.cols)` in `setup_partials`, and `partials[of, wrt] = p.values(*inputs)` in
    `compute_partials`.

    `args` are arrays like the inputs, or `ShapeDtypeStruct`s; floating values are not read. The
    pattern is found once, and values come from compiled code. Errors are those of
    `polyad.sparse.jacobian`.

    >>> import numpy as np
    >>> from polyad.sparse import openmdao
    >>> p = openmdao.partials(lambda x, k: k * x**2, np.ones(3), 2.0)
    >>> p.rows, p.cols, p.values(np.arange(3.0), 2.0)
    (array([0, 1, 2], dtype=int32), array([0, 1, 2], dtype=int32), array([0., 4., 8.]))
    """
    values = jacobian(f, argnum, format="values")
    pattern = values.prepare(*args).pattern
    return Partials(np.array(pattern.rows), np.array(pattern.cols), values)
