"""`jax.stages`, for annotations and `isinstance`."""

from __future__ import annotations

import pytest

import polyad.compat.jax as jax
from polyad.compat.jax import stages


def test_instances():
    f = jax.jit(lambda x: x + 1)
    assert isinstance(f, stages.Wrapped) and not isinstance(abs, stages.Wrapped)
    assert isinstance(f.trace(1.0), stages.Traced)
    assert isinstance(f.lower(1.0), stages.Lowered)
    assert isinstance(f.lower(1.0).compile(), stages.Compiled)
    assert jax.stages is stages


def test_other_names():
    with pytest.raises(AttributeError, match="no attribute 'ArgInfo' here"):
        _ = stages.ArgInfo
