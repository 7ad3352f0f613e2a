"""Host steps: ops that compiled code leaves to Python, one by one, on buffers given by address."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from polyad.execution import get_backend
from polyad.ir import ArrayType, Function, Location
from polyad.ops.callback import CALLBACKS
from polyad.ops.control import too_many_steps

from ..locks import once


class HostStep:
    """Runs one function of the array dialect by the NumPy backend, from and into the buffers of
    compiled code. A user's Python function is given copies, which it may keep.
    """

    def __init__(self, function: Function, reason: str) -> None:
        self.function = function
        self.reason = reason
        self.types: tuple[ArrayType, ...] = (*function.argument_types, *function.result_types)
        self.table = ctypes.c_void_p * len(self.types)
        self.copies = any(op.definition in CALLBACKS for op in function.walk())

    def __call__(self, address: int) -> None:
        """`address` is that of a table of pointers: the arguments' buffers, then the results'."""
        arrays = [
            view(p, t) for p, t in zip(self.table.from_address(address), self.types, strict=True)
        ]
        inputs = len(self.function.arguments)
        given = [a[()] if a.ndim == 0 else a.copy() if self.copies else a for a in arrays[:inputs]]
        results = get_backend("numpy").evaluate(self.function, given)
        for target, result in zip(arrays[inputs:], results, strict=True):
            target[...] = result


class TooManySteps:
    """Raises the error of a `while` that has run `limit` iterations and is to go on."""

    def __init__(self, limit: int, location: Location | None) -> None:
        self.limit, self.location = limit, location

    def __call__(self) -> None:
        raise too_many_steps(self.limit, self.location)


def address_of(thing: Any) -> int:
    """The address by which code knows an object: of an array, that of its elements."""
    return int(thing.ctypes.data) if isinstance(thing, np.ndarray) else id(thing)


class Later:
    """Stands in for an object of code that was found on disk: `make` lowers the function, at the
    first call, and gives all objects that the code knows by number.
    """

    def __init__(self, make: Callable[[], Sequence[Any]], number: int) -> None:
        self.make, self.number = make, number

    def __call__(self, *address: int) -> None:
        self.step(*address)

    @once
    def step(self) -> Any:
        return self.make()[self.number]


def view(address: int | None, type: ArrayType) -> Any:
    """The array of `type` at `address`."""
    if not type.nbytes or address is None:
        return np.empty(type.shape, type.dtype.name)
    memory = (ctypes.c_char * type.nbytes).from_address(address)
    return np.ndarray(type.shape, type.dtype.name, memoryview(memory))
