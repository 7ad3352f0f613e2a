"""The parameters of every function that has JAX's name, beside the installed JAX's."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
from pathlib import Path
from typing import Any

import jax
import pytest

from polyad.compat.jax._signatures import SIGNATURES

FILE = Path(__file__).parents[2] / "docs" / "jax_signatures.py"
_spec = importlib.util.spec_from_file_location("jax_signatures", FILE)
assert _spec is not None and _spec.loader is not None
writer = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(writer)


def door(module: str) -> Any:
    return importlib.import_module("polyad.compat." + module)


def functions() -> list[tuple[str, str]]:
    """Modules and names of the functions that both have, but for those that the door writes out."""
    found = []
    for module in writer.MODULES:
        theirs = importlib.import_module(module)
        for name in dir(theirs):
            if name.startswith("_") or name in door(module).DOOR.own:
                continue
            mine = getattr(door(module), name, None)
            if callable(getattr(theirs, name)) and inspect.isroutine(mine):
                found.append((module, name))
    return found


FUNCTIONS = functions()


def test_the_table_is_that_of_the_installed_jax():
    """Written by docs/jax_signatures.py."""
    assert jax.__version__ == door("jax").__version__
    for module in writer.MODULES:
        assert writer.differing(module) == SIGNATURES.get(module, {}), module


def test_there_are_functions_to_compare():
    assert len(FUNCTIONS) > 600


@pytest.mark.parametrize(("module", "name"), FUNCTIONS)
def test_a_function_of_jaxs_name_has_its_parameters(module: str, name: str):
    theirs = getattr(importlib.import_module(module), name)
    try:
        expected = inspect.signature(theirs)
    except (TypeError, ValueError):
        return  # JAX's own has no signature
    found = inspect.signature(getattr(door(module), name))
    assert _written(found) == _written(expected), (found, expected)


def _written(signature: inspect.Signature) -> str:
    """A signature as text, defaults that are no constants apart."""
    return str(writer.text_of(signature)).replace("=...", "=?").replace("=()", "=?")
