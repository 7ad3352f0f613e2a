"""Zeros of selections and of constant factors stay zero; zeros that values take are numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp

FIRST = {"reverse": polyad.grad, "forward": polyad.jacfwd}
TWO = np.full(2, 2.0)


@pytest.mark.parametrize("inner", FIRST)
@pytest.mark.parametrize("outer", FIRST)
def test_a_factor_of_zero_hides_no_dependence_on_itself(inner: str, outer: str):
    """∂²(y log x)/∂x∂y = 1/x and ∂³(y² log x)/∂x∂y² = 2/x, also at y = 0."""
    by_x, by_y = FIRST[inner], FIRST[outer]
    mixed = by_y(by_x(lambda x, y: y * pnp.log(x), 0), 1)
    other = by_x(by_y(lambda x, y: y * pnp.log(x), 1), 0)
    third = by_y(by_y(by_x(lambda x, y: y * y * pnp.log(x), 0), 1), 1)
    assert (mixed(2.0, 0.0), other(2.0, 0.0), third(2.0, 0.0)) == (0.5, 0.5, 1.0)
    assert not np.isfinite(mixed(0.0, 0.0))


@pytest.mark.parametrize("jacobian", [polyad.jacfwd, polyad.jacrev])
@pytest.mark.parametrize("form", ["dot", "einsum", "sum", "batched", "loop", "call"])
def test_weights_of_zero_hide_no_dependence_on_themselves(jacobian: Any, form: str):
    forms = {
        "dot": lambda w, x: pnp.dot(w, pnp.log(x)),
        "einsum": lambda w, x: pnp.einsum("i,i->", w, pnp.log(x)),
        "sum": lambda w, x: pnp.sum(w * pnp.log(x)),
        "batched": lambda w, x: pnp.sum(polyad.vmap(lambda a, b: a * pnp.log(b))(w, x)),
        "loop": lambda w, x: polyad.lax.scan(
            lambda c, both: (c + both[0] * pnp.log(both[1]), None), 0.0, (w, x)
        )[0],
        "call": lambda w, x: polyad.jit(lambda a, b: pnp.sum(a * pnp.log(b)))(w, x),
    }
    found = jacobian(polyad.grad(forms[form], 1), 0)(np.zeros(2), TWO)
    np.testing.assert_array_equal(found, np.eye(2) / 2)


@pytest.mark.parametrize("jacobian", [polyad.jacfwd, polyad.jacrev])
def test_tangents_and_cotangents_of_zero_are_variables_too(jacobian: Any):
    """The derivative of a pushforward by its tangent, where that is 0."""
    maps = [
        lambda t: polyad.jvp(pnp.sqrt, (TWO,), (t,))[1],
        lambda t: polyad.vjp(pnp.sqrt, TWO)[1](t)[0],
        lambda t: polyad.linearize(pnp.sqrt, TWO)[1](t),
    ]
    for linear in maps:
        np.testing.assert_allclose(jacobian(linear)(np.zeros(2)), np.eye(2) / 8**0.5, rtol=1e-15)


@pytest.mark.parametrize("jacobian", [polyad.jacfwd, polyad.jacrev])
def test_rows_of_a_jacobian_do_not_touch(jacobian: Any):
    """Each element depends on its own argument alone, whatever the partials of the others."""
    for f, x, diagonal in [
        (pnp.sqrt, [0.0, 4.0], [np.inf, 0.25]),
        (pnp.log, [0.0, 2.0], [np.inf, 0.5]),
        (pnp.exp, [1000.0, 0.0], [np.inf, 1.0]),
        (polyad.jit(pnp.sqrt), [0.0, 4.0], [np.inf, 0.25]),
    ]:
        with np.errstate(all="ignore"):
            found = jacobian(f)(np.array(x))
        np.testing.assert_array_equal(found, np.where(np.eye(2, dtype=bool), diagonal, 0.0))


@pytest.mark.parametrize("first", FIRST)
@pytest.mark.parametrize("second", FIRST)
def test_selections_keep_second_and_third_derivatives(first: str, second: str):
    f = lambda x: pnp.where(x > 0, x**3, 0.0) * pnp.maximum(x, 1.0)
    assert FIRST[second](FIRST[first](f))(2.0) == 12 * 4.0
    assert polyad.grad(FIRST[second](FIRST[first](f)))(2.0) == 24 * 2.0


def test_debug_nans_is_silent_where_a_guard_takes_the_nan_away():
    before = polyad.config.debug_nans
    polyad.config.update("debug_nans", True)
    try:
        assert polyad.grad(lambda x: pnp.where(x > 0, pnp.sqrt(x), 0.0))(0.0) == 0.0
        with pytest.raises(polyad.errors.NanError, match="multiply made a NaN"):
            polyad.grad(lambda x: pnp.where(x >= 0, pnp.sqrt(x) ** 2, 0.0))(0.0)
    finally:
        polyad.config.update("debug_nans", before)
