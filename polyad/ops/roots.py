"""Square roots of sums of squares that are scaled."""

from __future__ import annotations

from . import elementwise as e
from .definition import elementwise
from .types import Operand


def scaled_sqrt_partial(t: Operand, scale: Operand, y: Operand) -> Operand:
    """1 / (2 s² y), and 0 at 0."""
    flat = e.equal(y, 0)
    return e.where(flat, 0, 0.5 / (e.where(flat, 1, y) * scale) / scale)


scaled_sqrt = elementwise(
    "scaled_sqrt",
    operands=2,
    accepts="real floating",
    partials=(scaled_sqrt_partial, lambda t, scale, y: -y / scale),
    decomposition=lambda t, scale: e.sqrt(t) / scale,
)
"""√t / s of a sum t of squares that were multiplied by s²."""
