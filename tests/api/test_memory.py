"""The memory of traced and compiled functions is bounded, and given back."""

import gc

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import caches, tracing
from polyad.api.calls import kept_code
from polyad.caches import Memo, Recent
from polyad.errors import PolyadValueError
from polyad.ir import Function

engine = pytest.importorskip("polyad.lowering.linking.engine")
X = np.arange(5.0)
pytestmark = pytest.mark.usefixtures("small_heap")
TEXTS = "test_jit_objects.py"  # the fixture would hold the functions


def live(kind):
    gc.collect()
    return sum(type(o) is kind for o in gc.get_objects())


def megabytes():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 2**20


def compiled(c):
    """A new function, compiled and called."""
    jitted = polyad.jit(polyad.value_and_grad(lambda a: pnp.sum(pnp.sin(a) * (c + 0.25))))
    value, slope = jitted(X)
    np.testing.assert_allclose(value, np.sum(np.sin(X) * (c + 0.25)))
    np.testing.assert_allclose(slope, np.cos(X) * (c + 0.25))
    return jitted


@pytest.fixture
def compilations(monkeypatch):
    """The texts that LLVM is given while a test has it; nothing comes from the disk."""
    texts = []
    made = engine.object_code
    monkeypatch.setattr(engine, "object_code", lambda text: texts.append(text) or made(text))
    with polyad.config(cache_dir=None):
        yield texts


# -- What nobody holds ----------------------------------------------------------------------------


def test_a_dropped_function_gives_its_code_back_at_once():
    with polyad.config(kept_code=0, kept_kernels=0):
        compiled(0)  # the latest is kept
        before = live(engine.Engine)
        for c in range(1, 6):
            compiled(c)
            assert live(engine.Engine) == before


def test_a_dropped_function_gives_its_traces_back():
    compiled(0)
    polyad.clear_caches()
    before = live(Function)
    for c in range(1, 6):
        compiled(c)
    polyad.clear_caches()
    assert live(Function) <= before


def test_dropped_functions_take_at_most_what_the_setting_says():
    with polyad.config(kept_code=300_000):
        for c in range(12):
            compiled(c)
            assert kept_code._LATEST.nbytes <= 300_000
        assert 1 < len(kept_code._LATEST) < 12
    held = [compiled(c) for c in range(12, 15)]
    with polyad.config(kept_code=0):
        assert len(kept_code._LATEST) == 1
    for c, jitted in enumerate(held, 12):  # what somebody holds stays
        np.testing.assert_allclose(jitted(X)[1], np.cos(X) * (c + 0.25))


def test_the_memory_of_the_process_does_not_grow_with_dropped_functions():
    with polyad.config(kept_kernels=1 << 20):
        for c in range(50):
            compiled(c)
        before = megabytes()
        for c in range(50, 150):  # 100 kB each, if they stayed
            compiled(c)
        assert megabytes() - before < 4


def test_llvms_passes_are_freed():
    text = "define void @f() {\n  ret void\n}\n"
    run = lambda: engine.optimise(engine.parsed(text, machine), machine, 1)
    machine = engine.target_machine()
    for _ in range(20):
        run()
    before = megabytes()
    for _ in range(200):  # 55 kB each, if they stayed
        run()
    assert megabytes() - before < 4


def test_another_jit_of_an_equal_function_finds_the_code(compilations):
    f = lambda a: pnp.cos(a) * 7.125
    for _ in range(4):
        np.testing.assert_allclose(polyad.jit(f)(X), np.cos(X) * 7.125)
    assert len(compilations) == 1


# -- What somebody holds --------------------------------------------------------------------------


def test_live_code_is_bounded_too():
    f = polyad.jit(lambda a: pnp.sum(pnp.sin(a)))
    with polyad.config(live_code=100_000, kept_code=0):
        for n in (*range(1, 12), *range(1, 12)):
            for _ in range(3):
                np.testing.assert_allclose(f(np.ones(n)), n * np.sin(1.0))
        assert kept_code._LIVE.nbytes <= 100_000
        assert 0 < len(f._entries) < 11


def test_shapes_beyond_the_first_have_a_bound_of_their_own(monkeypatch):
    """Of one function, however many shapes it is called with; the first ones stay."""
    monkeypatch.setattr(kept_code, "FIRST", 8)
    f = polyad.jit(lambda a: pnp.sum(pnp.sin(a)))
    with polyad.config(kept_shapes=60_000, kept_code=0):
        for n in range(1, 40):
            for _ in range(3):
                np.testing.assert_allclose(f(np.ones(n)), n * np.sin(1.0))
        further = kept_code._FURTHER
        assert 1 < len(further) < 20 and further.nbytes <= 60_000
        assert len(f._entries) == 8 + len(further)
        lengths = {entry.traced.argument_types[0].shape for entry in f._entries.values()}
        assert {(n,) for n in range(1, 9)} < lengths and (39,) in lengths
    other = polyad.jit(lambda a: pnp.sum(pnp.cos(a)))
    for n in range(1, 9):
        other(np.ones(n))
    assert len(other._entries) == 8
    del f
    gc.collect()
    assert len(further) == 0


def test_code_that_programs_share_is_counted_once():
    """A new shape of a known function has the code of the first."""
    f = polyad.jit(lambda a: pnp.sum(pnp.sin(a)))
    sizes = []
    with polyad.config(live_code=1 << 30):
        polyad.clear_caches()
        for n in range(20, 40):
            before = kept_code._LIVE.nbytes
            f(np.ones(n))
            sizes.append(kept_code._LIVE.nbytes - before)
    assert sizes[0] > engine.Engine.OWN > sizes[-1] > 0
    assert sum(sizes) < 6 * engine.Engine.OWN + 20 * 10_000


def test_entries_of_dropped_functions_are_not_counted():
    before = len(kept_code._LIVE)
    f = compiled(0.5)
    assert len(kept_code._LIVE) == before + 1
    del f
    gc.collect()
    assert len(kept_code._LIVE) == before


def test_eager_traces_are_bounded():
    polyad.clear_caches()
    before = live(Function)
    with polyad.config(kept_traces=100_000):
        for c in range(30):
            polyad.grad(lambda a, c=c: pnp.sum(pnp.sin(a) * c))(X)
        assert 0 < tracing._RECENT.nbytes <= 100_000
        polyad.grad(lambda a: pnp.sum(pnp.sin(a) * 29))
    assert live(Function) - before < 30 * 10


# -- All caches -----------------------------------------------------------------------------------


def test_clear_caches_empties_every_cache():
    compiled(0.125)
    polyad.grad(lambda a: pnp.sum(pnp.sin(a)))(X)
    polyad.clear_caches()
    assert all(len(recent) == 0 and recent.nbytes == 0 for recent in Recent._all)
    assert all(not memo for memo in Memo._all) and Memo._entries == [0]


def test_a_memo_holds_so_many_bytes_with_all_others():
    one, other = Memo(), Memo()
    caches.clear()
    with polyad.config(kept_memos=10 * Memo.ENTRY):
        for n in range(100):
            assert one.remember(n, 2 * n) == 2 * n
            other.remember(n, n)
            assert len(one) + len(other) <= 10
        assert one[99] == 198


def test_recent_lets_the_oldest_go_and_keeps_the_newest():
    gone = []
    recent = Recent("kept_code", gone.append)
    with polyad.config(kept_code=30):
        for name in "abc":
            recent.put(name, name.upper(), 10)
        recent.renew("a")
        recent.put("d", "D", 10)
        assert gone == ["B"] and list(recent) == ["C", "A", "D"]
        recent.put("a", "A", 20)
        assert gone == ["B", "C"] and recent.nbytes == 30
        recent.put("e", "E", 1000)
        assert list(recent) == ["E"] and recent.nbytes == 1000
    Recent._all.remove(recent)


@pytest.mark.parametrize(
    "name", [n for n in polyad.config.__slots__ if n.startswith(("kept_", "live_"))]
)
def test_bounds_are_numbers_of_bytes(name):
    with pytest.raises(PolyadValueError, match=f"config.{name} is a number of bytes, not -1"):
        polyad.config.update(name, -1)
