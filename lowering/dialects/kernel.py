"""The `kernel` dialect: whole-array computations as scalar bodies over iteration domains, in the
manner of linalg.

Every op has two forms. On arrays it gives arrays; on memrefs (after bufferization) it takes its
destinations as further operands and gives nothing.
"""

from __future__ import annotations

from polyad.ir import ArrayType, Definition, Function, Op, Shape, Type, Value
from polyad.ir.types import int64, uint8
from polyad.ops.region import ArrayReference

from .affine import Map, dimension
from .indexing import check_loads
from .indexing import clamp as clamp
from .indexing import index as index
from .indexing import load as load
from .indexing import within as within
from .memory import MemRef
from .operands import element as element
from .operands import is_whole as is_whole
from .operands import seen as seen
from .operands import shape_of, split

REDUCTIONS = ("sum", "prod", "max", "min", "any", "all")
CARRIED = {f"carried {kind}": kind for kind in REDUCTIONS}
COMBINERS = ("store", *REDUCTIONS, *CARRIED)
SCANS = ("sum", "prod", "max", "min", "logsumexp")
SCATTER_MODES = ("set", "add", "multiply", "min", "max")
ITERATORS = ("parallel", "reduction")


def generic_type(
    *operands: Type,
    domain: Shape,
    iterators: tuple[str, ...],
    maps: tuple[Map, ...],
    combine: tuple[str, ...],
    regions: tuple[Function, ...],
) -> tuple[ArrayType, ...]:
    """Run the region once per point of `domain` on the elements that `maps` select.

    `maps` holds one map per input, then one per result; `combine` says for each result how it takes
    up the values of the points that share an element: `store` (one value each), a reduction, or a
    carried one, which takes up each value in memory, in whatever dimensions the points differ. A
    map to nowhere lets an operand with dimensions in as a whole: the body may `kernel.load` its
    elements, at places that it computes.
    """
    (body,) = regions
    inputs = len(maps) - len(combine)
    if len(iterators) != len(domain) or any(i not in ITERATORS for i in iterators):
        raise ValueError(
            f"iterators name each dimension of {domain} parallel or reduction, not {iterators}"
        )
    if any(c not in COMBINERS for c in combine):
        raise ValueError(f"combine is one of {', '.join(COMBINERS)} per result, not {combine}")
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


def nest_type(
    *operands: Type, outer: int, block: int, regions: tuple[Function, ...]
) -> tuple[ArrayType, ...]:
    """Run the `kernel.generic`s of the region together: the first of their points with index 0 in
    the first `outer` dimensions, then those with the next, and so on, `block` steps of the last of
    these dimensions at a time. So these kernels agree in these dimensions, which are parallel, and
    read of each other only what was made at the same index; or they carry totals from each index to
    the next. Kernels that read totals run behind the others, once. Without outer dimensions, each
    kernel runs behind the one before it. What the region does not give exists for a block only, or,
    if it is a total or made of totals, for the nest only.
    """
    (body,) = regions
    inputs = len(body.arguments)
    if not body.ops or any(op.definition is not generic for op in body.ops):
        raise ValueError("a nest holds kernel.generic ops, one at least, and nothing else")
    rows = body.ops[0].attrs["domain"][:outer]
    steps = rows[-1] if rows else 1
    if outer < 0 or len(rows) < outer or not 1 <= block <= steps:
        raise ValueError(
            f"a nest over {body.ops[0].attrs['domain']} has outer dimensions, of the last of which "
            f"a block is a part; not {outer}, in blocks of {block}"
        )
    check_order(body, outer, rows)
    made = {v for op in body.ops for v in op.results}
    arrays = tuple(t.array if isinstance(t, MemRef) else t for t in operands)
    if arrays[:inputs] != body.argument_types or not made.issuperset(body.results):
        raise TypeError(
            f"the region takes {body.argument_types} and gives what its kernels make; the operands "
            f"are {operands[:inputs]}"
        )
    results = [t for t in body.result_types if isinstance(t, ArrayType)]
    return split(operands, tuple(results), inputs)


def behind_rows(body: Function, outer: int) -> list[Op]:
    """The kernels of a nest that run behind those of the rows: all that read totals, in the end."""
    done: set[Value] = set()
    behind = []
    for op in body.ops:
        if not outer or done.intersection(op.operands):
            behind.append(op)
            done.update(op.results)
        done.update(carried_of(op))
    return behind


def carried_of(op: Op) -> list[Value]:
    """The totals that a kernel carries."""
    return [v for v, kind in zip(op.results, op.attrs["combine"], strict=True) if kind in CARRIED]


def check_order(body: Function, outer: int, rows: Shape) -> None:
    """Raise `ValueError` if the kernels of a nest cannot run row by row, and then the rest."""
    behind = behind_rows(body, outer)
    first = body.ops[: len(body.ops) - len(behind)]
    if any(op in behind for op in first):
        raise ValueError("the kernels that read totals of a nest stand behind those of its rows")
    made = {v for op in first for v in op.results}
    for op in first:
        _check_rows(op, rows, made)
    by_row = made.difference(*map(carried_of, first))
    for op in behind:
        if by_row.intersection(op.operands):
            raise ValueError("a kernel behind the rows of a nest reads totals, and nothing by row")


def _check_rows(op: Op, rows: Shape, made: set[Value]) -> None:
    """Raise `ValueError` if `op` cannot run row by row."""
    attrs, outer = op.attrs, len(rows)
    if attrs["domain"][:outer] != rows or "reduction" in attrs["iterators"][:outer]:
        raise ValueError(
            f"the kernels of a nest have its outer dimensions {rows} in common, all parallel; one "
            f"runs over {attrs['domain']} with {attrs['iterators']}"
        )
    totals = carried_of(op)
    for value, at in zip((*op.operands, *op.results), attrs["maps"], strict=True):
        if value in totals and any(any(r.coefficients[:outer]) for r in at.results):
            raise ValueError(
                f"{at} leads to another total {value.type} for each of the rows {rows}"
            )
        if value in made and value not in totals and not at.is_by_row(outer):
            raise ValueError(f"{at} leads from one of the rows {rows} of {value.type} to another")


def contract_type(
    x: Type,
    y: Type,
    *destination: Type,
    domain: Shape,
    counts: tuple[int, int, int, int],
    maps: tuple[Map, Map, Map],
) -> tuple[ArrayType, ...]:
    """Sum of products over the last dimensions of `domain`, whose dimensions are batch, rows,
    columns, contracted. The result has the others as its axes, in any order.
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
    """The shape of the result of a contraction: each of the dimensions that it keeps is an axis."""
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


def compose_type(
    *operands: Type,
    shape: Shape,
    maps: tuple[Map, ...],
    fill: bool,
    regions: tuple[Function, ...],
) -> tuple[ArrayType, ...]:
    """`assemble`, of parts that the regions give: each an operand, or what one kernel.generic makes
    of some, storing each element once. What else such a kernel makes follows as further results.
    """
    if len(regions) != len(maps) or not regions:
        raise ValueError(f"as many parts as maps, and one at least, not {len(regions)}")
    inputs = len(regions[0].arguments)
    parts, others = list[Type](), list[ArrayType]()
    for region in regions:
        plain = not region.ops and len(region.results) == 1
        made = {v for op in region.ops for v in op.results}
        one = [op.definition for op in region.ops] == [generic] and made == set(region.results)
        if not plain and not one:
            raise ValueError("a part is an operand, or the result of one kernel.generic")
        if not plain and kind_of(region.ops[0], region.results[0]) != "store":
            raise ValueError("the kernel of a part stores each element once in it")
        arrays = tuple(t.array if isinstance(t, MemRef) else t for t in operands)
        if region.argument_types != arrays[:inputs]:
            raise TypeError(
                f"a part is made of {region.argument_types}, the operands are {operands[:inputs]}"
            )
        parts.append(region.result_types[0])
        others += region.result_types[1:]
    results = assemble_type(*parts, shape=shape, maps=maps, fill=fill)
    return split(operands, (*results, *others), inputs)


def kind_of(op: Op, result: Value) -> str:
    """How a kernel.generic makes a result."""
    kinds: tuple[str, ...] = op.attrs["combine"]
    return kinds[op.results.index(result)]


def reshape_type(x: Type, *, shape: Shape) -> ArrayType:
    """The same elements in row-major order."""
    result = element(x).with_shape(shape)
    if not isinstance(x, ArrayType) or x.size != result.size:
        raise TypeError(f"cannot reshape {x} to {shape}")
    return result


def scatter_type(
    x: Type, indices: Type, updates: Type, *destination: Type, axis: int, mode: str
) -> tuple[ArrayType, ...]:
    """x with the slices of `updates` combined into it, in order, at `indices`; those out of range
    are dropped.
    """
    check_indexed(x, indices, axis)
    shape = shape_of(x)
    expected = (*shape[:axis], shape_of(indices)[0], *shape[axis + 1 :])
    if shape_of(updates) != expected or element(updates) is not element(x):
        raise TypeError(f"updates of {x} must have shape {expected} and its dtype, not {updates}")
    if mode not in SCATTER_MODES:
        raise ValueError(f"mode is one of {', '.join(SCATTER_MODES)}, not {mode!r}")
    return split((x, indices, updates, *destination), (element(x).with_shape(shape),), 3)


def scatter_into_type(
    indices: Type, updates: Type, x: Type, *, axis: int, mode: str
) -> tuple[ArrayType, ...]:
    """`scatter`, into the buffer of x itself."""
    return scatter_type(x, indices, updates, x, axis=axis, mode=mode)


def add_at_type(x: Type, *destination: Type, shape: Shape, at: Map) -> tuple[ArrayType, ...]:
    """Zeros of `shape`, to which each element of x is added at `at` of its index."""
    if not at.fits(shape_of(x), shape):
        raise ValueError(f"{at} leads {x} outside {shape}")
    return split((x, *destination), (element(x).with_shape(shape),), 1)


def check_indexed(x: Type, indices: Type, axis: int) -> None:
    if len(shape_of(indices)) != 1 or not element(indices).dtype.is_integer:
        raise TypeError(f"indices must be a 1-d array of integers, not {indices}")
    if not 0 <= axis < len(shape_of(x)):
        raise ValueError(f"axis {axis} is out of range for {x}")


def scan_type(x: Type, *destination: Type, axis: int, combine: str) -> tuple[ArrayType, ...]:
    """Running totals along `axis`."""
    if not 0 <= axis < len(shape_of(x)) or combine not in SCANS:
        raise ValueError(
            f"a scan of {x} needs one of its axes and one of {', '.join(SCANS)}, not {axis} and "
            f"{combine!r}"
        )
    return split((x, *destination), (element(x).with_shape(shape_of(x)),), 1)


def arg_type(x: Type, *destination: Type, axis: int, extremum: str) -> tuple[ArrayType, ...]:
    """Where along `axis` the greatest or least element is first; a NaN counts as such."""
    shape = shape_of(x)
    if not 0 <= axis < len(shape) or shape[axis] == 0 or extremum not in ("max", "min"):
        raise ValueError(
            f"the place of an extremum of {x} needs a non-empty axis and max or min, "
            f"not {axis} and {extremum!r}"
        )
    return split((x, *destination), (ArrayType(int64, (*shape[:axis], *shape[axis + 1 :])),), 1)


def search_type(x: Type, wanted: Type, *destination: Type, side: str) -> tuple[ArrayType, ...]:
    """How many elements of the ascending vector x are less than each of `wanted` (from the right:
    or equal to it); NaN is the largest.
    """
    if len(shape_of(x)) != 1 or element(x) is not element(wanted) or element(x).dtype.is_complex:
        raise TypeError(
            f"a search takes a vector and an array of one real dtype, not {x}, {wanted}"
        )
    if side not in ("left", "right"):
        raise ValueError(f"a search is from the left or the right, not {side!r}")
    return split((x, wanted, *destination), (ArrayType(int64, shape_of(wanted)),), 2)


def constant_type(*destination: Type, array: ArrayReference) -> tuple[ArrayType, ...]:
    """An array that a derivative rule closes over."""
    if not isinstance(array, ArrayReference):
        raise TypeError(f"a constant is a reference to an array, not {array!r}")
    return split(destination, (array.type,), 0)


def host_type(*operands: Type, reason: str, regions: tuple[Function, ...]) -> tuple[ArrayType, ...]:
    """Apply the region by the NumPy backend; `reason` says why it is not compiled."""
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
    """Apply the one op of the region by a routine of machine code, with so many bytes of `scratch`,
    which are its last result. Where it finds no answer the NumPy backend applies the region.
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


generic = Definition("kernel.generic", generic_type)
nest = Definition("kernel.nest", nest_type)
contract = Definition("kernel.contract", contract_type)
assemble = Definition("kernel.assemble", assemble_type)
compose = Definition("kernel.compose", compose_type)
reshape = Definition("kernel.reshape", reshape_type)
scatter = Definition("kernel.scatter", scatter_type)
scatter_into = Definition("kernel.scatter_into", scatter_into_type, effects=True)
add_at = Definition("kernel.add_at", add_at_type)
scan = Definition("kernel.scan", scan_type)
arg = Definition("kernel.arg", arg_type)
search = Definition("kernel.search", search_type)
constant = Definition("kernel.constant", constant_type)
routine = Definition("kernel.routine", routine_type)
host = Definition("kernel.host", host_type)  # it has the effects that its region has
