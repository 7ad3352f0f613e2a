"""Reductions by segment against loops; saved residuals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import ad_checkpoint, lax
from polyad.errors import PolyadError

IDS = np.array([0, 2, 2, -1, 7, 0])
REDUCTIONS: dict[str, tuple[Any, Any]] = {
    "segment_sum": (np.sum, 0),
    "segment_prod": (np.prod, 1),
    "segment_max": (np.max, None),
    "segment_min": (np.min, None),
}


@pytest.mark.share(3)
@pytest.mark.parametrize("dtype", ["float64", "int32", "uint8"])
@pytest.mark.parametrize("shape", [(6,), (6, 2)])
@pytest.mark.parametrize("name", REDUCTIONS)
def test_a_segment_is_what_has_its_id(name: str, shape: Any, dtype: str):
    x = (np.arange(np.prod(shape)).reshape(shape) % 5 + 1).astype(dtype)
    reduce, empty = REDUCTIONS[name]
    if empty is None:
        info = np.finfo(dtype) if dtype == "float64" else np.iinfo(dtype)
        ends = (-np.inf, np.inf) if dtype == "float64" else (info.min, info.max)
        empty = ends[name == "segment_min"]
    rows = [x[i == IDS] for i in range(4)]
    expected = [reduce(r, axis=0) if len(r) else np.full(shape[1:], empty) for r in rows]
    run = lambda x, ids: getattr(lax, name)(x, ids, num_segments=4)
    for f in (run, polyad.jit(run)):
        found = f(x, IDS)
        assert found.dtype == x.dtype
        np.testing.assert_array_equal(found, np.array(expected).astype(dtype))
    if dtype == "float64":
        f = lambda x: getattr(lax, name)(x, np.array([0, 1, 1, 0, 2, 2]), num_segments=3).sum()
        distinct = np.random.default_rng(0).normal(size=shape)
        polyad.test_util.check_grads(f, (distinct,), order=1, rtol=1e-5)


def test_the_number_of_segments_is_that_of_known_ids():
    assert lax.segment_sum(np.ones(3), np.array([0, 4, 4])).tolist() == [1, 0, 0, 0, 2]
    with pytest.raises(PolyadError, match=r"(?s)segment_sum: the ids are traced.*num_segments"):
        polyad.jit(lax.segment_sum)(np.ones(3), np.array([0, 4, 4]))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"segment_ids": np.ones(3)}, "segment_ids is a vector of integers"),
        ({"segment_ids": np.zeros(2, int)}, "an id for each of the slices"),
        ({"unique_indices": 1}, "unique_indices is True or False"),
        ({"bucket_size": 0}, "bucket_size is 1 or more"),
        ({"mode": "clip"}, "mode is one of"),
        ({"num_segments": -1}, "num_segments is 0 or more"),
    ],
)
def test_bad_requests(options: dict[str, Any], text: str):
    ids = options.pop("segment_ids", np.zeros(3, int))
    with pytest.raises(PolyadError, match=text):
        lax.segment_sum(np.ones(3), ids, **options)


def test_saved_residuals_are_what_the_backward_pass_reads(capsys: pytest.CaptureFixture[str]):
    f = lambda x, n: pnp.sum(pnp.sin(pnp.sin(x)) * np.arange(3.0))
    kept = ad_checkpoint.saved_residuals(f, np.ones(3), 2)
    assert len(kept) == 3
    assert {str(t) for t, _ in kept} == {"f64[3]"}
    assert any("constant" in origin for _, origin in kept)
    less = ad_checkpoint.saved_residuals(polyad.checkpoint(f), np.ones(3), 2)
    assert [origin for _, origin in less if "constant" not in origin] == ["from the argument x"]
    ad_checkpoint.print_saved_residuals(lambda x: pnp.sin(x), np.ones(3))
    text = capsys.readouterr().out
    assert text.startswith("f64[3] ") and ("argument x" in text or "test_segments.py" in text)
