"""The Python function of a compiled function: a script for `entry`, and the entry point."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from polyad.ir import ArrayType, DType

from ..linking.engine import object_code_in_haste
from ..linking.symbols import OBJECTS
from ..runtime.modules import LARGE, Built, address_of, loaded
from .arguments import (
    ANY,
    AS_IT_IS,
    BOOLEAN,
    CONTIGUOUS,
    COPIED,
    INTEGER,
    PAIR_OF_SINGLES,
    SCALAR,
    SHAPED,
    SINGLE,
    STRIDED,
)
from .entry import ENTRY, FRESH, Entry
from .layouts import COPIED as COPIED_BELOW
from .layouts import Layout, Layouts
from .objects import ARRAY, EITHER, METH_FASTCALL, PYTHON, PYTHON_SCALARS, SCALARS, callable_of

CONVERSIONS = {
    "bool": BOOLEAN,
    "int64": INTEGER,
    "float32": SINGLE,
    "float64": AS_IT_IS,
    "complex64": PAIR_OF_SINGLES,
    "complex128": AS_IT_IS,
}


@functools.cache
def entry_address() -> int:
    """The address of the entry point, made once for the process."""

    def build() -> Built:
        module = Entry()
        return str(module), tuple(module.outside)

    engine = loaded("entry", build, object_code_in_haste)
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(engine))
    return engine.address(ENTRY)


class Signature:
    """The program at an address, of `arguments` in `layouts`. `donated` maps the number of an
    argument to that of the result it becomes. With `release`, other Python threads run during a
    call.
    """

    def __init__(
        self,
        program: int,
        arguments: Sequence[ArrayType],
        results: Sequence[ArrayType],
        layouts: Layouts = (),
        donated: dict[int, int] | None = None,
        release: bool = False,
    ) -> None:
        self.program, self.release = program, release
        self.arguments, self.results = arguments, results
        self.layouts: Layouts = layouts or (None,) * len(arguments)
        self.donated = donated or {}

    def own(
        self, alive: Sequence[Any], weak: Sequence[bool | None], once: bool = False
    ) -> tuple[Any, ...]:
        """The `self` of the Python function; it keeps the objects `alive`. An argument that is
        `weak` must be a Python scalar, another one must not be; None allows both. With `once`,
        large results come from NumPy's allocator, and the code that runs programs is one made in
        haste: the others need not be compiled yet.
        """
        script = [
            *self.run(once),
            self.release,
            *map(len, (self.arguments, self.donated, self.results)),
            0,
        ]
        for i, w in enumerate(weak):
            script += self.argument(i, EITHER if w is None else PYTHON if w else ARRAY)
        for i in self.donated:
            script += [i, *map(spanned, self.arguments, self.layouts)]
        given = {result: argument for argument, result in self.donated.items()}
        for i, type in enumerate(self.results):
            dtype = np.dtype(type.dtype.name)
            large = type.nbytes >= LARGE and i not in given
            maker = address_of("results.new_array") if large and not once else 0
            described = dtype.num, id(dtype), len(type.shape), *type.shape
            script += [given.get(i, FRESH), maker, *described]
        return np.array(script, np.int64).tobytes(), *alive

    def run(self, once: bool) -> tuple[int, int]:
        """The addresses of the function that runs programs, and of this one."""
        return address_of("programs.run" if once else "often.run"), self.program

    def callable(
        self, alive: Sequence[Any], weak: Sequence[bool | None], once: bool
    ) -> Callable[..., Any]:
        """The Python function of arrays. It gives a tuple of fresh ones, or `NotImplemented`."""
        return callable_of(entry_address(), METH_FASTCALL, self.own(alive, weak, once))

    def argument(self, i: int, wanted: int) -> list[int]:
        """The record of argument i."""
        type, layout = self.arguments[i], self.layouts[i]
        script = [SHAPED] if type.shape else scalar(type.dtype, wanted)
        script += [id(np.dtype(type.dtype.name)), len(type.shape), *type.shape]
        return [*script, *placed(type, layout, CONTIGUOUS if i in self.donated else COPIED)]


def placed(type: ArrayType, layout: Layout | None, small: int) -> list[int]:
    """The end of an argument's record: where its elements must be. `small` is said of small ones
    that are not contiguous.
    """
    if layout is not None:
        size = type.dtype.itemsize
        moving = zip(type.shape, layout.strides, strict=True)
        strides = [stride * size if n > 1 else ANY for n, stride in moving]
        return [STRIDED, -layout.first * size, *strides]
    return [small if type.shape and type.nbytes < COPIED_BELOW else CONTIGUOUS]


def scalar(dtype: DType, wanted: int) -> list[int]:
    """The beginning of the record of a 0-d argument."""
    name = dtype.name
    if name not in SCALARS:
        return [SHAPED]
    python = id(OBJECTS[PYTHON_SCALARS[name]]) if name in PYTHON_SCALARS else 0
    return [SCALAR, wanted, id(np.dtype(name).type), python, CONVERSIONS.get(name, AS_IT_IS)]


def spanned(type: ArrayType, layout: Layout | None) -> int:
    """The bytes from an argument's lowest element to its highest."""
    return type.nbytes if layout is None else layout.span * type.dtype.itemsize
