"""Rows of reductions along the rows of a matrix, and their derivatives."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from .c_peer import c_function
from .peers import Library
from .rows import Row, Thunk, size


def matrix() -> np.ndarray:
    shape = size(4096), size(1000)
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def logsumexp(xp: Any, x: Any) -> Any:
    top = xp.max(x, axis=1, keepdims=True)
    return top[:, 0] + xp.log(xp.sum(xp.exp(x - top), axis=1))


def variance(xp: Any, x: Any) -> Any:
    apart = x - xp.mean(x, axis=1, keepdims=True)
    return xp.mean(apart * apart, axis=1)


def along_rows(lib: Library, of: Callable[[Any, Any], Any], gradient: bool) -> Thunk:
    """A reduction of each row, or the gradient of the sum of them."""
    xp, x = lib.numpy, lib.asarray(matrix())
    if gradient:
        run = lib.jit(lib.value_and_grad(lambda x: xp.sum(of(xp, x))))
    else:
        run = lib.jit(lambda x: of(xp, x))
    return lambda: lib.wait(run(x))


def in_c(name: str) -> Thunk:
    x = matrix()
    return c_function("reductions", name, (x, *x.shape), (np.zeros((), x.dtype), np.zeros_like(x)))


# The cross-entropy of a softmax, with integer labels


def labels() -> np.ndarray:
    return np.random.default_rng(1).integers(0, size(1000), size(4096))


def cross_entropy(lib: Library, gradient: bool) -> Thunk:
    xp = lib.numpy

    def loss(x: Any, wanted: Any) -> Any:
        return xp.mean(logsumexp(xp, x) - xp.take_along_axis(x, wanted[:, None], axis=1)[:, 0], 0)

    run = lib.jit(lib.value_and_grad(loss) if gradient else loss)
    x, wanted = lib.asarray(matrix()), lib.asarray(labels())
    return lambda: lib.wait(run(x, wanted))


def cross_entropy_in_c() -> Thunk:
    x = matrix()
    results = np.zeros((), x.dtype), np.zeros_like(x)
    return c_function("reductions", "cross_entropy", (x, labels(), *x.shape), results)


# Layer normalisation


def layer_norm(xp: Any, x: Any, scale: Any, shift: Any) -> Any:
    apart = x - xp.mean(x, axis=-1, keepdims=True)
    spread = xp.mean(apart * apart, axis=-1, keepdims=True)
    return apart / xp.sqrt(spread + 1e-5) * scale + shift


def normalised() -> tuple[np.ndarray, ...]:
    """A cotangent, and the arguments."""
    x, rng = matrix(), np.random.default_rng(2)
    made = rng.normal(size=x.shape), x, rng.normal(size=x.shape[1]), rng.normal(size=x.shape[1])
    return tuple(a.astype(x.dtype) for a in made)


def normalise(lib: Library, gradient: bool) -> Thunk:
    function = partial(layer_norm, lib.numpy)
    arguments = [lib.asarray(a) for a in normalised()]
    if gradient:
        run = lib.jit(lib.value_and_vjp(function))
        return lambda: lib.wait(run(*arguments))
    forward = lib.jit(function)
    return lambda: lib.wait(forward(*arguments[1:]))


def normalise_in_c() -> Thunk:
    made = normalised()
    results = [np.zeros_like(a) for a in (made[1], *made[1:])]
    thunk = c_function("reductions", "layer_norm", (*made, *made[1].shape), results)
    return lambda: (thunk()[0], thunk.arrays[-3:])


def both(name: str, what: str, build: Any, by_hand: Callable[[], Thunk]) -> list[Row]:
    """A row of the values, and one of values and derivatives."""
    shared: Any = {"float64": False, "rtol": 1e-3, "memory": True}
    forward, backward = partial(build, gradient=False), partial(build, gradient=True)
    beside = ("torch.compile", "torch")
    return [
        Row(name, f"jit({what}), 4,096 x 1,000 float32", forward, {"jax": 1.0}, **shared),
        Row(
            f"{name}-grad",
            f"its value and derivatives: {what}",
            backward,
            {"jax": 1.0},
            ("C", *beside),
            others={"C": by_hand},
            **shared,
        ),
    ]


ROWS = [
    *both("softmax-ce", "softmax cross-entropy", cross_entropy, cross_entropy_in_c),
    *both("layer-norm", "layer norm", normalise, normalise_in_c),
    *both("logsumexp", "logsumexp", partial(along_rows, of=logsumexp), partial(in_c, "logsumexp")),
    *both("variance", "variance", partial(along_rows, of=variance), partial(in_c, "variance")),
]
