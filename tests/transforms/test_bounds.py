"""Functions whose partials are finite at finite arguments have no gates for a user's zeros."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad.execution import get_backend
from polyad.ir import Function
from polyad.ir.types import bool_
from polyad.transforms import bounds
from polyad.transforms.bounds import is_tame


def layer_norm(x: Any) -> Any:
    apart = x - pnp.mean(x)
    return apart / pnp.sqrt(pnp.mean(apart * apart) + 1e-5)


TAME: dict[str, Callable[[Any], Any]] = {
    "layer norm": layer_norm,
    "a constant divisor": lambda x: pnp.tanh(x / 2) + x / -3.0,
    "1 + x²": lambda x: 1 / (1 + pnp.square(x)),
    "1 + |x|": lambda x: x / (1 + pnp.abs(x)),
    "a normal density": lambda x: pnp.exp(-0.5 * (x * x)) + pnp.exp(-(x**2) / 3),
    "softplus": lambda x: pnp.log1p(pnp.exp(-pnp.abs(x))) + pnp.maximum(x, 0),
    "the logarithm of a sum of exponentials": lambda x: pnp.log(1 + pnp.exp(pnp.minimum(x, 5.0))),
    "of a bounded function": lambda x: pnp.log(2 + pnp.sin(x)) / (1.5 + pnp.tanh(x)),
    "of a clipped value": lambda x: 1 / pnp.clip(x, 0.5, 3.0) + pnp.sqrt(pnp.maximum(x, 0.1)),
    "of a jitted function": lambda x: 1 / polyad.jit(lambda y: 1 + y * y)(x),
    "of the true branch": lambda x: 1 / pnp.where(x > 0, 1.0, pnp.cosh(pnp.sin(x))),
    "hypot": lambda x: 1 / pnp.hypot(x, 2.0),
}
WILD: dict[str, Callable[[Any], Any]] = {
    "1/x": lambda x: 1 / x,
    "√|x|": lambda x: pnp.sqrt(pnp.abs(x)),
    "√x²": lambda x: pnp.sqrt(x * x),
    "exp": pnp.exp,
    "exp of a square": lambda x: pnp.exp(x * x),
    "2**x": pnp.exp2,
    "log(1 + x)": pnp.log1p,
    "1/(1 + sin x)": lambda x: 1 / (1 + pnp.sin(x)),
    "1/(1 - x²)": lambda x: 1 / (1 - x * x),
    "1/x³": lambda x: 1 / x**3,
    "of a jitted function": lambda x: 1 / polyad.jit(lambda y: y * y)(x),
    "in a jitted function": lambda x: polyad.jit(lambda y: 1 / y)(x),
    "of a vanishing literal": lambda x: x / (x * 0 + 5e-324),
    "arcsin": pnp.arcsin,
    "a clipped value": lambda x: 1 / pnp.clip(x, -0.5, 3.0),
}
POINTS = np.array([-30.0, -1.0, -0.3, 0.0, 0.2, 1.0, 2.0, 70.0])


@pytest.mark.parametrize("name", TAME)
def test_no_gates_where_partials_are_finite(name: str):
    f = TAME[name]
    assert is_tame(polyad.make_ir(f)(POINTS))
    pullback = polyad.make_ir(lambda x, ct: polyad.vjp(f, x)[1](ct)[0])(POINTS, POINTS)
    gates = [op.operands[0].type for op in pullback.walk() if op.name in ("guard", "shield")]
    assert all(t.dtype is bool_ for t in gates), pullback  # selections of the program's own
    for i, row in enumerate(np.eye(len(POINTS))):
        (found,) = polyad.vjp(f, POINTS)[1](row)
        assert np.isfinite(found).all(), i


@pytest.mark.parametrize("name", WILD)
def test_gates_where_a_partial_can_be_infinite(name: str):
    assert not is_tame(polyad.make_ir(WILD[name])(POINTS))


def test_zeros_of_a_users_cotangent_meet_infinite_partials():
    (found,) = polyad.vjp(WILD["1/x"], np.array([0.0, 2.0]))[1](np.array([0.0, 1.0]))
    np.testing.assert_array_equal(found, [0.0, -0.25])


@pytest.mark.parametrize("name", [*TAME, *WILD])
def test_values_lie_within_their_bounds(name: str):
    """Of every op of the program, at arguments of all sizes."""
    f = {**WILD, **TAME}[name]
    function, numpy = polyad.make_ir(f)(POINTS), get_backend("numpy")
    for scale in (1e-3, 1.0, 1e3):
        x = POINTS * scale
        for value, interval in _bounded(function):
            with np.errstate(all="ignore"):
                found = np.asarray(numpy.evaluate(function.with_(results=[value]), [x])[0])
            ordinary = found[np.isfinite(found)]
            assert (ordinary >= interval.low).all() and (ordinary <= interval.high).all(), value


def _bounded(function: Function) -> list[Any]:
    """The values of the function with what is known of them."""
    found: dict[Any, bounds.Interval] = {}
    for op in function.ops:
        if op.name in bounds.RULES:
            found[op.result] = bounds._bounds(op, [found.get(v, bounds.ANY) for v in op.operands])
    return [(v, b) for v, b in found.items() if b != bounds.ANY]
