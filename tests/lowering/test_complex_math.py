"""Complex functions in vectors: NumPy's special values, and errors against mpmath."""

from __future__ import annotations

import math
import re

import mpmath
import numpy as np
import pytest

import polyad
import polyad.numpy as pnp

NAMES = ("abs", "sqrt", "log", "exp", "sin", "cos", "tan", "sinh", "cosh", "tanh")
ORDINARY = (0.0, 1.0, 0.5, 2.5, 710.0, 746.0)
EXTREME = (math.inf, math.nan, 1e-310, 5e-324, 1e300, 1e-160, 1e160)
PARTS = [sign * x for x in (*ORDINARY, *EXTREME) for sign in (1.0, -1.0)]
PLANE = np.array([complex(x, y) for x in PARTS for y in PARTS])


def near(found, wanted):
    """Equal, signs of zeros included; or some units in the last place apart."""
    same = (found == wanted) & (np.signbit(found) == np.signbit(wanted))
    both = np.isnan(found) & np.isnan(wanted)
    with np.errstate(all="ignore"):
        close = np.abs(found - wanted) <= 4e-15 * np.abs(wanted) + 5e-324
    return same | both | (close & ((wanted != 0) | (found != 0)))


@pytest.mark.parametrize("name", NAMES)
def test_values_all_over_the_plane_are_those_of_numpy(name):
    with np.errstate(all="ignore"):
        found, wanted = polyad.jit(getattr(pnp, name))(PLANE), getattr(np, name)(PLANE)
    good = near(found.real, wanted.real) & near(found.imag, wanted.imag)
    # beside NaN, and of -inf with no angle, zeros have any sign
    good |= np.isnan(wanted.real) & (wanted.imag == 0) & np.isnan(found.real) & (found.imag == 0)
    if name == "exp":
        good |= np.isneginf(PLANE.real) & ~np.isfinite(PLANE.imag) & (found == 0)
    assert good.all(), list(zip(PLANE[~good], found[~good], wanted[~good], strict=True))[:5]


def circle(rng, count):
    """Numbers close to the unit circle, where the logarithm of the size nearly vanishes."""
    off = 1 + rng.standard_normal(count) * 10.0 ** rng.uniform(-16, -1, count)
    return np.exp(1j * rng.uniform(0, 2 * np.pi, count)) * off


def wide(rng, count):
    z = rng.standard_normal(count) + 1j * rng.standard_normal(count)
    return z * np.exp(rng.uniform(-6, 3, count))


@pytest.mark.parametrize("dtype", ["complex128", "complex64"])
@pytest.mark.parametrize("points", [circle, wide])
@pytest.mark.parametrize("name", NAMES)
def test_errors_of_each_part(name, points, dtype):
    """Against 200 bits, in units in the last place of the part."""
    z = points(np.random.default_rng(0), 400).astype(dtype)
    found = polyad.jit(getattr(pnp, name))(z)
    exact = {"abs": abs}.get(name) or getattr(mpmath, name)
    eps = float(np.finfo(dtype).eps)
    with mpmath.workprec(200):
        for x, y in zip(z, found, strict=True):
            wanted = mpmath.mpc(exact(mpmath.mpc(complex(x))))
            for part, of in ((y.real, wanted.real), (y.imag, wanted.imag)):
                assert abs(mpmath.mpf(float(part)) - of) <= 3 * eps * abs(of), x


@pytest.mark.parametrize("name", NAMES)
def test_loops_are_vectors(name):
    z = np.full(512, 0.3 + 0.2j)
    text = polyad.jit(getattr(pnp, name), backend="native").lower(z).llvm_ir()
    (kernel,) = re.findall(r"^define[^\n]*@kernel_0\(.*?^}", text, re.MULTILINE | re.DOTALL)
    assert len(re.findall(r"f(?:add|mul|sub) <[248] x double>", kernel)) >= 5
    assert not re.findall(r"call [^@\n]*@(c(?:exp|log|sqrt|sinh?|cosh?|tanh?)|hypot)\(", kernel)


def test_a_large_angle_in_a_loop_that_writes_over_what_it_reads():
    step = lambda i, z: pnp.exp(1j * pnp.real(z) * 3e9) + z * 0.5
    run = lambda z: polyad.lax.fori_loop(0, 3, step, z)
    z = np.linspace(0.5, 2, 64) + 0j
    np.testing.assert_allclose(polyad.jit(run)(z), run(z), rtol=1e-5)
