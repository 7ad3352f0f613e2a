"""The rows of the op set: creation, movement, reductions, indexing, calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ... import api
from ... import numpy as pnp
from ...custom_batching import custom_vmap
from ..sample import (
    ACCEPTED,
    BOOL,
    COMPLEX,
    FLOATS,
    INEXACT,
    Array,
    Operand,
    op_named,
    sample,
)

# -- Random bits, creation ------------------------------------------------------------------------

sample("threefry_2x32", *[Operand((3,), integers=(0, 2**32))] * 4, dtypes=("uint32",))
sample("threefry_2x32", *[Operand((), integers=(0, 2**32))] * 4, dtypes=("uint32",), label="scalar")
_NOTHING = Operand((2,))  # a law needs an operand to trace: the op has none
sample(
    "full",
    _NOTHING,
    dtypes=("float64",),
    run=lambda x: (x, op_named("full")(value=2.5, shape=(2, 3), dtype=pnp.float32))[1],
)
sample(
    "full",
    _NOTHING,
    dtypes=("float64",),
    label="negative-zero",
    run=lambda x: x * op_named("full")(value="-0.0", shape=(2,), dtype=pnp.float64),
)
sample(
    "iota",
    _NOTHING,
    dtypes=("float64",),
    run=lambda x: (x, op_named("iota")(size=5, dtype=pnp.int32))[1],
)
sample(
    "iota",
    _NOTHING,
    dtypes=("float64",),
    label="float",
    run=lambda x: x * op_named("iota")(size=2, dtype=pnp.float64),
)

# -- Reductions -----------------------------------------------------------------------------------

NUMERIC, ORDERED = ACCEPTED["numeric"], ACCEPTED["ordered"]
_CUBE = Operand((2, 3, 4), integers=(-3, 4))
for _name, _dtypes in (
    ("sum", NUMERIC),
    ("prod", NUMERIC),
    ("max", ORDERED),
    ("min", ORDERED),
    ("any", BOOL),
    ("all", BOOL),
):
    sample(_name, _CUBE, dtypes=_dtypes, axes=(1,))
    sample(_name, _CUBE, dtypes=_dtypes[:1], axes=(0, 2), label="two")
    sample(_name, _CUBE, dtypes=_dtypes[:1], axes=(0, 1, 2), label="all")
    sample(_name, _CUBE, dtypes=_dtypes[:1], axes=(), label="none")
for _name in ("sum", "prod"):
    sample(_name, Operand((2, 0, 3)), dtypes=FLOATS[:1], axes=(1,), label="empty")
for _name in ("root_of_powers", "ratio_to_root"):
    for _order in (2.0, 3.0, 4.0, -1.5):
        for _sorts, _real in ((FLOATS, None), (("complex128",), "float64")):
            sample(
                _name,
                Operand((3, 4), domain=(0.5, 2)),
                *[Operand((3,), domain=(1, 2), dtype=_real)] * 2,
                dtypes=_sorts,
                tolerance=8,
                axes=(1,),
                order=_order,
                label=f"{_sorts[0]}-{_order:g}",
            )
_shares: tuple[tuple[str, dict[str, Any]], ...] = (
    ("log_sum_exp", {}),
    ("soft_max", {"alike": False}),
    ("soft_max", {"alike": True}),
    ("log_soft_max", {}),
)
for _name, _given in _shares:
    _label = "alike-" if _given.get("alike") else ""
    sample(_name, _CUBE, dtypes=FLOATS, axes=(1,), label=f"{_label}one", **_given)
    sample(_name, _CUBE, dtypes=FLOATS[:1], axes=(0, 2), label=f"{_label}two", **_given)
    sample(_name, _CUBE, dtypes=FLOATS[:1], axes=(), label=f"{_label}none", **_given)
    _ties = Operand((2, 3), step=1)
    sample(_name, _ties, dtypes=FLOATS[:1], axes=(0, 1), label=f"{_label}ties", **_given)
for _name in ("argmax", "argmin"):
    sample(_name, _CUBE, dtypes=ORDERED, axis=1)
    sample(_name, Operand((5,), step=1), dtypes=FLOATS, axis=0, label="ties", derivatives=False)
for _name in ("cumulative_sum", "cumulative_prod"):
    sample(_name, Operand((2, 5)), dtypes=NUMERIC, axis=1)
    sample(_name, Operand((3, 2)), dtypes=FLOATS[:1], axis=0, label="first")
    sample(_name, Operand((2, 0)), dtypes=FLOATS[:1], axis=1, label="empty")

# -- Manipulation ---------------------------------------------------------------------------------

ANY = ("float64", "float32", "complex128", "int32", "bool")
sample("reshape", dtypes=ANY, run=lambda x: op_named("reshape")(x, shape=(3, 2)))
sample(
    "reshape",
    Operand((2, 3)),
    dtypes=FLOATS[:1],
    label="deeper",
    run=lambda x: op_named("reshape")(x, shape=(3, 1, 2)),
)
sample("permute_dims", _CUBE, dtypes=ANY, axes=(2, 0, 1))
sample(
    "broadcast_to",
    Operand((3, 1)),
    dtypes=ANY,
    run=lambda x: op_named("broadcast_to")(x, shape=(2, 3, 4)),
)
sample(
    "broadcast_to",
    Operand(()),
    dtypes=FLOATS[:1],
    label="scalar",
    run=lambda x: op_named("broadcast_to")(x, shape=(2, 3)),
)
sample("concat", Operand((2, 3)), Operand((2, 1)), Operand((2, 2)), dtypes=ANY, axis=1)
sample("concat", Operand((2, 3)), dtypes=FLOATS[:1], axis=0, label="one")
sample("flip", _CUBE, dtypes=ANY, axes=(0, 2))
sample("slice", Operand((6, 5)), dtypes=ANY, start=(1, 0), stop=(6, 4), step=(2, 3))
sample(
    "slice",
    Operand((6, 5)),
    dtypes=FLOATS[:1],
    start=(2, 3),
    stop=(2, 5),
    step=(1, 1),
    label="empty",
)
sample("pad", Operand((2, 3)), dtypes=ANY, low=(1, 0), high=(0, 2), interior=(2, 1))
sample(
    "pad",
    Operand((0, 2)),
    dtypes=FLOATS[:1],
    low=(1, 0),
    high=(2, 0),
    interior=(3, 1),
    label="empty",
)

# -- Indexing, sorting ----------------------------------------------------------------------------

sample("take", Operand((4, 3)), Operand((6,), dtype="int64", integers=(-2, 6)), dtypes=ANY, axis=0)
sample(
    "take",
    Operand((2, 4, 3)),
    Operand((3,), dtype="int32", integers=(0, 4)),
    dtypes=FLOATS[:1],
    axis=1,
    label="middle",
)
_PLACES = Operand((5,), dtype="int64", integers=(-1, 5))
for _mode in ("set", "add", "multiply", "min", "max"):
    _dtypes = ("float64", "float32", "int32") + (() if _mode in ("min", "max") else ("complex128",))
    sample(
        "scatter",
        Operand((4, 2)),
        Operand((3,), dtype="int64", integers=(0, 4)),
        Operand((3, 2)),
        dtypes=_dtypes,
        axis=0,
        mode=_mode,
        label=_mode,
        derivatives=_mode != "multiply",
    )
for _mode in ("set", "add"):
    sample(
        "scatter",
        Operand((2, 4)),
        _PLACES,
        Operand((2, 5)),
        dtypes=FLOATS[:1],
        axis=1,
        mode=_mode,
        label=f"{_mode}-repeated",
    )
sample(
    "scatter",
    Operand((4, 2)),
    Operand((1,), dtype="int64", integers=(0, 4)),
    Operand((1, 2)),
    dtypes=FLOATS[:1],
    axis=0,
    mode="multiply",
    label="multiply-once",
)
sample(
    "sort",
    Operand((3, 5)),
    dtypes=("float64", "float32", "int32", "uint8"),
    axis=1,
    descending=False,
)
sample(
    "sort",
    Operand((3, 5)),
    dtypes=("float64", "int32"),
    axis=0,
    descending=True,
    label="descending",
)
sample("argsort", Operand((3, 5)), dtypes=("float64", "float32", "int32"), axis=1, descending=False)
sample(
    "argsort",
    Operand((7,), domain=(-1, 1), step=1),
    dtypes=FLOATS[:1],
    axis=0,
    descending=True,
    label="ties",
)

_ASCENDING = ("float64", "float32", "int32", "uint8")
for _side in ("left", "right"):
    sample(
        "searchsorted",
        Operand((6,), (-2, 2), step=0.5),
        Operand((2, 4), (-2.5, 2.5), step=0.5),
        dtypes=_ASCENDING,
        label=_side,
        run=lambda x, y, side=_side: pnp.searchsorted(pnp.sort(x), y, side=side),
        derivatives=False,
    )

# -- Linear algebra -------------------------------------------------------------------------------

_ACCUMULATED = ("float64", "float32", "complex128", "complex64", "int32")
sample(
    "dot_general",
    Operand((2, 3)),
    Operand((3, 4)),
    dtypes=_ACCUMULATED,
    contracting=((1,), (0,)),
    batch=((), ()),
)
sample(
    "dot_general",
    Operand((2, 5, 3)),
    Operand((3, 2, 4)),
    dtypes=("float64", "complex128"),
    contracting=((2,), (0,)),
    batch=((0,), (1,)),
    label="batch",
)
sample(
    "dot_general",
    Operand((2, 3, 4)),
    Operand((4, 5, 3)),
    dtypes=FLOATS[:1],
    contracting=((1, 2), (2, 0)),
    batch=((), ()),
    label="two",
)
sample(
    "dot_general",
    Operand((3,)),
    Operand((3,)),
    dtypes=FLOATS[:1],
    contracting=((0,), (0,)),
    batch=((), ()),
    label="inner",
)
sample(
    "dot_general",
    Operand((2,)),
    Operand((3,)),
    dtypes=FLOATS[:1],
    contracting=((), ()),
    batch=((), ()),
    label="outer",
)
sample("solve", Operand((3, 3), matrix="regular"), Operand((3, 2)), dtypes=INEXACT)
sample(
    "solve",
    Operand((2, 3, 3), matrix="regular"),
    Operand((2, 3, 2)),
    dtypes=FLOATS[:1],
    label="stack",
)


def _cholesky(a: Array) -> Array:
    """The op of the Hermitian part: it reads one triangle, others have no derivative."""
    adjoint = pnp.conj(pnp.matrix_transpose(a))
    return op_named("cholesky")(pnp.multiply(pnp.add(a, adjoint), 0.5))


sample("cholesky", Operand((3, 3), matrix="positive"), dtypes=INEXACT, run=_cholesky, tolerance=4)
sample(
    "cholesky",
    Operand((2, 2, 2), matrix="positive"),
    dtypes=FLOATS[:1],
    run=_cholesky,
    label="stack",
    tolerance=4,
)

# -- Fourier transforms ---------------------------------------------------------------------------

for _size in (5, 6):
    _signal = Operand((3, _size))
    _label = f"{_size}"
    sample("fft", _signal, dtypes=COMPLEX, label=_label, axes=(1,), inverse=False, tolerance=4)
    sample("rfft", _signal, dtypes=FLOATS, label=_label, axis=1, tolerance=4)
    sample("irfft", Operand((3, 4)), dtypes=COMPLEX, label=_label, axis=0, n=_size - 1, tolerance=4)
sample("fft", Operand((2, 4, 3)), dtypes=COMPLEX, label="two", axes=(2, 0), inverse=True)
sample("rfft", Operand((1, 2)), dtypes=FLOATS[:1], label="one point", axis=0)
sample("irfft", Operand((2, 1)), dtypes=COMPLEX[:1], label="one point", axis=1, n=1)

# -- Ops with regions -----------------------------------------------------------------------------


@api.custom_jvp
def _cube(x: Array) -> Array:
    return x * x * x


@_cube.defjvp
def _cube_jvp(primals: Any, tangents: Any) -> Any:
    (x,), (t,) = primals, tangents
    return _cube(x), 3 * x * x * t


@api.custom_vjp
def _scaled_sine(x: Array, y: Array) -> Array:
    return pnp.sin(x) * y


_scaled_sine.defvjp(
    lambda x, y: (_scaled_sine(x, y), (x, y)),
    lambda residuals, ct: (ct * pnp.cos(residuals[0]) * residuals[1], ct * pnp.sin(residuals[0])),
)


@api.custom_jvp
def _weighted(x: Array) -> Array:
    return x * pnp.arange(1.0, 4.0)


@_weighted.defjvp
def _weighted_jvp(primals: Any, tangents: Any) -> Any:
    return _weighted(primals[0]), tangents[0] * pnp.asarray([1.0, 2.0, 3.0])


@custom_vmap
def _own_batches(x: Array) -> Array:
    return pnp.sin(x) * x


@_own_batches.def_vmap
def _own_batches_vmap(size: int, batched: Any, x: Array) -> Any:
    return x * pnp.sin(x), True


def _tangent_of(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args: api.jvp(f, args, args)[1]


_REGION = ("float64", "float32")
_jitted = api.jit(lambda x, y: pnp.sin(x) * y)
_kept_by_name = api.checkpoint(
    lambda x, y: pnp.multiply(pnp.sin(api.checkpoint_name(pnp.sin(x), "inner")), y),
    policy=api.checkpoint_policies.save_only_these_names("inner"),
)
_checkpointed = api.checkpoint(lambda x, y: pnp.multiply(pnp.sin(pnp.sin(x)), y))
sample("call", count=2, dtypes=_REGION, run=_jitted)
sample("checkpoint", count=2, dtypes=_REGION, run=_checkpointed)
sample("checkpoint_name", count=2, dtypes=_REGION, run=_kept_by_name)
sample("custom_jvp_call", dtypes=_REGION, run=_cube)
sample("custom_vjp_call", count=2, dtypes=_REGION, run=_scaled_sine)
sample("custom_vmap_call", dtypes=_REGION, run=_own_batches)
sample("transposed_call", count=2, dtypes=_REGION, run=_tangent_of(_scaled_sine))
sample("constant", dtypes=FLOATS[:1], run=_tangent_of(_weighted))
