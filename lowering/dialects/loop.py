"""The `loop` dialect: counted loops over buffers, in part parallel, and products, grouped into
kernels.

Regions are closed. The operands of a loop are the values that its body uses, then the initial
values of its carry: values handed from one iteration to the next.
"""

from __future__ import annotations

from polyad.ir import ArrayType, Definition, Function, Type
from polyad.ir.types import int64

from .affine import Map
from .memory import INDEX, buffer
from .operands import REDUCTIONS


def kernel_type(
    *buffers: Type, name: str, distinct: int, regions: tuple[Function, ...]
) -> tuple[()]:
    """One loop nest with a name. It writes to the last `distinct` buffers, which overlap no other
    buffer.
    """
    (body,) = regions
    for type in buffers:
        buffer(type)
    if body.argument_types != buffers or body.results or not 0 <= distinct <= len(buffers):
        raise TypeError(f"the region of {name} must take {buffers} and give nothing")
    return ()


def for_type(
    *operands: Type,
    extent: int,
    carried: int,
    regions: tuple[Function, ...],
    left: tuple[int, int] | None = None,
) -> tuple[Type, ...]:
    """Run the region for i = 0 … extent - 1 on (i, captured…, carried…); the last carried
    values.

    If `left` is the number k of an operand and a count, the loop is over a part of so many
    iterations: operand k is the number of parts of `extent` before it, and the last part may have
    fewer.
    """
    (body,) = regions
    if left is not None and (operands[left[0]] is not INDEX or left[1] < 1):
        raise ValueError(f"a part of {extent} of {left[1]} iterations has its number as an operand")
    if extent < 1:
        raise ValueError(f"a loop runs at least once, not {extent} times")
    if body.argument_types != (INDEX, *operands):
        raise TypeError(f"the region must take {(INDEX, *operands)}, not {body.argument_types}")
    results = operands[len(operands) - carried :]
    if body.result_types != results:
        raise TypeError(f"the region must give what it carries, {results}, not {body.result_types}")
    return results


def parallel_type(
    *operands: Type,
    extent: int,
    chunks: int,
    combine: tuple[str, ...],
    private: tuple[tuple[int, str], ...],
    regions: tuple[Function, ...],
) -> tuple[Type, ...]:
    """`loop.for` in `chunks` of neighbouring iterations, which may run at the same time.

    The last operands are totals, one per reduction in `combine`. Each chunk carries its own, from
    the neutral element on; after all chunks these are combined with the operand, in the order of
    the chunks. `private` are operands, by position, that are totals in memory: each chunk has a
    buffer of its own for them, combined with the operand likewise.
    """
    results = for_type(*operands, extent=extent, carried=len(combine), regions=regions)
    if not 2 <= chunks <= extent:
        raise ValueError(f"{extent} iterations cannot be {chunks} chunks")
    kinds = [*combine, *(kind for _, kind in private)]
    if unknown := [kind for kind in kinds if kind not in REDUCTIONS]:
        raise ValueError(f"a total is one of {', '.join(REDUCTIONS)}, not {unknown[0]!r}")
    for position, _ in private:
        if not 0 <= position < len(operands) - len(combine):
            raise ValueError(f"operand {position} is not captured, so it cannot be private")
        buffer(operands[position], f"operand {position}")
    return results


def accumulate_type(total: Type, value: Type, *, kind: str) -> Type:
    """One step of a reduction; sums may be regrouped, so that they can be vectorised."""
    if total is not value or not isinstance(total, ArrayType) or total.shape:
        raise TypeError(f"cannot accumulate {value} into {total}")
    if kind not in REDUCTIONS:
        raise ValueError(f"kind is one of {', '.join(REDUCTIONS)}, not {kind!r}")
    return total


def affine_type(*indices: Type, at: Map) -> ArrayType:
    """An affine function of indices."""
    if any(i is not INDEX for i in indices) or at.rank != len(indices) or len(at.results) != 1:
        raise TypeError(f"{at} must take the {len(indices)} indices to one")
    return ArrayType(int64, ())


def gemm_type(
    x: Type,
    y: Type,
    out: Type,
    *indices: Type,
    sizes: tuple[int, int, int],
    strides: tuple[tuple[int, int], tuple[int, int], tuple[int, int]],
    at: tuple[Map, Map, Map],
) -> tuple[()]:
    """out[rows, columns] = x[rows, k] @ y[k, columns].

    `sizes` are (rows, columns, k). `strides` are the strides of x over (rows, k), of y over (k,
    columns) and of out over (rows, columns); in each pair one is 1, for out the last one. `at` are
    the positions of the first elements of x, y and out, for the `indices` of batch and panel.
    """
    if any(i is not INDEX for i in indices) or any(
        m.rank != len(indices) or len(m.results) != 1 for m in at
    ):
        raise TypeError(f"each of {at} must take the {len(indices)} batch indices to one position")
    if (
        not buffer(x).dtype.is_inexact
        or not buffer(x).dtype is buffer(y).dtype is buffer(out).dtype
    ):
        raise TypeError(
            f"a product is one of floating or complex matrices of one dtype, not {x}, {y}, {out}"
        )
    by_columns = any(1 not in pair for pair in strides) or strides[2][1] != 1
    if by_columns or strides[2][0] < sizes[1] or any(n < 1 for n in sizes):
        raise ValueError(
            f"sizes {sizes} must be positive, one of each two strides {strides} must be 1, and the "
            "result stand in rows"
        )
    return ()


kernel = Definition("loop.kernel", kernel_type, effects=True)
for_ = Definition("loop.for", for_type, effects=True)
parallel = Definition("loop.parallel", parallel_type, effects=True)
accumulate = Definition("loop.accumulate", accumulate_type)
affine = Definition("loop.affine", affine_type)
gemm = Definition("loop.gemm", gemm_type, effects=True)
