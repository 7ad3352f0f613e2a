"""Initial value problems, beside solutions in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import polyad
import polyad.numpy as pnp
from polyad import errors
from polyad.compat.jax.experimental.ode import odeint as jaxs
from polyad.solvers import odeint

TIMES = np.array([0.0, 0.3, 1.0, 2.0])


def pendulum(y, t, a):
    return pnp.stack([y[1], -a * pnp.sin(y[0]) + t])


def test_a_decay():
    for run in (lambda f: f, polyad.jit):
        found = run(lambda k: odeint(lambda y, t: -k * y, 2.0, TIMES))(1.5)
        np.testing.assert_allclose(found, 2 * np.exp(-1.5 * TIMES), rtol=2e-7)


def test_states_are_pytrees():
    f = lambda y, t, a: {"x": y["v"], "v": [-a * y["x"]][0]}
    found = odeint(f, {"x": 1.0, "v": np.zeros(())}, TIMES, 4.0)
    np.testing.assert_allclose(found["x"], np.cos(2 * TIMES), atol=1e-6)
    np.testing.assert_allclose(found["v"], -2 * np.sin(2 * TIMES), atol=1e-6)


def test_a_complex_state():
    found = odeint(lambda y, t: 2j * y, np.array([1.0 + 0j]), TIMES)
    np.testing.assert_allclose(found[:, 0], np.exp(2j * TIMES), atol=1e-6)


def test_single_precision():
    t = TIMES.astype(np.float32)
    found = odeint(lambda y, t: -y, np.float32(1), t, rtol=1e-5, atol=1e-5)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.exp(-TIMES), rtol=1e-4)


def test_beside_scipy():
    y0 = np.array([0.3, 0.1])
    found = odeint(pendulum, y0, TIMES, 1.7)
    f = lambda t, y: [y[1], -1.7 * math.sin(y[0]) + t]
    expected = solve_ivp(f, (0, 2), y0, t_eval=TIMES, rtol=1e-11, atol=1e-11).y.T
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_tolerances_limit_the_error():
    f = lambda y, t: pnp.cos(t) * y
    for tol, allowed in ((1e-4, 1e-2), (1e-7, 1e-5), (1e-10, 1e-8)):
        last = odeint(f, 1.0, TIMES, rtol=tol, atol=tol)[-1]
        assert abs(last - math.exp(math.sin(2))) < allowed
    coarse = odeint(lambda y, t: pnp.cos(20 * t) * y, 1.0, TIMES, mxstep=1)
    assert abs(coarse[-1] - math.exp(math.sin(40) / 20)) > 1e-6
    fine = odeint(lambda y, t: pnp.cos(20 * t) * y, 1.0, TIMES, hmax=0.01)
    np.testing.assert_allclose(fine[-1], math.exp(math.sin(40) / 20), rtol=1e-8)


def test_derivatives_of_a_decay():
    last = lambda k, y0, t: odeint(lambda y, t: -k * y, y0, t)[-1]
    found = polyad.grad(last, (0, 1, 2))(1.5, 2.0, TIMES)
    size = math.exp(-3)
    np.testing.assert_allclose(found[0], -4 * size, rtol=1e-6)
    np.testing.assert_allclose(found[1], size, rtol=1e-6)
    np.testing.assert_allclose(found[2], [3 * size, 0, 0, -3 * size], rtol=1e-5, atol=1e-7)
    twice = polyad.grad(polyad.grad(last))(1.5, 2.0, TIMES[[0, 2]])
    np.testing.assert_allclose(twice, 2 * math.exp(-1.5), rtol=1e-6)


def test_derivatives_by_differences():
    f = lambda y0, t, a: odeint(pendulum, y0, t, a)
    given = (np.array([0.3, 0.1]), TIMES[:3], 1.7)
    polyad.test_util.check_grads(f, given, 1, modes=("rev",), rtol=1e-5, atol=1e-5)


def test_arguments_that_have_no_derivative():
    f = lambda y, t, n, scale: -scale[n] * y
    scale = np.array([1.0, 2.0])
    found = polyad.grad(lambda s: odeint(f, 1.0, TIMES[:2], np.array(1), s)[-1])(scale)
    np.testing.assert_allclose(found, [0, -0.3 * math.exp(-0.6)], rtol=1e-6)


def test_batches():
    f = lambda k: odeint(lambda y, t: -k * y, 1.0, TIMES)[-1]
    ks = np.array([0.5, 1.0, 5.0])
    np.testing.assert_allclose(polyad.vmap(f)(ks), np.exp(-2 * ks), atol=1e-7)
    np.testing.assert_allclose(polyad.vmap(polyad.grad(f))(ks), -2 * np.exp(-2 * ks), atol=1e-6)


def test_one_time():
    np.testing.assert_array_equal(odeint(lambda y, t: -y, 3.0, np.array([0.5])), [3.0])


def test_jaxs_name():
    np.testing.assert_array_equal(
        jaxs(lambda y, t: -y, 1.0, TIMES), odeint(lambda y, t: -y, 1.0, TIMES)
    )
    assert polyad.experimental.ode.odeint is odeint


@pytest.mark.parametrize("t", [np.arange(3), np.ones((2, 2)), np.float64(1.0), np.zeros(0)])
def test_bad_times(t):
    with pytest.raises(errors.PolyadTypeError, match="t is a one-dimensional array of floating"):
        odeint(lambda y, t: -y, 1.0, t)


def test_forward_mode_is_refused():
    f = lambda k: odeint(lambda y, t: -k * y, 1.0, TIMES)[-1]
    with pytest.raises(errors.NotDifferentiableError, match="Use reverse mode here"):
        polyad.jvp(f, (1.0,), (1.0,))
