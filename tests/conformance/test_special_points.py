"""The law of special points, for each row of the table, dtype and backend.

On NumPy every mix of forward and reverse mode is tried, elsewhere one of each order and operand.
"""

from __future__ import annotations

import pytest

from polyad.conformance.points import SPECIAL_POINTS
from polyad.conformance.special_points import SpecialPoints, faults

ALTERNATE = ("", "r", "fr", "rfr")
"""The modes elsewhere, of each order."""
CASES = [
    pytest.param(row, dtype, backend, id=f"{row.name}-{dtype}-{backend}")
    for row in SPECIAL_POINTS
    for dtype in row.dtypes
    for backend in row.backends
]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("row", "dtype", "backend"), CASES)
def test_derivatives_are_those_of_the_reference(row: SpecialPoints, dtype: str, backend: str):
    every = backend == "numpy"
    wrong = list(faults(row, dtype, backend, lambda word, modes: every or modes in ALTERNATE))
    assert not wrong, "\n".join(wrong[:20])


def test_the_table_has_rows():
    """An empty one would hold everywhere."""
    assert {"tanh", "gelu", "sinc"} <= {row.name for row in SPECIAL_POINTS}
