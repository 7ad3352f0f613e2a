"""The calls of LLVM, counted."""

import pytest

from polyad.lowering.linking import engine


@pytest.fixture
def compilations(monkeypatch):
    """The modules that LLVM has compiled."""
    made = []
    compile = engine.object_code
    monkeypatch.setattr(engine, "object_code", lambda text: made.append(text) or compile(text))
    return made
