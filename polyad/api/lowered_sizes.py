"""The object that `jit(f).lower(*types)` gives for types with symbolic sizes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..errors import PolyadTypeError
from ..execution import AheadOfTime, Backend
from ..ir import ArrayType, Function, user_location, where
from ..ir.symbolic.substitution import substituted, symbols_of
from ..passes.pipeline import optimize
from .exporting import Exporting, in_host_memory, result_names


class LoweredSizes(Exporting):
    """A function lowered for types with symbolic sizes, to be exported as a C function of these
    sizes. `trace` gives the trace for other types of the arguments.
    """

    def __init__(
        self,
        trace: Callable[[Sequence[ArrayType]], Any],
        backend: tuple[Backend, Backend],
        arguments: Sequence[tuple[str, ArrayType]],
    ) -> None:
        self._trace, self._backend, self._arguments = trace, backend, arguments
        self._types = [type for _, type in arguments]
        found = dict.fromkeys(s for t in self._types for n in t.shape for s in symbols_of(n))
        self.names = tuple(found)
        self._out_tree: Any = None

    @functools.cached_property
    def ir(self) -> Function:
        """The optimized function of the array dialect, in terms of the names. Raises `ShapeError`
        if it asks more of sizes than which are equal.
        """
        return optimize(self._trace(self._types).function)

    def explain(self) -> str:
        """A report of the C function: its declaration, and the sizes that it has programs for."""
        return self._ahead.explain()

    def __repr__(self) -> str:
        given = ", ".join(f"{name}: {type}" for name, type in self._arguments)
        return f"<lowered for all {', '.join(self.names)}: {given}>"

    def _of_sizes(self, values: Mapping[str, Any]) -> tuple[Function, Sequence[Any]]:
        """The function for these sizes, and the arrays that it closes over."""
        types = []
        for name, type in self._arguments:
            shape = tuple([substituted(n, values) for n in type.shape])
            if any(n < 0 for n in shape):
                raise PolyadTypeError(f"argument {name} has an extent below 0")
            types.append(type.with_shape(shape))
        traced = self._trace(types)
        if self._out_tree is None:
            self._out_tree = traced.out_tree
        elif traced.out_tree != self._out_tree:
            raise PolyadTypeError("for some sizes the result has another structure")
        function = optimize(traced.function)
        return function, in_host_memory(traced.captures, function, self._backend[1])

    @functools.cached_property
    def _ahead(self) -> AheadOfTime:
        backend, _ = self._backend
        names = lambda: result_names(self._out_tree)
        return backend.ahead_of_sizes(self._of_sizes, self.names, self._arguments, names)

    def __getattr__(self, name: str) -> Any:
        if name in ("compile", "stages", "llvm_ir", "assembly", "explore"):
            raise PolyadTypeError(
                f"{name}: this function is lowered for all sizes{where(user_location())}\n"
                "  Lower it for shapes of numbers. jit(f, shapes='symbolic') runs for all sizes."
            )
        raise AttributeError(name)
