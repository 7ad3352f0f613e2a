"""Python's and NumPy's objects as machine code sees them; Python functions made of machine code."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import ml_dtypes  # noqa: F401 (gives NumPy the dtype bfloat16)
import numpy as np

from polyad.ir import DType

# Where machine code finds the fields of objects: offsets in bytes.
TYPE = 8  # PyObject.ob_type
SIZE = 16  # PyVarObject.ob_size: the number of items of a tuple or list
TUPLE_ITEMS = tuple.__basicsize__  # PyTupleObject.ob_item
LIST_ITEMS = 24  # PyListObject.ob_item, a pointer
DICT_SIZE = 16  # PyDictObject.ma_used: of `execution.UNDER_WAY`, the traces under way
BYTES_ITEMS = bytes.__basicsize__ - 1  # PyBytesObject.ob_sval
SCALAR_VALUE = 16  # of NumPy's scalars and Python's float
DATA, NDIM, DIMENSIONS, STRIDES = 16, 24, 32, 40  # PyArrayObject
DESCR, FLAGS = 56, 64
BYTEORDER, TYPE_NUMBER = 26, 28  # PyArray_Descr, in NumPy 1 and 2
TYPE_FLAGS = 168  # PyTypeObject.tp_flags
SUBCLASS = {"list": 1 << 25, "tuple": 1 << 26, "dict": 1 << 29}  # Py_TPFLAGS_…_SUBCLASS

C_ORDER = 0  # NPY_CORDER
EQUAL = 2  # Py_EQ
EITHER, ARRAY, PYTHON = 0, 1, 2  # the kinds of a 0-d argument
# The Python types of scalars, by the dtype that they have: see `polyad.ops.promotion`.
PYTHON_SCALARS = {
    "bool": "bool",
    "int64": "int",
    "float32": "float",
    "float64": "float",
    "complex64": "complex",
    "complex128": "complex",
}
ALIGNED, WRITEABLE = 0x0100, 0x0400  # NPY_ARRAY_ALIGNED, NPY_ARRAY_WRITEABLE
CONTIGUOUS_ALIGNED = 0x0001 | ALIGNED  # NPY_ARRAY_C_CONTIGUOUS
METH_FASTCALL = 0x0080
METH_KEYWORDS = 0x0002


def _plain(dtype: DType) -> bool:
    """Whether the value in a NumPy scalar of this dtype follows the object's head."""
    return np.dtype(dtype.name).type.__basicsize__ == SCALAR_VALUE + max(8, dtype.itemsize)


SCALARS = frozenset(name for name, dtype in DType.by_name.items() if _plain(dtype))


class _MethodDef(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    ]


def callable_of(address: int, flags: int, own: tuple[Any, ...]) -> Callable[..., Any]:
    """The Python function whose code is at `address`, with `own` as its `self`."""
    method = _MethodDef(b"compiled", address, flags, None)
    new = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p)(
        ("PyCFunction_NewEx", ctypes.pythonapi)
    )
    made: Callable[..., Any] = new(ctypes.addressof(method), (*own, method), None)
    return made
