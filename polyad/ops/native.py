"""Native forms of ops that are defined outside polyad: of one element, in machine code.

An op carries its form; compilers read it there. The third form, an expression in other ops, is the
`decomposition` of an `OpDefinition`.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..errors import PolyadTypeError, PolyadValueError
from ..texts import shown


@dataclass(frozen=True, eq=False)
class CFunction:
    """A C function of doubles that gives a double, by its address."""

    address: int
    owner: Any
    """The object that keeps the function loaded."""


@dataclass(frozen=True, eq=False)
class LLVMFunction:
    """A function that builds LLVM IR for one element: `build(builder, *values, **attributes)`."""

    build: Callable[..., Any]
    kinds: tuple[str, ...]
    """The kinds of dtype that it takes: `float`, `int`, `uint` or `bool`."""
    hard: bool
    """Whether it costs more than to read its result from memory."""


NativeForm = CFunction | LLVMFunction
KINDS = ("float", "int", "uint", "bool")


def c_function(function: Any) -> CFunction:
    """A C function `double f(double, …)` as a native form of an element-wise op.

    It may be a function of a library that ctypes has loaded, an address, or an object that has one:
    a `scipy.LowLevelCallable`, a `cfunc` of Numba. Compiled code calls it from several threads at
    once, in any order, and not where its result is not needed: it must be a pure function.
    """
    return CFunction(_address(function), function)


def _address(function: Any) -> int:
    if isinstance(function, int) and not isinstance(function, bool):
        address = function
    elif isinstance(function, ctypes._CFuncPtr):  # type: ignore[attr-defined]
        kept = getattr(function, "_objects", None) or {}
        if any(type(v).__name__ == "CThunkObject" for v in kept.values()):
            raise PolyadTypeError(
                "c_function: this ctypes function calls Python, for which compiled code does not "
                "wait; use polyad.pure_callback, or a function of C"
            )
        _check_arguments(function)
        address = ctypes.cast(function, ctypes.c_void_p).value or 0
    elif isinstance(getattr(function, "address", None), int):
        address = function.address
    elif type(function).__name__ == "LowLevelCallable":
        return _address_of_callable(function)
    else:
        raise PolyadTypeError(
            f"c_function takes a function of ctypes, an address, or an object with one, not "
            f"{type(function).__name__}"
        )
    if not address:
        raise PolyadValueError("c_function: the address is 0")
    return address


def _check_arguments(function: Any) -> None:
    """Raise `PolyadTypeError` if ctypes knows the arguments, and they are not doubles."""
    arguments = function.argtypes
    if arguments is None:
        return
    types = (function.restype, *arguments)
    if any(t is not ctypes.c_double for t in types):
        told = ", ".join(getattr(t, "__name__", str(t)) for t in types)
        raise PolyadTypeError(
            f"c_function takes a function of doubles that gives a double; the restype and argtypes "
            f"of this one are {told}"
        )


def _address_of_callable(function: Any) -> int:
    """The address in a `scipy.LowLevelCallable`."""
    if not isinstance(function.function, ctypes._CFuncPtr):  # type: ignore[attr-defined]
        raise PolyadTypeError(
            "c_function takes a LowLevelCallable of a ctypes function, not of a "
            f"{type(function.function).__name__}"
        )
    return _address(function.function)


def llvm_function(
    build: Callable[..., Any], *, kinds: tuple[str, ...] = ("float",), hard: bool = True
) -> LLVMFunction:
    """A native form of an element-wise op as LLVM IR, built with llvmlite.

    `build(builder, *values, **attributes)` gets an `llvmlite.ir.IRBuilder`, a value per operand and
    the op's attributes by name, and gives the value of the result. `kinds` are those of the
    operands' dtype for which it can (`float`, `int`, `uint`, `bool`); with others the op is a call
    of Python. `hard` says that it costs as much as a dozen additions.
    """
    if not callable(build):
        raise PolyadTypeError(f"llvm_function takes a function, not {type(build).__name__}")
    wrong = [k for k in kinds if k not in KINDS]
    if wrong or not kinds:
        raise PolyadValueError(
            f"llvm_function: kinds are among {', '.join(KINDS)}, not {shown(kinds)}"
        )
    return LLVMFunction(build, tuple(kinds), hard)
