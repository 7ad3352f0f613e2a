"""Arrays that a loop updates in place, and arrays that it must not update."""

from __future__ import annotations

import numpy as np
import pytest

import polyad.numpy as pnp
from polyad import grad, lax
from polyad.numpy import asarray

from ..by_hand import compiled_like_numpy

TABLE = np.arange(12.0).reshape(4, 3)


def row_of(x, i):
    return lax.dynamic_index_in_dim(x, i, keepdims=False)


def doubled(i, x):
    return lax.dynamic_update_index_in_dim(x, row_of(x, i) * 2, i, 0)


def one_update(x):
    return lax.fori_loop(0, 4, doubled, x)


def nested(x):
    return lax.fori_loop(0, 3, lambda _, v: lax.fori_loop(0, 4, doubled, v), x)


def two_updates(x):
    return lax.fori_loop(0, 3, lambda i, v: doubled(i + 1, doubled(i, v)), x)


def after_a_while(x):
    def step(v):
        return doubled(3, v)

    return doubled(0, lax.while_loop(lambda v: v[3, 0] < 100.0, step, x + 1))


def elements(x):
    return lax.fori_loop(0, 4, lambda i, v: v.at[i, (i + 1) % 3].add(1.0), x)


IN_PLACE = [one_update, nested, two_updates, after_a_while, elements]


@pytest.mark.parametrize("function", IN_PLACE, ids=lambda f: f.__name__)
def test_nothing_is_copied(function):
    compiled = compiled_like_numpy(function, TABLE)
    text = str(compiled.functions["buffers"])
    assert "kernel.scatter_into" in text and "kernel.scatter " not in text
    compiled_like_numpy(grad(lambda x: (function(x) ** 2).sum()), TABLE)


def old_and_new(x):
    return lax.fori_loop(0, 3, lambda i, c: (doubled(i, c[0]), c[0]), (x, x))


def swapped(x):
    return lax.fori_loop(0, 3, lambda i, c: (c[1], doubled(i, c[0])), (x, x + 1))


def read_later(x):
    def step(i, v):
        new = doubled(i, v)
        return new + v.sum()

    return lax.fori_loop(0, 4, step, x)


def recorded_too(x):
    return lax.scan(lambda v, i: (doubled(i, v), (v, doubled(i, v))), x, np.arange(4))


def two_readers(x):
    y = x + 1
    return doubled(0, y), doubled(1, y)


def updated_by_itself(x):
    def step(i, v):
        return lax.dynamic_update_slice(v, v[1:3] + v[0:2], (i, 0))

    return lax.fori_loop(0, 3, step, x)


def a_block_inside(x):
    return lax.fori_loop(
        0, 3, lambda i, v: lax.dynamic_update_slice(v, v[:2, :2] * 0.5, (i, i % 2)), x
    )


NOT_IN_PLACE = [
    old_and_new, swapped, read_later, recorded_too, two_readers, updated_by_itself, a_block_inside,
]  # fmt: skip


@pytest.mark.parametrize("function", NOT_IN_PLACE, ids=lambda f: f.__name__)
def test_arrays_that_are_read_later_are_kept(function):
    compiled_like_numpy(function, TABLE)

    def total(x):
        values = function(x)
        return sum((v**2).sum() for v in (values if isinstance(values, tuple) else (values,)))

    if function is not recorded_too:
        compiled_like_numpy(grad(total), TABLE)


def test_the_callers_array_does_not_change():
    x = asarray(TABLE.copy())
    compiled_like_numpy(lambda v: doubled(0, v), x)
    compiled_like_numpy(lambda v: pnp.sum(one_update(v)), x)
    np.testing.assert_array_equal(x, TABLE)


@pytest.mark.parametrize("size", [3, 300])
@pytest.mark.parametrize("wave", [pnp.sin, pnp.cos, pnp.tan])
def test_large_angles_in_a_loop_that_carries_them(wave, size):
    """Their kernel runs twice, and the second time reads what the first one read."""
    scales, x = asarray([1e9, 1.0, 2.0]), asarray(np.linspace(0.1, 2, size))

    def waves(x, scales):
        return lax.scan(lambda c, s: (wave(c * s), None), x, scales)[0]

    compiled_like_numpy(waves, x, scales)
