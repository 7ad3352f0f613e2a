"""The `kernel` dialect: computations on whole arrays as scalar bodies over iteration domains, in
the manner of MLIR's linalg.

Each op has two forms. On arrays it gives arrays; on memrefs (after bufferization) it takes its
destinations as further operands and gives nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from polyad.ir import ArrayType, Definition, Function, Op, Shape, Type
from polyad.ir.types import uint8
from polyad.ops.region import ArrayReference

from .affine import Map, dimension
from .axis import add_at as add_at
from .axis import arg as arg
from .axis import scan as scan
from .axis import scatter as scatter
from .axis import scatter_into as scatter_into
from .axis import search as search
from .generic import CARRIED as CARRIED
from .generic import generic as generic
from .generic import kind_of as kind_of
from .indexing import clamp as clamp
from .indexing import index as index
from .indexing import load as load
from .indexing import within as within
from .memory import MemRef
from .nest import behind_rows as behind_rows
from .nest import carried_of as carried_of
from .nest import nest as nest
from .operands import REDUCTIONS as REDUCTIONS
from .operands import element as element
from .operands import is_whole as is_whole
from .operands import seen as seen
from .operands import shape_of, split


def contract_type(
    x: Type,
    y: Type,
    *destination: Type,
    domain: Shape,
    counts: tuple[int, int, int, int],
    maps: tuple[Map, Map, Map],
) -> tuple[ArrayType, ...]:
    """Sum of products over the last dimensions of `domain`, whose dimensions are batch, rows,
    columns, contracted. The axes of the result are the first three groups, in any order.
    """
    if sum(counts) != len(domain):
        raise ValueError(
            f"counts {counts} must add up to the {len(domain)} dimensions of the domain"
        )
    for type, at in zip((x, y), maps, strict=False):
        if not at.fits(domain, shape_of(type)):
            raise ValueError(f"{at} leads domain {domain} outside {type}")
    if element(x) is not element(y):
        raise TypeError(f"operands must have one dtype, not {x} and {y}")
    kept = len(domain) - counts[3]
    shape = contracted_shape(domain, kept, maps[2])
    return split((x, y, *destination), (element(x).with_shape(shape),), 2)


def contracted_shape(domain: Shape, kept: int, at: Map) -> Shape:
    """The shape of the result of a contraction, with one axis per dimension that is not
    contracted.
    """
    axes: list[int | None] = []
    for line in at.results:
        used = [i for i, c in enumerate(line.coefficients) if c]
        plain = not used or line == dimension(used[0], len(domain))
        axes.append((used[0] if used else None) if plain and not line.offset else kept)
    found = sorted(i for i in axes if i is not None)
    wanted = [i for i, n in enumerate(domain[:kept]) if n > 1 or i in found]
    if found != wanted:
        raise ValueError(
            f"the result of a contraction is indexed by its first {kept} dimensions, by each along "
            f"one axis, and not by {at}"
        )
    return tuple(1 if i is None else domain[i] for i in axes)


def assemble_type(
    *parts: Type, shape: Shape, maps: tuple[Map, ...], fill: bool
) -> tuple[ArrayType, ...]:
    """An array made of `parts`, part i written at `maps[i]`; zero elsewhere if `fill`."""
    inputs = len(maps)
    for part, at in zip(parts, maps, strict=False):
        if not at.fits(shape_of(part), shape):
            raise ValueError(f"{at} leads {part} outside {shape}")
    if not parts or len({element(p) for p in parts}) != 1:
        raise TypeError(f"parts must be there and have one dtype, not {parts}")
    return split(parts, (element(parts[0]).with_shape(shape),), inputs)


def check_parts(region: Function, count: int) -> None:
    """Raise unless a region gives an operand, or results of one kernel, the first `count` of them
    stored once.
    """
    plain = not region.ops and len(region.results) == 1
    made = {v for op in region.ops for v in op.results}
    one = [op.definition for op in region.ops] == [generic] and made == set(region.results)
    if not plain and not one:
        raise ValueError("a part is an operand, or the result of one kernel.generic")
    if not 1 <= count <= len(region.results):
        raise ValueError(f"a region gives one part at least, and {count} of its results are some")
    if one and any(kind_of(region.ops[0], v) != "store" for v in region.results[:count]):
        raise ValueError("the kernel of a part stores each element once in it")


def insert_type(
    x: Type, *inputs: Type, at: Map, regions: tuple[Function, ...]
) -> tuple[ArrayType, ...]:
    """x with a part in place of the elements at `at` of the part's indices. The region gives it, as
    one of `compose`. A kernel that reads x itself reads the element that it writes. It has no form
    on memory: where x is not read any more, the part is written into the buffer of x.
    """
    (region,) = regions
    check_parts(region, 1)
    if region.argument_types != inputs or len(region.results) != 1:
        raise TypeError(f"one part is made of {region.argument_types}, not of {inputs}")
    (part,), array = region.result_types, element(x).with_shape(shape_of(x))
    if part.dtype is not array.dtype:
        raise TypeError(f"a part of {array} cannot be {part}")
    if not at.fits(part.shape, array.shape) or not at.is_injective(part.shape):
        raise ValueError(f"{at} does not lead {part} to elements of {array}, each to its own")
    return (array,)


def compose_type(
    *operands: Type,
    shape: Shape,
    maps: tuple[tuple[Map, ...], ...],
    fill: bool,
    regions: tuple[Function, ...],
) -> tuple[ArrayType, ...]:
    """`assemble`, with parts that the regions give, `maps[k]` for those of region k: an operand, or
    the first results of one `kernel.generic` that stores each element once. The other results of
    these kernels follow as further results.
    """
    if len(regions) != len(maps) or not regions:
        raise ValueError(f"maps for each region, and one at least, not {len(regions)}")
    inputs = len(regions[0].arguments)
    parts, others = list[Type](), list[ArrayType]()
    for region, places in zip(regions, maps, strict=True):
        check_parts(region, len(places))
        arrays = tuple(t.array if isinstance(t, MemRef) else t for t in operands)
        if region.argument_types != arrays[:inputs]:
            raise TypeError(
                f"a part is made of {region.argument_types}, the operands are {operands[:inputs]}"
            )
        parts += region.result_types[: len(places)]
        others += region.result_types[len(places) :]
    every = tuple(at for places in maps for at in places)
    results = assemble_type(*parts, shape=shape, maps=every, fill=fill)
    return split(operands, (*results, *others), inputs)


def reshape_type(x: Type, *, shape: Shape) -> ArrayType:
    """The elements of x in row-major order, in another shape."""
    result = element(x).with_shape(shape)
    if not isinstance(x, ArrayType) or x.size != result.size:
        raise TypeError(f"cannot reshape {x} to {shape}")
    return result


def constant_type(*destination: Type, array: ArrayReference) -> tuple[ArrayType, ...]:
    """An array that a derivative rule closes over."""
    if not isinstance(array, ArrayReference):
        raise TypeError(f"a constant is a reference to an array, not {array!r}")
    return split(destination, (array.type,), 0)


def host_type(*operands: Type, reason: str, regions: tuple[Function, ...]) -> tuple[ArrayType, ...]:
    """Apply the region by the NumPy backend, for the `reason` that it has no native form."""
    (body,) = regions
    inputs = len(body.arguments)
    arrays = tuple(t.array if isinstance(t, MemRef) else t for t in operands)
    if arrays[:inputs] != body.argument_types:
        raise TypeError(
            f"the region takes {body.argument_types}, the operands are {operands[:inputs]}"
        )
    return split(operands, body.result_types, inputs)


def routine_type(
    *operands: Type, scratch: int, regions: tuple[Function, ...]
) -> tuple[ArrayType, ...]:
    """Apply the one op of the region by a routine of machine code. `scratch` is the size in bytes
    of scratch memory, the last result. If the routine finds no answer, the NumPy backend applies
    the region.
    """
    (body,) = regions
    inputs = len(body.arguments)
    arrays = tuple(t.array if isinstance(t, MemRef) else t for t in operands)
    if arrays[:inputs] != body.argument_types:
        raise TypeError(
            f"the region takes {body.argument_types}, the operands are {operands[:inputs]}"
        )
    if len(body.ops) != 1 or scratch < 0:
        raise ValueError(f"a routine is one op with a size of scratch memory, not {scratch}")
    return split(operands, (*body.result_types, ArrayType(uint8, (scratch,))), inputs)


contract = Definition("kernel.contract", contract_type)
assemble = Definition("kernel.assemble", assemble_type)
compose = Definition("kernel.compose", compose_type)
insert = Definition("kernel.insert", insert_type)
reshape = Definition("kernel.reshape", reshape_type)
constant = Definition("kernel.constant", constant_type)
routine = Definition("kernel.routine", routine_type)
host = Definition("kernel.host", host_type)  # it has the effects that its region has


def code_key(op: Op, operands: Sequence[Hashable]) -> Hashable:
    """The key of kernels on buffers with the same machine code: the op's meaning, its buffers'
    types, and which of its `operands` are one buffer.
    """
    places: dict[Hashable, int] = {}
    same = tuple([places.setdefault(operand, i) for i, operand in enumerate(operands)])
    types = tuple([v.type for v in op.operands])
    return op.definition, op.attributes, op.regions, types, same
