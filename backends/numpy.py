"""NumPy: the generic backend on NumPy's own namespace, with its ufuncs where they are quicker.

0-d results are NumPy scalars, as NumPy's own functions give. Where a function has ops with
singularities, floating-point warnings are off: infinities and NaNs are values, and
`config.debug_nans` says where one comes from.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import ml_dtypes  # noqa: F401 (gives NumPy the dtype bfloat16)
import numpy as np
from numpy.lib.stride_tricks import as_strided

from polyad.caches import Memo
from polyad.config import config
from polyad.errors import BackendNotFoundError, PolyadTypeError
from polyad.execution import Backend, get_backend
from polyad.ir import ArrayType, Attributes, Definition, DType
from polyad.ops.definition import OpDefinition
from polyad.ops.random import threefry_rounds

from .array_api import ArrayApiBackend
from .generic import elementwise as generic_elementwise
from .generic.elementwise import reciprocal
from .generic.special import SPECIAL_FUNCTIONS, special
from .makers import Maker, Types
from .numpy_namespace import NAMESPACE
from .plan import Plan

SMALL = 16384  # bytes; a larger array is not copied when a trace captures it


PROTOCOLS = (
    "__array_ufunc__",
    "__array_function__",
    *(
        f"__{side}{name}__"
        for name in ["add", "sub", "mul", "truediv", "matmul", "pow"]
        for side in ("", "r")
    ),
)
"""Methods by which a subclass of NumPy's array computes something else."""


def _refuse_own_arithmetic(kind: type) -> None:
    own = [name for name in PROTOCOLS if getattr(kind, name) is not getattr(np.ndarray, name)]
    if own and not hasattr(kind, "computes_as_numpys"):
        raise PolyadTypeError(
            f"polyad does not compute with a {kind.__name__}, a subclass of numpy.ndarray with "
            f"an arithmetic of its own ({', '.join(own)}), which would be lost: give it "
            "numpy.asarray(x)"
        )


class NumpyBackend(ArrayApiBackend):
    """Runs functions with NumPy."""

    name = "numpy"
    xp = NAMESPACE
    library = np
    is_guest = True
    arrays_are_numpys = True

    def __init__(self) -> None:
        super().__init__()
        self._types: Memo[Any, ArrayType] = Memo()

    def version(self, array: Any) -> Any:
        small = type(array) is np.ndarray and array.nbytes <= SMALL and array.flags.writeable
        return array.tobytes() if small else None

    def copy(self, array: Any, order: str = "K") -> Any:
        if isinstance(array, np.generic):
            return array
        return np.array(array, order="C" if order == "C" else "F" if order == "F" else "K")

    def apart(self, array: Any, references: int = 1) -> Any:
        alone = references == 0 and array.base is None
        return array if alone or isinstance(array, np.generic) else np.array(array)

    def native(self, array: Any) -> Any:
        dtype = array.dtype
        return array if dtype.isnative else array.astype(dtype.newbyteorder("="))

    def rows(self, x: Any, reverse: bool = False) -> Iterator[Any]:
        return iter(x[::-1] if reverse else x)

    def stack(self, arrays: Sequence[Any], element: ArrayType, like: Any = None) -> Any:
        if not arrays or not element.shape:
            return np.array(arrays, element.dtype.name).reshape(len(arrays), *element.shape)
        return np.concatenate(arrays).reshape(len(arrays), *element.shape)

    def owns(self, array: Any) -> bool:
        if not isinstance(array, np.ndarray | np.generic):
            return False
        masked = sys.modules.get("numpy.ma")  # where nobody has imported it nothing is masked
        if isinstance(array, np.matrix) or (masked and isinstance(array, masked.MaskedArray)):
            raise PolyadTypeError(
                f"polyad does not compute with a {type(array).__name__}, which is not what its "
                "array is: "
                "give it numpy.asarray(x), or fill the mask first"
            )
        if isinstance(array, np.ndarray) and type(array) is not np.ndarray:
            _refuse_own_arithmetic(type(array))
        return True

    def type_of(self, array: Any) -> ArrayType:
        key = (array.dtype, array.shape)
        found = self._types.get(key)
        if found is None:
            found = self._types.remember(key, ArrayType(self.dtype_of(array), array.shape))
        return found

    def asarray(self, value: Any, dtype: DType | None = None, like: Any = None) -> Any:
        return np.asarray(value, dtype=None if dtype is None else dtype.name)

    def scalar(self, value: Any, dtype: DType, like: Any = None) -> Any:
        return _SCALAR_TYPES[dtype.name](value)

    def full(self, value: Any, dtype: DType, shape: tuple[int, ...], like: Any = None) -> Any:
        return np.full(shape, value, dtype=dtype.name)[()]

    def quiet(self) -> Any:
        return np.errstate(all="ignore")

    def implementation(
        self, definition: Definition, attributes: Attributes, types: Types, results: Types
    ) -> Callable[..., Any]:
        run = super().implementation(definition, attributes, types, results)
        moved = len(results) == 1 and results[0].shape == () and may_give_0d(definition)
        return (lambda *arrays: run(*arrays)[()]) if moved else run

    def direct(self, definition: Definition, types: Types) -> Callable[..., Any] | None:
        if may_give_0d(definition):
            return None
        results: Any = definition.infer(types)
        return super().implementation(definition, (), types, results)

    def on_host(self, arrays: Sequence[Any]) -> bool:
        return True

    def to_host(self, array: Any) -> Any:
        return array

    def from_host(self, arrays: Sequence[Any], like: Any) -> Sequence[Any]:
        return arrays

    def has_nan(self, array: Any) -> bool:
        return self.dtype_of(array).is_inexact and bool(np.isnan(array).any())

    def item(self, array: Any) -> Any:
        return array.item()

    def execute(self, plan: Plan, arrays: Sequence[Any]) -> Sequence[Any]:
        if config.debug_nans or plan.noisy:
            with self.quiet():
                found = super().execute(plan, arrays)
        else:
            found = plan(arrays)
            if plan.copied:
                found = self.own(found, plan.copied)
        if not plan.scalars:
            return found
        return [x[()] if type(x) is np.ndarray and x.ndim == 0 else x for x in found]

    def region_backend(self, wanted: str | None) -> Backend:
        if wanted is None or config.debug_nans:
            return self
        try:
            return get_backend("native" if wanted == "jit" else wanted)
        except BackendNotFoundError:
            return self

    matmul = staticmethod(np.matmul)


_SCALAR_TYPES = {name: np.dtype(name).type for name in DType.by_name}


def may_give_0d(definition: Definition) -> bool:
    """Whether its implementation may give an array without dimensions, and not a scalar."""
    external = isinstance(definition, OpDefinition) and definition.external
    return external or definition.name in _MAY_GIVE_0D


_MAY_GIVE_0D = (
    *SPECIAL_FUNCTIONS,
    *("where", "reshape", "permute_dims", "broadcast_to", "dot_general", "flip"),
    *("astype", "bitcast"),
)


def reduce_with(name: str) -> Maker:
    """`ufunc.reduce`, less than half the cost of the function around it."""

    def maker(
        backend: Any, attrs: dict[str, Any], types: Types, results: Types
    ) -> Callable[..., Any]:
        reduce, axes = getattr(np, name).reduce, attrs["axes"]
        axis = None if len(axes) == types[0].ndim else axes
        if name in ("add", "multiply"):
            dtype = np.dtype(types[0].dtype.name)
            return lambda x: reduce(x, axis, dtype)
        return lambda x: reduce(x, axis)

    return maker


def accumulate(name: str) -> Maker:
    def maker(
        backend: Any, attrs: dict[str, Any], types: Types, results: Types
    ) -> Callable[..., Any]:
        return lambda x: getattr(np, name).accumulate(x, attrs["axis"])

    return maker


def integer_pow(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    exponent = attrs["exponent"]
    if exponent == 3:
        return lambda x: x * x * x
    return lambda x: np.power(x, exponent)


def astype(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Callable[..., Any]:
    dtype = np.dtype(attrs["dtype"].name)
    if types[0].dtype.is_complex and not attrs["dtype"].is_complex and dtype.kind != "b":
        return lambda x: x.real.astype(dtype)
    if types[0].dtype.bits == 64 and types[0].dtype.is_floating and dtype.kind == "V":
        return lambda x: rounded_to_odd(x).astype(dtype)  # ml_dtypes goes by way of float32
    return lambda x: x.astype(dtype)


def rounded_to_odd(x: Any) -> Any:
    """A float64 as one of the two float32 around it, of which that with the odd last bit where it
    is neither: rounding it once more gives what rounding `x` gives (Boldo and Melquiond,
    "Emulation of FMA and correctly rounded sums", 2008, theorem 3).
    """
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        near = np.asarray(x, np.float32)
    back, bits = near.astype(np.float64), near.view(np.int32)
    inexact = (back != x) & (x == x)
    return np.where(inexact, (bits - (abs(back) > abs(x))) | 1, bits).view(np.float32)


def complex_(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    """Part by part: re + 1j·im would turn an infinite part into NaNs."""
    dtype = np.dtype(results[0].dtype.name)

    def run(re: Any, im: Any) -> Any:
        out = np.empty(np.broadcast(re, im).shape, dtype)
        out.real, out.imag = re, im
        return out[()]

    return run


def bitcast(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    return lambda x: x.view(attrs["dtype"].name)


def windows(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    """A view of the array: no element is copied."""
    n, shape = len(attrs["sizes"]), results[0].shape

    def run(x: Any) -> Any:
        lead, last = x.strides[: x.ndim - n], x.strides[x.ndim - n :]
        inside = [d * step for d, step in zip(attrs["dilations"], last, strict=True)]
        between = [s * step for s, step in zip(attrs["strides"], last, strict=True)]
        return as_strided(x, shape, (*lead, *inside, *between), writeable=False)

    return run


def take(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Callable[..., Any]:
    axis, last = attrs["axis"], max(types[0].shape[attrs["axis"]] - 1, 0)
    if types[1].dtype.name == "uint64":  # NumPy would take large ones for negative
        return lambda x, indices: np.take(x, np.minimum(indices, last), axis=axis, mode="clip")
    return lambda x, indices: np.take(x, indices, axis=axis, mode="clip")


def scatter(
    backend: Any, attrs: dict[str, Any], types: Types, results: Types
) -> Callable[..., Any]:
    axis, mode, n = attrs["axis"], attrs["mode"], types[0].shape[attrs["axis"]]
    at = {"add": np.add, "multiply": np.multiply, "min": np.minimum, "max": np.maximum}.get(mode)
    lead = (slice(None),) * axis

    def run(x: Any, indices: Any, updates: Any) -> Any:
        out = np.array(x)
        inside = (indices >= 0) & (indices < n)
        if not inside.all():
            indices, updates = indices[inside], updates[(*lead, inside)]
        if at is None:
            out[(*lead, indices)] = updates
        else:
            at.at(out, (*lead, indices), updates)
        return out

    return run


def threefry_2x32(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    """A speed-up of the decomposition: its rounds by Python's operators, for which NumPy writes
    over temporary arrays. Arrays of one element stand for scalars, which warn when they wrap.
    """

    def run(*words: Any) -> Any:
        k0, k1, x0, x1 = map(np.atleast_1d, words)
        x0, x1 = threefry_rounds(k0, k1, x0, x1)
        return (x0, x1) if any(word.shape for word in words) else (x0[0], x1[0])

    return run


def sech_squared(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    """Of a single number by Python's functions, which take a tenth of NumPy's time; of others into
    one array.
    """

    def of_number(x: Any) -> Any:
        small = math.exp(-abs(float(x)))
        root = 2 * small / (1 + small * small)
        return np.float64(root * root)

    def of_array(x: Any) -> Any:
        root = np.cosh(x)
        np.reciprocal(root, out=root)
        return np.multiply(root, root, out=root)

    if types[0].shape != ():
        return of_array
    generic = generic_elementwise.sech_squared(backend, attrs, types, results)
    return of_number if is_double(types) else generic


def is_double(types: Types) -> bool:
    """Whether the only operand is a single double."""
    return types[0].shape == () and types[0].dtype.bits == 64


def slice_(backend: Any, attrs: dict[str, Any], types: Types, results: Types) -> Callable[..., Any]:
    parts = zip(attrs["start"], attrs["stop"], attrs["step"], strict=True)
    index = tuple(slice(a, b, s) for a, b, s in parts)
    return lambda x: x[index]


# fmt: off
_SAME_NAME = (
    "add", "subtract", "multiply", "divide", "negative", "square", "sqrt",
    "exp", "expm1", "log", "log1p", "log2", "log10", "sin", "cos", "tan", "sinh", "cosh",
    "tanh", "maximum", "minimum", "hypot", "logaddexp", "floor", "ceil", "trunc", "copysign",
    "nextafter", "remainder", "floor_divide", "equal", "not_equal", "less", "less_equal",
    "greater", "greater_equal", "isnan", "isinf", "isfinite", "signbit", "logical_not",
    "logical_and", "logical_or", "logical_xor", "bitwise_and", "bitwise_or", "bitwise_xor", "where",
    "sign",
)
_RENAMED = {
    "abs": "abs", "pow": "power", "asin": "arcsin", "acos": "arccos",
    "atan": "arctan", "atan2": "arctan2", "asinh": "arcsinh", "acosh": "arccosh",
    "atanh": "arctanh", "bitwise_invert": "invert", "bitwise_left_shift": "left_shift",
    "bitwise_right_shift": "right_shift",
}
# fmt: on

NumpyBackend.implementations = {
    **{name: name for name in _SAME_NAME},
    **_RENAMED,
    "reciprocal": reciprocal,
    "sum": reduce_with("add"),
    "prod": reduce_with("multiply"),
    "any": reduce_with("logical_or"),
    "all": reduce_with("logical_and"),
    "max": reduce_with("maximum"),
    "min": reduce_with("minimum"),
    "cumulative_max": accumulate("maximum"),
    "cumulative_min": accumulate("minimum"),
    "cumulative_logsumexp": accumulate("logaddexp"),
    "integer_pow": integer_pow,
    "astype": astype,
    "complex": complex_,
    "bitcast": bitcast,
    "windows": windows,
    "take": take,
    "scatter": scatter,
    "slice": slice_,
    "threefry_2x32": threefry_2x32,
    "sigmoid": special("expit"),
    "sech_squared": sech_squared,
}


def backend() -> NumpyBackend:
    """The entry point `numpy`."""
    return NumpyBackend()
