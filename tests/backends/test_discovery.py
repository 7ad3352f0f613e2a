"""Backends of others: found by their entry point, and no trouble to anyone if they are broken."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint

import numpy as np
import pytest

import polyad
from polyad import execution
from polyad.execution import discovery


@pytest.fixture
def entry(monkeypatch):
    """Add an entry point as an installed distribution would."""
    monkeypatch.setattr(discovery, "_LOADED", dict(discovery._LOADED))
    monkeypatch.setattr(discovery, "_BROKEN", set())

    def add(name, value):
        entries = {**discovery._entries(), name: EntryPoint(name, value, discovery.GROUP)}
        monkeypatch.setattr(discovery, "_entries", lambda: entries)

    return add


def test_a_backend_that_does_not_load_is_named_once_and_left_out(entry):
    entry("broken", "no_such_module:backend")
    with pytest.warns(RuntimeWarning, match="backend 'broken' does not load"):
        assert "broken" not in polyad.backends()
    assert "numpy" in polyad.backends()
    assert polyad.grad(lambda x: x**2)(np.float64(3.0)) == 6.0


def test_a_third_partys_backend_is_one_entry_point(entry):
    entry("mine", "polyad.backends.numpy:backend")
    assert "mine" in polyad.backends()
    assert execution.get_backend("mine") is execution.get_backend("mine")


def test_the_first_derivative_does_not_import_all_of_numpy():
    """`array_api_compat.numpy` does, which takes longer than all the rest."""
    code = """
import sys, polyad, polyad.numpy as pnp, numpy as np
x = np.linspace(0.1, 1, 5)
polyad.grad(lambda x: pnp.sum(pnp.sin(x) * pnp.exp(-x) / x))(x)
print("array_api_compat" in sys.modules, "numpy.testing" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
