"""Fourier transforms: NumPy's values, the conventions of their derivatives, errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import polyad
import polyad.numpy as pnp
from polyad.errors import PolyadTypeError, PolyadValueError

from ..arrays import BACKENDS, close, off, run

RNG = np.random.default_rng(0)
REAL = RNG.normal(size=(4, 5, 6))
COMPLEX = REAL + 1j * RNG.normal(size=(4, 5, 6))
NORMS = ("backward", "ortho", "forward")
ONE = ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")
MANY = ("fftn", "ifftn", "rfftn", "irfftn")
TWO = ("fft2", "ifft2", "rfft2", "irfft2")


def signal(name: str) -> Any:
    return REAL if name in ("rfft", "ihfft", "rfftn", "rfft2") else COMPLEX


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", ONE)
def test_along_one_axis(name: str, backend: str):
    for options in (
        *({"norm": norm, "axis": 1} for norm in NORMS),
        *({"n": n, "norm": "ortho"} for n in (1, 2, 5, 6, 7, 9)),
        {"n": 3, "axis": 0},
    ):
        f = lambda x, o=options: getattr(pnp.fft, name)(x, **o)
        expected = getattr(np.fft, name)(signal(name), **options)
        close(run(backend, f, [signal(name)]), expected, tolerance=100)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", MANY)
def test_along_several_axes(name: str, backend: str):
    for options in (
        *({"norm": norm} for norm in NORMS),
        {"axes": (0, 2)},
        {"axes": (2, -3)},
        {"s": (3, 8), "axes": (2, 1), "norm": "forward"},
        {"s": (4, 7), "axes": (-2, -1)},
        {"axes": (1,)},
    ):
        f = lambda x, o=options: getattr(pnp.fft, name)(x, **o)
        expected = getattr(np.fft, name)(signal(name), **options)
        close(run(backend, f, [signal(name)]), expected, tolerance=100)


@pytest.mark.parametrize("name", TWO)
def test_along_two_axes(name: str):
    for options in ({}, {"norm": "ortho"}, {"axes": (0, 2)}, {"s": (3, 8), "axes": (0, 1)}):
        found = getattr(pnp.fft, name)(signal(name), **options)
        close(found, getattr(np.fft, name)(signal(name), **options), tolerance=100)


def test_sizes_without_axes_are_about_the_last_ones():
    expected = np.fft.fftn(COMPLEX, s=(3, 4), axes=(-2, -1))
    close(pnp.fft.fftn(COMPLEX, s=(3, 4)), expected, tolerance=100)


@pytest.mark.parametrize("n", [1, 2, 5, 6])
def test_frequencies_and_shifts(n: int):
    np.testing.assert_allclose(pnp.fft.fftfreq(n, d=0.5), np.fft.fftfreq(n, d=0.5))
    np.testing.assert_allclose(pnp.fft.rfftfreq(n, d=0.5), np.fft.rfftfreq(n, d=0.5))
    x = np.arange(3.0 * n).reshape(3, n)
    for axes in (None, 0, (1,), (0, 1)):
        np.testing.assert_array_equal(pnp.fft.fftshift(x, axes), np.fft.fftshift(x, axes))
        np.testing.assert_array_equal(pnp.fft.ifftshift(x, axes), np.fft.ifftshift(x, axes))


def test_single_precision_stays_and_integers_become_floating():
    assert pnp.fft.fft(COMPLEX.astype("complex64")).dtype == np.complex64
    assert pnp.fft.rfft(REAL.astype("float32")).dtype == np.complex64
    assert pnp.fft.irfft(COMPLEX.astype("complex64")).dtype == np.float32
    assert pnp.fft.fft(np.arange(3)).dtype == np.complex128
    assert pnp.fft.fftfreq(3, dtype=pnp.float32).dtype == np.float32


@pytest.mark.parametrize("backend", ("numpy", "torch", "native"))
@pytest.mark.parametrize("n", [5, 6])
def test_the_half_spectra_weigh_interior_bins_twice(n: int, backend: str):
    """hfft, ihfft and irfft against the whole transform, whose derivative has no weights."""

    def whole(x: Any) -> Any:
        inner = x[1 : n - n // 2]
        full = pnp.concat([pnp.astype(pnp.real(x[:1]), x.dtype), inner])
        if n % 2 == 0:
            full = pnp.concat([full, pnp.astype(pnp.real(x[-1:]), x.dtype)])
        return pnp.real(pnp.fft.fft(pnp.concat([full, pnp.conj(inner[::-1])])))

    half = COMPLEX[0, 0, : n // 2 + 1]
    w = RNG.normal(size=n)
    for f, g in (
        (lambda x: pnp.fft.hfft(x, n=n), whole),
        (lambda x: pnp.fft.irfft(x, n=n), lambda x: whole(pnp.conj(x)) / n),
    ):
        found = run(backend, polyad.grad(lambda x, w, f=f: pnp.sum(f(x) * w)), [half, w])
        wanted = polyad.grad(lambda x, g=g: pnp.sum(g(x) * w))(half)
        close(found, wanted, tolerance=100)
    x = RNG.normal(size=n)
    v = RNG.normal(size=n // 2 + 1)
    direct = lambda x: (
        pnp.real(pnp.fft.ifft(x))[: n // 2 + 1] + pnp.imag(pnp.fft.ifft(x))[: n // 2 + 1]
    )
    halved = lambda x: pnp.real(pnp.fft.ihfft(x)) + pnp.imag(pnp.fft.ihfft(x))
    found = run(backend, polyad.grad(lambda x, v: pnp.sum(halved(x) * v)), [x, v])
    close(found, polyad.grad(lambda x: pnp.sum(direct(x) * v))(x), tolerance=100)


def test_a_convolution_theorem_under_vmap_and_jit():
    x, y = RNG.normal(size=(3, 8)), RNG.normal(size=8)
    circular = lambda a, b: pnp.fft.irfft(pnp.fft.rfft(a) * pnp.fft.rfft(b), n=8)
    expected = [[np.sum(a * np.roll(y[::-1], k + 1)) for k in range(8)] for a in x]
    found = polyad.jit(polyad.vmap(circular, in_axes=(0, None)))(x, y)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_numpys_and_torchs_own_functions_take_tracers():
    x = REAL[0, 0]
    power = lambda f: lambda x: pnp.sum(pnp.abs(f(x)) ** 2)
    wanted = polyad.grad(power(pnp.fft.rfft))(x)
    np.testing.assert_allclose(polyad.grad(power(np.fft.rfft))(x), wanted)
    found = polyad.grad(power(torch.fft.rfft))(torch.asarray(x))
    np.testing.assert_allclose(off(found), wanted)


@pytest.mark.parametrize(
    "call, kind, text",
    [
        (lambda: pnp.fft.rfft(COMPLEX), PolyadTypeError, "rfftn takes real arrays, not complex128"),
        (lambda: pnp.fft.ihfft(COMPLEX), PolyadTypeError, "ihfft takes real arrays"),
        (lambda: pnp.fft.fft(REAL, norm="both"), PolyadValueError, "norm is one of backward"),
        (lambda: pnp.fft.fft(REAL, axis=3), PolyadValueError, "axis 3 is out of range"),
        (lambda: pnp.fft.fft(REAL, n=0), PolyadValueError, "one point at least"),
        (lambda: pnp.fft.fft(REAL[:, :, :0]), PolyadValueError, "one point at least"),
        (lambda: pnp.fft.irfft(COMPLEX[:, :, :1]), PolyadValueError, "one point at least"),
        (lambda: pnp.fft.fftn(REAL, axes=(1, 1)), PolyadValueError, "each once"),
        (lambda: pnp.fft.fftn(REAL, s=(2,), axes=(0, 1)), PolyadValueError, "as many sizes"),
        (lambda: pnp.fft.fftfreq(0), PolyadValueError, "a positive number of points"),
    ],
)
def test_errors_name_the_input(call: Any, kind: type, text: str):
    with pytest.raises(kind, match=text) as raised:
        call()
    assert "test_fft.py" in str(raised.value)
