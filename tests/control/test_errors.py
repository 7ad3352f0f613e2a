"""Bad input to branches and loops: each message says what was given and what to write."""

from __future__ import annotations

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.errors import PolyadTypeError, PolyadValueError

X = np.ones(3)


def traced(f):
    return polyad.jit(f)(X)


def test_a_predicate_that_is_no_boolean_scalar():
    with pytest.raises(PolyadTypeError, match=r"boolean scalar, not f64\[3\]") as error:
        traced(lambda x: lax.cond(x, pnp.sin, pnp.cos, x))
    assert "test_errors.py" in str(error.value)
    with pytest.raises(PolyadTypeError, match=r"boolean scalar, not i64\[\]"):
        lax.cond(1, pnp.sin, pnp.cos, 1.0)


def test_branches_that_differ():
    with pytest.raises(PolyadTypeError, match=r"false_fun gives f64\[\].*true_fun gives f64\[3\]"):
        traced(lambda x: lax.cond(x[0] > 0, lambda x: x, pnp.sum, x))
    with pytest.raises(PolyadTypeError, match=r"at result\['b'\]"):
        traced(lambda x: lax.cond(x[0] > 0, lambda x: {"b": x}, lambda x: {"b": x[0]}, x))
    with pytest.raises(PolyadTypeError, match="pytree"):
        traced(lambda x: lax.cond(x[0] > 0, lambda x: (x, x), lambda x: x, x))


def test_switch_without_branches_or_with_a_floating_index():
    with pytest.raises(PolyadValueError, match="no branches"):
        lax.switch(0, [], 1.0)
    with pytest.raises(PolyadTypeError, match="integer scalar"):
        lax.switch(0.5, [pnp.sin], 1.0)


def test_a_carry_that_changes_its_type():
    with pytest.raises(PolyadTypeError, match=r"leaf 0 of the carry is f64\[3\] .* gives f64\[\]"):
        traced(lambda x: lax.scan(lambda c, _: (pnp.sum(c), None), x, None, length=2))
    with pytest.raises(PolyadTypeError, match=r"\.astype\('int64'\)"):
        traced(
            lambda x: lax.while_loop(
                lambda c: pnp.all(c < 3), lambda c: c + 0.5, pnp.astype(x, int)
            )
        )
    with pytest.raises(PolyadTypeError, match="the carry is the pytree"):
        traced(lambda x: lax.scan(lambda c, _: ((c, c), None), x, None, length=2))


def test_a_body_that_returns_no_pair():
    for run in (traced, lambda f: f(X)):
        with pytest.raises(PolyadTypeError, match="returns a pair"):
            run(lambda x: lax.scan(lambda c, _: c, x, None, length=2))


def test_lengths():
    with pytest.raises(PolyadValueError, match="give xs, or a length"):
        lax.scan(lambda c, x: (c, x), 0.0)
    with pytest.raises(
        PolyadValueError, match="leading sizes differ: xs\\[0\\] has 3, xs\\[1\\] has 2"
    ):
        lax.scan(lambda c, x: (c, x), 0.0, (X, np.ones(2)))
    with pytest.raises(PolyadValueError, match="no axis to loop over"):
        lax.scan(lambda c, x: (c, x), 0.0, 1.0)
    with pytest.raises(PolyadValueError, match="not negative"):
        lax.scan(lambda c, x: (c, x), 0.0, None, length=-1)


def test_a_condition_that_is_no_boolean_scalar():
    with pytest.raises(PolyadTypeError, match="condition gives a boolean scalar"):
        traced(lambda x: lax.while_loop(lambda v: v > 0, lambda v: v - 1, x))
    with pytest.raises(PolyadTypeError, match="condition gives a boolean scalar"):
        lax.while_loop(lambda v: v, lambda v: v - 1, 1.0)


def test_slices_that_do_not_fit():
    with pytest.raises(PolyadValueError, match="does not fit axis 0 of size 3"):
        lax.dynamic_slice(X, (0,), (4,))
