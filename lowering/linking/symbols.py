"""Functions and objects outside of compiled modules, and their addresses: libm, SciPy's special
functions, BLAS, LAPACK, CPython, NumPy.
"""

from __future__ import annotations

import ctypes
import functools
import importlib
import importlib.util
import os
import re
import sys
from importlib.machinery import ExtensionFileLoader, PathFinder
from typing import Any

import llvmlite.binding as llvm
import numpy as np

from polyad.ir import Definition
from polyad.ops.native import CFunction
from polyad.system import math_library, outside_functions

from ..native_ops import SYMBOLS

LIBM = [
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "acosh",
    "atanh",
    "exp",
    "expm1",
    "log",
    "log1p",
    "log2",
    "log10",
    "erf",
    "erfc",
    "lgamma",
    "pow",
    "atan2",
    "hypot",
    "fmod",
    "fma",
    "rint",
    "floor",
    "ceil",
    "trunc",
    "fmodf",
    "fmaf",
    "powf",
]

# Slots of NumPy's C-API table (numpy/__multiarray_api.h); stable within an ABI version.
NUMPY_SLOTS = {
    "PyArray_Scalar": 60,
    "PyArray_NewCopy": 85,
    "PyArray_New": 93,
    "PyArray_EquivTypes": 182,
    "PyDataMem_SetHandler": 304,
}
NUMPY_HANDLER = 306  # the slot with a pointer to the capsule of NumPy's memory handler
PYTHON = (
    "PyTuple_New",
    "PyTuple_SetItem",
    "PyObject_CallOneArg",
    "PyLong_FromLongLong",
    "PyLong_FromVoidPtr",
    "Py_IncRef",
    "Py_DecRef",
    "PyErr_Clear",
    "PyErr_Occurred",
    "PyErr_NoMemory",
    "PyErr_SetString",
    "PyErr_CheckSignals",
    "PyGILState_Ensure",
    "PyGILState_Release",
    "PyObject_CallNoArgs",
    "PyEval_SaveThread",
    "PyEval_RestoreThread",
    "PyLong_AsLongLongAndOverflow",
    "PyDict_GetItem",
    "PyDict_Next",
    "PyDict_New",
    "PyDict_SetItem",
    "PyDict_Size",
    "PyList_New",
    "PyList_SetItem",
    "PyIter_Next",
    "PyObject_CallObject",
    "PyObject_GetIter",
    "PyObject_Hash",
    "PyObject_RichCompareBool",
    "PyObject_SetItem",
    "PyObject_Vectorcall",
    "PyObject_GetAttr",
    "Py_IsInitialized",
)


def checkpoint() -> None:
    """Nothing: where Python code runs, an error that was set for this thread from outside comes."""


# Python objects that compiled code knows by address.
OBJECTS: dict[str, Any] = {
    "ndarray": np.ndarray,
    "bool": bool,
    "int": int,
    "float": float,
    "complex": complex,
    "tuple": tuple,
    "list": list,
    "dict": dict,
    "True": True,
    "False": False,
    "None": None,
    "NotImplemented": NotImplemented,
    "MemoryError": MemoryError,
    "checkpoint": checkpoint,
}


def _capsule_pointer(capsule: Any) -> tuple[int, str]:
    """The address in a capsule, and the capsule's name. Cython's capsules are named by the C
    signature.
    """
    get_name = ctypes.pythonapi.PyCapsule_GetName
    get_name.restype, get_name.argtypes = ctypes.c_char_p, [ctypes.py_object]
    get_pointer = ctypes.pythonapi.PyCapsule_GetPointer
    get_pointer.restype, get_pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    name = get_name(capsule)
    return get_pointer(capsule, name), (name or b"").decode()


def blas_address(name: str) -> int:
    """The address of a routine of BLAS, from SciPy."""
    return _capsule_pointer(extension("scipy.linalg", "cython_blas").__pyx_capi__[name])[0]


def lapack_address(name: str) -> int:
    """The address of a routine of LAPACK, from SciPy."""
    return _capsule_pointer(extension("scipy.linalg", "cython_lapack").__pyx_capi__[name])[0]


@functools.cache
def extension(package: str, name: str) -> Any:
    """An extension module, loaded without its package, which would take a hundred times as long.

    It is removed from `sys.modules` again, so that a later import of the package works as usual;
    that gives the same module, since a Cython extension is made once in a process.
    """
    full = f"{package}.{name}"
    if package in sys.modules:
        return importlib.import_module(full)
    parent, _, folder = package.partition(".")
    paths = importlib.import_module(parent).__path__
    spec = PathFinder.find_spec(full, [os.path.join(path, folder) for path in paths])
    if spec is None or not isinstance(spec.loader, ExtensionFileLoader):
        return importlib.import_module(full)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules.pop(full, None)
    return module


def special_address(name: str) -> int:
    """The address of a C function of SciPy's that a row of `native_ops` names; raises `LookupError`
    if SciPy has none with the arguments of that row.
    """
    wanted = SYMBOLS[name]
    table = importlib.import_module("scipy.special.cython_special").__pyx_capi__
    # A function for several types has an entry for each, numbered in an order that Cython chooses.
    named = [key for key in table if re.fullmatch(rf"(__pyx_fuse_\d+)?{name}", key)]
    both = [_capsule_pointer(table[key]) for key in named]
    found = {signature: address for address, signature in both}
    if wanted not in found:
        raise LookupError(
            f"scipy.special.cython_special.{name} is {' or '.join(found) or 'not there'}, "
            f"not {wanted}"
        )
    return found[wanted]


def numpy_table(slot: int) -> int:
    """The address in a slot of NumPy's C-API table."""
    table = _capsule_pointer(np._core._multiarray_umath._ARRAY_API)[0]  # type: ignore[attr-defined]
    address = ctypes.cast(table, ctypes.POINTER(ctypes.c_void_p))[slot]
    assert address is not None
    return address


def numpy_address(name: str) -> int:
    """The address of a function of NumPy's C API."""
    return numpy_table(NUMPY_SLOTS[name])


def numpy_handler() -> tuple[int, int]:
    """The capsule with NumPy's memory handler, and the handler."""
    capsule = ctypes.py_object.from_address(numpy_table(NUMPY_HANDLER)).value
    return id(capsule), _capsule_pointer(capsule)[0]


def python_address(name: str) -> int:
    """The address of a function of CPython's C API."""
    address = ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value
    assert address is not None
    return address


@functools.cache
def define_symbols() -> None:
    """Make the functions of libm, threads, Python and NumPy known to LLVM by name. LLVM calls some
    of libm's of its own accord.
    """
    libm = math_library(LIBM)
    for name in LIBM:
        address = ctypes.cast(getattr(libm, name), ctypes.c_void_p).value
        assert address is not None
        llvm.add_symbol(name, address)
    for name, address in outside_functions().items():
        llvm.add_symbol(name, address)
    for name in PYTHON:
        llvm.add_symbol(name, python_address(name))
    for name in NUMPY_SLOTS:
        llvm.add_symbol(f"polyad.{name}", numpy_address(name))


def object_address(name: str) -> int:
    """The address of an object in `OBJECTS`, of a dtype (`dtype_float64`), or of the type of its
    scalars (`scalar_float64`).
    """
    kind, _, of = name.partition("_")
    if kind == "dtype":
        return id(np.dtype(of))
    return id(np.dtype(of).type if kind == "scalar" else OBJECTS[name])


def external_address(name: str) -> int:
    """The address of the C function of an op that is defined outside polyad."""
    native = getattr(Definition.registry.get(name), "native", None)
    if not isinstance(native, CFunction):
        raise LookupError(f"op {name} has no C function in this process")
    return native.address


ADDRESSES = {
    "external": external_address,
    "blas": blas_address,
    "lapack": lapack_address,
    "special": special_address,
    "object": object_address,
}
