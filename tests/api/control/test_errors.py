"""Bad input to branches and loops: each message names the input and the remedy."""

from __future__ import annotations

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.errors import ConcretizationError, PolyadTypeError, PolyadValueError

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
    with pytest.raises(PolyadTypeError, match=r"carry is f64\[3\] .* gives f64\[\]"):
        traced(lambda x: lax.scan(lambda c, _: (pnp.sum(c), None), x, None, length=2))
    with pytest.raises(PolyadTypeError, match=r"\.astype\('int64'\)"):
        traced(
            lambda x: lax.while_loop(
                lambda c: pnp.all(c < 3), lambda c: c + 0.5, pnp.astype(x, int)
            )
        )
    with pytest.raises(PolyadTypeError, match="the carry is the pytree"):
        traced(lambda x: lax.scan(lambda c, _: ((c, c), None), x, None, length=2))


@pytest.mark.parametrize("run", [traced, lambda f: f(X)], ids=["traced", "known"])
def test_the_leaf_of_a_carry_is_named_by_its_path(run):
    def body(c):
        return {"n": c["n"] + 0.5, "x": (c["x"][0],)}

    start = lambda x: {"n": np.int64(0), "x": (x,)}
    for name, loop in {
        "scan": lambda x: lax.scan(lambda c, _: (body(c), None), start(x), None, length=2),
        "while_loop": lambda x: lax.while_loop(lambda c: c["n"] < 2, body, start(x)),
        "fori_loop": lambda x: lax.fori_loop(0, 2, lambda i, c: body(c), start(x)),
    }.items():
        with pytest.raises(PolyadTypeError, match=rf"{name}: carry\['n'\] is i64\[\] ") as error:
            run(loop)
        assert ".astype('int64'), or start with float64" in str(error.value), name


@pytest.mark.parametrize("run", [traced, lambda f: f(X)], ids=["traced", "known"])
def test_a_carry_that_grows_or_changes_its_structure(run):
    twice = lambda c: pnp.concat([c, c])
    with pytest.raises(PolyadTypeError, match=r"carry is f64\[3\] and the body gives f64\[6\]"):
        run(lambda x: lax.fori_loop(0, 2, lambda i, c: twice(c), x))
    with pytest.raises(PolyadTypeError, match=r"while_loop: the carry is the pytree"):
        run(lambda x: lax.while_loop(lambda c: c[0] < 3, lambda c: [c], x))


def test_python_numbers_take_the_dtype_they_stand_beside():
    """In a branch, the other branch's; in a carry, the carry's."""
    x = np.ones(2, np.float32)
    picked = polyad.jit(lambda x: lax.cond(x[0] > 0, lambda: 0.5, lambda: x[0]))(x)
    assert picked == 0.5 and picked.dtype == np.float32
    mixed = polyad.jit(lambda i: lax.switch(i, [lambda: 1, lambda: 2.5, lambda: True]))
    assert [mixed(i) for i in range(3)] == [1.0, 2.5, 1.0] and mixed(0).dtype == np.float64
    ended = polyad.jit(lambda x: lax.fori_loop(0, 2, lambda i, c: (c[0] * 2, 0.5), (x, x[0])))(x)
    assert [a.dtype for a in ended] == [np.float32, np.float32] and ended[1] == 0.5
    last = polyad.jit(lambda x: lax.while_loop(lambda v: v > 0, lambda v: -1, x))(np.float32(3))
    assert last == -1 and last.dtype == np.float32
    with pytest.raises(PolyadTypeError, match=r"(?s)true_fun gives f64.*\.astype\('float64'\)"):
        traced(lambda x: lax.cond(x[0] > 0, lambda: x[0], lambda: pnp.astype(x[0], pnp.float32)))


def test_ys_that_differ_between_the_iterations():
    with pytest.raises(PolyadTypeError, match=r"y\['a'\] has the shape \(1,\) in iteration 0 and"):
        lax.scan(lambda c, _: (c + 1, {"a": X[: c + 1]}), 0, None, length=3)
    with pytest.raises(PolyadTypeError, match=r"in iteration 0 and .* in iteration 1"):
        lax.scan(lambda c, _: (c + 1, (X,) * (c + 1)), 0, None, length=3)


def test_lengths_and_bounds_are_integers():
    with pytest.raises(PolyadTypeError, match=r"length is an integer, not 2\.0"):
        lax.scan(lambda c, _: (c, None), X, None, length=2.0)
    with pytest.raises(ConcretizationError, match=r"(?s)length is known .*fori_loop"):
        polyad.jit(lambda n: lax.scan(lambda c, _: (c, None), X, None, length=n))(3)
    for run in (lambda f: f(3.5), lambda f: polyad.jit(f)(3.5)):
        with pytest.raises(PolyadTypeError, match=r"upper is an integer scalar, not f64\[\]"):
            run(lambda n: lax.fori_loop(0, n, lambda i, c: c + i, 0.0))


def test_pythons_own_branches_and_loops_on_traced_values():
    with pytest.raises(ConcretizationError, match=r"lax\.cond in place of `if`, .*while_loop"):
        polyad.jit(lambda x: x if x > 0 else -x)(1.0)


def test_an_array_indexed_by_the_loops_counter():
    with pytest.raises(ConcretizationError, match=r"take\(x, i, axis=0\)"):
        polyad.jit(lambda x: lax.fori_loop(0, 3, lambda i, c: c + X[i], x))(0.0)
    taking = lambda x: lax.fori_loop(0, 3, lambda i, c: c + pnp.take(X, i, axis=0), x)
    assert polyad.jit(taking)(0.0) == 3.0


def test_a_body_that_returns_no_pair():
    for run in (traced, lambda f: f(X)):
        with pytest.raises(PolyadTypeError, match="returns a pair"):
            run(lambda x: lax.scan(lambda c, _: c, x, None, length=2))


@pytest.mark.parametrize("run", [traced, lambda f: f(X)], ids=["traced", "known"])
def test_functions_that_are_none(run):
    cases = {
        "cond: true_fun": lambda x: lax.cond(True, 3, pnp.sin, x),
        "cond: false_fun": lambda x: lax.cond(True, pnp.sin, 3, x),
        "switch: branch 1": lambda x: lax.switch(0, [pnp.sin, 3], x),
        "scan: f": lambda x: lax.scan(3, x, x),
        "while_loop: cond_fun": lambda x: lax.while_loop(3, pnp.sin, x),
        "while_loop: body_fun": lambda x: lax.while_loop(lambda x: x[0] < 0, 3, x),
        "fori_loop: body_fun": lambda x: lax.fori_loop(0, 3, 3, x),
        "map: f": lambda x: lax.map(3, x),
    }
    for message, f in cases.items():
        with pytest.raises(PolyadTypeError, match=f"{message} is a function, not a int: 3"):
            run(f)


def test_operands_given_twice():
    with pytest.raises(PolyadTypeError, match="by position or by keyword, not both"):
        lax.cond(True, pnp.sin, pnp.cos, 1.0, operand=2.0)


@pytest.mark.parametrize("size", [-2, 1.5, True, "all"])
def test_batch_sizes_that_are_none(size):
    with pytest.raises(PolyadValueError, match=r"batch_size is the number .* at least 0, not"):
        lax.map(pnp.sin, X, batch_size=size)
    assert lax.map(pnp.sin, X[:0], batch_size=2).shape == (0,)


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
