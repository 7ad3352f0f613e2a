"""Values: eager = traced = compiled on every backend, in the dtypes and shapes of the type rule."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import polyad
from polyad.execution import get_backend
from polyad.ir import ArrayType, parse, verify

from ..samples import SAMPLES, Sample
from .arrays import BACKENDS, close, off, on, run, tupled, type_on

EACH = [pytest.param(s, d, id=f"{s.name}-{d}") for s in SAMPLES for d in s.dtypes]
ELEMENTWISE = [s for s in SAMPLES if s.definition.elementwise and s.op not in ("complex",)]


@functools.cache
def expected(sample: Sample, dtype: str) -> tuple[Any, ...]:
    """NumPy's answer."""
    return tuple(off(x) for x in tupled(sample.run(*sample.arrays(dtype))))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("sample, dtype", EACH)
def test_eager_traced_and_compiled_agree(sample: Sample, dtype: str, backend: str):
    arrays = sample.arrays(dtype)
    wanted = expected(sample, dtype)
    given = on(backend, arrays)
    function = polyad.make_ir(sample.run)(*given)
    answers = {"compiled": polyad.jit(sample.run, backend=backend)(*given)}
    if backend != "native":
        answers["eager"] = run(backend, sample.run, arrays)
        answers["traced"] = tuple(get_backend(backend).evaluate(function, given))
    for found in answers.values():
        found = tupled(found)
        assert tuple(type_on(backend, x) for x in found) == function.result_types
        for x, y in zip(found, wanted, strict=True):
            close(x, y, sample.tolerance)


@pytest.mark.parametrize("sample, dtype", EACH)
def test_the_function_prints_and_parses_to_itself(sample: Sample, dtype: str):
    function = verify(polyad.make_ir(sample.run)(*sample.arrays(dtype)))
    again = parse(str(function))
    assert str(again) == str(function)
    assert verify(again) == function


@pytest.mark.parametrize("backend", ("numpy", "torch", "native"))
@pytest.mark.parametrize("shape", [(), (0, 3)], ids=["scalar", "empty"])
@pytest.mark.parametrize("sample", ELEMENTWISE, ids=lambda s: s.name)
def test_elementwise_ops_take_any_shape(sample: Sample, shape: tuple[int, ...], backend: str):
    arrays = [np.resize(x, shape) for x in sample.arrays(sample.dtypes[0])]
    found = tupled(run(backend, sample.run, arrays))
    types = [ArrayType(polyad.ir.as_dtype(x.dtype), x.shape) for x in arrays]
    function = polyad.make_ir(sample.run)(*types)
    assert tuple(type_on(backend, x) for x in found) == function.result_types
    if shape == ():
        for x, y in zip(found, expected(sample, sample.dtypes[0]), strict=True):
            close(x, y.reshape(-1)[0] if y.ndim else y, sample.tolerance)
