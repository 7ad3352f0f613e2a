"""Logistic regression: the loss of the tutorials on 10,000 x 100 numbers, and its gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from .c_peer import c_function
from .peers import Library
from .rows import Row, Thunk, size


def logistic_data() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Weights, bias, inputs, targets."""
    rng = np.random.default_rng(0)
    rows, columns = size(10_000), size(100)
    inputs = rng.normal(size=(rows, columns))
    truth = rng.normal(size=columns)
    targets = inputs @ truth + rng.normal(size=rows) > 0
    return 0.1 * rng.normal(size=columns), np.asarray(0.1), inputs, targets.astype(float)


def logistic(lib: Library) -> Thunk:
    xp = lib.numpy

    def loss(weights: Any, bias: Any, inputs: Any, targets: Any) -> Any:
        predictions = 0.5 * (xp.tanh((inputs @ weights + bias) / 2) + 1)
        label_probs = predictions * targets + (1 - predictions) * (1 - targets)
        return -xp.sum(xp.log(label_probs))

    step = lib.jit(lib.value_and_grad(loss, (0, 1)))
    arguments = [lib.asarray(a) for a in logistic_data()]
    return lambda: lib.wait(step(*arguments))


def logistic_in_c() -> Thunk:
    made = logistic_data()
    results = np.zeros(()), np.zeros_like(made[0]), np.zeros(())
    thunk = c_function("linear", "logistic", (*made, *made[2].shape), results)
    return lambda: (thunk()[0], results[1:])


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


ROWS = (
    Row(
        "logistic",
        "jit(value_and_grad(logistic loss)), 10,000 x 100 float64",
        logistic,
        {"jax": 1 / 1.3},
        ("C", "torch.compile", "torch", "jax un-jitted", "autograd", "numba by hand"),
        others={"C": logistic_in_c, "numba by hand": logistic_numba},
        memory=True,
    ),
)
