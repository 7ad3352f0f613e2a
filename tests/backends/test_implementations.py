"""How a backend runs an op, and the error where nobody has said how."""

from __future__ import annotations

import numpy as np
import pytest

from polyad.backends.array_api import ArrayApiBackend
from polyad.backends.generic.implementations import IMPLEMENTATIONS
from polyad.errors import BackendCapabilityError
from polyad.ir import ArrayType
from polyad.ir.types import float64
from polyad.ops import error_functions

TYPES = (ArrayType(float64, (3,)),)


class Backend(ArrayApiBackend):
    name = "mine"
    xp = np


def test_a_forgotten_name_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delitem(IMPLEMENTATIONS, "erfcx")
    message = (
        r"erfcx: backend 'mine' cannot run this op: its library has no function 'erfcx'; say how "
        r"to run it in `implementations` of the backend, or for every backend in IMPLEMENTATIONS "
        r"\(backends/generic/implementations.py\)"
    )
    with pytest.raises(BackendCapabilityError, match=message):
        Backend().implementation(error_functions.erfcx, (), TYPES, TYPES)


def test_a_wrong_name_is_told():
    class Wrong(Backend):
        implementations = {"erfcx": "special.erfcxx"}  # noqa: RUF012

    with pytest.raises(BackendCapabilityError, match=r"no function 'special\.erfcxx'"):
        Wrong().implementation(error_functions.erfcx, (), TYPES, TYPES)


def test_a_name_in_the_library():
    class Renamed(Backend):
        implementations = {"erfcx": "linalg.norm"}  # noqa: RUF012

    assert Renamed().implementation(error_functions.erfcx, (), TYPES, TYPES) is np.linalg.norm
