"""Types go through pickle, to worker processes and back, as the objects they are."""

from __future__ import annotations

import pickle

import pytest

from polyad.ir import ArrayType, DType


@pytest.mark.parametrize("name", DType.by_name)
def test_a_dtype_stays_the_same_object(name: str):
    dtype = DType.by_name[name]
    assert pickle.loads(pickle.dumps(dtype)) is dtype
    assert pickle.loads(pickle.dumps(ArrayType(dtype, (2, 3)))) is ArrayType(dtype, (2, 3))
