"""PyTorch's functions that write into their first tensor, and those that only write."""

from __future__ import annotations

from typing import Any

from ... import numpy as pnp
from ...errors import PolyadTypeError, ShapeError
from ...ir import Handle, user_location, where
from ...numpy._core import array_of, convert, dtype_of, shape_of
from . import elementwise, indexing, joining, mixed, ordering, products, reductions, shapes
from .dims import rank
from .promotion import as_type
from .table import row_of, torch_function

_OF_ONE_SCHEMA = (
    "abs", "absolute", "acos", "acosh", "add", "addbmm", "addcdiv", "addcmul", "addmm", "addmv",
    "addr", "arccos", "arccosh", "arcsin", "arcsinh", "arctan2", "arctan", "arctanh", "asin",
    "asinh", "atan2", "atan", "atanh", "baddbmm", "bitwise_and", "bitwise_left_shift",
    "bitwise_not", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "ceil", "clamp",
    "clamp_max", "clamp_min", "clip", "conj_physical", "copysign", "cos", "cosh", "cumprod",
    "cumsum", "deg2rad", "digamma", "div", "divide", "eq", "erf", "erfc", "erfinv", "exp2", "exp",
    "expm1", "fill", "fix", "float_power", "floor", "floor_divide", "fmod", "frac", "gcd", "ge",
    "greater", "greater_equal", "gt", "heaviside", "hypot", "i0", "index_add", "index_copy",
    "index_fill", "index_put", "index_reduce", "lcm", "ldexp", "le", "lerp", "less", "less_equal",
    "lgamma", "log10", "log1p", "log2", "log", "logical_and", "logical_not", "logical_or",
    "logical_xor", "logit", "lt", "masked_fill", "masked_scatter", "mul", "multiply", "mvlgamma",
    "nan_to_num", "ne", "neg", "negative", "nextafter", "not_equal", "pow", "put", "rad2deg",
    "reciprocal", "remainder", "renorm", "round", "rsqrt", "scatter", "scatter_add",
    "scatter_reduce", "sgn", "sigmoid", "sign", "sin", "sinc", "sinh", "sqrt", "square", "sub",
    "subtract", "tan", "tanh", "tril", "triu", "true_divide", "trunc", "xlogy",
)  # fmt: skip
"""Functions f of which PyTorch makes `f_` from the same schema: f, written into its tensor."""

_FAMILIES = (elementwise, indexing, joining, mixed, ordering, products, reductions, shapes)
"""The files whose rows these are; they are in the table once they are imported."""

_KINDS = {"bool": 0, "uint": 1, "int": 1, "float": 2, "complex": 3}


def written(name: str, input: Any, made: Any) -> Any:
    """`input`, after `made` was written into it, by torch's rules of shapes and dtypes."""
    if not isinstance(input, Handle):
        raise PolyadTypeError(
            f"torch.{name} writes a traced array into a tensor that is not traced"
            f"{where(user_location())}\n  Make that tensor from a traced one, torch.zeros_like(x) "
            "or x.new_zeros(...), or use the function without the underscore."
        )
    found, kept = dtype_of(made), dtype_of(input)
    if _KINDS[found.family] > _KINDS[kept.family]:
        raise PolyadTypeError(
            f"torch.{name}: a result of {found} cannot be written into a tensor of {kept}"
            f"{where(user_location())}\n  Convert the tensor first, or use the function without "
            "the underscore."
        )
    if shape_of(made) != shape_of(input):
        raise ShapeError(
            f"torch.{name}: a result of shape {shape_of(made)} does not fit the tensor of shape "
            f"{shape_of(input)}{where(user_location())}"
        )
    input[...] = convert(made, kept)  # type: ignore[index]
    return input


def _in_place(name: str) -> None:
    """A row of `name_`, with the parameters of `name`."""
    row = row_of(name)

    def adapter(input: Any, *args: Any, **kwargs: Any) -> Any:
        return written(f"{name}_", input, row.adapter(input, *args, **kwargs))

    adapter.__signature__ = row.signature  # type: ignore[attr-defined]
    torch_function(f"{name}_", in_place=True)(adapter)


for _name in _OF_ONE_SCHEMA:
    _in_place(_name)


@torch_function("zero_", in_place=True)
def zero_(input: Any) -> Any:
    return written("zero_", input, pnp.zeros(shape_of(input), dtype=dtype_of(input)))


@torch_function("Tensor.copy_", in_place=True)
def copy_(input: Any, other: Any, non_blocking: bool = False) -> Any:
    """The elements of `other`, broadcast and converted, written into the tensor."""
    made = as_type(array_of(other), dtype_of(input))
    return written("Tensor.copy_", input, pnp.broadcast_to(made, shape_of(input)))


@torch_function("Tensor.fill_diagonal_", in_place=True)
def fill_diagonal_(input: Any, fill_value: Any, wrap: bool = False) -> Any:
    """The main diagonal filled; of a tall matrix, if `wrap`, again after an empty row."""
    shape = shape_of(input)
    if rank(input) == 2 and not wrap:
        row = pnp.expand_dims(pnp.arange(shape[0]), 1)
        mask = row == pnp.arange(shape[1])
        return written(
            "fill_diagonal_", input, pnp.where(mask, as_type(fill_value, dtype_of(input)), input)
        )
    raise PolyadTypeError(
        "torch.Tensor.fill_diagonal_ of traced arrays is followed for matrices, without wrap"
        f"{where(user_location())}"
    )
