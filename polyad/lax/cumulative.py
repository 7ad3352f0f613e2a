"""Running totals along an axis, and the associative scan of any function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import tree
from ..numpy._core import array_of
from ..ops import cumulative as c
from ..ops import manipulation as m
from ..ops.shapes import normalize_axis
from ._arguments import operand_and_axis, refuse, refuse_shape, refuse_type, type_of


def associative_scan(
    fn: Callable[[Any, Any], Any], elems: Any, reverse: bool = False, axis: int = 0
) -> Any:
    """All prefixes of `elems` along `axis` under an associative `fn`, in logarithmic depth.

    `elems` is a pytree of arrays of one size along `axis`. `fn(a, b)` takes two pytrees of slices
    along it and gives a third with the same structure, shapes and dtypes; it must be associative
    and work on many elements at once. With `reverse`, the scan goes from the end: `fn(a, b)` has
    the later elements in `a`. Work-efficient: `fn` sees less than 2 n elements (Blelloch, 1990).

    Raises `PolyadValueError` for unequal sizes, `PolyadTypeError` if `fn` changes a type.

    >>> import numpy as np
    >>> associative_scan(lambda a, b: a * b, np.array([1.0, 2.0, 3.0, 4.0]))
    array([ 1.,  2.,  6., 24.])
    """
    if not callable(fn):
        refuse_type(f"associative_scan: fn is a function, not a {type(fn).__name__}")
    leaves, structure = tree.flatten(elems)
    if not leaves:
        refuse("associative_scan: elems has no arrays")
    arrays = [array_of(x) for x in leaves]
    paths = [f"elems{path}" for path in tree.paths(elems)]
    at = _common_axis(arrays, paths, axis)
    if reverse:
        arrays = [m.flip(x, axes=(at,)) for x in arrays]

    def combine(left: Any, right: Any) -> list[Any]:
        found, made = tree.flatten(
            fn(tree.unflatten(structure, left), tree.unflatten(structure, right))
        )
        if made != structure:
            refuse_type(f"associative_scan: fn takes the pytree {structure} and gives {made}")
        results = [array_of(y) for y in found]
        for path, x, y in zip(paths, left, results, strict=True):
            if type_of(x) is not type_of(y):
                refuse_type(
                    f"associative_scan: fn takes {type_of(x)} at {path} and gives {type_of(y)}\n"
                    "  It must keep shapes and dtypes, and take slices of any size along the axis."
                )
        return results

    scanned = c.associative_scan(combine, arrays, at)
    if reverse:
        scanned = [m.flip(y, axes=(at,)) for y in scanned]
    return tree.unflatten(structure, scanned)


def _common_axis(arrays: list[Any], paths: list[str], axis: int) -> int:
    """`axis`, counted from the front; all arrays have it, in one size."""
    found, sizes = 0, {}
    for x, path in zip(arrays, paths, strict=True):
        try:
            at = normalize_axis(axis, len(x.shape))
        except ValueError:
            refuse(f"associative_scan: {path} is {type_of(x)}, which has no axis {axis}")
        found, sizes[path] = at, x.shape[at]
        if axis < 0 and at != normalize_axis(axis, len(arrays[0].shape)):
            refuse(
                "associative_scan: a negative axis counts from the end, and the arrays differ in "
                f"rank: {', '.join(str(type_of(y)) for y in arrays)}"
            )
    if len(set(sizes.values())) > 1:
        listed = ", ".join(f"{path} has {n}" for path, n in sizes.items())
        refuse_shape(f"associative_scan: sizes along axis {axis} differ: {listed}")
    return found


def _cumulative(op: Any, operand: Any, axis: int, reverse: bool, what: str) -> Any:
    x, at = operand_and_axis(operand, axis, what)
    if not reverse:
        return op(x, axis=at)
    return m.flip(op(m.flip(x, axes=(at,)), axis=at), axes=(at,))


def cumsum(operand: Any, axis: int = 0, reverse: bool = False) -> Any:
    """Running sums along `axis`, in the operand's dtype; with `reverse`, from the end.

    >>> import numpy as np
    >>> cumsum(np.array([1.0, 2.0, 3.0]), reverse=True)
    array([6., 5., 3.])
    """
    return _cumulative(c.cumulative_sum, operand, axis, reverse, "cumsum")


def cumprod(operand: Any, axis: int = 0, reverse: bool = False) -> Any:
    """Running products along `axis`, in the operand's dtype; right derivatives at zeros, too.

    >>> import numpy as np
    >>> cumprod(np.array([1.0, 2.0, 3.0]))
    array([1., 2., 6.])
    """
    return _cumulative(c.cumulative_prod, operand, axis, reverse, "cumprod")


def cummax(operand: Any, axis: int = 0, reverse: bool = False) -> Any:
    """The maximum so far along `axis`, of a real array; ties so far share the derivative.

    >>> import numpy as np
    >>> cummax(np.array([1.0, 3.0, 2.0]))
    array([1., 3., 3.])
    """
    return _cumulative(c.cumulative_max, operand, axis, reverse, "cummax")


def cummin(operand: Any, axis: int = 0, reverse: bool = False) -> Any:
    """The minimum so far along `axis`, of a real array; ties so far share the derivative.

    >>> import numpy as np
    >>> cummin(np.array([2.0, 3.0, 1.0]))
    array([2., 2., 1.])
    """
    return _cumulative(c.cumulative_min, operand, axis, reverse, "cummin")


def cumlogsumexp(operand: Any, axis: int = 0, reverse: bool = False) -> Any:
    """log of the running sums of e^x along `axis`, without overflow, of a real floating array.

    >>> import numpy as np
    >>> cumlogsumexp(np.array([1000.0, 1000.0]))
    array([1000.        , 1000.69314718])
    """
    return _cumulative(c.cumulative_logsumexp, operand, axis, reverse, "cumlogsumexp")
