"""Contractions as products of two matrices, one per point of the batch. A large product that BLAS
does is split into panels, which threads share.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from polyad.ir import Builder, Handle, Op

from ..dialects import kernel, loop
from ..dialects.affine import Linear, Map
from ..kernels.products import blas_strides, collapse, size, spans
from ..rewrite import Rewriter, emit
from .loop_builder import LoopBuilder

# Rows or columns of a panel, at least: BLAS copies the other operand for each panel.
THIN = 48
# Multiplications of a panel, at least.
SMALL = 1 << 20
# Panels of the whole batch, at most.
MOST_PANELS = 64


def contract_to_loop(
    r: Rewriter, op: Op, operands: Sequence[Handle], name: str
) -> Sequence[Handle]:
    """A loop over the batch, around the product of two matrices."""
    batch = [op.attrs["domain"][d] for d in spans(op.attrs["counts"])[0]]
    product = MatrixProduct(op, operands)
    builder = Builder([h.type for h in operands], name=name)

    def step(here: LoopBuilder, _: list[Handle]) -> Sequence[Handle]:
        if len(here.indices) < len(batch):
            here.loop(batch[len(here.indices)], (), step)
        else:
            product.emit(here)
        return ()

    step(LoopBuilder(builder, builder.argument_handles(), []), [])
    return r.emit(loop.kernel, operands, (builder.build(()),), name=name, distinct=1)


class MatrixProduct:
    """The attributes of `loop.gemm` at a point of the batch."""

    def __init__(self, op: Op, operands: Sequence[Handle]) -> None:
        domain, counts, maps = op.attrs["domain"], op.attrs["counts"], op.attrs["maps"]
        batch, rows, columns, inner = spans(counts)
        x, y = blas_strides([h.type for h in operands], domain, counts, maps)
        assert x is not None and y is not None
        self.sizes = (size(domain, rows), size(domain, columns), size(domain, inner))
        positions = [map.flatten(h.type.shape) for h, map in zip(operands, maps, strict=True)]
        out = collapse(domain, positions[2].coefficients, rows) or self.sizes[1]
        self.strides = (x, y, (out, 1))
        self.starts = [Linear(p.coefficients[: len(batch)], p.offset) for p in positions]
        self.times = size(domain, batch)
        self.is_by_blas = kernel.element(operands[0].type).dtype.is_complex

    def emit(self, here: LoopBuilder) -> None:
        """The product, in panels of rows or columns of equal width; the remainder is one more
        panel.
        """
        along = 0 if self.sizes[0] >= self.sizes[1] else 1
        length = self.sizes[along]
        most = min(length // THIN, prod(self.sizes) // SMALL, MOST_PANELS // self.times)
        if most < 2 or not self.is_by_blas:
            self.panel(here, along, length, None, 0)
            return
        width = length // most

        def step(inner: LoopBuilder, _: list[Handle]) -> Sequence[Handle]:
            self.panel(inner, along, width, width, 0)
            return ()

        here.loop(most, (), step)
        if length % most:
            self.panel(here, along, length % most, None, most * width)

    def panel(
        self, here: LoopBuilder, along: int, width: int, step: int | None, start: int
    ) -> None:
        """The rows (`along` 0) or columns (1) of the result from `start` on, `width` of them. With
        a `step`, they move by as many rows or columns per iteration of the innermost loop.
        """
        x, y, out = self.strides
        per_index = (x[0] if along == 0 else 0, y[1] if along == 1 else 0, out[along])
        at = []
        for first, stride in zip(self.starts, per_index, strict=True):
            coefficients = (*first.coefficients, *(() if step is None else (step * stride,)))
            at.append(Map(len(coefficients), [Linear(coefficients, first.offset + start * stride)]))
        sizes = tuple(width if i == along else n for i, n in enumerate(self.sizes))
        attributes = (("at", tuple(at)), ("sizes", sizes), ("strides", self.strides))
        emit(here.builder, loop.gemm, (*here.buffers, *here.indices), attributes)
