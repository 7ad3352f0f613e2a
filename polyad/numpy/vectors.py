"""Products of vectors and matrices beyond the standard: cross, kron, matvec, vecmat;
einsum_path.
"""

from __future__ import annotations

from typing import Any

from ..errors import PolyadValueError, ShapeError
from ..ir import user_location, where
from ..ops import elementwise as e
from ..ops import manipulation as m
from ._core import array_of, axis_of, beside_arrays, dtype_of, promoted, shape_of
from .joining import stack
from .manipulation import expand_dims, moveaxis, squeeze
from .products import matmul
from .ufuncs import ufunc


@beside_arrays
def cross(
    a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Any:
    """The vector product of vectors of three components along `axisa` and `axisb`, in `axisc` of
    the result; of two components, whose third is 0 (of both: the third component of the product).

    Raises `ShapeError` for other numbers of components.

    >>> cross([1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
    array([0., 0., 1.])
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = promoted([a, b])
    a, b = (moveaxis(x, axis_of(k, len(shape_of(x))), -1) for x, k in ((a, axisa), (b, axisb)))
    sizes = [shape_of(x)[-1] for x in (a, b)]
    if not set(sizes) <= {2, 3}:
        raise ShapeError(
            f"cross takes vectors of 2 or 3 components, not of {sizes[0]} and "
            f"{sizes[1]}{where(user_location())}"
        )
    part = lambda x, k: squeeze(m.slice_axis(x, len(shape_of(x)) - 1, k, k + 1), axis=-1)
    a0, a1, b0, b1 = part(a, 0), part(a, 1), part(b, 0), part(b, 1)
    third = e.subtract(e.multiply(a0, b1), e.multiply(a1, b0))
    if sizes == [2, 2]:
        return third
    zero: Any = e.multiply(third, 0) if 2 in sizes else None
    a2, b2 = (zero if n == 2 else part(x, 2) for x, n in ((a, sizes[0]), (b, sizes[1])))
    first = e.subtract(e.multiply(a1, b2), e.multiply(a2, b1))
    second = e.subtract(e.multiply(a2, b0), e.multiply(a0, b2))
    return stack([first, second, third], axis=axisc)


@beside_arrays
def kron(a: Any, b: Any) -> Any:
    """Kronecker's product: blocks of `b`, one for each element of `a`.

    >>> kron([1.0, 10.0], [1.0, 2.0])
    array([ 1.,  2., 10., 20.])
    """
    a, b = promoted([a, b])
    n = max(len(shape_of(a)), len(shape_of(b)))
    sizes = [(*(1,) * (n - len(shape_of(x))), *shape_of(x)) for x in (a, b)]
    apart = [m.reshape(a, shape=tuple(k for n in sizes[0] for k in (n, 1))),
             m.reshape(b, shape=tuple(k for n in sizes[1] for k in (1, n)))]  # fmt: skip
    product = e.multiply(*apart) if dtype_of(a).family != "bool" else e.logical_and(*apart)
    return m.reshape(product, shape=tuple(p * q for p, q in zip(*sizes, strict=True)))


@ufunc(2, elementwise=False)
@beside_arrays
def matvec(x1: Any, x2: Any, /) -> Any:
    """Products of (stacks of) matrices with (stacks of) vectors.

    >>> matvec([[1.0, 2.0]], [3.0, 4.0])
    array([11.])
    """
    x1, x2 = array_of(x1), array_of(x2)
    _check("matvec", x1, 2)
    _check("matvec", x2, 1)
    return squeeze(matmul(x1, expand_dims(x2, axis=-1)), axis=-1)


@ufunc(2, elementwise=False)
@beside_arrays
def vecmat(x1: Any, x2: Any, /) -> Any:
    """Products of the conjugates of (stacks of) vectors with (stacks of) matrices.

    >>> vecmat([3.0, 4.0], [[1.0], [2.0]])
    array([11.])
    """
    x1, x2 = array_of(x1), array_of(x2)
    _check("vecmat", x1, 1)
    _check("vecmat", x2, 2)
    row = e.conj(x1) if dtype_of(x1).is_complex else x1
    return squeeze(matmul(expand_dims(row, axis=-2), x2), axis=-2)


def _check(what: str, x: Any, least: int) -> None:
    if len(shape_of(x)) < least:
        raise ShapeError(
            f"{what}: an operand of shape {shape_of(x)} has fewer than {least} "
            f"dimensions{where(user_location())}"
        )


@beside_arrays
def einsum_path(subscripts: str, /, *operands: Any, optimize: Any = "greedy") -> tuple[Any, str]:
    """The order in which an einsum contracts its operands, as NumPy writes it, and a report; found
    by opt_einsum, whose names `optimize` takes (True: "greedy").

    >>> einsum_path("ij,jk->ik", [[1.0]], [[1.0]])[0]
    ['einsum_path', (0, 1)]
    """
    shapes = [shape_of(array_of(x)) for x in operands]
    how = "greedy" if optimize is True else optimize
    if isinstance(how, list | tuple) and how and how[0] == "einsum_path":
        how = list(how[1:])
    import opt_einsum

    try:
        path, info = opt_einsum.contract_path(subscripts, *shapes, shapes=True, optimize=how)
    except (ValueError, KeyError) as error:
        raise PolyadValueError(
            f"einsum_path {subscripts!r}: {error}{where(user_location())}"
        ) from None
    return ["einsum_path", *path], str(info)
