"""The collector rests in first calls, and is afterwards as it was."""

import gc

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad.garbage import Frozen, without_collections


@pytest.fixture
def collections():
    """The generations looked through while a test has it."""
    seen = []

    def note(phase, info):
        if phase == "start":
            seen.append(info["generation"])

    before = gc.get_threshold()
    gc.callbacks.append(note)
    gc.set_threshold(50, 2, 2)
    yield seen
    gc.set_threshold(*before)
    gc.callbacks.remove(note)


def many_cycles(count=1000):
    """The last of many objects that refer to each other."""
    last = []
    for _ in range(count):
        last = [last]
        last.append(last)
    return last


def test_there_is_no_collection_meanwhile_and_one_may_come_afterwards(collections):
    many_cycles()
    assert collections  # or the rest would show nothing
    found = without_collections(lambda: (collections.clear(), many_cycles(), len(collections)))()
    assert found[2] == 0
    assert gc.isenabled()
    many_cycles()
    assert collections


def test_tracing_and_compiling_are_not_interrupted(collections):
    seen = []

    def f(x):
        collections.clear()
        for _ in range(200):
            x = pnp.sin(x) * x
        seen.append(len(collections))
        return x

    polyad.jit(f)(np.ones(3))
    assert seen == [0]


def test_it_is_switched_on_again_after_an_error():
    @without_collections
    def fails():
        raise KeyError

    with pytest.raises(KeyError):
        fails()
    assert gc.isenabled()


def test_who_has_switched_it_off_finds_it_off():
    gc.disable()
    try:
        without_collections(many_cycles)()
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_frozen_objects_stay_frozen_and_are_counted_once(monkeypatch):
    counts, count = [], gc.get_freeze_count
    monkeypatch.setattr(gc, "get_freeze_count", lambda: counts.append(count()) or counts[-1])
    monkeypatch.setattr(Frozen, "known", False)
    gc.freeze()
    frozen = count()
    try:
        for _ in range(3):
            without_collections(many_cycles)()
        assert count() > frozen // 2  # some are freed meanwhile
        assert len(counts) == 1
    finally:
        gc.unfreeze()


def test_garbage_made_meanwhile_is_found_later():
    class Node:
        alive = 0

        def __init__(self):
            Node.alive += 1
            self.itself = self

        def __del__(self):
            Node.alive -= 1

    without_collections(Node)()
    gc.collect()
    assert Node.alive == 0


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError])
def test_an_interrupt_waits_for_no_collection(collections, error, monkeypatch):
    """A look at all that a long compile has made would take tenths of a second. In a process that
    has kept objects frozen, as another test does, the next allocation looks at them.
    """
    monkeypatch.setattr(Frozen, "known", False)

    def stopped():
        many_cycles()
        collections.clear()
        raise error

    with pytest.raises(error):
        without_collections(stopped)()
    assert collections == ([0] if error is ValueError else [])
    assert gc.isenabled()
    assert gc.get_count()[0] < 1000  # nor does the next allocation look at the new objects
