"""Backends, devices, dtypes and settings that there are not, or that do not go together."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from typing import Any

import array_api_strict
import numpy as np
import pytest
import torch

import polyad
import polyad.numpy as pnp
from polyad import errors, execution, grad, jit, vmap
from polyad.api.calls import pytrees

from .messages import lines_of, message

X = np.ones(3)
line = lines_of(__file__)


@pytest.mark.parametrize(
    "use, what",
    [
        (lambda a, b: pnp.add(a, b), "add"),
        (lambda a, b: jit(pnp.add)(a, b), "jit"),
        (lambda a, b: grad(lambda x, y: (x * y).sum())(a, b), "grad"),
        (lambda a, b: grad(lambda x: (x * b).sum())(a), "grad"),
        (lambda a, b: vmap(pnp.multiply)(a, b), "vmap"),
    ],
)
def test_another_librarys_arrays_with_tensors(use: Any, what: str):
    strict = array_api_strict.asarray(X)
    text = message(errors.BackendError, lambda: use(strict, torch.ones(3)))
    assert f"{what} mixes arrays of array_api_strict and torch" in text
    assert "array_api_strict._array_object.Array of shape (3,)" in text
    assert "torch.Tensor of shape (3,)" in text
    assert f"at {__file__}:" in text


@pytest.mark.parametrize(
    "use", [pnp.add, jit(pnp.add), grad(lambda x, y: (x * y).sum()), vmap(pnp.multiply)]
)
def test_tensors_of_two_devices(use: Any):
    cpu, meta = torch.ones(3), torch.ones(3, device="meta")
    text = message(errors.BackendError, lambda: use(cpu, meta))  # @device
    assert "mixes arrays on cpu and meta; move one of them" in text
    assert line("device") in text


UNSUPPORTED = [
    X.astype(np.longdouble),
    np.array([1.0, None]),
    np.array(["a"]),
    torch.ones(3).to(torch.float8_e5m2),
]


@pytest.mark.parametrize("array", UNSUPPORTED, ids=["longdouble", "object", "text", "float8"])
@pytest.mark.parametrize(
    "use",
    [
        lambda a: jit(lambda x: x)(a),
        lambda a: vmap(lambda x: x)(a),
        lambda a: grad(lambda x: x.sum())(a),
        lambda a: pnp.sin(a),
        lambda a: pnp.sum(a),
        lambda a: jit(lambda x: x * a)(1.0),
    ],
    ids=["jit", "vmap", "grad", "sin", "sum", "captured"],
)
def test_dtypes_that_polyad_does_not_compute_with(array: Any, use: Any):
    text = message(TypeError, lambda: use(array))
    assert "polyad does not compute with" in text
    assert "float32, float64, complex64, complex128" in text
    assert f"at {__file__}:" in text


def test_dtype_names_that_polyad_lacks():
    assert "polyad has no dtype 'float8'" in message(
        TypeError, lambda: pnp.zeros(3, dtype="float8")
    )


def test_op_and_dtype_that_do_not_go_together():
    text = message(TypeError, lambda: jit(lambda x: x < 1j)(X))  # @less
    assert "less takes ordered arrays, not complex128" in text
    assert line("less") in text


def test_static_arguments_are_hashable():
    f = lambda x, n: x
    text = message(TypeError, lambda: jit(f, static_argnums=1)(X, [1, 2]))  # @static
    assert "jit: static argument 1 must be hashable, and a list is not: [1, 2]" in text
    assert "Pass a tuple instead" in text
    assert line("static") in text
    text = message(TypeError, lambda: jit(f, static_argnames="n")(X, n={"a": 1}))
    assert "static argument 'n' must be hashable, and a dict is not" in text


@pytest.mark.parametrize(
    "use", [lambda: jit(lambda x: x, backend="tpu"), lambda: polyad.use_backend("tpu")]
)
def test_an_unknown_backend(use: Any):
    text = message(LookupError, use)
    start, known = text.split("; the known ones are ")
    assert start == "no backend is named 'tpu'"
    # Installed or not, and with whatever backends others have added to this environment.
    assert known.split(", ") == sorted(entry_points(group="polyad.backends").names)
    ours = {"numpy", "torch", "array_api_strict", "dask", "jax", "cupy", "native"}
    assert ours <= set(known.split(", "))


def test_a_backend_whose_library_is_not_installed(monkeypatch: pytest.MonkeyPatch):
    backend = polyad.execution.get_backend("array_api_strict")
    monkeypatch.setattr(type(backend), "is_available", lambda self: False)
    text = message(
        errors.BackendNotFoundError, lambda: jit(lambda x: x, backend="array_api_strict")
    )
    assert "backend 'array_api_strict' is known, but the library it needs is not installed" in text
    assert f"choose one of {', '.join(polyad.backends())}" in text
    assert "array_api_strict" not in polyad.backends()


def test_polyad_works_where_nothing_but_numpy_is_installed():
    """In a process of its own, in which importing them fails."""
    program = """
import sys
for name in ("torch", "llvmlite", "array_api_strict", "dask", "jax", "cupy"):
    sys.modules[name] = None
import numpy as np, polyad, polyad.numpy as pnp
assert polyad.grad(lambda x: pnp.sin(x).sum())(np.zeros(2)).tolist() == [1.0, 1.0]
assert polyad.jit(pnp.exp)(np.zeros(2)).tolist() == [1.0, 1.0]
assert polyad.backends() == ["numpy"]
for name in ("torch", "native"):
    try:
        polyad.jit(pnp.exp, backend=name)
    except polyad.errors.BackendNotFoundError as error:
        assert f"backend {name!r} is known, but the library it needs is not installed" in str(error)
    else:
        raise AssertionError(name)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=os.environ, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_compiler_that_gives_a_plain_function(monkeypatch: pytest.MonkeyPatch):
    numpy = execution.get_backend("numpy")
    monkeypatch.setattr(numpy, "compile", lambda function, donated=(): lambda *arrays: arrays)
    text = message(errors.BackendError, lambda: jit(pnp.sin, backend="numpy")(X))
    assert "backend 'numpy': compile returned a function" in text
    assert "Return an object of a subclass of polyad.execution.Compiled" in text


def test_a_backend_without_arrays_of_its_own():
    text = message(errors.BackendError, lambda: polyad.use_backend("native"))
    assert "backend 'native' has no arrays of its own; use jit(..., backend='native')" in text


def test_settings_that_do_not_exist():
    text = message(ValueError, lambda: polyad.config.update("default_flaot", "float32"))
    assert "there is no setting 'default_flaot'" in text
    text = message(ValueError, lambda: polyad.config.update("default_float", "float16"))
    assert "config.default_float is one of ('float32', 'float64'), not 'float16'" in text


def test_arguments_are_named_once(monkeypatch: Any):
    """Names take a look at the signature and at the path of each leaf: more than all the rest."""
    named, parameter_names = [], pytrees.parameter_names
    noting = lambda *given: named.append(given) or parameter_names(*given)
    monkeypatch.setattr(pytrees, "parameter_names", noting)

    def f(params: Any) -> Any:
        return pnp.sum(params["w"] * params["b"][0])

    params = {"w": np.ones(3), "b": [np.ones(3), 2.0]}
    for run in (grad(f), vmap(f, in_axes=({"w": 0, "b": [0, None]},)), jit(f)):
        run(params)
        known = len(named)  # the traced function has names of its arguments
        run(params)
        assert len(named) == known <= 2
    bad = {"w": np.ones(3), "b": [np.ones(3), np.ones(3, object)]}
    assert "params['b'][1]" in message(TypeError, lambda: grad(f)(bad))
