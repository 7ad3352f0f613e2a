"""Numbers are operands of a kernel's code: a new shape of a known program is not compiled."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax, tree
from polyad.lowering.emission import run as emission
from polyad.lowering.emission.form import SMALL, is_intricate
from polyad.lowering.linking import keys
from polyad.lowering.linking.object_cache import HEADER
from polyad.lowering.llvm.types import I64
from polyad.lowering.programs.build import module_of
from polyad.lowering.programs.store import STORE

from .corpus import compiled, run


@pytest.fixture(autouse=True)
def nothing_known():
    STORE.clear()
    with polyad.config(cache_dir=None):
        yield


def normal(*shape):
    return np.random.default_rng(sum(shape)).normal(size=shape)


def indices(n):
    return np.random.default_rng(n).integers(0, n, size=n)


def exp_sum(x, xp):
    return xp.sum(xp.exp(x) * x)


def softmax(x, xp):
    e = xp.exp(x - xp.max(x, axis=1, keepdims=True))
    return e / xp.sum(e, axis=1, keepdims=True)


def horner(x, xp):
    y = x
    for i in range(20):
        y = y * x + (i + 1.5)
    return y


# Functions of arrays and of a namespace, and the arguments for numbers n and m.
ELEMENTWISE = {
    "tanh": (lambda x, xp: xp.tanh(x) * 2 + 1, lambda n, m: [normal(n)]),
    "long": (horner, lambda n, m: [normal(n)]),
    "single": (lambda x, xp: xp.sin(x) + x, lambda n, m: [normal(n).astype("float32")]),
    "bias": (lambda x, b, xp: xp.exp(x) + b, lambda n, m: [normal(n, m), normal(m)]),
    "outer": (lambda x, y, xp: x[:, None] * y + 1, lambda n, m: [normal(n), normal(m)]),
    "backwards": (lambda x, xp: x[::-1] * 2, lambda n, m: [normal(n)]),
    "strided": (lambda x, xp: xp.exp(x[1::3]) + x[::3], lambda n, m: [normal(3 * n)]),
    "turned": (lambda x, xp: xp.exp(x.T) + 1, lambda n, m: [normal(n, m)]),
    "stencil": (
        lambda x, xp: x[1:-1, 1:-1] + x[2:, 1:-1] * x[1:-1, :-2],
        lambda n, m: [normal(n + 2, m + 2)],
    ),
    "joined": (
        lambda x, y, xp: xp.concatenate([x, y * 2], axis=1) + 3,
        lambda n, m: [normal(n, m), normal(n, m + 1)],
    ),
    "taken": (lambda x, i, xp: x[i] * 2, lambda n, m: [normal(n), indices(n)]),
    "largest": (lambda x, xp: xp.max(x, axis=1) - xp.min(x), lambda n, m: [normal(n, m)]),
    "where": (lambda x, xp: xp.argmax(x, axis=0), lambda n, m: [normal(n, m)]),
    "running": (lambda x, xp: xp.cumsum(x, axis=1), lambda n, m: [normal(n, m)]),
    "counted": (lambda x, xp: xp.sum(x), lambda n, m: [np.arange(n)]),
}
SUMS = {
    "softmax": (softmax, lambda n, m: [normal(n, m)]),
    "mean": (lambda x, xp: x - xp.mean(x, axis=1, keepdims=True), lambda n, m: [normal(n, m)]),
    "sum": (lambda x, xp: xp.sum(x), lambda n, m: [normal(n)]),
    "product of rows": (lambda x, y, xp: xp.sum(x * y, axis=1), lambda n, m: [normal(n, m)] * 2),
    "columns": (lambda x, xp: xp.sum(x * x, axis=0), lambda n, m: [normal(n, m)]),
    "sum of exp": (exp_sum, lambda n, m: [normal(n)]),
    "matrix times vector": (lambda x, y, xp: x @ y, lambda n, m: [normal(n, m), normal(m)]),
    "product": (lambda x, y, xp: x @ y, lambda n, m: [normal(n, m), normal(m, n + 3)]),
}
FUNCTIONS = ELEMENTWISE | SUMS
SHAPES = [(20, 41), (27, 54), (31, 59), (29, 72), (20, 94)]
EXTENTS = [0, 1, 7, 8, 9, 16, 33, 64, 65, 1001]


def sized(name, n, m):
    """Arguments of n × m elements."""
    _, arguments = FUNCTIONS[name]
    return (
        arguments(n, m)
        if np.ndim(arguments(2, 2)[0]) > 1 or name == "outer"
        else arguments(n * m, 9)
    )


def with_namespace(f, xp):
    return lambda *arrays: f(*arrays, xp=xp)


@pytest.mark.share(4)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_new_shape_makes_no_call_to_llvm(name, compilations):
    f, _ = FUNCTIONS[name]
    for i, shape in enumerate(SHAPES):
        given = sized(name, *shape)
        (found,) = run(with_namespace(f, pnp), given)
        wanted = f(*given, xp=np)
        np.testing.assert_allclose(found, wanted, rtol=2e-6 if found.dtype == "f4" else 1e-11)
        if i == 0:
            assert compilations
            compilations.clear()
    assert not compilations


@pytest.mark.share(4)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_threads_get_their_chunks_as_numbers(name, compilations):
    f, _ = FUNCTIONS[name]
    for i, shape in enumerate([(601, 1210), (702, 1501)]):
        given = sized(name, *shape)
        results = []
        for threads in (1, 2):
            with polyad.config(num_threads=threads):
                results += run(with_namespace(f, pnp), given)
        np.testing.assert_array_equal(*results)
        wanted = f(*given, xp=np)
        np.testing.assert_allclose(results[0], wanted, rtol=1e-5, atol=1e-9)
        if i == 0:
            compilations.clear()
    assert not compilations


def as_constants(monkeypatch):
    """Let the code have its numbers as constants."""
    number = lambda b, place, key: I64(key if isinstance(key, int) else key[0])
    monkeypatch.setattr(emission, "number_of", number)
    STORE.clear()


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[pytest.mark.full] if i > 2 else []) for i, n in enumerate(ELEMENTWISE)],
)
def test_numbers_as_constants_give_the_same_bits(name, monkeypatch):
    f, arguments = ELEMENTWISE[name]
    cases = [(n, m) for n in EXTENTS for m in (EXTENTS if n == 9 else (9, 65))]
    cases = [c for c in cases if 0 not in c or name not in ("where", "largest")]
    found = [run(with_namespace(f, pnp), arguments(*c)) for c in cases]
    with monkeypatch.context() as patch:
        as_constants(patch)
        for case, (result,) in zip(cases, found, strict=True):
            STORE.clear()  # a form does not know its numbers
            (other,) = run(with_namespace(f, pnp), arguments(*case))
            assert result.tobytes() == other.tobytes(), case
    STORE.clear()


@pytest.mark.parametrize("name", SUMS)
def test_sums_over_all_extents(name):
    f, arguments = SUMS[name]
    for n in EXTENTS:
        for m in EXTENTS[name in ("softmax", "mean") : 7]:
            given = arguments(n, m)
            (found,) = run(with_namespace(f, pnp), given)
            scale = f(*map(np.abs, given), xp=np)  # of the rounding error of a sum
            error = np.abs(found - f(*given, xp=np))
            assert np.all(error <= 1e-14 * (abs(scale) + 1)), (n, m)


def test_numbers_are_not_in_the_text():
    texts = {}
    for f, arguments in FUNCTIONS.values():
        for n, m in [(7, 9), (9, 7), (16, 16), (70, 41), (97, 64), (131, 69), (6000, 41)]:
            code, _ = compiled(with_namespace(f, pnp), arguments(n, m))
            for digest, unit in code.plan[1].items():
                text = str(module_of({digest: unit}, code.settings)).replace(digest, "unit")
                text = re.sub(r"(kernel|nest|contract)_\d+", "name", text)
                assert texts.setdefault(digest, text) == text
    assert len(set(texts.values())) == len(texts)


def mlp(batch, features):
    def loss(weights, x):
        for w in weights:
            x = pnp.tanh(x @ w)
        return pnp.mean(x * x)

    weights = [normal(features, features) for _ in range(3)]
    return polyad.value_and_grad(loss), [weights, normal(batch, features)]


def attention(length, features):
    def rows(x):
        centred = x - pnp.mean(x, axis=-1, keepdims=True)
        return centred / pnp.sqrt(pnp.mean(centred**2, axis=-1, keepdims=True) + 1e-5)

    def loss(wq, wk, wv, x):
        scores = (x @ wq) @ (x @ wk).T / float(features) ** 0.5
        return pnp.sum(rows(x + softmax(scores, pnp) @ (x @ wv)) ** 3)

    weights = [normal(features, features) * 0.1 for _ in range(3)]
    return polyad.value_and_grad(loss, argnums=(0, 1, 2)), [*weights, normal(length, features)]


def filtered(length, size):
    def likelihood(transition, observed):
        def step(carry, y):
            mean, spread = carry
            mean, spread = transition @ mean, transition @ spread @ transition.T + pnp.eye(size)
            gain = spread[:, 0] / (spread[0, 0] + 1)
            error = y - mean[0]
            carry = mean + gain * error, spread - pnp.outer(gain, spread[0])
            return carry, -(error**2) / (spread[0, 0] + 1) - pnp.log(spread[0, 0] + 1)

        start = pnp.zeros(size), pnp.eye(size)
        return pnp.sum(lax.scan(step, start, observed)[1])

    return polyad.value_and_grad(likelihood), [np.eye(size) * 0.9, normal(length)]


def branched(length, width):
    """Branches with kernels and copies, and branches in a loop and in a branch."""

    def loss(x):
        for i in range(2):
            wave, square = (lambda v, i=i: pnp.sin(v) * (i + 0.3)), (lambda v: (v * v, v)[i])
            x = lax.cond(pnp.sum(x) > i, wave, square, x)

        def turn(x):
            return lax.cond(x[0, 0] > 0, lambda v: v, lambda v: pnp.exp(-v) * 0.7, x)

        x = lax.cond(pnp.sum(x) > 1, turn, lambda v: v + 1, x)
        return pnp.sum(x * x)

    return polyad.value_and_grad(loss), [normal(length, width)]


MODELS = {
    "mlp": (mlp, [(40, 17), (51, 17), (51, 30), (64, 31)]),
    "attention": (attention, [(28, 20), (30, 20), (31, 24)]),
    "filter": (filtered, [(50, 3), (61, 3), (83, 3)]),
    "branches": (branched, [(30, 11), (41, 19), (57, 12), (61, 29)]),
}


@pytest.mark.parametrize("name", MODELS)
def test_new_shapes_of_a_model_make_no_call_to_llvm(name, compilations):
    model, shapes = MODELS[name]
    for i, shape in enumerate(shapes):
        f, arguments = model(*shape)
        (code, arrays) = compiled(f, arguments)
        found = code(*arrays)
        wanted = f(*arguments)  # the NumPy backend, op by op
        for one, other in zip(found, tree.leaves(wanted), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-7, atol=1e-9)
        if i == 0:
            assert compilations
            compilations.clear()
    assert not compilations


def test_all_lengths_are_two_forms(compilations):
    for n in (64, 97, 128, 500, 1001, 4096, 20_000, 50_001, 300_000):
        (found,) = run(lambda x: pnp.exp(-x * x) * pnp.tanh(x) + 0.7, [normal(n)])
        x = normal(n)
        np.testing.assert_allclose(found, np.exp(-x * x) * np.tanh(x) + 0.7, rtol=1e-14)
    assert len(compilations) == 2  # by one thread, and in chunks


def test_factors_are_operands(compilations):
    for scale, offset in ((0.37, 1.0), (-2.7e-3, 1.0), (1e300, 1.0)):
        compilations.clear()
        (found,) = run(lambda x: pnp.exp(x) * scale / 130.5 + offset, [normal(500)])
        np.testing.assert_allclose(found, np.exp(normal(500)) * scale / 130.5 + offset, rtol=1e-15)
    assert not compilations
    run(lambda x: pnp.exp(x) * 2 / 130.5 + 1, [normal(500)])  # a simple factor
    assert compilations


def test_loops_inside_loops_have_their_extents_as_operands(compilations):
    def f(x, y):
        inner = lambda c, b: (pnp.sin(c) + b, None)
        outer = lambda c, a: (lax.scan(inner, c * a, y)[0], c)
        return lax.scan(outer, 0.5, x)

    for n, m in ((30, 40), (45, 33), (1000, 20)):
        x, y = normal(n), normal(m)
        last, states = run(f, [x, y])
        wanted, c = [], 0.5
        for a in x:
            wanted.append(c)
            c = c * a
            for b in y:
                c = np.sin(c) + b
        np.testing.assert_allclose(states, wanted, rtol=1e-10)
        np.testing.assert_allclose(last, c, rtol=1e-10)
        if n == 30:
            compilations.clear()
    assert not compilations


def test_which_numbers_are_equal_is_part_of_the_form(compilations):
    of = lambda *shape: run(lambda x: pnp.exp(x.T) + 1, [normal(*shape)])
    of(30, 40)
    compilations.clear()
    of(31, 44)
    assert not compilations
    of(40, 40)
    assert compilations


def test_small_numbers_are_part_of_the_form(compilations):
    for n in range(1, SMALL + 2):
        compilations.clear()
        run(lambda x: pnp.sum(x * 3), [normal(n)])
        assert compilations, n


def test_donated_and_overlapping_arrays(compilations):
    f = polyad.jit(lambda x, y: (x.at[1:].add(y[:-1]), pnp.cumsum(y)), donate_argnums=0)
    for n in (50, 61, 1203):
        x = np.arange(float(n) + 1)
        wanted = x[1:].copy()
        wanted[1:] += x[1:-1]
        found, total = f(x[1:].copy(), x[1:])  # the second argument is a view
        np.testing.assert_array_equal(found, wanted)
        np.testing.assert_array_equal(total, np.cumsum(x[1:]))
    assert len(compilations) <= 2


def test_explain_and_the_log_say_what_is_compiled_for_its_sizes(caplog):
    def f(x, z):
        total, _ = lax.scan(lambda c, row: (pnp.tanh(c + row), None), x[0], x)
        return pnp.exp(total), z @ z.T, pnp.linalg.cholesky(total[:, None] * total + pnp.eye(20))

    arguments = [normal(30, 20), normal(30, 20) * 1j]
    told = polyad.jit(f, backend="native").lower(*arguments).explain()
    steps = [part for part in told.split("\n\n") if "compiled for its sizes" in part]
    reasons = [re.search("compiled for its sizes: (.*)", part)[1] for part in steps]
    assert any("tanh" in part and "in a loop" in part for part in steps)
    assert any("BLAS takes its sizes" in reason for reason in reasons)
    assert any("routine" in reason for reason in reasons)
    assert "exp; over" in told and not any("exp; over" in part for part in steps)
    STORE.clear()
    with caplog.at_level("DEBUG", logger="polyad"):
        run(f, arguments)
    for reason in set(reasons):
        assert any(reason in line for line in caplog.messages), reason


def test_an_entry_on_disk_with_other_operands_is_not_run(tmp_path):
    f, arguments = (lambda x: pnp.exp(x) + 0.37), [normal(300)]
    with polyad.config(cache_dir=tmp_path):
        wanted = run(f, arguments)
        entries = {path: path.read_bytes()[HEADER:] for path in tmp_path.rglob("*.polyad")}
        ((path, entry),) = [(p, e) for p, e in entries.items() if e.startswith(b"{")]
        disk, parts = keys.cache(), json.loads(entry)
        for change in (lambda row: row.pop(), lambda row: row.append([0, 7])):
            STORE.clear()
            changed = json.loads(json.dumps(parts))
            change(changed["rows"][0])
            disk.put(path.stem, json.dumps(changed).encode())
            np.testing.assert_array_equal(run(f, arguments), wanted)


def intricate(x, xp):
    """Many loops over the rows of a block: all numbers are constants but how many rows it has."""
    y, steps = x, []
    for k in range(1, 6):
        steps.append(xp.sum(xp.sin(y) * (0.3 * k), axis=1, keepdims=True))
        y = y * 0.37 + steps[-1] / (1.5 + k)
    return xp.concatenate([y, *steps], axis=1), xp.sum(y, axis=0), xp.sum(steps[0])


def test_intricate_kernels_of_other_sizes_are_not_taken_for_each_other(compilations):
    for shape in ((1001, 3), (1003, 3), (2000, 3), (640, 5), (1001, 9), (512, 9), (1001, 2)):
        x = normal(*shape)
        code, arrays = compiled(with_namespace(intricate, pnp), [x])
        kernels = [op for op in code.functions["parallel"].ops if op.name == "loop.kernel"]
        assert any(is_intricate(op.regions[0]) for op in kernels)
        found, wanted = code(*arrays), intricate(x, np)
        for one, other in zip(found, wanted, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-9)
    assert compilations
