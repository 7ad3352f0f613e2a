"""Loops differentiated in bounded memory: equal derivatives, and the limit of states."""

from __future__ import annotations

import functools
import gc
import tracemalloc

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import grad, hessian, jacrev, jit, jvp, linearize, make_ir, vjp, vmap
from polyad.errors import PolyadValueError
from polyad.execution import get_backend
from polyad.lax import cond, fori_loop, scan, while_loop
from polyad.lowering.backend import native
from polyad.transforms.control.checkpointing import best_split

RANDOM = np.random.default_rng(3)
X = RANDOM.normal(size=3)
XS = RANDOM.normal(size=(23, 3))
SLOTS = (1, 2, 3, 4, 7, 40)


# -- The schedule ----------------------------------------------------------------------------------


@functools.cache
def least(length, slots):
    """The fewest steps to be run again, found by trying every way."""
    if length == 1:
        return 0
    if slots == 1:
        return length * (length - 1) // 2
    return min(m + least(length - m, slots - 1) + least(m, slots) for m in range(1, length))


def test_the_schedule_is_the_best():
    split = jit(best_split, backend="numpy")

    @functools.cache
    def cost(length, slots):
        if length == 1:
            return 0
        if slots == 1:
            return length * (length - 1) // 2
        m = int(split(np.int64(length), np.int64(slots)))
        assert 1 <= m < length
        return m + cost(length - m, slots - 1) + cost(m, slots)

    for slots in range(2, 7):
        for length in range(2, 45):
            assert cost(length, slots) == least(length, slots), (length, slots)


# -- Derivatives -----------------------------------------------------------------------------------


def pendulum(x, xs, *, reverse=False, **options):
    def step(carry, x):
        (angle, speed), count = carry
        speed = speed - 0.1 * pnp.sin(angle) + 0.01 * x
        return ((angle + 0.1 * speed, speed), count + 1), (angle * x, count)

    carry = ((x, 0.1 * x), 0)
    ((angle, _), _), (ys, counts) = scan(step, carry, xs, reverse=reverse, **options)
    return pnp.sum(angle * x) + pnp.sum(ys**2) + pnp.sum(counts)


def backward_pendulum(x, xs, **options):
    return pendulum(x, xs, reverse=True, **options)


def until_large(x, xs, **options):
    def step(carry):
        v, rate, n = carry
        return v * rate + 0.1 * pnp.sin(v), rate, n + 1

    v, _, n = while_loop(lambda c: c[2] < 17, step, (x, 1.1, 0), **options)
    return pnp.sum(v * xs[0]) + n


def to_a_traced_bound(x, xs, **options):
    bound = 5 + pnp.astype(pnp.sum(x) * 0, pnp.int64)
    return pnp.sum(fori_loop(0, bound, lambda i, v: pnp.sin(v) * 1.1 + xs[0] * i, x, **options))


def counted(x, xs, **options):
    return pnp.sum(fori_loop(0, 9, lambda i, v: pnp.sin(v) + xs[1] * v, x, **options))


def branches_inside(x, xs, **options):
    def step(v, x):
        v = cond(x[0] > 0, lambda v: pnp.sin(v) * x, lambda v: v * pnp.cos(v), v)
        return v, pnp.sum(fori_loop(0, 3, lambda _, w: w * 0.9 + pnp.tanh(w), v))

    v, ys = scan(step, x, xs, **options)
    return pnp.sum(v) + pnp.sum(ys**2)


LOOPS = [pendulum, backward_pendulum, until_large, to_a_traced_bound, counted, branches_inside]
EACH = pytest.mark.parametrize("loop", LOOPS, ids=lambda f: f.__name__)


def close(a, b):
    for x, y in zip(polyad.tree.leaves(a), polyad.tree.leaves(b), strict=True):
        np.testing.assert_allclose(np.asarray(x), np.asarray(y), rtol=1e-9, atol=1e-9)


@pytest.mark.share(3)
@EACH
@pytest.mark.parametrize("slots", SLOTS)
def test_gradients_do_not_depend_on_the_slots(loop, slots):
    kept = functools.partial(loop, checkpoint=slots)
    wanted = grad(loop, (0, 1))(X, XS)
    close(grad(kept, (0, 1))(X, XS), wanted)
    close(jit(grad(kept, (0, 1)))(X, XS), wanted)


@EACH
@pytest.mark.parametrize("name", ["torch", "array_api_strict"])
def test_on_other_backends(loop, name):
    backend = get_backend(name)
    kept = functools.partial(loop, checkpoint=3)
    given = [
        backend.asarray(a, backend.type_of(backend.xp.asarray(a)).dtype, None) for a in (X, XS)
    ]
    close([np.asarray(g) for g in grad(kept, (0, 1))(*given)], grad(loop, (0, 1))(X, XS))


@pytest.mark.share(2)
@EACH
def test_other_transformations(loop):
    plain, kept = (lambda x, f=f: f(x, XS) for f in (loop, functools.partial(loop, checkpoint=3)))
    t = RANDOM.normal(size=3)
    close(jvp(kept, (X,), (t,)), jvp(plain, (X,), (t,)))
    close(linearize(kept, X)[1](t), linearize(plain, X)[1](t))
    close(vjp(kept, X)[1](1.0), vjp(plain, X)[1](1.0))
    many = np.stack([X, X + 1])
    close(vmap(grad(kept))(many), vmap(grad(plain))(many))
    close(grad(lambda x: vmap(kept)(x).sum())(many), grad(lambda x: vmap(plain)(x).sum())(many))
    close(hessian(kept)(X), hessian(plain)(X))
    close(jacrev(jacrev(kept))(X), jacrev(jacrev(plain))(X))
    close(jit(hessian(kept))(X), hessian(plain)(X))


def test_a_batch_whose_members_stop_at_different_times():
    def run(x, **options):
        return while_loop(lambda v: v < 50.0, lambda v: v * 1.3 + pnp.sin(v), x, **options)

    starts = np.array([1.0, 20.0, 60.0, 3.0])
    wanted = vmap(grad(run))(starts)
    for slots in (1, 2, 5):
        kept = functools.partial(run, checkpoint=slots)
        close(vmap(grad(kept))(starts), wanted)
        close(grad(lambda x, f=kept: vmap(f)(x).sum())(starts), wanted)
        close(jit(vmap(grad(kept)))(starts), wanted)


def test_loops_that_do_not_run():
    close(grad(lambda x: pendulum(x, XS[:0], checkpoint=2))(X), 2 * X)
    never = lambda x: while_loop(lambda v: v < 0, lambda v: v * v, x, checkpoint=2)
    close(grad(never)(3.0), 1.0)
    close(jit(grad(never))(3.0), 1.0)


# -- Memory ----------------------------------------------------------------------------------------

WIDE = 20_000


def long_loop(length, slots, kind):
    def body(v):
        return pnp.sin(v) * 1.01 + 0.01 * v * v

    if kind == "scan":
        return lambda x: pnp.sum(
            scan(lambda v, _: (body(v), None), x, None, length=length, checkpoint=slots)[0]
        )
    return lambda x: pnp.sum(
        while_loop(
            lambda c: c[1] < length, lambda c: (body(c[0]), c[1] + 1), (x, 0), checkpoint=slots
        )[0]
    )


def peak_in_states(function, x):
    """The most memory in use while `function` runs, in arrays like `x`."""
    function(x)
    gc.collect()
    tracemalloc.start()
    function(x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / x.nbytes


@pytest.mark.share(2)
@pytest.mark.parametrize("kind", ["scan", "while"])
def test_live_memory_grows_with_the_slots_and_not_with_the_length(kind):
    x = np.linspace(0.1, 1.0, WIDE)
    short, long = (peak_in_states(grad(long_loop(n, 4, kind)), x) for n in (20, 60))
    everything = peak_in_states(grad(long_loop(60, None, kind)), x)
    assert long < short + 2
    assert long < 4 * 3 + 12 < 60 < everything
    few, many = (peak_in_states(grad(long_loop(30, n, kind)), x) for n in (2, 12))
    assert many > few + 5


@pytest.mark.parametrize("kind", ["scan", "while"])
def test_compiled_code_keeps_the_slots_in_a_workspace_of_fixed_size(kind):
    x = np.linspace(0.1, 1.0, WIDE)

    def workspace(length):
        compiled = native().compile(make_ir(grad(long_loop(length, 6, kind)))(x))
        text = str(compiled.functions["buffers"])
        assert "stack." not in text  # nothing grows
        (size,) = (
            op.attrs["bytes"]
            for op in compiled.functions["buffers"].ops
            if op.name == "memory.workspace"
        )
        return size / x.nbytes

    assert workspace(30) == workspace(3000) < 6 + 4


# -- Errors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("slots", [0, -1, 2.0, True, "all"])
def test_slots_that_are_none(slots):
    message = r"checkpoint is the number of carries .* 1 or more, not (.|\n)*Leave it out"
    for run in (
        lambda x: scan(lambda c, _: (c, None), x, None, length=3, checkpoint=slots),
        lambda x: while_loop(lambda v: v < 1, lambda v: v + 1, x, checkpoint=slots),
        lambda x: fori_loop(0, 3, lambda i, v: v, x, checkpoint=slots),
    ):
        for call in (run, jit(run)):
            with pytest.raises(PolyadValueError, match=message):
                call(1.0)
