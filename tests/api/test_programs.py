"""Random programs: eager = traced = compiled on each backend, and the laws of derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import polyad
import polyad.numpy as pnp
from polyad.execution import get_backend
from polyad.ir import parse, verify

from ..arrays import off, on
from ..drawn import examples

UNARY: list[Callable[[Any], Any]] = [
    pnp.sin,
    pnp.tanh,
    lambda x: pnp.exp(-pnp.square(x)),
    lambda x: pnp.log1p(x * x),
    lambda x: pnp.sqrt(1 + x * x),
    lambda x: x**3 / (1 + x * x),
    pnp.negative,
    lambda x: x * 0.5 + 1,
    lambda x: pnp.flip(x, axis=-1),
    lambda x: pnp.matrix_transpose(x[:, ::2] @ x[1:]),
    lambda x: pnp.cumulative_sum(x, axis=0),
    lambda x: x - pnp.mean(x, axis=1, keepdims=True),
    lambda x: x * pnp.sum(x, axis=0),
    lambda x: pnp.roll(x, 1, axis=1),
    lambda x: x[[2, 0, 0]],
    lambda x: pnp.at(x)[1:, ::2].multiply(0.5),
    lambda x: pnp.concat([x[1:], x[:1]]),
    lambda x: pnp.where(pnp.asarray([True, False, True]), x, pnp.cos(x)),
    polyad.vmap(pnp.square),
    lambda x: polyad.checkpoint(pnp.sin)(x),
    lambda x: polyad.jit(lambda x: pnp.cos(x) + 1)(x),
    lambda x: polyad.stop_gradient(x) * x,
]
BINARY: list[Callable[[Any, Any], Any]] = [
    pnp.add,
    pnp.subtract,
    pnp.multiply,
    lambda x, y: x / (1.5 + pnp.square(y)),
    lambda x, y: x @ pnp.tanh(y),
    lambda x, y: pnp.atan2(x, 1 + pnp.abs(y)),
    pnp.logaddexp,
    lambda x, y: x * y[0] + y[:, :1],
    lambda x, y: pnp.einsum("ij,kj->ik", x, pnp.sin(y)),
    lambda x, y: pnp.hypot(x, 1 + y * y),
]
Step = tuple[int, int, int]
Program = list[Step]
steps = st.tuples(
    st.integers(0, len(UNARY) + len(BINARY) - 1), st.integers(0, 9), st.integers(0, 9)
)
programs = st.lists(steps, min_size=1, max_size=7)
seeds = st.integers(0, 1000)


def build(program: Program) -> Callable[[Any, Any], Any]:
    """The function that a list of (which operation, on which values) describes."""

    def f(x, y):
        values = [x, y]
        for which, i, j in program:
            a, b = values[i % len(values)], values[j % len(values)]
            if which < len(UNARY):
                values.append(UNARY[which](a))
            else:
                values.append(BINARY[which - len(UNARY)](a, b))
        return values[-1]

    return f


def inputs(seed: int, count: int) -> list[Any]:
    rng = np.random.default_rng(seed)
    return [rng.uniform(-1.5, 1.5, (3, 3)) for _ in range(count)]


def close(found: Any, expected: Any, tolerance: float = 1e-10) -> None:
    found, expected = off(found), off(expected)
    assert found.dtype == expected.dtype
    scale = max(1.0, np.abs(expected).max())
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance * scale)


@examples(25)
@given(programs, seeds)
def test_eager_traced_and_compiled_agree(program: Program, seed: int):
    f, arrays = build(program), inputs(seed, 2)
    expected = f(*arrays)
    for name in ("numpy", "torch", "array_api_strict", "native"):
        given_ = on(name, arrays)
        with polyad.use_backend("numpy" if name == "native" else name):
            close(polyad.jit(f, backend=name)(*given_), expected)
            if name in ("numpy", "torch"):
                close(f(*given_), expected)


@examples(25)
@given(programs, seeds)
def test_the_function_survives_text(program: Program, seed: int):
    f, arrays = build(program), inputs(seed, 2)
    total = lambda x, y: pnp.sum(f(x, y))
    for g in (f, polyad.grad(total), lambda x, y: polyad.jvp(f, (x, y), (x, y))):
        function = verify(polyad.make_ir(g)(*arrays))
        again = verify(parse(str(function)))
        assert str(again) == str(function)
        if len(function.arguments) == 2:  # else it captured arrays, which text does not hold
            backend = get_backend("numpy")
            for x, y in zip(*(backend.evaluate(h, arrays) for h in (function, again)), strict=True):
                np.testing.assert_array_equal(x, y)


@examples(25)
@given(programs, seeds)
def test_forward_mode_is_the_limit_of_differences(program: Program, seed: int):
    program = [step for step in program if step[0] != len(UNARY) - 1] or [(0, 0, 0)]
    f, (x, y, dx, dy) = build(program), inputs(seed, 4)
    found = polyad.jvp(f, (x, y), (dx, dy))[1]
    h = 1e-5
    expected = (f(x + h * dx, y + h * dy) - f(x - h * dx, y - h * dy)) / (2 * h)
    if np.abs(expected).max() < 1e6:
        close(found, expected, 1e-4)


@examples(25)
@given(programs, seeds)
def test_reverse_mode_is_the_transpose_of_forward(program: Program, seed: int):
    f, (x, y, dx, dy, ct) = build(program), inputs(seed, 5)
    push = lambda x, y, dx, dy: polyad.jvp(f, (x, y), (dx, dy))[1]
    pull = lambda x, y, ct: polyad.vjp(f, x, y)[1](ct)
    forward = push(x, y, dx, dy)
    left, scale = np.sum(ct * forward), np.sum(np.abs(ct * forward)) + 1.0
    for cx, cy in (pull(x, y, ct), polyad.jit(pull, backend="native")(x, y, ct)):
        assert abs(left - np.sum(cx * dx) - np.sum(cy * dy)) <= 1e-9 * scale


@examples(15)
@given(programs, seeds)
def test_batches_are_stacked_loops(program: Program, seed: int):
    f, arrays = build(program), inputs(seed, 4)
    xs, y = np.stack(arrays[:3]), arrays[3]
    loss = lambda x, y: pnp.sum(f(x, y))
    for g in (f, polyad.grad(loss, argnums=1), lambda x, y: polyad.jvp(f, (x, y), (y, x))[1]):
        expected = np.stack([g(x, y) for x in xs])
        close(polyad.vmap(g, in_axes=(0, None))(xs, y), expected)
