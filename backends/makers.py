"""The way in which a backend says how it runs an op: a name in its library, or a maker.

A table maps ops to `Implementation`s. Each backend has one, for what is special in its library;
`generic.implementations` has one for all, for ops that the array API standard lacks or names
otherwise. An op in neither is called by its own name, which is the standard's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from polyad.errors import BackendCapabilityError
from polyad.execution import Backend
from polyad.ir import ArrayType, Attributes, Definition, DType, Op

Types = tuple[ArrayType, ...]
Run = Callable[..., Any]
"""A callable on arrays."""
Maker = Callable[[Any, dict[str, Any], Types, Types], Run]
"""Takes the backend, the op's attributes, and the types of operands and results."""
Implementation = str | Maker
"""A function's name in the library, `special.erfcx` say, called with the attributes by name; or a
maker."""
Table = Mapping[str, Implementation]


class Executor(Backend):
    """A backend that gives the steps of a function, which a plan puts together."""

    def implementation(
        self, definition: Definition, attributes: Attributes, types: Types, results: Types
    ) -> Run:
        """A callable on arrays for an op."""
        raise NotImplementedError(f"backend {self.name!r} does not run single ops")

    def region_implementation(self, op: Op) -> Run:
        """A callable on arrays for an op with regions."""
        raise NotImplementedError(f"backend {self.name!r} does not run ops with regions")

    def execute(self, plan: Any, arrays: Sequence[Any]) -> Sequence[Any]:
        """The results of a plan, in memory of their own."""
        raise NotImplementedError(f"backend {self.name!r} does not execute plans")

    def broadcast(self, arrays: Sequence[Any]) -> Sequence[Any]:
        """Arrays in the shape to which they broadcast."""
        raise NotImplementedError(f"backend {self.name!r} does not broadcast arrays")

    def literal(self, value: Any, dtype: DType, like: Any = None) -> Any:
        """A 0-d array for a scalar operand of an element-wise op."""
        raise NotImplementedError(f"backend {self.name!r} does not make scalar operands")


def in_library(library: Any, name: str, op: str, backend: str) -> Any:
    """The function of a library with a dotted name. Raises `BackendCapabilityError` for an op of
    which the library has none.
    """
    found = library
    try:
        for part in name.split("."):
            found = getattr(found, part)
    except AttributeError:
        raise BackendCapabilityError(
            f"{op}: backend {backend!r} cannot run this op: its library has no function {name!r}; "
            f"say how to run it in `implementations` of the backend, or for every backend in "
            f"IMPLEMENTATIONS (backends/generic/implementations.py)"
        ) from None
    return found


def by_name(function: Callable[..., Any], attributes: dict[str, Any]) -> Run:
    """A function of a library, called with the op's attributes."""
    return (lambda *arrays: function(*arrays, **attributes)) if attributes else function
