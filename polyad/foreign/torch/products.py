"""Products of vectors and matrices."""

from __future__ import annotations

from typing import Any

from ... import numpy as pnp
from ...errors import ShapeError
from ...ir import user_location, where
from ...numpy._core import shape_of
from .elementwise import add, mul
from .promotion import promoted
from .table import OPERATORS, torch_function


@torch_function("matmul", "Tensor.__matmul__")
def matmul(input: Any, other: Any) -> Any:
    return pnp.matmul(*promoted(input, other))


OPERATORS["matmul"] = matmul


@torch_function("Tensor.__rmatmul__")
def rmatmul(input: Any, other: Any) -> Any:
    return matmul(other, input)


def check_dims(name: str, **tensors: tuple[Any, int]) -> None:
    """Raise unless each tensor has the number of dimensions that torch asks of it."""
    for parameter, (x, ndim) in tensors.items():
        if len(shape_of(x)) != ndim:
            raise ShapeError(
                f"torch.{name}: {parameter} has {len(shape_of(x))} dimensions, and not {ndim}"
                f"{where(user_location())}"
            )


@torch_function("mm")
def mm(input: Any, mat2: Any) -> Any:
    """The product of two matrices."""
    check_dims("mm", input=(input, 2), mat2=(mat2, 2))
    return matmul(input, mat2)


@torch_function("mv")
def mv(input: Any, vec: Any) -> Any:
    """The product of a matrix and a vector."""
    check_dims("mv", input=(input, 2), vec=(vec, 1))
    return matmul(input, vec)


@torch_function("bmm")
def bmm(input: Any, mat2: Any) -> Any:
    """The products of two stacks of matrices."""
    check_dims("bmm", input=(input, 3), mat2=(mat2, 3))
    return matmul(input, mat2)


def added(input: Any, product: Any, beta: Any, alpha: Any) -> Any:
    """`beta * input + alpha * product`; with a beta of 0, `input` counts for its shape only."""
    product = product if type(alpha) is int and alpha == 1 else mul(product, alpha)
    if type(beta) in (int, float, bool, complex) and beta == 0:
        shape = pnp.broadcast_shapes(shape_of(input), shape_of(product))
        return pnp.broadcast_to(product, shape)
    return add(input if type(beta) is int and beta == 1 else mul(input, beta), product)


@torch_function("addmm")
def addmm(input: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    return added(input, mm(mat1, mat2), beta, alpha)


@torch_function("addmv")
def addmv(input: Any, mat: Any, vec: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    return added(input, mv(mat, vec), beta, alpha)


@torch_function("addbmm")
def addbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    return added(input, pnp.sum(bmm(batch1, batch2), axis=0), beta, alpha)


@torch_function("baddbmm")
def baddbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    return added(input, bmm(batch1, batch2), beta, alpha)


@torch_function("addr")
def addr(input: Any, vec1: Any, vec2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    return added(input, outer(vec1, vec2), beta, alpha)


@torch_function("outer", "ger")
def outer(input: Any, vec2: Any) -> Any:
    check_dims("outer", input=(input, 1), vec2=(vec2, 1))
    x, y = promoted(input, vec2)
    return mul(pnp.expand_dims(x, 1), pnp.expand_dims(y, 0))
