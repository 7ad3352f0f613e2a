"""The `memory` dialect: flat row-major buffers, and the workspace that holds the temporaries of a
call.
"""

from __future__ import annotations

from typing import Any

from polyad.ir import ArrayType, Definition, DType, Shape, Type, Value
from polyad.ir.parser import Reader, parse_type
from polyad.ir.types import int64, uint8

from .affine import Map

INDEX = ArrayType(int64, ())


class MemRef(Type):
    """A contiguous row-major buffer that holds an array; prints as `memref<f64[3,4]>`."""

    __slots__ = ("array",)

    def __init__(self, array: ArrayType) -> None:
        self.array = array

    @property
    def dtype(self) -> DType:
        return self.array.dtype

    @property
    def shape(self) -> Shape:
        return self.array.shape

    @property
    def element(self) -> ArrayType:
        """The type of one element."""
        return self.array.with_shape(())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MemRef) and self.array is other.array

    def __hash__(self) -> int:
        return hash(("memref", self.array))

    def __repr__(self) -> str:
        return f"memref<{self.array}>"


def _parse_memref(reader: Reader) -> MemRef:
    reader.expect("<")
    array = parse_type(reader)
    reader.expect(">")
    if not isinstance(array, ArrayType):
        raise reader.error(f"a memref holds an array, not {array}")
    return MemRef(array)


Type.parsers["memref"] = _parse_memref


def type_of(value: Value) -> Any:
    """The type of a value: an `ArrayType`, or a `MemRef` after bufferization."""
    return value.type


def buffer(type: Type, what: str = "operand") -> MemRef:
    """`type`, if it is a memref; raises `TypeError`."""
    if not isinstance(type, MemRef):
        raise TypeError(f"{what} must be a memref, not {type}")
    return type


def workspace_type(*, bytes: int) -> MemRef:
    """Scratch memory of one call."""
    if bytes < 0:
        raise ValueError(f"a workspace cannot have {bytes} bytes")
    return MemRef(ArrayType(uint8, (bytes,)))


def local_type(*, type: ArrayType) -> MemRef:
    """A small buffer, which may become registers."""
    if not isinstance(type, ArrayType):
        raise TypeError(f"a buffer holds an array, not {type}")
    return MemRef(type)


def view_type(source: Type, *, offset: int, type: ArrayType) -> MemRef:
    """The array of `type` that begins `offset` bytes into `source`."""
    room = buffer(source).array.nbytes
    if offset < 0 or offset + type.nbytes > room:
        raise ValueError(f"{type} at byte {offset} does not fit into the {room} bytes of {source}")
    return MemRef(type)


def check_access(memref: Type, indices: tuple[Type, ...], at: Map) -> ArrayType:
    """The element type, if `at` takes `indices` to one position; raises `TypeError`."""
    element = buffer(memref).element
    if any(i is not INDEX for i in indices):
        raise TypeError(f"indices must be {INDEX}, not {', '.join(map(str, indices))}")
    if at.rank != len(indices) or len(at.results) != 1:
        raise TypeError(f"{at} must take {len(indices)} indices to one position")
    return element


def load_type(memref: Type, *indices: Type, at: Map) -> ArrayType:
    """The element at position `at(indices)`."""
    return check_access(memref, indices, at)


def store_type(value: Type, memref: Type, *indices: Type, at: Map) -> tuple[()]:
    """Write `value` at position `at(indices)`."""
    element = check_access(memref, indices, at)
    if value is not element:
        raise TypeError(f"cannot store {value} into {memref}")
    return ()


def copy_type(source: Type, target: Type) -> tuple[()]:
    """Copy all bytes."""
    if buffer(source).array.nbytes != buffer(target).array.nbytes:
        raise TypeError(f"cannot copy {source} to {target}: their sizes differ")
    return ()


workspace = Definition("memory.workspace", workspace_type)
local = Definition("memory.local", local_type)
view = Definition("memory.view", view_type)
load = Definition("memory.load", load_type)
store = Definition("memory.store", store_type, effects=True)
copy = Definition("memory.copy", copy_type, effects=True)
