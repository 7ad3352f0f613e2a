"""The rows of `samples` for `polyad.lax`: scans, windows, gathers and functions made of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ... import lax
from ..sample import ACCEPTED, FLOATS, INTEGERS, Array, Operand, op_named, sample

ANY = ("float64", "float32", "complex128", "int32", "bool")
NUMERIC = ACCEPTED["numeric"]

# -- Scans without a loop -------------------------------------------------------------------------

for _name, _dtypes in (
    ("cumulative_max", FLOATS + INTEGERS),
    ("cumulative_min", FLOATS + INTEGERS),
    ("cumulative_logsumexp", FLOATS),
):
    sample(_name, Operand((2, 5)), dtypes=_dtypes, axis=1)
    sample(_name, Operand((3, 2)), dtypes=FLOATS[:1], axis=0, label="first")
    sample(_name, Operand((2, 0)), dtypes=FLOATS[:1], axis=1, label="empty")
    sample(
        _name,
        Operand((7,), special=True),
        dtypes=FLOATS,
        axis=0,
        label="special",
        derivatives=False,
    )


def _affine(left: tuple[Array, Array], right: tuple[Array, Array]) -> tuple[Array, Array]:
    """The composition of x -> a x + b, first `left`."""
    (a, b), (c, d) = left, right
    return a * c, b * c + d


def _recurrences(axis: int, reverse: bool = False) -> Callable[..., Any]:
    return lambda a, b: lax.associative_scan(_affine, (a, b), reverse=reverse, axis=axis)


for _size in (2, 5, 8):
    sample(
        "slice",
        *[Operand((2, _size, 2))] * 2,
        dtypes=FLOATS,
        run=_recurrences(1),
        label=f"recurrence-{_size}",
    )
sample(
    "flip",
    Operand((7,)),
    Operand((7,)),
    dtypes=("float64", "complex128", "int32"),
    run=_recurrences(-1, reverse=True),
    label="recurrence",
)

# -- Windows --------------------------------------------------------------------------------------

sample("windows", Operand((2, 7)), dtypes=ANY, sizes=(3,), strides=(2,), dilations=(2,))
sample(
    "windows",
    Operand((6, 7)),
    dtypes=FLOATS[:1],
    sizes=(2, 3),
    strides=(2, 1),
    dilations=(1, 2),
    label="two",
)
sample(
    "windows",
    Operand((2,)),
    dtypes=FLOATS[:1],
    sizes=(3,),
    strides=(1,),
    dilations=(1,),
    label="none",
)
sample(
    "overlap_add",
    Operand((2, 3, 4)),
    dtypes=NUMERIC,
    run=lambda x: op_named("overlap_add")(x, shape=(8,), strides=(1,), dilations=(2,)),
)
sample(
    "overlap_add",
    Operand((2, 3, 3, 3)),
    dtypes=FLOATS[:1],
    label="two",
    run=lambda x: op_named("overlap_add")(x, shape=(6, 7), strides=(2, 1), dilations=(1, 2)),
)
sample(
    "overlap_add",
    Operand((3, 0)),
    dtypes=FLOATS[:1],
    label="none",
    run=lambda x: op_named("overlap_add")(x, shape=(2,), strides=(1,), dilations=(1,)),
)


def _strided_convolution(x: Array, kernel: Array) -> Array:
    axes = ("NHWC", "HWIO", "NHWC")
    return lax.conv_general_dilated(
        x, kernel, (2, 1), [(1, 0), (-1, 2)], (1, 2), dimension_numbers=axes
    )


sample(
    "windows",
    Operand((2, 5, 4, 2)),
    Operand((3, 2, 2, 3)),
    dtypes=("float64", "float32", "complex128", "int32"),
    run=_strided_convolution,
    label="convolution",
)
sample(
    "windows",
    Operand((2, 4, 5)),
    Operand((4, 2, 3)),
    dtypes=FLOATS[:1],
    run=lambda x, k: lax.conv_general_dilated(x, k, (1,), "SAME", feature_group_count=2),
    label="grouped convolution",
)
sample(
    "windows",
    Operand((2, 7)),
    dtypes=FLOATS[:1],
    run=lambda x: lax.reduce_window(x, -np.inf, lax.max, (1, 3), (1, 2)),
    label="pooling",
)


# -- Selection, movement, sorting, reductions -----------------------------------------------------

_WHICH = Operand((2, 3), dtype="int64", integers=(-1, 4))
sample("where", _WHICH, *[Operand()] * 3, dtypes=NUMERIC, run=lax.select_n, label="select_n")
sample("minimum", *[Operand()] * 3, dtypes=FLOATS + INTEGERS, run=lax.clamp, label="clamp")
sample(
    "pad",
    Operand((4, 3)),
    Operand(()),
    dtypes=NUMERIC,
    run=lambda x, v: lax.pad(x, v, [(2, -1, 1), (-1, 0, 0)]),
    label="of a value",
)
sample(
    "argsort",
    Operand((2, 6)),
    Operand((2, 6)),
    dtypes=("float64", "float32", "int32"),
    run=lambda x, y: lax.sort((x, y), 1, num_keys=1),
    label="keys",
)
sample(
    "argsort",
    Operand((3, 5)),
    dtypes=("float64", "float32"),
    run=lambda x: lax.top_k(x, 2, axis=0),
    label="top_k",
)


def _product(a: tuple[Array, Array], b: tuple[Array, Array]) -> tuple[Array, Array]:
    """The product of dual numbers: a sum over the products of all but one."""
    return a[0] * b[0], a[0] * b[1] + a[1] * b[0]


sample(
    "slice",
    *[Operand((5, 3))] * 2,
    dtypes=("float64", "float32", "int32"),
    run=lambda x, y: lax.reduce((x, y), (1, 0), _product, (0,)),
    label="reduce",
)
sample(
    "max",
    Operand((5, 3)),
    dtypes=("float64", "int32"),
    run=lambda x: lax.reduce(x, 0, lax.max, (1,)),
    label="reduce",
)

# -- Gather, scatter ------------------------------------------------------------------------------

_STARTS = Operand((4, 2), dtype="int64", integers=(-2, 5))
_ROWS = lax.GatherDimensionNumbers((0, 2), (0,), (2, 0))
_ADDED = lax.ScatterDimensionNumbers((0, 2), (0,), (2, 0))
for _mode in ("clip", "fill"):
    sample(
        "take",
        Operand((3, 2, 4)),
        _STARTS,
        dtypes=("float64", "complex128", "int32"),
        run=lambda x, at, mode=_mode: lax.gather(x, at, _ROWS, (1, 2, 2), mode=mode, fill_value=7),
        label=f"gather-{_mode}",
    )
    sample(
        "scatter",
        Operand((3, 2, 4)),
        _STARTS,
        Operand((2, 4, 2)),
        dtypes=("float64", "int32"),
        run=lambda x, at, u, mode=_mode: lax.scatter_add(x, at, u, _ADDED, mode=mode),
        label=f"windows-{_mode}",
    )
