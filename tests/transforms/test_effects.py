"""Effects happen as often as Python would have them happen, and in that order: in every program,
under every transformation, on every backend.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import debug, lax

BACKENDS = ("numpy", "torch", "array_api_strict", "native")
POINTS = (1.5, 7.0, 3.0)
seen: list[tuple[float, str, float]] = []


def note(tag: str, element: Any, value: Any) -> None:
    """Log `value`, with the batch element that it belongs to."""
    keep = lambda element, value: seen.append((float(element), tag, round(float(value), 9)))
    debug.callback(keep, element, value)


# -- Programs, of a batch element's number and a point ---------------------------------------------


def straight(i: Any, x: Any) -> Any:
    note("first", i, x)
    y = x * x
    note("second", i, y)
    note("first again", i, x)
    return y


def scan(i: Any, x: Any) -> Any:
    def step(carry: Any, k: Any) -> Any:
        note("always x", i, x)
        note("carry", i, carry)
        return carry * x, carry + k

    last, _ = lax.scan(step, x, pnp.arange(3.0), reverse=True)
    note("last", i, last)
    return last


def unread(i: Any, x: Any) -> Any:
    def step(carry: Any, _: Any) -> Any:
        note("carry", i, carry)
        return carry + 1, None

    lax.scan(step, x, None, length=2)
    return x


def until_large(i: Any, x: Any) -> Any:
    def small(v: Any) -> Any:
        note("asked", i, v)
        return v < 10

    def step(v: Any) -> Any:
        note("step", i, v)
        return v * x

    return lax.while_loop(small, step, x)


def branch(i: Any, x: Any) -> Any:
    def large(x: Any) -> Any:
        note("large", i, x)
        return x * 2

    def small(x: Any) -> Any:
        note("small", i, x)
        return x * x

    y = lax.cond(x > 5, large, small, x)
    note("after", i, y)
    return y


def counted(i: Any, x: Any) -> Any:
    def step(k: Any, v: Any) -> Any:
        note("k", i, k)
        return v * x

    return lax.fori_loop(0, pnp.astype(x, "int64"), step, x)


def nest(i: Any, x: Any) -> Any:
    def step(carry: Any, k: Any) -> Any:
        note("outer", i, k)
        return lax.cond(carry > 5, lambda v: branch(i, v), lambda v: until_large(i, v), carry), None

    y, _ = lax.scan(step, x, pnp.arange(2.0))
    return lax.switch(pnp.astype(x / 3, "int64"), [lambda v: straight(i, v), pnp.sin], y)


def recomputed(i: Any, x: Any) -> Any:
    inner = polyad.checkpoint(lambda x: pnp.sin(until_large(i, x)))
    return inner(x) * x


def in_slots(i: Any, x: Any) -> Any:
    def step(carry: Any, k: Any) -> Any:
        note("k", i, k)
        note("carry", i, carry)
        return pnp.sin(carry) * x, carry

    last, ys = lax.scan(step, x, pnp.arange(6.0), checkpoint=2)
    note("between", i, last)

    def small(s: Any) -> Any:
        note("asked", i, s[0])
        return s[0] < x

    def grow(s: Any) -> Any:
        note("grown", i, s[1])
        return s[0] + 1, pnp.sin(s[1])

    return lax.while_loop(small, grow, (0, last), checkpoint=2)[1] + pnp.sum(ys)


def called(i: Any, x: Any) -> Any:
    note("before", i, x)
    y = polyad.jit(lambda x: branch(i, x))(x)
    note("between", i, y)
    return polyad.jit(lambda: straight(i, x))() + y


PROGRAMS = [
    straight, scan, unread, until_large, branch, counted, nest, recomputed, in_slots, called
]  # fmt: skip


# -- Transformations: what `f(i, x)` becomes ------------------------------------------------------


def same(f: Callable[..., Any]) -> Callable[..., Any]:
    return f


def gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    return polyad.grad(f, argnums=1)


def second(f: Callable[..., Any]) -> Callable[..., Any]:
    return polyad.grad(polyad.grad(f, argnums=1), argnums=1)


def tangent(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda i, x: polyad.jvp(lambda x: f(i, x), (x,), (pnp.ones_like(x),))[1]


def linearized(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda i, x: polyad.linearize(lambda x: f(i, x), x)[1](pnp.ones_like(x))


def saved_nothing(f: Callable[..., Any]) -> Callable[..., Any]:
    return polyad.grad(polyad.checkpoint(f), argnums=1)


TRANSFORMATIONS = [same, gradient, second, tangent, linearized, saved_nothing]


def element(backend: str, value: Any) -> Any:
    if backend == "native":
        return np.float64(value)
    return polyad.execution.get_backend(backend).asarray(value, polyad.ir.as_dtype("float64"))


def log_of(f: Callable[..., Any], *args: Any) -> list[tuple[float, str, float]]:
    seen.clear()
    f(*args)
    return list(seen)


def by_python(f: Callable[..., Any]) -> list[list[tuple[float, str, float]]]:
    """The log of `f` on each point, where nothing is traced."""
    return [log_of(f, np.float64(i), np.float64(x)) for i, x in enumerate(POINTS)]


@pytest.mark.share(4)
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("transformed", TRANSFORMATIONS)
@pytest.mark.parametrize("program", PROGRAMS)
def test_effects_are_those_of_python(program, transformed, backend):
    run = polyad.jit(transformed(program), backend=backend)
    for i, wanted in enumerate(by_python(program)):
        args = element(backend, float(i)), element(backend, POINTS[i])
        for _ in range(2):
            assert log_of(run, *args) == wanted


@pytest.mark.share(4)
@pytest.mark.parametrize("transformed", TRANSFORMATIONS)
@pytest.mark.parametrize("program", PROGRAMS)
def test_effects_without_jit(program, transformed):
    for i, wanted in enumerate(by_python(program)):
        assert log_of(transformed(program), np.float64(i), np.float64(POINTS[i])) == wanted


def over_a_batch(f: Callable[..., Any]) -> Callable[..., Any]:
    return polyad.vmap(f)


def gradients(f: Callable[..., Any]) -> Callable[..., Any]:
    return polyad.vmap(polyad.grad(f, argnums=1))


def gradient_of_batch(f: Callable[..., Any]) -> Callable[..., Any]:
    return polyad.grad(lambda i, x: pnp.sum(polyad.vmap(f)(i, x)), argnums=1)


@pytest.mark.share(4)
@pytest.mark.parametrize("backend", ("numpy", "torch", "native"))
@pytest.mark.parametrize("batched", [over_a_batch, gradients, gradient_of_batch])
@pytest.mark.parametrize("program", PROGRAMS)
def test_each_element_of_a_batch_has_its_effects_in_order(program, batched, backend):
    run = polyad.jit(batched(program), backend=backend)
    args = [element(backend, v) for v in (np.arange(3.0), np.array(POINTS))]
    found = log_of(run, *args)
    for i, wanted in enumerate(by_python(program)):
        assert [entry for entry in found if entry[0] == i] == wanted
    assert len(found) == sum(map(len, by_python(program)))


def test_a_batch_has_one_effect_after_the_other():
    found = log_of(polyad.vmap(straight), np.arange(2.0), np.array([1.0, 2.0]))
    assert [(i, tag) for i, tag, _ in found] == [
        (0, "first"), (1, "first"), (0, "second"), (1, "second"), (0, "first again"),
        (1, "first again"),
    ]  # fmt: skip


def test_an_effect_of_unbatched_values_happens_once():
    run = polyad.vmap(lambda i, x: (note("once", 0.0, x), i)[1], in_axes=(0, None))
    assert log_of(run, np.arange(3.0), 2.0) == [(0.0, "once", 2.0)]


def test_effects_on_outer_values_wait_for_their_turn():
    def f(x):
        note("a", 0.0, 1.0)
        y = polyad.vmap(lambda v: (note("b", 0.0, x), note("c", 0.0, v), v)[2])(pnp.arange(2.0))
        polyad.grad(lambda v: (note("d", 0.0, v), v * v)[1])(3.0)
        return y + x

    for backend in ("numpy", "native"):
        found = log_of(polyad.jit(f, backend=backend), 5.0)
        assert [tag for _, tag, _ in found] == ["a", "b", "c", "c", "d"]


def test_a_tangent_is_shown_forward():
    @polyad.custom_jvp
    def square(x):
        return x * x

    @square.defjvp
    def rule(primals, tangents):
        note("tangent", 0.0, tangents[0])
        return square(primals[0]), 2 * primals[0] * tangents[0]

    wanted = [(0.0, "tangent", 2.0)]
    assert log_of(lambda: polyad.jvp(square, (3.0,), (2.0,))) == wanted
    f_jvp = polyad.linearize(square, 3.0)[1]
    assert log_of(f_jvp, 2.0) == wanted
    with pytest.raises(polyad.errors.NotDifferentiableError, match=r"of a tangent"):
        polyad.grad(square)(3.0)


def test_merging_and_dead_code_leave_effects_and_take_pure_ops():
    def f(x):
        for _ in range(2):
            note("twice", 0.0, x)
        return x

    assert log_of(polyad.jit(f), 1.0) == [(0.0, "twice", 1.0)] * 2
    count = []
    counting = lambda x: (count.append(1), x)[1]
    pure = lambda x: polyad.pure_callback(counting, x, x)
    polyad.jit(lambda x: (pure(x), pure(x) + pure(x))[1])(1.0)
    assert len(count) == 1
    count.clear()
    polyad.jit(lambda x: (pure(x), x)[1])(1.0)
    assert count == []
