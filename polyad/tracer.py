"""The tracer: an array that stands for one value of the function under construction.

It has a known dtype and shape and behaves as an array of them. Where the values of a trace's inputs
are known (eager `grad`, `jvp`, `vjp`), Python may ask a tracer for its value: just the slice of IR
that it needs is evaluated, and remembered.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy

from . import aliasing, asked_by_scipy, trace_stack
from .concrete import check_constant, constant_value, describe, item
from .errors import (
    ConcretizationError,
    PolyadError,
    PolyadTypeError,
    PolyadValueError,
    ShapeError,
)
from .execution import SCALARS, backend_of
from .ir import ArrayType, Builder, Handle, user_location, where
from .ir.location import hide_frames_below
from .ir.types import Shape
from .lazy import provided
from .ops import elementwise as e

hide_frames_below(os.path.dirname(numpy.__file__))  # NumPy's own lines are not the user's
ITSELF = "the array itself, with polyad.numpy's functions in place of math's"
API_VERSIONS = ("2021.12", "2022.12", "2023.12", "2024.12", "2025.12")
"""The versions of the array API standard that `polyad.numpy` is a namespace of."""


def namespace() -> Any:
    """The namespace that tracers answer with: `polyad.numpy`."""
    return provided("namespace")


def library(name: str) -> Any:
    """A library of further functions above this layer: `special`, `nn`."""
    return provided(name)


def libraries() -> Iterator[Any]:
    """The namespace, then the libraries: the places where a function of another library that is
    called on a traced array is looked up.
    """
    return map(provided, ("namespace", "special", "nn", "foreign"))


def foreign() -> Any:
    """Other libraries' meaning of their functions, methods and operators: `polyad.foreign`."""
    return provided("foreign")


def _binary(op: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The operator `op` and its reflection, by the rules of the library that `self` stands for;
    these do not differ for floating arrays of one type, and numbers beside them.
    """

    def forward(self: Tracer, other: Any) -> Any:
        kind, type_ = type(other), self.type
        alike = kind is float or kind is int or (kind is Tracer and other.type is type_)
        if alike and type_.dtype.is_inexact:
            return op(self, other)
        if not _is_operand(other):
            if type(other) not in (list, tuple) or self.library == "torch":
                return foreign().operands.operate(op.name, self, other)
            other = namespace().array(other)
        if self.library == "torch":
            return foreign().torch.operate(op.name, self, other)
        return op(self, other)

    def reflected(self: Tracer, other: Any) -> Any:
        if (type(other) is float or type(other) is int) and self.type.dtype.is_inexact:
            return op(other, self)
        if not _is_operand(other):
            if type(other) not in (list, tuple) or self.library == "torch":
                return foreign().operands.operate(op.name, other, self)
            other = namespace().array(other)
        if self.library == "torch":
            return foreign().torch.operate(op.name, other, self)
        return op(other, self)

    return forward, reflected


class _Named:
    """A function of the namespace as an operator."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, x: Any, y: Any) -> Any:
        return getattr(namespace(), self.name)(x, y)


class _Power(_Named):
    """As NumPy's `**`, which is `square` for the exponent 2: of booleans this gives int8."""

    def __call__(self, x: Any, y: Any) -> Any:
        if type(y) is int and y == 2 and type(x) is Tracer:
            return e.square(x)
        return super().__call__(x, y)


def _in_place(op: Any, name: str | None = None) -> Callable[..., Any]:
    name = name or op.name

    def update(self: Tracer, other: Any) -> Any:
        if not _is_operand(other):
            return NotImplemented
        library = self.library
        torch = library == "torch"
        result = foreign().torch.operate(name, self, other) if torch else op(self, other)
        if library == "jax" or (self.type.shape == () and self.place is None and not torch):
            return result
        if result.type.shape != self.type.shape:
            raise ShapeError(
                f"in place, {name} of {self.type} and an array that broadcasts it to "
                f"{result.type.shape} does not fit{where(user_location())}"
            )
        if result.type is not self.type:
            aliasing.check_cast(result.type.dtype, self.type.dtype, "torch" if torch else "numpy")
            result = e.astype(result, dtype=self.type.dtype)
        aliasing.replace(self, result)
        return self

    return update


def _is_operand(value: Any) -> bool:
    return isinstance(value, Tracer) or type(value) in SCALARS or backend_of(value) is not None


# SciPy's sparse matrices leave an operator to the other operand if NumPy makes of it an array that
# holds an object. They ask in one of these functions, which the operators call.
_DISPATCHING = {
    "_matmul_dispatch",
    "_rmatmul_dispatch",
    "_divide",
    "multiply",
    "_multiply_2d_with_broadcasting",
}


def _left_to_operand() -> bool:
    """Whether an operator of a sparse matrix of SciPy's asks for an operand as an array."""
    frame = sys._getframe(3)
    inside: list[str] = []
    while frame is not None and frame.f_globals.get("__name__", "").startswith("scipy.sparse."):
        inside.append(frame.f_code.co_name)
        if inside[-1].startswith("__"):
            return _DISPATCHING.issuperset(inside[:-1]) and len(inside) > 1
        frame = frame.f_back  # type: ignore[assignment]
    return False


def _numpy_object(value: Any) -> Any:
    """The value as the one element of an array of objects."""
    array = numpy.empty((), object)
    array[()] = value
    return array


def _asked_for(method: Callable[..., Any]) -> Callable[..., Any]:
    """`method`, by which NumPy asks for the value of a traced array; it hides its errors."""

    @functools.wraps(method)
    def asked(self: Tracer, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(self, *args, **kwargs)
        except PolyadError as error:
            trace_stack.refused(error)
            raise

    return asked


class Tracer(Handle):
    """An array whose dtype and shape are known and whose value is being traced."""

    __slots__ = ("place", "__weakref__")
    __array_priority__ = 1000

    def __init__(self, builder: Builder, number: int, type: ArrayType) -> None:
        self.builder = builder
        self.number = number
        self.type = type
        self.weak = False
        self.place: aliasing.Place | None = None

    # Attributes of an array

    @property
    def library(self) -> str:
        """The library whose arrays this one stands for, "torch", "jax" or "numpy"; by its rules are
        the methods, attributes and operators.
        """
        context = self.builder.context
        if context is None or context.rules:
            return "numpy"
        backend = context.backend
        if backend is None:
            backend = trace_stack.backend_of_trace()
        torch = backend is not None and backend.name == "torch"
        return "torch" if torch else context.spelling

    @property
    def shape(self) -> Shape:
        if self.library == "torch":
            return foreign().torch.native_shape(self)
        return self.type.shape

    @property
    def dtype(self) -> Any:
        if self.library == "torch":
            return foreign().torch.native_dtype(self)
        return self.type.dtype

    @property
    def ndim(self) -> int:
        return len(self.type.shape)

    @property
    def size(self) -> Any:
        """The number of elements; of a tensor the method that gives its shape."""
        return (
            foreign().torch.attribute(self, "size") if self.library == "torch" else self.type.size
        )

    @property
    def itemsize(self) -> int:
        return self.type.dtype.itemsize

    @property
    def nbytes(self) -> int:
        return self.type.nbytes

    @property
    def device(self) -> Any:
        """The device of the first array that is traced; "cpu" where none is known."""
        context = self.builder.context
        for value in (context.values or ()) if context is not None else ():
            backend = backend_of(value)
            if backend is not None:
                return backend.device(value)
        return "cpu"

    def __repr__(self) -> str:
        return f"Tracer<{self.type}, {self.describe()}>"

    def describe(self) -> str:
        """The origin of the value, for messages: the argument's name, or the op that made it."""
        return describe(self)

    @property
    def real(self) -> Any:
        """The real part, a view."""
        torch = self.library == "torch"
        return foreign().torch.attribute(self, "real") if torch else namespace().real(self)

    @real.setter
    def real(self, value: Any) -> None:
        aliasing.write(self.real, value)

    @property
    def imag(self) -> Any:
        """The imaginary part, a view; of a real array zeros that are only to be read."""
        torch = self.library == "torch"
        return foreign().torch.attribute(self, "imag") if torch else namespace().imag(self)

    @imag.setter
    def imag(self, value: Any) -> None:
        aliasing.write(self.imag, value)

    # Protocols

    def __array_namespace__(self, api_version: str | None = None) -> Any:
        if api_version not in (None, *API_VERSIONS):
            raise PolyadValueError(
                f"polyad.numpy follows versions {', '.join(API_VERSIONS)} of the array API "
                f"standard, not {api_version!r}{where(user_location())}"
            )
        return namespace()

    @_asked_for
    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        """The value, where it is known and no derivative is lost."""
        if _left_to_operand():
            return _numpy_object(self)
        value = constant_value(self)
        backend: Any = backend_of(value)
        if backend is not None:
            return backend.host(value).astype(dtype or self.type.dtype.name, copy=bool(copy))
        instead = asked_by_scipy.remedy(foreign().ufuncs.special) or (
            "To index an array that is not traced by it, write polyad.numpy.asarray(x)[i], or "
            "polyad.numpy.take(x, i, axis=0)."
            if self.type.dtype.is_integer
            else "Use polyad.numpy functions (numpy's own work too, where polyad has them), or "
            "polyad.stop_gradient outside the traced function.\n  " + aliasing.PLAIN_ARRAY
        )
        raise ConcretizationError(
            f"a traced array ({self.type}, {self.describe()}) cannot become a NumPy array, which "
            "numpy.asarray, writes into ordinary arrays and compiled code ask for: its derivative "
            f"or its batch would be lost{where(user_location())}\n  {instead}"
        )

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return foreign().call_ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return foreign().call_numpy(func, args, kwargs)

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return foreign().torch.call_torch(func, args, kwargs or {})

    # Operators

    __add__, __radd__ = _binary(e.add)
    __sub__, __rsub__ = _binary(e.subtract)
    __mul__, __rmul__ = _binary(e.multiply)
    __truediv__, __rtruediv__ = _binary(e.divide)
    __floordiv__, __rfloordiv__ = _binary(e.floor_divide)
    __mod__, __rmod__ = _binary(e.remainder)
    __and__, __rand__ = _binary(e.bitwise_and)
    __or__, __ror__ = _binary(e.bitwise_or)
    __xor__, __rxor__ = _binary(e.bitwise_xor)
    __lshift__, __rlshift__ = _binary(e.bitwise_left_shift)
    __rshift__, __rrshift__ = _binary(e.bitwise_right_shift)
    __lt__, __gt__ = _binary(e.less)
    __le__, __ge__ = _binary(e.less_equal)
    __eq__, _ = _binary(e.equal)
    __ne__, _ = _binary(e.not_equal)

    def __hash__(self) -> int:
        raise PolyadTypeError(
            f"a traced array ({self.describe()}) is no key of a dict or set, and no cached "
            f"argument: its value is not known{where(user_location())}\n"
            "  Use a name or a number as the key."
        )

    def __neg__(self) -> Any:
        return e.negative(self)

    def __pos__(self) -> Any:
        return namespace().positive(self)

    def __abs__(self) -> Any:
        return e.abs(self)

    def __invert__(self) -> Any:
        return e.logical_not(self) if self.type.dtype.family == "bool" else e.bitwise_invert(self)

    __pow__, __rpow__ = _binary(_Power("pow"))

    __matmul__, __rmatmul__ = _binary(_Named("matmul"))

    def __copy__(self) -> Any:
        return self.copy()

    def __reduce__(self) -> Any:
        raise PolyadTypeError(
            f"a traced array ({self.type}, {self.describe()}) does not pickle: it has no value "
            f"outside of its trace{where(user_location())}\n  Return it from the traced function, "
            "and pickle the result; polyad.pure_callback calls Python on the values."
        )

    def __deepcopy__(self, memo: Any) -> Any:
        return self.copy()

    def __divmod__(self, other: Any) -> Any:
        return e.floor_divide(self, other), e.remainder(self, other)

    def __rdivmod__(self, other: Any) -> Any:
        return e.floor_divide(other, self), e.remainder(other, self)

    def __round__(self, digits: int | None = None) -> Any:
        return namespace().round(self, decimals=digits or 0)

    # In place, as on arrays; NumPy's numbers without dimensions are replaced

    __iadd__ = _in_place(e.add)
    __isub__ = _in_place(e.subtract)
    __imul__ = _in_place(e.multiply)
    __itruediv__ = _in_place(e.divide)
    __ifloordiv__ = _in_place(e.floor_divide)
    __imod__ = _in_place(e.remainder)
    __iand__ = _in_place(e.bitwise_and)
    __ior__ = _in_place(e.bitwise_or)
    __ixor__ = _in_place(e.bitwise_xor)
    __ilshift__ = _in_place(e.bitwise_left_shift)
    __irshift__ = _in_place(e.bitwise_right_shift)
    __ipow__ = _in_place(_Named("pow"))
    __imatmul__ = _in_place(_Named("matmul"))

    # Items

    def __getitem__(self, index: Any) -> Any:
        library = self.library
        if library == "torch":
            foreign().torch.check_index(index)
        elif library != "numpy":
            return foreign().item_of(library)(self, index)
        return namespace().indexing.getitem(self, index)

    def __setitem__(self, index: Any, value: Any) -> None:
        if self.library == "torch":
            foreign().torch.check_index(index)
        if not aliasing.is_own_part(self, index, value):
            aliasing.replace(self, namespace().at(self)[index].set(value))

    def __len__(self) -> int:
        if not self.shape:
            raise PolyadTypeError(
                "len() of a traced array without dimensions "
                f"({self.describe()}){where(user_location())}"
            )
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        if not self.shape:
            raise PolyadTypeError(
                "iteration over a traced array without dimensions "
                f"({self.describe()}){where(user_location())}"
            )
        return (self[i] for i in range(self.shape[0]))

    def __contains__(self, value: Any) -> bool:
        return bool(namespace().any(self == value))

    # Values

    def __bool__(self) -> bool:
        try:
            return bool(
                item(
                    self,
                    "bool()",
                    "polyad.numpy.where(condition, a, b) or polyad.lax.cond in place of `if`, and "
                    "polyad.lax.while_loop in place of `while`",
                )
            )
        except ConcretizationError:
            if asked_by_scipy.is_nan_policy():
                return False
            raise

    @_asked_for
    def __int__(self) -> int:
        return int(item(self, "int()", "an array where Python wants a number, or static_argnums"))

    def __index__(self) -> int:
        if not self.type.dtype.is_integer:
            raise PolyadTypeError(f"only integer arrays can be used as an index, not {self.type}")
        return int(
            item(
                self,
                "an integer index",
                "polyad.lax.fori_loop in place of `for i in range(n)`, polyad.numpy.take(x, i) to "
                "index an array by it, or static_argnums",
            )
        )

    @_asked_for
    def __float__(self) -> float:
        check_constant(self, "float()")
        return float(item(self, "float()", f"{ITSELF}; Python's float() drops derivatives"))

    @_asked_for
    def __complex__(self) -> complex:
        check_constant(self, "complex()")
        return complex(item(self, "complex()", f"{ITSELF}; Python's complex() drops derivatives"))

    def item(self, *args: Any) -> Any:
        """The value (of the element at an index, if one is given) as a Python scalar, where it is
        known and no derivative would be lost.
        """
        if args:
            index = args[0] if len(args) == 1 else args
            picked = self[index] if isinstance(index, tuple) else self.ravel()[index]
            return picked.item()
        check_constant(self, "item()")
        return item(self, "item()", "the array itself")

    def __format__(self, spec: str) -> str:
        """The value, where it is known; printing it loses nothing."""
        if not spec:
            return repr(self)
        return format(item(self, "formatting", "polyad.debug.print, or str()"), spec)

    def tolist(self) -> Any:
        """Not possible: a list would lose the derivative."""
        raise ConcretizationError(
            f"tolist() of a traced array ({self.type}, {self.describe()}) would lose its "
            "derivative or batch"
            f"{where(user_location())}\n  Work with the array itself, or return it and call "
            "tolist() on the result."
        )

    def __getattr__(self, name: str) -> Any:
        """Methods and the rest of the attributes that arrays of the library have. An array that was
        written to through another has no `number` until it is read.
        """
        if name == "number":
            return aliasing.number_again(self)
        if name.startswith("_"):
            raise AttributeError(name)
        return foreign().attribute_of(self.library)(self, name)
