"""Samples of integers and choices: draws, permutations, categories."""

from __future__ import annotations

import math
from typing import Any

from .. import execution
from .. import numpy as pnp
from ..errors import PolyadTypeError, PolyadValueError, ShapeError
from ..ir import DType, as_dtype, user_location, where
from ..ir.types import float32, int32, int64
from ..numpy._core import axis_of, dtype_of, shape_of
from ..ops import manipulation as m
from ..ops import promotion
from .continuous import checked_mode, gumbel, uniform
from .keys import UNSIGNED, bits, checked_key, checked_shape, count_to, split

# -- bernoulli, randint ----------------------------------------------------------------------------


def bernoulli(key: Any, p: Any = 0.5, shape: Any = None, mode: str = "low") -> Any:
    """Booleans that are true with probability `p`: an array of `shape`, or of the shape of `p`.

    With `mode` "high", twice as many bits are drawn, so that a `p` below 2**-23 (float32) or 2**-52
    (float64) has its probability too.

    Raises `PolyadTypeError` for what is no key or for a `p` that is not floating,
    `PolyadValueError` for a negative size or another mode, `ShapeError` if `p` does not broadcast
    to `shape`.

    >>> from polyad import random
    >>> random.bernoulli(random.key(0), 0.3, (5,))
    array([False,  True, False, False, False])
    """
    checked_key(key, "bernoulli")
    p = p if type(p) in execution.SCALARS else pnp.asarray(p)
    if not dtype_of(p).is_floating:
        raise PolyadTypeError(
            f"bernoulli: the probability p is floating, not {dtype_of(p)}{where(user_location())}"
        )
    checked_mode("bernoulli", mode, ("low", "high"))
    shape = checked_shape(shape_of(p) if shape is None else shape, "bernoulli", p)
    if mode == "high":
        coarse, fine = pnp.unstack(uniform(key, (2, *shape), dtype_of(p)))
        return pnp.less(fine * pnp.finfo(dtype_of(p)).eps, p - coarse)
    return pnp.less(uniform(key, shape, dtype_of(p)), p)


def randint(key: Any, shape: Any, minval: Any, maxval: Any, dtype: Any = None) -> Any:
    """Integers from [`minval`, `maxval`), nearly uniform: an array of `shape`.

    `dtype` is int64 if not given (int32 if `config.default_float` is float32). The bounds are
    integers, or integer arrays that broadcast to `shape`, and are clipped to the dtype; where
    `maxval` is not above `minval` the result is `minval`. The bias is below 2**-32 for spans below
    2**16 (int32), and below 2**-64 for spans below 2**32 (int64).

    Raises `PolyadTypeError` for what is no key, no integer dtype or no integer bound,
    `PolyadValueError` for a negative size and for bounds of more than 64 bits, `ShapeError` for
    bounds that do not broadcast.

    >>> from polyad import random
    >>> random.randint(random.key(0), (4,), 0, 10, "int32")
    array([9, 0, 2, 3], dtype=int32)
    """
    checked_key(key, "randint")
    wanted = integer_dtype(dtype, "randint")
    drawn_as = wanted if wanted.bits >= 32 else int32
    known = isinstance(minval, int) and isinstance(maxval, int)
    shape = checked_shape(shape, "randint", *(() if known else (minval, maxval)))
    unsigned = DType.by_name[UNSIGNED[drawn_as.bits]]
    high, low = (
        m.reshape(bits(k, shape, unsigned), shape=shape or (1,)) for k in pnp.unstack(split(key))
    )
    if isinstance(minval, int) and isinstance(maxval, int):
        start: Any
        span: Any
        start, span = _known_range(minval, maxval, wanted)
        start %= 2**unsigned.bits
    else:
        start, span = _start_and_span(minval, maxval, wanted, drawn_as, unsigned)
    offset = _within(high, low, span, unsigned.bits)
    drawn = pnp.astype(pnp.add(offset, start), drawn_as)
    return pnp.astype(m.reshape(drawn, shape=shape), wanted)


def _within(high: Any, low: Any, span: Any, width: int) -> Any:
    """The random number (high, low) modulo `span`, in JAX's way: products wrap at `width` bits."""
    if isinstance(span, int):
        if span == 2**width:
            return low
        factor: Any = (2 ** (width // 2) % span) ** 2 % 2**width % span
    else:
        factor = pnp.remainder(pnp.full_like(span, 2 ** (width // 2)), span)
        factor = pnp.remainder(pnp.square(factor), span)
    spread = pnp.multiply(pnp.remainder(high, span), factor)
    return pnp.remainder(pnp.add(spread, pnp.remainder(low, span)), span)


def _start_and_span(
    minval: Any, maxval: Any, wanted: DType, drawn_as: DType, unsigned: DType
) -> tuple[Any, Any]:
    """Bounds, one of them an array at least: clipped, as unsigned arrays with a dimension."""
    like = minval if not isinstance(minval, int) else maxval
    bounds = []
    for bound, top in ((minval, 0), (maxval, 1)):
        bound = (
            pnp.full_like(like, bound, shape=(), dtype=int64) if isinstance(bound, int) else bound
        )
        bound = pnp.asarray(bound)
        if not dtype_of(bound).is_integer:
            raise PolyadTypeError(
                f"randint: bounds are integers, not {dtype_of(bound)}{where(user_location())}"
            )
        bounds.append(_clipped(pnp.atleast_1d(bound), wanted, drawn_as, top))
    (start, _), (stop, beyond) = bounds
    above = pnp.greater(stop, start)
    first, last = pnp.astype(start, unsigned), pnp.astype(stop, unsigned)
    span = pnp.where(above, pnp.subtract(last, first), 1)
    return first, pnp.add(span, pnp.astype(pnp.logical_and(above, beyond), unsigned))


def _clipped(bound: Any, wanted: DType, drawn_as: DType, top: int) -> tuple[Any, Any]:
    """`bound` in the range of `wanted`, as `drawn_as`, and whether it was above that."""
    given, limits = pnp.iinfo(dtype_of(bound)), pnp.iinfo(wanted)
    small = wanted is not drawn_as
    lowest, highest = limits.min, limits.max + (top if small else 0)
    wide = given.max > highest and not small
    beyond = pnp.greater(bound, highest) if wide else pnp.less(bound, bound)
    if given.min < lowest:
        bound = pnp.maximum(bound, lowest)
    if given.max > highest:
        bound = pnp.minimum(bound, highest)
    return pnp.astype(bound, drawn_as), beyond


def integer_dtype(dtype: Any, what: str) -> DType:
    """`dtype`, or the default one. Raises `PolyadTypeError` if it is no integer."""
    if dtype is None:
        return int32 if promotion.default_float() is float32 else int64
    wanted = as_dtype(dtype)
    if not wanted.is_integer:
        raise PolyadTypeError(f"{what} draws integers, not {wanted}{where(user_location())}")
    return wanted


def _known_range(minval: int, maxval: int, dtype: DType) -> tuple[int, int]:
    """The least integer, and how many there are, of [`minval`, `maxval`) within `dtype`; `minval`
    alone if that is empty.
    """
    for bound in (minval, maxval):
        if not -(2**63) <= bound <= 2**64:
            raise PolyadValueError(
                f"randint: bounds have 64 bits at most: {bound}{where(user_location())}"
            )
    info = pnp.iinfo(dtype)
    start = min(max(minval, info.min), info.max)
    return start, max(min(maxval, info.max + 1) - start, 1)


def rademacher(key: Any, shape: Any = (), dtype: Any = None) -> Any:
    """-1 or 1 with the same probability: an array of `shape`, int64 if no `dtype` is given.

    Raises `PolyadTypeError` for what is no key, `PolyadValueError` for a negative size.

    >>> from polyad import random
    >>> random.rademacher(random.key(0), (4,))
    array([ 1,  1, -1, -1])
    """
    checked_key(key, "rademacher")
    shape = checked_shape(shape, "rademacher")
    wanted = integer_dtype(None, "rademacher") if dtype is None else as_dtype(dtype)
    if wanted.family in ("bool", "uint"):
        raise PolyadTypeError(f"rademacher draws -1 and 1, not {wanted}{where(user_location())}")
    return pnp.astype(pnp.where(bernoulli(key, 0.5, shape), 1, -1), wanted)


# -- permutation, choice, categorical --------------------------------------------------------------


def permutation(key: Any, x: Any, axis: int = 0, independent: bool = False) -> Any:
    """A random permutation of 0 … `x` - 1, or of the slices of an array along `axis`;
    differentiable in it.

    With `independent`, every line along `axis` is shuffled on its own.

    Raises `PolyadTypeError` for what is no key, and for an `x` of shape () that is no integer,
    `PolyadValueError` if that is negative or an axis out of range.

    >>> from polyad import random
    >>> random.permutation(random.key(0), 5)
    array([0, 1, 4, 3, 2])
    """
    words = checked_key(key, "permutation")
    if isinstance(x, int) and not isinstance(x, bool):
        (size,) = checked_shape(x, "permutation")
        x = count_to(size, int64, words[0])
    x = pnp.asarray(x)
    if shape_of(x) == ():
        raise PolyadTypeError(
            f"permutation takes a Python integer or an array of one dimension at least, not "
            f"{dtype_of(x)}[]{where(user_location())}"
        )
    axis = axis_of(axis, x.ndim)
    if independent or x.ndim == 1:
        return _shuffled(key, x, axis)
    return pnp.take(x, _shuffled(key, count_to(x.shape[axis], int64, words[0]), 0), axis=axis)


def _shuffled(key: Any, x: Any, axis: int) -> Any:
    """`x` sorted by random keys along `axis`, as often as makes ties of keys harmless."""
    size = math.prod(x.shape)
    rounds = math.ceil(3 * math.log(max(1, size)) / math.log(2**32 - 1))
    for _ in range(rounds):
        key, subkey = pnp.unstack(split(key))
        order = pnp.argsort(bits(subkey, x.shape), axis=axis)
        x = pnp.take(x, order) if x.ndim == 1 else pnp.take_along_axis(x, order, axis=axis)
    return x


def choice(
    key: Any,
    a: Any,
    shape: Any = (),
    replace: bool = True,
    p: Any = None,
    axis: int = 0,
    mode: str | None = None,
) -> Any:
    """Slices of the array `a` along `axis`, or integers below the integer `a`, drawn at random.

    `shape` takes the place of the axis in the shape of the result. `p` are the probabilities of the
    entries (all alike, if not given); without `replace` no entry is drawn twice. `mode` is that of
    `gumbel`, for draws by `p` without `replace`.

    Raises `PolyadTypeError` for what is no key and for a scalar `a` that is no integer,
    `PolyadValueError` if there is nothing to draw from, or too little without `replace`,
    `ShapeError` for a `p` that is not of shape (number of entries,).

    >>> from polyad import random
    >>> random.choice(random.key(0), 5, (3,), replace=False)
    array([0, 1, 4])
    """
    words = checked_key(key, "choice")
    shape = checked_shape(shape, "choice")
    count = math.prod(shape)
    is_count = isinstance(a, int) and not isinstance(a, bool)
    a = a if is_count else pnp.asarray(a)
    if not is_count and shape_of(a) == ():
        raise PolyadTypeError(
            f"choice draws from a Python integer or an array of one dimension at least, not "
            f"{dtype_of(a)}[]{where(user_location())}"
        )
    axis = 0 if is_count else axis_of(axis, a.ndim)
    entries = a if is_count else a.shape[axis]
    _check_entries(entries, count, replace)
    if p is None and not replace:
        shuffled = permutation(key, a, axis)
        drawn = m.slice_axis(shuffled, axis, 0, count)
    else:
        indices = _drawn_indices(key, entries, count, replace, p, words[0], mode)
        drawn = indices if is_count else pnp.take(a, indices, axis=axis)
    return m.reshape(drawn, shape=(*drawn.shape[:axis], *shape, *drawn.shape[axis + 1 :]))


def _check_entries(entries: int, count: int, replace: bool) -> None:
    if entries <= 0 and count:
        raise PolyadValueError(f"choice: there is nothing to draw from{where(user_location())}")
    if not replace and count > entries:
        raise PolyadValueError(
            f"choice: {count} draws without replacement from {entries} entries"
            f"{where(user_location())}"
        )


def _drawn_indices(
    key: Any, entries: int, count: int, replace: bool, p: Any, like: Any, mode: str | None
) -> Any:
    """`count` indices below `entries`, drawn with probabilities `p`, or with replacement."""
    if count == 0:
        return count_to(0, int64, like)
    if p is None:
        return randint(key, (count,), 0, entries)
    p = pnp.asarray(p)
    p = p if dtype_of(p).is_floating else pnp.astype(p, promotion.default_float())
    if shape_of(p) != (entries,):
        raise ShapeError(
            f"choice: p has shape ({entries},), one probability for each entry, not {shape_of(p)}"
            f"{where(user_location())}"
        )
    if not replace:
        scores = gumbel(key, (entries,), dtype_of(p), mode) + pnp.log(p)
        return m.slice_axis(pnp.argsort(scores, descending=True), 0, 0, count)
    steps = pnp.cumulative_sum(p)
    drawn = (1 - uniform(key, (count,), dtype_of(p))) * m.slice_axis(steps, 0, entries - 1, entries)
    return _count_below(steps, drawn, count_to(count, int64, like))


def _count_below(steps: Any, values: Any, like: Any) -> Any:
    """For each of `values` how many of the sorted `steps` are below it, by bisection."""
    found = pnp.zeros_like(like)
    (size,) = steps.shape
    for power in reversed(range(size.bit_length())):
        further = pnp.add(found, 2**power)
        below = pnp.less(pnp.take(steps, pnp.subtract(further, 1)), values)
        inside = pnp.less_equal(further, size)
        found = pnp.where(pnp.logical_and(below, inside), further, found)
    return found


def categorical(
    key: Any,
    logits: Any,
    axis: int = -1,
    shape: Any = None,
    replace: bool = True,
    mode: str | None = None,
) -> Any:
    """Categories drawn with probabilities softmax(`logits`) along `axis`: int64 indices.

    The result has the shape of `logits` without `axis`, or `shape`, which ends with it. Without
    `replace`, the draws along the leading sizes of `shape` differ. The largest of Gumbel-perturbed
    logits is drawn (Gumbel, "Statistical theory of extreme values", 1954; several at once: Kool et
    al., 2019); `mode` is that of `gumbel`.

    Raises `PolyadTypeError` for what is no key or for logits that are not floating,
    `PolyadValueError` for an axis out of range, `ShapeError` for a `shape` that does not end with
    the batch's, `PolyadValueError` for more draws without replacement than categories.

    >>> from polyad import random
    >>> random.categorical(random.key(0), [0.0, 1.0, 2.0], shape=(4,))
    array([2, 2, 2, 1])
    """
    checked_key(key, "categorical")
    logits = pnp.asarray(logits)
    if not dtype_of(logits).is_floating:
        raise PolyadTypeError(
            f"categorical: logits are floating, not {dtype_of(logits)}{where(user_location())}"
        )
    axis = axis_of(axis, logits.ndim)
    batch = (*logits.shape[:axis], *logits.shape[axis + 1 :])
    shape = batch if shape is None else checked_shape(shape, "categorical")
    lead = shape[: len(shape) - len(batch)]
    if (*lead, *batch) != shape:
        raise ShapeError(
            f"categorical: shape {shape} must end with the batch's, {batch}{where(user_location())}"
        )
    if replace:
        drawn = gumbel(key, (*lead, *logits.shape), dtype_of(logits), mode)
        return pnp.argmax(drawn + logits, axis=axis + len(lead))
    count, categories = math.prod(lead), logits.shape[axis]
    if count > categories:
        raise PolyadValueError(
            f"categorical: {count} draws without replacement from {categories} categories"
            f"{where(user_location())}"
        )
    scores = logits + gumbel(key, logits.shape, dtype_of(logits), mode)
    scores = pnp.moveaxis(scores, axis, 0)
    order = pnp.argsort(scores, axis=0, descending=True)
    return m.reshape(m.slice_axis(order, 0, 0, count), shape=shape)
