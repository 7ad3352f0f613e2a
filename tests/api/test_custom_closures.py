"""Rules that close over, or take by nondiff_argnums, what outer transformations trace.

Each function is k sin(s), of which the rule says 10 k cos(s); all laws follow from these two lines.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import grad, hessian, jit, jvp, lax, linearize, vjp, vmap
from polyad.errors import NotDifferentiableError, PolyadTypeError

KS = np.array([2.0, 3.0])
S = 0.5
FIRST, SECOND, THIRD = 10 * np.cos(S), -10 * np.sin(S), -10 * np.cos(S)
Maker = Callable[[Any], Callable[[Any], Any]]


def closing_jvp(k: Any) -> Any:
    f = polyad.custom_jvp(lambda s: k * pnp.sin(s))
    f.defjvp(lambda p, t: (f(p[0]), 10 * k * pnp.cos(p[0]) * t[0]))
    return f


def closing_vjp(k: Any) -> Any:
    f = polyad.custom_vjp(lambda s: k * pnp.sin(s))
    f.defvjp(lambda s: (f(s), s), lambda s, ct: (10 * k * pnp.cos(s) * ct,))
    return f


def kept_as_a_residual(k: Any) -> Any:
    f = polyad.custom_vjp(lambda s: k * pnp.sin(s))
    f.defvjp(lambda s: (f(s), (k, pnp.cos(s))), lambda kept, ct: (10 * kept[0] * kept[1] * ct,))
    return f


class Scaled:
    """Rules that are methods, and find k on their object."""

    def __init__(self, k: Any) -> None:
        self.held = {"k": [k]}
        self.f = polyad.custom_vjp(lambda s: self.k * pnp.sin(s))
        self.f.defvjp(self.forward, self.backward)

    @property
    def k(self) -> Any:
        return self.held["k"][0]

    def forward(self, s: Any) -> Any:
        return self.f(s), pnp.cos(s)

    def backward(self, cosine: Any, ct: Any) -> Any:
        return (10 * self.k * cosine * ct,)


@functools.partial(polyad.custom_jvp, nondiff_argnums=0)
def by_number(k, s):
    return k * pnp.sin(s)


by_number.defjvp(lambda k, p, t: (by_number(k, p[0]), 10 * k * pnp.cos(p[0]) * t[0]))


@functools.partial(polyad.custom_vjp, nondiff_argnames=("k",))
def by_name(s, k):
    return k["k"] * pnp.sin(s)


by_name.defvjp(lambda s, k: (by_name(s, k), s), lambda k, s, ct: (10 * k["k"] * pnp.cos(s) * ct,))


@functools.partial(polyad.custom_jvp, nondiff_argnums=(0,))
def applied(g, s):
    return g(s)


applied.defjvp(lambda g, p, t: (applied(g, p[0]), 10 * jvp(g, p, t)[1]))

MAKERS: dict[str, Maker] = {
    "closing_jvp": closing_jvp,
    "closing_vjp": closing_vjp,
    "kept_as_a_residual": kept_as_a_residual,
    "on_an_object": lambda k: Scaled(k).f,
    "nondiff_argnums": lambda k: functools.partial(by_number, k),
    "nondiff_argnames": lambda k: lambda s: by_name(s, k={"k": k}),
    "function": lambda k: functools.partial(applied, lambda s: k * pnp.sin(s)),
    "partial": lambda k: functools.partial(
        applied, functools.partial(lambda k, s: k * pnp.sin(s), k)
    ),
    "default": lambda k: functools.partial(applied, lambda s, k=k: k * pnp.sin(s)),
}


def total(make: Maker) -> Any:
    return lambda s: vmap(lambda k: make(k)(s))(KS).sum()


def summed(make: Maker) -> Any:
    return lambda s: lax.scan(lambda c, k: (c + make(k)(s), None), 0.0, KS)[0]


PROGRAMS: dict[str, tuple[Callable[[Maker], Any], Any]] = {
    "jit": (lambda make: jit(lambda k: make(k)(S))(2.0), 2 * np.sin(S)),
    "jit(grad)": (lambda make: jit(lambda k: grad(make(k))(S))(2.0), 2 * FIRST),
    "jit(jvp)": (lambda make: jit(lambda k: jvp(make(k), (S,), (3.0,))[1])(2.0), 6 * FIRST),
    "vmap(grad)": (lambda make: vmap(lambda k: grad(make(k))(S))(KS), KS * FIRST),
    "vmap(vjp)": (lambda make: vmap(lambda k: vjp(make(k), S)[1](1.0)[0])(KS), KS * FIRST),
    "vmap(linearize)": (lambda make: vmap(lambda k: linearize(make(k), S)[1](1.0))(KS), KS * FIRST),
    "grad(vmap)": (lambda make: grad(total(make))(S), 5 * FIRST),
    "jit(grad(vmap))": (lambda make: jit(grad(total(make)))(S), 5 * FIRST),
    "grad(jit(vmap))": (lambda make: grad(jit(total(make)))(S), 5 * FIRST),
    "vmap(grad(vmap))": (lambda make: vmap(grad(total(make)))(np.array([S, S])), [5 * FIRST] * 2),
    "grad(scan)": (lambda make: grad(summed(make))(S), 5 * FIRST),
    "jit(grad(scan))": (lambda make: jit(grad(summed(make)))(S), 5 * FIRST),
    "scan(grad)": (
        lambda make: lax.scan(lambda c, k: (c + grad(make(k))(S), None), 0.0, KS)[0],
        5 * FIRST,
    ),
    "grad(fori)": (
        lambda make: jit(
            lambda k: grad(lambda s: lax.fori_loop(0, 3, lambda i, c: c + make(k)(s), 0.0))(S)
        )(2.0),
        6 * FIRST,
    ),
    "grad(cond)": (
        lambda make: jit(lambda k: grad(lambda s: lax.cond(k > 0, make(k), pnp.cos, s))(S))(2.0),
        2 * FIRST,
    ),
    "grad(checkpoint)": (
        lambda make: jit(lambda k: grad(polyad.checkpoint(make(k)))(S))(2.0),
        2 * FIRST,
    ),
    "second order": (lambda make: jit(lambda k: grad(grad(make(k)))(S))(2.0), 2 * SECOND),
    "hessian": (lambda make: vmap(lambda k: hessian(make(k))(S))(KS), KS * SECOND),
    "second order of vmap": (lambda make: grad(grad(total(make)))(S), 5 * SECOND),
    "third order": (lambda make: vmap(lambda k: grad(grad(grad(make(k))))(S))(KS), KS * THIRD),
    "by k, of the derivative": (lambda make: grad(lambda k: grad(make(k))(S))(2.0), FIRST),
    "by k, compiled": (lambda make: jit(grad(lambda k: grad(make(k))(S)))(2.0), FIRST),
}


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("maker", MAKERS)
def test_a_rule_sees_what_is_traced_around_the_call(maker: str, program: str):
    run, expected = PROGRAMS[program]
    np.testing.assert_allclose(run(MAKERS[maker]), expected, rtol=1e-13)


@pytest.mark.parametrize("maker", MAKERS)
def test_a_derivative_by_what_a_rule_does_not_speak_of_is_refused(maker: str):
    with pytest.raises(NotDifferentiableError, match=r"(?s)closes over.*nondiff_argnums.*Pass"):
        grad(lambda k: MAKERS[maker](k)(S))(2.0)


def test_what_a_rule_closes_over_may_be_its_answer():
    def outer(k: Any) -> Any:
        f = polyad.custom_jvp(lambda s: k)
        f.defjvp(lambda p, t: (k, k))
        g = polyad.custom_vjp(lambda s: s)
        g.defvjp(lambda s: (s, None), lambda _, ct: (k,))
        return jvp(f, (S,), (1.0,))[1], grad(g)(S)

    for run in (vmap(outer), jit(vmap(outer))):
        np.testing.assert_array_equal(run(KS), [KS, KS])


def test_what_the_rule_alone_closes_over_may_differ_along_the_batch():
    """The function does not depend on k, its derivative does."""

    def slope(k: Any) -> Any:
        f = polyad.custom_jvp(pnp.sin)
        f.defjvp(lambda p, t: (f(p[0]), k * t[0]))
        return lambda s: f(s)

    np.testing.assert_array_equal(vmap(lambda k: grad(slope(k))(S))(KS), KS)
    np.testing.assert_array_equal(grad(total(slope))(S), KS.sum())
    f = polyad.custom_jvp(lambda x, y: x)
    f.defjvp(lambda p, t: (p[0], p[1] * t[0]))
    np.testing.assert_array_equal(vmap(grad(f), (None, 0))(S, KS), KS)
    assert grad(lambda x: vmap(f, (None, 0))(x, KS).sum())(S) == KS.sum()


def test_a_rule_does_not_write_to_what_it_closes_over():
    def outer(k: Any) -> Any:
        f = polyad.custom_jvp(lambda s: s)

        @f.defjvp
        def rule(p: Any, t: Any) -> Any:
            k[0] = 1.0
            return p[0], k[0] * t[0]

        return grad(f)(S)

    with pytest.raises(PolyadTypeError, match=r"jvp rule of .* writes to an array that it clos"):
        jit(outer)(KS)


def test_closure_convert_gives_the_arrays_of_enclosing_traces_as_arguments():
    @functools.partial(polyad.custom_vjp, nondiff_argnums=(0,))
    def seven(g, x, *consts):
        return g(x, *consts)

    seven.defvjp(
        lambda g, x, *consts: (g(x, *consts), (x, consts)),
        lambda g, res, ct: tuple(7 * t for t in vjp(g, res[0], *res[1])[1](ct)),
    )

    def outer(y: Any) -> Any:
        converted, consts = polyad.closure_convert(lambda x: x * x * y, 2.0)
        assert len(consts) == 1
        return seven(converted, 2.0, *consts)

    for run in (grad(outer), jit(grad(outer)), grad(jit(outer))):
        assert run(3.0) == 28.0
    np.testing.assert_array_equal(vmap(grad(outer))(KS), [28.0, 28.0])
    converted, consts = polyad.closure_convert(lambda x: x * KS, KS)
    assert consts == []
    np.testing.assert_array_equal(converted(KS), KS * KS)
    with pytest.raises(PolyadTypeError, match="was converted for arguments of structure"):
        converted((KS, KS))


def test_custom_gradient_gives_value_and_backward_pass_in_one():
    @polyad.custom_gradient
    def f(x, scale=2.0):
        y = pnp.sin(x)
        return x * scale, lambda ct: (50 * y * ct, None)

    assert f(3.0) == 6.0
    for run in (grad(f), jit(grad(f)), lambda x: vjp(f, x)[1](1.0)[0]):
        np.testing.assert_allclose(run(S), 50 * np.sin(S), rtol=1e-14)
    np.testing.assert_allclose(vmap(grad(grad(f)))(KS), 50 * np.cos(KS), rtol=1e-14)
    alone = polyad.custom_gradient(lambda x: (x, lambda ct: 3 * ct))
    assert grad(alone)(1.0) == 3.0
    with pytest.raises(PolyadTypeError, match="gives a value and a function of its cotangent"):
        polyad.custom_gradient(lambda x: x)(1.0)
