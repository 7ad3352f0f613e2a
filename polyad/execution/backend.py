"""The `Backend` protocol: all that polyad asks of an executor."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from ..config import config
from ..errors import BackendCapabilityError, BackendNotFoundError
from ..ir import ArrayType, Attributes, Definition, DType, Function, user_location, where
from ..ir.symbolic import Scope
from ..trace_stack import UNDER_WAY
from .compiled import AheadOfTime, Compiled, Interpreted, SymbolicCode


class CodeCache(Protocol):
    """Code that a backend keeps on disk between processes."""

    def info(self) -> dict[str, Any]:
        """`directory`, number of `entries`, their `bytes` together, and the `limit` of that."""

    def clear(self) -> int:
        """Remove all entries; how many there were."""


class History(NamedTuple):
    """A history that an array carries for its library's own derivatives."""

    phrase: str
    """Said of the array in messages: "has …"."""
    is_leaf: bool
    """Whether others are computed from the array, and it from none."""


class Backend:
    """An executor. polyad knows nothing of its arrays beyond what these methods say."""

    name: str = ""
    owns_arrays = True
    takes_arrays_of = ""
    """Name of the backend whose arrays this one takes; set where `owns_arrays` is False."""
    callers_take: frozenset[str] = frozenset()
    """Names of further backends of whose arrays in host memory a `Compiled.caller` takes and gives
    some.
    """
    is_guest = False
    """Whether its arrays are converted where they stand beside those of another backend."""
    records = False
    """Whether the library records histories of arrays for derivatives of its own (`history`)."""

    def is_available(self) -> bool:
        """Whether the libraries it needs are installed."""
        return True

    def lacks(self) -> str:
        """The requirement that is missing, and how to install it: a part of a sentence."""
        return f"the library it needs is not installed; `pip install 'polyad[{self.name}]'`"

    def facts(self) -> str:
        """Versions and devices that matter to a bug report, in one line; or nothing."""
        return ""

    def owns(self, array: Any) -> bool:
        """Whether `array` is one of this backend's; must not import the backend's library to find
        out.
        """
        raise NotImplementedError(f"backend {self.name!r} does not say which arrays it owns")

    def type_of(self, array: Any) -> ArrayType:
        """dtype and shape; raises `TypeError` for a dtype polyad does not have."""
        raise NotImplementedError(f"backend {self.name!r} does not type arrays")

    def asarray(self, value: Any, dtype: DType | None = None, like: Any = None) -> Any:
        """`value` (Python scalars, nested lists, NumPy arrays) as an array, on the device of
        `like`.
        """
        raise NotImplementedError(f"backend {self.name!r} does not make arrays")

    def scalar(self, value: Any, dtype: DType, like: Any = None) -> Any:
        """A Python or NumPy scalar as an array without dimensions."""
        return self.asarray(value, dtype, like)

    def defaults(self) -> Hashable:
        """Settings of the library itself that what a function of its arrays means depends on."""
        return None

    def version(self, array: Any) -> Hashable:
        """A key for the present content of a small array that may be written into; or None.

        An array with a version is copied when a trace captures it: an op called at once would have
        read it then, too. Other arrays are read when the traced function runs.
        """
        return None

    def copy(self, array: Any, order: str = "K") -> Any:
        """The array in memory of its own; where the library lets one choose, its elements lie in
        the `order` "C" or "F", or as the array's do ("K").
        """
        raise NotImplementedError(f"backend {self.name!r} does not copy arrays")

    def apart(self, array: Any, references: int = 1) -> Any:
        """The array in memory that nothing else reads or writes, with its history. `references` is
        how many others Python counts to this object; with 0 it may be the array itself.
        """
        return self.copy(array)

    def native(self, array: Any) -> Any:
        """The array with elements as this machine has them in memory: in its byte order."""
        return array

    def full(self, value: Any, dtype: DType, shape: tuple[int, ...], like: Any = None) -> Any:
        """A new array of `shape` filled with a Python scalar, on the device of `like`."""
        raise NotImplementedError(f"backend {self.name!r} does not make arrays")

    def implementation(
        self,
        definition: Definition,
        attributes: Attributes,
        types: tuple[ArrayType, ...],
        results: tuple[ArrayType, ...],
    ) -> Callable[..., Any]:
        """A callable on arrays for one op; it may be given smaller operands that broadcast, if
        element-wise.
        """
        raise NotImplementedError(f"backend {self.name!r} does not run single ops")

    def direct(
        self, definition: Definition, types: tuple[ArrayType, ...]
    ) -> Callable[..., Any] | None:
        """The `implementation` of an element-wise op on arrays of these dtypes, if it is right for
        all shapes, and refuses shapes that do not broadcast; else None.
        """
        return None

    def evaluate(self, function: Function, arrays: Sequence[Any]) -> Sequence[Any]:
        """The results of `function` on `arrays`."""
        raise NotImplementedError(f"backend {self.name!r} does not evaluate")

    # -- Compilation

    def compile(self, function: Function, donated: Sequence[int] = ()) -> Compiled:
        """The function, made ready for many calls. It may write over the arguments `donated`, and
        return them as results.
        """
        return Interpreted(self.name, function, self.evaluate)

    def compile_symbolic(
        self, function: Function, scope: Scope, donated: Sequence[int] = ()
    ) -> SymbolicCode | str:
        """A function whose types have dims of the scope, compiled for all sizes that its guards
        allow; or the reason why it is to be compiled for its sizes. The guards that this adds are
        in the scope then.
        """
        return f"backend {self.name!r} compiles for numbers only"

    def ahead_of_sizes(
        self,
        trace: Callable[[Mapping[str, Any]], tuple[Function, Sequence[Any]]],
        names: Sequence[str],
        arguments: Sequence[tuple[str, ArrayType]],
        results: Callable[[], Sequence[str]],
    ) -> AheadOfTime:
        """A function as a C function of sizes with these `names`. `trace` gives what it is for
        values of these, which may be dims, and the arrays that it closes over; `arguments` are the
        names and types of the others, and `results`, after a trace, the names of its results.
        """
        raise BackendNotFoundError(
            f"backend {self.name!r} makes no machine code; use backend='native'"
        )

    def first_of(
        self,
        always: Sequence[Callable[..., Any]],
        quiet: Sequence[Callable[..., Any]],
        otherwise: Callable[..., Any],
    ) -> Callable[..., Any]:
        """A callable that tries these callers (`Compiled.caller`) in order while `config.version`
        is as it is now, those in `quiet` only while nothing is under way (`UNDER_WAY`), and calls
        `otherwise` if none takes the call. A compiler may give one that runs no Python.
        """
        version = config.version

        def call(*args: Any, **kwargs: Any) -> Any:
            if config.version == version:
                for attempt in always if UNDER_WAY else (*always, *quiet):
                    answer = attempt(*args, **kwargs)
                    if answer is not NotImplemented:
                        return answer
            return otherwise(*args, **kwargs)

        return call

    def load_dialects(self) -> None:
        """Define the ops of its compiler's dialects, so that their text parses."""

    def passes(self) -> Mapping[str, Callable[[Function], Function]]:
        """The passes of its compiler by name, in the order in which they run; for `python -m polyad
        opt`.
        """
        return {}

    def cache(self) -> CodeCache | None:
        """Its code on disk, for `python -m polyad cache`; None if it keeps none."""
        return None

    def devices(self) -> Sequence[Any]:
        """The devices there are, the default one first."""
        return ("cpu",)

    def to_device(self, array: Any, device: Any) -> Any:
        """The array on `device`. Raises `ValueError` for one that there is not."""
        if str(device) != "cpu":
            raise ValueError(f"{self.name} arrays are on 'cpu'; there is no device {device!r}")
        return array

    def from_dlpack(self, array: Any, copy: bool | None = None) -> Any:
        """An array of another library as one of this, by the DLPack protocol."""
        raise NotImplementedError(f"backend {self.name!r} does not take arrays by DLPack")

    def history(self, array: Any) -> History | None:
        """The record of the library's own derivatives that an array has, while it is kept;
        asked only where `records` is True.
        """
        return None

    def without_history(self, array: Any) -> Any:
        """The array on the same memory, without a history."""
        return array

    def device(self, array: Any) -> Any:
        """The device an array is on; arrays of one call must agree on it."""
        return "cpu"

    def element(self, x: Any, index: int) -> Any:
        """The slice of an array at `index` of its first axis, or that element of a stack."""
        return x[index]

    def rows(self, x: Any, reverse: bool = False) -> Iterator[Any]:
        """The slices of an array along its first axis, one by one, from the last on if
        `reverse`.
        """
        count = x.shape[0]
        order = range(count - 1, -1, -1) if reverse else range(count)
        return (self.element(x, i) for i in order)

    def stack(self, arrays: Sequence[Any], element: ArrayType, like: Any = None) -> Any:
        """Arrays of type `element` along a new first axis, on the device of `like`."""
        raise NotImplementedError(f"backend {self.name!r} does not stack arrays")

    def quiet(self) -> contextlib.AbstractContextManager[Any]:
        """A context without the library's floating-point warnings."""
        return contextlib.nullcontext()

    def on_host(self, arrays: Sequence[Any]) -> bool:
        """Whether the arrays' memory is the CPU's, so that native code can use them where they
        are.
        """
        return False

    def beside(self, array: Any) -> contextlib.AbstractContextManager[Any]:
        """A block in which new arrays are on the device of `array`, unless a device is given."""
        return contextlib.nullcontext()

    def to_host(self, array: Any) -> Any:
        """A NumPy array on the same memory."""
        raise self._unshared()

    def from_host(self, arrays: Sequence[Any], like: Any) -> Sequence[Any]:
        """NumPy arrays as this backend's, on the same memory."""
        raise self._unshared()

    def _unshared(self) -> BackendCapabilityError:
        return BackendCapabilityError(
            f"backend {self.name!r} does not share memory with NumPy, in which this is computed"
            f"{where(user_location())}\n  Give it NumPy's arrays."
        )

    def has_nan(self, array: Any) -> bool:
        """Whether a floating or complex array has a NaN."""
        raise NotImplementedError(f"backend {self.name!r} does not look for NaNs")

    def nonzero(self, mask: Any) -> Sequence[Any]:
        """The positions of a boolean array's Trues, an array of integers for each axis."""
        raise NotImplementedError(f"backend {self.name!r} does not look for Trues")

    def first_outside(self, indices: Any, low: int, high: int | None) -> int | None:
        """The first of `indices` that is not in [low, high), or None; no `high`, no end."""
        raise NotImplementedError(f"backend {self.name!r} does not check indices")

    def item(self, array: Any) -> Any:
        """The Python scalar in an array of one element."""
        return array.item()


class Stack(list[Any]):
    """The run-time value of a `StackType`, `type`: arrays that a loop recorded, one for each
    iteration.
    """

    __slots__ = ("type",)

    def __init__(self, type: Any, items: Iterable[Any] = ()) -> None:
        super().__init__(items)
        self.type = type
