"""Special values: every element-wise op gives, at signed zeros, infinities, NaN and the ends of the
range, what NumPy gives, on every backend, eagerly and compiled; signs of zeros included.
"""

from __future__ import annotations

import math
from typing import Any

import array_api_strict
import numpy as np
import pytest

import polyad
from polyad.conformance import SAMPLES, sample_of
from polyad.conformance.arrays import off, on, run
from polyad.conformance.sample import ACCEPTED
from polyad.ops import OpDefinition

INF, NAN = math.inf, math.nan
VALUES = [0.0, 1.0, 0.5, 2.0, 3.0, 1.5, 1e-300, 1e300, 2.3e-308, INF]
POINTS = np.array([*VALUES, *[-v for v in VALUES], NAN])
OPS = sorted(
    {
        s.op
        for s in SAMPLES
        if s.definition.elementwise
        and "float64" in ACCEPTED[s.definition.accepts]
        and (hasattr(array_api_strict, s.op) or s.op in ("complex", "sigmoid"))
        and s.arity <= 2
        and s.op != "astype"
    }
)
"""The standard's, and those that derivatives need."""


def applied(op: str) -> Any:
    definition = OpDefinition.registry[op]
    return lambda *xs: definition(*xs)  # type: ignore[operator]


def operands(op: str) -> list[Any]:
    if sample_of(op).arity == 1:
        return [POINTS]
    return [x.ravel() for x in np.meshgrid(POINTS, POINTS, indexing="ij")]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("backend", ("torch", "array_api_strict", "native"))
@pytest.mark.parametrize("op", OPS)
def test_each_backend_gives_numpys_answer(op: str, backend: str):
    given = operands(op)
    expected = applied(op)(*given)
    same(op, given, run(backend, applied(op), given), expected)
    if backend != "native":
        compiled = polyad.jit(applied(op), backend=backend)
        same(op, given, compiled(*on(backend, given)), expected)


def same(op: str, given: list[Any], found: Any, expected: Any) -> None:
    found = off(found)
    assert found.dtype == expected.dtype
    close = np.isclose(found, expected, rtol=1e-12, atol=0, equal_nan=True)
    if expected.dtype.kind == "f":
        close &= (np.signbit(found) == np.signbit(expected)) | np.isnan(expected)
    if op == "remainder":  # torch divides first: where the quotient overflows it says NaN
        close |= np.isnan(found) & ~np.isfinite(given[0] / given[1])
    wrong = np.flatnonzero(~close)
    listed = [
        f"{op}({', '.join(str(x[k]) for x in given)}) = {found[k]}, not {expected[k]}"
        for k in wrong
    ]
    assert not listed, "\n".join(listed)
