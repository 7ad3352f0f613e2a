"""Complex functions in vectors: NumPy's special values, and errors against mpmath."""

from __future__ import annotations

import importlib.util
import math
import re
from pathlib import Path

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp

DOCS = Path(__file__).parents[3] / "docs"
SPEC = importlib.util.spec_from_file_location("complex_accuracy", DOCS / "complex_accuracy.py")
accuracy = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(accuracy)
NAMES = tuple(accuracy.FUNCTIONS)
ORDINARY = (0.0, 1.0, 0.5, 2.5, 710.0, 746.0)
EXTREME = (math.inf, math.nan, 1e-310, 5e-324, 1e300, 1e-160, 1e160)
POWERS = (0.0, -0.0, 1.0, 2.0, -1.5, math.inf, -math.inf, math.nan)
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
    wrong = zip(PLANE[~good], found[~good], wanted[~good], strict=True)
    assert good.all(), "; ".join(f"{name}({z}) = {f}, not {w}" for z, f, w in list(wrong)[:5])


@pytest.mark.parametrize("dtype", accuracy.DTYPES)
@pytest.mark.parametrize("points", accuracy.POINTS)
@pytest.mark.parametrize("name", accuracy.FUNCTIONS)
def test_errors_of_each_part(name, points, dtype):
    worst, at = accuracy.measure(name, dtype, 200, [points])
    assert worst <= accuracy.BOUND, at


def test_the_page_lists_every_function_within_its_bound():
    page = (DOCS / "accuracy.md").read_text().partition("## Functions of complex numbers")[2]
    rows = [row.split("|") for row in page.splitlines() if row.startswith("| ")][1:]
    assert [row[1].strip() for row in rows] == list(accuracy.FUNCTIONS)
    assert all(max(float(row[2]), float(row[3])) <= float(row[4]) for row in rows)


def test_powers_all_over_the_plane_are_those_of_numpy():
    exponents = np.array([complex(x, y) for x in POWERS for y in POWERS])
    z, w = (a.ravel() for a in np.meshgrid(PLANE, exponents))
    with np.errstate(all="ignore"):
        found, wanted = polyad.jit(pnp.pow)(z, w), np.power(z, w)
    # NumPy multiplies where an exponent is a small integer, and has rules of its own for 0
    checked = (z != 0) & ~((w.imag == 0) & np.isin(w.real, (0, 1, 2)))
    same = lambda a, b: (a == b) | np.isnan(a) & np.isnan(b) | (abs(a - b) <= 1e-12 * abs(b))
    with np.errstate(all="ignore"):
        good = same(found.real, wanted.real) & same(found.imag, wanted.imag)
        good |= abs(found - wanted) <= 1e-12 * abs(wanted) + 1e-310
    good |= ~checked
    assert good.all(), list(zip(z[~good], w[~good], found[~good], wanted[~good], strict=True))[:5]


@pytest.mark.parametrize("name", [*NAMES, "pow"])
def test_loops_are_vectors(name):
    z = np.full(512, 0.3 + 0.2j)
    operands = (z, z) if name == "pow" else (z,)
    text = polyad.jit(getattr(pnp, name), backend="native").lower(*operands).llvm_ir()
    (kernel,) = re.findall(r"^define[^\n]*@kernel_0\(.*?^}", text, re.MULTILINE | re.DOTALL)
    assert len(re.findall(r"f(?:add|mul|sub) <[248] x double>", kernel)) >= 5
    assert not re.findall(
        r"call [^@\n]*@(c(?:exp|log|sqrt|pow|a?sinh?|a?cosh?|a?tanh?)|hypot)\(", kernel
    )


def test_a_large_angle_in_a_loop_that_writes_over_what_it_reads():
    step = lambda i, z: pnp.exp(1j * pnp.real(z) * 3e9) + z * 0.5
    run = lambda z: polyad.lax.fori_loop(0, 3, step, z)
    z = np.linspace(0.5, 2, 64) + 0j
    np.testing.assert_allclose(polyad.jit(run)(z), run(z), rtol=1e-5)
