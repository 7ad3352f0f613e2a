"""Objects that hand calls on: a call of one is a call of the function that it has at the time, with
no Python in between.
"""

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


def handing_on(kind: type, name: str) -> Any:
    """The class, called `name`, of objects with the methods of `kind` that hand calls on; to what
    `hand_on` says.

    They are a `functools.partial`, which CPython calls by vectorcall: without a tuple and a dict of
    the arguments. Classes made by a statement take that over from CPython 3.12 on. In 3.11 only
    those do that nobody can write into, which C makes
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


def hand_on(thing: Any, function: Callable[..., Any]) -> None:
    """Let calls of `thing` be calls of `function` from now on."""
    thing.__setstate__((function, (), {}, thing.__dict__))
