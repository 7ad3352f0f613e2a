"""Small programs, each about one thing that the compiler does: those of docs/dialects.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import polyad
import polyad.numpy as pnp
from polyad import lax

X, W = np.ones((64, 8)), np.ones((8, 8))


def _softmax(x: Any) -> Any:
    e = pnp.exp(x - pnp.max(x, axis=1, keepdims=True))
    return e / pnp.sum(e, axis=1, keepdims=True)


def _halves(x: Any) -> Any:
    return pnp.concat([pnp.sin(x), pnp.cos(x)]) * 2


def _repeated(x: Any) -> Any:
    return lax.while_loop(lambda s: pnp.sum(s) < 100, lambda s: s * 2, x)


def _recorded(x: Any) -> Any:
    return polyad.grad(lambda y: pnp.sum(_repeated(y)))(x)


def _picked(x: Any) -> Any:
    return polyad.grad(lambda y: pnp.sum(pnp.max(y, axis=1)))(x)


def _rowwise(x: Any, i: Any) -> Any:
    return polyad.grad(lambda y: pnp.sum(pnp.take_along_axis(y, i[:, None], axis=1)))(x)


def _in_loop(x: Any, w: Any) -> Any:
    return lax.scan(lambda s, row: (pnp.tanh(s + row @ w), s), w[0], x)[0]


def _both_ends(x: Any) -> Any:
    return polyad.grad(lambda y: pnp.sum(y[:3] * y[2:5]))(x)


def _sliced_apart(x: Any) -> Any:
    return polyad.grad(lambda y: pnp.sum(pnp.sin(y[:3])) + pnp.sum(pnp.cos(y[3:])))(x)


def heads(s: Any, v: Any, w: Any) -> Any:
    """The heads of an attention, put side by side."""
    return pnp.reshape(pnp.swapaxes(s @ v, 1, 2), (2, 24, 64)) @ w


def windows(x: Any, w: Any) -> Any:
    """A convolution's derivative by the signal."""
    f = lambda y: lax.conv_general_dilated(y, w, (1,), "VALID")
    return polyad.grad(lambda y: pnp.sum(f(y) ** 2))(x)


@polyad.custom_jvp
def _with_rule(x: Any) -> Any:
    return pnp.sin(x)


@_with_rule.defjvp
def _rule(primals: Any, tangents: Any) -> Any:
    return _with_rule(*primals), tangents[0] * np.array([1.0, 2.0, 3.0])


BIG, SQUARE = np.ones((300, 40)), np.ones((40, 40))
SCORES, VALUES = np.ones((2, 4, 24, 24)), np.ones((2, 4, 24, 16))
PROGRAMS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "sliced_apart": (_sliced_apart, (np.ones(6),)),
    "joined": (lambda x: pnp.concat([pnp.sin(x), pnp.cos(x)]), (np.ones(500),)),
    "rows_of_x": (_in_loop, (np.ones((300, 64)), np.ones((64, 64)))),
    "transposed": (lambda x, w: x.T @ w, (np.ones((300, 40)), np.ones((300, 40)))),
    "column": (lambda x, w: x[:, 3:23] @ w, (BIG, np.ones((20, 40)))),
    "heads": (heads, (SCORES, VALUES, np.ones((64, 20)))),
    "flipped": (lambda x, w: pnp.flip(x, axis=1) @ w, (BIG, SQUARE)),
    "far_apart": (
        lambda x, y: pnp.einsum("abc,cad->bd", x, y),
        (np.ones((10, 20, 30)), np.ones((30, 10, 20))),
    ),
    "inserted": (lambda x: pnp.at(x * 2)[3:70].set(pnp.sin(x[:67])), (np.ones(500),)),
    "in_place": (
        lambda x: lax.fori_loop(0, 5, lambda i, s: pnp.at(s)[:3].set(pnp.sin(s[3:])), x),
        (np.ones(6),),
    ),
    "into": (
        lambda x, i: lax.fori_loop(0, 5, lambda _, s: pnp.at(s)[i].add(2.0), x),
        (np.ones(90), np.zeros(9, int)),
    ),
    "windows": (windows, (np.ones((1, 1, 9)), np.ones((1, 1, 3)))),
    "spectrum": (lambda x: pnp.fft.fft(x), (np.ones(8),)),
    "by_rule": (polyad.grad(lambda x: pnp.sum(_with_rule(x))), (np.ones(3),)),
    "added": (lambda x, i, u: pnp.at(x)[i].add(u), (np.ones(90), np.zeros(9, int), np.ones(9))),
    "chain": (lambda x: pnp.sum(pnp.sin(x) * 3), (np.ones(100_000),)),
    "softmax": (_softmax, (X,)),
    "halves": (_halves, (np.ones(500),)),
    "product": (lambda x, w: pnp.tanh(x @ w).T, (np.ones((300, 40)), np.ones((40, 40)))),
    "turned": (lambda x, w: (x @ w).T @ x, (np.ones((300, 40)), np.ones((40, 40)))),
    "moved": (lambda x, w: pnp.flip(x, axis=0) @ w, (np.ones((300, 40)), np.ones((40, 40)))),
    "repeated": (_repeated, (np.ones(3),)),
    "recorded": (_recorded, (np.ones(3),)),
    "picked": (_picked, (np.ones((4, 5)),)),
    "rowwise": (_rowwise, (np.ones((4, 5)), np.array([0, 2, 1, 3]))),
    "in_loop": (_in_loop, (X, W)),
    "both_ends": (_both_ends, (np.ones(6),)),
    "sorted": (lambda x: pnp.sort(x)[pnp.argmax(x)], (np.ones(9),)),
    "looked_up": (lambda x, i: pnp.cumsum(x)[pnp.searchsorted(x, i)], (np.ones(9), np.ones(3))),
    "wasteful": (
        lambda x: lax.fori_loop(0, 5, lambda _, s: s * 1.0 + x * (0 * s), x),
        (np.ones(3),),
    ),
    "twice_reshaped": (lambda x: pnp.exp(pnp.log(x.reshape(2, 3).reshape(6))) - x, (np.ones(6),)),
    "branch": (lambda x: lax.cond(pnp.sum(x) > 0, pnp.sin, pnp.cos, x), (np.ones(3),)),
    "updated": (lambda x: pnp.at(x)[2:4].set(1.0), (np.ones(6),)),
    "shared": (lambda x: polyad.jit(pnp.sin)(x) + polyad.jit(pnp.sin)(x) + (1 + 2) * x, (1.0,)),
}
