"""Each transformation as text. `pytest --regenerate` rewrites the texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.ir import Function
from polyad.passes.pipeline import simplify
from polyad.transforms import batch, jvp, linearize, partial_eval, transpose, value_and_grad

X, Y = np.ones(3), np.ones(3)
A = np.ones((2, 3))

FUNCTIONS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "elementwise": (lambda x, y: pnp.sin(x) * y, (X, Y)),
    "used_twice": (lambda x, y: (x + y) * x, (X, Y)),
    "broadcast": (lambda x, y: x[:, None] * y, (np.ones(2), Y)),
    "reduction": (lambda x, y: pnp.sum(pnp.exp(x) + y), (X, Y)),
    "product": (lambda x, y: x @ y, (A, Y)),
    "selection": (lambda x, y: pnp.where(x > y, pnp.sqrt(x), y), (X, Y)),
    "moves": (lambda x, y: pnp.concat([x[1:], y[::2]]), (X, Y)),
    "gather": (lambda x, y: x[np.array([0, 0, 2])] * y, (X, Y)),
    "stopped": (lambda x, y: polyad.stop_gradient(x) * x + y, (X, Y)),
    "not_differentiable": (lambda x, y: pnp.floor(x) * y, (X, Y)),
}


def functions() -> dict[str, Function]:
    return {name: polyad.make_ir(f)(*args) for name, (f, args) in FUNCTIONS.items()}


def test_jvp(golden: Callable[[str, str], None]):
    parts = []
    for name, function in functions().items():
        flags = [i < 2 for i in range(len(function.arguments))]
        both = jvp(function, flags)
        first = jvp(function, [i == 0 for i in range(len(function.arguments))])
        parts.append(
            f"// {name}\n{function}\n// in both, results with a tangent: {both.active}\n"
            f"{simplify(both.function)}\n"
            f"// in the first alone: {first.active}\n{simplify(first.function)}"
        )
    golden("\n\n".join(parts), "jvp")


def test_partial_eval(golden: Callable[[str, str], None]):
    parts = []
    for name, function in functions().items():
        split = partial_eval(function, [i != 1 for i in range(len(function.arguments))])
        parts.append(
            f"// {name}, all but the second argument known: {split.residuals} residuals, "
            f"known results {split.out_known}\n{split.known}\n{split.unknown}"
        )
    golden("\n\n".join(parts), "partial_eval")


def test_linearize_and_transpose(golden: Callable[[str, str], None]):
    parts = []
    for name, function in functions().items():
        linear = linearize(function, [i < 2 for i in range(len(function.arguments))])
        turned = transpose(simplify(linear.tangent), 2)
        parts.append(f"// {name}\n{linear.tangent}\n// transposed\n{simplify(turned)}")
    golden("\n\n".join(parts), "transpose")


def test_batch(golden: Callable[[str, str], None]):
    parts = []
    for name, function in functions().items():
        for flags in ((True, True), (True, False), (False, True)):
            rest = [False] * (len(function.arguments) - 2)
            spread = batch(function, [*flags, *rest], 5)
            parts.append(
                f"// {name}, batched {flags}: {spread.batched}\n{simplify(spread.function)}"
            )
    golden("\n\n".join(parts), "batch")


def test_value_and_grad(golden: Callable[[str, str], None]):
    f = lambda w, b, x: pnp.sum(pnp.tanh(x @ w + b) ** 2)
    function = polyad.make_ir(f)(np.ones(3), 0.5, A)
    golden(f"{function}\n\n{value_and_grad(function, 2)}", "value_and_grad")


def keep_sines(op: Any) -> bool:
    return op.name == "sin"


def test_ops_with_regions(golden: Callable[[str, str], None]):
    inner = polyad.jit(lambda x, y: pnp.sin(x) * y)
    kept = polyad.checkpoint(lambda x, y: pnp.sin(pnp.sin(x)) * y)
    sines = polyad.checkpoint(lambda x, y: pnp.exp(pnp.sin(x)) * y, policy=keep_sines)
    parts = []
    for name, f in (("call", inner), ("checkpoint", kept), ("checkpoint with a policy", sines)):
        function = polyad.make_ir(f)(X, Y)
        linear = linearize(function, [True, True])
        turned = transpose(linear.tangent, 2)
        spread = batch(function, [True, False], 5).function
        parts.append(
            f"// {name}\n{function}\n// jvp\n{jvp(function, [True, True]).function}\n// forward\n"
            f"{simplify(linear.forward)}\n// backward\n{simplify(turned)}\n// batched\n{spread}"
        )
    golden("\n\n".join(parts), "regions")


def test_equations(golden: Callable[[str, str], None]):
    """Every derivative of an equation is an equation again."""
    divide = lambda matvec, b: b / 2

    def linear(x, y):
        return lax.custom_linear_solve(lambda v: x * v, y, divide, lambda vecmat, ct: ct / 3)

    def root(x, y):
        f = lambda v: v * v * x - y
        return lax.custom_root(f, y, lambda f, v: v - f(v), lambda g, v: v / g(pnp.ones_like(v)))

    parts = []
    for name, f in (("linear_solve", linear), ("root", root)):
        function = polyad.make_ir(f)(X, Y)
        split = linearize(function, [True, True])
        turned = transpose(split.tangent, 2)
        spread = batch(function, [True, False], 5).function
        parts.append(
            f"// {name}\n{function}\n// jvp\n{jvp(function, [True, True]).function}\n// forward\n"
            f"{simplify(split.forward)}\n// backward\n{simplify(turned)}\n// batched\n{spread}"
        )
    golden("\n\n".join(parts), "equations")


def test_loops_with_checkpoints(golden: Callable[[str, str], None]):
    loops = {
        "scan": lambda x, y: lax.scan(lambda c, x: (pnp.sin(c) * x, c), x[0], y, checkpoint=2)[0],
        "while": lambda x, y: lax.while_loop(
            lambda v: v < 9.0, lambda v: v * v + y[0], x[0], checkpoint=2
        ),
    }
    parts = []
    for name, f in loops.items():
        linear = linearize(polyad.make_ir(f)(X, Y), [True, True])
        turned = simplify(transpose(simplify(linear.tangent), 2))
        parts.append(
            f"// {name}\n{simplify(linear.forward)}\n// tangent\n{simplify(linear.tangent)}\n"
            f"// transposed\n{turned}"
        )
    golden("\n\n".join(parts), "checkpointed_loops")
