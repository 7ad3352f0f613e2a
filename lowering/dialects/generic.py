"""`kernel.generic`: a scalar body, run once per point of an iteration domain."""

from __future__ import annotations

from polyad.ir import ArrayType, Definition, Function, Op, Shape, Type, Value

from .affine import Map
from .indexing import check_loads
from .operands import REDUCTIONS, is_whole, seen, shape_of, split

CARRIED = {f"carried {kind}": kind for kind in REDUCTIONS}
COMBINERS = ("store", *REDUCTIONS, *CARRIED)
ITERATORS = ("parallel", "reduction")


def generic_type(
    *operands: Type,
    domain: Shape,
    iterators: tuple[str, ...],
    maps: tuple[Map, ...],
    combine: tuple[str, ...],
    regions: tuple[Function, ...],
) -> tuple[ArrayType, ...]:
    """Run the region once per point of `domain`, on the elements that `maps` select.

    `maps` holds one map per input, then one per result. `combine` says for each result how the
    values of several points at one element are combined: `store` (there is one value), a reduction
    over the reduction dimensions, or a carried reduction, which adds each value to memory, whatever
    the dimensions. An operand whose map is nowhere is taken in as a whole, and the body loads its
    elements (`kernel.load`) at indices that it computes.
    """
    (body,) = regions
    inputs = len(maps) - len(combine)
    _check_names(domain, iterators, combine)
    if inputs < 0 or len(body.results) != len(combine):
        raise ValueError(f"{len(combine)} results need as many maps and body results")
    for i, (type, at) in enumerate(zip(operands, maps, strict=False)):
        whole = i < inputs and is_whole(type, at)
        if not whole and not at.fits(domain, shape_of(type)):
            raise ValueError(f"{at} leads domain {domain} outside operand {i}, {type}")
    given = tuple([seen(t, at) for t, at in zip(operands[:inputs], maps, strict=False)])
    if given != body.argument_types:
        raise TypeError(
            f"the body takes {body.argument_types}, the operands have {operands[:inputs]}"
        )
    check_loads(body, domain)
    results = [
        ArrayType(type.dtype, _result_shape(domain, iterators, at, kind))
        for type, at, kind in zip(body.result_types, maps[inputs:], combine, strict=True)
    ]
    return split(operands, tuple(results), inputs)


def _check_names(domain: Shape, iterators: tuple[str, ...], combine: tuple[str, ...]) -> None:
    if len(iterators) != len(domain) or any(i not in ITERATORS for i in iterators):
        raise ValueError(
            f"iterators name each dimension of {domain} parallel or reduction, not {iterators}"
        )
    if any(c not in COMBINERS for c in combine):
        raise ValueError(f"combine is one of {', '.join(COMBINERS)} per result, not {combine}")


def _result_shape(domain: Shape, iterators: tuple[str, ...], at: Map, combine: str) -> Shape:
    if at.rank != len(domain):
        raise ValueError(f"{at} must have the {len(domain)} dimensions of the domain")
    for i, iterator in enumerate(iterators):
        used = any(r.coefficients[i] for r in at.results)
        reduced = combine in REDUCTIONS and iterator == "reduction"
        if domain[i] > 1 and reduced and used:
            raise ValueError(f"a reduced result cannot be indexed by reduction dimension d{i}")
        if domain[i] > 1 and not used and combine == "store":
            raise ValueError(
                f"a stored result must be indexed by every dimension; {at} leaves out d{i}"
            )
    shape = []
    for result in at.results:
        dims = [i for i, c in enumerate(result.coefficients) if c]
        shape.append(domain[dims[0]] if dims else 1)
    return tuple(shape)


def kind_of(op: Op, result: Value) -> str:
    """The combination of a result of a `kernel.generic`."""
    kinds: tuple[str, ...] = op.attrs["combine"]
    return kinds[op.results.index(result)]


generic = Definition("kernel.generic", generic_type)
