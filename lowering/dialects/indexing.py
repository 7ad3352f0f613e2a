"""The ops by which the body of a `kernel.generic` reads by index: indices, clamps, tests of a
range, and loads of elements from an operand taken in as a whole.

No index is checked at run time, so each must be known to be in range: it is an affine function of
the point of the domain or of other indices, or it is clamped. `ranges` finds the range of each
index, and `check_loads` checks that no load leaves its array.
"""

from __future__ import annotations

from polyad.ir import ArrayType, Definition, Function, Op, Shape, Type, Value
from polyad.ir.types import bool_, int64

from .affine import Linear, Map
from .memory import INDEX, type_of

Range = tuple[int, int]  # the least and the greatest value


def index_type(*indices: Type, at: Map) -> ArrayType:
    """An affine function of the point of the domain; or of `indices`, if there are any."""
    if len(at.results) != 1:
        raise ValueError(f"{at} must give one index")
    if indices and (at.rank != len(indices) or any(i is not INDEX for i in indices)):
        raise TypeError(f"{at} must take {at.rank} indices of type {INDEX}, not {indices}")
    return ArrayType(int64, ())


def clamp_type(index: Type, *, size: int) -> ArrayType:
    """The nearest of the indices 0 … size - 1."""
    if index is not INDEX or size < 1:
        raise TypeError(f"what is clamped is an {INDEX}, to a size of at least 1: {index}, {size}")
    return INDEX


def within_type(index: Type, *, start: int, stop: int) -> ArrayType:
    """Whether start <= index < stop."""
    if index is not INDEX or start >= stop:
        raise TypeError(f"an {INDEX} may be within start < stop, not {index} in {start}:{stop}")
    return ArrayType(bool_, ())


def load_type(array: Type, *indices: Type) -> ArrayType:
    """The element at `indices` of an operand taken in as a whole."""
    if not isinstance(array, ArrayType) or not array.shape:
        raise TypeError(f"a load is from an array with dimensions, not from {array}")
    if len(indices) != array.ndim or any(i is not INDEX for i in indices):
        raise TypeError(f"a load from {array} takes {array.ndim} indices, not {indices}")
    return array.with_shape(())


index = Definition("kernel.index", index_type)
clamp = Definition("kernel.clamp", clamp_type)
within = Definition("kernel.within", within_type)
load = Definition("kernel.load", load_type)


def is_of_point(op: Op) -> bool:
    """Whether an op is an affine function of the point of the domain."""
    return op.definition is index and not op.operands


def ranges(body: Function, domain: Shape) -> dict[Value, Range]:
    """The range of each index of a body, over a domain that is not empty."""
    known: dict[Value, Range] = {}
    for op in body.ops:
        found = None
        if is_of_point(op):
            found = op.attrs["at"].results[0].bounds(domain)
        elif op.definition is index:
            found = bounds(op.attrs["at"].results[0], [known.get(v) for v in op.operands])
        elif op.definition is clamp:
            found = clamped(known.get(op.operands[0]), op.attrs["size"])
        if found is not None:
            known[op.result] = found
    return known


def bounds(expression: Linear, terms: list[Range | None]) -> Range | None:
    """The range of an expression, if the ranges of its terms are known."""
    low = high = expression.offset
    for c, term in zip(expression.coefficients, terms, strict=True):
        if c and term is None:
            return None
        if c and term is not None:
            low += min(c * term[0], c * term[1])
            high += max(c * term[0], c * term[1])
    return low, high


def clamped(given: Range | None, size: int) -> Range:
    """The range of a clamped index."""
    low, high = given or (0, size - 1)
    return min(max(low, 0), size - 1), min(max(high, 0), size - 1)


def check_loads(body: Function, domain: Shape) -> None:
    """Raise `ValueError` if `body` uses a whole array for more than loads, or may load from
    outside.
    """
    arrays = {v for v in body.arguments if isinstance(v.type, ArrayType) and v.type.shape}
    if not arrays and not any(op.definition is load for op in body.ops):
        return
    known = ranges(body, domain) if 0 not in domain else None
    for op in body.ops:
        rest = op.operands
        if op.definition is load:
            source, *rest = op.operands  # type: ignore[assignment]
            if source not in arrays:
                raise ValueError("a load is from an operand of the kernel, not from a value")
            if known is not None:
                check_load(type_of(source), [known.get(v) for v in rest])
        if arrays.intersection(rest):
            raise ValueError(f"{op.name} takes elements; an operand that is whole is loaded from")
    if arrays.intersection(body.results):
        raise ValueError("a body gives elements, and not a whole operand")


def check_load(array: ArrayType, spans: list[Range | None]) -> None:
    for axis, (span, size) in enumerate(zip(spans, array.shape, strict=True)):
        if span is None or span[0] < 0 or span[1] >= size:
            known = "unknown" if span is None else f"from {span[0]} to {span[1]}"
            raise ValueError(
                f"an index of {array} along axis {axis} is not sure to be in range, but {known}: "
                "clamp it"
            )
