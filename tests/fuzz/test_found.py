"""Programs that the fuzzer found wrong, made small; what was wrong stands at each.

The gradient of the sum of all results is compared with differences, eagerly and compiled.
"""

from __future__ import annotations

import numpy as np
import pytest

import polyad
import polyad.lax as lax
import polyad.numpy as pnp
from polyad.errors import BackendCapabilityError


def scan_of_silu(xs, c):
    """LLVM's vectoriser put a use before its definition; the process ended in code generation."""

    def step(c, x):
        return pnp.tanh(pnp.mean(polyad.nn.silu(x))) + 0.5 * c, pnp.sum(c)

    return lax.scan(step, c, xs, reverse=True)[1]


def pullback_of_a_constant(x):
    """The zero cotangent was an array outside of the trace, in which others of its kind were."""
    zero = polyad.vjp(lambda y: x, x)[1](pnp.ones_like(x))[0]
    return lax.scan(lambda c, _: (pnp.tanh(pnp.mean(zero)) + 0.5 * c, None), x, None, length=3)[0]


FOUND = {
    scan_of_silu: [np.linspace(-1.0, 1.0, 8).reshape(2, 4, 1), np.ones((1, 4, 1))],
    pullback_of_a_constant: [np.array(0.7)],
}


@pytest.mark.parametrize("f", FOUND, ids=lambda f: f.__name__)
def test_gradients(f):
    arguments = FOUND[f]
    total = lambda *xs: pnp.sum(f(*xs))
    gradient = polyad.grad(total, tuple(range(len(arguments))))
    for found in (gradient(*arguments), polyad.jit(gradient)(*arguments)):
        for i, (x, g) in enumerate(zip(arguments, found, strict=True)):
            d = np.cos(np.arange(x.size)).reshape(x.shape)
            ends = [total(*arguments[:i], x + h * d, *arguments[i + 1 :]) for h in (1e-5, -1e-5)]
            np.testing.assert_allclose(np.sum(g * d), (ends[0] - ends[1]) / 2e-5, rtol=1e-6)


def test_a_copy_of_a_bfloat16_number_is_an_array():
    """It was a number of ml_dtypes, into which nobody can write."""
    number = pnp.log1p(pnp.array(0.5, dtype="bfloat16"))
    copied = pnp.array(number)
    copied[...] = 2.0
    assert isinstance(copied, np.ndarray) and copied.dtype.name == "bfloat16" and copied == 2.0


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_unwrap_keeps_the_dtype(dtype):
    """It was float64 for all, by half a period that was a NumPy scalar."""
    given = np.array([0.0, 3.0, 6.5, 0.5, 4.0], dtype)
    for way in (pnp.unwrap, polyad.jit(pnp.unwrap)):
        found = way(given)
        assert found.dtype == np.unwrap(given).dtype == dtype
        np.testing.assert_allclose(found, np.unwrap(given), rtol=1e-3)


def test_a_sparse_jacobian_beside_a_library_without_shared_memory_is_refused():
    """It was a NotImplementedError without the user's line."""
    strict = pytest.importorskip("array_api_strict")
    f = polyad.sparse.jacobian(lambda x: x * x, format="dense")
    with pytest.raises(
        BackendCapabilityError, match=r"'array_api_strict' does not share .*\n  at "
    ):
        f(strict.asarray([1.0, 2.0]))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_spacing_is_numpys_at_all_special_values(dtype):
    """It was negative at -0, and infinite at the -inf of float16."""
    limits = np.finfo(dtype)
    positive = [0, limits.smallest_subnormal, limits.tiny, 1, 1 + limits.eps, 2, limits.max, np.inf]
    x = np.array([*positive, *np.negative(positive), -0.0, np.nan], dtype)
    with np.errstate(all="ignore"):
        expected = np.spacing(x)
    for way in (pnp.spacing, polyad.jit(pnp.spacing)):
        found = way(x)
        np.testing.assert_array_equal(found, expected)
        known = ~np.isnan(expected)
        np.testing.assert_array_equal(np.signbit(found)[known], np.signbit(expected)[known])


@pytest.mark.parametrize("name", ["irfft", "hfft", "irfft2", "irfftn"])
def test_real_transforms_of_float16_have_numpys_dtype(name):
    """They were float32 along one axis, too."""
    x = np.linspace(-1, 1, 12).astype("float16").reshape(3, 4)
    for way in (getattr(pnp.fft, name), polyad.jit(getattr(pnp.fft, name))):
        found, expected = way(x), getattr(np.fft, name)(x)
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found, expected, rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize("name", ["fft", "ifft", "rfft", "irfft", "hfft"])
@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_transforms_of_no_elements(name, library):
    """MKL's error came through on PyTorch."""
    x = np.zeros((4, 0))
    given = pytest.importorskip(library).asarray(x)
    transform = lambda x: getattr(pnp.fft, name)(x, axis=0)
    expected = getattr(np.fft, name)(x, axis=0)
    for way in (transform, polyad.jit(transform, backend=library)):
        found = np.asarray(way(given))
        assert found.shape == expected.shape and found.dtype == expected.dtype


def slope_of_a_loop(x):
    start = pnp.sin(x)

    def loop(t):
        step = lambda s: (s[0] + 1, pnp.tanh(pnp.mean(pnp.fmin(t, s[1]))) + 0.5 * s[1])
        small = lambda s: (s[0] < 4) & (pnp.sum(pnp.abs(s[1])) < 50)
        return lax.while_loop(small, step, (0, start))[1]

    return polyad.grad(polyad.checkpoint(loop))(x)


@pytest.mark.parametrize("at", [0.4, -1.0])
def test_a_checkpoint_of_which_a_result_does_not_move(at):
    """Forward mode of it in a rule was a ValueError of zip."""
    rule = polyad.custom_vjp(slope_of_a_loop)
    rule.defvjp(
        lambda x: (slope_of_a_loop(x), x), lambda x, d: polyad.vjp(slope_of_a_loop, x)[1](d)
    )
    x, h = np.array(at), 1e-6
    expected = (slope_of_a_loop(x + h) - slope_of_a_loop(x - h)) / (2 * h)
    pushed = lambda x: polyad.jvp(rule, (x,), (np.ones(()),))[1]
    for found in (pushed(x), polyad.jit(pushed)(x), polyad.grad(rule)(x)):
        np.testing.assert_allclose(found, expected, rtol=1e-7)


@pytest.mark.parametrize("shape, axis", [((1, 3, 1), 2), ((1, 3, 1), 0), ((2, 0), 1), ((1,), 0)])
def test_an_integral_over_a_point_is_zero(shape, axis):
    """It was -0 of negative samples, and NaN of infinite ones."""
    for y in (np.full(shape, -0.8), np.full(shape, np.inf)):
        for way in (pnp.trapezoid, polyad.jit(pnp.trapezoid, static_argnames="axis")):
            found, expected = way(y, axis=axis), np.trapezoid(y, axis=axis)
            np.testing.assert_array_equal(found, expected, strict=True)
            assert not np.signbit(found).any()
