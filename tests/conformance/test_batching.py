"""Batching: `vmap` of an op is the stack of a loop over it, whichever operands carry the batch."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import polyad
from polyad.ir import parse, verify
from polyad.transforms import batch

from ..samples import SAMPLES, Sample
from .arrays import BACKENDS, close, off, run, tupled

SIZE = 3


def masks(sample: Sample) -> list[tuple[bool, ...]]:
    """Every choice of operands that carry the batch; for many operands, all and each alone."""
    count = len(sample.operands)
    if count > 3:
        return [(True,) * count, *(tuple(i == k for i in range(count)) for k in range(count))]
    return [m for m in itertools.product((True, False), repeat=count) if any(m)]


def cases(backend: str) -> list[Any]:
    """Every mask; of element-wise ops, which share one rule, the full mask only but on NumPy."""
    found = []
    for sample in SAMPLES:
        chosen = masks(sample)
        if backend != "numpy" and sample.definition.elementwise:
            chosen = chosen[:1]
        for mask in chosen:
            name = "".join("b" if b else "-" for b in mask)
            found.append(pytest.param(sample, mask, backend, id=f"{sample.name}-{name}-{backend}"))
    return found


EACH = [case for backend in BACKENDS for case in cases(backend)]


@pytest.mark.parametrize("sample, mask, backend", EACH)
def test_a_batch_is_the_stack_of_a_loop(sample: Sample, mask: tuple[bool, ...], backend: str):
    dtype = sample.dtypes[0]
    draws = [sample.arrays(dtype, seed) for seed in range(SIZE)]
    arrays = [
        np.stack([draw[i] for draw in draws]) if batched else draws[0][i]
        for i, batched in enumerate(mask)
    ]
    batched = polyad.vmap(sample.run, in_axes=tuple(0 if b else None for b in mask))
    found = tupled(run(backend, batched, arrays))
    rows = [
        [off(x) for x in tupled(sample.run(*(draws[k if b else 0][i] for i, b in enumerate(mask))))]
        for k in range(SIZE)
    ]
    for x, *parts in zip(found, *rows, strict=True):
        close(x, np.stack(parts), sample.tolerance)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: s.name)
def test_the_batched_function_is_valid_and_prints_as_it_parses(sample: Sample):
    function = polyad.make_ir(sample.run)(*sample.arrays(sample.dtypes[0]))
    for mask in masks(sample):
        flags = [*mask, *[False] * (len(function.arguments) - len(mask))]
        spread = verify(batch(function, flags, SIZE).function)
        assert str(parse(str(spread))) == str(spread)
        assert parse(str(spread)) == spread
