"""Forms in which transformations are written, and the types that a checker is to see.

mypy reads this file under `make lint`, pyright in `test_forms.py`, which runs it too.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray

import polyad
from polyad.api.jitted import JitFunction
from polyad.ir import Function
from polyad.profiler import Profile

Array = NDArray[np.float64]
X: Array = np.ones(3)


def scaled(x: Array, factor: float = 2.0) -> Array:
    return x * factor


def total(x: Array) -> np.float64:
    found: np.float64 = np.sum(x)
    return found


def loss(w: Array, x: Array, *, power: int = 2) -> np.float64:
    return total((w * x) ** power)


def in_tree(parameters: dict[str, Array], bias: float) -> np.float64:
    return total(parameters["w"] + bias)


class Scale:
    def __init__(self, factor: float) -> None:
        self.factor = factor

    def of(self, x: Array) -> np.float64:
        return total(x * self.factor)


def with_aux(w: Array) -> tuple[np.float64, Array]:
    return total(w), w


# 1-6: jit, as a call, a decorator, with options, through partial, of a method
jitted = polyad.jit(scaled)
assert_type(jitted(X), Array)
assert_type(jitted(X, factor=3.0), Array)
assert_type(jitted.lower(X).explain(), str)
assert_type(jitted.func, Callable[..., Any])


@polyad.jit
def decorated(x: Array, n: int = 1) -> Array:
    return x * n


assert_type(decorated(X, n=2), Array)


@polyad.jit(static_argnames="n")
def with_options(x: Array, n: int = 1) -> Array:
    return x * n


assert_type(with_options(X, n=3), Array)
assert_type(polyad.jit(static_argnames="factor")(scaled)(X, factor=1.0), Array)


@functools.partial(polyad.jit, static_argnames="n")
def through_partial(x: Array, n: int = 1) -> Array:
    return x * n


assert_type(through_partial.lower(X, n=3).explain(), str)


class Model:
    def __init__(self, scale: float) -> None:
        self.scale = scale

    @polyad.jit
    def double(self, x: Array) -> Array:
        return x * 2


polyad.tree.register_node(Model, lambda m: ((m.scale,), None), lambda _, c: Model(*c))
assert_type(Model(1.0).double(X), Array)

# 7-10: gradients keep parameters, and have the type of the one that they are taken by
gradient = polyad.grad(loss)
assert_type(gradient(X, X, power=3), Array)
assert_type(polyad.grad(in_tree)({"w": X}, 2.0), dict[str, Array])
assert_type(polyad.grad(in_tree, argnums=1)({"w": X}, 2.0), float)
assert_type(polyad.grad(in_tree, (0, 1))({"w": X}, 2.0), tuple[dict[str, Array], float])
assert_type(polyad.grad(in_tree, [0, 1])({"w": X}, 2.0), Any)
assert_type(polyad.grad(with_aux, has_aux=True)(X), tuple[Array, Array])
assert_type(polyad.value_and_grad(loss)(X, X), tuple[np.float64, Array])
assert_type(
    polyad.value_and_grad(with_aux, has_aux=True)(X), tuple[tuple[np.float64, Array], Array]
)
assert_type(polyad.grad(Scale(2.0).of)(X), Array)

# 11-12: compositions, and lambdas in them
assert_type(polyad.jit(polyad.value_and_grad(loss))(X, X, power=3), tuple[np.float64, Array])
assert_type(polyad.grad(polyad.jit(loss))(X, X, power=3), Array)
assert_type(polyad.vmap(polyad.grad(loss), in_axes=(0, None))(X[None], X), Array)
assert_type(polyad.vmap(scaled)(np.ones((2, 3))), Array)
polyad.grad(polyad.grad(lambda x: x**3))(2.0)
polyad.jit(polyad.grad(lambda w, x: (w * x).sum(), argnums=(0, 1)))(X, X)
polyad.grad(polyad.checkpoint(lambda x, *, power=3: x**power))(2.0, power=2)

# 13: checkpoint
assert_type(polyad.checkpoint(scaled)(X, 3.0), Array)

# 14-16: jvp, vjp, linearize
assert_type(polyad.jvp(scaled, (X,), (X,)), tuple[Array, Array])
value, pullback = polyad.vjp(scaled, X)
assert_type(value, Array)
assert_type(pullback(X), tuple[Array])
assert_type(polyad.vjp(scaled, X, 2.0)[1](X), tuple[Array, float])
made, push = polyad.linearize(scaled, X)
assert_type(made, Array)
assert_type(push(X), Array)
assert_type(polyad.linear_transpose(scaled, X)(X), tuple[Any, ...])

# 17: auxiliary results
assert_type(polyad.jvp(with_aux, (X,), (X,), has_aux=True), tuple[np.float64, np.float64, Array])
assert_type(polyad.vjp(with_aux, X, has_aux=True)[1](1.0), tuple[Array])
assert_type(polyad.vjp(with_aux, X, has_aux=True)[2], Array)

# 18-19: IR, profiles
assert_type(polyad.make_ir(scaled)(X), Function)
assert_type(polyad.profile(scaled, repeat=1)(X, factor=2.0), Profile)


# 20: Jacobians of arrays and of numbers, by arrays, by numbers, by trees
def height(x: float) -> float:
    return x**3


def along(x: float, y: Array) -> Array:
    return y * x


def doubled(x: Array) -> tuple[Array, Array]:
    return x * 2, x


assert_type(polyad.jacrev(scaled)(X, factor=2.0), Array)
assert_type(polyad.jacfwd(scaled)(X, factor=2.0), Array)
assert_type(polyad.jacobian(scaled)(X), Array)
assert_type(polyad.jacfwd(scaled, argnums=1)(X, 2.0), Array)
assert_type(polyad.jacrev(scaled, (0, 1))(X, 2.0), tuple[Array, Array])
assert_type(polyad.jacfwd(in_tree, (0, 1))({"w": X}, 2.0), tuple[dict[str, Array], float])
assert_type(polyad.jacrev(loss)(X, X), Array)
assert_type(polyad.jacrev(height)(2.0), float)
assert_type(polyad.jacfwd(along)(2.0, X), Array)
assert_type(polyad.jacrev(along, argnums=1)(2.0, X), Array)
assert_type(polyad.jacrev(in_tree)({"w": X}, 2.0), dict[str, Array])
assert_type(polyad.jacrev(doubled)(X), Any)
assert_type(polyad.jacrev(with_aux, has_aux=True)(X), tuple[Array, Array])
assert_type(polyad.jacfwd(doubled, has_aux=True)(X), tuple[Array, Array])
assert_type(polyad.hessian(loss)(X, X, power=3), Array)
assert_type(polyad.hessian(scaled)(X), Array)
assert_type(polyad.hessian(loss, argnums=1)(X, X), Array)
assert_type(polyad.hessian(height)(2.0), float)
assert_type(polyad.hessian(in_tree)({"w": X}, 2.0), Any)
assert_type(polyad.jit(polyad.hessian(loss))(X, X), Array)
assert_type(polyad.vmap(polyad.jacrev(scaled))(X[None]), Array)
assert_type(polyad.hvp(total, (X,), (X,)), Array)
assert_type(polyad.hvp(in_tree, ({"w": X}, 2.0), ({"w": X}, 1.0)), tuple[dict[str, Array], float])
polyad.jacfwd(polyad.jacrev(lambda x: x**3))(2.0)
polyad.hessian(lambda x, y: (x * y).sum())(X, X)


# 21: a jitted function as a parameter
def applied(f: JitFunction[[Array, float], Array]) -> Array:
    return f(X, 2.0)


assert_type(applied(polyad.jit(scaled)), Array)


# 22-24: functions with rules of their own keep parameters and results
@polyad.custom_jvp
def softplus(x: Array, sharpness: float = 1.0) -> Array:
    return x * sharpness


softplus.defjvps(lambda t, y, x, sharpness: t * sharpness, lambda t, y, x, sharpness: t * x)
assert_type(softplus(X, sharpness=2.0), Array)
assert_type(polyad.jit(softplus)(X, sharpness=2.0), Array)


def identity(x: Array, bound: float) -> Array:
    return x


clipped = polyad.custom_vjp(identity, nondiff_argnums=(1,))
clipped.defvjp(lambda x, bound: (x, None), lambda bound, kept, ct: (ct,))
assert_type(clipped(X, 1.0), Array)
