"""The law of special points, for the rows of the table.

On NumPy each row is tested in double precision, by one mix of modes of each order and operand; in
single precision, on PyTorch and in native code every twelfth row is. With `WHOLE_TABLES=1`, as
`make test-full` has it, all rows are, on NumPy in every mix of modes.
"""

from __future__ import annotations

import os

import pytest

from polyad.conformance.points import SPECIAL_POINTS
from polyad.conformance.special_points import LOSSES, ULPS, SpecialPoints, faults

WHOLE = bool(os.environ.get("WHOLE_TABLES"))
ALTERNATE = ("", "r", "fr", "rfr")
"""One mix of modes for each order."""
SHARE = 12


def is_sampled(number: int, dtype: str, backend: str) -> bool:
    """Whether a row is in the sample: each in double precision on NumPy, a share of the others."""
    others = (("float64", "torch"), ("float64", "native"), ("float32", "numpy"))
    others += (("float32", "torch"), ("float32", "native"))
    way = (dtype, backend)
    return way not in others or number % SHARE == others.index(way)


CASES = [
    pytest.param(row, dtype, backend, id=f"{row.name}-{dtype}-{backend}")
    for number, row in enumerate(SPECIAL_POINTS)
    for dtype in row.dtypes
    for backend in row.backends
    if WHOLE or is_sampled(number, dtype, backend)
]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("row", "dtype", "backend"), CASES)
def test_derivatives_are_those_of_the_reference(row: SpecialPoints, dtype: str, backend: str):
    every = WHOLE and backend == "numpy"
    wrong = list(faults(row, dtype, backend, lambda word, modes: every or modes in ALTERNATE))
    assert not wrong, "\n".join(wrong[:20])


def test_the_table_has_rows():
    """An empty one would hold everywhere; names are not used twice."""
    names = [row.name for row in SPECIAL_POINTS]
    assert {"tanh", "gelu", "sinc"} <= set(names)
    assert len(names) == len(set(names)), sorted({n for n in names if names.count(n) > 1})


@pytest.mark.parametrize("name", LOSSES)
def test_a_stated_loss_is_one_of_a_row(name: str):
    ulps, reason = LOSSES[name]
    assert name in {row.name for row in SPECIAL_POINTS}
    assert len(ulps) == len(ULPS) and max(ulps) > max(ULPS) and reason
