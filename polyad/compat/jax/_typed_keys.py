"""Functions of `jax.random` that make arrays of keys, or keep what they are given."""

from __future__ import annotations

from collections.abc import Sequence as _Sequence
from typing import Any as _Any

from ... import random as _random
from ...errors import PolyadTypeError as _PolyadTypeError
from ...errors import PolyadValueError as _PolyadValueError
from ...ir import user_location as _user_location
from ...ir import where as _where
from ...random.keys import IMPLEMENTATION as _THREEFRY
from ...texts import shown
from ._keys import KEY as _KEY
from ._keys import KeyArray as _KeyArray
from ._keys import KeyDType as _KeyDType
from ._keys import is_keys as _is_keys


def _typed(words: _Any) -> _KeyArray:
    return _KeyArray(words[..., 0], words[..., 1])


def _check(function: str, impl: _Any, dtype: _Any) -> None:
    """Raise the error of another generator than the one there is."""
    if impl is not None and dtype is not None:
        raise _PolyadValueError(
            f"JAX's {function}: impl and dtype both name a generator{_where(_user_location())}\n"
            "  Give one of them."
        )
    for name, given in (("impl", impl), ("dtype", dtype)):
        if given is None or given is _KEY or (isinstance(given, str) and given == _THREEFRY):
            continue
        kind = _PolyadValueError if isinstance(given, str) else _PolyadTypeError
        raise kind(
            f"JAX's {function}: {name} is {_THREEFRY!r} here, not {shown(given)}: bits of other "
            f"generators are XLA's{_where(_user_location())}\n  Leave {name} out."
        )


def key(seed: _Any, *, impl: _Any = None, dtype: _Any = None) -> _KeyArray:
    """The key of an integer, an array of shape () and of dtype `key<fry>`.

    Raises `PolyadTypeError` for what is no integer, `PolyadValueError` for another generator.
    """
    _check("key", impl, dtype)
    return _typed(_random.key(seed))


def wrap_key_data(key_bits_array: _Any, *, impl: _Any = None, dtype: _Any = None) -> _KeyArray:
    """The keys of these words, uint32 of shape (…, 2)."""
    _check("wrap_key_data", impl, dtype)
    return _typed(_random.wrap_key_data(key_bits_array))


def key_dtype(impl_spec: _Any = None) -> _KeyDType:
    """The dtype of keys. Raises `PolyadValueError` for another generator."""
    _check("key_dtype", impl_spec, None)
    return _KEY


def split(key: _Any, num: int | _Sequence[int] = 2) -> _Any:
    """Independent keys of one, of its kind: typed, or words."""
    found = _random.split(key, num)
    return _typed(found) if _is_keys(key) else found


def fold_in(key: _Any, data: _Any) -> _Any:
    """A key of a key and an integer, of the kind of the first."""
    found = _random.fold_in(key, data)
    return _typed(found) if _is_keys(key) else found


def clone(key: _Any) -> _Any:
    """The same keys, of the same kind."""
    found = _random.clone(key)
    return _typed(found) if _is_keys(key) else found
