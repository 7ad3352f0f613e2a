"""Shapes: views of other shapes, joining, splitting, repeating."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

from ... import numpy as pnp
from ...errors import PolyadTypeError, PolyadValueError, ShapeError
from ...ir import user_location, where
from ...numpy._core import axis_of, dtype_of, known_values, shape_of
from ...ops import elementwise as e
from .dims import dim_of, dims_of, integers, is_array, rank
from .promotion import promoted
from .table import torch_function

# -- Other shapes of the same elements -------------------------------------------------------------


@torch_function("reshape", sizes="shape", view=True)
def reshape(input: Any, shape: Any) -> Any:
    return pnp.reshape(input, integers(shape))


@torch_function("Tensor.view", sizes="size", view=True)
def view(input: Any, *size: Any, dtype: Any = None) -> Any:
    """A tensor of another shape; of another dtype it would read the same bits, which is refused."""
    first = dtype if dtype is not None else size[0]
    if not isinstance(first, tuple | list | int) and not is_array(first):
        raise PolyadTypeError(
            "torch.Tensor.view(dtype) of a traced array would read its bits as another dtype"
            f"{where(user_location())}\n  Convert the values, x.to(dtype)."
        )
    return reshape(input, size[0])


@torch_function("view_copy")
def view_copy(input: Any, size: Any) -> Any:
    return reshape(input, size)


@torch_function("Tensor.view_as", "Tensor.reshape_as", view=True)
def view_as(input: Any, other: Any) -> Any:
    return pnp.reshape(input, shape_of(other))


@torch_function("ravel", view=True)
def ravel(input: Any) -> Any:
    return pnp.reshape(input, (-1,))


@torch_function("flatten", view=True)
def flatten(input: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """Dimensions `start_dim` to `end_dim` as one."""
    start, end = dim_of(start_dim, input), dim_of(end_dim, input)
    shape = shape_of(input) or (1,)
    return pnp.reshape(
        input, (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :])
    )


@torch_function("unflatten", view=True)
def unflatten(input: Any, dim: int, sizes: Any) -> Any:
    """Dimension `dim` as several, of which one may be -1."""
    axis, shape = dim_of(dim, input), shape_of(input)
    sizes = integers(sizes)
    if -1 in sizes:
        rest = math.prod(n for n in sizes if n != -1)
        sizes = tuple(shape[axis] // rest if n == -1 else n for n in sizes)
    return pnp.reshape(input, (*shape[:axis], *sizes, *shape[axis + 1 :]))


@torch_function("permute", sizes="dims", view=True)
def permute(input: Any, dims: Any) -> Any:
    return pnp.permute_dims(input, tuple(axis_of(d, rank(input)) for d in integers(dims)))


@torch_function("permute_copy")
def permute_copy(input: Any, dims: Any) -> Any:
    return permute(input, dims)


@torch_function("transpose", "swapaxes", "swapdims", view=True)
def transpose(input: Any, dim0: int, dim1: int) -> Any:
    if rank(input) == 0:
        dim_of(dim0, input), dim_of(dim1, input)
        return pnp.reshape(input, ())
    return pnp.swapaxes(input, dim_of(dim0, input), dim_of(dim1, input))


@torch_function("transpose_copy")
def transpose_copy(input: Any, dim0: int, dim1: int) -> Any:
    return transpose(input, dim0, dim1)


@torch_function("t", "t_copy", view=True)
def t(input: Any) -> Any:
    if rank(input) > 2:
        raise ShapeError(
            f"torch.t takes tensors of up to two dimensions, not {rank(input)}"
            f"{where(user_location())}\n  Use x.mT, or x.transpose(0, 1)."
        )
    return pnp.permute_dims(input, tuple(reversed(range(rank(input)))))


@torch_function("adjoint", view=True)
def adjoint(input: Any) -> Any:
    return (
        e.conj(pnp.matrix_transpose(input))
        if dtype_of(input).is_complex
        else (pnp.matrix_transpose(input))
    )


@torch_function("movedim", "moveaxis", view=True)
def movedim(input: Any, source: Any, destination: Any) -> Any:
    return pnp.moveaxis(input, source, destination)


@torch_function("squeeze", view=True)
def squeeze(input: Any, dim: Any = None) -> Any:
    """Without dimensions of length 1: those of `dim` that have it."""
    shape = shape_of(input)
    dims = dims_of(dim, input) if dim is not None else range(len(shape))
    if isinstance(dim, tuple | list) and not dim:
        dims = ()
    gone = {d for d in dims if shape[d] == 1}
    return pnp.reshape(input, tuple(n for d, n in enumerate(shape) if d not in gone))


@torch_function("squeeze_copy")
def squeeze_copy(input: Any, dim: Any = None) -> Any:
    return squeeze(input, dim)


@torch_function("unsqueeze", view=True)
def unsqueeze(input: Any, dim: int) -> Any:
    return pnp.expand_dims(input, axis_of(dim, rank(input) + 1))


@torch_function("unsqueeze_copy")
def unsqueeze_copy(input: Any, dim: int) -> Any:
    return unsqueeze(input, dim)


@torch_function("Tensor.expand", sizes="size", view=True)
def expand(input: Any, size: Any, *, implicit: bool = False) -> Any:
    """Broadcast; -1 keeps a length."""
    sizes, shape = integers(size), shape_of(input)
    new = len(sizes) - len(shape)
    full = tuple(
        n if n != -1 else shape[k - new] for k, n in enumerate(sizes) if n != -1 or k >= new
    )
    if len(full) < len(sizes):
        raise ShapeError(
            f"torch.Tensor.expand: -1 is not allowed in a new dimension{where(user_location())}"
        )
    return pnp.broadcast_to(input, full)


@torch_function("expand_copy")
def expand_copy(input: Any, size: Any, *, implicit: bool = False) -> Any:
    return expand(input, size)


@torch_function("Tensor.expand_as", view=True)
def expand_as(input: Any, other: Any) -> Any:
    return pnp.broadcast_to(input, shape_of(other))


@torch_function("broadcast_to", sizes="size", view=True)
def broadcast_to(input: Any, size: Any) -> Any:
    return expand(input, size)


@torch_function("broadcast_tensors", "functional.broadcast_tensors", view=True)
def broadcast_tensors(*tensors: Any) -> tuple[Any, ...]:
    parts = _together(tensors)
    shape = pnp.broadcast_shapes(*[shape_of(x) for x in parts])
    return tuple(pnp.broadcast_to(x, shape) for x in parts)


@torch_function("Tensor.sum_to_size", sizes="size")
def sum_to_size(input: Any, size: Any) -> Any:
    """The sum over what broadcasting from `size` would repeat."""
    sizes, shape = integers(size), shape_of(input)
    new = len(shape) - len(sizes)
    kept = tuple(k for k, n in enumerate(sizes, new) if n == 1 and shape[k] != 1)
    made = pnp.sum(input, axis=(*range(new), *kept), keepdims=True) if new or kept else input
    return pnp.reshape(made, sizes)


def _together(tensors: Sequence[Any]) -> Sequence[Any]:
    """Tensors that are passed apart or in one sequence."""
    return tensors[0] if len(tensors) == 1 and isinstance(tensors[0], tuple | list) else tensors


def _at_least(ndim: int, *names: str) -> None:
    def adapter(*tensors: Any) -> Any:
        together = isinstance(tensors[0], tuple | list)
        made = tuple(_with_rank(x, ndim) for x in _together(tensors))
        return made if together or len(tensors) > 1 else made[0]

    torch_function(*names, view=True)(adapter)


def _with_rank(x: Any, ndim: int) -> Any:
    return {1: pnp.atleast_1d, 2: pnp.atleast_2d, 3: pnp.atleast_3d}[ndim](x)


_at_least(1, "atleast_1d", "functional.atleast_1d")
_at_least(2, "atleast_2d", "functional.atleast_2d")
_at_least(3, "atleast_3d", "functional.atleast_3d")

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
    return pnp.column_stack(promoted(*tensors))


@torch_function("block_diag", "functional.block_diag")
def block_diag(*tensors: Any) -> Any:
    """A matrix with the tensors on its diagonal."""
    blocks = [pnp.atleast_2d(x) for x in promoted(*_together(tensors))]
    width = sum(shape_of(x)[1] for x in blocks)
    rows, before = [], 0
    for x in blocks:
        after = width - before - shape_of(x)[1]
        rows.append(pnp.pad(x, ((0, 0), (before, after))))
        before += shape_of(x)[1]
    return pnp.concat(rows, axis=0)


@torch_function("meshgrid", "functional.meshgrid")
def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Any, ...]:
    return tuple(
        pnp.meshgrid(*[pnp.reshape(x, (-1,)) for x in _together(tensors)], indexing=indexing)
    )


@torch_function("cartesian_prod", "functional.cartesian_prod")
def cartesian_prod(*tensors: Any) -> Any:
    tensors = tuple(_together(tensors))
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


@torch_function("split", "functional.split", "Tensor.split", "unsafe_split")
def split(tensor: Any, split_size_or_sections: Any = None, dim: int = 0, **others: Any) -> Any:
    """Parts of one length, the last shorter, or parts of the lengths given."""
    size = others.pop("split_size", split_size_or_sections)
    size = others.pop("split_sizes", size)
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


# -- Diagonals and triangles -----------------------------------------------------------------------


@torch_function("diagonal")
def diagonal(input: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """The diagonal of two dimensions, the first two, in a new last one."""
    x = pnp.moveaxis(input, (dim1, dim2), (-2, -1))
    return pnp.linalg.diagonal(x, offset=offset)


@torch_function("linalg.diagonal")
def linalg_diagonal(input: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """The diagonal of two dimensions, the last two."""
    return diagonal(input, offset, dim1, dim2)


@torch_function("diagonal_copy")
def diagonal_copy(input: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    return diagonal(input, offset, dim1, dim2)


@torch_function("diag_embed")
def diag_embed(input: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """The last dimension as the diagonal of two new ones."""
    ndim, length = rank(input) + 1, shape_of(input)[-1]
    size = length + abs(offset)
    rows = pnp.pad(
        pnp.expand_dims(input, -1) * pnp.eye(length, dtype=dtype_of(input)),
        [(0, 0)] * (ndim - 2)
        + [(max(-offset, 0), max(offset, 0)), (max(offset, 0), max(-offset, 0))],
    )
    assert shape_of(rows)[-1] == size
    first, second = axis_of(dim1, ndim), axis_of(dim2, ndim)
    return pnp.moveaxis(rows, (-2, -1), (first, second))


@torch_function("diag")
def diag(input: Any, diagonal: int = 0) -> Any:
    """The matrix of a diagonal, or the diagonal of a matrix."""
    if rank(input) == 1:
        return diag_embed(input, diagonal)
    return _diagonal_of_matrix(input, diagonal)


def _diagonal_of_matrix(x: Any, offset: int) -> Any:
    return pnp.linalg.diagonal(x, offset=offset)


@torch_function("diagflat")
def diagflat(input: Any, offset: int = 0) -> Any:
    return diag_embed(pnp.reshape(input, (-1,)), offset)


@torch_function("tril")
def tril(input: Any, diagonal: int = 0) -> Any:
    return pnp.tril(input, k=diagonal)


@torch_function("triu")
def triu(input: Any, diagonal: int = 0) -> Any:
    return pnp.triu(input, k=diagonal)


@torch_function("trace")
def trace(input: Any) -> Any:
    return pnp.sum(_diagonal_of_matrix(input, 0))


# -- Order and repetition --------------------------------------------------------------------------


@torch_function("roll")
def roll(input: Any, shifts: Any, dims: Any = None) -> Any:
    if dims is None or (isinstance(dims, tuple | list) and not dims):
        return pnp.roll(input, integers(shifts)[0])
    if rank(input) == 0:
        return input + 0
    return pnp.roll(input, integers(shifts), axis=integers(dims))


@torch_function("rot90")
def rot90(input: Any, k: int = 1, dims: Any = (0, 1)) -> Any:
    return pnp.rot90(input, k, tuple(dims))


@torch_function("flip", sizes="dims")
def flip(input: Any, dims: Any) -> Any:
    axes = (
        tuple(dim_of(d, input) for d in integers(dims))
        if not isinstance(dims, int)
        else ((dim_of(dims, input),))
    )
    return pnp.flip(input, axis=axes) if axes and rank(input) else input + 0


@torch_function("fliplr")
def fliplr(input: Any) -> Any:
    return pnp.flip(input, axis=1)


@torch_function("flipud")
def flipud(input: Any) -> Any:
    return pnp.flip(input, axis=0)


@torch_function("Tensor.repeat", sizes="repeats")
def repeat(input: Any, repeats: Any) -> Any:
    """The tensor side by side with itself, so many times along each dimension."""
    counts = integers(repeats)
    if len(counts) < rank(input):
        raise ShapeError(
            f"torch.Tensor.repeat: {len(counts)} numbers for {rank(input)} dimensions"
            f"{where(user_location())}"
        )
    return pnp.tile(input, counts)


@torch_function("tile", sizes="dims")
def tile(input: Any, dims: Any) -> Any:
    return pnp.tile(input, integers(dims))


@torch_function("repeat_interleave")
def repeat_interleave(
    input: Any, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None
) -> Any:
    """Each element repeated in place."""
    x = pnp.reshape(input, (-1,)) if dim is None or rank(input) == 0 else input
    axis = 0 if dim is None else dim_of(dim, input)
    if is_array(repeats):
        values = known_values(repeats, "repeat_interleave", "integers")
        repeats = values[0] if len(values) == 1 else values
    return pnp.repeat(x, repeats, axis=axis)
