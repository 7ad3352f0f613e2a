"""PyTorch: the generic backend on `array_api_compat.torch`; tensors stay on their device.

What differs: unsigned integers wider than 8 bits have almost no arithmetic in torch and are
computed in int64, or where that has not the range by NumPy; the special functions are torch's own;
tensors in host memory are shared with native code.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Sequence
from typing import Any

from polyad.errors import PolyadTypeError
from polyad.execution import Backend, History, Stack, get_backend
from polyad.ir import ArrayType, Attributes, Definition, DType, Function, user_location, where
from polyad.ir.types import int64

from .array_api import ArrayApiBackend
from .makers import Types
from .torch_ops import IMPLEMENTATIONS, WIDE_UNSIGNED, sum_of_products

SMALL = 16384  # bytes; a larger tensor is not copied when a trace captures it


class TorchBackend(ArrayApiBackend):
    """Runs functions with PyTorch."""

    name = "torch"
    records = True
    implementations = IMPLEMENTATIONS

    def is_available(self) -> bool:
        return importlib.util.find_spec("torch") is not None

    def facts(self) -> str:
        cuda = self.torch.version.cuda
        devices = f"CUDA {cuda}" if cuda else "processor only"
        return f"{devices}, {self.torch.get_num_threads()} threads"

    @property
    def xp(self) -> Any:
        import array_api_compat.torch

        return array_api_compat.torch

    @property
    def linalg_errors(self) -> tuple[type[Exception], ...]:
        return (self.torch.linalg.LinAlgError,)

    @property
    def torch(self) -> Any:
        import torch

        return torch

    @property
    def library(self) -> Any:
        return self.torch

    # -- Arrays

    def owns(self, array: Any) -> bool:
        module = sys.modules.get("torch")
        return module is not None and isinstance(array, module.Tensor)

    def native_dtype(self, dtype: DType) -> Any:
        return getattr(self.torch, dtype.name)

    def type_of(self, array: Any) -> ArrayType:
        if array.layout is not self.torch.strided:
            raise PolyadTypeError(
                f"a tensor in the layout {array.layout}{where(user_location())}\n  As an argument "
                "give polyad.sparse.with_data(A, A.values()), a pytree, or A.to_dense(). Constant "
                "ones are operands of @, *, /, + and -."
            )
        shape = tuple(array.shape)
        if type(array) not in (self.torch.Tensor, self.torch.nn.Parameter):
            shape = tuple(map(int, shape))  # a symbol of `torch.compile` is fixed here
        return ArrayType(self.dtype_of(array), shape)

    def asarray(self, value: Any, dtype: DType | None = None, like: Any = None) -> Any:
        native = None if dtype is None else self.native_dtype(dtype)
        device = None if like is None else like.device
        if not self.owns(value) and hasattr(value, "flags") and not _may_be_shared(value):
            value = value.copy()
        if getattr(value, "dtype", None) == "bfloat16":
            value = self.torch.asarray(value.view("int16")).view(self.torch.bfloat16)
        return self.torch.asarray(value, dtype=native, device=device)

    def full(self, value: Any, dtype: DType, shape: tuple[int, ...], like: Any = None) -> Any:
        device = None if like is None else like.device
        return self.torch.full(shape, value, dtype=self.native_dtype(dtype), device=device)

    def version(self, array: Any) -> Any:
        return array._version if array.nbytes <= SMALL else None

    def copy(self, array: Any, order: str = "K") -> Any:
        return array.detach().clone(memory_format=self.torch.contiguous_format)

    def apart(self, array: Any, references: int = 1) -> Any:
        return array.clone()

    def defaults(self) -> Any:
        return self.torch.get_default_dtype()

    def has_nan(self, array: Any) -> bool:
        return (array.is_floating_point() or array.is_complex()) and bool(array.isnan().any())

    def nonzero(self, mask: Any) -> Sequence[Any]:
        return mask.nonzero(as_tuple=True)

    def item(self, array: Any) -> Any:
        return array.item()

    def history(self, array: Any) -> History | None:
        torch = self.torch
        functorch = torch._C._functorch
        if functorch.is_functorch_wrapped_tensor(array):
            return History("is traced by torch.func", False)
        forward = torch.autograd.forward_ad
        seen = forward._current_level >= 0 and torch._C._is_fwd_grad_enabled()
        if seen and forward.unpack_dual(array).tangent is not None:
            return History("has a tangent of torch.autograd.forward_ad", False)
        if not array.requires_grad or not torch.is_grad_enabled():
            return None
        if array.is_leaf:
            return History("has requires_grad=True", True)
        return History(f"has a history ({array.grad_fn.name()})", False)

    def without_history(self, array: Any) -> Any:
        has_history = isinstance(array, self.torch.Tensor) and array.requires_grad
        return array.detach() if has_history else array

    def device(self, array: Any) -> Any:
        return array.device

    def devices(self) -> Sequence[Any]:
        torch = self.torch
        found = [torch.device("cuda", i) for i in range(torch.cuda.device_count())]
        default = torch.get_default_device()
        return (default, *(d for d in [torch.device("cpu"), *found] if d != default))

    def to_device(self, array: Any, device: Any) -> Any:
        try:
            return array.to(device)
        except RuntimeError as error:
            raise ValueError(str(error).partition("\n")[0]) from None

    def host(self, array: Any) -> Any:
        return self.to_host(array.detach())

    def beside(self, array: Any) -> Any:
        return array.device

    def on_host(self, arrays: Sequence[Any]) -> bool:
        return all(not self.owns(x) or x.device.type == "cpu" for x in arrays)

    def to_host(self, array: Any) -> Any:
        if array.dtype is not self.torch.bfloat16:
            return array.numpy(force=True)
        bits = array.detach().view(self.torch.int16)  # PyTorch knows no bfloat16 of NumPy's
        return bits.numpy(force=True).view("bfloat16")

    def from_host(self, arrays: Sequence[Any], like: Any) -> Sequence[Any]:
        import numpy

        return [self.asarray(numpy.asarray(x)) for x in arrays]

    def matmul(self, a: Any, b: Any) -> Any:
        """The product, also of integers on a GPU, for which PyTorch has none there."""
        if a.device.type == "cpu" or a.is_floating_point() or a.is_complex():
            return self.torch.matmul(a, b)
        return sum_of_products(a, b)

    # -- Execution

    def evaluate(self, function: Function, arrays: Sequence[Any]) -> Sequence[Any]:
        device = next((x.device for x in arrays if not isinstance(x, Stack)), None)
        if device is None or device.type == "cpu":
            return super().evaluate(function, arrays)
        with device:  # literals and index ranges are made where the tensors are
            return super().evaluate(function, arrays)

    def region_backend(self, wanted: str | None) -> Backend:
        return self if wanted in (None, "jit", "native") else get_backend(wanted)

    def implementation(
        self, definition: Definition, attributes: Attributes, types: Types, results: Types
    ) -> Callable[..., Any]:
        if _is_full_range(definition, types):
            return self._through_numpy(definition, attributes, types, results)
        if _is_narrow(definition, types) and self.own_form(definition.name)[0]:
            run = super().implementation(definition, attributes, _widened(types), _widened(results))
            return self._through_int64(run, types, results)
        return super().implementation(definition, attributes, types, results)

    def _through_numpy(
        self, definition: Definition, attributes: Attributes, types: Types, results: Types
    ) -> Callable[..., Any]:
        """Compute on the host: int64 has not the order, quotients and right shifts of uint64."""
        import numpy

        run = get_backend("numpy").implementation(definition, attributes, types, results)

        def wrapped(*arrays: Any) -> Any:
            answer = run(*(self.host(x) for x in arrays))
            return self.asarray(numpy.asarray(answer), like=arrays[0])

        return wrapped

    def _through_int64(
        self, run: Callable[..., Any], types: Types, results: Types
    ) -> Callable[..., Any]:
        """Compute on int64 values, then wrap to the unsigned dtype."""
        torch = self.torch

        def wrapped(*arrays: Any) -> Any:
            given = [
                x.to(torch.int64) if t.dtype.name in WIDE_UNSIGNED else x
                for x, t in zip(arrays, types, strict=True)
            ]
            answer = run(*given)
            parts = answer if isinstance(answer, tuple) else (answer,)
            done = tuple(self._wrapped(x, t.dtype) for x, t in zip(parts, results, strict=True))
            return done if isinstance(answer, tuple) else done[0]

        return wrapped

    def _wrapped(self, x: Any, dtype: DType) -> Any:
        if dtype.name not in WIDE_UNSIGNED:
            return x
        if dtype.bits < 64:
            x = x & ((1 << dtype.bits) - 1)
        return x.to(self.native_dtype(dtype))


_AS_THEY_ARE = ("astype", "full", "iota", "constant", "threefry_2x32")
_FULL_RANGE = frozenset(
    [
        "remainder",
        "floor_divide",
        "bitwise_right_shift",
        "less",
        "less_equal",
        "greater",
        "greater_equal",
        "maximum",
        "minimum",
        "max",
        "min",
        "argmax",
        "argmin",
        "sort",
        "argsort",
        "searchsorted",
    ]
)


def _may_be_shared(array: Any) -> bool:
    """Whether torch takes the memory of a NumPy array: it warns of memory that is read only, and
    has no negative strides.
    """
    return array.flags.writeable and all(stride >= 0 for stride in array.strides)


def _is_narrow(definition: Definition, types: Types) -> bool:
    return definition.name not in _AS_THEY_ARE and any(t.dtype.name in WIDE_UNSIGNED for t in types)


def _widened(types: Types) -> Types:
    return tuple(t.with_dtype(int64) if t.dtype.name in WIDE_UNSIGNED else t for t in types)


def _is_full_range(definition: Definition, types: Types) -> bool:
    return definition.name in _FULL_RANGE and types[0].dtype.name == "uint64"


def backend() -> TorchBackend:
    """The entry point `torch`."""
    return TorchBackend()
