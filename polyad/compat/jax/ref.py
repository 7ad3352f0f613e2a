"""`jax.ref`."""

from __future__ import annotations

from typing import Any

import numpy as _np

from ... import ref as _ref
from ...api.refs import made as _made
from ...numpy import dtype as _dtype
from ._array import as_arrays as _as_arrays
from ._spelling import door


class Ref(_ref.Ref):
    """A cell of an array, whose parts are JAX's arrays."""

    __slots__ = ()

    def __getitem__(self, index: Any) -> Any:
        return _as_arrays(super().__getitem__(index))


def new_ref(init_val: Any, *, memory_space: None = None, kind: None = None) -> Ref:
    """`polyad.new_ref`."""
    found = _made(Ref, init_val, memory_space, kind)
    assert isinstance(found, Ref)
    return found


def empty_ref(ty: Any, memory_space: None = None) -> Ref:
    """A cell of this shape and dtype, whose elements are 0."""
    return new_ref(_np.zeros(ty.shape, _dtype(ty.dtype).name), memory_space=memory_space)


DOOR = door("jax.ref", _ref, own={"Ref": Ref, "new_ref": new_ref, "empty_ref": empty_ref})


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
