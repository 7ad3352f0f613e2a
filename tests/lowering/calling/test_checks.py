"""Fields of objects that machine code reads: where one stands elsewhere, nothing is compiled."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import polyad
from polyad.api.calls import settings
from polyad.caches import remembered
from polyad.errors import BackendNotFoundError
from polyad.lowering import availability, backend
from polyad.lowering.calling import checks, objects


@pytest.fixture
def unchecked(monkeypatch):
    monkeypatch.setattr(settings, "warn_once", remembered(settings.warn_once.__wrapped__))
    availability.misplaced_fields.cache_clear()
    yield
    availability.misplaced_fields.cache_clear()


def home(field: str) -> object:
    return checks if field == "VERSION_OFFSET" else objects


def test_all_fields_stand_where_they_are_read():
    assert checks.faults() == []


def test_every_offset_of_objects_is_checked():
    offsets = {
        name for name, value in vars(objects).items()
        if name.isupper() and isinstance(value, int)
        and not name.startswith(("METH_", "CONTIGUOUS"))
    }  # fmt: skip
    others = {"C_ORDER", "EQUAL", "EITHER", "ARRAY", "PYTHON", "ALIGNED", "WRITEABLE"}
    assert offsets - others == checks.CHECKS.keys() - {"VERSION_OFFSET"}


@pytest.mark.parametrize("field", checks.CHECKS)
@pytest.mark.parametrize("by", [-16, -8, -4, 4, 8, 16, 1 << 40])
def test_a_field_that_stands_elsewhere_is_found(monkeypatch, field, by):
    monkeypatch.setattr(home(field), field, getattr(home(field), field) + by)
    assert field in checks.faults()


@pytest.mark.parametrize("field", ["DATA", "TYPE_FLAGS", "LIST_ITEMS"])
def test_then_jit_runs_op_by_op_with_one_warning(monkeypatch, unchecked, field):
    monkeypatch.setattr(home(field), field, getattr(home(field), field) + 8)
    assert not backend.native().is_available()
    with pytest.raises(BackendNotFoundError, match=f"stand elsewhere in these builds.*{field}"):
        polyad.jit(lambda x: x, backend="native")(1.0)
    f = polyad.jit(lambda x: 2 * x)
    with pytest.warns(RuntimeWarning, match="jit compiles nothing, and runs op by op"):
        assert f(np.arange(3.0)).tolist() == [0, 2, 4]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert polyad.jit(polyad.grad(lambda x: x**2))(3.0) == 6
