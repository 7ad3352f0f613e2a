"""Patterns that users declare, of ops and functions that the pass cannot see into."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...errors import PolyadTypeError, SparsityError
from ...ir import ArrayType, Op, user_location, where
from ...ops.definition import OpDefinition
from ...ops.sparsity import Link, Links, Several
from ...texts import shown
from ..pattern import Pattern

Rule = Callable[..., Any]

_DECLARED: dict[int, tuple[Any, Rule]] = {}


def declare(target: Any, rule: Rule) -> Any:
    """State the pattern of an op of `polyad.extend`, or of a function with a `custom_vjp` or
    `custom_jvp` rule, which else is all of the results by all of the operands. Gives the target.

    `rule(*types)`, of the operands' types, gives the pattern: a `Pattern`, or a sparse or boolean
    matrix, whose rows are the elements of the results end to end, and whose columns are those of
    the operands. Raises `PolyadTypeError` for another target; a derivative raises `SparsityError`
    where the pattern has another shape.

    >>> import numpy as np, polyad
    >>> from polyad import sparse
    >>> @polyad.custom_vjp
    ... def double(x):
    ...     return 2 * x
    >>> double.defvjp(lambda x: (2 * x, None), lambda _, ct: (2 * ct,))
    >>> sparse.jacobian_sparsity(double)(np.ones(3)).nnz
    9
    >>> _ = sparse.declare(double, lambda x: np.eye(x.size))
    >>> sparse.jacobian_sparsity(double)(np.ones(3)).nnz
    3
    """
    is_rule = hasattr(target, "defvjp") or hasattr(target, "defjvp")
    if not (isinstance(target, OpDefinition) or is_rule):
        raise PolyadTypeError(
            "declare takes an op, or a function with a custom_vjp or custom_jvp rule, not "
            f"{getattr(target, '__name__', target)!r}{where(user_location())}\n  The pattern of "
            "any other function is found from its operations."
        )
    if not callable(rule):
        raise PolyadTypeError(
            f"the rule of a pattern is a function of the operands' types, not {shown(rule)}"
            f"{where(user_location())}"
        )
    _DECLARED[id(target)] = (target, rule)
    return target


def declared_links(
    op: Op, operands: Sequence[ArrayType], results: Sequence[ArrayType]
) -> Links | None:
    """The links of an op whose pattern is declared; None for another."""
    own_rule = op.attrs.get("rule") if op.regions else None
    target = getattr(own_rule, "owner", op.definition)
    found = _DECLARED.get(id(target))
    if found is None:
        return None
    taken = operands[: getattr(own_rule, "count", len(operands))]
    pattern = found[1](*taken)
    if not isinstance(pattern, Pattern):
        pattern = Pattern.from_scipy(pattern)
    shape = sum(t.size for t in results), sum(t.size for t in taken)
    if pattern.shape != shape:
        raise SparsityError(
            f"the pattern declared for {getattr(target, '__name__', op.name)} has shape "
            f"{pattern.shape}, its derivative has shape {shape}{where(op.location)}"
        )
    return Links(
        [
            [*_blocks(pattern, results, r, taken), *[None] * (len(operands) - len(taken))]
            for r in range(len(results))
        ]
    )


def _blocks(
    pattern: Pattern, results: Sequence[ArrayType], r: int, operands: Sequence[ArrayType]
) -> list[Link]:
    first = sum(t.size for t in results[:r])
    rows = (pattern.rows >= first) & (pattern.rows < first + results[r].size)
    ends = np.cumsum([0, *(t.size for t in operands)])
    links: list[Link] = []
    for start, t in zip(ends[:-1], operands, strict=True):
        at = np.flatnonzero(rows & (pattern.cols >= start) & (pattern.cols < start + t.size))
        links.append(Several(pattern.rows[at] - first, pattern.cols[at] - start))
    return links
