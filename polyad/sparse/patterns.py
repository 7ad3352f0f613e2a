"""`jacobian_sparsity` and `hessian_sparsity`: patterns without values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..api.calls import pytrees
from ._traced import Arguments, TracedCall
from .detection import REGIONS, Detection, of_inputs
from .detection.index_sets import IndexSets
from .pattern import Pattern

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
    pytrees.check_callable(fun, "jacobian_sparsity")

    def sparsity(*args: Any, **kwargs: Any) -> Pattern:
        call = TracedCall(Arguments(fun, argnums, args, kwargs, "jacobian_sparsity"))
        return detect(call).pattern

    return sparsity


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


def propagated(call: TracedCall, keep_steps: bool = False) -> tuple[Detection, list[IndexSets]]:
    """The pass over a traced call, and the index sets of its results."""
    detection = Detection(call.width, REGIONS, keep_steps)
    types = call.function.argument_types
    sets = [
        of_inputs(t.size, b.start, call.width) for t, b in zip(types, call.blocks, strict=False)
    ]
    sets += [detection.empty(t) for t in types[len(sets) :]]
    known = [None if x is None else (x, frozenset([i])) for i, x in enumerate(call.known())]
    return detection, detection.run(call.function, sets, known).sets


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
    )
