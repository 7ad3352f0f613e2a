"""Partials by a parameter of which there is no formula: an error that names it, and no zero."""

from __future__ import annotations

from collections.abc import Hashable

from ..errors import NotDifferentiableError
from ..ir import user_location, where
from .types import Operand, PartialRule


def unknown(function: str, parameter: str) -> PartialRule:
    """The partial of `function` by `parameter` ("order v"), where polyad knows none."""

    def partial(*operands: Operand, **attributes: Hashable) -> Operand:
        raise NotDifferentiableError(
            f"the derivative of {function} by its {parameter} is not known to polyad"
            f"{where(user_location())}\n  Differentiate by the other arguments alone; "
            f"polyad.stop_gradient holds one fixed."
        )

    return partial
