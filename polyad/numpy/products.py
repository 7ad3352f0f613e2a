"""Products of arrays."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..aliasing import linked
from ..errors import PolyadValueError, ShapeError
from ..ir import as_dtype, user_location, where
from ..ir.types import int64
from ..ops import dispatch
from ..ops import elementwise as e
from ..ops import linalg as l
from ..ops import manipulation as m
from ..ops import reduction as r
from ..texts import shown
from ..tracer import Tracer
from ._arguments import integer, integers_or_one, layout, refuse, refuse_type
from ._core import array_of, axes_of, axis_of, beside_arrays, convert, dtype_of, promoted, shape_of
from ._out import check_cast, gives_out
from ._precision import precise
from .indexing import diagonal, diagonals
from .manipulation import expand_dims, ravel
from .reduction import sum
from .ufuncs import ufunc

Axes = tuple[int, ...]


def _operands(x1: Any, x2: Any) -> tuple[Any, Any]:
    a, b = promoted([x1, x2])
    return a, b


def contracted(a: Any, b: Any, contracting: Any, batch: Any) -> Any:
    """`dot_general`; of booleans whether any product is true, as in NumPy."""
    if dtype_of(a).family != "bool":
        return l.dot_general(a, b, contracting=contracting, batch=batch)
    counted = [e.astype(x, dtype=int64) for x in (a, b)]
    return e.not_equal(l.dot_general(*counted, contracting=contracting, batch=batch), 0)


def _check_sizes(name: str, a: Any, b: Any, left: Axes, right: Axes) -> None:
    """Raise unless the contracted axes, from the front or the back, fit one to one."""
    sizes = [[shape_of(x)[i] for i in axes] for x, axes in ((a, left), (b, right))]
    if sizes[0] != sizes[1]:
        what = " and ".join(
            f"{', '.join(map(str, found)) or 'none'} of {shape_of(x)}"
            for found, x in zip(sizes, (a, b), strict=True)
        )
        raise ShapeError(f"{name}: the summed axes have sizes {what}{where(user_location())}")


@precise(2)
@gives_out
def dot(a: Any, b: Any, out: Any = None) -> Any:
    """The sum of products over the last axis of `a` and the last but one (of a vector, the only) of
    `b`.

    Args:
        a: an array of shape (…, n).
        b: an array of shape (n,) or (…, n, k).
        out: an array of the result's shape, which is written to and returned.
        precision: JAX's; accepted, and without effect.
        preferred_element_type: the dtype of the result.

    Raises:
        ShapeError: sizes that differ.

    >>> dot([1.0, 2.0], [3.0, 4.0])
    np.float64(11.0)
    """
    a, b = _operands(a, b)
    if shape_of(a) == () or shape_of(b) == ():
        return e.multiply(a, b)
    n, k = len(shape_of(a)), len(shape_of(b))
    _check_sizes("dot", a, b, (n - 1,), (max(k - 2, 0),))
    return contracted(a, b, contracting=((n - 1,), (max(k - 2, 0),)), batch=((), ()))


@precise(2)
@ufunc(2, elementwise=False)
def matmul(x1: Any, x2: Any, /) -> Any:
    """The product of (stacks of) matrices; vectors are rows on the left and columns on the right.

    Raises `ShapeError` for 0-d operands and sizes that do not fit.

    Args:
        x1: an array of shape (…, n, k) or (k,).
        x2: an array of shape (…, k, m) or (k,); leading axes broadcast.
        precision: JAX's; accepted, and without effect.
        preferred_element_type: the dtype of the result.

    >>> matmul([[1.0, 2.0], [3.0, 4.0]], [1.0, 1.0])
    array([3., 7.])
    """
    a, b = _operands(x1, x2)
    n, k = len(shape_of(a)), len(shape_of(b))
    if n == 0 or k == 0:
        raise ShapeError(f"matmul takes no 0-d arrays{where(user_location())}\n  Use x1 * x2.")
    _check_sizes("matmul", a, b, (n - 1,), (max(k - 2, 0),))
    if n == 1 or k <= 2:
        if n > 1 or k <= 2:
            return contracted(a, b, contracting=((n - 1,), (max(k - 2, 0),)), batch=((), ()))
        return contracted(b, a, contracting=((k - 2,), (0,)), batch=((), ()))
    lead = dispatch.broadcast_shapes([shape_of(a)[:-2], shape_of(b)[:-2]], "matmul")
    a, b = (
        x if shape_of(x)[:-2] == lead else m.broadcast_to(x, shape=(*lead, *shape_of(x)[-2:]))
        for x in (a, b)
    )
    axes = tuple(range(len(lead)))
    return contracted(a, b, contracting=((len(lead) + 1,), (len(lead),)), batch=(axes, axes))


@precise(2)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """The sum of products over the last `axes` of `a` and the first of `b`, or over pairs of axes
    given.

    Args:
        a: an array of any shape.
        b: another; the sizes of the axes summed over are equal.
        axes: a number of axes, or a pair of lists of axes.
        precision: JAX's; accepted, and without effect.
        preferred_element_type: the dtype of the result.

    Raises:
        ShapeError: sizes that differ.

    >>> tensordot([[1.0, 2.0]], [3.0, 4.0], axes=1)
    array([11.])
    """
    a, b = _operands(a, b)
    n, k = len(shape_of(a)), len(shape_of(b))
    if not isinstance(axes, Iterable):
        axes = integer(axes, "tensordot: axes")
        if not 0 <= axes <= min(n, k):
            raise PolyadValueError(
                f"tensordot: axes={axes} for arrays of {n} and {k} dimensions"
                f"{where(user_location())}"
            )
        left, right = tuple(range(n - axes, n)), tuple(range(axes))
    else:
        pair = list(axes)
        if len(pair) != 2:
            refuse(f"tensordot: axes is a number, or axes of each array, not {shown(axes)}")
        firsts, seconds = (integers_or_one(part, "tensordot: axes") for part in pair)
        left, right = axes_of(firsts, a), axes_of(seconds, b)
    _check_sizes("tensordot", a, b, left, right)
    return contracted(a, b, contracting=(left, right), batch=((), ()))


@precise(2)
@ufunc(2, elementwise=False)
def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """The sum over `axis` of conj(x1) · x2, counted in each; the other axes broadcast.

    >>> vecdot([[1.0, 2.0], [3.0, 4.0]], [1.0, 1.0])
    array([3., 7.])
    """
    a, b = _operands(x1, x2)
    axes = [axis_of(axis, len(shape_of(x))) for x in (a, b)]
    _check_sizes("vecdot", a, b, (axes[0],), (axes[1],))
    a, b = (m.move_axis(x, k, len(shape_of(x)) - 1) for x, k in zip((a, b), axes, strict=True))
    dispatch.broadcast_shapes([shape_of(a), shape_of(b)], "vecdot")
    product = e.multiply(e.conj(a) if dtype_of(a).is_complex else a, b)
    at = (len(shape_of(product)) - 1,)
    return (r.any if dtype_of(product).family == "bool" else m.sum)(product, axes=at)


@precise(2)
@beside_arrays
def vdot(a: Any, b: Any, /) -> Any:
    """The sum of conj(a) · b over all elements."""
    return vecdot(ravel(a), ravel(b))


@precise(2)
def inner(a: Any, b: Any, /) -> Any:
    """The sum of products over the last axis of both."""
    a, b = _operands(a, b)
    if shape_of(a) == () or shape_of(b) == ():
        return e.multiply(a, b)
    _check_sizes("inner", a, b, (-1,), (-1,))
    return contracted(
        a, b, contracting=((len(shape_of(a)) - 1,), (len(shape_of(b)) - 1,)), batch=((), ())
    )


@gives_out
@beside_arrays
def outer(a: Any, b: Any, out: Any = None) -> Any:
    """All products of an element of `a` with one of `b`, both flattened.

    >>> outer([1.0, 2.0], [3.0, 4.0])
    array([[3., 4.],
           [6., 8.]])
    """
    return e.multiply(expand_dims(ravel(a), 1), ravel(b))


@gives_out
def trace(
    a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None
) -> Any:
    """The sum of a diagonal (see `diagonal`), in `dtype` if that is given."""
    return sum(diagonal(a, offset, axis1, axis2), axis=-1, dtype=dtype)


def _as_text(interleaved: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """Operands and their lists of integers, and perhaps one for the result, as subscripts."""
    count = len(interleaved) // 2
    given = [*interleaved[1::2], *interleaved[2 * count :]]
    if not count or not all(isinstance(part, list | tuple) for part in given):
        refuse_type("einsum takes subscripts as a text, or a list of integers after each operand")
    import opt_einsum

    lists = [
        ["..." if n is Ellipsis else opt_einsum.get_symbol(integer(n, "einsum")) for n in part]
        for part in given
    ]
    texts = ["".join(part) for part in lists]
    arrow = "->" + texts[-1] if len(interleaved) % 2 else ""
    return ",".join(texts[:count]) + arrow, interleaved[: 2 * count : 2]


@precise(None)
@gives_out
def einsum(
    subscripts: Any,
    /,
    *operands: Any,
    out: Any = None,
    optimize: Any = True,
    dtype: Any = None,
    order: str = "K",
    casting: str = "safe",
) -> Any:
    """Einstein summation over one or two operands at a time, in the order opt_einsum chooses.

    Subscripts are a text, or lists of integers, each after its operand. `optimize` is one of
    opt_einsum's strategies or a path, as from `einsum_path`; True and False are its default.
    Raises `PolyadValueError` for subscripts that do not fit.

    Args:
        subscripts: a text such as "ij,jk->ik", or lists of integers between the operands.
        operands: arrays, with an axis for each letter; sizes of equal letters are equal.
        out: an array of the result's shape, which is written to and returned.
        optimize: accepted, and without effect on the result.
        dtype: the dtype of the result, and of the computation.
        order: "C" or "F": the order in memory.
        casting: NumPy's rule for `dtype`.
        precision: JAX's; accepted, and without effect.
        preferred_element_type: the dtype of the result.

    >>> einsum("ij,j->i", [[1.0, 2.0]], [3.0, 4.0])
    array([11.])
    >>> einsum([[1.0, 2.0]], [0, 1], [3.0, 4.0], [1], [0])
    array([11.])
    """
    if not isinstance(subscripts, str):
        subscripts, operands = _as_text((subscripts, *operands))
    layout("einsum", order)
    arrays = [array_of(x) for x in operands]
    if dtype is not None:
        for x in arrays:
            check_cast("einsum", dtype_of(x), as_dtype(dtype), casting)
        arrays = [convert(x, dtype) for x in arrays]
    shapes = [shape_of(x) for x in arrays]
    path = "auto" if isinstance(optimize, bool) else optimize
    if isinstance(path, list | tuple) and path and path[0] == "einsum_path":
        path = list(path[1:])
    import opt_einsum

    try:
        _, info = opt_einsum.contract_path(subscripts, *shapes, shapes=True, optimize=path)
    except (ValueError, KeyError, TypeError) as error:
        raise PolyadValueError(f"einsum {subscripts!r}: {error}{where(user_location())}") from None
    only = arrays[0] if len(arrays) == 1 else None
    for positions, _, equation, *_ in info.contraction_list:
        chosen = [arrays.pop(p) for p in sorted(positions, reverse=True)]
        arrays.append(_contract(equation, chosen))
    if isinstance(only, Tracer):  # a view, where nothing is summed over
        return linked(arrays[0], only)
    return arrays[0]


def _contract(equation: str, operands: list[Any]) -> Any:
    """One step: an equation of one or two operands, without ellipses."""
    inputs, _, output = equation.partition("->")
    labels = inputs.split(",")
    while len(operands) > 2:
        rest = set("".join(labels[2:])) | set(output)
        kept = "".join(dict.fromkeys(c for c in labels[0] + labels[1] if c in rest))
        joined = _contract(f"{labels[0]},{labels[1]}->{kept}", operands[:2])
        operands, labels = [joined, *operands[2:]], [kept, *labels[2:]]
    terms = [_unique(x, label) for x, label in zip(operands, labels, strict=True)]
    if len(terms) == 1:
        x, label = terms[0]
        x, label = _sum_out((x, label), "", output)
        return m.permute_dims(x, axes=tuple(label.index(c) for c in output))
    (x, a), (y, b) = (
        (_sum_out(t, other, output))
        for t, other in zip(terms, (terms[1][1], terms[0][1]), strict=True)
    )
    x, y = _operands(x, y)
    batch = [c for c in a if c in b and c in output]
    summed = [c for c in a if c in b and c not in output]
    pair = tuple(tuple(side.index(c) for c in summed) for side in (a, b))
    stacked = tuple(tuple(side.index(c) for c in batch) for side in (a, b))
    product = contracted(x, y, contracting=pair, batch=stacked)
    order = [*batch, *(c for c in a if c not in b), *(c for c in b if c not in a)]
    return m.permute_dims(product, axes=tuple(order.index(c) for c in output))


def _unique(x: Any, label: str) -> tuple[Any, str]:
    """Repeated labels of one operand: its diagonal."""
    for c in dict.fromkeys(label):
        while label.count(c) > 1:
            i, j = label.index(c), label.rindex(c)
            rest = [k for k in range(len(label)) if k not in (i, j)]
            x = m.move_axis(diagonals(m.permute_dims(x, axes=(*rest, i, j))), len(rest), i)
            label = label[:j] + label[j + 1 :]
    return x, label


def _sum_out(term: tuple[Any, str], other: str, output: str) -> tuple[Any, str]:
    """Sum the axes that neither the other operand nor the output has."""
    x, label = term
    summed = tuple(i for i, c in enumerate(label) if c not in other and c not in output)
    total = r.any if dtype_of(x).family == "bool" else m.sum
    return (total(x, axes=summed) if summed else x), "".join(
        c for c in label if c in other or c in output
    )
