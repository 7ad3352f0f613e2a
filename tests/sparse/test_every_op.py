"""No entry is ever missing: the pattern of each op's sample has all that the dense Jacobian has."""

import numpy as np
import pytest

from polyad.conformance.sample import SAMPLES, sample_of
from polyad.errors import PolyadError
from polyad.sparse import jacobian_sparsity

from .dense import dense_pattern

POINTS = 2
ROWS = [
    pytest.param(
        row,
        dtype,
        id=f"{row.name}-{dtype}",
        marks=[] if dtype == row.inexact[0] and row is sample_of(row.op) else pytest.mark.full,
    )
    for row in SAMPLES
    for dtype in ("float64", "complex128")
    if dtype in row.inexact and "axis_name" not in row.attrs
]


@pytest.mark.share(3)
@pytest.mark.parametrize(("row", "dtype"), ROWS)
def test_no_entry_is_missing(row, dtype):
    arrays = row.arrays(dtype)
    chosen = tuple(i for i, x in enumerate(arrays) if x.dtype.kind in "fc")
    try:
        pattern = jacobian_sparsity(row.run, chosen)(*arrays)
    except PolyadError as error:
        pytest.fail(f"{row.name}: {error}")
    found = pattern.to_scipy().toarray()
    for seed in range(POINTS):
        others = row.arrays(dtype, seed)
        point = [x if i in chosen else arrays[i] for i, x in enumerate(others)]
        with np.errstate(all="ignore"):
            dense = dense_pattern(row.run, chosen, *point)
        if dense is None:
            assert pattern.nnz == 0
            return
        missing = np.argwhere(dense & ~found)
        assert not len(missing), f"{row.op} lacks {missing[:3].tolist()}"
