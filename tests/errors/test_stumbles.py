"""What newcomers stumble over: each error names the remedy, and the remedy works."""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax

X = np.array([0.5, 1.0, 2.0])


def stumble(f):
    """The text of the error of `f`, its notes included."""
    with pytest.raises((polyad.errors.PolyadError, AttributeError)) as caught:
        f()
    return "\n".join([str(caught.value), *getattr(caught.value, "__notes__", ())])


def scaled(x, mode):
    return 2 * x if mode == "double" else x


def count_up(n):
    return sum(i for i in range(n))


def with_part(i, carry):
    carry[i] = i
    return carry


def remembered(x):
    return {x: 1}


# What is called, what its error says, and the remedy with its result.
STUMBLES = {
    "grad of a vector: each element": (
        lambda: polyad.grad(pnp.sin)(X),
        ("polyad.jacrev(f)", "returned f64[3]", "test_stumbles.py"),
        lambda: polyad.jacrev(pnp.sin)(X),
        np.diag(np.cos(X)),
    ),
    "grad of a vector: each sample": (
        lambda: polyad.grad(pnp.sin)(X),
        ("polyad.vmap(polyad.grad(f))",),
        lambda: polyad.vmap(polyad.grad(pnp.sin))(X),
        np.cos(X),
    ),
    "range of a traced number": (
        lambda: polyad.jit(count_up)(4),
        ("polyad.lax.fori_loop", "for i in range(n)", "argument 'n'"),
        lambda: polyad.jit(lambda n: lax.fori_loop(0, n, lambda i, s: s + i, 0))(4),
        6,
    ),
    "range of a static number": (
        lambda: polyad.jit(count_up)(4),
        ("static_argnums",),
        lambda: polyad.jit(count_up, static_argnums=0)(4),
        6,
    ),
    "a string for jit": (
        lambda: polyad.jit(scaled)(X, "double"),
        ("argument 'mode' is a str", "static_argnames=('mode',)"),
        lambda: polyad.jit(scaled, static_argnames=("mode",))(X, mode="double"),
        2 * X,
    ),
    "a string for vmap": (
        lambda: polyad.vmap(scaled)(X, "double"),
        ("argument 'mode' is a str", "functools.partial(f, mode=...)"),
        lambda: polyad.vmap(functools.partial(scaled, mode="double"))(X),
        2 * X,
    ),
    "if on a traced value": (
        lambda: polyad.jit(lambda x: x if x > 0 else -x)(-3.0),
        ("polyad.numpy.where(condition, a, b)",),
        lambda: polyad.jit(lambda x: pnp.where(x > 0, x, -x))(-3.0),
        3.0,
    ),
    "grad by an integer": (
        lambda: polyad.grad(lambda n: n**2)(3),
        ("Pass a float (3.0, not 3",),
        lambda: polyad.grad(lambda n: n**2)(3.0),
        6.0,
    ),
    "a mask as an index": (
        lambda: polyad.jit(lambda x: pnp.sum(x[x > 0.7]))(X),
        ("polyad.numpy.where(mask, x, fill)",),
        lambda: polyad.jit(lambda x: pnp.sum(pnp.where(x > 0.7, x, 0)))(X),
        3.0,
    ),
    "a called function for jit": (
        lambda: polyad.jit(pnp.sum(X)),
        ("write jit(f)(x), not jit(f(x))",),
        lambda: polyad.jit(pnp.sum)(X),
        3.5,
    ),
    "a traced array as a key": (
        lambda: polyad.jit(remembered)(1.0),
        ("argument 'x'", "no key of a dict", "Use a name or a number"),
        lambda: polyad.jit(lambda x: {"x": x})(1.0)["x"],
        1.0,
    ),
    "a misspelled method": (
        lambda: polyad.jit(lambda x: x.cumsumm())(X),
        ("no attribute 'cumsumm'", "Near it are", "cumsum and "),
        lambda: polyad.jit(lambda x: x.cumsum())(X),
        np.cumsum(X),
    ),
    "a function of math": (
        lambda: polyad.jit(lambda x: math.sin(x))(0.5),
        ("polyad.numpy's functions in place of math's",),
        lambda: polyad.jit(lambda x: pnp.sin(x))(0.5),
        math.sin(0.5),
    ),
    "grad of a function with two results": (
        lambda: polyad.grad(lambda x: (x**2, 2 * x))(3.0),
        ("returned the pytree", "with has_aux=True"),
        lambda: polyad.grad(lambda x: (x**2, 2 * x), has_aux=True)(3.0),
        (6.0, 6.0),
    ),
    "a name for argnums": (
        lambda: polyad.grad(lambda x, y: x * y, argnums="y")(2.0, 3.0),
        ("not 'y'", "argnums=0 is the first parameter"),
        lambda: polyad.grad(lambda x, y: x * y, argnums=1)(2.0, 3.0),
        2.0,
    ),
    "an array that is not mapped": (
        lambda: polyad.vmap(lambda x, w: x * w.sum())(X, np.ones(2)),
        ("argument 'w' has size 2", "in_axes=(0, None)"),
        lambda: polyad.vmap(lambda x, w: x * w.sum(), in_axes=(0, None))(X, np.ones(2)),
        2 * X,
    ),
    "a carry that grows": (
        lambda: lax.fori_loop(0, 2, lambda i, c: pnp.append(c, i), pnp.zeros(0)),
        ("carry is f64[0] and the body gives f64[1]", "write the parts of it: x[i] = y"),
        lambda: lax.fori_loop(0, 2, with_part, pnp.zeros(2)),
        np.arange(2.0),
    ),
    "a format of a traced value": (
        lambda: polyad.jit(lambda x: (f"{x:.2f}", x)[1])(0.5),
        ("polyad.debug.print",),
        lambda: polyad.jit(lambda x: (polyad.debug.print("{x:.2f}", x=x), x)[1])(0.5),
        0.5,
    ),
    "an argument by keyword": (
        lambda: polyad.grad(lambda x: x**2)(x=3.0),
        ("with 0 positional arguments", "by position, not by keyword"),
        lambda: polyad.grad(lambda x: x**2)(3.0),
        6.0,
    ),
    "a forgotten return": (
        lambda: polyad.grad(lambda x: None)(3.0),
        ("returned None", "a `return` may be missing"),
        lambda: polyad.grad(lambda x: x**2)(3.0),
        6.0,
    ),
    "a body of a scan without a second result": (
        lambda: lax.scan(lambda c, x: c + x, 0.0, X),
        ("a pair (carry, y)", "test_stumbles.py", "Return (carry, None)"),
        lambda: lax.scan(lambda c, x: (c + x, None), 0.0, X)[0],
        3.5,
    ),
    "the same, compiled": (
        lambda: polyad.jit(lambda x: lax.scan(lambda c, x: c + x, 0.0, x))(X),
        ("a pair (carry, y)", "test_stumbles.py", "Return (carry, None)"),
        lambda: polyad.jit(lambda x: lax.scan(lambda c, x: (c + x, None), 0.0, x)[0])(X),
        3.5,
    ),
    "NumPy's array of an array": (
        lambda: polyad.jit(lambda x: x.numpy() * 2)(X),
        ("no attribute 'numpy'", "Use the array itself"),
        lambda: polyad.jit(lambda x: x * 2)(X),
        2 * X,
    ),
    "a method of tensors": (
        lambda: polyad.jit(lambda x: x.unsqueeze(0))(X),
        ("ndarray.unsqueeze is not followed", "squeeze"),
        lambda: polyad.jit(lambda x: pnp.expand_dims(x, 0))(X),
        X[None],
    ),
}


@pytest.mark.parametrize("name", STUMBLES)
def test_the_error_names_a_remedy_that_works(name):
    call, parts, remedy, expected = STUMBLES[name]
    text = stumble(call)
    for part in parts:
        assert part in text
    np.testing.assert_allclose(remedy(), expected)


def test_a_misspelled_method_of_a_tensor():
    torch = pytest.importorskip("torch")
    text = stumble(lambda: polyad.jit(lambda x: x.unsqueez(0))(torch.ones(2)))
    assert "no attribute 'unsqueez'" in text and "unsqueeze" in text.partition("Near it ")[2]
