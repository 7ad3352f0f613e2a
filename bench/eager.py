"""Rows of derivatives without `jit`: what tracing and transforming cost in every call."""

from __future__ import annotations

from .peers import Library
from .rows import Row, Thunk
from .second_order import point, rosenbrock


def tanh(lib: Library) -> Thunk:
    derivative = lib.grad(lib.numpy.tanh)
    return lambda: derivative(2.0)


def gradient(lib: Library) -> Thunk:
    run, x = lib.grad(rosenbrock(lib.numpy)), lib.asarray(point())
    return lambda: lib.wait(run(x))


ROWS = (
    Row(
        "eager-tanh",
        "grad(tanh)(2.0), eager",
        tanh,
        {"autograd": 1.5},
        ("jax un-jitted",),
    ),
    Row(
        "eager-rosenbrock",
        "grad(rosenbrock), 100 floats, eager",
        gradient,
        {"autograd": 1.5},
        ("torch", "jax un-jitted"),
    ),
)
