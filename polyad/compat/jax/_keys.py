"""JAX's arrays of keys: `jax.random.key`'s, whose dtype is `key<fry>` and whose elements are keys.

Such an array is a pytree of two arrays of its shape, the high and the low words, so that each
transformation and loop takes it. Functions that move elements move both words alike; what computes
with elements has no meaning for a key, and is an error.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

import numpy as np

from ... import numpy as xp
from ... import tree
from ...api.calls.constants import FLOAT0
from ...errors import PolyadTypeError
from ...ir import user_location, where
from ...texts import shown

Function = Callable[..., Any]


class extended(np.generic):
    """The class of dtypes whose elements are no numbers: keys."""


class prng_key(extended):
    """The class of the dtypes of keys."""


class KeyDType:
    """The dtype of keys, of which there is one: the two words of Threefry-2x32."""

    name, kind, itemsize, type = "key<fry>", "V", 8, prng_key

    def __repr__(self) -> str:
        return self.name

    def __reduce__(self) -> str:
        return "KEY"


KEY = KeyDType()


def _of_both(name: str) -> Function:
    """The method of that name of both words."""

    def method(self: KeyArray, *args: Any, **kwargs: Any) -> KeyArray:
        return KeyArray(*(getattr(words, name)(*args, **kwargs) for words in self.words()))

    method.__name__ = method.__qualname__ = name
    return method


class KeyArray:
    """An array of keys, of the shape of the arrays `high` and `low` of their words."""

    __slots__ = ("high", "low")
    __array_ufunc__ = None

    def __init__(self, high: Any, low: Any) -> None:
        self.high, self.low = high, low

    def words(self) -> tuple[Any, Any]:
        """The high and the low words."""
        return self.high, self.low

    def tree_flatten(self) -> tuple[tuple[Any, Any], None]:
        """The words, for a pytree."""
        return (self.high, self.low), None

    @classmethod
    def tree_unflatten(cls, data: None, children: Any) -> KeyArray:
        """The array of these words."""
        return cls(*children)

    def __key_words__(self) -> Any:
        """The words along a last axis, as `polyad.random` takes keys."""
        return xp.stack([self.high, self.low], axis=-1)

    # -- Attributes ----------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array, an element of which is a key."""
        return tuple(self.high.shape)

    @property
    def dtype(self) -> Any:
        """`key<fry>`; of a tangent, `float0`."""
        return FLOAT0 if self.high.dtype == FLOAT0 else KEY

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of keys."""
        return int(np.prod(self.shape))

    @property
    def itemsize(self) -> int:
        """The bytes of a key."""
        return KEY.itemsize

    @property
    def nbytes(self) -> int:
        """The bytes of all keys."""
        return self.size * self.itemsize

    @property
    def T(self) -> KeyArray:
        """The array with its axes reversed."""
        return KeyArray(self.high.T, self.low.T)

    @property
    def mT(self) -> KeyArray:
        """The array with its last two axes exchanged."""
        return KeyArray(self.high.mT, self.low.mT)

    @property
    def at(self) -> KeyUpdates:
        """Updates: `keys.at[index].set(key)` is a copy with elements replaced."""
        return KeyUpdates(self)

    @property
    def device(self) -> Any:
        """The device of the words."""
        return self.high.device

    def devices(self) -> Any:
        """The devices of the words."""
        return self.high.devices()

    def is_deleted(self) -> bool:
        """Arrays live as long as they are used."""
        return False

    def block_until_ready(self) -> KeyArray:
        """The array: a call returns when its results are there."""
        return self

    def copy_to_host_async(self) -> None:
        """Nothing is to be done."""

    # -- Elements ------------------------------------------------------------------------------

    __getitem__ = _of_both("__getitem__")

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of unsized object")
        return self.shape[0]

    def __iter__(self) -> Iterator[KeyArray]:
        return (self[at] for at in range(len(self)))

    def __eq__(self, other: object) -> Any:
        if other is None:
            return NotImplemented
        if not isinstance(other, KeyArray):
            _refuse("==", other)
        return (self.high == other.high) & (self.low == other.low)

    def __ne__(self, other: object) -> Any:
        return NotImplemented if other is None else ~(self == other)

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        raise PolyadTypeError(
            f"a key is neither true nor false{where(user_location())}\n"
            "  jax.random.bernoulli(key) draws a boolean."
        )

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        raise PolyadTypeError(
            f"an array of keys is no array of numbers{where(user_location())}\n"
            "  jax.random.key_data(keys) has their words, in uint32."
        )

    def __repr__(self) -> str:
        text = f"Array({self.shape}, dtype={KEY.name})"
        if not all(isinstance(word, np.ndarray) for word in self.words()):
            return text
        return f"{text} overlaying:\n{np.stack(self.words(), axis=-1)}"


for _name in ("copy", "flatten", "ravel", "repeat", "reshape", "squeeze", "swapaxes", "take",
              "transpose"):  # fmt: skip
    setattr(KeyArray, _name, _of_both(_name))
tree.register_node_class(KeyArray)


class KeyUpdates:
    """`keys.at`."""

    def __init__(self, keys: KeyArray) -> None:
        self.keys = keys

    def __getitem__(self, index: Any) -> KeyUpdate:
        return KeyUpdate(*(word.at[index] for word in self.keys.words()))


class KeyUpdate:
    """The reads and writes at an index of an array of keys."""

    def __init__(self, high: Any, low: Any) -> None:
        self.high, self.low = high, low

    def get(self, **options: Any) -> KeyArray:
        """The keys at the index."""
        return KeyArray(self.high.get(**options), self.low.get(**options))

    def set(self, keys: Any, **options: Any) -> KeyArray:
        """A copy with other keys at the index."""
        if not isinstance(keys, KeyArray):
            _refuse("at[index].set", keys)
        return KeyArray(self.high.set(keys.high, **options), self.low.set(keys.low, **options))


def is_keys(x: Any) -> bool:
    """Whether an object is an array of keys."""
    return type(x) is KeyArray


def _refuse(function: str, given: Any) -> NoReturn:
    raise PolyadTypeError(
        f"JAX's {function}: keys stand beside keys alone, not beside {shown(given)}"
        f"{where(user_location())}\n  jax.random.wrap_key_data makes keys of words in uint32."
    )


# -- Functions that move elements ------------------------------------------------------------------

_OF_A = [
    "array_split",
    "atleast_1d",
    "copy",
    "diagonal",
    "dsplit",
    "expand_dims",
    "flip",
    "fliplr",
    "flipud",
    "hsplit",
    "moveaxis",
    "ones_like",
    "permute_dims",
    "ravel",
    "repeat",
    "reshape",
    "resize",
    "roll",
    "rollaxis",
    "rot90",
    "split",
    "squeeze",
    "swapaxes",
    "take",
    "transpose",
    "vsplit",
    "zeros_like",
]
NUMPY: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_OF_A, ("a", "m", "ary", "x", "arys")),
    **dict.fromkeys(("matrix_transpose", "unstack"), ("x",)),
    **dict.fromkeys(("concat", "concatenate", "stack", "block"), ("arrays",)),
    **dict.fromkeys(("column_stack", "dstack", "hstack", "vstack"), ("tup",)),
    **dict.fromkeys(("atleast_2d", "atleast_3d"), ("arys",)),
    "append": ("arr", "values"),
    "array": ("object",),
    "asarray": ("a",),
    "broadcast_arrays": ("args",),
    "broadcast_to": ("array",),
    "compress": ("a",),
    "delete": ("arr",),
    "empty_like": ("prototype",),
    "extract": ("arr",),
    "insert": ("arr", "values"),
    "select": ("choicelist", "default"),
    "take_along_axis": ("arr",),
    "tile": ("A",),
    "where": ("x", "y"),
}
"""Functions of `jax.numpy` that move elements, and their parameters that are elements."""
LAX: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("broadcast", "broadcast_in_dim", "collapse", "dynamic_index_in_dim", "dynamic_slice",
         "dynamic_slice_in_dim", "gather", "index_in_dim", "reshape", "rev", "slice",
         "slice_in_dim", "transpose"),
        ("operand",),
    ),
    **dict.fromkeys(
        ("dynamic_update_slice", "dynamic_update_slice_in_dim", "dynamic_update_index_in_dim"),
        ("operand", "update"),
    ),
    "concatenate": ("operands",),
    **dict.fromkeys(("expand_dims", "squeeze"), ("array",)),
    "select": ("on_true", "on_false"),
    "select_n": ("cases",),
    "stop_gradient": ("x",),
}  # fmt: skip
"""Likewise of `jax.lax`."""
ASKING: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("ndim", "shape", "size"), ("a",)),
    "array_equal": ("a1", "a2"),
    "equal": ("x", "y"),
}
"""Functions of `jax.numpy` whose result is no array of keys: what holds of both words."""
FILLING: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("empty", "ones", "zeros"), ()),
    "full": ("fill_value",),
    "full_like": ("a", "fill_value"),
}
"""Functions of `jax.numpy` that fill arrays of `dtype=key<fry>`, with keys or with words."""
TABLES = {"jax.numpy": {**NUMPY, **ASKING, **FILLING}, "jax.lax": LAX}


def _has_keys(given: Any) -> bool:
    """Whether an argument is, or begins with, an array of keys; or is their dtype."""
    kind = type(given)
    if kind is list or kind is tuple:
        return bool(given) and _has_keys(given[0])
    return kind is KeyArray or given is KEY


def moving(name: str, function: Function, elements: tuple[str, ...]) -> Function:
    """`function`, of both words where the elements are keys."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not (any(map(_has_keys, args)) or any(map(_has_keys, kwargs.values()))):
            return function(*args, **kwargs)
        bound = signature.bind(*args, **kwargs)
        if bound.arguments.get("dtype") is KEY:
            bound.arguments["dtype"] = xp.uint32
        given = dict(bound.arguments)
        for key, value in given.items():
            for leaf in tree.leaves(value, is_leaf=is_keys):
                if leaf is KEY or (is_keys(leaf) != (key in elements) and name not in FILLING):
                    _refuse(name, leaf)
        found = []
        for word in ("high", "low"):
            for key in elements:
                if key in given:
                    part = lambda x, word=word: getattr(x, word) if is_keys(x) else x
                    bound.arguments[key] = tree.map(part, given[key], is_leaf=is_keys)
            found.append(function(*bound.args, **bound.kwargs))
        high, low = found
        if name in ASKING:
            return high if isinstance(high, int | tuple) else high & low
        return tree.map(KeyArray, high, low)

    return call


# -- Doors -----------------------------------------------------------------------------------------


def of_trees(function: Function) -> Function:
    """A function of `jax.tree`, to which an array of keys is a leaf."""
    order = list(inspect.signature(function).parameters.values())
    at = next((i for i, p in enumerate(order) if p.name == "is_leaf"), None)
    if at is None:
        return function
    by_name = order[at].kind is inspect.Parameter.KEYWORD_ONLY

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        placed = len(args) if by_name else at
        given = args[placed] if len(args) > placed else kwargs.pop("is_leaf", None)
        leaf: Function
        if kwargs.get("is_leaf_takes_path"):
            leaf = lambda path, x: is_keys(x) or (given is not None and given(path, x))
        else:
            leaf = is_keys if given is None else lambda x: is_keys(x) or given(x)
        return function(*args[:placed], is_leaf=leaf, **kwargs)

    return call


def with_keys(module: str, name: str, function: Any) -> Any:
    """A function of a door, which takes arrays of keys where JAX's does."""
    if module in ("jax.tree", "jax.tree_util"):
        return of_trees(function) if inspect.isfunction(function) else function
    elements = TABLES.get(module, {}).get(name)
    return function if elements is None else moving(name, function, elements)
