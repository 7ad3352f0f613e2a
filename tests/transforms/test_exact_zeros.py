"""Zeros of selections and of constant factors stay zero; zeros that values take are numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp

from ..arrays import off
from .exact_zeros_table import OPS, PROGRAMS, SELECTIONS, exact

FIRST = {"reverse": polyad.grad, "forward": polyad.jacfwd}
MIXES = [(polyad.jacfwd, polyad.grad), (polyad.jacrev, polyad.jacfwd)]
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
            polyad.grad(lambda x: pnp.where(x >= 0, pnp.sqrt(x) ** 3, 0.0))(0.0)
    finally:
        polyad.config.update("debug_nans", before)


TAKEN = {
    "grad": lambda f, x: polyad.grad(lambda x: pnp.sum(f(x)))(x),
    "vjp": lambda f, x: polyad.vjp(f, x)[1](np.ones(2)),
    "jvp": lambda f, x: polyad.jvp(f, (x,), (np.ones(2),)),
    "linearize": lambda f, x: polyad.linearize(f, x)[1](np.ones(2)),
    "jacfwd": lambda f, x: polyad.jacfwd(f)(x),
    "jacrev": lambda f, x: polyad.jacrev(f)(x),
}


@pytest.mark.parametrize("transform", TAKEN)
def test_debug_nans_names_the_op_with_an_infinite_partial(transform: str):
    """Where no value is infinite; nothing where a selection takes it away, or a value overflows."""
    take, x = TAKEN[transform], np.array([0.0, 4.0])
    with polyad.config(debug_nans=True), np.errstate(all="ignore"):
        with pytest.raises(polyad.errors.NanError, match="the derivative of sqrt is infinite") as e:
            take(lambda x: pnp.sqrt(x), x)
        assert "test_exact_zeros.py" in str(e.value)
        take(lambda x: pnp.where(x > 0, pnp.sqrt(x), 0.0), x)
        take(pnp.exp, np.array([1000.0, 0.0]))


def test_debug_nans_names_the_op_in_a_hessian():
    infinite = pytest.raises(polyad.errors.NanError, match="the derivative of pow is infinite")
    with polyad.config(debug_nans=True), np.errstate(all="ignore"), infinite:
        polyad.hessian(lambda x: pnp.sum(x**1.5))(np.array([0.0, 4.0]))


# -- The table of compositions ---------------------------------------------------------------------


def close(found: Any, expected: Any, rtol: float) -> Any:
    return np.isclose(np.asarray(off(found), float), expected, rtol=rtol, atol=1e-9)


PARTS = 4
EVERY = [
    pytest.param(selection, part, marks=[] if number % PARTS == part else pytest.mark.full)
    for number, selection in enumerate(SELECTIONS)
    for part in range(PARTS)
]
"""Each selection with all parts of the ops; with one of them in every run."""


@pytest.mark.parametrize(("selection", "part"), EVERY)
def test_a_selection_leaves_out_every_op(selection: str, part: int):
    """Gradients and second derivatives, in every mix of modes, against mpmath."""
    take = SELECTIONS[selection]
    for name, op in list(OPS.items())[part::PARTS]:
        x, f = np.array([op.bad, op.good]), lambda x, op=op: take(op.run, x)
        first, second = np.zeros(2), np.zeros((2, 2))
        first[1], second[1, 1] = exact(op, 1), exact(op, 2)
        with np.errstate(all="ignore"):
            for mode in (polyad.grad, polyad.jacfwd):
                assert close(mode(f)(x), first, 1e-12).all(), (name, mode)
            for outer, inner in MIXES:
                found = np.asarray(outer(inner(f))(x))
                assert close(found, second, 1e-9).all(), (name, outer, inner)


@pytest.mark.share(4)
@pytest.mark.parametrize("selection", SELECTIONS)
def test_a_selection_leaves_out_every_op_in_native_code(selection: str):
    check_together(selection, polyad.jit, np.array)


@pytest.mark.share(4)
@pytest.mark.parametrize("selection", SELECTIONS)
def test_a_selection_leaves_out_every_op_in_torch(selection: str):
    torch = pytest.importorskip("torch")
    check_together(selection, lambda f: f, lambda x: torch.tensor(x, dtype=torch.float64))


def check_together(selection: str, compile: Any, array: Any) -> None:
    """The gradients of all ops, in reverse and in forward mode, by one program."""
    take = SELECTIONS[selection]
    functions = [lambda x, op=op: take(op.run, x) for op in OPS.values()]

    def gradients(xs: Any) -> Any:
        return [
            (polyad.grad(f)(x), polyad.jacfwd(f)(x)) for f, x in zip(functions, xs, strict=True)
        ]

    with np.errstate(all="ignore"):
        found = compile(gradients)([array([op.bad, op.good]) for op in OPS.values()])
    for (name, op), pair in zip(OPS.items(), found, strict=True):
        for one in pair:
            assert close(one, [0.0, exact(op, 1)], 1e-9).all(), name


@pytest.mark.parametrize("compile", [lambda f: f, polyad.jit], ids=["eager", "jit"])
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.name)
def test_a_program_has_the_derivative_of_mathematics(program: Any, compile: Any):
    """Where a zero is a number the derivative may be NaN, in both modes, and never another."""
    with np.errstate(all="ignore"):
        found = [
            np.asarray(off(compile(mode(program.run))(np.array(program.at))), float)
            for mode in (polyad.grad, polyad.jacfwd)
        ]
    np.testing.assert_allclose(*found, rtol=1e-12)
    for each in found:
        missing = np.isnan(each)
        assert program.open or not missing.any()
        assert close(each, program.gradient, 1e-9)[~missing].all()


def test_the_table_has_what_its_page_tells_of():
    page = Path(__file__).parents[2] / "docs" / "exact_zeros.md"
    text = page.read_text()
    for name in (*OPS, *SELECTIONS, *(p.name for p in PROGRAMS)):
        assert f"| {name} |" in text or f"`{name}`" in text, f"{name}: run docs/exact_zeros.py"
    assert len(OPS) * len(SELECTIONS) + len(PROGRAMS) >= 150


@pytest.mark.parametrize("op", ["sqrt", "log", "reciprocal", "exp"])
@pytest.mark.parametrize("outer", [polyad.jacfwd, polyad.jacrev])
def test_a_sum_of_what_a_factor_and_a_selection_leave(op: str, outer: Any):
    """Of two cotangents, one of which is 0 by a factor and one by a selection as well."""
    function = getattr(pnp, op)
    bad = 1000.0 if op == "exp" else 0.0

    def chosen(x: Any) -> Any:
        return pnp.sum(pnp.sin(x) * pnp.stack([0 * x[1], function(x)[1]]))

    def plain(y: Any) -> Any:
        return pnp.sin(y) * function(y)

    found = outer(polyad.jacrev(chosen))(np.array([bad, 2.0]))
    expected = np.diag([0.0, polyad.grad(polyad.grad(plain))(2.0)])
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-300)
