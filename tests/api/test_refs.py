"""Refs: what a program of reads and writes gives is what Python gives for the same program with
arrays that are written in place.
"""

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax, new_ref, ref
from polyad.errors import PolyadTypeError, PolyadValueError
from polyad.test_util import check_grads


def test_reads_and_writes():
    cell = new_ref(np.arange(4.0))
    assert (cell.shape, cell.ndim, cell.size, len(cell)) == ((4,), 1, 4, 4)
    assert str(cell.dtype) == "float64" and repr(cell) == "Ref(f64[4])"
    cell[0] = 5.0
    cell[1:3] += 1.0
    cell[-1] = np.float64(9.0)
    assert cell[...].tolist() == [5.0, 2.0, 3.0, 9.0]
    assert cell[1] == 2.0 and cell[np.array([0, 0])].tolist() == [5.0, 5.0]
    cell[...] = np.ones(4)
    assert ref.swap(cell, 0, 3.0) == 1.0 and ref.get(cell, slice(0, 2)).tolist() == [3.0, 1.0]
    ref.addupdate(cell, np.array([1, 1]), np.array([2.0, 3.0]))
    ref.set(cell, 2, 7.0)
    assert ref.get(cell).tolist() == [3.0, 6.0, 7.0, 1.0]


def test_nobody_else_has_the_array():
    given = np.zeros(2)
    cell = new_ref(given)
    cell[0] = 1.0
    read = cell[...]
    read[1] = 9.0
    given[1] = 8.0
    assert cell[...].tolist() == [1.0, 0.0]
    written = np.full(2, 4.0)
    cell[...] = written
    written[0] = 0.0
    assert cell[...].tolist() == [4.0, 4.0]


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_backends(backend):
    with polyad.use_backend(backend):
        cell = new_ref(pnp.zeros(2))
        cell[0] = 2.0
        polyad.jit(lambda: cell.__setitem__(1, cell[0] * 3))()
        assert np.asarray(cell[...]).tolist() == [2.0, 6.0]
        assert type(cell[...]).__module__.startswith(backend)


# -- Inside what is traced -------------------------------------------------------------------------


def summed(x):
    cell = new_ref(pnp.zeros_like(x))

    def step(carry, i):
        cell[...] += carry * i
        return carry * 1.5, cell[...].sum()

    _, ys = lax.scan(step, x, np.arange(3.0))
    return cell[...] * ys[-1]


def searched(x):
    count = new_ref(0.0 * x)

    def step(value):
        count[...] += value
        return value * 2

    end = lax.while_loop(lambda value: value + count[...] < 20, step, x)
    return end + count[...]


def chosen(x):
    cell = new_ref(x)
    lax.cond(x > 1, lambda: cell.__setitem__(..., x * x), lambda: None)
    lax.switch(1, [lambda v: None, lambda v: cell.__setitem__(..., cell[...] * v)], x)
    return cell[...]


def nested_loops(x):
    cell = new_ref(pnp.zeros((2, 2)))

    def outer(i, value):
        def inner(j, value):
            cell[i, j] += value * x
            return value + 1

        return lax.fori_loop(0, 2, inner, value)

    return cell[...].sum() + lax.fori_loop(0, 2, outer, x) + cell[...].sum()


def jitted_inside(x):
    cell = new_ref(x)
    polyad.jit(lambda v: cell.__setitem__(..., cell[...] * v))(x)
    return cell[...] * x


def summed_expected(x):
    total = x * (0 + 1.5 + 2 * 1.5**2)
    return total * np.sum(total)


def searched_expected(x):
    count = 0.0
    while x + count < 20:
        count, x = count + x, x * 2
    return x + count


def nested_expected(x):
    cell, value = np.zeros((2, 2)), x
    for i in range(2):
        for j in range(2):
            cell[i, j] += value * x
            value = value + 1
    return value + cell.sum()


PROGRAMS = {
    "scan": (summed, summed_expected),
    "while": (searched, searched_expected),
    "branches": (chosen, lambda x: (x * x if x > 1 else x) * x),
    "nested loops": (nested_loops, nested_expected),
    "jit": (jitted_inside, lambda x: x * x * x),
}


@pytest.mark.parametrize("name", list(PROGRAMS))
@pytest.mark.parametrize("x", [1.5, 0.7])
def test_programs(name, x):
    f, expected = PROGRAMS[name]
    wanted = expected(x)
    assert f(x) == pytest.approx(wanted)
    assert polyad.jit(f)(x) == pytest.approx(wanted)
    assert polyad.vmap(f)(np.array([x, x + 0.5])) == pytest.approx([wanted, expected(x + 0.5)])
    check_grads(f, (x,), 2)
    check_grads(polyad.jit(f), (x,), 1)


# -- From outside ----------------------------------------------------------------------------------


def test_a_compiled_function_reads_and_writes_what_it_closes_over():
    cell = new_ref(np.zeros(2))

    @polyad.jit
    def f(x):
        cell[0] += x
        return cell[1] * x

    for k in range(4):
        cell[1] = float(k)
        assert f(2.0) == 2.0 * k
        assert cell[...].tolist() == [2.0 * (k + 1), k]


def test_a_ref_as_an_argument():
    @polyad.jit
    def f(cells, x):
        cells["a"][0] = x
        cells["b"][...] = cells["a"][...] * 2
        return cells["a"][...].sum()

    for k in range(4):
        a, b = new_ref(np.ones(2)), new_ref(np.zeros(2))
        assert f({"a": a, "b": b}, float(k)) == k + 1
        assert a[...].tolist() == [k, 1.0] and b[...].tolist() == [2.0 * k, 2.0]
    with pytest.raises(PolyadTypeError, match="a ref is given twice"):
        f({"a": a, "b": a}, 1.0)


def test_a_compiled_function_in_a_loop():
    cell = new_ref(np.zeros(3))
    add = polyad.jit(lambda i, x: cell.__setitem__(i, cell[i] + x))
    polyad.jit(lambda x: lax.fori_loop(0, 3, lambda i, v: (add(i, v), v * 2)[1], x))(1.0)
    assert cell[...].tolist() == [1.0, 2.0, 4.0]


def test_eager_loops_write_at_once():
    cell = new_ref(np.zeros(3))
    lax.fori_loop(0, 3, lambda i, v: (cell.__setitem__(i, v), v + 1)[1], 5.0)
    assert cell[...].tolist() == [5.0, 6.0, 7.0]


def test_a_known_value_may_be_read_in_a_derivative():
    cell = new_ref(3.0)
    assert polyad.grad(lambda x: cell[...] * x)(2.0) == 3.0
    slope = polyad.jit(polyad.grad(lambda x: cell[...] * x))
    assert slope(2.0) == 3.0
    cell[...] = 4.0
    assert slope(2.0) == 4.0


def test_freeze():
    cell = new_ref(np.zeros(2))
    cell[1] = 1.0
    assert polyad.freeze(cell).tolist() == [0.0, 1.0]
    with pytest.raises(PolyadValueError, match="the ref was frozen"):
        cell[...]


# -- Errors ----------------------------------------------------------------------------------------

CELL = new_ref(np.zeros(3))
SCALAR = new_ref(0)
write = lambda x: (CELL.__setitem__(0, x), x)[1]
BAD = [
    (lambda: CELL.__setitem__(0, np.ones(2)), PolyadTypeError, r"is f64\[\], .* to it f64\[2\]"),
    (lambda: CELL.__setitem__(..., 1.0), PolyadTypeError, r"is f64\[3\], .* to it f64\[\]"),
    (
        lambda: CELL.__setitem__(..., np.zeros(3, int)),
        PolyadTypeError,
        "Broadcast or convert the value first",
    ),
    (lambda: SCALAR.__setitem__(..., 1.5), PolyadTypeError, r"is i64\[\], .* to it f64\[\]"),
    (lambda: CELL.__setitem__(0, SCALAR), PolyadTypeError, "written an array, not a ref"),
    (lambda: CELL[7], IndexError, "out of bounds"),
    (lambda: len(SCALAR), PolyadTypeError, "no length"),
    (lambda: bool(SCALAR), PolyadTypeError, "no truth value"),
    (lambda: list(CELL), PolyadTypeError, "not iterated"),
    (lambda: np.sin(CELL), PolyadTypeError, "a ref is no array: read it"),
    (lambda: pnp.sin(CELL), PolyadTypeError, "a Ref is neither an array nor a number"),
    (lambda: new_ref("a"), PolyadTypeError, "new_ref: the first value is a str"),
    (lambda: new_ref(CELL), PolyadTypeError, "takes an array, not a ref"),
    (lambda: new_ref(1.0, memory_space="host"), PolyadTypeError, "there is one memory"),
    (lambda: ref.get(3.0), PolyadTypeError, "get takes a ref, not a float"),
    (lambda: polyad.grad(write)(1.0), PolyadTypeError, "in a function that grad traces"),
    (lambda: polyad.vmap(write)(np.ones(2)), PolyadTypeError, "that vmap traces"),
    (
        lambda: polyad.jit(polyad.grad(write))(1.0),
        PolyadTypeError,
        "Make the ref inside, or return the value",
    ),
    (
        lambda: polyad.jit(lambda x: polyad.freeze(CELL) * x)(1.0),
        PolyadTypeError,
        "from outside of this traced function",
    ),
    (lambda: polyad.jit(write).lower(1.0), PolyadTypeError, "uses a ref from outside"),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_condition_that_writes():
    def f(x):
        cell = new_ref(x)
        return lax.while_loop(lambda v: (cell.__setitem__(..., v), v < 3)[1], lambda v: v + 1, x)

    with pytest.raises(PolyadTypeError, match="the condition writes a ref"):
        polyad.jit(f)(1.0)


def test_a_ref_of_a_trace_that_has_ended():
    kept = []
    polyad.jit(lambda x: (kept.append(new_ref(x)), x)[1])(1.0)
    with pytest.raises(PolyadValueError, match="after that trace has ended"):
        kept[0][...]
