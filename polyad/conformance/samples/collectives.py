"""Ops over a named axis, each in the `vmap` that resolves it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ... import api
from ...ops import collectives as c
from ..sample import FLOATS, Array, sample

SIZE = 3
AXIS: dict[str, Any] = {"axis_name": "i", "axis_size": SIZE}


def _over(f: Callable[[Array], Array]) -> Callable[[Array], Array]:
    return api.vmap(f, axis_name="i")


for name, op in (
    ("psum", c.psum),
    ("pmax", c.pmax),
    ("pmin", c.pmin),
    ("all_gather", c.all_gather),
    ("reduce_scatter", c.reduce_scatter),
    ("all_to_all", c.all_to_all),
):
    sample(
        name,
        shape=(SIZE, SIZE, 2),
        dtypes=FLOATS,
        run=_over(lambda x, op=op: op(x, **AXIS)),  # type: ignore[misc]
    )
sample(
    "ppermute",
    shape=(SIZE, 2),
    dtypes=FLOATS,
    run=_over(lambda x: c.ppermute(x, perm=((0, 1), (2, 0)), **AXIS)),
)
sample("axis_index", shape=(SIZE, 2), dtypes=FLOATS, run=_over(lambda x: x * c.axis_index(**AXIS)))
