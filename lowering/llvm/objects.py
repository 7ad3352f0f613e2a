"""Python's and NumPy's objects as compiled code sees them: where their fields are; and Python
functions made of machine code.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from llvmlite import ir

from polyad.ir import DType

from .module import Module
from .types import I32, I64, POINTER

DATA, NDIM, DIMENSIONS, STRIDES = 16, 24, 32, 40  # offsets in PyArrayObject
DESCR, FLAGS = 56, 64
TYPE, SCALAR_VALUE = 8, 16  # in PyObject; in NumPy's scalars and Python's float
C_ORDER = 0  # NPY_CORDER
EITHER, ARRAY, PYTHON = 0, 1, 2  # what a 0-d argument is to be
# The Python types of scalars, and of which dtype they come: see `polyad.ops.promotion`.
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
TABLE = POINTER.as_pointer()
METH_KEYWORDS = 0x0002


def _plain(dtype: DType) -> bool:
    """Whether the value of a NumPy scalar of this dtype stands right behind the object's head."""
    return np.dtype(dtype.name).type.__basicsize__ == SCALAR_VALUE + max(8, dtype.itemsize)


SCALARS = frozenset(name for name, dtype in DType.by_name.items() if _plain(dtype))


class _MethodDef(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    ]


def emit_contiguous(module: Module, function: ir.Function) -> None:
    """The address of the elements of an array by rows: its own, or those of a copy, which the slot
    then has; NULL if there is no room for one.
    """
    thing, slot = function.args
    b = ir.IRBuilder(function.append_basic_block("entry"))
    field = lambda array, offset, type: b.load(
        b.bitcast(b.gep(array, [I64(offset)]), type.as_pointer())
    )
    flags = b.and_(field(thing, FLAGS, I32), I32(CONTIGUOUS_ALIGNED))
    with b.if_then(b.icmp_unsigned("==", flags, I32(CONTIGUOUS_ALIGNED)), likely=True):
        b.ret(field(thing, DATA, POINTER))
    new_copy = module.declare("polyad.PyArray_NewCopy", POINTER, [POINTER, I32])
    copy = b.call(new_copy, [thing, I32(C_ORDER)])
    with b.if_then(b.icmp_unsigned("==", copy, POINTER(None)), likely=False):
        b.call(module.declare("PyErr_Clear", ir.VoidType(), []), [])
        b.ret(POINTER(None))
    b.store(copy, slot)
    b.ret(field(copy, DATA, POINTER))


def emit_drop(module: Module, function: ir.Function) -> None:
    """Give up the copies in a table of so many slots."""
    table, count = function.args
    b = ir.IRBuilder(function.append_basic_block("entry"))
    entry, loop, after = b.block, b.append_basic_block("loop"), b.append_basic_block("after")
    b.branch(loop)
    b.position_at_end(loop)
    index = b.phi(I64)
    index.add_incoming(I64(0), entry)
    copy = b.load(b.gep(table, [index]))
    with b.if_then(b.icmp_unsigned("!=", copy, POINTER(None)), likely=False):
        b.call(module.declare("Py_DecRef", ir.VoidType(), [POINTER]), [copy])
    following = b.add(index, I64(1))
    index.add_incoming(following, b.block)
    b.cbranch(b.icmp_unsigned("<", following, count), loop, after)
    b.position_at_end(after)
    b.ret_void()


def own_object(alive: Sequence[Any], weak: Sequence[bool | None]) -> tuple[Any, ...]:
    """What an entry point has as its `self`; it keeps the objects `alive`. An argument that is
    `weak` must be a Python scalar, one that is not must not; None: both will do.
    """
    return bytes(EITHER if w is None else PYTHON if w else ARRAY for w in weak), *alive


def callable_of(address: int, flags: int, own: tuple[Any, ...]) -> Callable[..., Any]:
    """The Python function whose code is at `address`, with `own` as its `self`."""
    method = _MethodDef(b"compiled", address, flags, None)
    new = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p)(
        ("PyCFunction_NewEx", ctypes.pythonapi)
    )
    made: Callable[..., Any] = new(ctypes.addressof(method), (*own, method), None)
    return made
