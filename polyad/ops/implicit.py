"""Functions given by equations, as ops: the solution of a linear equation, a root of a function.

The equation and its solver are regions. No derivative goes through the solver: the rules, in
`polyad.transforms.implicit`, follow from the equation that the solution satisfies.
"""

from __future__ import annotations

from ..errors import PolyadTypeError
from ..ir import ArrayType, Function
from .definition import OpDefinition
from .region_rules import Rules

SOLVE = 1
"""The number of the region that solves: the one that runs."""


def _unknowns(
    operands: tuple[ArrayType, ...], consts: tuple[int, ...], regions: tuple[Function, ...]
) -> tuple[ArrayType, ...]:
    """The types of the unknowns, which each region takes behind its consts, and gives."""
    if len(consts) != len(regions):
        raise PolyadTypeError(f"{len(regions)} regions have {len(consts)} groups of consts")
    types = operands[sum(consts) :]
    start = 0
    for region, count in zip(regions, consts, strict=True):
        own, start = operands[start : start + count], start + count
        if region.argument_types[: count + len(types)] != (*own, *types):
            raise PolyadTypeError(
                f"@{region.name} takes {region.argument_types}, not {(*own, *types)}"
            )
        if region.result_types[: len(types)] != types:
            raise PolyadTypeError(f"@{region.name} gives {region.result_types}, not {types}")
    return types


def linear_solve_type(
    *operands: ArrayType,
    consts: tuple[int, ...],
    symmetric: bool,
    regions: tuple[Function, ...],
) -> tuple[ArrayType, ...]:
    """The x for which region 0, linear in x, gives b. Region 1 computes it from b; its further
    results are results too.

    Operands are the consts of each region, then b. Region 2, if there is one, solves the transposed
    equation; without it only a `symmetric` equation can be transposed.
    """
    types = _unknowns(operands, consts, regions)
    if regions[0].result_types != types:
        raise PolyadTypeError(f"the linear map gives {regions[0].result_types}, not {types}")
    return regions[SOLVE].result_types


linear_solve = OpDefinition("linear_solve", linear_solve_type, region_rules=Rules())


def root_type(
    *operands: ArrayType, consts: tuple[int, ...], regions: tuple[Function, ...]
) -> tuple[ArrayType, ...]:
    """An x at which region 0 is zero. Region 1 computes it from a guess; its further results are
    results too.

    Operands are the consts of each region, then the guess. Region 2 maps (consts, x, y) to the v
    for which the derivative of region 0 at x along v is y.
    """
    types = _unknowns(operands, consts, regions)
    if regions[0].result_types != types:
        raise PolyadTypeError(f"the function gives {regions[0].result_types}, not {types}")
    if regions[2].argument_types[consts[2] :] != types * 2 or regions[2].result_types != types:
        raise PolyadTypeError(
            f"what solves for the tangent takes {regions[2].argument_types} and gives "
            f"{regions[2].result_types}, not {types * 2} and {types}"
        )
    return regions[SOLVE].result_types


root = OpDefinition("root", root_type, region_rules=Rules())
