"""Keys, and the random bits they stand for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NoReturn

from .. import execution, trace_stack
from .. import numpy as pnp
from ..config import config
from ..errors import PolyadTypeError, PolyadValueError, ShapeError
from ..ir import DType, Handle, Shape, as_dtype, user_location, where
from ..ir.types import int64, uint32, uint64
from ..numpy._core import array_of, dtype_of, fresh, shape_of
from ..ops import creation, dispatch
from ..ops import manipulation as m
from ..ops.random import threefry_2x32
from ..texts import shown

MASK = 0xFFFFFFFF
UNSIGNED = {8: "uint8", 16: "uint16", 32: "uint32", 64: "uint64"}


# -- Keys ------------------------------------------------------------------------------------------


def key(seed: Any) -> Any:
    """The key of an integer `seed`: a uint32 array of shape (2,), high word first.

    A seed is taken as 64 bits, negative ones in two's complement, so the high word is 0 for a seed
    of 32 bits (as in JAX with 64-bit types; without them it drops the high word). `seed` may be a
    traced integer, or an integer array of shape ().

    Raises `PolyadTypeError` for what is no integer, `PolyadValueError` for one of more than 64
    bits.

    Args:
        seed: an integer, a scalar of shape ().

    >>> key(42)
    array([ 0, 42], dtype=uint32)
    """
    if isinstance(seed, int) and not isinstance(seed, bool):
        if not -(2**63) <= seed < 2**64:
            raise PolyadValueError(f"a seed has 64 bits at most: {seed}{where(user_location())}")
        return pnp.asarray([seed >> 32 & MASK, seed & MASK], dtype=uint32)
    seed = _integer(seed, "a seed")
    narrow = dtype_of(seed).bits <= 32
    seed = pnp.astype(seed, int64)
    high = pnp.zeros_like(seed) if narrow else pnp.bitwise_right_shift(seed, 32)
    return pnp.astype(pnp.bitwise_and(pnp.stack([high, seed]), MASK), uint32)


PRNGKey = key
IMPLEMENTATION = "threefry2x32"


def wrap_key_data(key_bits_array: Any, *, impl: Any = None) -> Any:
    """The keys with these words: uint32 of shape (…, 2), as `key_data` gives them.

    `impl` is None or "threefry2x32", the only generator here. Raises `PolyadTypeError` for words
    of another dtype or shape, `PolyadValueError` for another generator.

    >>> wrap_key_data(key_data(key(7)))
    array([0, 7], dtype=uint32)
    """
    if impl not in (None, IMPLEMENTATION):
        raise PolyadValueError(
            f"wrap_key_data: impl is {IMPLEMENTATION!r}, the generator of polyad, not {shown(impl)}"
            f"{where(user_location())}"
        )
    return clone(_checked_keys(key_bits_array, "wrap_key_data"))


def key_data(keys: Any) -> Any:
    """The words of keys: a uint32 array of shape (…, 2), high word first.

    Raises `PolyadTypeError` for what is no key.

    >>> key_data(key(7))
    array([0, 7], dtype=uint32)
    """
    return clone(_checked_keys(keys, "key_data"))


def key_impl(keys: Any) -> str:
    """The name of the generator of keys, "threefry2x32". Raises `PolyadTypeError` for no key."""
    _checked_keys(keys, "key_impl")
    return IMPLEMENTATION


def clone(key: Any) -> Any:
    """An array of its own with the same keys, which draws the same numbers.

    Raises `PolyadTypeError` for what is no key.

    >>> clone(key(7))
    array([0, 7], dtype=uint32)
    """
    return fresh(_checked_keys(key, "clone"))


def split(key: Any, num: int | Sequence[int] = 2) -> Any:
    """`num` independent keys of one: a uint32 array of shape (num, 2), or (*num, 2) for a shape.

    Raises `PolyadTypeError` if `key` is not a key, `PolyadValueError` if `num` is negative.

    Args:
        key: a key, of shape (2,).
        num: the number of keys, or a shape of them.

    >>> split(key(0), 3).shape
    (3, 2)
    """
    words = checked_key(key, "split")
    shape = checked_shape(num, "split")
    pair = pnp.stack(split_words(words, math.prod(shape)), axis=1)
    return m.reshape(pair, shape=(*shape, 2))


def fold_in(key: Any, data: Any) -> Any:
    """A new key made of `key` and an integer `data` of 32 bits, which may be traced.

    Raises `PolyadTypeError` if `key` is not a key or `data` no integer of shape (),
    `PolyadValueError` if `data` is negative or has more than 32 bits.

    >>> fold_in(key(0), 1)
    array([ 928981903, 3453687069], dtype=uint32)
    """
    words = checked_key(key, "fold_in")
    if isinstance(data, int) and not isinstance(data, bool):
        if not 0 <= data <= MASK:
            raise PolyadValueError(f"fold_in takes 32 bits of data: {data}{where(user_location())}")
        low = full_like(words, data, (1,))
    else:
        low = m.reshape(pnp.astype(_integer(data, "the data of fold_in"), uint32), shape=(1,))
    return m.concat(*threefry_2x32.results(*words, full_like(words, 0, (1,)), low), axis=0)


def bits(key: Any, shape: Any = (), dtype: Any = uint32) -> Any:
    """Random bits: an array of `shape` of an unsigned `dtype`, 32 bits if it is not given.

    Raises `PolyadTypeError` if `key` is not a key or `dtype` is not unsigned, `PolyadValueError`
    for a negative size.

    >>> bits(key(0), (2,))
    array([4070199207, 4202968722], dtype=uint32)
    """
    words = checked_key(key, "bits")
    shape = checked_shape(shape, "bits")
    wanted = as_dtype(dtype)
    if wanted.family != "uint":
        raise PolyadTypeError(f"bits have an unsigned dtype, not {wanted}{where(user_location())}")
    return m.reshape(flat_bits(words, math.prod(shape), wanted), shape=shape)


# -- Bits: what the distributions are made of ------------------------------------------------------
#
# The words of a key have shape (1,), those of many keys (…, 1): what is drawn replaces the 1.

Words = tuple[Any, Any]


def split_words(words: Words, count: int) -> Words:
    """The words of `count` keys of each key."""
    if config.threefry_partitionable:
        return counters(words, count)
    both = hashed_halves(words, 2 * count)
    pairs = m.reshape(both, shape=(*both.shape[:-1], count, 2))
    high, low = pnp.unstack(pairs, axis=len(pairs.shape) - 1)
    return high, low


def split_each(words: Words, count: int) -> list[Words]:
    """`count` keys of each key of shape (…, 1), one after the other."""
    high, low = split_words(words, count)
    axis = len(high.shape) - 1
    return [
        (m.slice_axis(high, axis, i, i + 1), m.slice_axis(low, axis, i, i + 1))
        for i in range(count)
    ]


def flat_bits(words: Words, size: int, dtype: DType) -> Any:
    """`size` elements of random bits, in one dimension."""
    if dtype is uint64:
        high, low = word_pairs(words, size)
        return pnp.bitwise_or(
            pnp.bitwise_left_shift(pnp.astype(high, uint64), 32), pnp.astype(low, uint64)
        )
    if config.threefry_partitionable:
        return pnp.astype(pnp.bitwise_xor(*counters(words, size)), dtype)
    per_word = 32 // dtype.bits
    found = hashed_halves(words, -(-size // per_word))
    if per_word > 1:  # the parts of a word from its low end on
        shifts = pnp.multiply(count_to(per_word, uint32, words[0]), dtype.bits)
        found = pnp.ravel(pnp.bitwise_right_shift(pnp.expand_dims(found, axis=1), shifts))
        found = m.slice_axis(found, 0, 0, size)
    return pnp.astype(found, dtype)


def word_pairs(words: Words, size: int) -> Words:
    """The high and the low words of `size` elements of 64 random bits."""
    if config.threefry_partitionable:
        return counters(words, size)
    both = hashed_halves(words, 2 * size)
    axis = len(both.shape) - 1
    return m.slice_axis(both, axis, 0, size), m.slice_axis(both, axis, size, 2 * size)


def counters(words: Words, size: int) -> Words:
    """The partitionable layout: element i is the hash of the 64-bit counter i, both words of it."""
    _check_size(size)
    high, low = full_like(words, 0, (size,)), count_to(size, uint32, words[0])
    first, second = threefry_2x32.results(*words, high, low)
    return first, second


def hashed_halves(words: Words, size: int) -> Any:
    """The original layout: the words 0 … size - 1, the first half paired with the second, then
    hashed.

    An odd number of words is filled up with a 0, whose hash is dropped.
    """
    _check_size(size)
    half = (size + 1) // 2
    count = count_to(size, uint32, words[0])
    low = m.slice_axis(count, 0, half, size)
    if size % 2:
        low = m.pad_axis(low, 0, 0, 1)
    hashed = threefry_2x32.results(*words, m.slice_axis(count, 0, 0, half), low)
    axis = len(hashed[0].shape) - 1
    return m.slice_axis(m.concat(*hashed, axis=axis), axis, 0, size)


def _check_size(size: int) -> None:
    if size > MASK:
        raise PolyadValueError(
            f"a key gives 2**32 - 1 words at most, not {size}; split it{where(user_location())}"
        )


def full_like(words: Words, value: int, shape: Shape) -> Any:
    """A uint32 array of `shape` on the backend and device of the key."""
    return pnp.full_like(words[0], value, shape=shape)


def count_to(size: int, dtype: DType, like: Any) -> Any:
    """0 … size - 1, on the backend and device of `like`, which need not be the default ones."""
    backend = execution.backend_of(like)
    if backend is None or trace_stack.active_builders():
        return creation.iota(size=size, dtype=dtype)
    with execution.backend_scope(backend):
        return backend.asarray(creation.iota(size=size, dtype=dtype), dtype, like)


# -- What functions are given ----------------------------------------------------------------------


def checked_key(key: Any, what: str) -> Words:
    """The two words of `key`, each of shape (1,). Raises `PolyadTypeError` if it is no key."""
    key = _checked_keys(key, what)
    if shape_of(key) != (2,):
        _refuse_key(key, what, "use polyad.vmap over several keys")
    return m.slice_axis(key, 0, 0, 1), m.slice_axis(key, 0, 1, 2)


def _checked_keys(keys: Any, what: str) -> Any:
    """`keys`, of shape (…, 2), or the words of an object that has them. Raises `PolyadTypeError`
    for what is neither.
    """
    if hasattr(type(keys), "__key_words__"):
        keys = keys.__key_words__()
    found = isinstance(keys, Handle) or execution.backend_of(keys) is not None
    if not found or dtype_of(keys) is not uint32 or shape_of(keys)[-1:] != (2,):
        _refuse_key(keys, what, "make one with polyad.random.key")
    return keys


def _refuse_key(key: Any, what: str, remedy: str) -> NoReturn:
    is_array = isinstance(key, Handle) or execution.backend_of(key) is not None
    given = f"{dtype_of(key)}{list(shape_of(key))}" if is_array else f"{shown(key)}"
    raise PolyadTypeError(
        f"{what}: a key is a uint32 array of shape (2,), not {given}; {remedy}"
        f"{where(user_location())}"
    )


def checked_shape(shape: Any, what: str, *parameters: Any) -> Shape:
    """`shape` as a tuple, to which the `parameters` broadcast.

    Raises `PolyadTypeError` for what is no shape, `PolyadValueError` for a negative size,
    `ShapeError` if a parameter does not broadcast.
    """
    sizes = shape if isinstance(shape, Sequence) and not isinstance(shape, str) else (shape,)
    if not all(hasattr(n, "__index__") and not isinstance(n, bool | Handle) for n in sizes):
        raise PolyadTypeError(
            f"{what}: a shape has integers, not {shown(shape)}{where(user_location())}"
        )
    found = tuple(n.__index__() for n in sizes)
    if any(n < 0 for n in found):
        raise PolyadValueError(
            f"{what}: a shape has no negative sizes: {found}{where(user_location())}"
        )
    given = [shape_of(array_of(x)) for x in parameters]
    if any(dispatch.broadcast_shapes([s, found], what) != found for s in given):
        listed = ", ".join(map(str, given))
        raise ShapeError(
            f"{what}: parameters of shape {listed} do not broadcast to "
            f"{found}{where(user_location())}"
        )
    return found


def _integer(x: Any, what: str) -> Any:
    """`x` as an integer array of shape ()."""
    is_array = isinstance(x, Handle) or execution.backend_of(x) is not None
    if not is_array or not dtype_of(x).is_integer or shape_of(x) != ():
        given = f"{dtype_of(x)}{list(shape_of(x))}" if is_array else f"{shown(x)}"
        raise PolyadTypeError(f"{what} is an integer, not {given}{where(user_location())}")
    return x
