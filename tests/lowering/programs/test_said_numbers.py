"""Code has the numbers that its form says, and no others; it is the same with all as constants."""

from __future__ import annotations

import re

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.lowering.dialects import control, loop, memory
from polyad.lowering.emission import form, steps
from polyad.lowering.programs.build import module_of
from polyad.lowering.programs.store import STORE

from .corpus import CORPUS, compiled, run
from .test_forms import ELEMENTWISE, MODELS, as_constants, normal, with_namespace


@pytest.fixture(autouse=True)
def nothing_known():
    STORE.clear()
    with polyad.config(cache_dir=None):
        yield
    STORE.clear()


def deviations(x):
    return x - pnp.mean(x * x, axis=1, keepdims=True)


def counted(x):
    return lax.fori_loop(0, 50, lambda i, s: pnp.sin(s) + s[::-1], x)


# A program for each rule of what the code of an op depends on.
PROGRAMS = {
    loop.for_: (lambda x: pnp.exp(x) + 1, [normal(300)]),
    loop.parallel: (lambda x: pnp.exp(x) + 1, [normal(1200, 900)]),
    loop.gemm: (lambda x: x @ x, [normal(90, 90)]),
    memory.load: (lambda x: pnp.exp(x[::-3]), [normal(300)]),
    memory.store: (lambda x: pnp.concatenate([x, x * 2], axis=1) + 1, [normal(20, 40)]),
    memory.local: (deviations, [normal(50, 30)]),
    loop.affine: (
        lambda x: pnp.sum(x * pnp.arange(3000, dtype="float32")),
        [normal(3000).astype("float32")],
    ),
}


def saying_nothing(rules, definition, monkeypatch):
    assert definition in rules
    monkeypatch.setitem(rules, definition, lambda lines, op: "")


@pytest.mark.parametrize("definition", form.RULES, ids=str)
def test_a_form_that_leaves_a_number_out_is_an_error(definition, monkeypatch):
    f, arguments = PROGRAMS[definition]
    run(f, arguments)
    STORE.clear()
    saying_nothing(form.RULES, definition, monkeypatch)
    with pytest.raises(AssertionError, match=f"the form of {definition.name} says nothing of"):
        run(f, arguments)


@pytest.mark.parametrize(
    ("rules", "definition"),
    [(steps.STEP_RULES, control.for_), (form.RULES, memory.load)],
    ids=["loop", "kernel in it"],
)
def test_so_is_one_of_a_loop(rules, definition, monkeypatch):
    run(counted, [normal(30)])
    STORE.clear()
    saying_nothing(rules, definition, monkeypatch)
    with pytest.raises(AssertionError, match=f"the form of {definition.name} says nothing of"):
        run(counted, [normal(30)])


def test_one_form_has_one_text():
    programs = [CORPUS[name] for name in CORPUS]
    programs += [model(*shape) for model, shapes in MODELS.values() for shape in shapes]
    texts, seen = {}, 0
    for f, arguments in programs:
        code, _ = compiled(f, arguments)
        for digest, unit in code.plan[1].items():
            text = str(module_of({digest: unit}, code.settings)).replace(digest, "unit")
            text = re.sub(r"(kernel|nest|contract|routine)_\d+", "name", text)
            assert texts.setdefault(digest, text) == text
            seen += 1
    assert len(texts) < seen


# -- Random extents, strides and overlaps


def extent(rng):
    return int(rng.choice([1, 7, 8, 9, rng.integers(10, 130), rng.integers(1000, 3000)]))


def view(rng, x):
    """An array of the same numbers, with strides and an offset of its own."""
    if x.dtype.kind != "f":
        return x
    base = np.zeros([2 + 3 * n for n in x.shape], x.dtype)
    at = tuple(
        [slice(1, 1 + n), slice(2, 2 + 2 * n, 2), slice(n, None if n < 1 else 0, -1)][
            rng.integers(3)
        ]
        for n in x.shape
    )
    base[at] = x
    return base[at]


def overlapping(rng, arrays):
    """The arrays; those of one type and shape as views of one, with elements in common."""
    kinds = {(x.dtype, x.shape) for x in arrays}
    if len(arrays) < 2 or len(kinds) > 1 or arrays[0].dtype.kind != "f":
        return arrays
    x = arrays[0]
    base = rng.normal(size=(x.shape[0] + len(arrays), *x.shape[1:])).astype(x.dtype)
    return [base[i : i + len(x)] for i in range(len(arrays))]


CASES = [(name, seed) for seed in range(8) for name in ELEMENTWISE]


@pytest.mark.parametrize(
    ("name", "seed"),
    [pytest.param(*case, marks=[pytest.mark.full] if case[1] else []) for case in CASES],
)
def test_constants_give_the_same_bits_at_random(name, seed, monkeypatch):
    rng = np.random.default_rng([seed, len(name)])
    f, arguments = ELEMENTWISE[name]
    n, m = extent(rng), extent(rng)
    given = [view(rng, x) for x in overlapping(rng, arguments(n, m if n * m < 200_000 else 9))]
    (found,) = run(with_namespace(f, pnp), given)
    with monkeypatch.context() as patch:
        as_constants(patch)
        (other,) = run(with_namespace(f, pnp), given)
    assert found.tobytes() == other.tobytes(), [(x.shape, x.strides) for x in given]
