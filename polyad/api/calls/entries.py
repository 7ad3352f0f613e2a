"""One compiled version of a jitted function."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import (
    Any,
)

from ... import execution
from ...errors import BackendError
from ...execution import Compiled, Placement, recording
from ...garbage import without_collections
from ...ir import Function
from ...passes.pipeline import optimize
from . import pytrees


def check_compiled(backend: execution.Backend, compiled: Any) -> None:
    """Raise `BackendError` unless a backend's `compile` gave a `Compiled`."""
    if not isinstance(compiled, Compiled):
        raise BackendError(
            f"backend {backend.name!r}: compile returned a {type(compiled).__name__}\n"
            "  Return an object of a subclass of polyad.execution.Compiled that has __call__."
        )


class Entry:
    """One compiled version: for one combination of types, structure and static arguments."""

    @without_collections
    def __init__(
        self,
        traced: Any,
        backend: execution.Backend,
        donated: Sequence[int] = (),
        compiled: tuple[Function, Compiled] | None = None,
    ) -> None:
        self.traced: Function = traced.function
        if compiled is None:
            with recording.phase("simplify"):
                self.function: Function = optimize(traced.function)
            self.function.memo[execution.FINAL] = True
        else:
            self.function = compiled[0]
        self.captures = list(traced.captures)
        self.out_tree = traced.out_tree
        self.closed_over = [*traced.captures, *traced.originals]
        self.backend, self.arrays = backend, execution.array_backend(backend)
        self.run = backend.compile(self.function, donated) if compiled is None else compiled[1]
        check_compiled(backend, self.run)

    def check_histories(self, name: str) -> None:
        """Warn of arrays that the function closes over, if they have a history now, or raise."""
        describe = lambda: f"jit: a tensor that {name} closes over"
        for owner, x in self._recorded():
            execution.check_history(owner, x, describe)

    def has_histories(self) -> bool:
        """Whether arrays that the function closes over have a history when one is recorded."""
        return any(owner.without_history(x) is not x for owner, x in self._recorded())

    def _called(self, arrays: Sequence[Any]) -> Sequence[Any]:
        """The results of the code, and a record of the call if somebody records."""
        recorder = recording.recorder()
        if recorder is None:
            return self.run(*arrays)
        return recorder.run(self.traced.name, self.run, arrays)

    def _recorded(self) -> Iterator[tuple[execution.Backend, Any]]:
        for x in self.closed_over:
            owner = execution.backend_of(x)
            if owner is not None and owner.records:
                yield owner, x

    def __call__(self, leaves: Sequence[Any], placed: Placement) -> Any:
        """The result for these leaves of the arguments, of which `placed` is the placement."""
        if self.captures:
            placed = execution.placement(self.captures, "jit", placed)
        given = placed.ready([*leaves, *self.captures], self.function)
        owner = placed.backend
        if owner is not self.arrays and not self.backend.owns_arrays:
            outs = self._called([owner.to_host(x) for x in given])
            outs = owner.from_host(outs, placed.like)
        else:
            outs = self._called([*map(owner.without_history, given)])
        return pytrees.unflatten(self.out_tree, outs)
