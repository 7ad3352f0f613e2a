"""PyTorch's look-ups of rows in a table, and sums of them."""

from __future__ import annotations

from typing import Any

from ... import numpy as pnp
from ...api import stop_gradient
from ...errors import PolyadIndexError, PolyadTypeError, ShapeError
from ...numpy._core import dtype_of, known_values, shape_of
from .nn_core import is_traced, refused, register

_SUM, _MEAN, _MAX = 0, 1, 2


def embedding(
    weight: Any,
    indices: Any,
    padding_idx: int = -1,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Any:
    """The rows of `weight` at `indices`; the row `padding_idx` has no derivative. Gradients are
    dense, whatever `sparse` says.
    """
    _check("embedding", weight, indices, scale_grad_by_freq)
    found = pnp.take(weight, indices, axis=0)
    if padding_idx < 0:
        return found
    padded = pnp.expand_dims(indices == padding_idx, axis=-1)
    return pnp.where(padded, stop_gradient(found), found)


def _check(name: str, weight: Any, indices: Any, by_frequency: bool) -> None:
    if by_frequency:
        raise refused(
            f"{name}: scale_grad_by_freq=True is not followed: it divides gradients, but no other "
            "derivative, by how often an index occurs",
            PolyadTypeError,
        )
    if len(shape_of(weight)) != 2:
        raise refused(f"{name}: the table has two axes, not {len(shape_of(weight))}", ShapeError)
    if not dtype_of(indices).is_integer:
        raise refused(f"{name}: indices are integers, not {dtype_of(indices)}", PolyadTypeError)
    if is_traced(indices) or 0 in shape_of(indices):
        return
    count = shape_of(weight)[0]
    if bool(((indices < 0) | (indices >= count)).any()):
        raise refused(f"{name}: indices are from 0 to {count - 1}", PolyadIndexError)


def embedding_bag(
    weight: Any,
    indices: Any,
    offsets: Any,
    scale_grad_by_freq: bool = False,
    mode: int = _SUM,
    sparse: bool = False,
    per_sample_weights: Any = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> tuple[Any, Any, Any, Any]:
    """The sums, means or maxima of rows over bags, each bag beginning at one of `offsets`; beside
    it the bag of each index, the bags' sizes, and the indices of maxima.
    """
    _check("embedding_bag", weight, indices, scale_grad_by_freq)
    count, (rows, width) = shape_of(indices)[0], shape_of(weight)
    starts = offsets[:-1] if include_last_offset else offsets
    bags = shape_of(starts)[0]
    bag = pnp.searchsorted(starts, pnp.arange(count), side="right") - 1
    counts = pnp.ones(count, dtype="bool")
    if padding_idx is not None:
        counts = indices != (padding_idx + rows if padding_idx < 0 else padding_idx)
    sizes = pnp.at(pnp.zeros(bags, dtype="int64"))[bag].add(pnp.astype(counts, "int64"))
    found = pnp.take(weight, indices, axis=0)
    column = pnp.expand_dims(counts, axis=1)
    if mode == _MAX:
        best, places = _maxima(found, column, bag, bags, indices)
        return best, bag, sizes, places
    if per_sample_weights is not None:
        found = found * pnp.expand_dims(per_sample_weights, axis=1)
    kept = pnp.where(column, found, 0)
    total = pnp.at(pnp.zeros((bags, width), dtype=dtype_of(weight)))[bag].add(kept)
    if mode == _MEAN:
        divisor = pnp.astype(pnp.maximum(sizes, 1), dtype_of(weight))
        total = total / pnp.expand_dims(divisor, axis=1)
    return total, bag, sizes, sizes


def _maxima(found: Any, column: Any, bag: Any, bags: int, indices: Any) -> tuple[Any, Any]:
    """For each bag and column the first of the largest elements, 0 in an empty bag."""
    of_bag = (pnp.expand_dims(bag, axis=1) == pnp.arange(bags)[None, :])[:, :, None]
    member = of_bag & column[:, :, None]
    each = pnp.where(member, found[:, None, :], -pnp.inf)
    best = pnp.argmax(each, axis=0, keepdims=True)
    values = pnp.take_along_axis(each, best, axis=0)[0]
    filled = pnp.any(member, axis=0)
    return pnp.where(filled, values, 0), pnp.where(filled, pnp.take(indices, best[0], axis=0), -1)


def one_hot(input: Any, num_classes: int = -1) -> Any:
    """For each integer a line of `num_classes` integers: 1 at its place, else 0; as many as the
    largest integer needs if -1.
    """
    if dtype_of(input).name != "int64":
        raise refused(f"one_hot takes int64, not {dtype_of(input)}", PolyadTypeError)
    if num_classes == -1:
        given = known_values(input, "one_hot's number of classes", "num_classes=")
        num_classes = max(given, default=-1) + 1
        if num_classes < 1:
            raise refused("one_hot: no number of classes is given, and no integer to find it by")
    hot = pnp.expand_dims(input, axis=-1) == pnp.arange(num_classes)
    return pnp.astype(hot, "int64")


register(
    {
        "embedding": embedding,
        "embedding_bag": embedding_bag,
        "_C._nn.one_hot": one_hot,
    }
)
