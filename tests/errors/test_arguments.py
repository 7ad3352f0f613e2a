"""Arguments that are no arrays (sizes, shapes, axes, counts, dtypes) and what is no array where one
is expected: an error of polyad's that says what was given, and the line.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.errors import PolyadError

X = np.arange(6.0).reshape(2, 3)

WRONG: list[tuple[Callable[[Any], Any], str]] = [
    (lambda x: pnp.zeros(-1), "a shape has the negative size -1"),
    (lambda x: pnp.zeros((2, 2.5)), "a shape is made of Python integers, not 2.5"),
    (lambda x: pnp.zeros("ab"), "a shape is a sequence of integers, not 'ab'"),
    (lambda x: pnp.full(x, 1.0), "a shape is made of Python integers, not"),
    (lambda x: pnp.eye(-1), "eye: N is 0 or more, not -1"),
    (lambda x: pnp.eye(2, k=0.5), "eye: k is made of Python integers, not 0.5"),
    (lambda x: pnp.arange(1j), "arange takes real numbers, not 1j"),
    (lambda x: pnp.arange(0, 5, 0), "step must not be 0"),
    (lambda x: pnp.arange(5, dtype=pnp.bool), "arange makes numbers, not booleans"),
    (lambda x: pnp.linspace(0, 1, 2.5), "linspace: num is made of Python integers"),
    (lambda x: pnp.linspace(0, 1, -1), "linspace: num is 0 or more, not -1"),
    (lambda x: pnp.astype(x, [1]), r"a dtype, or its name, not \[1\]"),
    (lambda x: pnp.astype(x, "float8"), "polyad has no dtype 'float8'"),
    (lambda x: pnp.reshape(x, ("a",)), "reshape: shape is made of Python integers, not 'a'"),
    (lambda x: pnp.reshape(x, None), "reshape: shape is made of Python integers, not None"),
    (lambda x: pnp.broadcast_to(x, (-1, 3)), "broadcast_to: shape has the negative size -1"),
    (lambda x: pnp.broadcast_shapes((1,), (-3,)), "a shape has the negative size -3"),
    (
        lambda x: pnp.sum(x, axis=np.array(5)),
        "axis array.5. is out of range|axis 5 is out of range",
    ),
    (lambda x: pnp.sum(x, axis=1.5), "an axis is an integer, not 1.5"),
    (lambda x: pnp.sum(x, axis=(0, -2)), "name an axis twice"),
    (lambda x: pnp.permute_dims(x, 5), "permute_dims: axes is a sequence of integers, not 5"),
    (lambda x: pnp.permute_dims(x, (0, 0)), "name an axis twice"),
    (lambda x: pnp.moveaxis(x, "a", 0), "moveaxis: source is a sequence of integers, not 'a'"),
    (lambda x: pnp.expand_dims(x, 1.5), "an axis is an integer, not 1.5"),
    (lambda x: pnp.roll(x, (1, 2, 3), axis=(0, 1)), "roll: 3 shifts do not go with 2 axes"),
    (lambda x: pnp.roll(x, 0.5), "roll: shift is made of Python integers, not 0.5"),
    (lambda x: pnp.tile(x, -1), "tile: reps has the negative size -1"),
    (lambda x: pnp.split(x, 0), "split: the number of parts is 1 or more, not 0"),
    (lambda x: pnp.split(x, 4, axis=1), "axis of size 3 does not split into 4 equal parts"),
    (lambda x: pnp.array_split(x, "ab"), "array_split is a sequence of integers, not 'ab'"),
    (lambda x: pnp.tril(x[0]), "tril takes matrices, not an array of shape"),
    (lambda x: pnp.triu(x, k=1.5), "a diagonal's k is made of Python integers, not 1.5"),
    (lambda x: pnp.diagonal(x, offset="a"), "diagonal: offset is made of Python integers"),
    (lambda x: pnp.diag(x[0, 0]), "diag takes a vector or a matrix, not an array of shape"),
    (lambda x: pnp.diff(x, n=-1), "diff: n is 0 or more, not -1"),
    (lambda x: pnp.round(x, 0.5), "round: decimals is made of Python integers, not 0.5"),
    (lambda x: pnp.rot90(x, axes=(0,)), "rot90: the axes differ, and are two"),
    (lambda x: pnp.concat([]), "concat needs at least one array"),
    (lambda x: pnp.hstack([]), "hstack needs at least one array"),
    (lambda x: pnp.stack(5), "stack: takes a sequence of arrays, not 5"),
    (lambda x: pnp.column_stack(None), "column_stack: takes a sequence of arrays, not None"),
    (lambda x: pnp.tensordot(x, x, axes=((0,), (0,), (1,))), "axes of each array"),
    (lambda x: pnp.tensordot(x, x, axes=((0, 0), (0, 0))), "name an axis twice"),
    (lambda x: pnp.tensordot(x, x, axes=3), "tensordot: axes=3 for arrays of 2 and 2 dimensions"),
    (lambda x: pnp.einsum("ij,jk->ik", x, x), "einsum 'ij,jk->ik'"),
    (lambda x: pnp.einsum("ij->kk", x), "einsum 'ij->kk'"),
    (lambda x: pnp.einsum("i j k", x), "einsum 'i j k'"),
    (lambda x: pnp.einsum(x, x), "einsum takes subscripts as a text, or a list of integers"),
    (lambda x: pnp.fft.fftn(x, s="ab"), "fftn: s is a sequence of integers, not 'ab'"),
    (lambda x: pnp.fft.fftn(x, axes=1), "fftn: axes is a sequence of integers, not 1"),
    (lambda x: pnp.unravel_index(3, (2, -2)), "unravel_index: shape has the negative size -2"),
    (lambda x: pnp.meshgrid(x[0], indexing="x"), "meshgrid: indexing is 'xy' or 'ij', not 'x'"),
    (lambda x: lax.top_k(x, np.ones(2)), "is made of Python integers"),
    (lambda x: pnp.sin("a"), "a str is neither an array nor a number: 'a'"),
    (lambda x: pnp.sum(None), "a NoneType is neither an array nor a number: None"),
    (lambda x: pnp.floor({}), "a dict is neither an array nor a number"),
    (lambda x: pnp.concat([x, "a"]), "a str is neither an array nor a number: 'a'"),
]


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_wrong_arguments(number: int):
    f, text = WRONG[number]
    for call in (lambda: f(X), lambda: polyad.jit(lambda x: f(x) and None)(X)):
        with pytest.raises(PolyadError, match=f"({text})" + r"(.|\n)*") as caught:
            call()
    assert "test_arguments.py" in str(caught.value) or "dtype" in text


@pytest.mark.parametrize(
    "f",
    [
        lambda x: pnp.zeros(np.int64(2)) + pnp.sum(x),
        lambda x: pnp.zeros(np.array([2, 3])) + x,
        lambda x: pnp.reshape(x, np.array([3, 2])),
        lambda x: pnp.reshape(x, np.int32(-1)),
        lambda x: pnp.broadcast_to(x, [2, 2, 3]),
        lambda x: pnp.sum(x, axis=np.int64(1)),
        lambda x: pnp.roll(x, (1, 2), axis=0),
        lambda x: pnp.roll(x, 1, axis=(0, 1)),
        lambda x: pnp.tile(x, np.int64(2)),
        lambda x: pnp.moveaxis(x, np.int64(0), np.array(1)),
        lambda x: pnp.split(x, np.int64(3), axis=1)[1],
        lambda x: pnp.stack(x),
        lambda x: pnp.concat(x),
        lambda x: pnp.meshgrid(x[0], 2.0)[1],
        lambda x: pnp.einsum(x, [0, 1], x, [2, 1], [0, 2]),
        lambda x: pnp.einsum(x, [Ellipsis, 0]),
        lambda x: pnp.einsum("ij,kj,kl", x, x, x, optimize=False),
        lambda x: pnp.arange(5, 0, -1, dtype="uint8") * pnp.sum(x),
    ],
)
def test_integers_of_any_kind_do(f: Any):
    as_numpy = eval_with_numpy(f)
    np.testing.assert_allclose(f(X), as_numpy)
    np.testing.assert_allclose(polyad.jit(f)(X), as_numpy)
    assert polyad.grad(lambda x: pnp.sum(f(x)))(X).shape == X.shape


def eval_with_numpy(f: Any) -> Any:
    """The results of NumPy's functions of these names."""
    code = f.__code__
    made = type(f)(code, {**f.__globals__, "pnp": np})
    return made(X)


def test_lists_and_numbers_beside_tensors_are_tensors():
    t = torch.ones(3, dtype=torch.float64)
    for found in (
        pnp.sum([t, t], axis=0),
        pnp.outer(t, 2),
        pnp.inner(t, 2.0),
        pnp.isin(t, 1),
        pnp.linspace(t, t, 3),
        pnp.searchsorted(t, 1.5),
        pnp.cumulative_sum(t, include_initial=True),
        pnp.linalg.pinv(torch.eye(2)),
        pnp.linalg.matrix_rank(torch.ones((2, 0))),
        pnp.atleast_1d(t, 2)[1],
        lax.div(t, 1.5),
        polyad.nn.softmax_cross_entropy(t, 1.0),
    ):
        assert isinstance(found, torch.Tensor)
