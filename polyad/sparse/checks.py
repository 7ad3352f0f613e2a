"""`check`: a sparse derivative against products with the derivative, in which no pattern has a
part.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..api import jvp, vjp
from ..errors import PolyadTypeError, SparsityError
from ..ir import user_location, where
from ..texts import shown
from ._function import SparseFunction
from ._traced import Arguments, on_host
from .compressed import end_to_end
from .plans import Plan

Array = NDArray[Any]
MOST_NAMED = 4
MOST_ROWS = 8


def check(function: SparseFunction, *args: Any, probes: int = 3, **kwargs: Any) -> None:
    """Compare a sparse derivative at these arguments with the dense one, in `probes` random
    directions: J v with the derivative along v.

    `function` is what `jacobian`, `hessian` or their like gave. Raises `SparsityError` with the
    entries that the pattern lacks, or whose values are wrong; `PolyadTypeError` for another
    function.

    >>> import numpy as np
    >>> from polyad import sparse
    >>> sparse.check(sparse.jacobian(lambda x: x[1:] * x[:-1]), np.ones(4))
    """
    if not isinstance(function, SparseFunction):
        raise PolyadTypeError(
            f"check takes what sparse.jacobian or sparse.hessian gave, not {shown(function)}"
            f"{where(user_location())}"
        )
    settings = function._settings
    arguments = Arguments(function._fun, settings.argnums, args, kwargs, settings.name)
    plan, _ = function._planned(arguments)
    data = np.asarray(on_host(plan.run_values(arguments.leaves)))
    matrix = plan.pattern.to_scipy("csr", data)
    if settings.triangle is not None:
        other = matrix.T.tolil()
        other.setdiag(0)
        matrix = matrix + other.tocsr()
    rng = np.random.default_rng(0)
    for _ in range(probes):
        direction = rng.uniform(0.5, 1.5, plan.pattern.shape[1])
        expected, scale = _along(plan, arguments, direction)
        error = np.abs(matrix @ direction - expected)
        tolerance = _tolerance(expected.dtype) * (abs(matrix) @ direction + scale)
        wrong = np.flatnonzero(~(error <= tolerance))
        if len(wrong):
            raise SparsityError(_message(settings.name, plan, arguments, matrix, wrong))


def _tolerance(dtype: Any) -> float:
    return float(1e3 * np.finfo(dtype).eps)


def _flat(plan: Plan, arguments: Arguments) -> Any:
    call, count = plan._call, len(arguments.chosen)

    def flat(*chosen: Any) -> Any:
        results = call.evaluate([*chosen, *arguments.others])
        return end_to_end(results[: plan._count])

    return flat, arguments.leaves[:count]


def _along(plan: Plan, arguments: Arguments, direction: Array) -> tuple[Array, Array]:
    flat, chosen = _flat(plan, arguments)
    tangents = [
        np.asarray(direction[block], np.asarray(on_host(x)).dtype).reshape(np.shape(x))
        for x, block in zip(chosen, plan._call.blocks, strict=True)
    ]
    tangents = [_beside(t, x) for t, x in zip(tangents, chosen, strict=True)]
    _, moved = jvp(flat, tuple(chosen), tuple(tangents))
    found = np.asarray(on_host(moved))
    return found, np.abs(found)


def _beside(value: Array, like: Any) -> Any:
    from .. import execution

    backend = execution.backend_of(like)
    if backend is None or backend.is_guest or isinstance(like, np.ndarray):
        return value
    return backend.from_host([value], like)[0]


def _row(plan: Plan, arguments: Arguments, row: int) -> Array:
    """A row of the dense derivative."""
    flat, chosen = _flat(plan, arguments)
    value, pull = vjp(flat, *chosen)
    unit = np.zeros(np.shape(value), np.asarray(on_host(value)).dtype)
    unit[row] = 1
    found = pull(_beside(unit, value))
    return np.concatenate([np.ravel(np.asarray(on_host(x))) for x in found])


def _message(name: str, plan: Plan, arguments: Arguments, matrix: Any, wrong: Array) -> str:
    lacking, different = [], []
    for row in wrong[:MOST_ROWS]:
        dense = _row(plan, arguments, int(row))
        own = matrix[[int(row)], :].toarray()[0]
        for col in np.flatnonzero(~np.isclose(dense, own, rtol=1e-6, atol=1e-12)):
            entry = f"({row}, {col})"
            if (int(row), int(col)) in plan.pattern:
                different.append(f"{entry} is {own[col]:.6g} and should be {dense[col]:.6g}")
            else:
                lacking.append(entry)
    lines = [f"{name}: {len(wrong)} rows differ from the dense derivative{where(user_location())}"]
    if lacking:
        lines.append(f"  The pattern lacks {', '.join(lacking[:MOST_NAMED])}.")
    lines += [f"  Entry {text}." for text in different[:MOST_NAMED]]
    return "\n".join(lines)
