"""Building one `kernel.generic`."""

from __future__ import annotations

from collections.abc import Sequence

from polyad.ir import Builder, Function, Handle, Shape

from ..dialects import kernel
from ..dialects.affine import Map
from ..rewrite import Rewriter


def generic(
    r: Rewriter,
    operands: Sequence[Handle],
    domain: Shape,
    maps: Sequence[Map],
    body: Function,
    combine: str = "store",
    reduced: Sequence[int] = (),
) -> Sequence[Handle]:
    """One `kernel.generic` with one result."""
    iterators = tuple("reduction" if i in reduced else "parallel" for i in range(len(domain)))
    return r.emit(
        kernel.generic,
        operands,
        (body,),
        domain=domain,
        iterators=iterators,
        maps=tuple(maps),
        combine=(combine,),
    )


def move(r: Rewriter, x: Handle, shape: Shape, source: Map) -> Sequence[Handle]:
    """An array of `shape`: its element at a point is the element of `x` at `source` of that
    point.
    """
    builder = Builder([x.type.with_shape(())], name="body")
    body = builder.build(builder.argument_handles())
    return generic(r, [x], shape, [source, Map.identity(len(shape))], body)
