"""Each tutorial runs as a script, on each backend, and prints an account."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"

sys.path.insert(0, str(EXAMPLES))

import tutorial  # noqa: E402

TITLES = {
    "autodiff_cookbook": "Autodiff cookbook",
    "classifier_gradients": "Classifier gradients",
    "gradients_and_custom_rules": "Gradients and custom rules",
    "logistic_regression": "Logistic regression",
}


@pytest.mark.parametrize("backend", tutorial.BACKENDS)
@pytest.mark.parametrize("name", TITLES)
def test_script(name, backend, monkeypatch, capsys):
    path = EXAMPLES / f"{name}.py"
    monkeypatch.setattr(sys, "argv", [str(path), backend])
    runpy.run_path(str(path), run_name="__main__")
    out = capsys.readouterr().out
    assert out.startswith(f"{TITLES[name]}, on {backend}\n\n1. ")
    assert "Tracer" not in out


def test_unknown_backend(monkeypatch, capsys):
    path = EXAMPLES / "logistic_regression.py"
    monkeypatch.setattr(sys, "argv", [str(path), "fortran"])
    with pytest.raises(SystemExit):
        runpy.run_path(str(path), run_name="__main__")
    assert "invalid choice: 'fortran'" in capsys.readouterr().err


def test_backend_that_is_not_installed(monkeypatch, capsys):
    path = EXAMPLES / "logistic_regression.py"
    monkeypatch.setattr(sys, "argv", [str(path), "torch"])
    monkeypatch.setattr("polyad.backends", lambda: ["native", "numpy"])
    with pytest.raises(SystemExit):
        runpy.run_path(str(path), run_name="__main__")
    assert "torch is not installed; there are native, numpy" in capsys.readouterr().err
