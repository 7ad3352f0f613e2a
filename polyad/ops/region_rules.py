"""The rules of ops with regions: their form, below the definitions that hold them. The rules
themselves are in `polyad.transforms`.
"""

from __future__ import annotations

from typing import Any, Protocol

from ..ir import Builder, Op
from .types import BatchAxis, Operand, Tangent


class RegionRules(Protocol):
    """The rules of an op with regions.

    One that stands for a function of other ops also has `meaning(op, operands)`, which gives that
    function and its arguments: executors run it in place of the op. Branches and loops have none,
    and each executor runs them itself.
    """

    def partial_eval(
        self, outer: Builder, inner: Builder, op: Op, operands: list[Operand]
    ) -> list[Operand]:
        """The results, as handles of the outer builder where known, else of the inner."""

    def batch(
        self,
        builder: Builder,
        op: Op,
        operands: list[Operand],
        batched: list[bool],
        axis: BatchAxis,
    ) -> tuple[list[Operand], list[bool]]:
        """The results over the batch, and which carry it."""


class ValueRules(RegionRules, Protocol):
    """Rules of tangents and cotangents as values, without the places where they can be other than
    zero (see `polyad.transforms.kinds.GatedRules`).
    """

    def jvp(
        self, builder: Builder, op: Op, xs: list[Operand], ts: list[Tangent]
    ) -> tuple[list[Operand], list[Tangent]]:
        """Results and tangents (None: zero)."""

    def transpose(
        self, builder: Builder, op: Op, cts: list[Tangent], operands: list[Operand]
    ) -> list[Tangent]:
        """A cotangent for each unknown operand."""


class Rules:
    """The rules of one op, filled in by `polyad.transforms.regions`."""

    def __init__(self) -> None:
        self.rules: RegionRules | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["rules"], name)
