"""Writes into parts of the arrays that a loop carries, beside NumPy's own."""

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax

N = 9
RNG = np.random.default_rng(0)
A, B = RNG.normal(size=(2, N, N))
STEPS = 5


def cross(x):
    return 0.25 * (x[:-2, 1:-1] + x[2:, 1:-1] + x[1:-1, :-2] + x[1:-1, 2:])


INNER = (slice(1, -1), slice(1, -1))


def put(x, where, value):
    """`x.at[where].set(value)`, of NumPy's arrays too."""
    if not isinstance(x, np.ndarray):
        return x.at[where].set(value)
    made = x.copy()
    made[where] = value
    return made


def add(x, where, value):
    if not isinstance(x, np.ndarray):
        return x.at[where].add(value)
    made = x.copy()
    made[where] += value
    return made


def in_turn(a, b):
    b = put(b, INNER, cross(a))
    return put(a, INNER, cross(b)), b


def exchanged(a, b):
    return put(b, INNER, cross(a)), put(a, INNER, cross(b))


def same_part(a, b):
    """Each element is made of itself."""
    return put(a, INNER, a[INNER] * 0.5 + b[INNER]), b


def from_itself(a, b):
    return put(a, INNER, cross(a)), b


def from_itself_twice(a, b):
    """What the second write reads, the first has written; it reads around itself, too."""
    a = put(a, INNER, cross(b))
    return put(a, INNER, cross(a)), b


def old_contents_later(a, b):
    new = put(a, INNER, cross(b))
    return new, put(b, INNER, cross(a))


def old_contents_whole(a, b):
    return put(a, INNER, cross(b)), a


def twice_a_result(a, b):
    a = put(a, INNER, cross(b))
    return a, a


def several(a, b):
    a = put(a, (0,), 2.0)
    a = add(a, (slice(1, None),), -0.5 * (b[1:] - b[:-1]))
    b = add(b, (slice(None, -1), slice(None, -1)), 0.1 * (a[1:, :-1] - a[:-1, 1:]))
    return a, b


def steps(a, b):
    a = put(a, (slice(0, None, 2), slice(1, None, 3)), b[::2, 1::3] + 1)
    return add(a, (slice(1, None, 4),), b[1::4]), put(b, (slice(None), 3), a[:, 2])


def transposed(a, b):
    return put(a, INNER, a[INNER].T + 1), put(b, INNER, b[INNER][::-1])


def shared_part(a, b):
    part = cross(a + b)
    return put(a, INNER, part), put(b, INNER, part)


def with_a_sum(a, b):
    part = cross(b)
    return put(a, INNER, part), put(b, (0,), part.sum())


def products(a, b):
    return put(a, INNER, a[INNER] @ b[INNER] * 0.1), b


def empty(a, b):
    return put(a, (slice(3, 3),), b[3:3]), put(b, (slice(2, 4),), a[2:4])


def chosen(a, b):
    where = np.where if isinstance(a, np.ndarray) else pnp.where
    return put(a, INNER, where(b[INNER] > 0, b[INNER], a[INNER])), b


BODIES = {
    f.__name__: f
    for f in (
        in_turn,
        exchanged,
        same_part,
        from_itself,
        from_itself_twice,
        old_contents_later,
        old_contents_whole,
        twice_a_result,
        several,
        steps,
        transposed,
        shared_part,
        with_a_sum,
        products,
        empty,
        chosen,
    )
}


def expected(body, a, b):
    for _ in range(STEPS):
        a, b = body(a, b)
    return a, b


@pytest.mark.share(4)
@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("loop", ["scan", "while", "nested"])
def test_a_loop_gives_what_numpys_gives(name, loop):
    body = BODIES[name]
    step = lambda carry: body(*carry)

    def run(a, b):
        if loop == "scan":
            return lax.fori_loop(0, STEPS, lambda i, carry: step(carry), (a, b))
        if loop == "while":
            more = lambda carry: carry[0] < STEPS
            return lax.while_loop(more, lambda c: (c[0] + 1, *step(c[1:])), (0, a, b))[1:]
        inner = lambda i, carry: lax.fori_loop(0, 1, lambda j, c: step(c), carry)
        return lax.fori_loop(0, STEPS, inner, (a, b))

    before = A.copy(), B.copy()
    for found in (polyad.jit(run)(A, B), run(A, B)):
        for one, other in zip(found, expected(body, A, B), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)
    np.testing.assert_array_equal((A, B), before)


@pytest.mark.parametrize("name", ["in_turn", "several", "from_itself_twice", "steps", "chosen"])
def test_derivatives_of_such_loops(name):
    body = BODIES[name]

    def f(t):
        a, b = lax.fori_loop(0, STEPS, lambda i, carry: body(*carry), (A + t * B, B - t * A))
        return pnp.sum(a * a + pnp.sin(b))

    h = 1e-6
    slope = (f(0.3 + h) - f(0.3 - h)) / (2 * h)
    for way in (polyad.grad, lambda g: lambda t: polyad.jvp(g, (t,), (1.0,))[1]):
        np.testing.assert_allclose(polyad.jit(way(f))(0.3), slope, rtol=1e-6)


@pytest.mark.parametrize("rank", [1, 3])
def test_other_ranks(rank):
    shape, inner = (6,) * rank, (slice(1, -1),) * rank
    a, b = RNG.normal(size=(2, *shape))
    low = tuple(slice(0, -2) for _ in range(rank))

    def body(a, b):
        b = put(b, inner, a[inner] - a[low])
        return put(a, inner, 0.5 * b[low]), b

    found = polyad.jit(lambda a, b: lax.fori_loop(0, STEPS, lambda i, c: body(*c), (a, b)))(a, b)
    for one, other in zip(found, expected(body, a, b), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)


def body_of(f):
    """The body of the loop in f, on buffers."""
    jitted = polyad.jit(lambda a, b: lax.fori_loop(0, STEPS, lambda i, c: f(*c), (a, b)))
    return jitted.lower(A, B).stages()["buffers"].partition("control.for")[2].partition("\n  )")[0]


@pytest.mark.parametrize("name", ["in_turn", "same_part", "several", "chosen", "from_itself_twice"])
def test_nothing_is_copied_and_there_is_no_second_array(name):
    text = body_of(BODIES[name])
    assert "memory.copy" not in text and "swapped" not in text and "kernel.within" not in text


def test_a_stencil_of_the_array_itself_is_a_choice():
    assert "kernel.within" in body_of(from_itself)


def test_outside_of_loops_a_write_fuses_with_its_reader():
    jitted = polyad.jit(lambda a, b: pnp.sin(put(a * 1.0, INNER, cross(b))))
    text = jitted.lower(A, B).stages()["buffers"]
    assert "kernel.within" in text and "memory.copy" not in text
    np.testing.assert_allclose(jitted(A, B), np.sin(put(A, INNER, cross(B))))
