"""`jacobian_sparsity` and `hessian_sparsity`: patterns without values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from ..api.calls import pytrees
from ._traced import Arguments, TracedCall
from .detection import Detection
from .detection.index_sets import IndexSets
from .origins import Origins, propagated
from .pattern import Pattern
from .scalars import gradient_of

F = Callable[..., Any]


def jacobian_sparsity(fun: F, argnums: int | Sequence[int] = 0) -> Callable[..., Pattern]:
    """A function that gives the pattern of the Jacobian of `fun` on such arguments: arrays, or
    `ShapeDtypeStruct`s. No floating value is read.

    >>> import polyad, numpy as np
    >>> jacobian_sparsity(lambda x: x[1:] * x[:-1])(np.ones(4)).to_scipy().toarray().astype(int)
    array([[1, 1, 0, 0],
           [0, 1, 1, 0],
           [0, 0, 1, 1]])
    """
    return _sparsity(fun, fun, argnums, "jacobian_sparsity")


def hessian_sparsity(fun: F, argnums: int | Sequence[int] = 0) -> Callable[..., Pattern]:
    """A function that gives the pattern of the Hessian of the scalar `fun`. See
    `jacobian_sparsity`.

    >>> import polyad, numpy as np
    >>> hessian_sparsity(lambda x: (x[1:] * x[:-1]).sum())(np.ones(3)).to_scipy().toarray()
    array([[False,  True, False],
           [ True, False,  True],
           [False,  True, False]])
    """
    derived = gradient_of(fun, argnums, "hessian_sparsity")
    return _sparsity(fun, derived, argnums, "hessian_sparsity")


def _sparsity(fun: F, derived: F, argnums: int | Sequence[int], name: str) -> F:
    pytrees.check_callable(fun, name)

    def sparsity(*args: Any, **kwargs: Any) -> Pattern:
        arguments = Arguments(fun, argnums, args, kwargs, name)
        arguments.check(None)
        call = TracedCall(arguments, derived)
        if derived is fun:
            return detect(call).pattern
        return symmetrized(detect(call, len(arguments.chosen)).pattern)

    return sparsity


def symmetrized(pattern: Pattern) -> Pattern:
    """The pattern with the mirror image of each entry."""
    if pattern.is_symmetric:
        return pattern
    whole = pattern | pattern.T
    return Pattern(
        whole.shape,
        whole.indptr,
        whole.indices,
        exact=False,
        blocks=pattern.blocks,
        provenance=pattern._provenance,
    )


class Detected:
    """The pattern of a traced call, and the arguments whose values decided on it."""

    def __init__(
        self, call: TracedCall, detection: Detection, results: Sequence[IndexSets]
    ) -> None:
        self.pattern = _pattern(call, detection, results)
        self.watched = sorted(detection.watched)
        self.steps = {step.op: step for step in detection.steps or ()}


def detect(call: TracedCall, count: int | None = None, keep_steps: bool = False) -> Detected:
    """The pattern of the first `count` results of a traced call."""
    detection, results = propagated(call, keep_steps)
    return Detected(call, detection, results[:count])


def _pattern(call: TracedCall, detection: Detection, results: Sequence[IndexSets]) -> Pattern:
    rows = [s.rows() for s in results]
    counts = [np.diff(r.indptr) for r in rows]
    indptr = np.concatenate([[0], np.cumsum(np.concatenate([np.zeros(0, np.int64), *counts]))])
    indices = np.concatenate([np.zeros(0, np.int32), *(r.indices for r in rows)])
    return Pattern(
        (len(indptr) - 1, call.width),
        indptr,
        indices,
        exact=not detection.widened,
        blocks=call.blocks,
        provenance=cache(lambda: Origins(call)),
    )
