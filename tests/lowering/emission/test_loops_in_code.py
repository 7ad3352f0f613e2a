"""A loop is one loop of machine code: no call for an op, no memory taken in an iteration, and code
that does not grow with the length.
"""

from __future__ import annotations

import re

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax

LENGTH = 1000
SCALAR, VECTOR, ROWS = 0.3, np.ones(3), np.ones((50, 3))
DEFINED = re.compile(r"^define .*?@(\S+?)\(.*?\{\n(.*?)^\}", re.DOTALL | re.MULTILINE)
LABEL, GOES_TO = re.compile(r"^(\S+):"), re.compile(r"label %(\S+?)(?:,|$|\s|\])")
CALLED = re.compile(r"\bcall\b[^@\n]*@([\w.]+)\(")


def recurrence(h, xs):
    return lax.scan(lambda h, x: (pnp.tanh(h * 0.5 + x), pnp.sum(h * x)), h, xs)


def logistic(v, length=LENGTH):
    return lax.fori_loop(0, length, lambda i, v: 1.5 * v * (1 - v), v)


def nest(x, length=LENGTH):
    """A branch beside a loop in a loop."""

    def outer(c, _):
        c = lax.cond(c > 0.5, lambda c: c * 0.5, lambda c: c + 0.1 * c * c, c)
        return lax.fori_loop(0, 50, lambda i, c: c * 1.01 - 0.1 * c * c, c), None

    return lax.scan(outer, x, None, length=length)[0]


def until(x):
    far = lambda s: (s[0] < 100) & (s[1] < 1e3)
    return lax.while_loop(far, lambda s: (s[0] + 1, s[1] * 1.1 + s[1] * s[1]), (0, x))[1]


def writes(x):
    """An array that is read and written at the counter."""

    def step(i, x):
        row = lax.dynamic_index_in_dim(x, i, keepdims=False)
        return lax.dynamic_update_index_in_dim(x, row * 0.5 + 1, i + 1, axis=0)

    return lax.fori_loop(0, LENGTH, step, x)


def slope(f):
    return polyad.grad(lambda *a: pnp.sum(f(*a)))


# What may be called in a loop: LLVM's own, kernels, and what is behind a branch that is rarely
# taken: the look for signals, a stack that needs another chunk; and what frees its chunks.
PROGRAMS = {
    "scan": (recurrence, (VECTOR, ROWS), set()),
    "scan, backwards": (slope(lambda h, xs: recurrence(h, xs)[1]), (VECTOR, ROWS), set()),
    "fori_loop": (logistic, (SCALAR,), set()),
    "fori_loop, backwards": (slope(logistic), (SCALAR,), set()),
    "nest": (nest, (SCALAR,), set()),
    "nest, backwards": (slope(nest), (SCALAR,), set()),
    "while_loop": (until, (SCALAR,), {"handle_signals"}),
    "while_loop, backwards": (slope(until), (SCALAR,), {"handle_signals", "extend", "free"}),
    "writes": (writes, (ROWS,), set()),
    "map": (lambda xs: lax.map(lambda x: pnp.tanh(x) * 2, xs), (ROWS,), set()),
    "batched": (polyad.vmap(logistic), (VECTOR,), set()),
}


def blocks(body):
    """The blocks of a function: those that each goes to, and what it calls."""
    found, name = {}, "entry"
    for line in body.splitlines():
        if label := LABEL.match(line):
            name = label[1].strip('"')
        goes, calls = found.setdefault(name, (set(), set()))
        goes.update(n.strip('"') for n in GOES_TO.findall(line) if " phi " not in line)
        calls.update(CALLED.findall(line))
    return found


def looped(text):
    """The blocks from which a way leads back to them, as what they call; of all functions."""
    for _, body in DEFINED.findall(text):
        found = blocks(body)
        for name, (_, calls) in found.items():
            seen, ahead = set(), [name]
            while ahead:
                new = found.get(ahead.pop(), (set(), set()))[0] - seen
                seen |= new
                ahead += new
            if name in seen:
                yield calls


def called_in_loops(text):
    """Other functions than LLVM's and kernels, which are among the functions looked into."""
    called = set().union(*looped(text))
    return {n for n in called if not n.startswith(("llvm.", "kernel_"))}


@pytest.mark.parametrize("name", PROGRAMS)
def test_an_iteration_calls_nothing_and_takes_no_memory(name):
    f, args, rare = PROGRAMS[name]
    text = polyad.jit(f).lower(*args).llvm_ir()
    assert list(looped(text)), "there is a loop"
    assert called_in_loops(text) <= rare


def test_the_reader_of_llvm_ir_finds_a_call_in_a_loop():
    """`sort` calls a routine, or Python, in every iteration."""
    f = lambda x: lax.fori_loop(0, LENGTH, lambda i, x: pnp.linalg.inv(x) * 0.5, x)
    assert called_in_loops(polyad.jit(f).lower(np.eye(40)).llvm_ir())


@pytest.mark.parametrize("f", [logistic, nest], ids=lambda f: f.__name__)
@pytest.mark.parametrize("transform", [lambda f: f, polyad.grad], ids=["forward", "backward"])
def test_the_code_does_not_grow_with_the_length(f, transform):
    """Long loops look for signals. LLVM unrolls as the length allows, a few times."""

    def lines(length):
        lowered = polyad.jit(transform(lambda x: f(x, length))).lower(SCALAR)
        assert lowered.llvm_ir().count("\n") < 1500
        return [str(stage).count("\n") for stage in lowered.stages().values()]

    assert lines(10**8) == lines(10**9)


@pytest.mark.parametrize("op", [polyad.special.exp1, polyad.special.gamma, polyad.special.i0])
def test_a_sum_beside_calls_of_c_functions_compiles_without_a_word(op, capfd):
    """LLVM wrote that it cannot use vectors for a loop that calls a function of SciPy's."""
    x = np.linspace(0.5, 2.0, 16)
    values, product = polyad.jit(lambda x: (op(x), pnp.nanprod(x)))(x)
    np.testing.assert_allclose(product, np.prod(x), rtol=1e-14)
    assert values.shape == x.shape and capfd.readouterr().err == ""
