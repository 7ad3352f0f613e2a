"""A slice of the conformance matrix: the whole on NumPy, a share of laws on the other backends.

`make conformance` runs the whole.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from polyad.conformance import Cell, cells, run_cell
from polyad.conformance.laws import why_not
from polyad.conformance.matrix import FAILS, sample_named

TEXTS = "test_texts.py"
LAWS = {  # backend: laws asked in every dtype, laws asked in the sample's first dtype
    "torch": (("value",), ("jvp", "vjp", "vmap")),
    "native": (("jit", "dtype"), ("jvp", "vjp", "second order", "vmap")),
    "array_api_strict": (("value",), ("vjp",)),
    "dask": ((), ("value", "vjp")),
}
DEAR = {(backend, law) for backend in ("native", "dask") for law in LAWS[backend][1]}
DEAR |= {("native", "dtype")}
DERIVATIVES = ("jvp", "vjp", "second order", "vmap")


def marks(cell: Cell) -> list[pytest.MarkDecorator]:
    """A share of what is compiled, and of derivatives in other dtypes than the sample's first."""
    if (cell.backend, cell.law) in DEAR:
        return [pytest.mark.share(6)]
    first = cell.dtype == sample_named(cell.sample).dtypes[0]
    return [pytest.mark.share(3)] if cell.law in DERIVATIVES and not first else []


def slice_of_the_matrix() -> Iterator[Cell]:
    yield from cells(["numpy"])
    for backend, (everywhere, once) in LAWS.items():
        for cell in cells([backend]):
            first = cell.dtype == sample_named(cell.sample).dtypes[0]
            if cell.law in everywhere or (cell.law in once and first):
                yield cell


EACH = [
    pytest.param(c, id=f"{c.sample}-{c.dtype}-{c.law}-{c.backend}", marks=marks(c))
    for c in slice_of_the_matrix()
    if not why_not(sample_named(c.sample), c.dtype, c.law)
]


@pytest.mark.parametrize("cell", EACH)
def test_the_law_holds(cell: Cell):
    found = run_cell(cell)
    if found.outcome == FAILS:
        pytest.fail(
            f"{found.sample} in {found.dtype}, {found.law} on {found.backend}: {found.reason}",
            pytrace=False,
        )
