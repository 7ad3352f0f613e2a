"""Fields of Python objects that machine code reads at fixed offsets, read there through ctypes."""

from __future__ import annotations

import ctypes

import polyad
from polyad.config import config
from polyad.execution import UNDER_WAY, backend_scope, get_backend
from polyad.lowering.calling.calls import version_address
from polyad.lowering.calling.objects import DICT_SIZE


def test_the_version_of_the_settings():
    def read():
        return ctypes.py_object.from_address(version_address()).value

    before = config.version
    assert read() is before
    with polyad.config(default_float="float32"):
        assert read() is config.version
        assert read() == before + 1
    assert read() is config.version


def test_the_number_of_traces_and_scopes_under_way():
    def read():
        return ctypes.c_int64.from_address(id(UNDER_WAY) + DICT_SIZE).value

    assert type(UNDER_WAY) is dict  # of which a subclass may count in another way
    assert read() == 0
    seen = []
    with backend_scope(get_backend("numpy")):
        polyad.make_ir(lambda x: seen.append(read()) or x)(1.0)
        assert read() == 1
    assert seen == [2]
    assert read() == 0
    with polyad.trace_stack.outside_of_traces():
        assert read() == 0
