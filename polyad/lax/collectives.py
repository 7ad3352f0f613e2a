"""Sums, gathers and exchanges over the axis that `vmap(axis_name=...)` names.

A function under such a `vmap` sees one element; these give it the others. They work in branches,
loops, `jit`, `checkpoint` and rules of one's own inside the `vmap`, and in all derivatives: what
`grad` gives inside the `vmap` is the derivative of the sum of all elements' results, as in JAX.
`axis_name` is a name, or a tuple of names, of which the first is the slowest.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from .. import numpy as pnp
from .. import trace_stack, tree
from ..errors import PolyadTypeError, PolyadValueError, UnboundAxisError
from ..ir import user_location, where
from ..ir.types import int64
from ..numpy._core import array_of, axis_of, dtype_of
from ..ops import collectives as c
from ..ops import elementwise as e
from ..ops import manipulation as m
from ..ops.definition import OpDefinition
from ..texts import shown

Names = str | Sequence[str]
F = Callable[..., Any]


def _axes(what: str, axis_name: Any) -> list[dict[str, Any]]:
    """The attributes of each named axis. Raises `UnboundAxisError` for one that no `vmap` around
    the call binds.
    """
    names = list(axis_name) if isinstance(axis_name, tuple | list) else [axis_name]
    bound = dict(trace_stack.bound_axes())
    for name in names:
        if not isinstance(name, str):
            raise PolyadTypeError(
                f"{what}: the name of an axis is a string, not {name!r}{where(user_location())}"
            )
        if name not in bound:
            listed = ", ".join(map(repr, bound)) or "none"
            raise UnboundAxisError(
                f"{what}: no vmap around this call names an axis {name!r} (bound: {listed})"
                f"{where(user_location())}\n  Call it under vmap(..., axis_name={name!r})."
            )
    if len(set(names)) < len(names):
        raise PolyadValueError(
            f"{what}: {shown(axis_name)} names an axis twice{where(user_location())}"
        )
    return [{"axis_name": name, "axis_size": bound[name]} for name in names]


def _one_axis(what: str, axis_name: Any) -> dict[str, Any]:
    axes = _axes(what, axis_name)
    if len(axes) != 1:
        raise PolyadTypeError(
            f"{what} is over one axis, not {shown(axis_name)}{where(user_location())}\n  Call it "
            "once for each."
        )
    return axes[0]


def _no_groups(what: str, axis_index_groups: Any) -> None:
    if axis_index_groups is not None:
        raise PolyadTypeError(
            f"{what}: axis_index_groups is not taken: vmap has no groups{where(user_location())}\n"
            "  Nest two vmaps, and name one of their axes."
        )


def _each(what: str, f: F, x: Any) -> Any:
    """`f` of each leaf, an array of numbers."""

    def numbers(leaf: Any) -> Any:
        found = array_of(leaf)
        return e.astype(found, dtype=int64) if dtype_of(found).family == "bool" else found

    return tree.map(lambda leaf: f(numbers(leaf)), x)


def _reduced(what: str, op: OpDefinition, x: Any, axis_name: Any, groups: Any) -> Any:
    _no_groups(what, groups)
    axes = _axes(what, axis_name)

    def one(leaf: Any) -> Any:
        for axis in axes:
            leaf = op(leaf, **axis)
        return leaf

    return _each(what, one, x)


# -- Positions -------------------------------------------------------------------------------------


def axis_size(axis_name: Names) -> int:
    """The size of the axis, or the product of sizes: a Python integer.

    >>> import numpy as np, polyad
    >>> polyad.vmap(lambda x: x * axis_size("i"), axis_name="i")(np.arange(3))
    array([0, 3, 6])
    """
    return math.prod(axis["axis_size"] for axis in _axes("axis_size", axis_name))


def axis_index(axis_name: Names) -> Any:
    """The position of the element along the axis, an int64.

    >>> import numpy as np, polyad
    >>> polyad.vmap(lambda x: x + axis_index("i"), axis_name="i")(np.zeros(3))
    array([0., 1., 2.])
    """
    total: Any = None
    for axis in _axes("axis_index", axis_name):
        index = c.axis_index(**axis)
        total = index if total is None else total * axis["axis_size"] + index
    return pnp.zeros((), dtype=int64) if total is None else total


# -- Reductions ------------------------------------------------------------------------------------


def psum(x: Any, axis_name: Names, *, axis_index_groups: None = None) -> Any:
    """The sum of `x`, a pytree, over the axis: the same for all elements. Booleans are counted.
    A Python number is multiplied by the size of the axis, and stays one.

    Raises `UnboundAxisError` if no `vmap` around the call binds the name.

    >>> import numpy as np, polyad
    >>> polyad.vmap(lambda x: x / psum(x, "i"), axis_name="i")(np.array([1.0, 3.0]))
    array([0.25, 0.75])
    """
    return _summed("psum", x, axis_name, axis_index_groups)


def _summed(what: str, x: Any, axis_name: Any, groups: Any) -> Any:
    if type(x) in (int, float, complex):
        _no_groups(what, groups)
        return x * math.prod(axis["axis_size"] for axis in _axes(what, axis_name))
    return _reduced(what, c.psum, x, axis_name, groups)


def pmean(x: Any, axis_name: Names, *, axis_index_groups: None = None) -> Any:
    """The mean of `x`, a pytree, over the axis.

    >>> import numpy as np, polyad
    >>> polyad.vmap(lambda x: x - pmean(x, "i"), axis_name="i")(np.array([1.0, 3.0]))
    array([-1.,  1.])
    """
    total = _summed("pmean", x, axis_name, axis_index_groups)
    size = math.prod(axis["axis_size"] for axis in _axes("pmean", axis_name))
    return tree.map(lambda leaf: leaf / size, total)


def pmax(x: Any, axis_name: Names, *, axis_index_groups: None = None) -> Any:
    """The largest value of `x`, a pytree, along the axis. The derivative is shared by ties.

    >>> import numpy as np, polyad
    >>> polyad.vmap(lambda x: pmax(x, "i"), axis_name="i")(np.array([1.0, 3.0]))
    array([3., 3.])
    """
    return _reduced("pmax", c.pmax, x, axis_name, axis_index_groups)


def pmin(x: Any, axis_name: Names, *, axis_index_groups: None = None) -> Any:
    """The smallest value of `x`, a pytree, along the axis. The derivative is shared by ties."""
    return _reduced("pmin", c.pmin, x, axis_name, axis_index_groups)


# -- Exchanges -------------------------------------------------------------------------------------


def all_gather(
    x: Any,
    axis_name: str,
    *,
    axis_index_groups: None = None,
    axis: int = 0,
    tiled: bool = False,
) -> Any:
    """The values of `x`, a pytree, of all elements, stacked along a new axis `axis`; with `tiled`,
    concatenated along that axis.

    >>> import numpy as np, polyad
    >>> polyad.vmap(lambda x: all_gather(x, "i")[::-1], axis_name="i")(np.array([1, 2]))
    array([[2, 1],
           [2, 1]])
    """
    _no_groups("all_gather", axis_index_groups)
    named = _one_axis("all_gather", axis_name)

    def one(leaf: Any) -> Any:
        position = axis_of(axis, leaf.ndim + (not tiled))
        return _placed(c.all_gather(leaf, **named), position, tiled)

    return tree.map(lambda leaf: one(array_of(leaf)), x)


def psum_scatter(
    x: Any,
    axis_name: str,
    *,
    scatter_dimension: int = 0,
    axis_index_groups: None = None,
    tiled: bool = False,
) -> Any:
    """The sum of `x`, a pytree, over the axis, of which element i gets part i along
    `scatter_dimension`: an axis as long as the named one, which goes, or with `tiled` a multiple of
    it, which is cut in equal parts.

    Raises `PolyadValueError` for an axis of another length.

    >>> import numpy as np, polyad
    >>> polyad.vmap(lambda x: psum_scatter(x, "i"), axis_name="i")(np.ones((2, 2)))
    array([2., 2.])
    """
    _no_groups("psum_scatter", axis_index_groups)
    named = _one_axis("psum_scatter", axis_name)

    def one(leaf: Any) -> Any:
        position = axis_of(scatter_dimension, leaf.ndim)
        rows = _rows("psum_scatter", leaf, position, named["axis_size"], tiled)
        return c.reduce_scatter(rows, **named)

    return _each("psum_scatter", one, x)


def all_to_all(
    x: Any,
    axis_name: Names,
    split_axis: int,
    concat_axis: int,
    *,
    axis_index_groups: None = None,
    tiled: bool = False,
) -> Any:
    """`x`, a pytree, cut along `split_axis` into a part for each element; the parts that an element
    gets are stacked along a new axis `concat_axis`, or with `tiled` concatenated there.

    Without `tiled`, `split_axis` is as long as the named axes together, and goes. Raises
    `PolyadValueError` for an axis of another length.

    >>> import numpy as np, polyad
    >>> polyad.vmap(lambda x: all_to_all(x, "i", 0, 0), axis_name="i")(np.array([[1, 2], [3, 4]]))
    array([[1, 3],
           [2, 4]])
    """
    _no_groups("all_to_all", axis_index_groups)
    axes = _axes("all_to_all", axis_name)
    sizes = tuple(named["axis_size"] for named in axes)

    def one(leaf: Any) -> Any:
        start = axis_of(split_axis, leaf.ndim)
        rows = _rows("all_to_all", leaf, start, math.prod(sizes), tiled)
        shape = rows.shape
        rows = m.reshape(rows, shape=(*sizes, *shape[1:]))
        for k, named in enumerate(axes):
            rows = m.move_axis(c.all_to_all(m.move_axis(rows, k, 0), **named), 0, k)
        rows = m.reshape(rows, shape=shape)
        return _placed(rows, axis_of(concat_axis, leaf.ndim), tiled)

    return tree.map(lambda leaf: one(array_of(leaf)), x)


def _rows(what: str, x: Any, axis: int, count: int, tiled: bool) -> Any:
    """`x` with `axis` in front; with `tiled`, `count` parts of it in front."""
    size = x.shape[axis]
    if size % count if tiled else size != count:
        wanted = f"a multiple of {count}" if tiled else f"{count}, the size of the named axis"
        raise PolyadValueError(
            f"{what}: axis {axis} has size {size}, and must have {wanted}{where(user_location())}"
        )
    if tiled:
        parts = (*x.shape[:axis], count, size // count, *x.shape[axis + 1 :])
        x = m.reshape(x, shape=parts)
    return m.move_axis(x, axis, 0)


def _placed(rows: Any, axis: int, tiled: bool) -> Any:
    """The first axis of `rows` at position `axis`; with `tiled`, joined with that axis."""
    found = m.move_axis(rows, 0, axis)
    if not tiled:
        return found
    shape = found.shape
    joined = (*shape[:axis], shape[axis] * shape[axis + 1], *shape[axis + 2 :])
    return m.reshape(found, shape=joined)


def ppermute(x: Any, axis_name: str, perm: Sequence[tuple[int, int]]) -> Any:
    """The value of `x`, a pytree, of another element: that of a at b for each pair (a, b) of
    `perm`, and 0 where there is none.

    Raises `PolyadValueError` for positions outside of the axis, and for one that occurs twice as a
    source or as a target.

    >>> import numpy as np, polyad
    >>> polyad.vmap(lambda x: ppermute(x, "i", [(0, 1), (1, 0)]), axis_name="i")(np.array([1, 2]))
    array([2, 1])
    """
    named = _one_axis("ppermute", axis_name)
    pairs = tuple((int(a), int(b)) for a, b in perm)
    size = named["axis_size"]
    for ends in zip(*pairs, strict=True):
        if len(set(ends)) < len(ends) or not all(0 <= i < size for i in ends):
            raise PolyadValueError(
                f"ppermute: sources and targets are different positions below {size}, not "
                f"{list(ends)}{where(user_location())}"
            )
    return tree.map(lambda leaf: c.ppermute(array_of(leaf), perm=pairs, **named), x)


def pshuffle(x: Any, axis_name: str, perm: Sequence[int]) -> Any:
    """The value of `x`, a pytree, of element `perm[i]` at element i.

    >>> import numpy as np, polyad
    >>> polyad.vmap(lambda x: pshuffle(x, "i", [1, 2, 0]), axis_name="i")(np.array([5, 6, 7]))
    array([6, 7, 5])
    """
    size = _one_axis("pshuffle", axis_name)["axis_size"]
    if sorted(perm) != list(range(size)):
        raise PolyadValueError(
            f"pshuffle: perm is a permutation of {size} positions, not {list(perm)}"
            f"{where(user_location())}"
        )
    return ppermute(x, axis_name, [(a, b) for b, a in enumerate(perm)])


def pswapaxes(x: Any, axis_name: str, axis: int, *, axis_index_groups: None = None) -> Any:
    """`x`, a pytree, with its `axis` exchanged with the named one, which is as long.

    >>> import numpy as np, polyad
    >>> polyad.vmap(lambda x: pswapaxes(x, "i", 0), axis_name="i")(np.array([[1, 2], [3, 4]]))
    array([[1, 3],
           [2, 4]])
    """
    return all_to_all(x, axis_name, axis, axis, axis_index_groups=axis_index_groups)
