"""Every op in float16 and bfloat16, on the backends and compiled, with its derivatives."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from . import laws
from .laws import HALVES, ROWS, Point

LAWS: dict[str, Callable[[Point], None]] = {
    "value": functools.partial(laws.value, backend="numpy"),
    "torch": functools.partial(laws.value, backend="torch"),
    "native": functools.partial(laws.value, backend="native"),
    "compiled": laws.compiled,
    "jvp": laws.jvp,
    "vjp": laws.vjp,
    "vmap": laws.vmap,
}
DERIVATIVES = ("jvp", "vjp")


@functools.cache
def point(name: str, dtype: str) -> Point:
    return Point(ROWS[name], dtype)


def says_something(name: str, law: str) -> bool:
    """Whether a law is about a row: derivatives and batches of several ops round several times."""
    sample = ROWS[name]
    if law in ("value", "torch", "native"):
        return True
    if law in DERIVATIVES and not (sample.derivatives and sample.definition.differentiable):
        return False
    return laws.is_one_op(sample)


def each() -> list[Any]:
    """Every row, dtype and law."""
    return [
        pytest.param(name, dtype, law, id=f"{name}-{dtype}-{law}")
        for name in ROWS
        for dtype in HALVES
        for law in LAWS
        if says_something(name, law)
    ]


@pytest.mark.share(16)
@pytest.mark.parametrize("name, dtype, law", each())
def test_the_law_holds(name: str, dtype: str, law: str):
    with np.errstate(all="ignore"):
        LAWS[law](point(name, dtype))
