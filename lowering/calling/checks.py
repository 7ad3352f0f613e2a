"""Whether objects are laid out as machine code reads them: each field of `objects`, read from a
real object and compared with what Python and NumPy say of it.

Nothing is read outside of an object, and no pointer is followed before what stands beside it fits.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from polyad.config import VERSION_OFFSET, config

from . import objects

WORD, INTEGER = ctypes.c_size_t, ctypes.c_int32


def faults() -> list[str]:
    """The fields that stand elsewhere than machine code reads them; none where all is well."""
    return [name for name, check in CHECKS.items() if not check()]


def read(thing: Any, offset: int, kind: Any = WORD, size: int | None = None) -> Any:
    """The field at an offset of an object; None if the object ends before it does."""
    end = type(thing).__basicsize__ if size is None else size
    if not 0 <= offset <= end - ctypes.sizeof(kind):
        return None
    return kind.from_address(id(thing) + offset).value


def follow(address: int | None, index: int = 0, kind: Any = WORD) -> Any:
    """The word at an address that a field holds; None if it is none."""
    if not address or address % ctypes.alignment(kind):
        return None
    return kind.from_address(address + index * ctypes.sizeof(kind)).value


def types() -> bool:
    things: list[Any] = [1.5, [], np.zeros(1)]
    return all(read(x, objects.TYPE) == id(type(x)) for x in things)


def tuple_items() -> bool:
    items = (object(), object(), object())
    return read(items, objects.TUPLE_ITEMS + 16, size=items.__sizeof__()) == id(items[2])


def list_items() -> bool:
    """The pointer, which is NULL for an empty list, stands in front of the room that there is."""
    at, items = objects.LIST_ITEMS, [object()] * 5
    if read([], at) != 0 or read(items, at + 8) not in range(5, 33):
        return False
    return bool(follow(read(items, at), 4) == id(items[4]))


def sizes() -> bool:
    return [read((0,) * 7, objects.SIZE), read([0] * 9, objects.SIZE)] == [7, 9]


def bytes_items() -> bool:
    text = b"\x01\x02\x03\x04\x05\x06\x07\x08"
    found = read(text, objects.BYTES_ITEMS, ctypes.c_uint64, text.__sizeof__())
    return found == int.from_bytes(text, sys.byteorder)


def scalar_values() -> bool:
    at = objects.SCALAR_VALUE
    numbers = (2.5, np.float64(-3.25))
    right = all(read(x, at, ctypes.c_double) == float(x) for x in numbers)
    return right and read(np.int64(-7), at, ctypes.c_int64) == -7


def dimensions(offset: Callable[[], int], wanted: Callable[[Any], tuple[int, ...]]) -> bool:
    """Strides follow dimensions in one block: a wrong offset is found before it is followed."""
    array = np.zeros((3, 5, 7), np.float32)[:, ::2]
    first, second = read(array, objects.DIMENSIONS), read(array, objects.STRIDES)
    if first is None or second is None or second - first != 3 * 8:
        return False
    found = tuple(follow(read(array, offset()), i, ctypes.c_int64) for i in range(3))
    return found == wanted(array)


def array_flags() -> bool:
    array = np.zeros(3)
    frozen = np.zeros((2, 2))[:, 0]
    frozen.flags.writeable = False
    return all(read(a, objects.FLAGS, INTEGER) == a.flags.num for a in (array, frozen))


def byte_orders() -> bool:
    swapped = np.dtype("f8").newbyteorder("S")
    dtypes = (np.dtype("f8"), swapped)
    found = [read(d, objects.BYTEORDER, ctypes.c_char) for d in dtypes]
    return found == [d.byteorder.encode() for d in dtypes]


def type_numbers() -> bool:
    dtypes = [np.dtype(name) for name in ("?", "i4", "f4", "f8", "c16")]
    return all(read(d, objects.TYPE_NUMBER, INTEGER) == d.num for d in dtypes)


def type_flags() -> bool:
    kinds = (list, tuple, dict, int, np.ndarray)
    mask = 0xFFFFFFFF
    found = [read(k, objects.TYPE_FLAGS) for k in kinds]
    return [None if f is None else f & mask for f in found] == [k.__flags__ & mask for k in kinds]


def config_version() -> bool:
    return bool(read(config, VERSION_OFFSET) == id(config.version))


def _arrays() -> Iterator[Any]:
    yield np.arange(4.0)
    yield np.zeros((2, 3), np.int32)


CHECKS: dict[str, Callable[[], bool]] = {
    "TYPE": types,
    "SIZE": sizes,
    "TUPLE_ITEMS": tuple_items,
    "LIST_ITEMS": list_items,
    "DICT_SIZE": lambda: read(dict.fromkeys(range(6)), objects.DICT_SIZE) == 6,
    "BYTES_ITEMS": bytes_items,
    "SCALAR_VALUE": scalar_values,
    "DATA": lambda: all(read(a, objects.DATA) == a.ctypes.data for a in _arrays()),
    "NDIM": lambda: all(read(a, objects.NDIM, INTEGER) == a.ndim for a in _arrays()),
    "DIMENSIONS": lambda: dimensions(lambda: objects.DIMENSIONS, lambda a: a.shape),
    "STRIDES": lambda: dimensions(lambda: objects.STRIDES, lambda a: a.strides),
    "DESCR": lambda: all(read(a, objects.DESCR) == id(a.dtype) for a in _arrays()),
    "FLAGS": array_flags,
    "BYTEORDER": byte_orders,
    "TYPE_NUMBER": type_numbers,
    "TYPE_FLAGS": type_flags,
    "VERSION_OFFSET": config_version,
}
"""By the name of each field."""
