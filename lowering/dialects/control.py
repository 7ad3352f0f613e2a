"""The `control` dialect: branches and loops over buffers, in the manner of MLIR's scf.

Regions are closed. Their arguments are an index, where an op gives one, then all buffers that the
op has as operands; they read and write these in place.
"""

from __future__ import annotations

from polyad.ir import ArrayType, Definition, Function, Type
from polyad.ir.types import bool_

from .memory import INDEX, MemRef
from .stack import StackRef


def check_region(region: Function, arguments: tuple[Type, ...], results: tuple[Type, ...]) -> None:
    """Check that a region takes `arguments`, buffers save for indices, and gives `results`."""
    for type in arguments:
        if type is not INDEX and not isinstance(type, MemRef | StackRef):
            raise TypeError(f"regions take buffers, not {type}")
    if region.argument_types != arguments or region.result_types != results:
        raise TypeError(
            f"a region must take {arguments} and give {results}, "
            f"not {region.argument_types} and {region.result_types}"
        )


Pairs = tuple[tuple[int, int], ...]


def check_swapped(buffers: tuple[Type, ...], pairs: Pairs) -> None:
    """Check that the buffers of each pair, which are exchanged after each iteration, have one type.
    After the loop the first of a pair holds the value of the last iteration.
    """
    numbers = [i for pair in pairs for i in pair]
    if len(set(numbers)) < len(numbers) or not all(0 <= i < len(buffers) for i in numbers):
        raise ValueError(f"{len(buffers)} buffers cannot be exchanged in the pairs {pairs}")
    for i, j in pairs:
        if not isinstance(buffers[i], MemRef) or buffers[i] != buffers[j]:
            raise TypeError(f"{buffers[i]} and {buffers[j]} cannot be exchanged")


def for_type(
    *operands: Type,
    extent: int | None,
    reverse: bool,
    swapped: Pairs = (),
    regions: tuple[Function, ...],
) -> tuple[()]:
    """Run the region for i = 0 … extent - 1, or from the last to the first.

    If `extent` is None the first operand is the number of iterations. `swapped` are pairs of
    buffers that are exchanged after each iteration.
    """
    if extent is None:
        if not operands or operands[0] is not INDEX:
            raise TypeError(f"a loop of unknown extent takes its count first, not {operands[:1]}")
        operands = operands[1:]
    elif extent < 1:
        raise ValueError(f"a loop runs at least once, not {extent} times")
    check_region(regions[0], (INDEX, *operands), ())
    check_swapped(operands, swapped)
    return ()


def while_type(
    *buffers: Type, limit: int | None = None, swapped: Pairs = (), regions: tuple[Function, ...]
) -> tuple[()]:
    """Run region 1 as long as region 0 gives true; more than `limit` times is an error."""
    condition, body = regions
    check_swapped(buffers, swapped)
    check_region(condition, buffers, (ArrayType(bool_, ()),))
    check_region(body, buffers, ())
    return ()


def switch_type(index: Type, *buffers: Type, regions: tuple[Function, ...]) -> tuple[()]:
    """Run the region of number `index`, clamped into range."""
    if index is not INDEX or not regions:
        raise TypeError(f"a switch takes an {INDEX} and has regions, not {index}")
    for region in regions:
        check_region(region, buffers, ())
    return ()


for_ = Definition("control.for", for_type, effects=True)
while_ = Definition("control.while", while_type, effects=True)
switch = Definition("control.switch", switch_type, effects=True)

LOOPS = frozenset([for_, while_])
OPS = LOOPS | {switch}
