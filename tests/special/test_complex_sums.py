"""Logarithms of sums of complex exponentials: values and derivatives are mathematics'."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.special
import torch

import polyad
import polyad.numpy as pnp
from polyad import nn, special
from polyad.errors import PolyadTypeError

INF = np.inf
VALUES = (0.3 + 1j, 1 - 0.5j, 0, 3j, 1 + 3.1j, -2.9j, 40 + 2j, 1000 + 3j, -1000 + 2j, -700.5 - 0.3j)
PAIRS = np.array(list(itertools.product(VALUES, VALUES)), complex)


def shares(x: Any, y: Any) -> tuple[Any, Any]:
    first = 1 / (1 + mpmath.exp(mpmath.mpc(y) - mpmath.mpc(x)))
    second = 1 / (1 + mpmath.exp(mpmath.mpc(x) - mpmath.mpc(y)))
    return first, second


def value(x: Any, y: Any) -> Any:
    return mpmath.log(mpmath.exp(mpmath.mpc(x)) + mpmath.exp(mpmath.mpc(y)))


EXACT: dict[tuple[int, ...], Callable[[Any, Any], Any]] = {
    (): value,
    (0,): lambda x, y: shares(x, y)[0],
    (1,): lambda x, y: shares(x, y)[1],
    (0, 1): lambda x, y: -shares(x, y)[0] * shares(x, y)[1],
}
EXACT[0, 0, 1] = lambda x, y: -EXACT[0, 1](x, y) * (shares(x, y)[0] - shares(x, y)[1])


def slope(f: Callable[..., Any], operand: int) -> Callable[..., Any]:
    """The holomorphic derivative, element by element, in reverse mode."""

    def of(x: Any, y: Any) -> Any:
        total = lambda x, y: pnp.sum(f(x, y))
        return polyad.grad(total, operand, holomorphic=True)(x, y)

    return of


def on(backend: str, f: Callable[..., Any], *arrays: np.ndarray) -> np.ndarray:
    if backend == "torch":
        return np.asarray(f(*(torch.from_numpy(a) for a in arrays)))
    return np.asarray((polyad.jit(f, backend="native") if backend == "native" else f)(*arrays))


@pytest.mark.parametrize("dtype", [np.complex128, np.complex64])
@pytest.mark.parametrize("backend", ["numpy", "torch", "native"])
@pytest.mark.parametrize("by", EXACT, ids=str)
def test_logaddexp_and_its_derivatives(by: tuple[int, ...], backend: str, dtype: Any):
    x, y = PAIRS.astype(dtype).T.copy()
    f = pnp.logaddexp
    for operand in by:
        f = slope(f, operand)
    found = on(backend, f, x, y)
    assert found.dtype == dtype
    info = np.finfo(dtype)
    with mpmath.workdps(900):
        for a, b, got in zip(x.tolist(), y.tolist(), found.tolist(), strict=True):
            want = EXACT[by](a, b)
            # The difference of the operands is rounded, which the condition of the point makes more
            condition = 1 + len(by) * max(abs(abs(v) * abs(a - b)) for v in shares(a, b))
            apart = abs(got - want)
            turned = apart > 6 and not by  # an angle that rounds to ±π may be either
            apart = abs(apart - 2 * mpmath.pi) if turned else apart
            bound = 16 * float(info.eps) * condition * max(abs(want), float(info.tiny))
            assert apart <= bound, (a, b, got, want)


def test_in_forward_mode_and_batched():
    x, y = PAIRS.T.copy()
    ones = np.ones_like(x)
    forward = polyad.jvp(lambda x: pnp.logaddexp(x, y), (x,), (ones,))[1]
    np.testing.assert_allclose(forward, slope(pnp.logaddexp, 0)(x, y), rtol=1e-15)
    batched = polyad.vmap(pnp.logaddexp)(x, y)
    np.testing.assert_array_equal(batched, pnp.logaddexp(x, y))


@pytest.mark.parametrize("backend", ["numpy", "torch", "native"])
def test_infinities(backend: str):
    x = np.array([complex(-INF, 0), complex(INF, 0), complex(-INF, 0), complex(INF, 0), np.nan])
    y = np.array([3 - 2j, 5 + 1j, complex(-INF, 0), complex(INF, 0), 1])
    found = on(backend, pnp.logaddexp, x, y)
    np.testing.assert_array_equal(found.real, [3, INF, -INF, INF, np.nan])
    np.testing.assert_array_equal(found.imag[:2], [-2, 0])
    for operand, exact in ((0, [0, 1, 0.5, 0.5]), (1, [1, 0, 0.5, 0.5])):
        slopes = on(backend, slope(pnp.logaddexp, operand), x[:4], y[:4])
        np.testing.assert_array_equal(slopes, exact)


def test_the_principal_logarithm_of_large_angles():
    x = np.array([100j, -50j, 7 + 4j])
    found = pnp.logaddexp(x, x)
    np.testing.assert_allclose(found, np.log(2 * np.exp(x)), rtol=1e-14)
    assert pnp.logaddexp(3j, -3j).imag == np.pi  # a negative number's angle is π, and not -π


@pytest.mark.parametrize("backend", ["numpy", "torch", "native"])
def test_logaddexp2(backend: str):
    x, y = np.array([0.3 + 1j, 2000 + 1j]), np.array([1 - 0.5j, 3 + 0j])
    found = on(backend, pnp.logaddexp2, x, y)
    with mpmath.workdps(700):
        power = lambda v: mpmath.power(2, mpmath.mpc(complex(v)))
        exact = [complex(mpmath.log(power(a) + power(b), 2)) for a, b in zip(x, y, strict=True)]
    np.testing.assert_allclose(found, exact, rtol=1e-15)


@pytest.mark.parametrize("backend", ["numpy", "torch", "native"])
def test_logsumexp_in_every_order(backend: str):
    """Of two terms it is `logaddexp`; of more it is SciPy's, also where a term is -∞."""
    x, y = PAIRS[::3].T.copy()
    both = lambda x, y: special.logsumexp(pnp.stack([x, y]), axis=0)
    for by in EXACT:
        f, g = both, pnp.logaddexp
        for operand in by:
            f, g = slope(f, operand), slope(g, operand)
        np.testing.assert_allclose(on(backend, f, x, y), g(x, y), rtol=2e-13, atol=1e-16)
    z = np.array([0.3 + 1j, complex(-INF, 0), 2 - 4j, 700 + 1j])
    found = on(backend, lambda z: special.logsumexp(z), z)
    np.testing.assert_allclose(found, scipy.special.logsumexp(z), rtol=1e-14)


def test_a_real_operand_beside_a_complex_one():
    found = pnp.logaddexp(np.array([1.0, 2.0]), 1j)
    np.testing.assert_allclose(found, np.log(np.exp([1.0, 2.0]) + np.exp(1j)), rtol=1e-15)
    assert pnp.logaddexp(np.float32([1]), np.complex64([1j])).dtype == np.complex64


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("logaddexp", nn.softplus),
        ("sigmoid", special.expit),
        ("softmax", special.softmax),
        ("log_softmax", special.log_softmax),
        ("cumulative_logsumexp", polyad.lax.cumlogsumexp),
    ],
)
def test_what_is_of_real_arrays_only_is_refused_by_name(name: str, call: Callable[..., Any]):
    with pytest.raises(PolyadTypeError, match=f"{name}.* real .*(complex128|c128)"):
        call(np.array([1j, 2.0]))
