"""Products of vectors and matrices."""

from __future__ import annotations

from typing import Any

from ... import numpy as pnp
from ...errors import ShapeError
from ...ir import user_location, where
from ...numpy._core import shape_of
from ...ops import elementwise as e
from .dims import dim_of, integers, is_array, rank
from .elementwise import add, mul
from .promotion import promoted
from .reductions import power_norm
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


@torch_function("dot")
def dot(input: Any, tensor: Any) -> Any:
    """The sum of products of two vectors."""
    check_dims("dot", input=(input, 1), tensor=(tensor, 1))
    return matmul(input, tensor)


@torch_function("vdot")
def vdot(input: Any, other: Any) -> Any:
    """`dot`, of the conjugate of the first."""
    return dot(pnp.conj(input), other)


@torch_function("inner")
def inner(input: Any, other: Any) -> Any:
    return pnp.inner(*promoted(input, other))


@torch_function("kron")
def kron(input: Any, other: Any) -> Any:
    return pnp.kron(*promoted(input, other))


@torch_function("tensordot", "functional.tensordot", "_VF.tensordot")
def tensordot(a: Any, b: Any, dims: Any = 2) -> Any:
    """The sum over pairs of dimensions; one of length 1 meets each element of its partner."""
    x, y = promoted(a, b)
    if not isinstance(dims, tuple | list):
        if is_array(dims):
            dims = dims.tolist()
        else:
            n = int(dims)
            dims = list(range(-n, 0)), list(range(n))
    pairs = [[dim_of(d, t) for d in integers(each)] for each, t in zip(dims, (x, y), strict=True)]
    sizes = [[shape_of(t)[d] for d in each] for each, t in zip(pairs, (x, y), strict=True)]
    for i, j, m, n in zip(*pairs, *sizes, strict=False):
        if n == 1 != m:
            x = pnp.sum(x, axis=i, keepdims=True)
        elif m == 1 != n:
            y = pnp.sum(y, axis=j, keepdims=True)
    return pnp.tensordot(x, y, axes=(tuple(pairs[0]), tuple(pairs[1])))


@torch_function("einsum", "functional.einsum", "_VF.einsum")
def einsum(equation: Any, *operands: Any) -> Any:
    """Einstein's sum; also by torch's second form, operands followed by lists of numbers."""
    if not isinstance(equation, str):
        return _by_numbers(equation, *operands)
    if len(operands) == 1 and isinstance(operands[0], list | tuple):
        operands = tuple(operands[0])
    return pnp.einsum(equation.replace(" ", ""), *promoted(*operands))


def _by_numbers(*given: Any) -> Any:
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    words = [
        "".join("..." if k is Ellipsis else letters[k] for k in numbers) for numbers in given[1::2]
    ]
    operands = given[0 : 2 * (len(given) // 2) : 2]
    equation = ",".join(words[: len(operands)])
    if len(given) % 2:
        equation += "->" + "".join("..." if k is Ellipsis else letters[k] for k in given[-1])
    return einsum(equation, *operands)


@torch_function("chain_matmul", "functional.chain_matmul", "_VF.chain_matmul")
def chain_matmul(*matrices: Any) -> Any:
    made = matrices[0]
    for x in matrices[1:]:
        made = matmul(made, x)
    return made


@torch_function("cross")
def cross(input: Any, other: Any, dim: int | None = None) -> Any:
    """The cross product along `dim`, by default the first dimension of length 3."""
    x, y = promoted(input, other)
    shape = pnp.broadcast_shapes(shape_of(x), shape_of(y))
    if dim is None:
        dim = next((k for k, n in enumerate(shape) if n == 3), None)
        if dim is None:
            raise ShapeError(f"torch.cross: no dimension has length 3{where(user_location())}")
    return pnp.linalg.cross(pnp.broadcast_to(x, shape), pnp.broadcast_to(y, shape), axis=dim)


@torch_function("cdist", "functional.cdist", "_VF.cdist")
def cdist(x1: Any, x2: Any, p: Any = 2.0, compute_mode: Any = None) -> Any:
    """The p-norms of the differences of all pairs of rows."""
    x, y = promoted(x1, x2)
    off = e.subtract(pnp.expand_dims(x, -2), pnp.expand_dims(y, -3))
    return power_norm(off, p, (rank(off) - 1,), False)
