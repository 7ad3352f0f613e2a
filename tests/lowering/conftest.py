"""Fixtures: functions of the array dialect by hand, compiled, compared with the NumPy backend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from polyad.execution import get_backend
from polyad.ir import Function, parse
from polyad.lowering.backend import native
from polyad.lowering.native_code import NativeCode
from polyad.lowering.programs.store import STORE

from .by_hand import assert_same, build, sample


@pytest.fixture(autouse=True)
def empty_store() -> None:
    """No machine code of other tests, which may have changed how it is made."""
    STORE.clear()


@pytest.fixture
def make() -> Callable[..., Function]:
    return build


@pytest.fixture
def check() -> Callable[..., NativeCode]:
    """Compile, compare with the NumPy backend, check that every stage parses back."""

    def run(types: Sequence[str], program: Callable[..., Any]) -> NativeCode:
        function = build(types, program)
        arrays = [sample(t, i) for i, t in enumerate(function.argument_types)]
        compiled = native().compile(function)
        with np.errstate(all="ignore"):
            assert_same(compiled(*arrays), get_backend("numpy").evaluate(function, arrays))
        for name, stage in compiled.functions.items():
            assert parse(compiled.stages()[name]) == stage
        return compiled

    return run
