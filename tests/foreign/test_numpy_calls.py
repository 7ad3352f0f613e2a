"""NumPy's functions, ufuncs and methods on traced arrays: each does what NumPy does, or is an error
that names the parameter; with every parameter in turn, by name and by place; compiled to machine
code, too, and differentiated.
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
from .numpy_slopes import slope_differs

EVERY_NAME = [*BASE, *(f"ndarray.{m}" for m in METHODS), *calls.ufuncs()]
DOCS = Path(__file__).parents[2] / "docs" / "your_own_code.md"


@pytest.mark.parametrize("name", EVERY_NAME)
def test_calls_are_numpys(name: str):
    wrong = [
        f"{call.name} {call.parameter} {call.kwargs!r:.60} {way}: {kind} {detail:.100}"
        for call in calls.all_calls(name)
        for way in calls.WAYS
        for kind, detail in [calls.outcome(call, way)]
        if kind not in calls.FINE
    ]
    assert not wrong, "\n".join(wrong)


def first_of_each_parameter(name: str) -> list[calls.Call]:
    found: dict[tuple[str, str], calls.Call] = {}
    for call in calls.all_calls(name):
        found.setdefault((call.name, call.parameter), call)
    return list(found.values())


def natively_wrong(some: list[calls.Call]) -> list[str]:
    return [
        f"{call.name} {call.parameter} {call.kwargs!r:.60}: {kind} {detail:.100}"
        for call in some
        for kind, detail in [calls.outcome(call, "native")]
        if kind not in calls.FINE
    ]


@pytest.mark.share(4)
@pytest.mark.parametrize("name", EVERY_NAME)
def test_compiled_calls_are_numpys(name: str):
    assert not natively_wrong(calls.all_calls(name)[:1])


@pytest.mark.share(4)
@pytest.mark.slow
@pytest.mark.parametrize("name", EVERY_NAME)
def test_compiled_calls_with_each_parameter_are_numpys(name: str):
    wrong = natively_wrong(first_of_each_parameter(name)[1:])
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", EVERY_NAME)
def test_derivatives_are_those_of_numpys_results(name: str):
    wrong = [
        f"{call.name} {call.parameter} {call.kwargs!r:.60}: {difference}"
        for call in first_of_each_parameter(name)[:1]
        for difference in [slope_differs(call)]
        if difference
    ]
    assert not wrong, "\n".join(wrong)


def test_power_of_booleans_is_numpys():
    x = np.array([True, False])
    for exponent in (0, 1, 2, 3, 2.0, True, np.int64(2)):
        expected = x**exponent
        found = polyad.jit(lambda x, k=exponent: x**k)(x)
        assert found.dtype == expected.dtype and np.array_equal(found, expected), exponent


@pytest.mark.parametrize("right", [np.arange(4.0), np.arange(8.0).reshape(4, 2)])
def test_least_squares_below_full_rank_have_no_residuals(right):
    """Where the rank is known; where it is not, these are there, as the docstring says."""
    a = np.ones((4, 2))
    expected = np.linalg.lstsq(a, right)
    for known in (pnp.linalg.lstsq(a, right), pnp.linalg.lstsq(a.tolist(), right)):
        assert known.residuals.shape == expected[1].shape == (0,)
        assert known.rank == expected[2] == 1
        np.testing.assert_allclose(known.x, expected[0], rtol=1e-12)
    under_jit = polyad.jit(np.linalg.lstsq)(a, right)
    squares = ((a @ expected[0] - right) ** 2).reshape(4, -1).sum(0)
    np.testing.assert_allclose(under_jit[1], squares, rtol=1e-12)


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
