"""The tutorials' sections, run on each backend, and comparison with the numbers they print.

"numpy" and "torch" run eagerly on their arrays; "native" compiles each function with `polyad.jit`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import polyad

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))

import tutorial

PRINTED_RELATIVE = 2e-6
EXACT_RELATIVE = 1e-12


@pytest.fixture(params=tutorial.BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return request.param


Run = Callable[..., dict[str, Any]]


@pytest.fixture
def printed(backend: str) -> Run:
    """`printed(module, section)`: the section's results in single precision, as NumPy arrays."""
    return lambda module, section: results(backend, module, section, "float32")


@pytest.fixture
def exact(backend: str) -> Run:
    """`exact(module, section)`: the section's results in double precision, as NumPy arrays."""
    return lambda module, section: results(backend, module, section, "float64")


def results(
    backend: str, module: ModuleType, section: tutorial.Section, default_float: str
) -> dict[str, Any]:
    """What a section computed. Every number must be an array of the backend, in that precision."""
    with tutorial.running(backend, **{**module.SETTINGS, "default_float": default_float}) as mode:
        found = section(mode)
        for label, value in found.items():
            for leaf in polyad.tree.leaves(value):
                # Of Python's own floats only Python makes a product.
                if not isinstance(leaf, OTHER) and type(leaf) is not float:
                    check_kind(label, leaf, backend, default_float)
    return {
        label: polyad.tree.map(
            lambda leaf: leaf if isinstance(leaf, OTHER) else np.asarray(leaf), value
        )
        for label, value in found.items()
    }


OTHER = (str, Exception, polyad.ir.Function, tutorial.Seconds)


def check_kind(label: str, array: Any, backend: str, default_float: str) -> None:
    if backend == "torch":
        import torch

        assert isinstance(array, torch.Tensor), f"{label}: {type(array)}"
    else:
        assert isinstance(array, np.ndarray | np.generic), f"{label}: {type(array)}"
    real = {"float32": ("float32", "complex64"), "float64": ("float64", "complex128")}
    assert np.asarray(array).dtype.name in real[default_float], f"{label}: {array.dtype}"


@pytest.fixture
def near() -> Callable[..., None]:
    """`near(found, expected)`: to 2e-6, and the absolute error that a test allows and explains."""

    def check(found: Any, expected: Any, absolute: Any = 0.0) -> None:
        compare(found, expected, PRINTED_RELATIVE, absolute)

    return check


@pytest.fixture
def same() -> Callable[..., None]:
    """`same(found, expected)`: to 1e-12, likewise."""

    def check(found: Any, expected: Any, absolute: Any = 0.0) -> None:
        compare(found, expected, EXACT_RELATIVE, absolute)

    return check


def compare(found: Any, expected: Any, relative: float, absolute: Any) -> None:
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for key in expected:
            compare(found[key], expected[key], relative, absolute)
    elif isinstance(expected, tuple):
        assert isinstance(found, tuple)
        for one, other in zip(found, expected, strict=True):
            compare(one, other, relative, absolute)
    else:
        expected = np.asarray(expected)
        assert found.shape == expected.shape
        beyond = np.abs(found - expected) > relative * np.abs(expected) + absolute
        assert not beyond.any(), f"{found[beyond]} and not {expected[beyond]}"
        assert np.isfinite(found).all()


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Torch on one thread: on a busy machine, handing tiny products to a second one costs more than
    all the rest of a call, and hides what is to be compared.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
