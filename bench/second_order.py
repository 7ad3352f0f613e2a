"""Rosenbrock's function of 100 variables: its gradient and its Hessian, where calls cost most."""

from __future__ import annotations

from typing import Any

import numpy as np

from .c_peer import c_function
from .peers import Library
from .rows import Row, Thunk, size


def point() -> np.ndarray:
    return np.linspace(-1.0, 1.0, size(100))


def rosenbrock(xp: Any) -> Any:
    def function(x: Any) -> Any:
        return xp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)

    return function


def gradient(lib: Library) -> Thunk:
    run, x = lib.jit(lib.grad(rosenbrock(lib.numpy))), lib.asarray(point())
    return lambda: lib.wait(run(x))


def hessian(lib: Library) -> Thunk:
    run, x = lib.jit(lib.hessian(rosenbrock(lib.numpy))), lib.asarray(point())
    return lambda: lib.wait(run(x))


def in_c(name: str) -> Thunk:
    x = point()
    shape = x.shape if name == "gradient" else x.shape * 2
    return c_function("rosenbrock", name, (x, x.size), (np.zeros(shape),))


def gradient_numba() -> Thunk:
    import numba

    @numba.njit
    def run(x: Any) -> Any:
        g = np.zeros_like(x)
        for i in range(x.size - 1):
            off = x[i + 1] - x[i] ** 2
            g[i] += -400 * off * x[i] - 2 * (1 - x[i])
            g[i + 1] += 200 * off
        return g

    x = point()
    return lambda: run(x)


ORDER = 6


def curve(t: Any) -> Any:
    """Elementary functions of a line, as a function of the place on it."""
    import polyad.numpy as pnp

    x, v = np.random.default_rng(0).normal(size=(2, size(1000)))
    x = x + t * v
    return pnp.sin(pnp.exp(pnp.tanh(x * pnp.cos(x)))) / (1 + x * x)


def taylor(lib: Library) -> Thunk:
    """The derivatives of order 1 to 6 by Taylor mode, of polyad alone."""
    from polyad.experimental.jet import jet

    return lambda: np.asarray(jet(curve, (0.0,), ((1.0, *[0] * (ORDER - 1)),))[1][-1])


def nested() -> Thunk:
    """The derivative of order 6 by nested forward mode."""
    import polyad

    f = curve
    for _ in range(ORDER):
        f = (lambda f: lambda t: polyad.jvp(f, (t,), (1.0,))[1])(f)
    return lambda: np.asarray(f(0.0))


ROWS = (
    Row(
        "rosenbrock-grad",
        "jit(grad(rosenbrock)), 100 variables",
        gradient,
        {"jax": 1 / 15},
        ("C", "numba by hand", "torch.compile", "torch", "autograd", "jax un-jitted"),
        others={"C": lambda: in_c("gradient"), "numba by hand": gradient_numba},
    ),
    Row(
        "rosenbrock-hessian",
        "jit(hessian(rosenbrock)), 100 variables",
        hessian,
        {"jax": 1 / 3},
        ("C", "torch"),
        others={"C": lambda: in_c("hessian")},
    ),
    Row(
        "taylor-6",
        "jet of order 6 of elementary functions, un-jitted",
        taylor,
        {"polyad nested": 1 / 10},
        others={"polyad nested": nested},
    ),
)
