"""Checks of derivatives against finite differences, for tests: JAX's names and semantics."""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import api, blame, checking, execution, random, trace_stack, tree
from . import numpy as pnp
from .errors import PolyadError, PolyadTypeError, PolyadValueError
from .ir import DType, as_dtype, user_location, where
from .numpy._core import dtype_of, shape_of

F = Callable[..., Any]
Tolerance = float | Mapping[Any, float] | None

STEPS = {"float32": 5e-3, "complex64": 5e-3, "float64": 1e-5, "complex128": 1e-5}
STEPS |= {"float16": 2.0**-4, "bfloat16": 2.0**-2}
"""Steps of central differences: about the cube root of the precision, for the least error."""
TOLERANCES = {"float32": 2e-3, "complex64": 2e-3, "float64": 1e-5, "complex128": 1e-5}
TOLERANCES |= {"float16": 5e-2, "bfloat16": 2e-1}
MODES = ("fwd", "rev")


def check_grads(
    f: F,
    args: Sequence[Any],
    order: int,
    modes: Sequence[str] = MODES,
    atol: Tolerance = None,
    rtol: Tolerance = None,
    eps: float | None = None,
) -> None:
    """Check the derivatives of `f` at `args`, up to `order`, against finite differences.

    Each is checked along one random direction, the same at every call: "fwd" of `modes` compares
    `jvp` with a central difference of step `eps`, "rev" compares the projection of `vjp` on the
    direction with the projection of that difference. Orders beyond the first are checked by
    differentiating the checked derivative again, in every mix of the modes.

    `args` is a tuple of pytrees of arrays of any backend; integer leaves stay as they are. `atol`
    and `rtol` are numbers, or numbers by dtype; they are multiplied by the size of what is
    compared, as in JAX. They and `eps` default to values for the dtype.

    Raises `AssertionError`, naming mode, order, both numbers and the tolerance, where a derivative
    is wrong, and `PolyadValueError` for an order below 1 or an unknown mode.

    >>> import polyad.numpy as pnp
    >>> check_grads(pnp.tanh, (0.5,), order=2)
    """
    if order < 1:
        raise PolyadValueError(f"check_grads: the order is 1 or more, not {order}")
    modes = (modes,) if isinstance(modes, str) else tuple(modes)
    if not modes or any(mode not in MODES for mode in modes):
        raise PolyadValueError(f"check_grads: modes are among {MODES}, not {modes}")
    tolerances = {"atol": atol, "rtol": rtol, "eps": eps}
    _check_order(f, tuple(args), order, 1, modes, "", tolerances)


def _check_order(
    f: F, args: Any, last: int, order: int, modes: Sequence[str], path: str, tolerances: Any
) -> None:
    """Check the derivative of `f`, itself one of `order` - 1, and go on up to `last`."""
    at = f" (order {order} of {last})"
    if "fwd" in modes:
        push = functools.partial(api.jvp, f)
        check_jvp(f, push, args, **tolerances, err_msg=f"JVP{path}{at}")
        if order < last:
            pair = (args, _directions(args, 2))
            _check_order(push, pair, last, order + 1, modes, f" of JVP{path}", tolerances)
    if "rev" in modes:
        check_vjp(f, functools.partial(api.vjp, f), args, **tolerances, err_msg=f"VJP{path}{at}")
        if order < last:

            def pull(cotangent: Any, *primals: Any) -> Any:
                return api.vjp(f, *primals)[1](cotangent)

            point = (_directions(f(*args), 3), *args)
            _check_order(pull, point, last, order + 1, modes, f" of VJP{path}", tolerances)


def check_jvp(
    f: F,
    f_jvp: F,
    args: Sequence[Any],
    atol: Tolerance = None,
    rtol: Tolerance = None,
    eps: float | None = None,
    err_msg: str = "JVP",
) -> None:
    """Check `f_jvp(primals, tangents) -> (value, tangent)` at `args` along a random direction.

    Raises `AssertionError`, beginning with `err_msg`, where the value or the tangent is wrong.

    >>> import polyad, polyad.numpy as pnp
    >>> check_jvp(pnp.sin, lambda x, t: polyad.jvp(pnp.sin, x, t), (0.5,))
    """
    args = tuple(args)
    direction = _directions(args, 1)
    value, tangent = f_jvp(args, direction)
    _check_close(value, f(*args), atol, rtol, f"{err_msg}: value")
    expected = _difference(f, args, direction, eps)
    _check_close(tangent, expected, atol, rtol, f"{err_msg}: tangent")


def check_vjp(
    f: F,
    f_vjp: F,
    args: Sequence[Any],
    atol: Tolerance = None,
    rtol: Tolerance = None,
    eps: float | None = None,
    err_msg: str = "VJP",
) -> None:
    """Check `f_vjp(*args) -> (value, vjp_fun)` of `f` at `args`, projected on a random direction.

    For a direction t and a cotangent c, Re Σ t·vjp_fun(c) must be Re Σ c·(∂f along t). Raises
    `AssertionError`, beginning with `err_msg`, where it is not, or where the value is wrong.

    >>> import polyad, polyad.numpy as pnp
    >>> check_vjp(pnp.sin, lambda x: polyad.vjp(pnp.sin, x), (0.5,))
    """
    args = tuple(args)
    direction = _directions(args, 1)
    value, vjp_fun = f_vjp(*args)
    _check_close(value, f(*args), atol, rtol, f"{err_msg}: value")
    cotangent = _directions(value, 2)
    found = _projection(direction, vjp_fun(cotangent))
    expected = _projection(cotangent, _difference(f, args, direction, eps))
    _check_close(found, expected, atol, rtol, f"{err_msg}: projected cotangent")


# -- All orders, and special points ----------------------------------------------------------------


def check_derivatives(f: F, args: Sequence[Any], order: int = 3, special: bool = True) -> None:
    """Check the derivatives of `f` of order 1 to `order`, at `args` and at special points near.

    At each order forward, reverse and mixed derivatives along a random direction are compared with
    one another and with extrapolated differences of the order below in float64, whatever the dtype
    of `args`. A difference counts only beyond its own error estimate, and only where the function
    is smooth there: at a kink or a jump, where the sides have different limits, the modes have only
    to agree. A NaN where there is a limit is wrong.

    With `special`, entries of `args` (eight of each array, at most) become in turn 0, -0.0, 1, -1,
    1e-8, 1e-150, 1000, 1e150 (1e±30 in float32) and equal to another entry, as far as `f` is finite
    there; second derivatives have to be symmetric. `args` is a tuple of pytrees; integer leaves
    stay as they are.

    Raises `DerivativeError`, an `AssertionError`, which says the point, the entries of argument and
    result, the order and the mode, both numbers, the digits that are lost, and the op of `f` whose
    own derivative is wrong, with its line; and `PolyadValueError` for an order below 1.

    >>> import polyad.numpy as pnp
    >>> check_derivatives(lambda x: pnp.where(x > 0, x * pnp.log(x), 0.0), (0.5,))
    >>> check_derivatives(lambda x: pnp.sin(x) / x, (0.5,))  # NaN at 0, and no digits near it
    Traceback (most recent call last):
    polyad.errors.DerivativeError: check_derivatives: the derivative of order 1 (forward) is ...
    """
    if order < 1:
        raise PolyadValueError(f"check_derivatives: the order is 1 or more, not {order}")
    leaves, structure = tree.flatten(tuple(args))
    leaves = [pnp.asarray(x) if type(x) in execution.SCALARS else x for x in leaves]
    stored = next((d for d in map(dtype_of, leaves) if d.is_stored), None)
    if stored is not None:
        raise PolyadTypeError(
            f"check_derivatives: differences of {stored} tell nothing{where(user_location())}\n  "
            f"Check the function at arguments of {stored.compute}."
        )

    def flat(*given: Any) -> Sequence[Any]:
        return tree.leaves(f(*tree.unflatten(structure, list(given))))

    part, moving = checking.inexact_part(flat, leaves)
    if not moving:
        raise PolyadValueError("check_derivatives: no argument is a floating or complex array")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # at poles and beyond domains
        _check_points(flat, leaves, part, moving, order, special)


def _check_points(
    flat: F, leaves: list[Any], part: F, moving: list[Any], order: int, special: bool
) -> None:
    outputs = part(*moving)
    if not any(math.prod(shape_of(y)) for y in outputs):
        return
    program = checking.Program(part, moving)
    c, v = checking.direction(outputs, 2), checking.direction(moving, 1)
    places = checking.special_points(moving) if special else ()
    for place, x in ((None, moving), *places):
        try:
            wrong = checking.failure_at(program, x, place, v, c, order)
        except PolyadError:  # outside the domain of `f`
            if place is None:
                raise
            continue
        error = wrong and blame.derivative_error(program, flat, leaves, x, outputs, wrong)
        if error is not None:
            raise error


# -- Directions and differences --------------------------------------------------------------------


def _directions(values: Any, seed: int) -> Any:
    """Random tangents of the leaves of `values`: zeros for leaves that are not inexact."""
    leaves, structure = tree.flatten(values)
    return tree.unflatten(structure, [_direction(x, seed, i) for i, x in enumerate(leaves)])


def _direction(leaf: Any, seed: int, index: int) -> Any:
    dtype = dtype_of(leaf)
    if not dtype.is_inexact:
        return pnp.zeros_like(leaf) if type(leaf) not in execution.SCALARS else 0
    if trace_stack.active_builders():
        return random.normal(random.fold_in(random.key(seed), index), shape_of(leaf), dtype)
    backend = execution.backend_beside(leaf)
    with execution.backend_scope(backend):
        drawn = random.normal(random.fold_in(random.key(seed), index), shape_of(leaf), dtype)
    return backend.asarray(drawn, dtype, None if type(leaf) in execution.SCALARS else leaf)


def _difference(f: F, args: Any, direction: Any, eps: float | None) -> Any:
    """The central difference of `f` along `direction`; equal infinities on both sides give 0."""
    step = _step(args) if eps is None else eps
    above, below = (f(*_moved(args, direction, h)) for h in (step, -step))

    def quotient(high: Any, low: Any) -> Any:
        if not dtype_of(high).is_inexact:
            return high
        same = pnp.equal(high, low)
        apart = pnp.where(same, 0, high) - pnp.where(same, 0, low)
        return pnp.multiply(apart, 0.5 / step)

    return tree.map(quotient, above, below)


def _step(args: Any) -> float:
    return max([STEPS[d.name] for d in map(dtype_of, tree.leaves(args)) if d.is_inexact], default=1)


def _moved(args: Any, direction: Any, step: float) -> Any:
    def moved(x: Any, t: Any) -> Any:
        return pnp.add(x, pnp.multiply(t, step)) if dtype_of(x).is_inexact else x

    return tree.map(moved, args, direction)


def _projection(xs: Any, ys: Any) -> Any:
    """Re Σ x·y over the inexact leaves."""
    total: Any = 0.0
    for x, y in zip(tree.leaves(xs), tree.leaves(ys), strict=True):
        if dtype_of(x).is_inexact and dtype_of(y).is_inexact:
            total = pnp.add(pnp.sum(pnp.real(pnp.multiply(x, y))), total)
    return total


# -- Comparison ------------------------------------------------------------------------------------


def _check_close(found: Any, expected: Any, atol: Tolerance, rtol: Tolerance, what: str) -> None:
    """Raise `AssertionError` unless the inexact leaves are close; NaNs at one place are."""
    leaves, structure = tree.flatten(found)
    others, other_structure = tree.flatten(expected)
    if structure != other_structure:
        raise AssertionError(f"{what} has the structure {structure}, expected {other_structure}")
    for i, (x, y) in enumerate(zip(leaves, others, strict=True)):
        if dtype_of(y).is_inexact:
            _check_leaf(x, y, atol, rtol, what if len(leaves) == 1 else f"{what}, leaf {i}")


def _check_leaf(x: Any, y: Any, atol: Tolerance, rtol: Tolerance, what: str) -> None:
    shape, dtypes = shape_of(y), {dtype_of(x), dtype_of(y)}
    if shape_of(x) != shape:
        raise AssertionError(f"{what} has the shape {shape_of(x)}, expected {shape}")
    size = math.prod(shape)
    if size == 0:
        return
    absolute, relative = (max(_tolerance(t, d) for d in dtypes) * size for t in (atol, rtol))
    x, y = (pnp.reshape(v, (-1,)) for v in (x, y))
    both = pnp.logical_or(pnp.equal(x, y), pnp.logical_and(pnp.isnan(x), pnp.isnan(y)))
    excess = pnp.abs(pnp.where(both, 0, x - y)) - (pnp.abs(y) * relative + absolute)
    fine = pnp.logical_or(both, pnp.less_equal(excess, 0))
    if bool(pnp.all(fine)):
        return
    bad = int(
        pnp.argmax(pnp.where(fine, -math.inf, pnp.where(pnp.isnan(excess), math.inf, excess)))
    )
    place = f" at {_place(bad, shape)}" if shape else ""
    raise AssertionError(
        f"{what} is {_item(x, bad)}, expected {_item(y, bad)} by finite differences{place} "
        f"(atol {absolute:.3g}, rtol {relative:.3g})"
    )


def _tolerance(given: Tolerance, dtype: DType) -> float:
    if isinstance(given, Mapping):
        given = {as_dtype(d).name: value for d, value in given.items()}.get(dtype.name)
    return TOLERANCES.get(dtype.name, 0.0) if given is None else given


def _item(x: Any, index: int) -> Any:
    backend = execution.backend_of(x)
    assert backend is not None
    return backend.item(x[index])


def _place(index: int, shape: Sequence[int]) -> list[int]:
    place: list[int] = []
    for size in reversed(shape):
        index, here = divmod(index, size)
        place.insert(0, here)
    return place
