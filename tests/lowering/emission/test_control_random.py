"""Random nests of branches and loops: eager and compiled agree in value, jvp and vjp.

A program is data: a list of statements, of which some hold programs. It works on a pytree of
values; an inner program also reads, as captures, what the program around it had at that point.
"""

from __future__ import annotations

import functools

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.lowering.legalize import hoist_products
from polyad.lowering.linking import engine

DEPTH = 4
EXAMPLES = 62
SHARDS = 8


@pytest.fixture
def text_is_an_interface():
    """Texts are read back elsewhere; here are too many of them."""


# -- Programs --------------------------------------------------------------------------------------

small = st.integers(0, 11)
plain = st.tuples(st.sampled_from(["mix", "reduce", "index", "update", "product"]), small)


LOOPS = ["scan", "rows", "slots", "fori", "bounded", "while", "map", "each", "call"]


def statements(depth):
    if depth == 0:
        return plain
    inner = programs(depth - 1)
    return st.one_of(
        plain,
        st.tuples(st.just("cond"), small, inner, inner),
        st.tuples(st.just("switch"), small, st.lists(inner, min_size=1, max_size=3)),
        *(st.tuples(st.just(kind), small, inner) for kind in LOOPS),
    )


def programs(depth):
    return st.lists(statements(depth), min_size=1, max_size=2)


def nests(depth):
    """Programs that are so deep, with one statement beside the next level. One branch goes on."""
    flat = st.lists(plain, min_size=1, max_size=1)
    nest = flat
    for _ in range(depth):
        loop = st.tuples(st.sampled_from(LOOPS), small, nest)
        choice = st.tuples(st.just("cond"), small, nest, flat)
        other = st.tuples(st.just("cond"), small, flat, nest)
        several = st.tuples(st.just("switch"), small, st.tuples(flat, nest, flat))
        inner = st.one_of(loop, loop, loop, choice, other, several)
        nest = st.tuples(plain, inner).map(list)
    return nest


# -- What they mean --------------------------------------------------------------------------------


def run(program, state, around):
    """The state after the program: a vector, a scalar and a matrix, and a counter."""
    for kind, k, *inner in program:
        state = STATEMENTS[kind](k, state, around, *inner)
    return state


def mix(k, state, around):
    v, (s, m), n = state["v"], state["sm"], state["n"]
    w = around["v"]
    v = (pnp.sin(v * 1.3 + w), v[::-1] * s, pnp.where(v > w, v, 0.5 * w), pnp.tanh(v) * w)[k % 4]
    s = (s, 0.5 * s + v[1], around["sm"][0] * 0.7)[k % 3]
    m = (m, pnp.tanh(m + v), around["sm"][1] * 0.9 + m * s)[k // 2 % 3]
    return {"v": v, "sm": (pnp.tanh(s), pnp.tanh(m)), "n": (n + k) % 5}


def reduce(k, state, around):
    v, (s, m), n = state["v"], state["sm"], state["n"]
    s = (s + 0.2 * pnp.sum(v * v), pnp.max(m), pnp.sum(m * around["v"]))[k % 3]
    v = (v, pnp.sum(m, axis=0), pnp.cumsum(v))[k // 3 % 3]
    return {"v": pnp.tanh(v), "sm": (pnp.tanh(s), m), "n": n}


def index(k, state, around):
    v, (s, m), n = state["v"], state["sm"], state["n"]
    row = lax.dynamic_index_in_dim(m, n % 2, 0, keepdims=False)
    picked = lax.dynamic_slice(v, (n % 3,), (1,))[0]
    return {"v": (row, v * picked)[k % 2], "sm": (s + picked * 0.3, m), "n": n}


def update(k, state, around):
    v, (s, m), n = state["v"], state["sm"], state["n"]
    here = pnp.arange(3) == n % 3
    v = (lax.dynamic_update_slice(v, s[None], (n % 3,)), v + here * around["sm"][0])[k // 2 % 2]
    m = lax.dynamic_update_slice(m, v[None], (n % 2, 0)) if k % 2 else m
    return {"v": v, "sm": (s, m), "n": n}


def product(k, state, around):
    v, (s, m), n = state["v"], state["sm"], state["n"]
    new = pnp.tanh(m @ (m.T if k % 2 else around["sm"][1].T) @ m)
    return {"v": pnp.tanh(m.T @ (m @ v)), "sm": (s, new), "n": n}


def branch(k, state, around, yes, no):
    pred = state["sm"][0] > 0.1 * k - 0.53
    first, second = (lambda g, p=p: run(p, g, state) for p in (yes, no))
    return lax.cond(pred, first, second, state)


def switch(k, state, around, programs):
    branches = [lambda g, p=p: run(p, g, state) for p in programs]
    return lax.switch(state["n"] - k % 2, branches, state)


def scan(k, state, around, body):
    """Over the entries of the vector; the ys take its place."""

    def step(g, x):
        g = run(body, {**g, "sm": (g["sm"][0] * 0.5 + x, g["sm"][1])}, state)
        return g, (g["v"][k % 3], {"x": x * g["sm"][0]})

    new, (ys, named) = lax.scan(step, state, state["v"], reverse=bool(k % 2))
    return {**new, "v": (ys, named["x"], new["v"])[k % 3]}


def rows(k, state, around, body):
    """Over two arrays at once, with nothing but a scalar carried."""

    def step(s, x):
        row, other = x
        g = run(body, {**state, "v": row, "sm": (s, other * state["sm"][1])}, around)
        return g["sm"][0], g["v"] if k % 2 else None

    xs = state["sm"][1], state["sm"][1][::-1]
    s, ys = lax.scan(step, state["sm"][0], xs, length=2, reverse=bool(k // 2 % 2))
    return {**state, "sm": (s, state["sm"][1] if ys is None else pnp.tanh(ys))}


def slots(k, state, around, body):
    """A loop whose reverse mode runs steps again: so many known, or until a condition holds."""
    n = 1 + k // 2 % 3

    def step(g):
        return run(body, {**g, "n": (g["n"] + 1) % 5}, state)

    if k % 2:
        return lax.scan(lambda g, _: (step(g), None), state, None, length=4, checkpoint=n)[0]
    going = lambda c: (c[0] < 1 + k % 5) & (c[1]["sm"][0] < 0.83)
    return lax.while_loop(going, lambda c: (c[0] + 1, step(c[1])), (0, state), checkpoint=n)[1]


def fori(k, state, around, body):
    def step(i, g):
        return run(body, {**g, "n": (g["n"] + i) % 5}, state)

    return lax.fori_loop(k % 2, k % 4, step, state)


def bounded(k, state, around, body):
    """The bound is known at run time."""
    return lax.fori_loop(0, state["n"] % 3, lambda i, g: run(body, g, state), state)


def until(k, state, around, body):
    def going(c):
        return (c[0] < 1 + k % 3) & (c[1]["sm"][0] < 0.83)

    return lax.while_loop(going, lambda c: (c[0] + 1, run(body, c[1], state)), (0, state))[1]


def each(k, state, around, body):
    """Row by row at once: predicates and bounds are batched."""

    def one(row, n, s):
        g = run(body, {**state, "v": row, "sm": (s, state["sm"][1]), "n": n}, around)
        return g["v"], g["sm"][0]

    s, m = state["sm"]
    counts = state["n"] + pnp.arange(2) if k % 2 else pnp.stack([state["n"]] * 2)
    found, scalars = polyad.vmap(one)(m, counts, s * pnp.asarray([1.0, -0.7]))
    return {**state, "sm": (pnp.sum(scalars) * 0.4, found)}


def rows_in_turn(k, state, around, body):
    """`map`, by rows or by pairs of them; predicates and bounds are those around it."""

    def one(row):
        g = run(body, {**state, "v": row}, around)
        return g["v"] + 0.3 * g["sm"][0]

    s, m = state["sm"]
    m = pnp.concatenate([m, m[:1] * 0.9])
    found = lax.map(one, m, batch_size=2 if k % 2 else None)
    return {**state, "sm": (s, pnp.tanh(found[1:]))}


def call(k, state, around, body):
    transform = polyad.jit if k % 2 else polyad.checkpoint
    return transform(lambda g, h: run(body, g, h))(state, around)


STATEMENTS = {
    "mix": mix,
    "reduce": reduce,
    "index": index,
    "update": update,
    "product": product,
    "cond": branch,
    "switch": switch,
    "scan": scan,
    "rows": rows,
    "slots": slots,
    "fori": fori,
    "bounded": bounded,
    "while": until,
    "map": rows_in_turn,
    "each": each,
    "call": call,
}


# -- What holds ------------------------------------------------------------------------------------

rng = np.random.default_rng(0)
POINT = rng.normal(size=3), np.float64(0.4), rng.normal(size=(2, 3))
TANGENT = rng.normal(size=3), np.float64(-0.8), rng.normal(size=(2, 3))
COTANGENT = rng.normal(size=3), np.float64(1.3), rng.normal(size=(2, 3))


def derivatives(program):
    """Value and directional derivative, and a pulled-back cotangent, at a point and a counter."""

    def both(n, point, tangent, cotangent):
        f = lambda *x: value(program, n, *x)
        end, pushed = polyad.jvp(f, point, tangent)
        _, pull = polyad.vjp(f, *point)
        return end, pushed, pull(cotangent)

    return both


def value(program, n, v, s, m):
    state = {"v": v, "sm": (s, m), "n": n}
    end = run(program, state, state)
    return end["v"], *end["sm"]


def check(program, n, every_product):
    """Eager and compiled agree, and forward mode agrees with reverse mode."""
    both = derivatives(program)
    arguments = np.int64(n), POINT, TANGENT, COTANGENT
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hoist_products, "WORTHWHILE", 0 if every_product else 1024)
        compiled = polyad.jit(both, backend="native")(*arguments)
    eager = both(*arguments)
    plain = (value(program, n, *POINT), *eager[1:])
    pairs = [(plain, compiled), (eager[0], compiled[0])]
    leaves = ((polyad.tree.leaves(a), polyad.tree.leaves(b)) for a, b in pairs)
    for x, y in (xy for a, b in leaves for xy in zip(a, b, strict=True)):
        assert np.shape(x) == np.shape(y) and np.asarray(x).dtype == np.asarray(y).dtype
        np.testing.assert_allclose(y, x, rtol=1e-9, atol=1e-9)
    _, pushed, pulled = eager
    forward = sum(np.sum(t * c) for t, c in zip(pushed, COTANGENT, strict=True))
    reverse = sum(np.sum(t * c) for t, c in zip(pulled, TANGENT, strict=True))
    np.testing.assert_allclose(forward, reverse, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize(
    "shard, examples",
    [(0, 6), *(pytest.param(k, EXAMPLES, marks=pytest.mark.full) for k in range(1, SHARDS + 1))],
)
def test_random_nests(shard, examples, monkeypatch):
    """Shards, so that they run side by side. Most of the time would be LLVM's and the verifier's:
    most shards run what polyad wrote without LLVM's passes, some leave the verifier out.
    """
    if shard > 1:
        machine = functools.partial(engine.target_machine, 0)
        monkeypatch.setattr(engine, "optimise", lambda module, machine, *_: None)
        monkeypatch.setattr(engine, "target_machine", lambda *_: machine())
    polyad.config.update("verify", shard < 5)
    run_examples(shard, examples)


def run_examples(seed, count):
    chosen = st.one_of(programs(1), st.integers(1, DEPTH).flatmap(nests))
    settings = hypothesis.settings(
        max_examples=count, suppress_health_check=list(hypothesis.HealthCheck), database=None
    )
    given = hypothesis.given(chosen, st.integers(0, 4), st.booleans())
    hypothesis.seed(seed)(settings(given(check)))()
