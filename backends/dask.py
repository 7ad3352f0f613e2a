"""dask.array: chunked arrays that compute nothing until they are asked for a value.

A function of dask arrays gives dask arrays: the gradient of a chunked computation is one more task
graph, to be computed by whatever scheduler the user has. Element-wise ops run NumPy's
implementation on each chunk. What must know a value to go on, the condition of a `while_loop` or
the index of a `cond`, computes it there. What would need whole arrays in one place is refused.
"""

from __future__ import annotations

import importlib.util
import math
import sys
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from polyad.execution import get_backend
from polyad.ir import ArrayType, Attributes, Definition, DType
from polyad.ops.definition import OpDefinition

from .array_api import ArrayApiBackend
from .makers import Implementation, Types

COMPUTE = "call x.compute() and go on with NumPy arrays, or take the derivative chunk by chunk"


class DaskBackend(ArrayApiBackend):
    """Runs functions with dask.array."""

    name = "dask"

    def is_available(self) -> bool:
        return importlib.util.find_spec("dask") is not None

    @property
    def xp(self) -> Any:
        import array_api_compat.dask.array

        return array_api_compat.dask.array

    def owns(self, array: Any) -> bool:
        module = sys.modules.get("dask.array")
        return module is not None and isinstance(array, module.Array)

    def type_of(self, array: Any) -> ArrayType:
        if any(math.isnan(n) for n in array.shape):
            raise TypeError(
                f"the sizes of this dask array are not known: {array.shape}; call "
                "x.compute_chunk_sizes() first"
            )
        return super().type_of(array)

    def asarray(self, value: Any, dtype: DType | None = None, like: Any = None) -> Any:
        name = None if dtype is None else dtype.name
        if self.owns(value):
            return value if name is None else value.astype(name)
        return self.xp.from_array(np.asarray(value, dtype=name), chunks=-1)

    def full(self, value: Any, dtype: DType, shape: tuple[int, ...], like: Any = None) -> Any:
        return self.xp.full(shape, value, dtype=dtype.name)

    def copy(self, array: Any, order: str = "K") -> Any:
        return array  # a graph; a write into a dask array makes another graph

    def apart(self, array: Any, references: int = 1) -> Any:
        return array.copy()  # another object with that graph

    def literal(self, value: Any, dtype: DType, like: Any = None) -> Any:
        return np.asarray(value, dtype=dtype.name)

    def element(self, x: Any, index: int) -> Any:
        return x[index]

    def nonzero(self, mask: Any) -> Sequence[Any]:
        return [self.asarray(i) for i in np.nonzero(mask.compute())]

    def first_outside(self, indices: Any, low: int, high: int | None) -> int | None:
        return None  # not known before the graph is computed; reads are clamped

    def has_nan(self, array: Any) -> bool:
        return self.dtype_of(array).is_inexact and bool(np.isnan(array.compute()).any())

    def item(self, array: Any) -> Any:
        return array.compute().item()

    def host(self, array: Any) -> Any:
        return array.compute()

    def matmul(self, a: Any, b: Any) -> Any:
        """dask adds up products of narrow integers in wide ones."""
        return self.xp.matmul(a, b).astype(np.result_type(a.dtype, b.dtype))

    def devices(self) -> Sequence[Any]:
        return ("cpu",)

    def to_device(self, array: Any, device: Any) -> Any:
        if str(device) != "cpu":
            raise ValueError(f"dask arrays are on 'cpu'; there is no device {device!r}")
        return array

    def implementation(
        self, definition: Definition, attributes: Attributes, types: Types, results: Types
    ) -> Callable[..., Any]:
        by_chunk = isinstance(definition, OpDefinition) and definition.elementwise
        if not by_chunk or len(results) != 1 or not types:
            return super().implementation(definition, attributes, types, results)
        key = (definition, attributes, types)
        found = self._memo.get(key)
        if found is None:
            found = self._memo[key] = by_chunks(Chunk(definition.name, attributes, types, results))
        return found

    implementations: ClassVar[dict[str, Implementation]] = {}
    missing: ClassVar[dict[str, str]] = dict.fromkeys(
        (
            *("sort", "argsort", "cholesky", "solve", "solve_triangular", "inv", "pinv", "det"),
            *(
                "adjugate",
                "adjugate_derivative",
                "reciprocal_matrix",
                "basis",
                "slogdet",
                "lu",
                "qr",
                "svd",
            ),
            *("svdvals", "eig", "eigvals", "eigh", "eigvalsh", "rotation", "rotation_back"),
            *("determined", "quotient", "gauge", "matrix_function", "matrix_function_tangent"),
        ),
        f"it needs whole rows or matrices in one place: {COMPUTE}",
    )


class Chunk:
    """An element-wise op on a chunk, which is NumPy's. What it is called in a graph follows from
    what it does, and not from its pickled code; a worker makes it anew from the op's name.
    """

    def __init__(self, name: str, attributes: Attributes, types: Types, results: Types) -> None:
        self.__name__ = name
        self.key = (name, attributes, types, results)
        definition = Definition.registry[name]
        self.run = get_backend("numpy").implementation(definition, attributes, types, results)

    def __call__(self, *arrays: Any) -> Any:
        with np.errstate(all="ignore"):
            return np.asarray(self.run(*arrays))

    def __dask_tokenize__(self) -> Any:
        return ("polyad", *map(str, self.key))

    def __reduce__(self) -> Any:
        return Chunk, self.key


def by_chunks(chunk: Chunk) -> Callable[..., Any]:
    """An element-wise op of dask arrays; operands broadcast."""
    dtype = chunk.key[3][0].dtype.name

    def lazily(*arrays: Any) -> Any:
        import dask.array

        return dask.array.core.elemwise(chunk, *arrays, dtype=dtype)

    return lazily


# -- Ops of the standard that dask has in another form ---------------------------------------------


def permute_dims(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    return lambda x: x.transpose(attrs["axes"])


def take(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    axis, last = attrs["axis"], types[0].shape[attrs["axis"]] - 1
    lead = (slice(None),) * axis

    def run(x: Any, indices: Any) -> Any:
        return x[(*lead, indices.clip(0, max(last, 0)).astype("int64"))]

    return run


SCATTER: dict[str, Callable[..., Any]] = {
    "set": lambda out, at, updates: out.__setitem__(at, updates),
    "add": np.add.at,
    "multiply": np.multiply.at,
    "min": np.minimum.at,
    "max": np.maximum.at,
}


def scatter(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    """Each chunk takes the updates that fall into it: it is told where it begins along the axis."""
    axis, combine = attrs["axis"], SCATTER[attrs["mode"]]
    lead = (slice(None),) * axis

    def chunk(x: Any, start: Any, indices: Any, updates: Any) -> Any:
        at = indices.astype(np.int64) - start[0]
        inside = (at >= 0) & (at < x.shape[axis])
        out = x.copy()
        combine(out, (*lead, at[inside]), updates[(*lead, inside)])
        return out

    def run(x: Any, indices: Any, updates: Any) -> Any:
        import dask.array as da

        letters, along = tuple(range(x.ndim)), x.ndim
        starts = np.concatenate([[0], np.cumsum(x.chunks[axis])[:-1]]).astype(np.int64)
        fitting = updates.rechunk(tuple(-1 if k == axis else x.chunks[k] for k in letters))
        return da.blockwise(
            chunk,
            letters,
            *(x, letters),
            *(da.from_array(starts, chunks=1), (axis,)),
            *(indices.rechunk(-1), (along,)),
            *(fitting, tuple(along if k == axis else k for k in letters)),
            dtype=x.dtype,
            concatenate=True,
            align_arrays=False,
        )

    return run


def pad(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    """Axis by axis: a row of zeros between rows, then zeros before and after."""
    borders = list(zip(attrs["low"], attrs["high"], attrs["interior"], strict=True))

    def run(x: Any) -> Any:
        import dask.array as da

        for axis, (low, high, interior) in enumerate(borders):
            if interior and x.shape[axis]:
                gaps = [da.zeros_like(x)] * interior
                spread = da.stack([x, *gaps], axis=axis + 1)
                shape = (*x.shape[:axis], x.shape[axis] * (interior + 1), *x.shape[axis + 1 :])
                index = (*(slice(None),) * axis, slice(0, shape[axis] - interior))
                x = spread.reshape(shape)[index]
            zeros = lambda n, x=x, axis=axis: da.zeros(
                (*x.shape[:axis], n, *x.shape[axis + 1 :]), dtype=x.dtype
            )
            parts = [*([zeros(low)] if low else []), x, *([zeros(high)] if high else [])]
            x = da.concatenate(parts, axis=axis) if len(parts) > 1 else x
        return x

    return run


DaskBackend.implementations.update(
    permute_dims=permute_dims,
    take=take,
    scatter=scatter,
    pad=pad,
)


def backend() -> DaskBackend:
    """The entry point `dask`."""
    return DaskBackend()
