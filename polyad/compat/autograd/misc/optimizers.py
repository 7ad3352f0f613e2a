"""`autograd.misc.optimizers`: gradient descent as one call. `grad(x, i)` is the gradient in step i,
of a tree of arrays; `callback(x, i, g)` is called before each step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .... import numpy as pnp
from ....flatten_util import ravel_pytree

Step = Callable[[Any, Any, int], Any]


def _descend(
    grad: Callable[[Any, int], Any], x0: Any, callback: Any, num_iters: int, step: Step
) -> Any:
    """The tree after `num_iters` steps on its vector."""
    x, unflatten = ravel_pytree(x0)
    for i in range(num_iters):
        gradient = grad(unflatten(x), i)
        if callback:
            callback(unflatten(x), i, gradient)
        x = step(x, ravel_pytree(gradient)[0], i)
    return unflatten(x)


def sgd(
    grad: Callable[[Any, int], Any],
    x0: Any,
    callback: Any = None,
    num_iters: int = 200,
    step_size: float = 0.1,
    mass: float = 0.9,
) -> Any:
    """Gradient descent with momentum (Polyak 1964)."""
    velocity: Any = 0.0

    def step(x: Any, g: Any, i: int) -> Any:
        nonlocal velocity
        velocity = mass * velocity - (1.0 - mass) * g
        return x + step_size * velocity

    return _descend(grad, x0, callback, num_iters, step)


def rmsprop(
    grad: Callable[[Any, int], Any],
    x0: Any,
    callback: Any = None,
    num_iters: int = 100,
    step_size: float = 0.1,
    gamma: float = 0.9,
    eps: float = 10**-8,
) -> Any:
    """Steps over root mean squares of past gradients (Tieleman and Hinton 2012)."""
    squares: Any = 1.0

    def step(x: Any, g: Any, i: int) -> Any:
        nonlocal squares
        squares = squares * gamma + g**2 * (1 - gamma)
        return x - step_size * g / (pnp.sqrt(squares) + eps)

    return _descend(grad, x0, callback, num_iters, step)


def adam(
    grad: Callable[[Any, int], Any],
    x0: Any,
    callback: Any = None,
    num_iters: int = 100,
    step_size: float = 0.001,
    b1: float = 0.9,
    b2: float = 0.999,
    eps: float = 10**-8,
) -> Any:
    """Adam (Kingma and Ba 2015).

    >>> adam(lambda x, i: 2 * x, 1.0, num_iters=3, step_size=0.1).round(3)
    np.float64(0.702)
    """
    first: Any = 0.0
    second: Any = 0.0

    def step(x: Any, g: Any, i: int) -> Any:
        nonlocal first, second
        first = (1 - b1) * g + b1 * first
        second = (1 - b2) * g**2 + b2 * second
        mean, square = first / (1 - b1 ** (i + 1)), second / (1 - b2 ** (i + 1))
        return x - step_size * mean / (pnp.sqrt(square) + eps)

    return _descend(grad, x0, callback, num_iters, step)
