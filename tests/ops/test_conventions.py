"""The derivative conventions: polyad's derivatives where systems differ, alike on every backend.

Each test is a row: a function, a point, and the gradient there, eagerly with NumPy and PyTorch and
compiled to native code.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp

from ..arrays import off, run

BACKENDS = ("numpy", "torch", "native")
INF, NAN = math.inf, math.nan

pytestmark = pytest.mark.parametrize("backend", BACKENDS)


def gradients(backend: str, f: Callable[..., Any], *args: Any) -> list[Any]:
    """The gradient of the sum of `f` with respect to every argument."""
    arrays = [np.asarray(x) for x in args]
    g = polyad.grad(lambda *xs: pnp.sum(f(*xs)), argnums=tuple(range(len(args))))
    return [off(x) for x in run(backend, g, arrays)]


def check(backend: str, f: Callable[..., Any], args: Sequence[Any], *expected: Any) -> None:
    for found, wanted in zip(gradients(backend, f, *args), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)


# -- Exact zeros ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "f, at",
    [
        (pnp.sqrt, 0.0),
        (pnp.log, 0.0),
        (pnp.log1p, -1.0),
        (pnp.log2, 0.0),
        (pnp.log10, 0.0),
        (pnp.reciprocal, 0.0),
        (pnp.asin, 1.0),
        (pnp.acos, 1.0),
        (pnp.acosh, 1.0),
        (pnp.atanh, 1.0),
        (lambda x: pnp.pow(x, 0.5), 0.0),
        (lambda x: pnp.divide(1.0, x), 0.0),
        (lambda x: pnp.pow(x, -1.5), 0.0),
        (lambda x: pnp.linalg.vector_norm(x[None], axis=0), 0.0),
        (pnp.sqrt, -1.0),
        (pnp.log, -1.0),
    ],
)
def test_a_cotangent_of_zero_stays_zero_at_a_singular_partial(backend: str, f: Any, at: float):
    check(backend, lambda x: pnp.where(x > 5, f(x), 0.0), [np.array([at])], [0.0])


def test_where_needs_no_second_where(backend: str):
    x = np.array([0.0, 4.0])
    check(backend, lambda x: pnp.where(x > 0, pnp.sqrt(x), 0.0), [x], [0.0, 0.25])


def test_a_tangent_of_zero_stays_zero_at_a_singular_partial(backend: str):
    push = lambda x, t: polyad.jvp(pnp.sqrt, (x,), (t,))[1]
    found = run(backend, push, [np.array([0.0, 0.0]), np.array([0.0, 1.0])])
    np.testing.assert_array_equal(off(found), [0.0, INF])


# -- Complex --------------------------------------------------------------------------------------


def test_the_gradient_of_a_real_function_of_complex_z_is_du_dx_minus_i_du_dy(backend: str):
    check(backend, lambda z: pnp.real(z * z), [np.array([1 + 2j])], [2 * (1 + 2j)])
    check(backend, lambda z: pnp.abs(z) ** 2, [np.array([1 + 2j])], [2 * (1 - 2j)])


def test_holomorphic_gradients_are_the_complex_derivative(backend: str):
    g = polyad.grad(lambda z: pnp.sin(z) * z, holomorphic=True)
    z = np.array(0.5 + 0.3j)
    np.testing.assert_allclose(off(run(backend, g, [z])), np.cos(z) * z + np.sin(z), rtol=1e-13)


def test_complex_abs_at_zero(backend: str):
    check(backend, pnp.abs, [np.array([0j, 3 + 4j])], [0, (3 - 4j) / 5])


def test_complex_sign(backend: str):
    """ds = (dz - s·Re(s̄ dz)) / |z|."""
    z, dz = np.array([3 + 4j]), np.array([0.5 - 2j])
    found = run(backend, lambda z, t: polyad.jvp(pnp.sign, (z,), (t,))[1], [z, dz])
    s = z / np.abs(z)
    np.testing.assert_allclose(off(found), (dz - s * (s.conj() * dz).real) / np.abs(z), rtol=1e-13)


def test_astype_from_complex_to_real_keeps_the_real_part(backend: str):
    check(backend, lambda z: pnp.astype(z, pnp.float64), [np.array([1 + 2j])], [1.0])


# -- Real kinks and ties --------------------------------------------------------------------------


def test_abs_at_zero(backend: str):
    check(backend, pnp.abs, [np.array([0.0, -2.0])], [0.0, -1.0])


def test_ties_of_maximum_and_minimum_split_evenly(backend: str):
    x, y = np.array([1.0, 3.0, 2.0]), np.array([1.0, 2.0, 3.0])
    check(backend, pnp.maximum, [x, y], [0.5, 1, 0], [0.5, 0, 1])
    check(backend, pnp.minimum, [x, y], [0.5, 0, 1], [0.5, 1, 0])


def test_ties_of_max_and_min_split_evenly(backend: str):
    check(backend, pnp.max, [np.array([2.0, 1.0, 2.0, 2.0])], [1 / 3, 0, 1 / 3, 1 / 3])
    check(backend, pnp.min, [np.array([[1.0, 1.0], [2.0, 3.0]])], [[0.5, 0.5], [0, 0]])


def test_clip_at_a_bound(backend: str):
    x = np.array([-1.0, 0.0, 0.5, 1.0, 2.0])
    check(backend, lambda x: pnp.clip(x, 0.0, 1.0), [x], [0, 0.5, 1, 0.5, 0])


def test_products_with_zeros(backend: str):
    check(backend, pnp.prod, [np.array([2.0, 0.0, 3.0])], [0, 6, 0])
    check(backend, pnp.prod, [np.array([2.0, 0.0, 0.0])], [0, 0, 0])


def test_cumulative_products_with_zeros(backend: str):
    """Σ of (x₀, x₀x₁, x₀x₁x₂) at (2, 0, 3): 1 + x₁ + x₁x₂, x₀ + x₀x₂, x₀x₁."""
    check(backend, pnp.cumulative_prod, [np.array([2.0, 0.0, 3.0])], [1, 8, 0])


def test_ties_of_sort_go_by_the_stable_permutation(backend: str):
    w = np.array([1.0, 10.0, 100.0])
    check(
        backend,
        lambda x, w: pnp.sort(x) * w,
        [np.array([2.0, 1.0, 1.0]), w],
        [100, 1, 10],
        [1, 1, 2],
    )


@pytest.mark.parametrize(
    "f",
    [
        pnp.argmax,
        pnp.argsort,
        pnp.argmin,
        lambda x: x > 0.5,
        lambda x: x == x,
        pnp.count_nonzero,
        pnp.isfinite,
        pnp.signbit,
        lambda x: pnp.astype(x, pnp.int64),
        lambda x: pnp.searchsorted(pnp.sort(x), x),
        lambda x: pnp.isin(x, x[:2]),
        lambda x: pnp.unique_inverse(x, size=3).inverse_indices,
    ],
)
def test_results_of_integers_and_booleans_have_gradient_zero(backend: str, f: Any):
    x = np.array([1.0, 2.0, 0.5])
    check(backend, lambda x: pnp.astype(f(x), pnp.float64), [x], np.zeros(3))


def test_unique_values_come_from_their_first_occurrence(backend: str):
    x, w = np.array([2.0, 1.0, 2.0, 1.0]), np.array([10.0, 100.0])
    f = lambda x, w: pnp.unique_values(x, size=2) * w
    check(backend, f, [x, w], [100, 10, 0, 0], [1, 2])


# -- Functions of a zero --------------------------------------------------------------------------


def test_std_of_a_constant(backend: str):
    check(backend, pnp.std, [np.array([3.0, 3.0, 3.0])], np.zeros(3))


def test_norms_at_zero(backend: str):
    check(backend, pnp.linalg.vector_norm, [np.zeros(3)], np.zeros(3))
    check(backend, pnp.linalg.norm, [np.zeros((2, 2))], np.zeros((2, 2)))


def test_norm_1_of_an_entry_of_zero_and_ties_of_the_maximum_norm(backend: str):
    x = np.array([0.0, -2.0, 2.0])
    check(backend, lambda x: pnp.linalg.vector_norm(x, ord=1), [x], [0, -1, 1])
    check(backend, lambda x: pnp.linalg.vector_norm(x, ord=INF), [x], [0, -0.5, 0.5])


def test_infinite_partials_stay_infinite(backend: str):
    check(backend, pnp.sqrt, [np.array([0.0])], [INF])
    check(backend, pnp.asin, [np.array([1.0])], [INF])


def test_pow_at_zero(backend: str):
    """d/dx at y = 0 is 0; d/dy is 0 at x = 0, NaN for negative x."""
    zero, y = np.array([0.0, 0.0, 0.0]), np.array([0.0, 1.0, 2.0])
    check(backend, pnp.pow, [zero, y], [0, 1, 0], [0, 0, 0])
    check(backend, pnp.pow, [np.array([-2.0]), np.array([2.0])], [-4.0], [NAN])


def test_second_derivative_of_pow_at_x_0_y_1(backend: str):
    first = lambda x, y: polyad.grad(pnp.pow)(x, y)
    second = polyad.grad(first)
    assert off(run(backend, second, [np.array(0.0), np.array(1.0)])) == 0


@pytest.mark.parametrize("exponent, slope", [(0, 0.0), (1, 1.0), (2, 0.0), (3, 0.0)])
def test_static_integer_powers_at_zero(backend: str, exponent: int, slope: float):
    check(backend, lambda x: x**exponent, [np.array([0.0])], [slope])


def test_hypot_and_atan2_at_the_origin(backend: str):
    zero = np.array([0.0])
    check(backend, pnp.hypot, [zero, zero], [0], [0])
    check(backend, pnp.atan2, [zero, zero], [0], [0])


def test_logaddexp_of_equal_infinities(backend: str):
    x = np.array([INF, -INF])
    check(backend, pnp.logaddexp, [x, x], [0.5, 0.5], [0.5, 0.5])


def test_division_with_a_remainder(backend: str):
    x, y = np.array([7.5, -7.5]), np.array([2.0, 2.0])
    check(backend, pnp.floor_divide, [x, y], [0, 0], [0, 0])
    check(backend, pnp.remainder, [x, y], [1, 1], [-3, 4])


def test_quotient_by_numbers_without_inverse(backend: str):
    check(backend, pnp.divide, [np.array([0.0]), np.array([1e-309])], [INF], [0.0])


def test_copysign_at_zero_and_nextafter(backend: str):
    x, y = np.array([0.0, 2.0, -2.0]), np.array([-1.0, -1.0, 1.0])
    check(backend, pnp.copysign, [x, y], [0, -1, -1], [0, 0, 0])
    check(backend, pnp.nextafter, [x, y], [1, 1, 1], [0, 0, 0])


# -- Matrices -------------------------------------------------------------------------------------


def test_cholesky_is_differentiated_in_the_symmetric_part(backend: str):
    a = np.array([[4.0, 1.0], [1.0, 3.0]])
    (found,) = gradients(backend, pnp.linalg.cholesky, a)
    np.testing.assert_allclose(found, found.T, rtol=1e-13)


def test_negative_matrix_powers_go_by_the_inverse(backend: str):
    a = np.array([[4.0, 1.0], [1.0, 3.0]])
    power = gradients(backend, lambda a: pnp.linalg.matrix_power(a, -2), a)
    inverse = gradients(backend, lambda a: pnp.linalg.inv(a) @ pnp.linalg.inv(a), a)
    np.testing.assert_allclose(power[0], inverse[0], rtol=1e-12)


# -- Fourier transforms ---------------------------------------------------------------------------


@pytest.mark.parametrize("n", [6, 5])
def test_interior_bins_of_hermitian_transforms_weigh_2(backend: str, n: int):
    """hfft(z)_0 = Σ of all n bins: z_0 and, for even n, z_{n/2} once, each other with its
    conjugate. ihfft(x)_k = Σ x_j e^{2πijk/n} / n.
    """
    z = np.array([1 + 2j, 3 - 1j, 2 + 1j, 1 - 1j][: n // 2 + 1])
    weights = [1.0, 2, 2, 1] if n == 6 else [1.0, 2, 2]
    check(backend, lambda z: pnp.fft.hfft(z, n=n)[0], [z], weights)
    x = np.arange(float(n))
    real = lambda x: pnp.real(pnp.fft.ihfft(x))[1]
    check(backend, real, [x], np.cos(2 * np.pi * x / n) / n)


# -- Indexing, creation ---------------------------------------------------------------------------


def test_take_repeat_and_tile_add_up_where_an_element_is_used_again(backend: str):
    x = np.array([1.0, 2.0, 3.0])
    check(backend, lambda x: pnp.take(x, pnp.asarray([0, 2, 2, 2])), [x], [1, 0, 3])
    check(backend, lambda x: pnp.repeat(x, 2), [x], [2, 2, 2])
    check(backend, lambda x: pnp.tile(x, 3), [x], [3, 3, 3])
    check(backend, lambda x: x[pnp.asarray([1, 1, -1])], [x], [0, 2, 1])


def test_linspace_and_full_are_differentiable(backend: str):
    check(backend, lambda a, b: pnp.linspace(a, b, 5), [np.array(0.0), np.array(1.0)], 2.5, 2.5)
    check(backend, lambda v: pnp.full((2, 3), v), [np.array(1.5)], 6.0)
