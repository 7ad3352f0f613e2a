"""The generic backend: runs ops by calling a namespace that follows the array-API standard.

An op whose name the standard has is called under that name. `IMPLEMENTATIONS` lists the others; a
library's own file (`numpy.py`, `torch.py`) adds only where it truly differs, or can be quicker.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from polyad.config import config
from polyad.execution import Backend
from polyad.ir import ArrayType, Attributes, Definition, DType, Function

from .plan import Plan

Types = tuple[ArrayType, ...]
Maker = Callable[["ArrayApiBackend", dict[str, Any], Types, Types], Callable[..., Any]]


class ArrayApiBackend(Backend):
    """A backend over an array-API namespace `xp`, which a subclass imports when it is first
    needed.
    """

    implementations: ClassVar[dict[str, Maker]] = {}

    def __init__(self) -> None:
        self._memo: dict[Any, Callable[..., Any]] = {}
        self._dtypes: dict[Any, DType] = {}

    @property
    def xp(self) -> Any:
        raise NotImplementedError(f"backend {self.name!r} names no namespace")

    # -- Arrays

    def native_dtype(self, dtype: DType) -> Any:
        """The library's own dtype object."""
        return getattr(self.xp, dtype.name)

    def dtype_of(self, array: Any) -> DType:
        native = array.dtype
        found = self._dtypes.get(native)
        if found is None:
            name = str(native).rpartition(".")[2]
            if name not in DType.by_name:
                raise TypeError(
                    f"polyad does not compute with {name} arrays; convert to one of "
                    f"{', '.join(DType.by_name)}"
                )
            found = self._dtypes[native] = DType.by_name[name]
        return found

    def type_of(self, array: Any) -> ArrayType:
        return ArrayType(self.dtype_of(array), tuple(array.shape))

    def asarray(self, value: Any, dtype: DType | None = None, like: Any = None) -> Any:
        extra = {} if like is None else {"device": like.device}
        return self.xp.asarray(
            value, dtype=None if dtype is None else self.native_dtype(dtype), **extra
        )

    def full(self, value: Any, dtype: DType, shape: tuple[int, ...], like: Any = None) -> Any:
        extra = {} if like is None else {"device": like.device}
        return self.xp.full(shape, value, dtype=self.native_dtype(dtype), **extra)

    def has_nan(self, array: Any) -> bool:
        return self.dtype_of(array).is_inexact and bool(self.xp.any(self.xp.isnan(array)))

    def nonzero(self, mask: Any) -> Sequence[Any]:
        return self.xp.nonzero(mask)

    def first_outside(self, indices: Any, low: int, high: int) -> int | None:
        outside = (indices < low) | (indices >= high)
        if not bool(self.xp.any(outside)):
            return None
        return int(
            self.xp.reshape(indices, (-1,))[
                int(self.xp.argmax(self.xp.reshape(outside, (-1,)) * 1))
            ]
        )

    def item(self, array: Any) -> Any:
        kind = self.dtype_of(array).python_type
        return kind(self.xp.reshape(array, ()))

    # -- Execution

    def implementation(
        self, definition: Definition, attributes: Attributes, types: Types, results: Types
    ) -> Callable[..., Any]:
        key = (definition, attributes, types)
        found = self._memo.get(key)
        if found is None:
            maker = (
                self.implementations.get(definition.name)
                or IMPLEMENTATIONS.get(definition.name)
                or by_name
            )
            attrs = dict(attributes)
            if maker is by_name:
                attrs["name"] = definition.name
            found = self._memo[key] = maker(self, attrs, types, results)
        return found

    def region_implementation(
        self, definition: Definition, attributes: Attributes, region: Function
    ) -> Any:
        """A callable on arrays for an op with a region: `call` runs where its attribute says."""
        wanted: Any = dict(attributes).get("backend")
        runner = self.region_backend(wanted)
        return lambda *arrays: tuple(runner.evaluate(region, arrays))

    def region_backend(self, wanted: str | None) -> Backend:
        """The backend that runs a `call` for which `wanted` was asked, on this backend's arrays."""
        return self

    def plan(self, function: Function) -> Plan:
        """How `function` is run, worked out once."""
        found = function.memo.get(self)
        if found is None:
            found = function.memo[self] = Plan(function, self)
        return found

    def evaluate(self, function: Function, arrays: Sequence[Any]) -> Sequence[Any]:
        plan = self.plan(function)
        return plan.run_checked(arrays) if config.debug_nans else plan(arrays)

    def compile(self, function: Function) -> Callable[..., Sequence[Any]]:
        plan = self.plan(function)
        return lambda *arrays: plan(arrays)

    def literal(self, value: Any, dtype: DType, like: Any = None) -> Any:
        """A 0-d array for a scalar operand of an element-wise op."""
        return self.xp.asarray(dtype.python_type(value), dtype=self.native_dtype(dtype))

    def host(self, array: Any) -> Any:
        """The array as a NumPy array, for functions that only SciPy has."""
        import numpy

        return numpy.asarray(array)


# -- Ops under other names, or with other arguments, than in the standard --------------------------


def by_name(
    backend: ArrayApiBackend, attrs: dict[str, Any], types: Types, results: Types
) -> Callable[..., Any]:
    """The namespace's function of the same name."""
    function = getattr(backend.xp, attrs.pop("name"))
    return (lambda *arrays: function(*arrays, **attrs)) if attrs else function


def also_boolean(name: str) -> Maker:
    """A function that the standard has for numbers only: booleans go through uint8."""

    def maker(
        backend: ArrayApiBackend, attrs: dict[str, Any], types: Types, results: Types
    ) -> Callable[..., Any]:
        xp, function = backend.xp, getattr(backend.xp, name)
        if types[0].dtype.kind != "bool":
            return function
        boolean = backend.native_dtype(types[0].dtype)

        def run(*arrays: Any) -> Any:
            return xp.astype(function(*[xp.astype(x, xp.uint8) for x in arrays]), boolean)

        return run

    return maker


def round_(
    backend: ArrayApiBackend, attrs: dict[str, Any], types: Types, results: Types
) -> Callable[..., Any]:
    """Integers are round; complex numbers are rounded in both parts."""
    xp, dtype = backend.xp, types[0].dtype
    if dtype.is_integer:
        return lambda x: x
    if not dtype.is_complex:
        return xp.round
    join = complex_(backend, {}, (types[0].with_dtype(dtype.real),) * 2, results)
    return lambda x: join(xp.round(xp.real(x)), xp.round(xp.imag(x)))


def astype(
    backend: ArrayApiBackend, attrs: dict[str, Any], types: Types, results: Types
) -> Callable[..., Any]:
    xp, dtype = backend.xp, backend.native_dtype(attrs["dtype"])
    if types[0].dtype.is_complex and not attrs["dtype"].is_complex:
        if attrs["dtype"].kind == "bool":
            return lambda x: x != 0
        return lambda x: xp.astype(xp.real(x), dtype)
    return lambda x: xp.astype(x, dtype)


def full(
    backend: ArrayApiBackend, attrs: dict[str, Any], types: Types, results: Types
) -> Callable[..., Any]:
    dtype = attrs["dtype"]
    return lambda: backend.full(dtype.python_type(attrs["value"]), dtype, attrs["shape"])


def iota(
    backend: ArrayApiBackend, attrs: dict[str, Any], types: Types, results: Types
) -> Callable[..., Any]:
    return lambda: backend.xp.arange(attrs["size"], dtype=backend.native_dtype(attrs["dtype"]))


def constant(
    backend: ArrayApiBackend, attrs: dict[str, Any], types: Types, results: Types
) -> Callable[..., Any]:
    return lambda: attrs["array"].array


def reduction(name: str) -> Maker:
    def maker(
        backend: ArrayApiBackend, attrs: dict[str, Any], types: Types, results: Types
    ) -> Callable[..., Any]:
        function, axes, dtype = getattr(backend.xp, name), attrs["axes"], types[0].dtype
        if name in ("sum", "prod"):
            native = backend.native_dtype(dtype)
            return lambda x: function(x, axis=axes, dtype=native)
        if name in ("max", "min") and dtype.kind == "bool":
            logical = backend.xp.any if name == "max" else backend.xp.all
            return lambda x: logical(x, axis=axes)
        return lambda x: function(x, axis=axes)

    return maker


def argument(name: str) -> Maker:
    def maker(
        backend: ArrayApiBackend, attrs: dict[str, Any], types: Types, results: Types
    ) -> Callable[..., Any]:
        xp, function, axis = backend.xp, getattr(backend.xp, name), attrs["axis"]
        wide = backend.native_dtype(results[0].dtype)
        if types[0].dtype.kind == "bool":
            return lambda x: xp.astype(function(xp.astype(x, xp.uint8), axis=axis), wide)
        return lambda x: xp.astype(function(x, axis=axis), wide)

    return maker


def cumulative(name: str) -> Maker:
    def maker(
        backend: ArrayApiBackend, attrs: dict[str, Any], types: Types, results: Types
    ) -> Callable[..., Any]:
        function, dtype = getattr(backend.xp, name), backend.native_dtype(types[0].dtype)
        return lambda x: function(x, axis=attrs["axis"], dtype=dtype)

    return maker


def strong_multiply(
    backend: ArrayApiBackend, attrs: Any, types: Types, results: Types
) -> Callable[..., Any]:
    xp = backend.xp

    def run(t: Any, p: Any) -> Any:
        return xp.where(t == 0, xp.zeros_like(t), t * p)

    return run


def integer_pow(
    backend: ArrayApiBackend, attrs: Any, types: Types, results: Types
) -> Callable[..., Any]:
    return lambda x: x ** attrs["exponent"]


def sigmoid(
    backend: ArrayApiBackend, attrs: Any, types: Types, results: Types
) -> Callable[..., Any]:
    """1 / (1 + e^-x) without overflow: e^-|x| on both sides."""
    xp = backend.xp

    def run(x: Any) -> Any:
        small = xp.exp(-xp.abs(x))
        return xp.where(x >= 0, 1 / (1 + small), small / (1 + small))

    return run


def stop_gradient(
    backend: ArrayApiBackend, attrs: Any, types: Types, results: Types
) -> Callable[..., Any]:
    return lambda x: x


def complex_(
    backend: ArrayApiBackend, attrs: Any, types: Types, results: Types
) -> Callable[..., Any]:
    dtype = backend.native_dtype(results[0].dtype)
    xp = backend.xp

    def run(re: Any, im: Any) -> Any:
        return xp.astype(re, dtype) + xp.astype(im, dtype) * xp.asarray(1j, dtype=dtype)

    return run


def real(backend: ArrayApiBackend, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    return backend.xp.real if types[0].dtype.is_complex else lambda x: x


def imag(backend: ArrayApiBackend, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    return backend.xp.imag if types[0].dtype.is_complex else backend.xp.zeros_like


def conj(backend: ArrayApiBackend, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    return backend.xp.conj if types[0].dtype.is_complex else lambda x: x


def sign(backend: ArrayApiBackend, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    xp = backend.xp
    if not types[0].dtype.is_complex:
        return xp.sign

    def run(z: Any) -> Any:
        modulus = xp.abs(z)
        return xp.where(
            modulus == 0,
            xp.zeros_like(z),
            z / xp.where(modulus == 0, xp.ones_like(modulus), modulus),
        )

    return run


def special(name: str, *leading: str) -> Maker:
    """SciPy's function, on the host. `leading` attributes come before the array."""

    def maker(
        backend: ArrayApiBackend, attrs: dict[str, Any], types: Types, results: Types
    ) -> Callable[..., Any]:
        import scipy.special

        function = getattr(scipy.special, name)
        first = [attrs[key] for key in leading]

        def run(x: Any) -> Any:
            host = backend.host(x)
            return backend.asarray(
                function(*first, host).astype(results[0].dtype.name), results[0].dtype, like=x
            )

        return run

    return maker


def threefry_2x32(
    backend: ArrayApiBackend, attrs: Any, types: Types, results: Types
) -> Callable[..., Any]:
    from polyad.ops.random import threefry_decomposition

    return threefry_decomposition


def concat(
    backend: ArrayApiBackend, attrs: dict[str, Any], types: Types, results: Types
) -> Callable[..., Any]:
    return lambda *arrays: backend.xp.concat(arrays, axis=attrs["axis"])


def flip(
    backend: ArrayApiBackend, attrs: dict[str, Any], types: Types, results: Types
) -> Callable[..., Any]:
    return lambda x: backend.xp.flip(x, axis=attrs["axes"])


def slice_(
    backend: ArrayApiBackend, attrs: dict[str, Any], types: Types, results: Types
) -> Callable[..., Any]:
    parts = zip(attrs["start"], attrs["stop"], attrs["step"], strict=True)
    index = tuple(slice(a, b, s) for a, b, s in parts)
    return lambda x: x[index]


def pad(
    backend: ArrayApiBackend, attrs: dict[str, Any], types: Types, results: Types
) -> Callable[..., Any]:
    shape = results[0].shape
    parts = zip(types[0].shape, attrs["low"], attrs["interior"], strict=True)
    index = tuple(slice(a, a + max(n - 1, 0) * (i + 1) + min(n, 1), i + 1) for n, a, i in parts)

    def run(x: Any) -> Any:
        out = backend.xp.zeros(shape, dtype=x.dtype, device=x.device)
        out[index] = x
        return out

    return run


def take(
    backend: ArrayApiBackend, attrs: dict[str, Any], types: Types, results: Types
) -> Callable[..., Any]:
    xp, axis, last = backend.xp, attrs["axis"], types[0].shape[attrs["axis"]] - 1

    def run(x: Any, indices: Any) -> Any:
        return xp.take(x, xp.clip(indices, 0, last), axis=axis)

    return run


def scatter(
    backend: ArrayApiBackend, attrs: dict[str, Any], types: Types, results: Types
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
        backend: ArrayApiBackend, attrs: dict[str, Any], types: Types, results: Types
    ) -> Callable[..., Any]:
        function = getattr(backend.xp, name)
        return lambda x: function(
            x, axis=attrs["axis"], descending=attrs["descending"], stable=True
        )

    return maker


def dot_general(
    backend: ArrayApiBackend, attrs: dict[str, Any], types: Types, results: Types
) -> Callable[..., Any]:
    """Axes to the order (batch, free, contracted), groups flattened, one `matmul`, and back."""
    (cx, cy), (bx, by) = attrs["contracting"], attrs["batch"]
    x, y = types
    fx = tuple(i for i in range(x.ndim) if i not in cx and i not in bx)
    fy = tuple(i for i in range(y.ndim) if i not in cy and i not in by)
    xp = backend.xp
    sizes = [_size(x, bx), _size(x, fx), _size(x, cx), _size(y, fy)]
    left, right = (sizes[0], sizes[1], sizes[2]), (sizes[0], sizes[2], sizes[3])
    if not bx:
        left, right = left[1:], right[1:]  # type: ignore[assignment]
    order_x, order_y = (*bx, *fx, *cx), (*by, *cy, *fy)
    move_x = _mover(xp, order_x, left, x)
    move_y = _mover(xp, order_y, right, y)
    shape = results[0].shape
    matmul = backend.matmul if hasattr(backend, "matmul") else xp.matmul
    flat = (*left[:-1], right[-1])
    if flat == shape:
        return lambda a, b: matmul(move_x(a), move_y(b))
    return lambda a, b: xp.reshape(matmul(move_x(a), move_y(b)), shape)


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
    backend: ArrayApiBackend, attrs: dict[str, Any], types: Types, results: Types
) -> Callable[..., Any]:
    return lambda x: backend.xp.permute_dims(x, attrs["axes"])


def to_shape(name: str) -> Maker:
    def maker(
        backend: ArrayApiBackend, attrs: dict[str, Any], types: Types, results: Types
    ) -> Callable[..., Any]:
        function, shape = getattr(backend.xp, name), attrs["shape"]
        return lambda x: function(x, shape)

    return maker


def linalg(name: str) -> Maker:
    def maker(
        backend: ArrayApiBackend, attrs: dict[str, Any], types: Types, results: Types
    ) -> Callable[..., Any]:
        return getattr(backend.xp.linalg, name)

    return maker


IMPLEMENTATIONS: dict[str, Maker] = {
    "astype": astype,
    "full": full,
    "iota": iota,
    "constant": constant,
    **{name: reduction(name) for name in ("sum", "prod", "max", "min", "any", "all")},
    **{name: argument(name) for name in ("argmax", "argmin")},
    **{name: cumulative(name) for name in ("cumulative_sum", "cumulative_prod")},
    **{
        name: also_boolean(name)
        for name in (
            *("less", "less_equal", "greater", "greater_equal", "maximum", "minimum"),
            *("isnan", "isinf", "isfinite"),
        )
    },
    "round": round_,
    "strong_multiply": strong_multiply,
    "integer_pow": integer_pow,
    "sigmoid": sigmoid,
    "stop_gradient": stop_gradient,
    "complex": complex_,
    "real": real,
    "imag": imag,
    "conj": conj,
    "sign": sign,
    "erf": special("erf"),
    "erfc": special("erfc"),
    "erfinv": special("erfinv"),
    "lgamma": special("gammaln"),
    "digamma": special("digamma"),
    "polygamma": special("polygamma", "order"),
    "threefry_2x32": threefry_2x32,
    "concat": concat,
    "flip": flip,
    "slice": slice_,
    "pad": pad,
    "take": take,
    "scatter": scatter,
    "sort": sorting("sort"),
    "argsort": sorting("argsort"),
    "dot_general": dot_general,
    "permute_dims": permute_dims,
    "reshape": to_shape("reshape"),
    "broadcast_to": to_shape("broadcast_to"),
    "solve": linalg("solve"),
    "cholesky": linalg("cholesky"),
}
