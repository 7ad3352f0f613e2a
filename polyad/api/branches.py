"""Branches with JAX's signatures: cond, switch.

With values that are known and nothing traced around them they are Python's own branches; otherwise
the functions given are traced and become the regions of an op.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import tree
from ..errors import PolyadTypeError, PolyadValueError
from ..ir import Handle, user_location, where
from ..ir.types import bool_, int64
from ..ops import control, promotion
from ..ops import elementwise as e
from ..tracing import callable_name
from . import refs
from .calls import agreement, bodies, constants, pytrees
from .calls.traces import Traced

F = Callable[..., Any]
_NONE_GIVEN = object()


def cond(pred: Any, true_fun: F, false_fun: F, *operands: Any, operand: Any = _NONE_GIVEN) -> Any:
    """`true_fun(*operands)` if `pred`, a boolean scalar, is true, else `false_fun(*operands)`.

    Both give results of one structure, with equal shapes and dtypes. As in JAX, one operand may be
    given by keyword, and `cond(pred, a, true_fun, b, false_fun)` gives each function its own.

    Raises `PolyadTypeError` if the results differ, or if `pred` is not a boolean scalar.

    Args:
        pred: a boolean scalar, of shape ().
        true_fun: a function of the operands.
        false_fun: another, with results of the same shapes and dtypes.
        operands: pytrees of arrays of any shapes.
        operand: one operand by keyword.

    >>> import polyad
    >>> polyad.grad(lambda x: cond(x > 0, lambda x: x**2, lambda x: -x, x))(3.0)
    np.float64(6.0)
    """
    if not callable(true_fun) and len(operands) == 2 and callable(operands[1]):
        return _with_operands_apart(pred, (true_fun, false_fun), operands)
    agreement.check_function("cond", "true_fun", true_fun)
    agreement.check_function("cond", "false_fun", false_fun)
    operands = _with_keyword("cond", operands, operand)
    t = pytrees.type_of_leaf(pred, "cond", lambda: "the predicate")
    if t.shape != () or t.dtype is not bool_:
        raise PolyadTypeError(
            f"cond: the predicate is a boolean scalar, not {t}{where(user_location())}\n"
            "  Compare first (x > 0), or reduce with polyad.numpy.any or all."
        )
    if bodies.is_known([pred, *tree.leaves(operands)]):
        return (true_fun if bool(pred) else false_fun)(*operands)
    index = pred if isinstance(pred, Handle) else int(bool(pred))
    return _branch(index, [false_fun, true_fun], operands, "cond", ("false_fun", "true_fun"))


def _with_operands_apart(pred: Any, first: tuple[Any, Any], second: tuple[Any, Any]) -> Any:
    """The branches of `cond(pred, true_operand, true_fun, false_operand, false_fun)`."""
    (true_operand, true_fun), (false_operand, false_fun) = first, second
    true_branch = _naming(true_fun, lambda a, b: true_fun(a))
    false_branch = _naming(false_fun, lambda a, b: false_fun(b))
    return cond(pred, true_branch, false_branch, true_operand, false_operand)


def _naming(fun: F, other: F) -> F:
    other.__name__ = callable_name(fun)
    return other


def _with_keyword(what: str, operands: tuple[Any, ...], operand: Any) -> tuple[Any, ...]:
    if operand is _NONE_GIVEN:
        return operands
    if operands:
        raise PolyadTypeError(
            f"{what}: operands are given by position or by keyword, not both"
            f"{where(user_location())}"
        )
    return (operand,)


def switch(index: Any, branches: Sequence[F], *operands: Any, operand: Any = _NONE_GIVEN) -> Any:
    """`branches[index](*operands)`, `index` an integer scalar, clamped into range. One operand may
    be given by keyword.

    Raises `PolyadTypeError` if the results of the branches differ in structure, shapes or dtypes,
    or `index` is no integer scalar; `PolyadValueError` without branches.

    Args:
        index: an integer scalar, of shape ().
        branches: functions of the operands, with results of the same shapes and dtypes.
        operands: pytrees of arrays of any shapes.
        operand: one operand by keyword.

    >>> switch(1, [lambda x: x, lambda x: -x], 3.0)
    -3.0
    """
    operands = _with_keyword("switch", operands, operand)
    t = pytrees.type_of_leaf(index, "switch", lambda: "the index")
    if t.shape != () or not t.dtype.is_integer:
        raise PolyadTypeError(
            f"switch: the index is an integer scalar, not {t}{where(user_location())}"
        )
    if not branches:
        raise PolyadValueError(f"switch: there are no branches{where(user_location())}")
    names = [f"branch {k}" for k in range(len(branches))]
    for name, fun in zip(names, branches, strict=True):
        agreement.check_function("switch", name, fun)
    if bodies.is_known([index, *tree.leaves(operands)]):
        return branches[min(max(int(index), 0), len(branches) - 1)](*operands)
    return _branch(index, branches, operands, "switch", names)


def _branch(
    index: Any, branches: Sequence[F], operands: Any, what: str, names: Sequence[str]
) -> Any:
    leaves, structure = pytrees.flatten(operands)
    types = bodies.types_of(leaves, what)
    with refs.Scope() as scope:
        traced = _trace_branches(branches, types, structure, what, leaves)
    if scope.written:
        branch = lambda functions, given: _branch(index, functions, given, what, names)
        return refs.carried_by_branches(branch, branches, operands, [*scope.written])
    for k, other in enumerate(traced[1:], 1):
        agreement.check_results(what, traced[0], other, names[0], names[k])
    captures, regions = bodies.with_captures(traced, len(types))
    if isinstance(index, Handle):
        index = e.astype(index, dtype=int64)
    else:
        index = constants.filled(int(index), int64, (), next(iter(leaves), None))
    results = bodies.emit(control.cond, [index, *captures, *leaves], {}, *regions)
    return pytrees.unflatten(traced[0].out_tree, results)


def _trace_branches(
    branches: Sequence[F], types: Any, structure: Any, what: str, leaves: Any
) -> list[Traced]:
    """All branches. A result that is a Python scalar in one takes the dtype it has in another."""
    weak = []

    def note(result: Any) -> Any:
        weak.append([promotion.is_weak(leaf) for leaf in pytrees.flatten(result)[0]])
        return result

    traced = [bodies.trace_body(f, types, structure, what, leaves, note) for f in branches]
    common = agreement.common_types(traced, weak)
    if common is None:
        return traced
    settle = lambda result: agreement.settle(result, common)
    return [bodies.trace_body(f, types, structure, what, leaves, settle) for f in branches]
