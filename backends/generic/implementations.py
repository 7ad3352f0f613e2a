"""The table of every backend: ops that the standard has under other names, with other arguments, or
not at all.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

from polyad.execution import Stack
from polyad.ir import ArrayType

from ..makers import Implementation, Maker, Types
from .elementwise import ELEMENTWISE, also_boolean
from .gauge import GAUGE
from .linalg import LINALG
from .matrix_functions import MATRIX_FUNCTIONS
from .special import SPECIAL_FUNCTIONS


def astype(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Callable[..., Any]:
    xp, dtype = backend.xp, backend.native_dtype(attrs["dtype"])
    if types[0].dtype.is_complex and not attrs["dtype"].is_complex:
        if attrs["dtype"].family == "bool":
            return lambda x: x != 0
        return lambda x: xp.astype(xp.real(x), dtype)
    return lambda x: xp.astype(x, dtype)


def bitcast(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    """On the host: the standard has no view of another dtype."""
    name = attrs["dtype"].name

    def run(x: Any) -> Any:
        host = backend.host(x)
        bits = host.reshape(-1).view(name).reshape(host.shape)
        return backend.asarray(bits, attrs["dtype"], like=x)

    return run


def full(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Callable[..., Any]:
    dtype = attrs["dtype"]
    return lambda: backend.full(dtype.python_type(attrs["value"]), dtype, attrs["shape"])


def iota(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Callable[..., Any]:
    return lambda: backend.xp.arange(attrs["size"], dtype=backend.native_dtype(attrs["dtype"]))


def constant(
    backend: Any, attrs: dict[str, Any], types: Types, results: Types
) -> Callable[..., Any]:
    return lambda: attrs["array"].array


def reduction(name: str) -> Maker:
    def maker(
        backend: Any, attrs: dict[str, Any], types: Types, results: Types
    ) -> Callable[..., Any]:
        function, axes, dtype = getattr(backend.xp, name), attrs["axes"], types[0].dtype
        if name in ("sum", "prod"):
            native = backend.native_dtype(dtype)
            return lambda x: function(x, axis=axes, dtype=native)
        if name in ("max", "min") and dtype.family == "bool":
            logical = backend.xp.any if name == "max" else backend.xp.all
            return lambda x: logical(x, axis=axes)
        return lambda x: function(x, axis=axes)

    return maker


def argument(name: str) -> Maker:
    def maker(
        backend: Any, attrs: dict[str, Any], types: Types, results: Types
    ) -> Callable[..., Any]:
        xp, function, axis = backend.xp, getattr(backend.xp, name), attrs["axis"]
        wide = backend.native_dtype(results[0].dtype)
        if types[0].dtype.family == "bool":
            return lambda x: xp.astype(function(xp.astype(x, xp.uint8), axis=axis), wide)
        return lambda x: xp.astype(function(x, axis=axis), wide)

    return maker


def cumulative(name: str) -> Maker:
    def maker(
        backend: Any, attrs: dict[str, Any], types: Types, results: Types
    ) -> Callable[..., Any]:
        function, dtype = getattr(backend.xp, name), backend.native_dtype(types[0].dtype)
        return lambda x: function(x, axis=attrs["axis"], dtype=dtype)

    return maker


def cumulative_by_doubling(name: str) -> Maker:
    """Each step combines windows of a length with those before them (Hillis and Steele, 1986)."""

    def maker(
        backend: Any, attrs: dict[str, Any], types: Types, results: Types
    ) -> Callable[..., Any]:
        xp, axis, size = backend.xp, attrs["axis"], types[0].shape[attrs["axis"]]
        combine = also_boolean(name)(backend, {}, types, results)
        before, after = (slice(None),) * axis, (slice(None),) * (types[0].ndim - axis - 1)

        def run(x: Any) -> Any:
            part = lambda a, b: x[(*before, slice(a, b), *after)]
            width = 1
            while width < size:
                later = combine(part(None, -width), part(width, None))
                x = xp.concat([part(None, width), later], axis=axis)
                width *= 2
            return x

        return run

    return maker


def concat(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Callable[..., Any]:
    return lambda *arrays: backend.xp.concat(arrays, axis=attrs["axis"])


def flip(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Callable[..., Any]:
    return lambda x: backend.xp.flip(x, axis=attrs["axes"])


def slice_(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Callable[..., Any]:
    parts = zip(attrs["start"], attrs["stop"], attrs["step"], strict=True)
    index = tuple(slice(a, b, s) for a, b, s in parts)
    return lambda x: x[index]


def zeros(backend: Any, shape: tuple[int, ...], like: Any) -> Any:
    """Zeros of the dtype of `like`, and on its device, if the library has devices."""
    extra = {"device": like.device} if hasattr(like, "device") else {}
    return backend.xp.zeros(shape, dtype=like.dtype, **extra)


def pad(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Callable[..., Any]:
    shape = results[0].shape
    parts = zip(types[0].shape, attrs["low"], attrs["interior"], strict=True)
    index = tuple(slice(a, a + max(n - 1, 0) * (i + 1) + min(n, 1), i + 1) for n, a, i in parts)

    def run(x: Any) -> Any:
        out = zeros(backend, shape, x)
        out[index] = x
        return out

    return run


def windows(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    """One strided slice per element of a window, stacked."""
    sizes, shape = attrs["sizes"], results[0].shape
    slices = window_slices(sizes, shape[len(shape) - len(sizes) :], attrs)
    xp, lead = backend.xp, types[0].ndim - len(sizes)

    def run(x: Any) -> Any:
        parts = [x[(..., *index)] for index in slices]
        return xp.reshape(xp.stack(parts, axis=lead), shape)

    return run


def overlap_add(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    """One strided slice per element of a window, added up."""
    n, shape = len(attrs["shape"]), types[0].shape
    sizes = shape[len(shape) - 2 * n : len(shape) - n]
    slices = window_slices(sizes, shape[len(shape) - n :], attrs)
    elements = [(..., *k, *(slice(None),) * n) for k in itertools.product(*map(range, sizes))]
    moves = [] if 0 in shape else list(zip(slices, elements, strict=True))

    def run(x: Any) -> Any:
        out = zeros(backend, results[0].shape, x)
        for target, source in moves:
            out[(..., *target)] += x[source]
        return out

    return run


def window_slices(
    sizes: tuple[int, ...], places: tuple[int, ...], attrs: dict[str, Any]
) -> list[tuple[slice, ...]]:
    """For each element of a window the slices that it covers, over the last axes."""
    steps = list(zip(places, attrs["strides"], attrs["dilations"], strict=True))
    return [
        tuple(
            slice(k * d, k * d + max((p - 1) * s + 1, 0), s)
            for k, (p, s, d) in zip(element, steps, strict=True)
        )
        for element in itertools.product(*map(range, sizes))
    ]


def take(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Callable[..., Any]:
    xp, axis, last = backend.xp, attrs["axis"], types[0].shape[attrs["axis"]] - 1

    def run(x: Any, indices: Any) -> Any:
        return xp.take(x, xp.clip(indices, 0, max(last, 0)), axis=axis)

    return run


def scatter(
    backend: Any, attrs: dict[str, Any], types: Types, results: Types
) -> Callable[..., Any]:
    """One update after another: the standard has nothing for repeated indices."""
    xp, axis, mode, n = backend.xp, attrs["axis"], attrs["mode"], types[0].shape[attrs["axis"]]
    combine = {
        "set": lambda old, new: new,
        "add": lambda old, new: old + new,
        "multiply": lambda old, new: old * new,
        "min": xp.minimum,
        "max": xp.maximum,
    }[mode]
    lead = (slice(None),) * axis

    def run(x: Any, indices: Any, updates: Any) -> Any:
        out = xp.asarray(x, copy=True)
        for k in range(indices.shape[0]):
            i = int(indices[k])
            if 0 <= i < n:
                out[(*lead, i, ...)] = combine(out[(*lead, i, ...)], updates[(*lead, k, ...)])
        return out

    return run


def sorting(name: str) -> Maker:
    def maker(
        backend: Any, attrs: dict[str, Any], types: Types, results: Types
    ) -> Callable[..., Any]:
        function = getattr(backend.xp, name)
        return lambda x: function(
            x, axis=attrs["axis"], descending=attrs["descending"], stable=True
        )

    return maker


def searchsorted(
    backend: Any, attrs: dict[str, Any], types: Types, results: Types
) -> Callable[..., Any]:
    xp, wide = backend.xp, backend.native_dtype(results[0].dtype)
    return lambda x1, x2: xp.astype(xp.searchsorted(x1, x2, side=attrs["side"]), wide)


def dot_general(
    backend: Any, attrs: dict[str, Any], types: Types, results: Types
) -> Callable[..., Any]:
    """Axes to the order (batch, free, contracted), groups flattened, one `matmul`, and back."""
    (cx, cy), (bx, by) = attrs["contracting"], attrs["batch"]
    x, y = types
    fx = tuple(i for i in range(x.ndim) if i not in cx and i not in bx)
    fy = tuple(i for i in range(y.ndim) if i not in cy and i not in by)
    xp = backend.xp
    matmul = backend.matmul if hasattr(backend, "matmul") else xp.matmul
    if not bx and len(cx) == 1 and max(x.ndim, y.ndim) <= 2:
        return _small_matmul(matmul, x.ndim == 2 and cx == (0,), y.ndim == 2 and cy == (1,))
    sizes = [_size(x, bx), _size(x, fx), _size(x, cx), _size(y, fy)]
    left, right = (sizes[0], sizes[1], sizes[2]), (sizes[0], sizes[2], sizes[3])
    if not bx:
        left, right = left[1:], right[1:]  # type: ignore[assignment]
    order_x, order_y = (*bx, *fx, *cx), (*by, *cy, *fy)
    move_x = _mover(xp, order_x, left, x)
    move_y = _mover(xp, order_y, right, y)
    shape = results[0].shape
    flat = (*left[:-1], right[-1])
    if flat == shape:
        return lambda a, b: matmul(move_x(a), move_y(b))
    return lambda a, b: xp.reshape(matmul(move_x(a), move_y(b)), shape)


def _small_matmul(matmul: Callable[..., Any], turn_x: bool, turn_y: bool) -> Callable[..., Any]:
    """The product of matrices and vectors, those to be transposed being matrices."""
    if turn_x:
        return lambda a, b: matmul(a.T, b.T if turn_y else b)
    return (lambda a, b: matmul(a, b.T)) if turn_y else matmul


def _size(type_: ArrayType, axes: Sequence[int]) -> int:
    size = 1
    for i in axes:
        size *= type_.shape[i]
    return size


def _mover(
    xp: Any, order: Sequence[int], shape: tuple[int, ...], type_: ArrayType
) -> Callable[[Any], Any]:
    """Permute and reshape, where there is anything to do."""
    permute = tuple(order) != tuple(range(len(order)))
    reshape = shape != tuple(type_.shape[i] for i in order)
    if permute and reshape:
        return lambda a: xp.reshape(xp.permute_dims(a, order), shape)
    if permute:
        return lambda a: xp.permute_dims(a, order)
    return (lambda a: xp.reshape(a, shape)) if reshape else lambda a: a


def permute_dims(
    backend: Any, attrs: dict[str, Any], types: Types, results: Types
) -> Callable[..., Any]:
    return lambda x: backend.xp.permute_dims(x, attrs["axes"])


def to_shape(name: str) -> Maker:
    def maker(
        backend: Any, attrs: dict[str, Any], types: Types, results: Types
    ) -> Callable[..., Any]:
        function, shape = getattr(backend.xp, name), attrs["shape"]
        return lambda x: function(x, shape)

    return maker


def fft(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Callable[..., Any]:
    transform = backend.xp.fft.ifftn if attrs["inverse"] else backend.xp.fft.fftn
    return _of_elements(backend, results, lambda x: transform(x, axes=attrs["axes"]))


def rfft(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Callable[..., Any]:
    return _of_elements(backend, results, lambda x: backend.xp.fft.rfft(x, axis=attrs["axis"]))


def irfft(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Callable[..., Any]:
    return _of_elements(
        backend, results, lambda x: backend.xp.fft.irfft(x, n=attrs["n"], axis=attrs["axis"])
    )


def _of_elements(backend: Any, results: Types, run: Callable[..., Any]) -> Callable[..., Any]:
    """A transform, which is not asked where there are no elements: MKL's is an error there."""
    (result,) = results
    if result.size:
        return run
    return lambda x: backend.full(0, result.dtype, result.shape, x)


def unrecorded(
    backend: Any, attrs: dict[str, Any], types: Types, results: Types
) -> Callable[..., Any]:
    return lambda: backend.full(0, results[0].dtype, results[0].shape)


def empty_stack(
    backend: Any, attrs: dict[str, Any], types: Types, results: Types
) -> Callable[..., Any]:
    return lambda: Stack(results[0])


def callback(
    backend: Any, attrs: dict[str, Any], types: Types, results: Types
) -> Callable[..., Any]:
    """A call of a user's Python function, on this backend's arrays."""
    called = attrs["callback"]
    if len(results) == 1:
        return lambda *arrays: called.run(backend, arrays, results)[0]
    return lambda *arrays: called.run(backend, arrays, results)


IMPLEMENTATIONS: dict[str, Implementation] = {
    "pure_callback": callback,
    "debug_callback": callback,
    "empty_stack": empty_stack,
    "unrecorded": unrecorded,
    "astype": astype,
    "bitcast": bitcast,
    "full": full,
    "iota": iota,
    "constant": constant,
    **{name: reduction(name) for name in ("sum", "prod", "max", "min", "any", "all")},
    **{name: argument(name) for name in ("argmax", "argmin")},
    **{name: cumulative(name) for name in ("cumulative_sum", "cumulative_prod")},
    "cumulative_max": cumulative_by_doubling("maximum"),
    "cumulative_min": cumulative_by_doubling("minimum"),
    "cumulative_logsumexp": cumulative_by_doubling("logaddexp"),
    **ELEMENTWISE,
    **SPECIAL_FUNCTIONS,
    "concat": concat,
    "flip": flip,
    "slice": slice_,
    "pad": pad,
    "windows": windows,
    "overlap_add": overlap_add,
    "take": take,
    "scatter": scatter,
    "sort": sorting("sort"),
    "argsort": sorting("argsort"),
    "searchsorted": searchsorted,
    "dot_general": dot_general,
    "permute_dims": permute_dims,
    "reshape": to_shape("reshape"),
    "broadcast_to": to_shape("broadcast_to"),
    "fft": fft,
    "rfft": rfft,
    "irfft": irfft,
    **LINALG,
    **GAUGE,
    **MATRIX_FUNCTIONS,
}
