"""Plain tensors that are made inside a traced function, and have traced values written into them.

`y = torch.zeros(3); y[0] = x`: from the write on, `y` stands for traced elements. Its memory as a
whole does, so that views of `y` read and write the same, whenever they were taken: as in PyTorch's
functionalisation (https://dev-discuss.pytorch.org/t/functionalization-in-pytorch/965), where a
storage has one value, and a tensor is a way to read and to write it.

A `TorchFunctionMode` sees every call of PyTorch while a function of tensors is traced. It notes the
tensors that are made; runs functions that write with the traced elements of their target, and puts
these back; and hands the traced elements to all other functions. Views are made by PyTorch itself.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ... import numpy as pnp
from ... import trace_stack, tree
from ...errors import PolyadTypeError, PolyadValueError
from ...ir import Handle, user_location, where
from ...ops import dispatch
from ...ops import manipulation as m
from ...tracer import Tracer
from .table import call_torch, not_followed, qualified, rows

VIEWS = frozenset(
    (
        *("__getitem__", "__get__", "adjoint", "as_strided", "chunk", "conj", "detach", "diagonal"),
        *("expand", "expand_as", "flatten", "hsplit", "vsplit", "dsplit", "tensor_split", "mH"),
        *("movedim", "moveaxis", "narrow", "permute", "ravel", "reshape", "reshape_as", "select"),
        *("split", "split_with_sizes", "squeeze", "swapaxes", "swapdims", "t", "transpose"),
        *("unbind", "unflatten", "unfold", "unsqueeze", "view", "view_as", "view_as_real"),
        *("view_as_complex", "real", "imag", "atleast_1d", "atleast_2d", "atleast_3d"),
        *("contiguous", "positive", "__iter__", "resolve_conj", "resolve_neg"),
    )
)
"""Functions that may give a view of their first argument, and do nothing else."""
QUESTIONS = frozenset(
    (
        *("size", "dim", "ndimension", "numel", "nelement", "stride", "storage_offset", "is_conj"),
        *("is_complex", "is_contiguous", "is_floating_point", "is_neg", "element_size", "__len__"),
        *("get_device", "is_signed", "type", "data_ptr", "untyped_storage", "is_inference"),
        *("__hash__", "new_zeros", "new_ones", "new_empty", "new_full", "new_tensor", "zeros_like"),
        *("ones_like", "empty_like", "full_like", "rand_like", "randn_like", "is_tensor"),
    )
)
"""Functions that ask for no element of their arguments."""


class Memory:
    """The traced elements of a storage, in the dtype of the first tensor that was written."""

    def __init__(self, tensor: Any, storage: Any) -> None:
        self.dtype, self.storage = tensor.dtype, storage
        flat = tensor.detach().as_strided((storage.nbytes() // tensor.element_size(),), (1,), 0)
        builder = trace_stack.active_builders()[-1]
        self.value: Any = dispatch.lift(builder, flat.clone())

    def positions(self, tensor: Any) -> Any:
        """The place of each element of a tensor in the storage."""
        places = np.full(tuple(tensor.shape), tensor.storage_offset())
        for axis, (n, stride) in enumerate(zip(tensor.shape, tensor.stride(), strict=True)):
            shape = [1] * tensor.ndim
            shape[axis] = n
            places = places + stride * np.arange(n).reshape(shape)
        return places

    def read(self, tensor: Any) -> Any:
        """The traced elements of a tensor."""
        self.check(tensor)
        shape = tuple(tensor.shape)
        if tensor.is_contiguous() and tensor.numel() == self.value.size:
            found = m.reshape(self.value, shape=shape)
        else:
            picked = pnp.take(self.value, pnp.asarray(self.positions(tensor).reshape(-1)))
            found = m.reshape(picked, shape=shape)
        return self.lazily(tensor, found)

    def write(self, tensor: Any, value: Any) -> None:
        """Put traced elements in the place of those of a tensor."""
        self.check(tensor)
        flat = m.reshape(self.lazily(tensor, value), shape=(tensor.numel(),))
        if tensor.is_contiguous() and tensor.numel() == self.value.size:
            self.value = flat
            return
        places = self.positions(tensor).reshape(-1)
        if len(np.unique(places)) < len(places):
            raise PolyadTypeError(
                "a traced value is written into a tensor of which several elements are one in "
                f"memory{where(user_location())}\n  Write into x.clone()."
            )
        self.value = pnp.asarray(self.value).at[pnp.asarray(places)].set(flat)

    def lazily(self, tensor: Any, value: Any) -> Any:
        """Elements in memory as those of a tensor with a lazy sign or conjugation, or back."""
        if tensor.is_conj():
            value = pnp.conj(value)
        return -value if tensor.is_neg() else value

    def check(self, tensor: Any) -> None:
        if tensor.dtype is not self.dtype:
            raise PolyadValueError(
                f"a tensor of {tensor.dtype} on the memory of one of {self.dtype}, into which a "
                f"traced value was written{where(user_location())}"
            )


class PlainTensors:
    """The plain tensors of one trace: those that are made in it, and the memories into which traced
    values were written.
    """

    def __init__(self) -> None:
        from torch.utils.weak import WeakIdKeyDictionary  # torch is there, but imported late

        self.made: Any = WeakIdKeyDictionary()
        self.memories: dict[int, Memory] = {}

    def call(self, func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """A call of a function of PyTorch's."""
        name = getattr(func, "__name__", "")
        target = written(name, args, kwargs)
        if is_plain(target):
            return self.write(func, name, target, args, kwargs)
        if self.memories and name not in QUESTIONS:
            if name in VIEWS and args and self.memory(args[0]) is not None:
                view = self.viewed(func, args, kwargs)
                if view is not None:
                    return view
            args, kwargs = self.traced(args), self.traced(kwargs)
            if name.startswith("__") and args and isinstance(args[0], Tracer):
                own = getattr(Tracer, name, None)
                if own is not None:
                    return own(*args, **kwargs)
        result = call(func, args, kwargs)
        if name != "__get__":
            self.note(args, result)
        return result

    def note(self, args: Sequence[Any], result: Any) -> None:
        """Remember the tensors among results that are made here, views of such included."""
        for each in result if isinstance(result, tuple | list) else (result,):
            if is_plain(each):
                storage = each.untyped_storage().data_ptr()
                bases = [
                    x for x in args if is_plain(x) and x.untyped_storage().data_ptr() == storage
                ]
                if all(x in self.made for x in bases):
                    self.made[each] = True

    def memory(self, tensor: Any) -> Memory | None:
        """The traced elements behind a plain tensor; None if it is as it was."""
        if not self.memories or not is_plain(tensor):
            return None
        return self.memories.get(tensor.untyped_storage()._cdata)

    def read(self, tensor: Any) -> Any:
        memory = self.memory(tensor)
        return None if memory is None else memory.read(tensor)

    def traced(self, values: Any) -> Any:
        """Arguments, traced elements in the place of tensors that have such."""

        def of(x: Any) -> Any:
            found = self.read(x)
            return x if found is None else found

        return tree.map(of, values, is_leaf=lambda x: not isinstance(x, tuple | list | dict))

    def viewed(self, func: Any, args: Sequence[Any], kwargs: Any) -> Any:
        """The plain view that a function gives, or a list of them; None for another result."""
        if any(isinstance(x, Handle) for x in tree.leaves((args, kwargs))):
            return None
        result = func(*args, **kwargs)
        parts = result if isinstance(result, tuple | list) else (result,)
        if not all(self.memory(x) is self.memory(args[0]) for x in parts if is_plain(x)):
            return None
        self.note(args, result)
        return result

    def write(self, func: Any, name: str, target: Any, args: Any, kwargs: Any) -> Any:
        """A function that writes into a plain tensor."""
        memory = self.memory(target)
        rest_args = self.traced([None if x is target else x for x in args])
        rest = self.traced({k: None if x is target else x for k, x in kwargs.items()})
        if memory is None:
            if not any(isinstance(x, Handle) for x in tree.leaves((rest_args, rest))):
                result = func(*args, **kwargs)
                self.note(args, result)
                return result
            if target not in self.made:
                raise outside(name)
            storage = target.untyped_storage()
            memory = self.memories[storage._cdata] = Memory(target, storage)
        elements = pnp.array(memory.read(target), copy=True)
        given = [elements if a is target else x for a, x in zip(args, rest_args, strict=True)]
        named = {k: elements if kwargs[k] is target else x for k, x in rest.items()}
        memory.write(target, applied(func, name, elements, given, named))
        return None if name == "__setitem__" else target


def is_plain(x: Any) -> bool:
    """Whether a value is a tensor with a storage, which sparse ones do not have."""
    torch = sys.modules["torch"]
    return isinstance(x, torch.Tensor) and x.layout is torch.strided


@functools.cache
def mode_class() -> Any:
    """The class of modes, made when PyTorch is there."""
    from torch.overrides import TorchFunctionMode

    class PlainMode(TorchFunctionMode):
        """Hands every call of a function of PyTorch's to the plain tensors of a trace."""

        def __init__(self, tensors: PlainTensors) -> None:
            super().__init__()
            self.tensors = tensors

        def __torch_function__(
            self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Any = None
        ) -> Any:
            return self.tensors.call(func, args, kwargs or {})

    return PlainMode


IN_PLACE = frozenset(
    f"__i{name}__"
    for name in (
        *("add", "sub", "mul", "truediv", "div", "floordiv", "mod", "pow", "and", "or", "xor"),
        *("lshift", "rshift"),
    )
)


def written(name: str, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """The argument that a function of PyTorch writes into; None if it writes into none."""
    if kwargs.get("out") is not None:
        return kwargs["out"]
    in_place = name == "__setitem__" or name in IN_PLACE or kwargs.get("inplace") is True
    if in_place or (name.endswith("_") and not name.endswith("__")):
        return args[0] if args else next(iter(kwargs.values()), None)
    return None


def call(func: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """A call of a function; of a method, whose object may have become a traced array."""
    if args and isinstance(args[0], Tracer) and hasattr(func, "__objclass__"):
        return call_torch(func, args, kwargs)
    return func(*args, **kwargs)


def applied(
    func: Callable[..., Any], name: str, elements: Any, args: Sequence[Any], kwargs: dict[str, Any]
) -> Any:
    """The elements after the function has written into them."""
    if name == "__setitem__":
        elements[args[1]] = args[2]
        return elements
    if name in ("copy_", "fill_", "zero_"):
        elements[...] = args[1] if len(args) > 1 else 0
        return elements
    if name.endswith("_") and not name.startswith("__") and func not in rows():
        elements[...] = out_of_place(func, name, args, kwargs)
        return elements
    result = getattr(Tracer, name)(*args) if name in IN_PLACE else call(func, args, kwargs)
    return result if isinstance(result, Tracer) else elements


def out_of_place(
    func: Callable[..., Any], name: str, args: Sequence[Any], kwargs: dict[str, Any]
) -> Any:
    """The result of the method of which `name` is the form that writes."""
    import torch

    other = getattr(torch.Tensor, name[:-1], None)
    if not callable(other) or other not in rows():
        raise not_followed(qualified(func))
    found = call(other, args, kwargs)
    if found.type.shape != args[0].type.shape:
        raise not_followed(qualified(func))
    return found


def outside(name: str) -> PolyadTypeError:
    """The error of a write into a tensor that is not of this trace."""
    return PolyadTypeError(
        f"{name} writes a traced value into a tensor that was made before the function was traced"
        f"{where(user_location())}\n  Make the tensor inside the function, pass it as an argument, "
        "or return the value."
    )


def enter() -> Any:
    """A mode that follows plain tensors from here on; see `leave`."""
    mode = mode_class()(PlainTensors())
    mode.__enter__()
    trace_stack.readers().append(mode.tensors.read)
    return mode


def leave(mode: Any) -> None:
    trace_stack.readers().pop()
    mode.__exit__(None, None, None)
