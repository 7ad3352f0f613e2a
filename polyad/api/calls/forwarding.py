"""Callables that forward, by vectorcall, to a target that can be replaced."""

from __future__ import annotations

import ctypes
import functools
import sys
from collections.abc import Callable
from typing import Any

READY, IMMUTABLE = 0, 1 << 8  # Py_TPFLAGS_DEFAULT, Py_TPFLAGS_IMMUTABLETYPE


class _Spec(ctypes.Structure):
    """PyType_Spec"""

    _fields_ = [
        ("name", ctypes.c_char_p),
        ("basicsize", ctypes.c_int),
        ("itemsize", ctypes.c_int),
        ("flags", ctypes.c_uint),
        ("slots", ctypes.c_void_p),
    ]


def forwarding_class(kind: type, name: str) -> Any:
    """A class, called `name`, of objects with the methods of `kind`, whose calls are calls of the
    target that `forward` sets.

    They are `functools.partial` objects, which CPython calls by vectorcall: without a tuple and a
    dict of the arguments. From CPython 3.12 on, a class made by a statement inherits that. In 3.11
    only an immutable class does, and only C code makes one
    (https://docs.python.org/3.11/c-api/typeobj.html#Py_TPFLAGS_HAVE_VECTORCALL).
    """
    bases = (kind, functools.partial)
    if sys.version_info >= (3, 12) or sys.implementation.name != "cpython":
        return type(name, bases, {"__module__": kind.__module__, "__doc__": kind.__doc__})
    full = f"{kind.__module__}.{name}".encode()
    slots = (ctypes.c_void_p * 2)()  # none, and the end: an int and a pointer
    spec = _Spec(full, 0, 0, READY | IMMUTABLE, ctypes.addressof(slots))
    new = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.py_object)(
        ("PyType_FromSpecWithBases", ctypes.pythonapi)
    )
    return new(ctypes.addressof(spec), bases)


def forward(thing: Any, function: Callable[..., Any]) -> None:
    """Make `function` the target of the calls of `thing`."""
    thing.__setstate__((function, (), {}, thing.__dict__))
