"""PyTorch as the entry point for tensors knows it, and the scripts of calls with tensors."""

from __future__ import annotations

import ctypes
import functools
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from polyad.ir import ArrayType
from polyad.system import SYSTEM

from ..linking.engine import object_code_in_haste
from ..runtime.modules import LARGE, Built, address_of, loaded
from .arguments import COPIED, REST_OF_SCALAR
from .objects import PYTHON, SCALARS
from .signature import Signature, placed, scalar
from .tensors import (
    ALIGNMENT,
    CONJUGATE,
    DESCRIBED,
    ENTRY_OF_TENSORS,
    NEGATIVE,
    NOTHING,
    T_DTYPE,
    T_SIZE,
    TENSOR,
    EntryOfTensors,
)

CAPSULE = b"dlpack_exchange_api"
MAJOR = 1  # of the table's layout
# The table: version, an older table, then functions.
ALLOCATE, EXPORT_MANAGED, IMPORT_MANAGED, EXPORT, STREAM = range(2, 7)


@functools.cache
def entry_address() -> int:
    """The address of the entry point, made once for the process."""

    def build() -> Built:
        module = EntryOfTensors()
        return str(module), tuple(module.outside)

    engine = loaded("entry of tensors", build, object_code_in_haste)
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(engine))
    return engine.address(ENTRY_OF_TENSORS)


class TensorLibrary:
    """PyTorch's objects and functions, in a row that machine code reads, for a default dtype; in a
    second row that dtype is left out, and not asked for.
    """

    def __init__(self, torch: Any, table: Any, default: Any) -> None:
        forward = torch.autograd.forward_ad
        self.tensor, self.export = torch.Tensor, table[EXPORT]
        self.kept = [
            sys.intern("requires_grad"),
            torch.Tensor.is_neg,
            torch.Tensor.is_conj,
            vars(forward),
            sys.intern("_current_level"),
            -1,
            torch.nn.Parameter,
            torch.is_grad_enabled,
            torch.get_default_dtype,
            default,
        ]
        row = [id(torch.Tensor), self.export, table[IMPORT_MANAGED], *map(id, self.kept)]
        self.rows = np.array([row, [*row[:-1], 0]], np.int64)
        self.asking = self.rows[0].ctypes.data
        self.address = self.rows[1].ctypes.data
        self.torch = torch

    @functools.cache  # noqa: B019  there is one library for each default dtype
    def dtype(self, name: str) -> int:
        """DLPack's word for a dtype: its code, bits and lanes."""
        example = self.torch.zeros(1, dtype=getattr(self.torch, name))
        tensor = ctypes.create_string_buffer(T_SIZE)
        export = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.py_object, ctypes.c_void_p)(self.export)
        if export(example, ctypes.addressof(tensor)):
            raise LookupError(f"no tensors of {name}")
        return ctypes.c_int32.from_buffer(tensor, T_DTYPE).value


def library_of(leaves: Sequence[Any]) -> TensorLibrary | None:
    """The library, if the arrays among `leaves` are its tensors, not of a subclass; None also for a
    PyTorch without the table of functions, or with another one.
    """
    torch = sys.modules.get("torch")
    arrays = [x for x in leaves if type(x) not in (bool, int, float, complex)]
    if torch is None or not arrays:
        return None
    if any(type(x) not in (torch.Tensor, torch.nn.Parameter) for x in arrays):
        return None
    return tensor_library(torch, torch.get_default_dtype())


@functools.cache
def tensor_library(torch: Any, default: Any) -> TensorLibrary | None:
    """The library under a default dtype; None where its table of functions is missing, or of
    another version.
    """
    capsule = getattr(torch.Tensor, "__dlpack_c_exchange_api__", None)
    forward_level = getattr(torch.autograd.forward_ad, "_current_level", None)
    if capsule is None or forward_level is None or not SYSTEM.aligned:
        return None
    get = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    address = get(capsule, CAPSULE)
    if ctypes.c_uint32.from_address(address).value != MAJOR:
        return None
    table = (ctypes.c_int64 * (STREAM + 1)).from_address(address)
    return TensorLibrary(torch, table, default)


class TensorSignature:
    """The script of a function that takes and gives tensors: see `Signature`, of the same one."""

    def __init__(self, of_arrays: Signature, library: TensorLibrary) -> None:
        self.of_arrays, self.library = of_arrays, library

    def own(self, alive: Sequence[Any], weak: Sequence[bool]) -> tuple[Any, ...]:
        """The `self` of the Python function; see `Signature.own`."""
        base = self.of_arrays
        counts = len(base.arguments), 0, len(base.results)
        script = [*base.run(once=False), base.release, *counts, self.library.address]
        first = list(weak).index(False)  # the tensor that is asked for the default dtype, too
        for i, w in enumerate(weak):
            script += self.argument(i, w, i == first)
        for type in base.results:
            script += self.result(type)
        return np.array(script, np.int64).tobytes(), self.library, *alive

    def argument(self, i: int, weak: bool, first: bool) -> list[int]:
        """The record of argument i."""
        type, layout = self.of_arrays.arguments[i], self.of_arrays.layouts[i]
        dtype = type.dtype
        if weak:
            if dtype.name not in SCALARS:
                raise LookupError(f"no Python scalars of {dtype}")
            return [*scalar(dtype, PYTHON), *(0,) * REST_OF_SCALAR]
        ask = CONJUGATE if dtype.is_complex else NEGATIVE if dtype.is_inexact else NOTHING
        word, number = self.library.dtype(dtype.name), np.dtype(dtype.name).num
        library = self.library.asking if first else self.library.address
        head = [TENSOR, library, word, dtype.itemsize, number, ask]
        return [*head, len(type.shape), *type.shape, *placed(type, layout, small=COPIED)]

    def result(self, type: ArrayType) -> list[int]:
        """The record of a result."""
        rank, name = len(type.shape), type.dtype.name
        start = -(-(DESCRIBED + 16 * rank) // ALIGNMENT) * ALIGNMENT
        large = type.nbytes >= LARGE
        maker = address_of("results.new_array") if large else 0
        size = start if large else start + max(type.nbytes, 1)
        strides = [1] * rank
        for i in range(rank - 1, 0, -1):
            strides[i - 1] = strides[i] * max(type.shape[i], 1)
        described = self.library.dtype(name), rank, *type.shape, *strides
        return [maker, np.dtype(name).num, size, start, *described]
