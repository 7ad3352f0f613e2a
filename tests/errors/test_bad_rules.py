"""Derivative rules that do not fit their function, and NaNs under `debug_nans`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import errors, grad, jit, jvp

from .messages import lines_of, message

X = np.ones(3)
line = lines_of(__file__)


# -- Custom rules ---------------------------------------------------------------------------------


def with_jvp(rule: Any) -> Any:
    @polyad.custom_jvp
    def f(x, y):
        return x * y

    if rule is not None:
        f.defjvp(rule)
    return f


@pytest.mark.parametrize(
    "rule, expected",
    [
        (None, "custom_jvp function f has no rule; give it one with @f.defjvp"),
        (lambda p, t: p[0], "the jvp rule of f returns a pair (primal_out, tangent_out), not"),
        (
            lambda p, t: (p[0], (t[0],)),
            "the tangent output of the jvp rule of f must have the structure",
        ),
        (
            lambda p, t: ([p[0]], t[0]),
            "the primal output of the jvp rule of f must have the structure",
        ),
        (
            lambda p, t: (p[0], pnp.ones(3)),
            "for output 0 a tangent of type f64[3], and the output is f64[]",
        ),
    ],
)
def test_custom_jvp_rules_of_the_wrong_structure(rule: Any, expected: str):
    assert expected in message(TypeError, lambda: grad(with_jvp(rule))(1.0, 2.0))


def with_vjp(fwd: Any, bwd: Any) -> Any:
    @polyad.custom_vjp
    def f(x, y):
        return x * y

    f.defvjp(fwd, bwd)
    return f


GOOD_FWD = lambda x, y: (x * y, (x, y))


@pytest.mark.parametrize(
    "fwd, bwd, expected",
    [
        (
            lambda x, y: x,
            lambda r, ct: (ct, ct),
            "the fwd of f returns a pair (out, residuals), not",
        ),
        (
            lambda x, y: ([x], x),
            lambda r, ct: (ct, ct),
            "the fwd of f must return first what f returns",
        ),
        (
            GOOD_FWD,
            lambda r, ct: ct,
            "the bwd of f returns a tuple with one cotangent for each of its 2",
        ),
        (
            GOOD_FWD,
            lambda r, ct: (ct,),
            "the bwd of f returns a tuple with one cotangent for each of its 2",
        ),
        (
            GOOD_FWD,
            lambda r, ct: ((ct,), ct),
            "the bwd of f must give argument 0 a cotangent of structure",
        ),
        (
            GOOD_FWD,
            lambda r, ct: (ct, pnp.ones(3)),
            "gave argument 1 a cotangent of type f64[3]; it is f64[]",
        ),
    ],
)
def test_custom_vjp_rules_of_the_wrong_structure(fwd: Any, bwd: Any, expected: str):
    assert expected in message(TypeError, lambda: grad(with_vjp(fwd, bwd))(1.0, 2.0))


def test_custom_vjp_without_a_rule():
    f = polyad.custom_vjp(lambda x: x)
    f.__name__ = "f"
    text = message(TypeError, lambda: grad(f)(1.0))
    assert "custom_vjp function f has no rule; give it one with f.defvjp(fwd, bwd)" in text


def test_forward_mode_of_a_backward_pass_that_is_not_linear():
    f = with_vjp(GOOD_FWD, lambda r, ct: (ct * ct, ct))
    text = message(errors.NotDifferentiableError, lambda: jvp(f, (1.0, 2.0), (1.0, 1.0)))
    assert "transposes its backward pass, which is not linear in the cotangent" in text
    assert "write a custom_jvp rule" in text


def test_nondiff_argnums_out_of_range():
    text = message(ValueError, lambda: polyad.custom_jvp(lambda x: x, nondiff_argnums=(3,)))
    assert "nondiff_argnums=3 is out of range" in text


def test_defjvps_needs_a_rule_for_each_argument():
    f = with_jvp(None)
    f.defjvps(lambda t, out, x, y: t)
    text = message(TypeError, lambda: grad(f)(1.0, 2.0))
    assert "defjvps of f got 1 rules; the function has 2 arguments" in text


# -- NaN ------------------------------------------------------------------------------------------


def test_debug_nans_names_op_and_line():
    def f(x):
        return pnp.sum(pnp.log(x - 2.0))  # @nan

    with polyad.config(debug_nans=True):
        for run in (lambda: f(X), lambda: grad(f)(X), lambda: jit(f)(X)):
            text = message(errors.NanError, run)
            assert "log made a NaN" in text
            assert line("nan") in text


def test_debug_nans_in_the_backward_pass():
    @polyad.custom_vjp
    def f(x):
        return x * 2

    f.defvjp(lambda x: (f(x), x), lambda x, ct: (ct * pnp.log(-x),))  # @backward
    with polyad.config(debug_nans=True):
        text = message(errors.NanError, lambda: grad(f)(1.0))
    assert "log made a NaN" in text
    assert line("backward") in text


INFINITE = {
    "sqrt": (lambda x: pnp.sum(pnp.sqrt(x)), 0.0, "sqrt"),  # @sqrt
    "power": (lambda x: pnp.sum(x**0.5) ** 2, 0.0, "pow"),  # @power
    "log times zero": (lambda x: pnp.log(x + 1e-320) * x, 0.0, "log"),  # @log times zero
    "quotient": (lambda x: pnp.arctan(pnp.sqrt(2.0 * x)), 0.0, "sqrt"),  # @quotient
    "norm": (lambda x: 2 * pnp.sqrt(x * x), 0.0, "sqrt"),  # @norm
}


@pytest.mark.parametrize("wrapped", [lambda f: f, jit])
@pytest.mark.parametrize("name", INFINITE)
def test_debug_nans_names_the_op_with_an_infinite_partial(name: str, wrapped: Any):
    f, x, op = INFINITE[name]
    with polyad.config(debug_nans=True):
        assert np.isfinite(f(np.asarray(x)))
        text = message(errors.NanError, lambda: wrapped(grad(f))(np.asarray(x)))
    assert f"the derivative of {op} is infinite" in text
    assert line(name) in text


@pytest.mark.parametrize("wrapped", [lambda f: f, jit])
@pytest.mark.parametrize(
    "function, slope",
    [
        (lambda x: pnp.where(x > 0, pnp.sqrt(x), 2 * x), 2.0),
        (lambda x: pnp.where(x > 0, pnp.sqrt(x) ** 3, 3 * x), 3.0),
    ],
)
def test_debug_nans_is_silent_for_exact_zeros(function: Any, slope: Any, wrapped: Any):
    with polyad.config(debug_nans=True):
        assert wrapped(grad(function))(np.asarray(0.0)) == slope
        pull = polyad.vjp(function, np.asarray(0.0))[1]
        assert pull(np.asarray(1.0)) == (slope,)


@pytest.mark.parametrize("wrapped", [lambda f: f, jit])
def test_debug_nans_names_a_nan_of_a_derivative_and_passes_overflowing_values(wrapped: Any):
    def quotient(x):
        return pnp.where(x > 1, x, 0.0) + x / (x * x + 1e-320)  # @quotient of zero

    with polyad.config(debug_nans=True):
        text = message(errors.NanError, lambda: wrapped(grad(quotient))(np.asarray(0.0)))
        assert "divide" in text
        assert line("quotient of zero") in text
        assert wrapped(grad(pnp.exp))(np.asarray(1000.0)) == np.inf
