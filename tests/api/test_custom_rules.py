"""Rules: arguments by name, known values, zeros, batching."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import grad, hessian, jit, jvp, vjp, vmap
from polyad.custom_batching import custom_vmap, sequential_vmap
from polyad.custom_derivatives import CustomVJPPrimal, SymbolicZero, zero_from_primal
from polyad.errors import ConcretizationError, PolyadTypeError, PolyadValueError

X = np.array([0.3, -0.7, 1.1])


# -- Arguments -------------------------------------------------------------------------------------


@polyad.custom_vjp
def power(x, n=3.0, *, unused=None):
    return x**n


power.defvjp(lambda x, n: (power(x, n), (x, n)), lambda res, ct: (res[1] * 100 * ct, None))


@polyad.custom_jvp
def power_forward(x, n=3.0):
    return x**n


power_forward.defjvp(lambda p, t: (power_forward(*p), 100 * p[1] * t[0]))


@pytest.mark.parametrize("f", [power, power_forward], ids=["vjp", "jvp"])
def test_a_rule_is_given_all_arguments_by_position(f: Any):
    assert grad(lambda x: f(x))(2.0) == 300.0
    assert grad(lambda x: f(n=5.0, x=x))(2.0) == 500.0
    assert jit(grad(lambda x: f(x, n=4.0)))(2.0) == 400.0
    assert f(2.0) == 8.0


def test_an_argument_by_name_alone_is_refused():
    with pytest.raises(PolyadTypeError, match=r"(?s)takes unused by name alone.*nondiff_argn"):
        grad(lambda x: power(x, unused=1))(2.0)


def test_nondiff_argnames_that_are_none():
    with pytest.raises(PolyadValueError, match=r"custom_jvp: nondiff_argnames='m'.*it has x, n"):
        polyad.custom_jvp(lambda x, n: x, nondiff_argnames="m")
    with pytest.raises(PolyadValueError, match="custom_vjp: nondiff_argnums=3 is out of range"):
        polyad.custom_vjp(lambda x, n: x, nondiff_argnums=3)


def test_a_function_keeps_its_attributes():
    def f(x):
        return x

    f.version = 3  # type: ignore[attr-defined]
    assert polyad.custom_jvp(f).version == polyad.custom_vjp(f).version == 3


# -- Known values ----------------------------------------------------------------------------------


@polyad.custom_jvp
def branching_forward(x):
    return pnp.sin(x) if x > 0 else pnp.cos(x)


@branching_forward.defjvp
def branching_jvp(primals, tangents):
    (x,), (t,) = primals, tangents
    return branching_forward(x), (3 * x * x if x > 0 else 4 * x * x) * t


@polyad.custom_vjp
def branching_back(x):
    return pnp.sin(x) if x > 0 else pnp.cos(x)


branching_back.defvjp(
    lambda x: (branching_back(x), x if x > 0 else -2 * x),
    lambda r, ct: ((3 * r * r if r < 1.5 else r * r) * ct,),
)


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize(
    ("f", "below"), [(branching_forward, 4.0), (branching_back, 4.0)], ids=["jvp", "vjp"]
)
def test_python_branches_on_known_values(f: Any, below: float, order: int):
    """3 x^2 above zero, 4 x^2 below (-2 x is above 1.5 there)."""
    run = f
    for _ in range(order):
        run = grad(run)
    exact = {1: lambda c, x: c * x**2, 2: lambda c, x: 2 * c * x, 3: lambda c, x: 2 * c}[order]
    for x, c in ((1.0, 3.0), (-1.0, below), (1.25, 3.0)):
        np.testing.assert_allclose(run(x), exact(c, x), rtol=1e-14)


@pytest.mark.parametrize("f", [branching_forward, branching_back], ids=["jvp", "vjp"])
def test_python_branches_under_other_eager_transformations(f: Any):
    assert jvp(f, (1.0,), (2.0,))[1] == 6.0
    assert vjp(f, 1.0)[1](2.0)[0] == 6.0
    assert polyad.linearize(f, 1.0)[1](2.0) == 6.0
    assert polyad.jacfwd(f)(1.0) == polyad.jacrev(f)(1.0) == 3.0
    assert hessian(f)(1.0) == 6.0
    assert grad(lambda x: f(f(x) + 1.0))(0.5) > 0
    with pytest.raises(ConcretizationError, match="argument 'x'"):
        jit(grad(f))(1.0)


def test_a_branch_on_a_tangent_is_known_in_forward_mode_alone():
    f = polyad.custom_jvp(lambda x: x)
    f.defjvp(lambda p, t: (p[0], 2 * t[0] if t[0] > 0 else 3 * t[0]))
    assert jvp(f, (1.0,), (1.0,))[1] == 2.0
    assert jvp(f, (1.0,), (-1.0,))[1] == -3.0
    with pytest.raises(ConcretizationError, match="the jvp rule of"):
        grad(f)(1.0)


# -- Zeros -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cotangent", "by_a", "by_b"),
    [
        (lambda ct: None, 0.0, 0.0),
        (lambda ct: {"a": None, "b": (ct, None)}, 0.0, 1.0),
        (lambda ct: {"a": ct, "b": None}, 1.0, 0.0),
        (lambda ct: {"a": 2.0, "b": (None, None)}, 2.0, 0.0),
    ],
)
def test_none_stands_for_zeros_anywhere(cotangent: Any, by_a: float, by_b: float):
    f = polyad.custom_vjp(lambda x, d: x)
    f.defvjp(lambda x, d: (x, None), lambda _, ct: (ct, cotangent(ct)))
    d = {"a": 1.0, "b": (2.0, np.ones(2))}
    for run in (grad(f, (0, 1)), jit(grad(f, (0, 1)))):
        by_x, by_d = run(3.0, d)
        assert (by_x, by_d["a"], by_d["b"][0]) == (1.0, by_a, by_b)
        assert by_d["b"][1].tolist() == [0.0, 0.0]
    batch = polyad.tree.map(lambda x: np.stack([x, x]), d)
    assert vmap(grad(f, (0, 1)))(np.ones(2), batch)[1]["a"].tolist() == [by_a] * 2


def test_none_is_a_part_of_arguments_that_have_it():
    f = polyad.custom_vjp(lambda d: d["a"] * 2)
    f.defvjp(lambda d: (f(d), None), lambda _, ct: ({"a": 5 * ct, "b": None},))
    assert grad(f)({"a": 1.0, "b": None}) == {"a": 5.0, "b": None}


def test_a_cotangent_of_another_structure_is_refused():
    f = polyad.custom_vjp(lambda d: d["a"])
    f.defvjp(lambda d: (f(d), None), lambda _, ct: ((ct, ct),))
    with pytest.raises(PolyadTypeError, match=r"cotangent of structure .*'a'.*or None for zeros"):
        grad(f)({"a": 1.0, "b": 2.0})
    f.defvjp(lambda d: (f(d), None), lambda _, ct: (ct,))
    with pytest.raises(PolyadTypeError, match="cotangent of structure"):
        grad(f)({"a": 1.0, "b": 2.0})


def test_symbolic_zeros_of_tangents():
    seen: list[Any] = []
    f = polyad.custom_jvp(lambda x, y: (x * y, y))

    @functools.partial(f.defjvp, symbolic_zeros=True)
    def rule(primals: Any, tangents: Any) -> Any:
        (x, y), (t, s) = primals, tangents
        seen.append((type(t) is SymbolicZero, type(s) is SymbolicZero))
        moved = y * t if isinstance(s, SymbolicZero) else y * t + x * s
        return f(x, y), (moved, s)

    first = lambda x: f(x, 3.0)[0]
    for run in (grad(first), jit(grad(first)), lambda x: vmap(grad(first))(np.full(2, x))):
        assert np.all(run(2.0) == 3.0)
    assert seen and all(flags == (False, True) for flags in seen)
    seen.clear()
    assert grad(lambda x: f(x, x)[0])(2.0) == 4.0
    assert seen[0] == (False, False)
    assert jvp(lambda x: f(x, 3.0), (2.0,), (1.0,)) == ((6.0, 3.0), (3.0, 0.0))


def test_symbolic_zeros_of_cotangents():
    seen: list[Any] = []
    f = polyad.custom_vjp(lambda x, y: (x * y, x + y))

    def forward(x: Any, y: Any) -> Any:
        assert isinstance(x, CustomVJPPrimal)
        seen.append((x.perturbed, y.perturbed))
        return f(x.value, y.value), (x.value, y.value)

    def backward(res: Any, cts: Any) -> Any:
        zero = [isinstance(ct, SymbolicZero) for ct in cts]
        seen.append(zero)
        first, second = (0.0 if z else ct for z, ct in zip(zero, cts, strict=True))
        return 10 * res[1] * first + second, zero_from_primal(res[1], symbolic_zeros=True)

    f.defvjp(forward, backward, symbolic_zeros=True)
    for i, expected in ((0, 30.0), (1, 1.0)):
        of = lambda x, i=i: f(x, 3.0)[i]
        for run in (grad(of), jit(grad(of))):
            seen.clear()
            assert run(2.0) == expected
            assert seen == [(True, False), [i != 0, i != 1]]
        np.testing.assert_array_equal(vmap(grad(of))(X), np.full(3, expected))
    assert f(2.0, 3.0) == (6.0, 5.0)


def test_symbolic_zeros_have_types_and_options_are_checked():
    zero = SymbolicZero(polyad.ShapeDtypeStruct((2, 3), "float32"))
    assert (zero.shape, zero.ndim, zero.size, zero.dtype) == ((2, 3), 2, 6, np.float32)
    assert repr(zero) == "SymbolicZero(f32[2,3])"
    assert zero_from_primal(np.ones(2)).tolist() == [0.0, 0.0]
    f = polyad.custom_vjp(lambda x: x)
    with pytest.raises(PolyadTypeError, match="defvjp: symbolic_zeros is True or False, not 1"):
        f.defvjp(lambda x: (x, None), lambda r, ct: (ct,), symbolic_zeros=1)
    with pytest.raises(PolyadTypeError, match="optimize_remat is True or False, not 'no'"):
        f.defvjp(lambda x: (x, None), lambda r, ct: (ct,), optimize_remat="no")
    g = polyad.custom_jvp(lambda x: x)
    g.defjvp(
        lambda p, t: (p[0], SymbolicZero(polyad.ShapeDtypeStruct((2,), "float64"))),
        symbolic_zeros=True,
    )
    with pytest.raises(PolyadTypeError, match=r"a tangent of type f64\[2\], and the output is f64"):
        grad(g)(1.0)


# -- Batching --------------------------------------------------------------------------------------


@custom_vmap
def product(x, y):
    return pnp.sin(x) * y


@product.def_vmap
def product_vmap(size, batched, x, y):
    """Ten times the value, to see that the rule is used."""
    assert size == 3
    assert batched == [True, False]
    return 10 * pnp.sin(x) * y, True


def test_a_rule_for_batches():
    over = vmap(product, (0, None))
    assert product(1.0, 3.0) == 3 * np.sin(1.0)
    for run in (over, jit(over)):
        np.testing.assert_allclose(run(X, 3.0), 30 * np.sin(X), rtol=1e-14)
    sums = lambda x: over(x, 3.0).sum()
    for derivative in (grad(sums), jit(grad(sums)), grad(jit(sums))):
        np.testing.assert_allclose(derivative(X), 30 * np.cos(X), rtol=1e-14)
    pushed = jvp(lambda x: over(x, 3.0), (X,), (X,))[1]
    np.testing.assert_allclose(pushed, 30 * np.cos(X) * X, rtol=1e-14)
    np.testing.assert_allclose(hessian(sums)(X), np.diag(-30 * np.sin(X)), rtol=1e-13)


def test_forward_mode_inside_a_batch_differentiates_the_rule_and_reverse_mode_the_function():
    inside = vmap(lambda x: jvp(lambda x: product(x, 3.0), (x,), (2.0,))[1])
    np.testing.assert_allclose(inside(X), 60 * np.cos(X), rtol=1e-14)
    np.testing.assert_allclose(vmap(grad(product), (0, None))(X, 3.0), 3 * np.cos(X), rtol=1e-14)


def test_a_batch_of_tangents_alone_asks_for_one_call():
    f = custom_vmap(pnp.sin)

    @f.def_vmap
    def rule(size: int, batched: Any, x: Any) -> Any:
        assert batched == [False]
        return pnp.cos(x), False

    pushed = vmap(lambda t: jvp(f, (0.3,), (t,)), out_axes=(None, 0))(X)
    np.testing.assert_allclose(pushed[0], np.cos(0.3))
    np.testing.assert_allclose(pushed[1], -np.sin(0.3) * X)


def test_rules_of_two_kinds_on_one_function():
    f = custom_vmap(polyad.custom_vjp(lambda x: x * x))
    f.defvjp(lambda x: (x * x, x), lambda x, ct: (7 * x * ct,))
    f.def_vmap(lambda size, batched, x: (10 * x * x, True))
    assert grad(f)(2.0) == 14.0
    np.testing.assert_array_equal(vmap(f)(X), 10 * X * X)
    with pytest.raises(AttributeError, match="'custom_vjp' object has no attribute 'def_vmap'"):
        polyad.custom_vjp(lambda x: x).def_vmap(None)


def test_integers_have_no_derivative():
    nothing = np.zeros((), dtype=[("float0", np.void, 0)])
    assert jvp(lambda x, n: x * n, (2.0, 3), (1.0, nothing)) == (6.0, 3.0)
    found = polyad.jacrev(lambda x, n: x * n, (0, 1), allow_int=True)(2.0, 3)
    assert found == (3.0, 0.0)
    f = polyad.custom_vjp(lambda x, n: x * n)
    f.defvjp(lambda x, n: (x * n, n), lambda n, ct: (n * ct, nothing))
    assert grad(f)(2.0, 3) == 3.0


def test_results_of_a_rule_that_carry_no_batch():
    f = custom_vmap(lambda x, y: (x * y, y))
    f.def_vmap(lambda size, batched, x, y: ((x * y, y), (any(batched), batched[1])))
    out, same = vmap(f, (0, None), (0, None))(X, 2.0)
    assert out.tolist() == (2 * X).tolist() and same == 2.0
    tangents = vmap(lambda t: jvp(f, (1.0, 2.0), (t, 0.0))[1])(X)
    np.testing.assert_allclose(tangents[0], 2 * X)


def test_a_batch_in_sequence():
    f = sequential_vmap(lambda x, y: {"out": x * x * y})
    over = vmap(f, (0, None))
    np.testing.assert_array_equal(over(X, 2.0)["out"], 2 * X * X)
    np.testing.assert_allclose(grad(lambda x: over(x, 2.0)["out"].sum())(X), 4 * X)
    np.testing.assert_array_equal(vmap(f)(X, X)["out"], X * X * X)


def test_bad_rules_for_batches():
    f = custom_vmap(lambda x: x)
    with pytest.raises(PolyadTypeError, match=r"has no batching rule.*def_vmap"):
        vmap(f)(X)
    f.def_vmap(lambda size, batched, x: x)
    with pytest.raises(PolyadTypeError, match="returns a pair"):
        vmap(f)(X)
    f.def_vmap(lambda size, batched, x: (x, (True, True)))
    with pytest.raises(PolyadTypeError, match="must give out_batched the structure"):
        vmap(f)(X)
    f.def_vmap(lambda size, batched, x: (x, 1))
    with pytest.raises(PolyadTypeError, match="out_batched as True and False"):
        vmap(f)(X)
    f.def_vmap(lambda size, batched, x: (x.sum(), True))
    with pytest.raises(PolyadTypeError, match=r"gives f64\[\] as output 0"):
        vmap(f)(X)

    def closing(k: Any) -> Any:
        g = custom_vmap(lambda x: k * x)
        g.def_vmap(lambda size, batched, x: (k * x, True))
        return g(k)

    with pytest.raises(PolyadTypeError, match="closes over an array that differs along the batch"):
        vmap(closing)(X)


# -- Linear maps as trees --------------------------------------------------------------------------


def test_pullbacks_and_pushforwards_are_trees_of_their_residuals():
    back = jit(lambda x: vjp(pnp.sin, x)[1])(0.5)
    np.testing.assert_allclose(jit(lambda b: b(2.0)[0])(back), 2 * np.cos(0.5), rtol=1e-14)
    push = jit(lambda x: polyad.linearize(pnp.sin, x)[1])(0.5)
    np.testing.assert_allclose(jit(lambda p: p(2.0))(push), 2 * np.cos(0.5), rtol=1e-14)
    many = vmap(lambda x: vjp(pnp.sin, x)[1])(X)
    np.testing.assert_allclose(vmap(lambda b: b(1.0)[0])(many), np.cos(X), rtol=1e-14)
    scaled = polyad.tree.map(lambda r: 3 * r, vjp(pnp.sin, 0.5)[1])
    np.testing.assert_allclose(scaled(1.0)[0], 3 * np.cos(0.5), rtol=1e-14)
    carried = polyad.lax.scan(lambda b, x: (b, b(x)[0]), back, X)[1]
    np.testing.assert_allclose(carried, X * np.cos(0.5), rtol=1e-14)
    with pytest.raises(PolyadTypeError, match="the cotangent must have the structure of the func"):
        back((1.0, 2.0))
