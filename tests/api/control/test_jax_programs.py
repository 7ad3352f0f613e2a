"""Programs of JAX's users with other imports: each gives the result of plain Python."""

from __future__ import annotations

import math

import numpy as np

import polyad
import polyad.numpy as jnp
from polyad import lax, random

RNG = np.random.default_rng(0)


def close(found, expected, tolerance=1e-9):
    for x, y in zip(polyad.tree.leaves(found), polyad.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(np.asarray(x), y, rtol=tolerance, atol=tolerance)


def everywhere(f, *args):
    """The results of `f` eagerly, compiled, and on tensors."""
    import torch

    yield f(*args)
    yield polyad.jit(f)(*args)
    given = polyad.tree.map(lambda x: torch.tensor(x) if isinstance(x, np.ndarray) else x, args)
    with polyad.use_backend("torch"):
        yield polyad.tree.map(np.asarray, f(*given))


# -- Recurrences ----------------------------------------------------------------------------------


def test_a_recurrent_network():
    def loss(params, xs):
        def cell(h, x):
            h = jnp.tanh(x @ params["wx"] + h @ params["wh"] + params["b"])
            return h, h

        _, hs = lax.scan(cell, jnp.zeros((2, 4)), xs, unroll=2)
        return jnp.mean(hs[-1] ** 2) + jnp.mean(hs)

    def written_out(params, xs):
        h, hs = np.zeros((2, 4)), []
        for x in xs:
            h = jnp.tanh(x @ params["wx"] + h @ params["wh"] + params["b"])
            hs.append(h)
        return jnp.mean(hs[-1] ** 2) + jnp.mean(jnp.stack(hs))

    params = {"wx": RNG.normal(size=(3, 4)), "wh": RNG.normal(size=(4, 4)), "b": RNG.normal(size=4)}
    xs = RNG.normal(size=(7, 2, 3))
    expected = polyad.value_and_grad(written_out)(params, xs)
    close(polyad.value_and_grad(loss)(params, xs), expected)
    close(polyad.jit(polyad.value_and_grad(loss))(params, xs), expected)


def test_greedy_decoding():
    """A token picks the row of the next one; the sequence is written into as it grows."""

    def decode(table, first):
        def step(carry, _):
            token, out, i = carry
            token = jnp.argmax(table[token])
            out = lax.dynamic_update_index_in_dim(out, token, i, 0)
            return (token, out, i + 1), table[token].max()

        out = jnp.full((6,), -1)
        (_, out, _), best = lax.scan(step, (first, out, 0), None, length=6)
        return out, best

    table = RNG.normal(size=(5, 5))
    token, tokens = 2, []
    for _ in range(6):
        token = int(np.argmax(table[token]))
        tokens.append(token)
    for found in everywhere(decode, table, 2):
        close(found, (np.array(tokens), table[tokens].max(axis=1)))


def test_viterbi():
    def decode(steps, start, emitted):
        def forward(best, e):
            through = best[:, None] + steps
            return jnp.max(through, axis=0) + e, jnp.argmax(through, axis=0)

        def backward(state, came_from):
            return came_from[state], state

        best, back = lax.scan(forward, start + emitted[0], emitted[1:])
        first, path = lax.scan(backward, jnp.argmax(best), back, reverse=True)
        return jnp.concatenate([first[None], path]), jnp.max(best)

    steps, start, emitted = (RNG.normal(size=s) for s in ((3, 3), (3,), (5, 3)))
    paths = np.stack(np.meshgrid(*[range(3)] * 5, indexing="ij"), -1).reshape(-1, 5)
    score = [
        start[p[0]] + sum(emitted[range(5), p]) + sum(steps[p[:-1], p[1:]])
        for p in paths.astype(int)
    ]
    for found in everywhere(decode, steps, start, emitted):
        close(found, (paths[np.argmax(score)], np.max(score)))


def test_a_cellular_automaton():
    def evolve(cells, table):
        def step(cells, _):
            neighbours = (jnp.roll(cells, 1) << 2) | (cells << 1) | jnp.roll(cells, -1)
            return table[neighbours], cells

        return lax.scan(step, cells, None, 20)[1]

    table = np.array([110 >> k & 1 for k in range(8)])
    cells = (np.arange(31) == 15).astype(int)
    seen = [cells]
    for _ in range(19):
        last = seen[-1]
        seen.append(
            np.array([table[4 * last[i - 1] + 2 * last[i] + last[(i + 1) % 31]] for i in range(31)])
        )
    for found in everywhere(evolve, cells, table):
        np.testing.assert_array_equal(np.asarray(found), np.stack(seen))


# -- Solvers --------------------------------------------------------------------------------------


def test_bisection():
    def cube_root(a):
        def narrower(bounds):
            low, high = bounds
            middle = (low + high) / 2
            return lax.cond(middle**3 < a, lambda: (middle, high), lambda: (low, middle))

        low, high = lax.while_loop(lambda b: b[1] - b[0] > 1e-12, narrower, (0.0, 10.0))
        return (low + high) / 2

    for found in everywhere(cube_root, 2.0):
        close(found, 2.0 ** (1 / 3))
    close(polyad.vmap(cube_root)(np.array([1.0, 8.0, 27.0])), np.array([1.0, 2.0, 3.0]))


def test_newton_by_the_derivative_of_its_function():
    def newton(f, x, steps=20):
        slope = polyad.grad(f)
        return lax.fori_loop(0, steps, lambda i, x: x - f(x) / slope(x), x, unroll=4)

    root = polyad.jit(newton, static_argnums=(0, 2))(lambda x: jnp.cos(x) - x, 0.5, 20)
    close(root, 0.7390851332151607)
    through = polyad.grad(lambda a: newton(lambda x: x * x - a, 1.0))
    close([through(2.0), polyad.jit(through)(2.0)], [0.5 / math.sqrt(2)] * 2)


def rosenbrock(x):
    return jnp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def test_lbfgs_with_a_ring_of_the_last_steps():
    """The two loops over the ring have bounds that are traced; a third one searches the line."""
    kept = 5

    def direction(g, s, y, rho, k):
        n = jnp.minimum(k, kept)

        def back(i, carry):
            q, alpha = carry
            j = (k - 1 - i) % kept
            a = rho[j] * jnp.dot(s[j], q)
            return q - a * y[j], alpha.at[j].set(a)

        def forth(i, r):
            j = (k - n + i) % kept
            return r + s[j] * (alpha[j] - rho[j] * jnp.dot(y[j], r))

        q, alpha = lax.fori_loop(0, n, back, (g, jnp.zeros(kept)))
        return -lax.fori_loop(0, n, forth, q)

    def step(state):
        k, x, value, g, s, y, rho = state
        d = direction(g, s, y, rho, k)
        worse = lambda t: (rosenbrock(x + t * d) > value + 1e-4 * t * jnp.dot(g, d)) & (t > 1e-10)
        t = lax.while_loop(worse, lambda t: t * 0.5, 1.0)
        new = x + t * d
        value, after = polyad.value_and_grad(rosenbrock)(new)
        dx, dg, j = new - x, after - g, k % kept
        curved = jnp.dot(dx, dg)
        rho = rho.at[j].set(jnp.where(curved > 1e-12, 1 / curved, 0.0))
        return k + 1, new, value, after, s.at[j].set(dx), y.at[j].set(dg), rho

    def minimise(x):
        start = 0, x, *polyad.value_and_grad(rosenbrock)(x)
        ring = jnp.zeros((kept, 4)), jnp.zeros((kept, 4)), jnp.zeros(kept)
        going = lambda state: (jnp.linalg.norm(state[3]) > 1e-8) & (state[0] < 200)
        return lax.while_loop(going, step, (*start, *ring))[:2]

    steps, x = polyad.jit(minimise)(np.array([-1.2, 1.0, -1.2, 1.0]))
    close(x, np.ones(4), 1e-7)
    assert 10 < steps < 100


def test_k_means():
    def fit(points, centres):
        def step(state):
            now, _, n = state
            apart = jnp.sum((points[:, None] - now[None]) ** 2, axis=-1)
            mine = jnp.argmin(apart, axis=1)[:, None] == jnp.arange(3)
            mine = jnp.astype(mine, points.dtype)
            return mine.T @ points / jnp.maximum(mine.sum(axis=0)[:, None], 1), now, n + 1

        moving = lambda state: jnp.any(jnp.abs(state[0] - state[1]) > 1e-9) & (state[2] < 50)
        return lax.while_loop(moving, step, (centres, centres + 1, 0))[0]

    centres = np.array([[0.0, 0.0], [5.0, 5.0], [0.0, 9.0]])
    points = np.concatenate([c + RNG.normal(size=(20, 2)) * 0.3 for c in centres])
    expected = points.reshape(3, 20, 2).mean(axis=1)
    for found in everywhere(fit, points, points[::20].copy()):
        close(found, expected)


# -- Simulations ----------------------------------------------------------------------------------


def lotka_volterra(y, t, a, b):
    return jnp.stack([a * y[0] - b * y[0] * y[1], b * y[0] * y[1] - a * y[1]])


def odeint(f, y0, ts, *args):
    """Runge and Kutta's method, from each time to the next."""

    def step(y, span):
        t, h = span[0], span[1] - span[0]
        k1 = f(y, t, *args)
        k2 = f(y + h / 2 * k1, t + h / 2, *args)
        k3 = f(y + h / 2 * k2, t + h / 2, *args)
        k4 = f(y + h * k3, t + h, *args)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        return y, y

    return lax.scan(step, y0, (ts[:-1], ts[1:]))[1]


def test_odeint_and_its_derivatives():
    from scipy.integrate import solve_ivp

    def exact(y0, a, b):
        f = lambda t, y: np.asarray(lotka_volterra(y, t, a, b))
        return solve_ivp(f, (0, 3), y0, "DOP853", rtol=1e-12, atol=1e-12).y[:, -1]

    y0, ts, step = np.array([1.0, 0.5]), np.linspace(0, 3, 301), 1e-4
    end = lambda a, b: odeint(lotka_volterra, y0, ts, a, b)[-1]
    by_a = (exact(y0, 1.1 + step, 0.7) - exact(y0, 1.1 - step, 0.7)) / (2 * step)
    by_b = (exact(y0, 1.1, 0.7 + step) - exact(y0, 1.1, 0.7 - step)) / (2 * step)
    for transform in (polyad.jacfwd, polyad.jacrev):
        close(polyad.jit(transform(end, (0, 1)))(1.1, 0.7), (by_a, by_b), 1e-6)
    close(polyad.jit(end)(1.1, 0.7), exact(y0, 1.1, 0.7), 1e-8)


def test_metropolis_and_hastings():
    """The chain of the traced loop is that of the same draws, accepted in Python."""

    def log_density(x):
        return -0.5 * jnp.sum(x * x)

    def step(carry, key):
        x, accepted = carry
        first, second = random.split(key)
        proposed = x + 0.5 * random.normal(first, x.shape, dtype=x.dtype)
        ratio = log_density(proposed) - log_density(x)
        taken = jnp.log(random.uniform(second, dtype=x.dtype)) < ratio
        return (jnp.where(taken, proposed, x), accepted + taken), x

    def chain(key, n):
        (_, accepted), xs = lax.scan(step, (jnp.zeros(2), 0), random.split(key, n))
        return xs, accepted

    x, accepted, xs = np.zeros(2), 0, []
    for key in random.split(random.key(1), 40):
        xs.append(x)
        first, second = random.split(key)
        proposed = x + 0.5 * random.normal(first, (2,), dtype="float64")
        u = random.uniform(second, dtype="float64")
        if math.log(u) < 0.5 * np.sum(x * x) - 0.5 * np.sum(proposed**2):
            x, accepted = proposed, accepted + 1
    close(polyad.jit(chain, static_argnums=1)(random.key(1), 40), (np.stack(xs), accepted))
    keys = random.split(random.key(2), 3)
    close(polyad.vmap(lambda k: chain(k, 9)[0])(keys), np.stack([chain(k, 9)[0] for k in keys]))


def test_lengths_that_differ_in_a_batch():
    def steps(n):
        odd_or_even = lambda n: jnp.where(n % 2 == 0, n // 2, 3 * n + 1)
        return lax.while_loop(lambda s: s[0] != 1, lambda s: (odd_or_even(s[0]), s[1] + 1), (n, 0))[
            1
        ]

    def by_hand(n):
        count = 0
        while n != 1:
            n, count = (n // 2 if n % 2 == 0 else 3 * n + 1), count + 1
        return count

    many = np.arange(1, 20)
    for found in everywhere(polyad.vmap(steps), many):
        np.testing.assert_array_equal(np.asarray(found), [by_hand(int(n)) for n in many])


def test_affine_recurrences_at_once():
    def compose(left, right):
        return left[0] * right[0], right[0] * left[1] + right[1]

    a, b = RNG.uniform(0.1, 0.9, (2, 5)), RNG.normal(size=(2, 5))
    at_once = lambda a: jnp.sum(lax.associative_scan(compose, (a, b), axis=-1)[1] ** 2)

    def in_turn(a):
        step = lambda y, ab: (ab[0] * y + ab[1],) * 2
        return jnp.sum(lax.scan(step, jnp.zeros(2), (a.T, b.T))[1] ** 2)

    expected = polyad.value_and_grad(in_turn)(a)
    close(polyad.value_and_grad(at_once)(a), expected)
    close(polyad.jit(polyad.value_and_grad(at_once))(a), expected)


# -- JAX's other spellings ------------------------------------------------------------------------


def test_an_operand_by_keyword_and_one_for_each_branch():
    up, down = (lambda x: x + 1), (lambda x: x - 1)
    for p in (True, False):
        expected = 4.0 if p else 2.0
        for wrap in (lambda f: f, polyad.jit):
            assert wrap(lambda p, x: lax.cond(p, up, down, operand=x))(p, 3.0) == expected
            assert wrap(lambda p, x: lax.cond(p, x, up, x, down))(p, 3.0) == expected
            assert (
                wrap(lambda p: lax.cond(p, lambda _: 4, lambda _: 2, operand=None))(p) == expected
            )
            found = wrap(lambda i, x: lax.switch(i, [down, up], operand=x))(int(p), 3.0)
            assert found == expected
    both = polyad.grad(lambda x, y: lax.cond(x > 0, x, jnp.sin, y, jnp.cos), (0, 1))
    close(both(1.0, 2.0), (math.cos(1.0), 0.0))
    close(both(-1.0, 2.0), (0.0, -math.sin(2.0)))


def test_options_that_have_no_effect():
    step = lambda c, x: (c * x, c + x)
    xs = np.arange(1.0, 5.0)
    plain = lax.scan(step, 1.0, xs)
    for options in ({"unroll": 3}, {"unroll": True}, {"_split_transpose": True}):
        close(lax.scan(step, 1.0, xs, **options), plain)
        close(polyad.jit(lambda xs, o=options: lax.scan(step, 1.0, xs, **o))(xs), plain)
    power = lambda n, x: jnp.sin(x) ** n
    kept = polyad.checkpoint(power, static_argnums=0, prevent_cse=False)
    by_name = polyad.remat(power, static_argnames="n")
    close(
        [polyad.grad(f, 1)(3, 0.4) for f in (power, kept, by_name)],
        [polyad.grad(power, 1)(3, 0.4)] * 3,
    )
