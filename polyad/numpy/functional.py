"""Functions that apply Python functions to arrays, and choices among arrays."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .. import execution
from ..api import vmap
from ..errors import PolyadIndexError, PolyadTypeError, PolyadValueError, ShapeError
from ..ir import user_location
from ..ir import where as at_line
from ..ops import dispatch
from ..ops import elementwise as e
from ..ops import manipulation as m
from ._core import array_of, axis_of, beside_arrays, convert, dtype_of, promoted, shape_of
from ._out import gives_out
from .clipping import clip
from .elementwise import where
from .indexing import getitem
from .joining import stack
from .manipulation import broadcast_to, expand_dims, moveaxis, ravel
from .reduction import as_boolean
from .searching import nonzero
from .taking import check_mode, take, take_along_axis

_NAME = r"(?:[A-Za-z_]\w*|\d+)"
_LIST = rf"\(\s*(?:{_NAME}(?:\s*,\s*{_NAME})*\s*,?)?\s*\)"
_LISTS = rf"{_LIST}(?:\s*,\s*{_LIST})*"


class vectorize:
    """`pyfunc` applied element by element, arguments broadcast; with a `signature` such as
    "(n),(n)->()", to the sub-arrays of last axes that it names; a number is a size.

    It is `vmap` over the broadcast axes, so that derivatives and `jit` work, and `pyfunc` runs once
    on traced arrays: `if` on their values needs `polyad.numpy.where`. `excluded` are positions and
    names of arguments that are passed as they are.

    Raises `PolyadValueError` for a signature that cannot be read or does not fit the arguments,
    `ShapeError` for sizes that do not.

    >>> vectorize(lambda a, b: a * b + 1.0)([1.0, 2.0], 3.0)
    array([4., 7.])
    """

    def __init__(
        self,
        pyfunc: Callable[..., Any],
        *,
        excluded: Iterable[int | str] = (),
        signature: str | None = None,
    ) -> None:
        self.pyfunc = pyfunc
        self.excluded = frozenset(excluded)
        self.signature = signature
        self._core = None if signature is None else _parsed(signature)
        self._sizes: dict[str, int] = {}
        functools.update_wrapper(self, pyfunc, updated=())

    @beside_arrays
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        places: list[int | str] = [*range(len(args)), *kwargs]
        mapped = [p for p in places if p not in self.excluded]
        arrays = [array_of(kwargs[p] if isinstance(p, str) else args[p]) for p in mapped]
        cores = [()] * len(mapped) if self._core is None else self._core[0]
        if len(cores) != len(mapped):
            raise PolyadValueError(
                f"vectorize: signature {self.signature!r} has {len(cores)} arguments, the call "
                f"{len(mapped)}{at_line(user_location())}"
            )
        loop = self._loop_shape(arrays, cores)

        def once(*parts: Any) -> Any:
            given = dict(zip(mapped, parts, strict=True))
            full = [given.get(k, x) for k, x in enumerate(args)]
            return self.pyfunc(*full, **{k: given.get(k, x) for k, x in kwargs.items()})

        if not loop or not arrays:
            return self._checked(once(*arrays), 0)
        size = math.prod(loop)
        flat = []
        for x, core in zip(arrays, cores, strict=True):
            inner = shape_of(x)[len(shape_of(x)) - len(core) :]
            flat.append(m.reshape(broadcast_to(x, (*loop, *inner)), shape=(size, *inner)))
        found = self._checked(vmap(once)(*flat), 1)
        unfold = lambda x: m.reshape(x, shape=(*loop, *shape_of(x)[1:]))
        return tuple(map(unfold, found)) if isinstance(found, tuple) else unfold(found)

    def _loop_shape(self, arrays: Sequence[Any], cores: Sequence[Sequence[str]]) -> Any:
        sizes: dict[str, int] = {}
        loops = []
        for x, core in zip(arrays, cores, strict=True):
            shape = shape_of(x)
            if len(shape) < len(core):
                raise ShapeError(
                    f"vectorize: an argument of shape {shape} has not the dimensions "
                    f"{tuple(core)} of {self.signature!r}{at_line(user_location())}"
                )
            cut = len(shape) - len(core)
            loops.append(shape[:cut])
            for name, n in zip(core, shape[cut:], strict=True):
                self._check_size(sizes, name, n)
        self._sizes = sizes
        return dispatch.broadcast_shapes(loops, "vectorize") if loops else ()

    def _check_size(self, sizes: dict[str, int], name: str, n: int) -> None:
        """Raise `ShapeError` for a dimension of another size: that of its first occurrence, or the
        number that stands for it in the signature.
        """
        if sizes.setdefault(name, int(name) if name.isdecimal() else n) != n:
            raise ShapeError(
                f"vectorize: dimension {name!r} of {self.signature!r} is both "
                f"{sizes[name]} and {n}{at_line(user_location())}"
            )

    def _checked(self, found: Any, batch: int) -> Any:
        """The results of `pyfunc`, as many and of as many dimensions as the signature says."""
        if self._core is None:
            return found
        parts = found if isinstance(found, tuple) else (found,)
        expected = [len(core) for core in self._core[1]]
        dimensions = [len(shape_of(x)) - batch for x in parts]
        if dimensions != expected:
            raise PolyadValueError(
                f"vectorize: signature {self.signature!r} says results of {expected} dimensions, "
                f"the function returns {dimensions}{at_line(user_location())}"
            )
        for x, core in zip(parts, self._core[1], strict=True):
            for name, n in zip(core, shape_of(x)[batch:], strict=True):
                self._check_size(self._sizes, name, n)
        return found


def _parsed(signature: str) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    if not re.fullmatch(rf"\s*{_LISTS}\s*->\s*{_LISTS}\s*", signature):
        raise PolyadValueError(
            f"vectorize: {signature!r} is no signature such as '(m,n),(n)->(m)'"
            f"{at_line(user_location())}"
        )
    sides = signature.split("->")
    left, right = (
        [tuple(re.findall(_NAME, part)) for part in re.findall(_LIST, side)] for side in sides
    )
    return left, right


@beside_arrays
def apply_along_axis(
    func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any
) -> Any:
    """`func1d(vector, *args, **kwargs)` of each vector along `axis`; the axes of its result stand
    in place of `axis`. It is `vmap` over the others.

    >>> apply_along_axis(lambda v: v[0] + v[-1], 0, [[1.0, 2.0], [3.0, 4.0]])
    array([4., 6.])
    """
    x = array_of(arr)
    ndim = len(shape_of(x))
    at = axis_of(axis, ndim)
    moved = moveaxis(x, at, -1)
    lead = shape_of(moved)[:-1]
    once = lambda vector: array_of(func1d(vector, *args, **kwargs))
    if not lead:
        return once(moved)
    flat = m.reshape(moved, shape=(math.prod(lead), shape_of(moved)[-1]))
    found = vmap(once)(flat)
    inner = shape_of(found)[1:]
    found = m.reshape(found, shape=(*lead, *inner))
    count = len(inner)
    return moveaxis(found, list(range(len(lead), len(lead) + count)), list(range(at, at + count)))


@beside_arrays
def apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Any:
    """`func(a, axis)` for each of `axes` in turn; an axis it drops comes back with size 1.

    >>> import polyad.numpy as pnp
    >>> apply_over_axes(lambda x, axis: pnp.sum(x, axis=axis), [[1.0, 2.0]], [0, 1])
    array([[3.]])
    """
    x = array_of(a)
    ndim = len(shape_of(x))
    for axis in [axes] if isinstance(axes, int) else axes:
        at = axis_of(axis, ndim)
        found = func(x, at)
        if len(shape_of(found)) == ndim - 1:
            found = expand_dims(found, axis=at)
        if len(shape_of(found)) != ndim:
            raise PolyadValueError(
                f"apply_over_axes: the function returns {len(shape_of(found))} dimensions for "
                f"{ndim}{at_line(user_location())}"
            )
        x = found
    return x


# -- Choices ---------------------------------------------------------------------------------------


@beside_arrays
def piecewise(x: Any, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Any:
    """Functions (or numbers) of `x`, each where its condition holds; of several that hold the last
    counts, and one function more than conditions is for the rest (else 0). In the dtype of `x`.

    Each function is applied to all of `x`, and the values are chosen: what it gives elsewhere does
    not matter, nor for derivatives.

    >>> piecewise([-1.0, 2.0], [[True, False], [False, True]], [lambda v: -v, lambda v: v * 10])
    array([ 1., 20.])
    """
    x = array_of(x)
    conditions = _conditions(condlist, shape_of(x))
    if len(funclist) not in (len(conditions), len(conditions) + 1):
        raise PolyadValueError(
            f"piecewise: {len(conditions)} conditions take as many functions, or one more, not "
            f"{len(funclist)}{at_line(user_location())}"
        )
    values = [f(x, *args, **kw) if callable(f) else f for f in funclist]
    rest = values[len(conditions)] if len(values) > len(conditions) else 0
    found = broadcast_to(convert(array_of(rest), dtype_of(x)), shape_of(x))
    for condition, value in zip(conditions, values, strict=False):
        found = where(condition, convert(array_of(value), dtype_of(x)), found)
    return found


def _conditions(condlist: Any, shape: tuple[int, ...]) -> list[Any]:
    if isinstance(condlist, list | tuple):
        if shape == () or not condlist or not isinstance(condlist[0], bool):
            return [as_boolean(c) for c in condlist]
        return [as_boolean(array_of(condlist))]
    condlist = array_of(condlist)
    if len(shape_of(condlist)) == 1 and shape:
        return [as_boolean(condlist)]
    return [as_boolean(getitem(condlist, k)) for k in range(shape_of(condlist)[0])]


@beside_arrays
def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    """The element of the first choice whose condition holds, `default` where none does.

    Raises `PolyadValueError` unless there are as many conditions as choices, and
    `PolyadTypeError` for conditions that are not boolean.

    >>> select([[True, False], [True, True]], [[1.0, 2.0], [3.0, 4.0]])
    array([1., 4.])
    """
    if len(condlist) != len(choicelist) or not condlist:
        raise PolyadValueError(
            f"select: as many conditions as choices, one at least, not {len(condlist)} and "
            f"{len(choicelist)}{at_line(user_location())}"
        )
    *choices, found = promoted([*choicelist, default])
    for condition, choice in zip(condlist[::-1], choices[::-1], strict=True):
        condition = array_of(condition)
        if dtype_of(condition).family != "bool":
            raise PolyadTypeError(
                f"select: conditions are boolean, not {dtype_of(condition)}"
                f"{at_line(user_location())}"
            )
        found = e.where(condition, choice, found)
    return found


@gives_out
@beside_arrays
def choose(a: Any, choices: Any, out: Any = None, mode: str = "raise") -> Any:
    """For each integer of `a` the element at its place in the choice of that number.

    `mode` says what a number out of range means: "raise", an error (the nearest choice, where
    values are not known); "clip", the nearest choice; "wrap", that modulo their number.

    >>> choose([1, 0], [[1.0, 2.0], [3.0, 4.0]])
    array([3., 2.])
    """
    check_mode("choose", mode)
    a = array_of(a)
    given = promoted(
        [getitem(choices, k) for k in range(len(choices))]
        if not isinstance(choices, list | tuple)
        else list(choices)
    )
    shape = dispatch.broadcast_shapes([shape_of(a), *(shape_of(x) for x in given)], "choose")
    stacked = stack([broadcast_to(x, shape) for x in given])
    count = len(given)
    index = e.remainder(a, count) if mode == "wrap" else a
    if mode == "raise":
        index = _in_range(index, count)
    index = clip(index, 0, count - 1)
    picked = take_along_axis(stacked, expand_dims(broadcast_to(index, shape), axis=0), axis=0)
    return m.reshape(picked, shape=shape)


def _in_range(index: Any, count: int) -> Any:
    backend = execution.backend_of(index)
    outside = None if backend is None else backend.first_outside(index, 0, count)
    if outside is not None:
        raise PolyadIndexError(
            f"choose: index {outside} is out of range for {count} choices{at_line(user_location())}"
        )
    return index


@gives_out
@beside_arrays
def compress(
    condition: Any,
    a: Any,
    axis: int | None = None,
    out: Any = None,
    *,
    size: int | None = None,
    fill_value: Any = 0,
) -> Any:
    """The slices of `a` along `axis` (None: elements of the flattened array) where the vector
    `condition` holds.

    Under `jit` and `vmap` their number is not known: `size` says it; more are left out, and for
    fewer `fill_value` stands at the end.

    >>> compress([True, False, True], [1.0, 2.0, 3.0])
    array([1., 3.])
    """
    x = array_of(a)
    condition = as_boolean(condition)
    if len(shape_of(condition)) != 1:
        raise ShapeError(
            f"compress: the condition is a vector, not of shape {shape_of(condition)}"
            f"{at_line(user_location())}"
        )
    if axis is None:
        x, axis = ravel(x), 0
    at = axis_of(axis, len(shape_of(x)))
    if shape_of(condition)[0] > shape_of(x)[at]:
        raise ShapeError(
            f"compress: a condition of {shape_of(condition)[0]} entries for an axis of size "
            f"{shape_of(x)[at]}{at_line(user_location())}"
        )
    if size is None:
        return _masked(m.slice_axis(x, at, 0, shape_of(condition)[0]), condition, at)
    count = shape_of(condition)[0]
    (places,) = nonzero(condition, size=size, fill_value=count)
    found, there = take(x, places, axis=at, mode="clip"), e.less(places, count)
    shape = tuple(size if k == at else 1 for k in range(len(shape_of(found))))
    return e.where(m.reshape(there, shape=shape), found, convert(array_of(fill_value), dtype_of(x)))


def _masked(x: Any, mask: Any, axis: int) -> Any:
    """`x[..., mask, ...]`."""
    return getitem(x, (*(slice(None),) * axis, mask))


@beside_arrays
def extract(condition: Any, arr: Any, *, size: int | None = None, fill_value: Any = 0) -> Any:
    """The elements of `arr`, flattened, where `condition` holds. See `compress` for `size`.

    >>> extract([True, False], [1.0, 2.0])
    array([1.])
    """
    return compress(
        ravel(as_boolean(condition)), ravel(arr), axis=0, size=size, fill_value=fill_value
    )
