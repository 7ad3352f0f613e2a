"""Views of other shapes, diagonals, order and repetition."""

from __future__ import annotations

import math
from typing import Any

from ... import numpy as pnp
from ...errors import PolyadTypeError, ShapeError
from ...ir import user_location, where
from ...numpy._core import axis_of, dtype_of, known_values, shape_of
from ...numpy.indexing import diagonals
from ...ops import elementwise as e
from .dims import dim_of, dims_of, integers, is_array, rank, together
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


@torch_function(
    "broadcast_tensors", "functional.broadcast_tensors", "_VF.broadcast_tensors", view=True
)
def broadcast_tensors(*tensors: Any) -> tuple[Any, ...]:
    parts = together(tensors)
    shape = pnp.broadcast_shapes(*[shape_of(x) for x in parts])
    return tuple(pnp.broadcast_to(x, shape) for x in parts)


@torch_function("Tensor.sum_to_size", sizes="size")
def sum_to_size(input: Any, size: Any) -> Any:
    """The sum over repetitions that broadcasting from `size` would make."""
    sizes, shape = integers(size), shape_of(input)
    new = len(shape) - len(sizes)
    kept = tuple(k for k, n in enumerate(sizes, new) if n == 1 and shape[k] != 1)
    made = pnp.sum(input, axis=(*range(new), *kept), keepdims=True) if new or kept else input
    return pnp.reshape(made, sizes)


def _at_least(ndim: int, *names: str) -> None:
    def adapter(*tensors: Any) -> Any:
        several = len(tensors) > 1 or isinstance(tensors[0], tuple | list)
        made = tuple(_with_rank(x, ndim) for x in together(tensors))
        return made if several else made[0]

    torch_function(*names, view=True)(adapter)


def _with_rank(x: Any, ndim: int) -> Any:
    return {1: pnp.atleast_1d, 2: pnp.atleast_2d, 3: pnp.atleast_3d}[ndim](x)


_at_least(1, "atleast_1d", "functional.atleast_1d", "_VF.atleast_1d")
_at_least(2, "atleast_2d", "functional.atleast_2d", "_VF.atleast_2d")
_at_least(3, "atleast_3d", "functional.atleast_3d", "_VF.atleast_3d")

# -- Diagonals and triangles -----------------------------------------------------------------------


@torch_function("diagonal", view=True)
def diagonal(input: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """The diagonal of two dimensions, the first two, in a new last one."""
    x = pnp.moveaxis(input, (dim1, dim2), (-2, -1))
    return diagonals(x, offset)


@torch_function("linalg.diagonal", view=True)
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
    return diagonals(x, offset)


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
