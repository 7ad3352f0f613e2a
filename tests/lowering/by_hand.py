"""Helpers: functions of the array dialect by hand, their operands, comparison with NumPy."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from polyad import make_ir, tree
from polyad.execution import get_backend
from polyad.ir import ArrayType, Builder, Definition, DType, Function, parse, verify
from polyad.lowering.backend import native


def array_type(text: str) -> ArrayType:
    match = re.fullmatch(r"(\w+)\[([\d,]*)\]", text)
    assert match
    return ArrayType(DType.by_short[match[1]], tuple(int(n) for n in match[2].split(",") if n))


def build(types: Sequence[str], program: Callable[..., Any]) -> Function:
    """The function of `program(emit, *arguments)`; `emit(name, *operands, **attributes)`."""
    builder = Builder([array_type(t) for t in types])

    def emit(name: str, *operands: Any, **attributes: Any) -> Any:
        attributes = {k: DType.by_short[v] if k == "dtype" else v for k, v in attributes.items()}
        made = builder.emit(Definition.registry[name], operands, tuple(sorted(attributes.items())))
        return made[0] if len(made) == 1 else made

    results = program(emit, *builder.argument_handles())
    return builder.build(results if isinstance(results, tuple | list) else [results])


def sample(type: ArrayType, seed: int = 0) -> Any:
    """An array of random numbers, small integers or truth values."""
    random = np.random.default_rng(seed)
    if type.dtype.family == "bool":
        return random.random(type.shape) < 0.5
    if type.dtype.is_integer:
        return random.integers(0, 7, type.shape).astype(type.dtype.name)
    x = random.standard_normal(type.shape)
    if type.dtype.is_complex:
        x = x + 1j * random.standard_normal(type.shape)
    return np.asarray(x).astype(type.dtype.name)


def assert_same(found: Sequence[Any], wanted: Sequence[Any]) -> None:
    assert len(found) == len(wanted)
    for f, w in zip(map(np.asarray, found), map(np.asarray, wanted), strict=True):
        assert (f.dtype, f.shape) == (w.dtype, w.shape)
        tolerance = 1e-5 if f.dtype in (np.float32, np.complex64) else 1e-12
        np.testing.assert_allclose(f, w, rtol=tolerance, atol=tolerance)


def compiled_like_numpy(function, *arguments, host=0):
    """Compile `function`, check every stage, compare with the NumPy backend; the compiled."""
    ir = make_ir(function)(*arguments)
    compiled = native().compile(ir)
    for stage in compiled.functions.values():
        assert parse(str(stage)) == verify(stage)
    arrays = [np.asarray(x) for x in tree.leaves(arguments)]
    for i, t in enumerate(ir.argument_types[len(arrays) :]):  # captured
        arrays.append((np.abs(sample(t, i)) + 0.1).astype(t.dtype.name))
    wanted = get_backend("numpy").evaluate(ir, arrays)
    for _ in range(2):
        for f, w in zip(compiled(*arrays), wanted, strict=True):
            f, w = np.asarray(f), np.asarray(w)
            assert (f.dtype, f.shape) == (w.dtype, w.shape)
            tolerance = 1e-4 if w.dtype in (np.float32, np.complex64) else 1e-10
            np.testing.assert_allclose(f, w, rtol=tolerance, atol=tolerance)
    assert len(compiled.host_steps) == host, compiled.explain()
    return compiled
