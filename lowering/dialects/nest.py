"""`kernel.nest`: kernels over the same rows, run row by row."""

from __future__ import annotations

from polyad.ir import ArrayType, Definition, Function, Op, Shape, Type, Value

from .generic import CARRIED, generic
from .memory import MemRef
from .operands import split


def nest_type(
    *operands: Type, outer: int, block: int, regions: tuple[Function, ...]
) -> tuple[ArrayType, ...]:
    """Run the `kernel.generic`s of the region together, row by row.

    A row is one index of the first `outer` dimensions, which all these kernels share and which are
    parallel. `block` rows run at a time: the first kernel on them, then the next kernel, and so on.
    A kernel reads of another's result only its own row; or the result is a total, carried from row
    to row, and the kernels that read it run once, after all rows. Without outer dimensions the
    kernels run one after another. A value that the region does not return exists for a block only;
    a total, or a value computed from totals, for the whole nest.
    """
    (body,) = regions
    inputs = len(body.arguments)
    if not body.ops or any(op.definition is not generic for op in body.ops):
        raise ValueError("a nest holds kernel.generic ops, one at least, and nothing else")
    rows = body.ops[0].attrs["domain"][:outer]
    if outer < 0 or len(rows) < outer or block < 1 or (block > 1 and not outer):
        raise ValueError(
            f"a nest over {body.ops[0].attrs['domain']} has outer dimensions, the last of which "
            f"may run in blocks; not {outer}, in blocks of {block}"
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
    """The kernels of a nest that run after the rows: they read totals, or results of such
    kernels.
    """
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
    """Raise `ValueError` if the kernels of a nest cannot run row by row, and the others after
    them.
    """
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


nest = Definition("kernel.nest", nest_type)
