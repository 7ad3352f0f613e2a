"""Reductions over axes, which are dropped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Unpack

from ..errors import PolyadTypeError, PolyadValueError
from ..ir import ArrayType
from ..ir.types import int64
from . import elementwise as e
from . import manipulation as m
from . import sparsity
from .creation import ones_like, zeros_like
from .cumulative import cumulative_prod as cumulative_prod
from .cumulative import cumulative_sum as cumulative_sum
from .definition import OpDefinition, Traits, op
from .manipulation import expand, sum
from .shapes import shift, without
from .types import Axes, Batched, Dual, Operand, Operands


def reduction_type(
    name: str, accepts: tuple[str, ...], empty_ok: bool = True
) -> Callable[..., ArrayType]:
    """The type rule of reductions: drops `axes`, keeps the dtype."""

    def rule(x: ArrayType, *, axes: Axes) -> ArrayType:
        if x.dtype.family not in accepts:
            raise PolyadTypeError(f"takes {' or '.join(accepts)} arrays, not {x}")
        if not empty_ok and 0 in [x.shape[i] for i in axes]:
            raise PolyadValueError(f"has no value over the empty axis of {x}")
        return x.with_shape(without(x.shape, axes))

    return rule


def reduction(
    name: str, accepts: tuple[str, ...], empty_ok: bool = True, **rules: Unpack[Traits]
) -> OpDefinition:
    """Define an op that reduces `axes` of one operand."""

    def batch(operands: Operands, batched: Batched, *, axes: Axes) -> Operand:
        return made(operands[0], axes=shift(axes))

    made = op(name, reduction_type(name, accepts, empty_ok), batch=batch, **rules)
    return made


NUMERIC = ("int", "uint", "float", "complex")


# -- prod ------------------------------------------------------------------------------------------


def prod_jvp(primals: Operands, tangents: Operands, *, axes: Axes) -> Dual:
    """Exclusive prefix times suffix products are the partials; right also where factors are 0."""
    (x,), (t,) = primals, tangents
    kept = tuple(i for i in range(len(x.shape)) if i not in axes)
    flat_shape = (*(x.shape[i] for i in kept), -1)
    size = 1
    for i in axes:
        size *= x.shape[i]
    flat_shape = (*flat_shape[:-1], size)
    order = (*kept, *axes)
    flat, moved = (m.reshape(m.permute_dims(v, axes=order), shape=flat_shape) for v in (x, t))
    last = len(kept)
    partial = _exclusive_product(flat, last) * m.flip(
        _exclusive_product(m.flip(flat, axes=(last,)), last), axes=(last,)
    )
    return prod(x, axes=axes), sum(partial * moved, axes=(last,))


def _exclusive_product(x: Operand, axis: int) -> Operand:
    """Products of the elements before each one."""
    if x.shape[axis] == 0:
        return x
    before = m.slice_axis(x, axis, 0, x.shape[axis] - 1)
    return m.pad_axis(cumulative_prod(before, axis=axis), axis, 1, 0, fill=1)


prod = reduction("prod", NUMERIC, jvp=prod_jvp, sparsity=sparsity.reduced)


# -- max, min: ties share the cotangent ------------------------------------------------------------


def _extremum_jvp(
    definition: OpDefinition, primals: Operands, tangents: Operands, axes: Axes
) -> Dual:
    (x,), (t,) = primals, tangents
    y = definition(x, axes=axes)
    ties = e.equal(x, expand(y, axes, x.shape))
    count = sum(e.where(ties, ones_like(t), zeros_like(t)), axes=axes)
    return y, sum(e.where(ties, t, 0), axes=axes) / count


def max_jvp(primals: Operands, tangents: Operands, *, axes: Axes) -> Dual:
    return _extremum_jvp(max, primals, tangents, axes)


def min_jvp(primals: Operands, tangents: Operands, *, axes: Axes) -> Dual:
    return _extremum_jvp(min, primals, tangents, axes)


max = reduction(
    "max", ("bool", "int", "uint", "float"), empty_ok=False, jvp=max_jvp, sparsity=sparsity.reduced
)
min = reduction(
    "min", ("bool", "int", "uint", "float"), empty_ok=False, jvp=min_jvp, sparsity=sparsity.reduced
)

any = reduction("any", ("bool",), differentiable=False)
all = reduction("all", ("bool",), differentiable=False)


# -- argmax, argmin --------------------------------------------------------------------------------


def arg_type(x: ArrayType, *, axis: int) -> ArrayType:
    """The index of the first extremum along `axis`."""
    if x.dtype.is_complex or x.shape[axis] == 0:
        raise PolyadTypeError(f"takes real arrays with a non-empty axis, not {x}")
    return ArrayType(int64, without(x.shape, (axis,)))


def argmax_batch(operands: Operands, batched: Batched, *, axis: int) -> Operand:
    return argmax(operands[0], axis=axis + 1)


def argmin_batch(operands: Operands, batched: Batched, *, axis: int) -> Operand:
    return argmin(operands[0], axis=axis + 1)


argmax = op("argmax", arg_type, differentiable=False, batch=argmax_batch)
argmin = op("argmin", arg_type, differentiable=False, batch=argmin_batch)
