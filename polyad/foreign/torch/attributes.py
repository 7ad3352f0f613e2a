"""A tensor's attributes on traced arrays, and the methods that ask for them."""

from __future__ import annotations

import sys
from typing import Any

from ... import numpy as pnp
from ...aliasing import lay_out, lies_in_c_order
from ...api import stop_gradient
from ...errors import PolyadTypeError
from ...ir import DType, as_dtype, user_location, where
from ...numpy._core import axis_of, dtype_of, fresh, placed, shape_of
from ...numpy.updates import at
from .dims import integers
from .promotion import as_type, result_dtype
from .table import ATTRIBUTES, torch_function, unknown_options, viewing


def native_dtype(x: Any) -> Any:
    """The dtype of a traced array as torch's."""
    return getattr(sys.modules["torch"], dtype_of(x).name)


def native_shape(x: Any) -> Any:
    """The shape of a traced array as torch's tuple."""
    return sys.modules["torch"].Size(x.type.shape)


def transposed(x: Any) -> Any:
    """`x.T`: all dimensions reversed."""
    return viewing(pnp.permute_dims(x, tuple(reversed(range(x.ndim)))), x)


def matrix_transposed(x: Any) -> Any:
    """`x.mT`: the last two dimensions changed."""
    return viewing(pnp.matrix_transpose(x), x)


def _imaginary(x: Any) -> Any:
    if not dtype_of(x).is_complex:
        raise PolyadTypeError(
            f"the imaginary part of a tensor of {dtype_of(x)} is not defined"
            f"{where(user_location())}"
        )
    return pnp.imag(x)


torch_function("imag", view=True)(_imaginary)


ATTRIBUTES.update(
    T=transposed,
    mT=matrix_transposed,
    H=lambda x: pnp.conj(transposed(x)),
    mH=lambda x: pnp.conj(matrix_transposed(x)),
    real=lambda x: viewing(pnp.real(x), x),
    imag=lambda x: viewing(_imaginary(x), x),
    layout=lambda x: sys.modules["torch"].strided,
    requires_grad=lambda x: False,
    is_sparse=lambda x: False,
    is_quantized=lambda x: False,
    is_nested=lambda x: False,
    is_mkldnn=lambda x: False,
    is_cpu=lambda x: getattr(x.device, "type", "cpu") == "cpu",
    is_leaf=lambda x: False,
    is_meta=lambda x: False,
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


@torch_function("Tensor.stride", "Tensor.data_ptr", "Tensor.storage_offset", refused=True)
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


# -- Copies and conversions ------------------------------------------------------------------------


@torch_function("clone", "alias_copy", "resolve_conj", "resolve_neg")
def clone(input: Any, *, memory_format: Any = None) -> Any:
    """A tensor of its own with the same elements."""
    return fresh(input)


@torch_function("Tensor.contiguous")
def contiguous(input: Any, memory_format: Any = None) -> Any:
    """The tensor itself if its elements are in C order, else a copy in that order."""
    own = fresh(input)
    return viewing(own, input) if lies_in_c_order(input) else lay_out(own)


@torch_function("detach", view=True)
def detach(input: Any) -> Any:
    """The tensor without its derivative."""
    return stop_gradient(input)


@torch_function("detach_copy")
def detach_copy(input: Any) -> Any:
    return stop_gradient(input)


@torch_function("Tensor.requires_grad_", view=True)
def requires_grad_(input: Any, requires_grad: bool = True) -> Any:
    """The tensor itself: derivatives of traced arrays are the transformation's."""
    return input if requires_grad else stop_gradient(input)


def converted(x: Any, dtype: Any, copy: bool = False) -> Any:
    """`x` with elements of a dtype of torch's."""
    try:
        wanted = as_dtype(dtype)
    except TypeError:
        raise PolyadTypeError(
            f"a traced array cannot have elements of {dtype}, which polyad does not have"
            f"{where(user_location())}\n  Use complex64 or complex128 for complex32, else a float."
        ) from None
    if wanted is dtype_of(x) and copy:
        return fresh(x)
    if dtype_of(x).is_complex and not wanted.is_complex:
        x = pnp.real(x)
    return as_type(x, wanted)


_OF_MEMORY = ("non_blocking", "memory_format")


@torch_function("Tensor.to")
def to(input: Any, *target: Any, **options: Any) -> Any:
    """Conversion to a dtype, a device, both, or those of another tensor."""
    copy = options.pop("copy", False)
    named = [options.pop(n) for n in ("dtype", "device", "other") if n in options]
    for name in _OF_MEMORY:
        options.pop(name, None)
    if options:
        raise unknown_options(options)
    torch = sys.modules["torch"]
    made = input
    for part in (*named, *target):
        if isinstance(part, torch.dtype | DType):
            made = converted(made, part)
        elif hasattr(part, "dtype"):
            made = converted(made, part.dtype)
        elif isinstance(part, str | torch.device):
            made = placed(made, part)
    return fresh(made) if copy and made is input else made


def _conversion(name: str) -> None:
    def adapter(input: Any, memory_format: Any = None) -> Any:
        return converted(input, getattr(sys.modules["torch"], name))

    torch_function(f"Tensor.{name}", refused=name == "chalf")(adapter)


for _name in (
    "double", "float", "half", "bfloat16", "cdouble", "cfloat", "chalf",
    "long", "int", "short", "bool",
):  # fmt: skip
    _conversion(_name)


@torch_function("Tensor.byte")
def byte(input: Any, memory_format: Any = None) -> Any:
    return converted(input, "uint8")


@torch_function("Tensor.char")
def char(input: Any, memory_format: Any = None) -> Any:
    return converted(input, "int8")


@torch_function("Tensor.type_as")
def type_as(input: Any, other: Any) -> Any:
    return as_type(input, dtype_of(other))


@torch_function("Tensor.cpu")
def cpu(input: Any, memory_format: Any = None) -> Any:
    return placed(input, "cpu")


@torch_function("Tensor.cuda")
def cuda(input: Any, device: Any = "cuda", non_blocking: bool = False) -> Any:
    return placed(input, device)


@torch_function("result_type")
def result_type(tensor1: Any, tensor2: Any) -> Any:
    return getattr(sys.modules["torch"], result_dtype(tensor1, tensor2).name)


# -- New tensors beside one ------------------------------------------------------------------------

_ABOUT_PLACE = ("device", "layout", "requires_grad", "pin_memory", "memory_format")


def _options(options: dict[str, Any], like: Any) -> DType:
    """The dtype among the options of a factory; those of the place are passed over."""
    dtype = options.pop("dtype", None)
    for name in _ABOUT_PLACE:
        options.pop(name, None)
    if options:
        raise unknown_options(options)
    return dtype_of(like) if dtype is None else as_dtype(dtype)


def _like(name: str, value: int) -> None:
    def adapter(input: Any, **options: Any) -> Any:
        return pnp.full(shape_of(input), value, dtype=_options(options, input))

    torch_function(name)(adapter)


def _new(name: str, value: int) -> None:
    def adapter(input: Any, size: Any, **options: Any) -> Any:
        return pnp.full(integers(size), value, dtype=_options(options, input))

    torch_function(f"Tensor.{name}", sizes="size")(adapter)


for _prefix, _value in {"zeros": 0, "ones": 1, "empty": 0}.items():
    _like(f"{_prefix}_like", _value)
    _new(f"new_{_prefix}", _value)


@torch_function("full_like")
def full_like(input: Any, fill_value: Any, **options: Any) -> Any:
    return pnp.full(shape_of(input), fill_value, dtype=_options(options, input))


@torch_function("Tensor.new_full")
def new_full(input: Any, size: Any, fill_value: Any, **options: Any) -> Any:
    return pnp.full(integers(size), fill_value, dtype=_options(options, input))


@torch_function("Tensor.new_tensor")
def new_tensor(input: Any, data: Any, **options: Any) -> Any:
    """An array of new data, of the dtype of `input`."""
    return stop_gradient(as_type(pnp.asarray(data), _options(options, input)))
