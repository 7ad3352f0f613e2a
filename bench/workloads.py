"""The rows of the table: what is timed, against whom, and the ratio that is wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import calls, elementwise, first_calls, loop_costs, loops
from .peers import LIBRARIES, Library
from .rows import Row, Thunk

# Eager derivatives


def tanh(lib: Library) -> Thunk:
    derivative = lib.grad(lib.numpy.tanh)
    return lambda: derivative(2.0)


def rosenbrock(lib: Library) -> Thunk:
    def function(x: Any) -> Any:
        return lib.numpy.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)

    gradient = lib.grad(function)
    x = lib.asarray(np.linspace(-1.0, 1.0, 100))
    return lambda: lib.wait(gradient(x))


# Logistic regression: the loss of the tutorials on 10,000 x 100 numbers


def logistic_data() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(10_000, 100))
    truth = rng.normal(size=100)
    targets = inputs @ truth + rng.normal(size=10_000) > 0
    return 0.1 * rng.normal(size=100), np.asarray(0.1), inputs, targets


def logistic(lib: Library) -> Thunk:
    xp = lib.numpy

    def loss(weights: Any, bias: Any, inputs: Any, targets: Any) -> Any:
        predictions = 0.5 * (xp.tanh((xp.dot(inputs, weights) + bias) / 2) + 1)
        label_probs = predictions * targets + (1 - predictions) * (1 - targets)
        return -xp.sum(xp.log(label_probs))

    weights, bias, inputs, targets = logistic_data()
    step = lib.jit(lib.value_and_grad(loss, (0, 1)))
    arguments = [lib.asarray(a) for a in (weights, bias, inputs, targets.astype(float))]
    return lambda: lib.wait(step(*arguments))


def logistic_torch() -> Thunk:
    import torch

    weights, bias, inputs, targets = (torch.asarray(a) for a in logistic_data())
    targets = targets.to(torch.float64)
    weights.requires_grad_()
    bias.requires_grad_()

    def step() -> Any:
        predictions = 0.5 * (torch.tanh((inputs @ weights + bias) / 2) + 1)
        label_probs = predictions * targets + (1 - predictions) * (1 - targets)
        loss = -torch.sum(torch.log(label_probs))
        return loss.detach(), torch.autograd.grad(loss, (weights, bias))

    return step


def logistic_numba() -> Thunk:
    """The gradient derived by hand: what a compiler without derivatives would be given."""
    import numba

    @numba.njit
    def step(weights: Any, bias: Any, inputs: Any, targets: Any) -> Any:
        tanh = np.tanh((np.dot(inputs, weights) + bias) / 2)
        loss, residual = 0.0, np.empty_like(tanh)
        for i in range(tanh.size):
            prediction = 0.5 * (tanh[i] + 1)
            loss -= np.log(prediction if targets[i] else 1 - prediction)
            residual[i] = prediction - targets[i]
        return loss, (np.dot(residual, inputs), residual.sum())

    weights, bias, inputs, targets = logistic_data()
    return lambda: step(weights, float(bias), inputs, targets)


# The price of one call


def two_small_arrays(lib: Library) -> Thunk:
    """NumPy arrays go in, whatever the library: the price of taking them counts."""
    function = lib.jit(lambda x, y: x * y + x)
    x, y = np.arange(5.0), np.ones(5)
    return lambda: lib.wait(function(x, y))


def two_small_arrays_numba() -> Thunk:
    import numba

    function = numba.njit(lambda x, y: x * y + x)
    x, y = np.arange(5.0), np.ones(5)
    return lambda: function(x, y)


# Matrix-Jacobian products: 128 cotangents at once, and one after the other


def pullback(lib: Library) -> tuple[Callable[..., Any], Any]:
    xp = lib.numpy
    inputs = lib.asarray(
        np.array(
            [[0.52, 1.12, 0.77], [0.88, -1.08, 0.15], [0.52, 0.06, -1.30], [0.74, -2.49, 1.39]]
        )
    )

    def predict(weights: Any) -> Any:
        return 0.5 * (xp.tanh((xp.dot(inputs, weights) + 0.5) / 2) + 1)

    cotangents = lib.asarray(np.random.default_rng(0).normal(size=(128, 4)))
    assert lib.vjp is not None
    return lib.vjp(predict, lib.asarray(np.array([0.1, -0.2, 0.3])))[1], cotangents


def vmapped_product(lib: Library) -> Thunk:
    pull, cotangents = pullback(lib)
    assert lib.vmap is not None
    return lambda: lib.wait(lib.vmap(pull)(cotangents)[0])


def looped_product(lib: Library) -> Thunk:
    pull, cotangents = pullback(lib)
    return lambda: lib.wait(lib.numpy.vstack([pull(row)[0] for row in cotangents]))


# Random numbers


def normals(lib: Library) -> Thunk:
    draw = lib.jit(lambda key: lib.random.normal(key, (1_000_000,)))
    key = lib.random.PRNGKey(0)
    return lambda: lib.wait(draw(key))


ROWS = (
    Row(
        "eager-tanh",
        "grad(tanh)(2.0), eager",
        tanh,
        ("autograd", "jax un-jitted"),
        target=1.5,
    ),
    Row(
        "eager-rosenbrock",
        "grad(rosenbrock), 100 floats, eager",
        rosenbrock,
        ("autograd", "jax un-jitted"),
        target=1.5,
    ),
    Row(
        "logistic",
        "jit(value_and_grad(logistic loss)), 10,000 x 100 float64",
        logistic,
        ("jax", "jax un-jitted", "autograd", "torch", "numba by hand"),
        target=1.0,
        others={"torch": logistic_torch, "numba by hand": logistic_numba},
    ),
    Row(
        "small-call",
        "jitted x * y + x, two NumPy arrays of 5",
        two_small_arrays,
        ("jax", "numba"),
        target=1 / 3,
        others={"numba": two_small_arrays_numba},
    ),
    Row(
        "vmapped-vjp",
        "128 pullbacks, vmapped against looped",
        vmapped_product,
        ("polyad looped", "jax un-jitted"),
        target=0.1,
        others={"polyad looped": lambda: looped_product(LIBRARIES["polyad"]())},
    ),
    Row(
        "normals",
        "jitted threefry: 1,000,000 normals, float32",
        normals,
        ("jax",),
        target=1.0,
        float64=False,
        rtol=1e-4,
    ),
    Row(
        "first-logistic",
        "first call of jit(value_and_grad(logistic loss))",
        logistic,
        ("jax",),
        target=1.0,
        first_call=True,
    ),
    *first_calls.ROWS,
    *calls.ROWS,
    *loops.ROWS,
    *loop_costs.ROWS,
    *elementwise.ROWS,
)
