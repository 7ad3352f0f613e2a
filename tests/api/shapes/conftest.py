"""Counts of traces and of modules that LLVM compiles."""

import pytest

import polyad
from polyad.lowering.linking import engine


@pytest.fixture(autouse=True)
def nothing_on_disk():
    with polyad.config(cache_dir=None):
        yield


@pytest.fixture
def compilations(monkeypatch):
    """The modules that LLVM has compiled."""
    made = []
    compile = engine.object_code
    monkeypatch.setattr(engine, "object_code", lambda text: made.append(text) or compile(text))
    return made


@pytest.fixture
def traces():
    """A function that counts in `traces.count` how often it is traced."""

    def counted(f):
        def run(*args):
            counted.count += 1
            return f(*args)

        run.__name__ = f.__name__
        return run

    counted.count = 0
    return counted
