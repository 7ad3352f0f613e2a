"""The linear functions that vjp and linearize give: nodes of trees, whose children are the arrays
that they keep. So they go into and out of jit, scan and other transformations.
"""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .. import trace_stack, tree
from ..ir import ArrayType, Function
from ..ops import promotion
from ..ops.literals import literal
from .calls import constants, pytrees
from .calls.pytrees import check_matches
from .calls.traces import execute


class Side(NamedTuple):
    """One end of a linear map: the structure and types of its trees, and which leaves move."""

    structure: Any
    types: tuple[ArrayType, ...]
    moving: tuple[bool, ...]


class Definition(NamedTuple):
    """A linear map without its residuals."""

    function: Function
    given: Side
    found: Side


class LinearMap(abc.ABC):
    """A linear function that keeps `residuals`."""

    name = "linear map"
    __slots__ = ("definition", "residuals")

    def __init__(self, definition: Definition, residuals: Sequence[Any]) -> None:
        self.definition, self.residuals = definition, tuple(residuals)

    def tree_flatten(self) -> tuple[tuple[Any, ...], Definition]:
        return self.residuals, self.definition

    @classmethod
    def tree_unflatten(cls, definition: Definition, residuals: Sequence[Any]) -> LinearMap:
        return cls(definition, residuals)

    def apply(self, value: Any, what: str, like: str) -> Any:
        """The map of a tree, which must be alike to what the message names."""
        function, given, found = self.definition
        leaves = check_matches(value, given.structure, given.types, what, like)
        kept = [x for x, m in zip(leaves, given.moving, strict=True) if m]
        outs = iter(execute(function, *self.ordered(kept), self.name))
        beside = next(iter([*leaves, *self.residuals]), None)
        full = [
            next(outs) if m else zeros(t, beside)
            for m, t in zip(found.moving, found.types, strict=True)
        ]
        return pytrees.unflatten(found.structure, full)

    @abc.abstractmethod
    def ordered(self, kept: list[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
        """Residuals and linear arguments in the order of the function's arguments."""


class Pullback(LinearMap):
    """Cotangents of the value to those of the primals; made by `vjp`."""

    name = "vjp_fun"
    __slots__ = ()

    def __call__(self, cotangent: Any) -> Any:
        return self.apply(cotangent, "the cotangent", "the function's value")

    def ordered(self, kept: list[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
        return self.residuals, kept


class Pushforward(LinearMap):
    """Tangents of the primals to that of the value; made by `linearize`."""

    name = "f_jvp"
    __slots__ = ()

    def __call__(self, *tangents: Any) -> Any:
        return self.apply(tangents, "tangents", "the primals")

    def ordered(self, kept: list[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
        return kept, self.residuals


for kind in (Pullback, Pushforward):
    tree.register_node_class(kind)


def has_float0() -> bool:
    """Whether tangents of integers are JAX's: in its programs, outside of traces."""
    return trace_stack.spelling() == "jax" and not trace_stack.active_builders()


def zeros(t: ArrayType, like: Any) -> Any:
    """The zero tangent of a value of that type, beside an array; in a program of JAX's, that of
    an integer has the dtype `float0`, except in a trace.
    """
    dtype = t.dtype if t.dtype.is_inexact else promotion.default_float()
    builders = trace_stack.active_builders()
    if builders:  # as all that is made inside a trace
        return literal(builders[-1], 0, dtype, t.shape)
    if not t.dtype.is_inexact and has_float0():
        return np.zeros(t.shape, constants.FLOAT0)
    return constants.filled(0, dtype, t.shape, like)
