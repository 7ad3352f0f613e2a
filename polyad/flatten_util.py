"""`ravel_pytree`: a pytree of arrays as one vector, and back."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from . import execution, tree
from . import numpy as pnp
from .errors import ShapeError
from .ir import user_location, where
from .numpy._core import array_of, beside, convert, dtype_of, promoted, shape_of
from .ops import manipulation as m


def ravel_pytree(pytree: Any) -> tuple[Any, Callable[[Any], Any]]:
    """The leaves of `pytree` end to end, and the function that takes such a vector to a pytree.

    The vector has the leaves' common dtype; each leaf that comes back has its own dtype and shape,
    or, where all leaves have one dtype, that of the vector that is given.
    Both directions can be traced and differentiated. The function raises `ShapeError` for a vector
    of another size.

    >>> import numpy as np
    >>> flat, unravel = ravel_pytree({"w": np.ones((2, 2)), "b": 0.5})
    >>> flat
    array([0.5, 1. , 1. , 1. , 1. ])
    >>> unravel(flat * 2)["w"]
    array([[2., 2.],
           [2., 2.]])
    """
    leaves, structure = tree.flatten(pytree)
    shapes, dtypes = [shape_of(x) for x in leaves], [dtype_of(x) for x in leaves]
    sizes = [math.prod(shape) for shape in shapes]
    one_dtype = len(set(dtypes)) == 1
    with beside(next((x for x in leaves if type(x) not in execution.SCALARS), None)):
        arrays = promoted(leaves) if leaves else []
    parts = [m.reshape(x, shape=(n,)) for x, n in zip(arrays, sizes, strict=True)]
    flat = m.concat(*parts, axis=0) if parts else pnp.zeros((0,))

    def unravel(vector: Any) -> Any:
        x = array_of(vector)
        if shape_of(x) != (sum(sizes),):
            raise ShapeError(
                f"unravel takes a vector of {sum(sizes)} elements, not shape {shape_of(x)}"
                f"{where(user_location())}"
            )
        ends = [sum(sizes[: k + 1]) for k in range(len(sizes))]
        pieces = [m.slice_axis(x, 0, end - n, end) for n, end in zip(sizes, ends, strict=True)]
        found = [
            m.reshape(piece, shape=shape)
            if one_dtype
            else convert(m.reshape(piece, shape=shape), dtype)
            for piece, shape, dtype in zip(pieces, shapes, dtypes, strict=True)
        ]
        return tree.unflatten(structure, found)

    return flat, unravel
