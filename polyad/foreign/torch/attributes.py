"""A tensor's attributes on traced arrays, and the methods that ask for them."""

from __future__ import annotations

import sys
from typing import Any

from ... import numpy as pnp
from ...errors import PolyadTypeError
from ...ir import user_location, where
from ...numpy._core import axis_of, dtype_of
from ...numpy.updates import at
from .table import ATTRIBUTES, torch_function


def native_dtype(x: Any) -> Any:
    """The dtype of a traced array as torch's."""
    return getattr(sys.modules["torch"], dtype_of(x).name)


def native_shape(x: Any) -> Any:
    """The shape of a traced array as torch's tuple."""
    return sys.modules["torch"].Size(x.type.shape)


def view(made: Any, base: Any) -> Any:
    made.view_of = None if made is base else "a view"
    return made


def transposed(x: Any) -> Any:
    return view(pnp.permute_dims(x, tuple(reversed(range(x.ndim)))), x)


def matrix_transposed(x: Any) -> Any:
    return view(pnp.matrix_transpose(x), x)


ATTRIBUTES.update(
    T=transposed,
    mT=matrix_transposed,
    H=lambda x: pnp.conj(transposed(x)),
    mH=lambda x: pnp.conj(matrix_transposed(x)),
    real=lambda x: pnp.real(x),
    imag=lambda x: pnp.imag(x),
    layout=lambda x: sys.modules["torch"].strided,
    requires_grad=lambda x: False,
    is_sparse=lambda x: False,
    is_quantized=lambda x: False,
    is_nested=lambda x: False,
    is_mkldnn=lambda x: False,
    is_cuda=lambda x: getattr(x.device, "type", "cpu") == "cuda",
    names=lambda x: (None,) * x.ndim,
    at=at,
)


@torch_function("numel", "Tensor.nelement")
def numel(input: Any) -> int:
    return input.type.size


@torch_function("Tensor.dim", "Tensor.ndimension")
def dim(input: Any) -> int:
    return len(input.type.shape)


@torch_function("Tensor.size")
def size(input: Any, dim: int | None = None) -> Any:
    """The shape, or the length along one dimension."""
    shape = native_shape(input)
    return shape if dim is None else shape[axis_of(dim, len(shape))]


@torch_function("is_floating_point")
def is_floating_point(input: Any) -> bool:
    return dtype_of(input).is_floating


@torch_function("is_complex")
def is_complex(input: Any) -> bool:
    return dtype_of(input).is_complex


@torch_function("Tensor.element_size")
def element_size(input: Any) -> int:
    return dtype_of(input).itemsize


@torch_function("is_conj", "is_neg", "is_inference")
def is_lazy(input: Any) -> bool:
    """A traced array has no lazy bits."""
    return False


@torch_function("Tensor.stride", "Tensor.data_ptr", "Tensor.storage_offset")
def memory(input: Any, *arguments: Any) -> Any:
    """Refused: where the elements lie is not known while tracing."""
    raise PolyadTypeError(
        "a traced array has no strides and no address: it has no place in memory until it is "
        f"computed{where(user_location())}\n  Write the function with shapes and indices."
    )


@torch_function("Tensor.item")
def item(input: Any) -> Any:
    return input.item()


@torch_function("Tensor.tolist")
def tolist(input: Any) -> Any:
    return input.tolist()
