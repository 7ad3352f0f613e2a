"""Rows for branches, loops and slices at traced positions."""

from __future__ import annotations

from typing import Any

from ... import api, lax
from ... import numpy as pnp
from ..sample import Array, Operand, sample

_DTYPES = ("float64", "float32")
_ONE = _DTYPES[:1]

# -- Branches -------------------------------------------------------------------------------------


def _branch(x: Array, y: Array) -> Array:
    return lax.cond(
        pnp.sum(pnp.cos(x)) > 0, lambda x, y: pnp.sin(x) * y, lambda x, y: x * y * y, x, y
    )


def _choice(x: Array, y: Array) -> Array:
    branches = [lambda x, y: x * y, lambda x, y: pnp.sin(x) + y, lambda x, y: x * x * y]
    index = pnp.astype(pnp.sum(pnp.sin(x) + pnp.cos(y)), pnp.int64)
    return lax.switch(index, branches, x, y)


def _without_operands(x: Array) -> Array:
    return lax.cond(pnp.sum(x) > 0, lambda: {"a": x * x, "b": 1.0}, lambda: {"a": x, "b": 2.0})["a"]


# -- Loops ----------------------------------------------------------------------------------------


def _recurrence(c: Array, xs: Array) -> Array:
    last, seen = lax.scan(lambda c, x: (pnp.sin(c) * x, c * x), c, xs)
    return seen + last


def _growth(x: Array) -> Array:
    return lax.while_loop(lambda v: pnp.sum(v * v) < 30, lambda v: v * v * 0.5 + 1.5, x)


def _two_slots(c: Array, xs: Array) -> Array:
    step = lambda c, x: (pnp.sin(c) * x, c * x)
    last, seen = lax.scan(step, c, xs, reverse=True, checkpoint=2)
    return seen + last


def _growth_in_slots(x: Array) -> Array:
    step = lambda v: v * v * 0.5 + 1.5
    return lax.while_loop(lambda v: pnp.sum(v * v) < 30, step, x, checkpoint=1)


def _loop_in_a_branch(x: Array, weight: Array) -> Array:
    return lax.cond(pnp.sum(weight) > 0, _growth, pnp.sin, x * pnp.sum(weight))


def _gradient(x: Array, weight: Array) -> Array:
    return api.grad(lambda v: pnp.sum(_loop_in_a_branch(v, weight)))(x)


def _of_one_branch(x: Array) -> Array:
    cube, sine = (lambda v: pnp.sum(v * v * v)), (lambda v: pnp.sum(pnp.sin(v)))
    return api.grad(lambda v: lax.cond(pnp.sum(v) > 0, sine, cube, v))(x)


def _second(x: Array, weight: Array) -> Array:
    return api.grad(lambda v: pnp.sum(pnp.sin(_gradient(v, weight))))(x)


def _gradients(x: Array, weight: Array) -> Array:
    return api.vmap(lambda row: _gradient(row, weight))(x)


def _pytrees(c: Array, xs: Array) -> Array:
    """A counter and a pair carried, two xs, two ys, from the last slice to the first."""

    def step(carry: Any, x: Any) -> Any:
        n, (u, v) = carry
        return (n + 1, (pnp.sin(v) + x["x"], u * 0.5)), {"y": u * x["x"], "z": (v * n,)}

    (_, (u, v)), ys = lax.scan(step, (0, (c, c * c)), {"x": xs, "n": None}, reverse=True)
    return ys["y"] * u + ys["z"][0] + v


def _known_bounds(x: Array, a: Array) -> Array:
    return lax.fori_loop(1, 4, lambda i, v: pnp.sin(v) * a + i * x, x)


def _traced_bounds(x: Array, a: Array) -> Array:
    end = 2 + pnp.argmax(pnp.reshape(x, (-1,))) % 3
    return lax.fori_loop(0, end, lambda i, v: pnp.sin(v) * a + i * x, x)


def _in_slots(x: Array, a: Array) -> Array:
    end = 2 + pnp.argmax(pnp.reshape(x, (-1,))) % 3
    return lax.fori_loop(0, end, lambda i, v: pnp.sin(v) * a + i * x, x, checkpoint=2)


def _mapped(xs: Array, a: Array) -> Array:
    return lax.map(lambda x: pnp.sin(x) * a + pnp.sum(x), xs)


def _mapped_in_batches(xs: Array, a: Array) -> Array:
    return lax.map(lambda x: pnp.sin(x) * a + pnp.sum(x), xs, batch_size=2)


def _checkpointed_step(c: Array, xs: Array) -> Array:
    step = api.checkpoint(lambda c, x: (pnp.sin(c) * x, c * x))
    last, seen = lax.scan(step, c, xs)
    return seen + last


def _nest(x: Array, a: Array) -> Array:
    """A scan of a branch of a while."""

    def grown(v: Array) -> Array:
        return lax.while_loop(lambda v: pnp.sum(v * v) < 4, lambda v: v * 1.5 + 0.5, v)

    def step(v: Array, _: Any) -> Any:
        v = lax.cond(pnp.sum(v) > 1, lambda v: pnp.sin(v) * a, grown, v)
        return v, v * a

    last, seen = lax.scan(step, x, None, length=3)
    return seen + last


_POSITIVE = Operand((2,), (0.5, 1.0))
sample("cond", count=2, dtypes=_DTYPES, run=_branch)
sample("unrecorded", dtypes=_DTYPES, run=_of_one_branch)
sample("scan", Operand((3,)), Operand((4, 3)), dtypes=_DTYPES, run=_recurrence)
sample("while", dtypes=_DTYPES, run=_growth, tolerance=4)
sample("scan", Operand((3,)), Operand((4, 3)), dtypes=_DTYPES, run=_two_slots, label="checkpoint")
sample("while", dtypes=_DTYPES, run=_growth_in_slots, label="checkpoint", tolerance=4)
sample("empty_stack", _POSITIVE, _POSITIVE, dtypes=_ONE, run=_gradient, tolerance=4)
sample(
    "empty_stack",
    _POSITIVE,
    _POSITIVE,
    dtypes=_ONE,
    run=_second,
    label="second order",
    tolerance=4,
)
sample(
    "empty_stack",
    Operand((3, 2), (0.5, 1.0)),
    _POSITIVE,
    dtypes=_ONE,
    run=_gradients,
    label="batched",
    tolerance=4,
)

_CARRY, _ROWS = Operand((3,)), Operand((4, 3))
sample("cond", count=2, dtypes=_DTYPES, run=_choice, label="switch")
sample("cond", dtypes=_ONE, run=_without_operands, label="no operands")
sample("scan", _CARRY, _ROWS, dtypes=_DTYPES, run=_pytrees, label="pytrees")
sample("scan", _CARRY, _CARRY, dtypes=_ONE, run=_known_bounds, label="fori_loop")
sample("while", _CARRY, _CARRY, dtypes=_ONE, run=_traced_bounds, label="fori_loop")
sample("while", _CARRY, _CARRY, dtypes=_ONE, run=_in_slots, label="fori_loop-checkpoint")
sample("scan", Operand((5, 3)), _CARRY, dtypes=_ONE, run=_mapped, label="map")
sample("scan", Operand((5, 3)), _CARRY, dtypes=_ONE, run=_mapped_in_batches, label="map-batches")
sample("scan", _CARRY, _ROWS, dtypes=_ONE, run=_checkpointed_step, label="checkpointed step")
sample("scan", _CARRY, _CARRY, dtypes=_ONE, run=_nest, label="nest")

# -- Slices at traced positions -------------------------------------------------------------------


def _position(at: Array) -> Any:
    """An integer that is traced where `at` is."""
    return pnp.astype(at[0] * 3 + 1, pnp.int64)


def _block(x: Array, at: Array) -> Array:
    i = _position(at)
    return lax.dynamic_slice(x, (i, 1), (2, 2)) * at[1]


def _line(x: Array, at: Array) -> Array:
    i = _position(at)
    line = lax.dynamic_index_in_dim(x, i, axis=1, keepdims=False)
    return line + lax.dynamic_slice_in_dim(x, -i, 1, axis=1)[:, 0]


def _written_block(x: Array, at: Array) -> Array:
    i = _position(at)
    return lax.dynamic_update_slice(x, pnp.sin(x[:2, :2]), (1, i)) * at[1]


def _written_line(x: Array, at: Array) -> Array:
    i = _position(at)
    x = lax.dynamic_update_index_in_dim(x, x[:, 0] * at[1], i, axis=1)
    return lax.dynamic_update_slice_in_dim(x, x[:1, :] * 2, i, axis=0)


def _written_in_a_loop(x: Array, at: Array) -> Array:
    """An array that is carried, and read and written where the counter is."""

    def step(i: Any, x: Array) -> Array:
        row = lax.dynamic_index_in_dim(x, i, keepdims=False)
        return lax.dynamic_update_index_in_dim(x, pnp.sin(row) * at[1], i + 1, axis=0)

    return lax.fori_loop(0, x.shape[0], step, x)


_AT = Operand((2,), (-0.9, 0.9))
_TABLE = Operand((3, 4))

for _op, _run, _label in (
    ("take", _block, "dynamic_slice"),
    ("take", _line, "dynamic_index_in_dim"),
    ("scatter", _written_block, "dynamic_update_slice"),
    ("scatter", _written_line, "dynamic_update_index_in_dim"),
    ("scatter", _written_in_a_loop, "in a loop"),
):
    sample(_op, _TABLE, _AT, dtypes=_DTYPES, run=_run, label=_label)
