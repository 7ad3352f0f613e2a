"""The `Compiled` protocol: all that polyad asks of a function that a backend has compiled."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, NoReturn, Protocol

from ..errors import BackendNotFoundError
from ..ir import Function
from ..system import SYSTEM
from .exploration import Exploration


def exactly(value: Any) -> Any:
    """A static argument as a key: `==` does not tell 1 from 1.0 and True, nor 0.0 from -0.0."""
    kind = type(value)
    if isinstance(value, tuple):
        return (kind, tuple(map(exactly, value)))
    if kind is frozenset:
        return (kind, frozenset(map(exactly, value)))
    return (kind, repr(value) if kind in (float, complex) else value)


class Example(NamedTuple):
    """A call with pytrees, as an example of the calls that a fast path is to take."""

    leaves: Sequence[Any]
    """The leaves of the arguments: arrays and scalars."""
    captured: Sequence[Any]
    """Arrays that the function closes over; they follow the leaves in each call."""
    structure: Any
    """The pytree `(positional arguments, keywords)`, without static arguments."""
    static: dict[Any, Any]
    """Static arguments by position or keyword; another call must have `exactly` equal ones."""
    out_tree: Any
    """The structure of the result."""
    positions: Sequence[int] = ()
    """The positions that are static in all calls of the function."""
    keywords: Sequence[str] = ()
    """The keywords that are static in all calls of the function."""


def now() -> int:
    """The time of the clock that compiled code reads, in nanoseconds."""
    return time.perf_counter_ns() if SYSTEM.ticks else time.clock_gettime_ns(time.CLOCK_MONOTONIC)


class Timed(NamedTuple):
    """A step of a call, from `start` to `stop`, in nanoseconds."""

    title: str
    start: int
    stop: int


class TimedCall(NamedTuple):
    """A call: its results, its time, and the times of its steps. What was compiled for it does not
    count.
    """

    results: Sequence[Any]
    start: int
    stop: int
    steps: Sequence[Timed]


class AheadOfTime(Protocol):
    """A compiled function as a C function, for `jit(f).lower(*args).export` and its neighbours."""

    def export(
        self, name: str, folder: Any, target: str | None, cpu: str | None, linker: str | None
    ) -> Any:
        """Write header, object file and library; the paths of these."""

    @property
    def pointer(self) -> Any:
        """An object that keeps the code alive, with its `address` in this process."""

    def low_level_callable(self) -> Any:
        """The function as a `scipy.LowLevelCallable`."""

    def explain(self) -> str:
        """The declaration of the C function, with a comment on its parameters."""


class SymbolicCode(Protocol):
    """A function with symbolic sizes that a backend has compiled."""

    def instance(self, sizes: Sequence[int]) -> Compiled | None:
        """The function for these values of the symbols; None where it is not right for them."""

    def guards(self) -> list[str]:
        """The conditions on the sizes, as text."""


class Compiled:
    """A function that a backend has compiled.

    A compiler defines `__call__` and as much of the rest as it has; the defaults are right for a
    backend that runs op by op. `backend` is the name of the backend, `function` the function that
    was compiled, of the array dialect.
    """

    backend: str
    function: Function

    def __init__(self, backend: str, function: Function) -> None:
        self.backend, self.function = backend, function

    def __call__(self, *arrays: Any) -> Sequence[Any]:
        """The results on `arrays`, which are of the function's argument types."""
        raise NotImplementedError(f"backend {self.backend!r} compiles, but does not run")

    @property
    def nbytes(self) -> int:
        """The bytes that this object holds, by estimate, for the bounds of polyad's caches."""
        return 0

    @property
    def obstacle(self) -> str:
        """The reason for which calls with any arguments need Python, or an empty text."""
        return ""

    # -- Reports

    def stages(self) -> dict[str, str]:
        """The text of each stage of the compilation by name, in order; the first is the IR."""
        return {"array": str(self.function)}

    def timed(self, *arrays: Any) -> TimedCall:
        """A call on `arrays` with the times of its steps, for the profiler."""
        start = now()
        results = self(*arrays)
        stop = now()
        return TimedCall(results, start, stop, [Timed("", start, stop)])

    def exploration(self, code: bool = True) -> Exploration:
        """The stages as functions, the steps of the code, and what flows between them; LLVM IR and
        assembly, if `code`.
        """
        return Exploration({"array": self.function}, self.explain())

    def explain(self) -> str:
        """A report of the compiled code, for a reader who asks why it is fast or slow."""
        f = self.function
        return f"{f.name}: {len(f.ops)} ops, each a call of backend {self.backend!r}"

    def llvm_ir(self) -> str:
        """The optimized LLVM IR. Raises `BackendNotFoundError` where there is none."""
        self._no_machine_code()

    def assembly(self) -> str:
        """The machine code as assembly. Raises `BackendNotFoundError` where there is none."""
        self._no_machine_code()

    def ahead_of_time(
        self, captured: Sequence[Any], arguments: Sequence[str], results: Sequence[str]
    ) -> AheadOfTime:
        """The function as a C function with these names of arguments and results. The `captured`
        arrays, its last arguments, become constants. Raises `BackendNotFoundError` where there is
        no machine code.
        """
        self._no_machine_code()

    def _no_machine_code(self) -> NoReturn:
        raise BackendNotFoundError(
            f"backend {self.backend!r} makes no machine code; use backend='native'"
        )

    # -- Fast paths: calls that need no Python code of polyad

    @property
    def entry(self) -> Callable[..., Any] | None:
        """A callable on arrays (or Python scalars in their place) that checks types itself: it
        gives `NotImplemented` where they are not those of the function. None if there is none.
        """
        return None

    def code_for(self, arrays: Sequence[Any]) -> Compiled:
        """The variant of the code that suits these arrays, e.g. for their strides; this object,
        unless the compiler specializes. The object is the same for arrays that are alike.
        """
        return self

    def misfit(self, arrays: Sequence[Any]) -> str:
        """The reason why a caller of this code does not take these arguments as they are; empty if
        there is none to be told.
        """
        return ""

    def caller(self, example: Example) -> Callable[..., Any] | None:
        """A callable for calls like `example`: it takes the arguments of the Python function and
        gives its result. None if the compiler has none.

        It gives `NotImplemented`, without side effects, for any call that differs from the example
        in structure, in a static argument, in the type of an array, or in which leaves are Python
        scalars.
        """
        return None


class Interpreted(Compiled):
    """A function that its backend evaluates in each call, and has not compiled."""

    def __init__(
        self, backend: str, function: Function, evaluate: Callable[..., Sequence[Any]]
    ) -> None:
        super().__init__(backend, function)
        self._evaluate = evaluate

    def __call__(self, *arrays: Any) -> Sequence[Any]:
        return self._evaluate(self.function, arrays)
