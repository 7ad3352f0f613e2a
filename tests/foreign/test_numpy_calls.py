"""NumPy's functions, ufuncs and methods on traced arrays: each does what NumPy does, or is an error
that names the parameter; with every parameter in turn, by name and by place.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad.errors import PolyadTypeError
from polyad.foreign.numpy_calls import ADAPTERS, NAMES, rows
from polyad.foreign.ufuncs import numpys

from . import numpy_calls as calls
from .numpy_samples import BASE, METHODS

DOCS = Path(__file__).parents[2] / "docs" / "your_own_code.md"


@pytest.mark.parametrize("name", [*BASE, *(f"ndarray.{m}" for m in METHODS), *calls.ufuncs()])
def test_calls_are_numpys(name: str):
    wrong = [
        f"{call.name} {call.parameter} {call.kwargs!r:.60} {way}: {kind} {detail:.100}"
        for call in calls.all_calls(name)
        for way in calls.WAYS
        for kind, detail in [calls.outcome(call, way)]
        if kind not in calls.FINE
    ]
    assert not wrong, "\n".join(wrong)


def test_every_function_has_a_sample():
    followed = {
        name.removeprefix("numpy.") for name, _ in rows().values() if name.startswith("numpy")
    }
    lacking = {n for n in calls.dispatched() if n in followed} - set(BASE) - set(calls.WRITING)
    assert not lacking
    methods = {n for n in dir(np.ndarray) if n[0] != "_" and callable(getattr(np.ndarray, n))}
    assert methods == set(METHODS)
    assert set(numpys()) >= {getattr(np, n) for n in calls.ufuncs() if n != "isnat"}


LACKING = [n for n in calls.dispatched() if n not in BASE and not n.startswith("save")]


@pytest.mark.parametrize("name", LACKING)
def test_what_is_not_followed_is_named(name: str):
    function = calls.function_of(name)
    if function in rows():
        assert name in calls.WRITING
        return
    needed = [p for p in inspect.signature(function).parameters.values() if p.default is p.empty]
    count = sum(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in needed)
    with pytest.raises(PolyadTypeError) as caught:
        polyad.jit(lambda x: function(*(x,) * max(count, 1)))(np.ones(3))
    assert function.__name__ in str(caught.value)


def parameters_of(function: Any) -> list[tuple[str, Any]]:
    found = inspect.signature(function).parameters.values()
    return [(p.name, p.default) for p in found]


@pytest.mark.parametrize("name", [f"{m}.{n}" for m, names in NAMES.items() for n in names])
def test_parameters_are_numpys(name: str):
    """By name, order and default; further ones of polyad's are by name only."""
    module, _, last = name.rpartition(".")
    theirs = calls.function_of(name.removeprefix("numpy."))
    part = module.partition(".")[2]
    ours = ADAPTERS.get(last) or getattr(getattr(pnp, part) if part else pnp, last)
    try:
        expected = parameters_of(theirs)
    except ValueError:
        pytest.skip("NumPy does not say what its parameters are")
    found = dict(parameters_of(ours))
    kinds = inspect.signature(ours).parameters
    by_any_name = {"arange", "einsum", "einsum_path", "result_type"}
    if last in by_any_name or name == "numpy.linalg.tensordot":
        return
    for parameter, default in expected:
        assert parameter in found, f"{name} has no {parameter}"
        if "no value" not in str(default):
            assert found[parameter] == default or found[parameter] is default, parameter
    places = [p for p, _ in parameters_of(theirs)]
    kept = [p for p in found if p in places]
    assert kept == places
    for parameter in found:
        if parameter not in places:
            further = kinds[parameter]
            assert further.kind in (further.KEYWORD_ONLY, further.VAR_KEYWORD)


def test_the_table_of_the_documentation():
    text = DOCS.read_text("utf-8")
    assert calls.table() in text, "run python -m tests.foreign.numpy_calls"
