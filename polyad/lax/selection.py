"""Choices element by element: select, select_n, clamp."""

from __future__ import annotations

from typing import Any

from .. import execution
from ..numpy._core import array_of, dtype_of, promoted, shape_of
from ..ops import elementwise as e
from ..ops.promotion import is_weak
from ._arguments import refuse_shape, refuse_type, type_of


def select(pred: Any, on_true: Any, on_false: Any) -> Any:
    """`on_true` where the boolean `pred` is true, `on_false` elsewhere.

    The two have one shape and dtype; `pred` has that shape, or is a scalar. Raises
    `PolyadTypeError` or `ShapeError` otherwise: `polyad.numpy.where` broadcasts and promotes.

    >>> import numpy as np
    >>> select(np.array([True, False]), np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    array([1., 4.])
    """
    return _select("select", pred, [on_false, on_true])


def select_n(which: Any, *cases: Any) -> Any:
    """Element by element, `cases[which]`: `which` is an integer, clamped into range, or a boolean.

    The cases have one shape and dtype; `which` has that shape, or is a scalar. A boolean chooses
    between two cases. Raises `PolyadTypeError` or `ShapeError` otherwise.

    >>> import numpy as np
    >>> select_n(np.array([0, 2]), np.array([1, 2]), np.array([3, 4]), np.array([5, 6]))
    array([1, 6])
    """
    return _select("select_n", which, list(cases))


def _select(what: str, which: Any, cases: list[Any]) -> Any:
    if not cases:
        refuse_type(f"{what}: there are no cases")
    which = _checked(what, which, cases)
    if dtype_of(which).family == "bool":
        return cases[0] if len(cases) == 1 else e.where(which, cases[1], cases[0])
    chosen = cases[-1]
    for k in range(len(cases) - 1, 0, -1):
        chosen = e.where(e.less(which, k), cases[k - 1], chosen)
    return chosen


def _checked(what: str, which: Any, cases: list[Any]) -> Any:
    """`which` as an array, once all is known to fit; scalars among `cases` become arrays."""
    which = which if type(which) in execution.SCALARS else array_of(which)
    arrays = promoted(cases) if any(is_weak(x) for x in cases) else [array_of(x) for x in cases]
    types = [type_of(x) for x in arrays]
    if any(t is not types[0] for t in types):
        given = types[::-1] if what == "select" else types
        refuse_type(
            f"{what}: the cases have one shape and dtype, not {', '.join(map(str, given))}\n"
            "  polyad.numpy.where broadcasts and promotes."
        )
    if what == "select" and dtype_of(which).is_integer:
        which = e.not_equal(which, 0)  # any other number than 0 is true, as in JAX
    kind = dtype_of(which).family
    if what == "select" and kind != "bool":
        refuse_type(f"select: pred is boolean, not {type_of(which)}")
    if kind not in ("bool", "int", "uint"):
        refuse_type(f"{what}: the selector is boolean or integer, not {type_of(which)}")
    if kind == "bool" and len(cases) > 2:
        refuse_type(f"{what}: a boolean chooses between two cases, not {len(cases)}")
    if shape_of(which) not in ((), types[0].shape):
        refuse_shape(
            f"{what}: the selector is a scalar or has the cases' shape {types[0].shape}, not "
            f"{shape_of(which)}"
        )
    cases[:] = arrays
    return which


def clamp(min: Any, x: Any, max: Any) -> Any:
    """`x` cut off below at `min` and above at `max`: minimum(maximum(x, min), max).

    The bounds are scalars, or have the shape of `x`. At a bound, it and `x` get half of the
    derivative each. Raises `ShapeError` for other shapes.

    >>> import numpy as np
    >>> clamp(0.0, np.array([-1.0, 0.5, 2.0]), 1.0)
    array([0. , 0.5, 1. ])
    """
    x = array_of(x)
    bounds = [b if type(b) in execution.SCALARS else array_of(b) for b in (min, max)]
    for name, bound in zip(("min", "max"), bounds, strict=True):
        if shape_of(bound) not in ((), shape_of(x)):
            refuse_shape(
                f"clamp: {name} is a scalar or has the shape {shape_of(x)} of x, not "
                f"{shape_of(bound)}"
            )
    return e.minimum(e.maximum(x, bounds[0]), bounds[1])
