"""Tensors joined and split."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from ... import numpy as pnp
from ...errors import PolyadValueError, ShapeError
from ...ir import user_location, where
from ...numpy._core import axis_of, dtype_of, known_values, shape_of
from .dims import dim_of, integers, is_array, rank, together
from .promotion import promoted
from .table import torch_function, unknown_options

# -- Joining ---------------------------------------------------------------------------------------


@torch_function("cat", "concat", "concatenate")
def cat(tensors: Any, dim: int = 0) -> Any:
    """The tensors one after the other; an empty one of one dimension does not count."""
    parts = promoted(*tensors)
    counted = [x for x in parts if shape_of(x) != (0,)] or parts[:1]
    return pnp.concat(counted, axis=dim_of(dim, counted[0]))


@torch_function("stack")
def stack(tensors: Any, dim: int = 0) -> Any:
    return pnp.stack(promoted(*tensors), axis=dim)


@torch_function("hstack")
def hstack(tensors: Any) -> Any:
    return pnp.hstack(promoted(*tensors))


@torch_function("vstack", "row_stack")
def vstack(tensors: Any) -> Any:
    return pnp.vstack(promoted(*tensors))


@torch_function("dstack")
def dstack(tensors: Any) -> Any:
    return pnp.dstack(promoted(*tensors))


@torch_function("column_stack")
def column_stack(tensors: Any) -> Any:
    columns = [x if rank(x) > 1 else pnp.reshape(x, (-1, 1)) for x in promoted(*tensors)]
    return pnp.hstack(columns)


@torch_function("block_diag", "functional.block_diag", "_VF.block_diag")
def block_diag(*tensors: Any) -> Any:
    """A matrix with the tensors on its diagonal."""
    blocks = [pnp.atleast_2d(x) for x in promoted(*together(tensors))]
    width = sum(shape_of(x)[1] for x in blocks)
    rows, before = [], 0
    for x in blocks:
        after = width - before - shape_of(x)[1]
        rows.append(pnp.pad(x, ((0, 0), (before, after))))
        before += shape_of(x)[1]
    return pnp.concat(rows, axis=0)


@torch_function("meshgrid", "functional.meshgrid", "_VF.meshgrid")
def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Any, ...]:
    return tuple(
        pnp.meshgrid(*[pnp.reshape(x, (-1,)) for x in together(tensors)], indexing=indexing)
    )


@torch_function("cartesian_prod", "functional.cartesian_prod", "_VF.cartesian_prod")
def cartesian_prod(*tensors: Any) -> Any:
    tensors = tuple(together(tensors))
    if len(tensors) == 1:
        return tensors[0] + 0
    grids = pnp.meshgrid(*promoted(*tensors), indexing="ij")
    return pnp.stack([pnp.reshape(x, (-1,)) for x in grids], axis=1)


@torch_function("combinations")
def combinations(input: Any, r: int = 2, with_replacement: bool = False) -> Any:
    """All choices of r elements, in the order of `itertools`."""
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    rows = [list(row) for row in choose(range(shape_of(input)[0]), r)]
    if not rows or r == 0:
        return pnp.zeros((0,) if r == 0 else (0, r), dtype=dtype_of(input))
    return pnp.stack([pnp.take(input, [row[k] for row in rows], axis=0) for k in range(r)], axis=1)


# -- Splitting -------------------------------------------------------------------------------------


def part(x: Any, axis: int, start: int, stop: int) -> Any:
    """Elements `start` to `stop` along one dimension."""
    return x[(slice(None),) * axis + (slice(start, stop),)]


def parts(x: Any, axis: int, sizes: Sequence[int]) -> tuple[Any, ...]:
    """Neighbouring parts of the given lengths."""
    stops = list(itertools.accumulate(sizes))
    return tuple(part(x, axis, stop - n, stop) for n, stop in zip(sizes, stops, strict=True))


@torch_function("split", "functional.split", "_VF.split", "Tensor.split", "unsafe_split")
def split(tensor: Any, split_size_or_sections: Any = None, dim: int = 0, **others: Any) -> Any:
    """Parts of one length, the last shorter, or parts of the lengths given."""
    size = others.pop("split_size", split_size_or_sections)
    size = others.pop("split_sizes", size)
    if others:
        raise unknown_options(others)
    axis = dim_of(dim, tensor)
    length = shape_of(tensor)[axis]
    if isinstance(size, tuple | list):
        return split_with_sizes(tensor, size, dim)
    size = int(size)
    if size == 0:
        return (part(tensor, axis, 0, length),)
    count = max(1, -(-length // size))
    return parts(tensor, axis, [min(size, length - k * size) for k in range(count)])


@torch_function("split_with_sizes", "split_with_sizes_copy", "unsafe_split_with_sizes")
def split_with_sizes(input: Any, split_sizes: Any, dim: int = 0) -> Any:
    axis, sizes = dim_of(dim, input), integers(split_sizes)
    if sum(sizes) != shape_of(input)[axis]:
        raise ShapeError(
            f"torch.split: lengths {sizes} do not sum to {shape_of(input)[axis]}, the length of "
            f"dimension {dim}{where(user_location())}"
        )
    return parts(input, axis, sizes)


@torch_function("chunk", "unsafe_chunk")
def chunk(input: Any, chunks: int, dim: int = 0) -> Any:
    """At most so many parts of one length, the last shorter."""
    axis = dim_of(dim, input)
    length = shape_of(input)[axis]
    size = -(-length // chunks)
    if size == 0:
        return parts(input, axis, [0] * chunks)
    return split(input, size, dim)


@torch_function("tensor_split")
def tensor_split(input: Any, indices_or_sections: Any = None, dim: int = 0, **others: Any) -> Any:
    """Parts of nearly one length, the first longer, or parts between positions."""
    given = others.pop("indices", others.pop("sections", indices_or_sections))
    if others:
        raise unknown_options(others)
    axis = dim_of(dim, input)
    length = shape_of(input)[axis]
    if is_array(given):
        values = known_values(given, "tensor_split", "a tuple of integers")
        given = values if rank(given) else values[0]
    if isinstance(given, tuple | list):
        stops = [*(slice(0, int(k)).indices(length)[1] for k in given), length]
        starts = [0, *stops[:-1]]
        return tuple(part(input, axis, a, max(a, b)) for a, b in zip(starts, stops, strict=True))
    count = int(given)
    sizes = [length // count + (k < length % count) for k in range(count)]
    return parts(input, axis, sizes)


def _split_along(axis: Any, *names: str) -> None:
    def adapter(input: Any, indices_or_sections: Any = None, **others: Any) -> Any:
        given = others.pop("indices", others.pop("sections", indices_or_sections))
        if others:
            raise unknown_options(others)
        along = axis(rank(input))
        if isinstance(given, int) and shape_of(input)[along] % given:
            raise ShapeError(
                f"torch.{names[0]}: {shape_of(input)[along]} elements are not divided into {given} "
                f"parts of one length{where(user_location())}\n  Use torch.tensor_split."
            )
        return tensor_split(input, given, along)

    torch_function(*names)(adapter)


_split_along(lambda ndim: 0 if ndim == 1 else 1, "hsplit")
_split_along(lambda ndim: 0, "vsplit")
_split_along(lambda ndim: 2, "dsplit")


@torch_function("unbind", "unbind_copy")
def unbind(input: Any, dim: int = 0) -> tuple[Any, ...]:
    axis = dim_of(dim, input)
    return tuple(select(input, axis, k) for k in range(shape_of(input)[axis]))


@torch_function("select")
def select(input: Any, dim: int, index: Any) -> Any:
    return input[(slice(None),) * axis_of(dim, rank(input)) + (index,)]


@torch_function("select_copy")
def select_copy(input: Any, dim: int, index: Any) -> Any:
    return select(input, dim, index)


@torch_function("narrow", "narrow_copy")
def narrow(input: Any, dim: int, start: Any, length: int) -> Any:
    """`length` elements from `start` on."""
    axis = dim_of(dim, input)
    if is_array(start):
        (start,) = known_values(start, "narrow", "an integer")
    start = int(start) + (shape_of(input)[axis] if start < 0 else 0)
    if not 0 <= start <= start + length <= shape_of(input)[axis]:
        raise PolyadValueError(
            f"torch.narrow: {length} elements from {start} on are not within the "
            f"{shape_of(input)[axis]} of dimension {dim}{where(user_location())}"
        )
    return part(input, axis, start, start + int(length))


@torch_function("Tensor.unfold", "unfold_copy")
def unfold(input: Any, dimension: int, size: int, step: int) -> Any:
    """All windows of `size` along a dimension, in a new last one."""
    if rank(input) == 0:
        return pnp.reshape(input, (1,))[:size]
    axis = dim_of(dimension, input)
    count = (shape_of(input)[axis] - size) // step + 1
    index = [[k * step + j for j in range(size)] for k in range(count)]
    rows = [n for row in index for n in row]
    shape = shape_of(input)
    flat = pnp.take(input, pnp.asarray(rows, dtype="int64"), axis=axis)
    made = pnp.reshape(flat, (*shape[:axis], count, size, *shape[axis + 1 :]))
    return pnp.moveaxis(made, axis + 1, -1)
