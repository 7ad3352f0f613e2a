"""Gradients of a logistic regression whose parts are compiled.

    python examples/logistic_regression.py [numpy | torch | native]

Follows the lesson "Automatic differentiation", with `jit` on the model, the loss and all.
"""

from __future__ import annotations

from typing import Any

import tutorial
from tutorial import Mode

import polyad.numpy as pnp
from polyad import grad, random, value_and_grad

# The lesson prints what JAX's single precision and its present counter layout of random bits give.
SETTINGS = {"default_float": "float32", "threefry_partitionable": True}


def taking_gradients(mode: Mode) -> dict[str, Any]:
    """1. The derivative of a function of one number, and higher ones."""
    compiled = mode.compiled
    results = {
        "tanh'(2)": compiled(grad(pnp.tanh))(2.0),
        "tanh''(2)": compiled(grad(grad(pnp.tanh)))(2.0),
        "tanh'''(2)": compiled(grad(grad(grad(pnp.tanh))))(2.0),
    }
    derivative = lambda x: x**3 + 2 * x**2 - 3 * x + 1
    for order in range(1, 5):
        derivative = grad(derivative)
        results[f"derivative {order} of f at 1"] = compiled(derivative)(1.0)
    return results


def sigmoid(x):
    """Any real number to a probability; above one half, the answer is "true"."""
    return 0.5 * (pnp.tanh(x / 2) + 1)


class Model:
    """The lesson's functions and data. `jit` stands on each, and grad goes through it."""

    def __init__(self, mode: Mode) -> None:
        inputs = pnp.array(
            [[0.52, 1.12, 0.77], [0.88, -1.08, 0.15], [0.52, 0.06, -1.30], [0.74, -2.49, 1.39]]
        )
        targets = pnp.array([True, True, False, True])

        @mode.jit
        def predict(W, b, inputs):
            return sigmoid(pnp.dot(inputs, W) + b)

        @mode.jit
        def loss(W, b):
            """Cross-entropy: the sum of -log of the probability given to the right label."""
            predictions = predict(W, b, inputs)
            label_probs = predictions * targets + (1 - predictions) * pnp.logical_not(targets)
            return pnp.sum(-pnp.log(label_probs))

        @mode.jit
        def loss2(params):
            return loss(params["W"], params["b"])

        self.loss, self.loss2 = loss, loss2
        # The lesson draws both from what is left of the key after the split, not from the subkeys.
        key, _, _ = random.split(random.key(1701), 3)
        self.W, self.b = random.normal(key, (3,)), random.normal(key, ())


def logistic_regression(mode: Mode) -> dict[str, Any]:
    """2. argnums as a tuple: the result is a tuple too, even of one."""
    model = Model(mode)
    W, b, compiled = model.W, model.b, mode.compiled
    W_grad, b_grad = compiled(grad(model.loss, argnums=(0, 1)))(W, b)
    return {
        "W": W,
        "b": b,
        "grad(loss, argnums=(0,))": compiled(grad(model.loss, argnums=(0,)))(W, b),
        "grad(loss, argnums=(1,))": compiled(grad(model.loss, argnums=(1,)))(W, b),
        "grad(loss, argnums=(0, 1)), W": W_grad,
        "grad(loss, argnums=(0, 1)), b": b_grad,
    }


def containers(mode: Mode) -> dict[str, Any]:
    """3. A dict of parameters has a dict of gradients."""
    model = Model(mode)
    return {"grad(loss2)": mode.compiled(grad(model.loss2))({"W": model.W, "b": model.b})}


def value_with_gradient(mode: Mode) -> dict[str, Any]:
    """4. Value and gradient in one pass, and the value alone."""
    model = Model(mode)
    value, Wb_grad = mode.compiled(value_and_grad(model.loss, argnums=(0, 1)))(model.W, model.b)
    return {
        "value_and_grad(loss), value": value,
        "value_and_grad(loss), gradient": Wb_grad,
        "loss": model.loss(model.W, model.b),
    }


SECTIONS = (taking_gradients, logistic_regression, containers, value_with_gradient)

if __name__ == "__main__":
    tutorial.main("Logistic regression", SECTIONS, **SETTINGS)
