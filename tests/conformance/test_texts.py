"""Every function on the way of a sample is valid, and prints as it parses; empty and 0-d arrays."""

from __future__ import annotations

import numpy as np
import pytest

import polyad
from polyad.conformance import SAMPLES, Sample
from polyad.conformance.arrays import close, run, tupled, type_on
from polyad.conformance.laws import SIZE, masks, point
from polyad.ir import ArrayType, Function, parse, verify
from polyad.ops.types import BatchAxis
from polyad.passes.pipeline import optimize, simplify
from polyad.transforms import batch, jvp, linearize, transpose

EACH = [pytest.param(s, d, id=f"{s.name}-{d}") for s in SAMPLES for d in s.dtypes]
MOVING = [pytest.param(s, d, id=f"{s.name}-{d}") for s in SAMPLES for d in s.inexact]
ELEMENTWISE = [s for s in SAMPLES if s.definition.elementwise and s.op not in ("complex",)]


def round_trip(function: Function) -> None:
    verify(function)
    again = parse(str(function))
    assert str(again) == str(function)
    assert again == function


@pytest.mark.parametrize("sample, dtype", EACH)
def test_a_sample(sample: Sample, dtype: str):
    round_trip(polyad.make_ir(sample.run)(*sample.arrays(dtype)))


@pytest.mark.share(2)
@pytest.mark.parametrize("sample, dtype", MOVING)
def test_its_derivatives(sample: Sample, dtype: str):
    p = point(sample, dtype)
    function = polyad.make_ir(p.f)(*p.primals)
    wrt = [i < len(p.primals) for i in range(len(function.arguments))]
    linear = linearize(function, wrt)
    made = [function, jvp(function, wrt).function, linear.forward, linear.tangent]
    if any(linear.active):
        made.append(transpose(linear.tangent, len(p.primals)))
    for f in made:
        for variant in (f, simplify(f), optimize(f)):
            round_trip(variant)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: s.name)
def test_its_batches(sample: Sample):
    function = polyad.make_ir(sample.run)(*sample.arrays(sample.dtypes[0]))
    for mask in masks(sample):
        flags = [*mask, *[False] * (len(function.arguments) - len(mask))]
        round_trip(batch(function, flags, BatchAxis(SIZE)).function)


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
        for x, y in zip(found, point(sample, sample.dtypes[0]).results, strict=True):
            close(x, y.reshape(-1)[0] if y.ndim else y, sample.tolerance)
