"""The machine code of a unit is made once, for all programs, and is that unit's."""

from __future__ import annotations

import gc
import os
import re
import threading
import weakref

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.caches import Recent
from polyad.ir import parse
from polyad.lowering.native_code import NativeCode
from polyad.lowering.programs.build import module_of
from polyad.lowering.programs.plan import plan
from polyad.lowering.programs.store import STORE, Code, Store

from .corpus import CORPUS, compiled, layers, run


@pytest.fixture(autouse=True)
def nothing_on_disk():
    with polyad.config(cache_dir=None):
        yield


def units_in(texts):
    defined = re.compile(r'^define i32 @"([0-9a-f]{64})"', re.MULTILINE)
    return [name for text in texts for name in defined.findall(text)]


def test_a_program_of_known_units_makes_no_call_to_llvm(compilations):
    run(*layers(4))
    assert compilations
    compilations.clear()
    run(*layers(9))
    run(*layers(4))
    assert not compilations


def test_only_new_units_are_compiled(compilations):
    run(*layers(4))
    known = set(units_in(compilations))
    compilations.clear()
    run(*layers(6, last=lambda x: pnp.mean(pnp.exp(-x))))
    assert 1 <= len(units_in(compilations)) < len(known)
    assert not known.intersection(units_in(compilations))


@pytest.mark.parametrize("count", [8, 64])
def test_layers_are_no_more_units(count, compilations):
    run(*layers(3))
    few = len(units_in(compilations)), len(compilations)
    STORE.clear()
    compilations.clear()
    run(*layers(count))
    assert (len(units_in(compilations)), len(compilations)) == few


@pytest.mark.share(2)
@pytest.mark.parametrize("name", CORPUS)
def test_the_bits_do_not_depend_on_the_programs_before(name):
    wanted = run(*CORPUS[name])
    STORE.clear()
    for other in ("layers", "branches", "sweeps", "many", "until"):
        run(*CORPUS[other])
    for found, bits in zip(run(*CORPUS[name]), wanted, strict=True):
        np.testing.assert_array_equal(found, bits)


def described(digest, unit, settings):
    """The LLVM IR of a unit, without the names that it has from its program."""
    text = str(module_of({digest: unit}, settings))
    names = dict.fromkeys(re.findall(r'@"?([A-Za-z_][\w.]*_\d+[\w.]*)"?', text))
    for number, name in enumerate(names):
        text = re.sub(rf'(?<=@")?\b{re.escape(name)}\b', f"name{number}", text)
    return text.replace(digest, "unit")


def test_units_of_one_digest_have_one_text_and_others_have_others():
    texts = {}
    for f, args in CORPUS.values():
        code, _ = compiled(f, args)
        for digest, unit in code.plan[1].items():
            text = described(digest, unit, code.settings)
            assert texts.setdefault(digest, text) == text
    assert len(set(texts.values())) == len(texts) > 40


CHANGES = {
    "extents": ("f64[7]", "f64[9]"),
    "dtypes": ("f64", "f32"),
    "ops": ("exp", "sin"),
    "literals": ("value = 2.0", "value = 2.5"),
    "signs of zeros": ("value = 2.0", "value = -0.0"),
    "places of operands": ("subtract %2, %y", "subtract %y, %2"),
    "operands": ("subtract %2, %y", "subtract %2, %x"),
}
PLAIN = """
function @plain(%x: f64[7], %y: f64[7]) -> (f64[7]) {
  %0 = full {dtype = f64, shape = (7,), value = 2.0} : f64[7]
  %1 = multiply %x, %0 : f64[7]
  %2 = exp %1 : f64[7]
  %3 = subtract %2, %y : f64[7]
  return %3
}"""


def digests(text, **settings):
    with polyad.config(**settings):
        return set(NativeCode(parse(text)).plan[1])


def test_a_digest_depends_on_all_that_code_depends_on():
    first = digests(PLAIN)
    assert digests(PLAIN.replace("@plain", "@other").replace("%3", "%z")) == first
    for name, (before, after) in CHANGES.items():
        text = PLAIN.replace(before, after)
        if name == "extents":
            text = text.replace("(7,)", "(9,)")
        assert text != PLAIN
        assert not digests(text) & first, name
    assert not digests(PLAIN, fp_contract=False) & first
    assert not digests(PLAIN, reassociate_reductions=False) & first


def test_buffers_that_overlap_are_another_unit():
    text = """
function @main(%x: memref<f64[4]>, %y: memref<f64[4]>) -> () {{
  %w = memory.workspace {{bytes = 128}} : memref<u8[128]>
  %a = memory.view %w {{offset = 0, type = !f64[4]}} : memref<f64[4]>
  %b = memory.view %w {{offset = {offset}, type = !f64[4]}} : memref<f64[4]>
  control.for %a, %b {{extent = 3, reverse = False, swapped = ()}} (
    function @body(%i: i64[], %p: memref<f64[4]>, %q: memref<f64[4]>) -> () {{
      memory.copy %p, %q
      return
    }}
  )
  return
}}"""
    apart, near, meeting = (plan(parse(text.format(offset=n)), {})[1] for n in (64, 32, 16))
    assert set(apart) == set(near) != set(meeting)
    (unit,) = meeting.values()
    assert unit.overlapping == (0, 1)
    assert "noalias" not in str(module_of({"unit": unit}, {}))
    assert "noalias" in str(module_of({"unit": next(iter(apart.values()))}, {}))


def test_equal_loops_call_the_python_functions_of_their_own_programs(compilations):
    def summed(factor):
        own = lambda x: np.asarray(x * factor)
        step = lambda i, x: polyad.pure_callback(own, x, x) + 1
        return lambda x: lax.fori_loop(0, 3, step, x)

    found = [float(run(summed(factor), (np.float64(1.0),))[0]) for factor in (2.0, 3.0)]
    assert found == [15.0, 40.0]
    assert len(compilations) == len(set(units_in(compilations)))


def test_equal_loops_name_their_own_lines():
    def first(x):
        return lax.while_loop(lambda x: x < 100, lambda x: x + 1, x)

    def second(x):
        return lax.while_loop(lambda x: x < 100, lambda x: x + 1, x)

    lines = []
    with polyad.config(max_while_steps=3):
        for f in (first, second):
            with pytest.raises(polyad.errors.WhileStepsError) as caught:
                polyad.jit(f, backend="native")(0)
            lines.append(re.search(r"test_store\.py:(\d+)", str(caught.value))[1])
    assert lines[0] != lines[1]


def test_the_store_forgets_what_was_not_asked_for_longest():
    class Loaded:
        size = 100

    with polyad.config(kept_kernels=250):
        store = Store()
        made = [Code(Loaded(), (f"{i}", f"{i}'")) for i in range(3)]
        for code in made[:2]:
            store.put(code)
        assert store.get("0") is made[0]
        store.put(made[2])
        assert list(store.recent) == [made[0], made[2]]
        assert store.get("1'") is made[1]  # somebody holds it
        del made[1], code
        store.put(made[0])
        store.put(made[1])
        gc.collect()
        assert store.get("1") is None is store.get("1'")
        assert (store.get("0'"), store.get("2")) == tuple(made)
        assert store.recent.nbytes == 200
    Recent._all.remove(store.recent)


def test_a_program_keeps_the_code_that_the_store_forgets():
    f, args = layers(3)
    code, arrays = compiled(f, args)
    wanted = code(*arrays)
    STORE.clear()
    gc.collect()
    for found, bits in zip(code(*arrays), wanted, strict=True):
        np.testing.assert_array_equal(found, bits)


def test_clear_caches_frees_the_code():
    f, args = layers(3)
    jitted = polyad.jit(f, backend="native")
    jitted(*args)
    (some, *_) = STORE.recent
    gone = weakref.ref(some)
    del some, jitted
    polyad.clear_caches()
    gc.collect()
    assert not STORE.recent and gone() is None


def test_threads_that_compile_one_program_agree():
    f, args = layers(4)
    wanted = run(f, args)
    STORE.clear()
    failures, start = [], threading.Barrier(4)

    def work():
        code, arrays = compiled(f, args)
        start.wait()
        for found, bits in zip(code(*arrays), wanted, strict=True):
            if not np.array_equal(found, bits):
                failures.append(found)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform has no fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_has_the_store(compilations):
    run(*layers(4))
    compilations.clear()
    child = os.fork()
    if child == 0:
        try:
            run(*layers(6))
            os._exit(len(compilations))
        except BaseException:
            os._exit(99)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
