"""Programs of every kind of unit: kernels, routines, loops, branches, stacks, calls of Python."""

from __future__ import annotations

import numpy as np

import polyad
import polyad.numpy as pnp
from polyad import lax, tree
from polyad.ir import parse
from polyad.lowering.native_code import NativeCode


def compiled(f, arguments):
    """The code of a function that nothing is remembered of, and its arguments."""
    ir = parse(str(polyad.make_ir(f)(*arguments)))
    return NativeCode(ir), [np.asarray(x) for x in tree.leaves(arguments)]


def run(f, arguments):
    code, arrays = compiled(f, arguments)
    return code(*arrays)


def layers(count, last=pnp.sum):
    def loss(weights, x):
        for w in weights:
            x = pnp.tanh(x @ w)
        return last(x * x)

    rng = np.random.default_rng(0)
    return polyad.grad(loss), ([rng.normal(size=(6, 6)) for _ in range(count)], np.ones((5, 6)))


def branches(x, y):
    for _ in range(2):
        x = lax.cond(pnp.sum(y) > 0, lambda x: pnp.sin(x) * y, lambda x: pnp.exp(-x) + y, x)
    return pnp.sum(x)


def until(x, y):
    far = lambda s: pnp.sum(s) < 100
    return pnp.sum(lax.while_loop(far, lambda s: s * 1.5 + y, x * x + 1))


def sweeps(x, y):
    def step(c, row):
        c = pnp.tanh(c * 0.5 + row)
        return c, pnp.sum(c * y)

    return lax.scan(step, x, pnp.outer(x, y))


def sorted_rows(x, y):
    matrix = pnp.outer(x, y) + 5 * pnp.eye(7)
    return pnp.linalg.inv(matrix) @ pnp.sort(x), pnp.linalg.cholesky(matrix @ matrix.T)


def many(x, y):
    for _ in range(15):
        x = pnp.exp(-x) * pnp.tanh(x + y)
    return x


X, Y = np.linspace(-1, 1, 7), np.linspace(0.1, 2, 7)
CORPUS = {
    "layers": layers(3),
    "deeper": layers(5),
    "branches": (branches, (X, Y)),
    "slope of branches": (polyad.grad(branches), (X, Y)),
    "until": (until, (X, Y)),
    "slope of until": (polyad.grad(until), (X, Y)),
    "sweeps": (sweeps, (X, Y)),
    "slope of sweeps": (polyad.grad(lambda x, y: pnp.sum(sweeps(x, y)[1])), (X, Y)),
    "routines": (sorted_rows, (X, Y)),
    "fft": (lambda x, y: pnp.real(pnp.fft.fft(x * y)), (X, Y)),
    "many": (many, (X, Y)),
    "many, longer": (many, (np.linspace(0, 1, 97), np.ones(97))),
    "single": (many, (X.astype("float32"), Y.astype("float32"))),
    "product": (lambda x, y: x @ y, (np.ones((70, 80)), np.ones((80, 90)))),
    "complex": (lambda x, y: (x * 1j) @ (y + 1j), (np.eye(7), np.ones((7, 7)))),
    "threads": (lambda x, y: pnp.sum(pnp.exp(x) * y), (np.ones(400_000), np.ones(400_000))),
    "carried": (
        lambda x, y: pnp.sum(pnp.exp(x - pnp.max(x, axis=1, keepdims=True)) * y, axis=0),
        (np.linspace(0, 1, 120).reshape(40, 3), np.ones((40, 3))),
    ),
}
