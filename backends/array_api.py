"""The generic backend: runs ops by calling a namespace that follows the array-API standard.

An op whose name the standard has is called under that name. `generic/implementations.py` lists the
others; a library's own file (`numpy.py`, `torch.py`) adds only where it truly differs, or can be
quicker. See `makers.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from polyad.errors import BackendCapabilityError
from polyad.execution import Backend, Stack
from polyad.ir import ArrayType, Attribute, Attributes, Definition, DType, Function, Op
from polyad.ops.definition import OpDefinition
from polyad.passes.widen import wide_form

from .control import RUNNERS
from .decomposition import by_decomposition
from .external import external
from .generic.implementations import IMPLEMENTATIONS
from .makers import Executor, Implementation, Run, Types, by_name, in_library
from .plan import Plan
from .widening import by_widening


class ArrayApiBackend(Executor):
    """A backend over an array-API namespace `xp`, which a subclass imports when it is first
    needed.
    """

    implementations: ClassVar[dict[str, Implementation]] = {}
    """The ops that the library has under other names, or does in other ways."""
    arrays_are_numpys: ClassVar[bool] = False
    """Whether functions of NumPy's arrays take and give this backend's."""
    missing: ClassVar[dict[str, str]] = {}
    """The ops that the library cannot run, and what to do instead."""

    def __init__(self) -> None:
        self._memo: dict[Any, Callable[..., Any]] = {}
        self._dtypes: dict[Any, DType] = {}

    @property
    def linalg_errors(self) -> tuple[type[Exception], ...]:
        """The library's exceptions for a matrix that it cannot take."""
        from numpy.linalg import LinAlgError

        return (LinAlgError,)

    @property
    def xp(self) -> Any:
        raise NotImplementedError(f"backend {self.name!r} names no namespace")

    @property
    def library(self) -> Any:
        """The module in which names in `implementations` are looked up: `xp`, if not another."""
        return self.xp

    # -- Arrays

    def native_dtype(self, dtype: DType) -> Any:
        """The library's own dtype object."""
        try:
            return getattr(self.xp, dtype.name)
        except AttributeError:
            raise BackendCapabilityError(
                f"the arrays of backend {self.name!r} cannot have elements of {dtype}; use "
                f"{dtype.compute}"
            ) from None

    def dtype_of(self, array: Any) -> DType:
        native = array.dtype
        found = self._dtypes.get(native)
        if found is None:
            name = getattr(native, "name", None) or str(native).rpartition(".")[2]
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

    def first_outside(self, indices: Any, low: int, high: int | None) -> int | None:
        xp = self.xp
        outside = indices != indices if high is None else indices >= high
        if self.dtype_of(indices).family == "int":
            outside = outside | (indices < low)
        if not bool(xp.any(outside)):
            return None
        first = xp.argmax(xp.astype(xp.reshape(outside, (-1,)), xp.int8))
        return int(xp.reshape(indices, (-1,))[int(first)])

    def devices(self) -> Sequence[Any]:
        info = self.xp.__array_namespace_info__()
        default = info.default_device()
        return (default, *(d for d in info.devices() if d != default))

    def from_dlpack(self, array: Any, copy: bool | None = None) -> Any:
        made = self.xp.from_dlpack(array)
        return self.copy(made) if copy else made

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
            if definition.name in self.missing:
                raise BackendCapabilityError(
                    f"{definition.name}: backend {self.name!r} cannot run this op; "
                    f"{self.missing[definition.name]}"
                )
            found = self._made(definition, attributes, types, results)
            if not any(isinstance(value, Attribute) for _, value in attributes):
                self._memo[key] = found  # else it would keep a user's function or array alive
        return found

    def _made(
        self, definition: Definition, attributes: Attributes, types: Types, results: Types
    ) -> Run:
        wide = wide_form(definition, types, attributes, results)
        if wide is not None:
            return by_widening(self, definition, wide, types, results)
        if isinstance(definition, OpDefinition) and definition.external:
            return external(self, definition, attributes, types, results)
        name, attrs = definition.name, dict(attributes)
        found, library = self.own_form(name)
        if found is None:
            made = by_decomposition(self, definition, attributes, types)
            if made is not None:
                return made
            found = name
        if isinstance(found, str):
            return by_name(in_library(library, found, name, self.name), attrs)
        return found(self, attrs, types, results)

    def own_form(self, name: str) -> tuple[Implementation | None, Any]:
        """The implementation of an op that is run without its decomposition, from a table or by the
        op's name in the namespace, with the library of such a name; or None.
        """
        found = self.implementations.get(name)
        if found is not None:
            return found, self.library
        return IMPLEMENTATIONS.get(name) or (name if hasattr(self.xp, name) else None), self.xp

    def broadcast(self, arrays: Sequence[Any]) -> Sequence[Any]:
        found: Sequence[Any] = self.xp.broadcast_arrays(*arrays)
        return found

    def direct(self, definition: Definition, types: Types) -> Callable[..., Any] | None:
        if len(types) > 1:  # arrays of two devices would meet unseen
            return None
        results: Any = definition.infer(types)
        return self.implementation(definition, (), types, results)

    def stack(self, arrays: Sequence[Any], element: ArrayType, like: Any = None) -> Any:
        """Arrays of type `element` along a new first axis, on the device of `like`."""
        if not arrays:
            return self.full(0, element.dtype, (0, *element.shape), like)
        return self.xp.stack(arrays)

    def region_implementation(self, op: Op) -> Any:
        """A callable on arrays for an op with regions."""
        return RUNNERS[op.definition](self, op)

    def region_backend(self, wanted: str | None) -> Backend:
        """The backend that runs a `call` for which `wanted` was asked, on this backend's arrays."""
        return self

    def plan(self, function: Function) -> Plan:
        """The plan by which `function` runs, made once."""
        found = function.memo.get(self)
        if found is None:
            found = function.memo[self] = Plan(function, self)
        return found

    def evaluate(self, function: Function, arrays: Sequence[Any]) -> Sequence[Any]:
        return self.execute(self.plan(function), arrays)

    def execute(self, plan: Plan, arrays: Sequence[Any]) -> Sequence[Any]:
        """The results of a plan, in memory of their own."""
        found = plan(arrays)
        return self.own(found, plan.copied) if plan.copied else found

    def own(self, results: Sequence[Any], shared: Sequence[int]) -> Sequence[Any]:
        """`results`, those at positions `shared` copied."""
        own = list(results)
        for i in shared:
            own[i] = own[i] if isinstance(own[i], Stack) else self.copy(own[i])
        return own

    def copy(self, array: Any, order: str = "K") -> Any:
        """The array in memory of its own."""
        return self.xp.asarray(array, copy=True)

    def literal(self, value: Any, dtype: DType, like: Any = None) -> Any:
        """A 0-d array for a scalar operand of an element-wise op."""
        return self.asarray(dtype.python_type(value), dtype)

    def host(self, array: Any) -> Any:
        """The array as a NumPy array, for functions that only SciPy has."""
        import numpy

        return numpy.asarray(array)
