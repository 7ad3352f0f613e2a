"""Taylor mode: `taylor`, with coefficients, and `jet`, with derivatives as JAX has them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from ..errors import PolyadTypeError, PolyadValueError
from ..ir import ArrayType, user_location, where
from ..ops import elementwise as e
from ..passes.pipeline import simplify
from ..transforms.taylor import taylor as taylor_pass
from .calls import pytrees
from .calls.pytrees import check_matches
from .calls.traces import execute
from .derivatives import trace_primals
from .linear_maps import zeros

F = Callable[..., Any]


def taylor(
    fun: F, primals: Sequence[Any], series: Sequence[Sequence[Any]]
) -> tuple[Any, list[Any]]:
    """The Taylor expansion of `fun` along a curve: from the coefficients of its arguments, those of
    its result.

    Argument i is x_i(t) = `primals[i]` + Σ_k `series[i][k-1]` t^k, and the answer is the value at
    t = 0 and the list of the coefficients of t, t², …, of as many as each of `series` has. A
    coefficient is like its argument, or 0 or None for zeros. Nothing is nested: the work grows with
    the square of the order.

    Raises `PolyadTypeError` for `primals` and `series` that are not alike, `PolyadValueError` for
    series of different lengths, `NotDifferentiableError` for an op without a derivative.

    >>> import polyad, polyad.numpy as pnp
    >>> value, coefficients = polyad.taylor(pnp.exp, (0.0,), ((1.0, 0, 0),))  # e^t
    >>> float(value), [float(c) for c in coefficients]
    (1.0, [1.0, 0.5, 0.16666666666666666])
    """
    return _expanded("taylor", fun, primals, series, lambda k: 1.0)


def jet(
    fun: F, primals: Sequence[Any], series: Sequence[Sequence[Any]], factorial_scaled: bool = True
) -> tuple[Any, list[Any]]:
    """`taylor` with derivatives in place of coefficients, given and returned: `series[i][k-1]` is
    the k-th derivative of argument i, k! times the coefficient. With `factorial_scaled=False` they
    are coefficients.

    >>> import polyad.numpy as pnp
    >>> from polyad.experimental.jet import jet
    >>> value, derivatives = jet(pnp.exp, (0.0,), ((1.0, 0, 0),))
    >>> [round(float(d), 12) for d in derivatives]
    [1.0, 1.0, 1.0]
    """
    scale = (lambda k: float(math.factorial(k))) if factorial_scaled else (lambda k: 1.0)
    return _expanded("jet", fun, primals, series, scale)


def _expanded(
    what: str, fun: F, primals: Any, series: Any, scale: Callable[[int], float]
) -> tuple[Any, list[Any]]:
    pytrees.check_callable(fun, what)
    order = _order(what, primals, series)
    traced, leaves, _, types, placed = trace_primals(fun, tuple(primals), what)
    per_leaf = _by_leaf(what, primals, series, scale)
    given: list[Any] = []
    active: list[tuple[bool, ...]] = []
    for t, coefficients in zip(types, per_leaf, strict=True):
        checked = [_checked(what, c, t) for c in coefficients]
        active.append(tuple(c is not None for c in checked))
        given += [c for c in checked if c is not None]
    still = ((False,) * order,) * len(traced.captures)
    expanded = taylor_pass(traced.function, (*active, *still), order)
    outs = execute(simplify(expanded.function), leaves, [*traced.captures, *given], what, placed)
    count = len(traced.function.results)
    rest = iter(outs[count:])
    found = [
        [next(rest) for _ in range(order)] if f else [zeros(v.type, x) for _ in range(order)]
        for f, v, x in zip(expanded.active, traced.function.results, outs, strict=False)
    ]
    answer = [
        pytrees.unflatten(traced.out_tree, [_times(each[k], scale(k + 1)) for each in found])
        for k in range(order)
    ]
    return pytrees.unflatten(traced.out_tree, outs[:count]), answer


def _times(x: Any, factor: float) -> Any:
    return x if factor == 1 else e.multiply(x, factor)


def _order(what: str, primals: Any, series: Any) -> int:
    """The number of coefficients of each series."""
    for name, given in (("primals", primals), ("series", series)):
        if not isinstance(given, tuple | list):
            raise PolyadTypeError(
                f"{what}: {name} is a tuple, with an entry for each argument, not a "
                f"{type(given).__name__}{where(user_location())}"
            )
    if len(primals) != len(series):
        raise PolyadTypeError(
            f"{what}: there are {len(primals)} primals and {len(series)} series"
            f"{where(user_location())}"
        )
    for i, terms in enumerate(series):
        if not isinstance(terms, tuple | list):
            raise PolyadTypeError(
                f"{what}: series[{i}] is a list of coefficients, not a {type(terms).__name__}"
                f"{where(user_location())}"
            )
    lengths = sorted({len(terms) for terms in series})
    if len(lengths) > 1:
        raise PolyadValueError(
            f"{what}: series have different lengths, {', '.join(map(str, lengths))}"
            f"{where(user_location())}\n  Give 0 for coefficients that are zero."
        )
    return lengths[0] if lengths else 0


def _by_leaf(
    what: str, primals: Any, series: Any, scale: Callable[[int], float]
) -> list[list[Any]]:
    """The coefficients of each leaf of the arguments; None for zeros."""
    found: list[list[Any]] = []
    for i, (primal, terms) in enumerate(zip(primals, series, strict=True)):
        leaves, structure = pytrees.flatten(primal)
        columns: list[list[Any]] = [[] for _ in leaves]
        for k, term in enumerate(terms):
            if term is None or (type(term) in (int, float) and term == 0):
                given: list[Any] = [None] * len(leaves)
            else:
                given, own = pytrees.flatten(term)
                if own != structure:
                    raise PolyadTypeError(
                        f"{what}: series[{i}][{k}] has the structure {own}, and primals[{i}] "
                        f"{structure}{where(user_location())}"
                    )
            for column, leaf in zip(columns, given, strict=True):
                factor = scale(k + 1)
                column.append(leaf if leaf is None or factor == 1 else e.divide(leaf, factor))
        found += columns
    return found


def _checked(what: str, leaf: Any, t: ArrayType) -> Any:
    """A coefficient of an argument of type `t`; None for one that has no derivative."""
    if leaf is None:
        return None
    _, structure = pytrees.flatten((leaf,))
    (checked,) = check_matches((leaf,), structure, [t], f"{what}: a coefficient", "its argument")
    return checked if t.dtype.is_inexact else None
