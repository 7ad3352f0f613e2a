"""A jitted function with symbolic shapes gives the bits that it gives for shapes of numbers."""

from __future__ import annotations

import gc
import logging
import weakref

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax, tree
from polyad.errors import PolyadValueError
from polyad.lowering.native_code import OfSizes

from .programs import PROGRAMS, normal

SIZES = (100, 0, 1, 2, 7, 8, 9, 63, 64, 65, 16, 1000)
FEW = (100, 1, 9, 65, 64)
QUICK = ("mean", "layers", "running", "singles", "pairs")


def bits(value):
    return [(np.shape(x), np.asarray(x).dtype, np.asarray(x).tobytes()) for x in tree.leaves(value)]


def programs_of(jitted):
    return [known for found in jitted._shapes.known.values() for known in found]


@pytest.mark.full
@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_the_bits_are_those_of_shapes_of_numbers(name):
    compare(name, SIZES)


@pytest.mark.parametrize("name", QUICK)
def test_the_bits_are_those_of_a_few_shapes_of_numbers(name):
    compare(name, FEW)


def compare(name, sizes):
    f, arguments = PROGRAMS[name]
    symbolic, static = polyad.jit(f, shapes="symbolic"), polyad.jit(f)
    for n in sizes:
        given = arguments(n)
        try:
            wanted = bits(static(*given))
        except PolyadValueError:  # an extremum of nothing
            with pytest.raises(PolyadValueError):
                symbolic(*given)
            continue
        for _ in range(3):  # at first, then by the fast path
            assert bits(symbolic(*given)) == wanted
    assert not symbolic._shapes.refused
    assert 1 <= len(programs_of(symbolic)) <= len(SIZES)


@pytest.mark.parametrize("name", ["options", "layers", "filter", "mean"])
def test_a_new_shape_makes_no_trace_and_no_call_of_llvm(name, compilations, traces):
    f, arguments = PROGRAMS[name]
    jitted = polyad.jit(traces(f), shapes="symbolic")
    jitted(*arguments(101))
    before = traces.count
    compilations.clear()
    for n in (102, 97, 103, 99, 90):
        jitted(*arguments(n))
    assert traces.count == before and not compilations
    assert len(programs_of(jitted)) == 1


def test_equal_extents_are_one_symbol(traces):
    jitted = polyad.jit(traces(lambda x, y: x + y), shapes="symbolic")
    for n in (20, 30, 40):
        np.testing.assert_array_equal(jitted(np.ones(n), np.ones(n)), np.full(n, 2.0))
    assert traces.count == 1
    with pytest.raises(polyad.errors.ShapeError, match="do not broadcast"):
        jitted(np.ones(20), np.ones(30))
    assert jitted(np.ones((20, 1)), np.ones(30)).shape == (20, 30)


def test_broadcasting_is_traced_for_itself(traces):
    jitted = polyad.jit(traces(lambda x, y: x * y + 1), shapes="symbolic")
    for n, m in ((20, 30), (30, 20), (50, 60)):
        assert jitted(np.ones((n, 1)), np.ones(m)).shape == (n, m)
    assert traces.count == 1
    assert jitted(np.ones((1, 1)), np.ones(30)).shape == (1, 30)
    assert jitted(np.ones((20, 20)), np.ones(20)).shape == (20, 20)
    assert traces.count == 3


@pytest.mark.parametrize(
    ("f", "value"),
    [
        (lambda x: x * 2 if x.shape[0] < 50 else x, lambda n: 2.0 if n < 50 else 1.0),
        (lambda x: x * 2 if x.shape[0] == 50 else x, lambda n: 2.0 if n == 50 else 1.0),
        (lambda x: x * 2 if x.shape[0] % 4 == 0 else x, lambda n: 2.0 if n % 4 == 0 else 1.0),
        (lambda x: x * 2 if x.shape[0] in {49, 50} else x, lambda n: 2.0 if n in (49, 50) else 1.0),
        (lambda x: x * {50: 2.0}.get(x.shape[0], 1.0), lambda n: 2.0 if n == 50 else 1.0),
        (lambda x: x * len(range(x.shape[0])), float),
        (lambda x: x * x.size, float),
        (lambda x: x * (1 / len(x)), lambda n: 1 / n),
        (lambda x: x * float(x.shape[0]), float),
        (lambda x: x * np.sqrt(x.shape[0]), np.sqrt),
        (lambda x: x * np.arange(1.0, x.shape[0] + 1)[-1], float),
        (lambda x: x * sum(1 for _ in x), float),
        (lambda x: x * int(f"{x.shape[0]}"), float),
        (lambda x: x * (x.shape[0] // 3) + x * (x.shape[0] % 3), lambda n: float(n // 3 + n % 3)),
        (lambda x: x * (2 if x.shape == (50,) else 1), lambda n: 2.0 if n == 50 else 1.0),
    ],
)
def test_code_that_asks_for_a_number_gets_that_of_the_call(f, value):
    jitted = polyad.jit(f, shapes="symbolic")
    for n in (20, 49, 50, 51, 52, 64, 20):
        np.testing.assert_array_equal(jitted(np.ones(n)), np.full(n, value(n)))


def test_sizes_that_a_trace_needs_stay_numbers_and_the_log_names_the_line(caplog, traces):
    def f(x, y):
        return [x[i] * 2 for i in range(x.shape[0])], y + 1  # here

    jitted = polyad.jit(traces(f), shapes="symbolic")
    with caplog.at_level(logging.INFO, "polyad"):
        for n in (20, 30, 40, 50):
            jitted(np.ones(9), np.ones(n))
    (said,) = [r.message for r in caplog.records if "stay numbers" in r.message]
    assert "the number of n is needed" in said and "# here" in said
    assert traces.count == 2  # once more, with a number there


@pytest.mark.parametrize(
    ("f", "reason"),
    [
        (lambda x: x * np.ones(int(x.shape[0].real)), "AttributeError"),
        (lambda x: pnp.linalg.inv(pnp.eye(3) * pnp.sum(x))[0, 0] * x, "ask for Python objects"),
    ],
)
def test_a_function_that_cannot_be_traced_so_is_traced_for_its_sizes(f, reason, caplog):
    jitted = polyad.jit(f, shapes="symbolic")
    with caplog.at_level(logging.INFO, "polyad"):
        for n in (20, 30):
            np.testing.assert_array_equal(jitted(np.ones(n)), polyad.jit(f)(np.ones(n)))
    (said,) = [r.message for r in caplog.records if "each of its sizes" in r.message]
    assert reason in said


def test_explain_tells_guards_and_the_lines_that_need_numbers():
    def f(x, y):
        return [x[i] * 2 for i in range(x.shape[0])], y + 1 if y.shape[0] < 100 else y  # here

    jitted = polyad.jit(f, shapes="symbolic")
    jitted(np.ones(9), np.ones(20)), jitted(np.ones(9), np.ones(30))
    said = jitted.lower(np.ones(9), np.ones(20)).explain()
    assert "a program for all sizes n, m; 9 ≤ each" in said and "m < 100" in said
    assert "sizes that stay numbers: the number of n is needed" in said and "# here" in said
    refused = polyad.jit(lambda x: x * int(x.shape[0].real), shapes="symbolic")
    refused(np.ones(20)), refused(np.ones(30))
    assert "traced for each of its sizes: AttributeError" in refused.lower(np.ones(20)).explain()
    assert "symbolic shapes" not in polyad.jit(f).lower(np.ones(9), np.ones(20)).explain()


def test_auto_gives_symbols_to_what_changes(traces):
    jitted = polyad.jit(traces(lambda x, w: x[:, None] * w), shapes="auto")
    for n in (40, 50, 60, 70, 80):
        assert jitted(np.ones(n), np.ones(12)).shape == (n, 12)
    assert traces.count == 3
    (known,) = programs_of(jitted)
    assert known.key == (("n",), (12,))
    for k in (16, 17, 18):
        assert jitted(np.ones(70), np.ones(k)).shape == (70, k)
    assert traces.count == 4 and len(programs_of(jitted)) == 2
    assert programs_of(jitted)[-1].key == (("n",), ("m",))


def test_sizes_that_meet_numbers_of_the_function_stay_numbers(traces):
    def f(w, x):
        step = lambda h, row: (pnp.tanh(h @ w + row), h)
        return pnp.sum(lax.scan(step, pnp.zeros(12), x)[1])  # a carry of 12, whatever w is

    jitted = polyad.jit(traces(polyad.grad(f)), shapes="symbolic")
    static = polyad.jit(polyad.grad(f))
    w = normal(12, 12)
    for n in (100, 110, 120, 130, 115):
        assert bits(jitted(w, normal(n, 12))) == bits(static(w, normal(n, 12)))
    (known,) = programs_of(jitted)
    assert known.key == ((12, 12), ("n", 12)) and not jitted._shapes.refused


def test_an_error_is_that_of_the_function():
    def f(x):
        raise KeyError("of the user")

    with pytest.raises(KeyError, match="of the user"):
        polyad.jit(f, shapes="symbolic")(np.ones(20))


def test_a_size_that_is_kept_says_nothing_later():
    kept = []
    polyad.jit(lambda x: kept.append(x.shape[0]) or x, shapes="symbolic")(np.ones(20))
    with pytest.raises(PolyadValueError, match="after the trace"):
        range(kept[0])


def test_kinds_of_arguments(traces):
    jitted = polyad.jit(traces(lambda x, c: x * c), shapes="symbolic")
    for n in (20, 30):
        assert jitted(np.ones(n), 2.0).dtype == np.float64
        assert jitted(np.ones(n, np.float32), 2.0).dtype == np.float32
        assert jitted(np.ones(n, int), 2).dtype == np.int64
        assert jitted(np.ones((n, 12))[:, ::2], 3.0).shape == (n, 6)
        assert jitted(np.ones((12, n)).T, 3.0).flags.c_contiguous
    assert traces.count == 5  # 12 and 6 beside


def test_large_arguments_that_are_strided():
    f = lambda x: pnp.sum(x * x, axis=0)
    jitted = polyad.jit(f, shapes="symbolic")
    for n in (300, 400):
        x = normal(n, 200)
        for given in (x, x.T, x[::2], x[:, ::-1]):
            assert bits(jitted(given)) == bits(polyad.jit(f)(given))


def test_donated_arguments():
    jitted = polyad.jit(lambda x: x + 1, shapes="symbolic", donate_argnums=0)
    for n in (20, 30, 30, 30):
        x = np.ones(n)
        y = jitted(x)
        np.testing.assert_array_equal(y, np.full(n, 2.0))
    assert y is x


def test_static_arguments_and_structures(traces):
    def f(x, power):
        return x["a"] ** power

    jitted = polyad.jit(traces(f), static_argnums=1, shapes="symbolic")
    for n in (20, 30, 40):
        for power in (2, 3):
            np.testing.assert_array_equal(
                jitted({"a": np.full(n, 2.0)}, power), np.full(n, 2.0**power)
            )
    assert traces.count == 2


def test_arrays_that_are_closed_over(traces):
    weights = normal(12)
    jitted = polyad.jit(traces(lambda x: x @ weights), shapes="symbolic")
    for n in (20, 30, 40):
        np.testing.assert_allclose(jitted(normal(n, 12)), normal(n, 12) @ weights, rtol=1e-12)
    assert traces.count == 1


def test_inside_of_other_transformations():
    inner = polyad.jit(lambda x: pnp.sum(x**3), shapes="symbolic")
    outer = polyad.jit(polyad.grad(inner), shapes="symbolic")
    for n in (20, 30):
        x = normal(n)
        np.testing.assert_allclose(outer(x), 3 * x**2, rtol=1e-14)
        np.testing.assert_allclose(polyad.grad(inner)(x), 3 * x**2, rtol=1e-14)
        np.testing.assert_allclose(polyad.vmap(inner)(normal(3, n)), (normal(3, n) ** 3).sum(1))


def test_stages_and_reports_are_those_of_a_size():
    jitted = polyad.jit(lambda x: pnp.tanh(x) + 1, shapes="symbolic")
    jitted(np.ones(20)), jitted(np.ones(33))
    *_, entry = jitted._entries.values()
    assert "f64[33]" in entry.run.stages()["parallel"] and "f64[33]" in str(entry.run.function)
    assert "tanh" in entry.run.explain()


def test_another_setting_is_another_program(traces):
    jitted = polyad.jit(traces(lambda x: x * 2), shapes="symbolic")
    jitted(np.ones(20))
    with polyad.config(default_float="float32"):
        jitted(np.ones(30))
    assert traces.count == 2


def test_caches_are_cleared(traces):
    jitted = polyad.jit(traces(lambda x: x * 2), shapes="symbolic")
    jitted(np.ones(20))
    polyad.clear_caches()
    jitted(np.ones(30))
    assert traces.count == 2


def test_a_dropped_function_gives_its_programs_back():
    jitted = polyad.jit(lambda x: x * 2 + 1, shapes="symbolic")
    jitted(np.ones(20))
    code = weakref.ref(programs_of(jitted)[0].code)
    del jitted
    polyad.clear_caches()
    gc.collect()
    assert code() is None


def test_a_mode_has_a_name():
    with pytest.raises(PolyadValueError, match="'static', 'symbolic', 'auto'"):
        polyad.jit(lambda x: x, shapes="any")


def test_pickles_and_options():
    import pickle

    jitted = pickle.loads(pickle.dumps(polyad.jit(np.sinh, shapes="symbolic")))
    jitted(np.ones(20)), jitted(np.ones(30))
    assert len(programs_of(jitted)) == 1


@pytest.mark.full
@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_the_table_is_that_of_a_trace_for_the_sizes(name):
    draw = np.random.default_rng(len(name))
    check_tables(name, [9, 63, 64, 1000, *draw.integers(9, 90, 5), *draw.integers(9, 4000, 5)])


@pytest.mark.parametrize("name", ["mean", "layers"])
def test_the_table_is_that_of_a_trace_for_a_few_sizes(name):
    check_tables(name, [100, 101, 64, 333])


def check_tables(name, sizes):
    """Number by number: the calls, their operands, the places of buffers, the scratch memory."""
    f, arguments = PROGRAMS[name]
    jitted = polyad.jit(f, shapes="symbolic")
    for n in sizes:
        jitted(*arguments(int(n)))
    checked = 0
    for entry in jitted._entries.values():
        code = entry.run
        if isinstance(code, OfSizes):
            found, (wanted, _) = code.template.template.instance(code.sizes), code.plan
            assert [(row.target, *row.operands) for row in found.plan.rows] == [
                (row.target, *row.operands) for row in wanted.rows
            ]
            assert found.plan.memory == wanted.memory
            assert list(found.results) == list(code.function.result_types)
            assert code.template.facts == code.facts()
            checked += 1
    assert checked > len(sizes) / 2
