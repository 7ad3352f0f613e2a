"""`polyad.numpy` is a namespace of the array API standard: names, signatures, inspection, devices.

A call that the standard allows means the same here. More is allowed where NumPy allows more: a
parameter by position that the standard has by name, a default, further parameters.
"""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import Any

import array_api_strict as strict
import numpy as np
import pytest
import torch

import polyad
import polyad.numpy as pnp
from polyad.errors import PolyadTypeError, PolyadValueError

OF_STRICT = {
    "ArrayAPIStrictFlags",
    "Device",
    "get_array_api_strict_flags",
    "reset_array_api_strict_flags",
    "set_array_api_strict_flags",
}
EMPTY = inspect.Parameter.empty
KNOWN_PLACES = {"arange": {"dtype": 3}}
"""Places that NumPy has, and its signature does not say."""
NUMPYS = {"concat": "concatenate", "permute_dims": "transpose", "pow": "power"}


def functions(module: ModuleType) -> list[str]:
    return [n for n in module.__all__ if inspect.isfunction(getattr(module, n)) and n[0] != "_"]


NAMES = [
    *((strict, pnp, np, n) for n in functions(strict) if n not in OF_STRICT),
    *((strict.fft, pnp.fft, np.fft, n) for n in functions(strict.fft)),
]


def test_every_name_of_the_standard_is_here():
    missing = {n for n in strict.__all__ if not hasattr(pnp, n)}
    assert missing <= OF_STRICT | {"__version__"}
    assert {n for n in strict.fft.__all__ if not hasattr(pnp.fft, n)} == set()
    assert pnp.__array_api_version__ == "2025.12"


@pytest.mark.needs("numpy>=2.4")  # whose functions have signatures
@pytest.mark.parametrize("theirs, ours, numpys, name", [pytest.param(*n, id=n[3]) for n in NAMES])
def test_signatures_are_the_standards(
    theirs: ModuleType, ours: ModuleType, numpys: ModuleType, name: str
):
    standard = inspect.signature(getattr(theirs, name)).parameters
    found = inspect.signature(getattr(ours, name)).parameters
    also = allowed_by_numpy(numpys, name)
    for parameter, mine in zip(standard.values(), found.values(), strict=False):
        if parameter.kind is parameter.POSITIONAL_ONLY:  # by any name: it is NumPy's
            assert mine.kind in (mine.POSITIONAL_ONLY, mine.POSITIONAL_OR_KEYWORD)
    named = (p for p in standard.values() if p.kind not in (p.POSITIONAL_ONLY, p.VAR_POSITIONAL))
    for parameter in named:
        assert parameter.name in found, f"{name} has no {parameter.name}"
        mine = found[parameter.name]
        if parameter.kind is not mine.kind and name != "clip":  # whose bounds have two names
            assert parameter.kind is parameter.KEYWORD_ONLY
            assert mine.kind is mine.POSITIONAL_OR_KEYWORD
            place = {**also, **KNOWN_PLACES.get(name, {})}.get(parameter.name)
            assert position(found, parameter.name) == place, parameter.name
        if mine.default is not parameter.default:
            same = mine.default == parameter.default
            unset = mine.default in (None, float) or "no value" in str(mine.default)
            more = parameter.default is EMPTY and parameter.name in also
            assert same or unset or more, parameter.name
    first = [p for p in standard.values() if p.kind is p.POSITIONAL_ONLY]
    for mine in list(found.values())[len(first) :]:
        variable = mine.kind in (mine.VAR_POSITIONAL, mine.VAR_KEYWORD)
        further = mine.name not in standard and not variable
        assert not further or mine.default is not EMPTY, f"{name} asks for {mine.name}"


def position(parameters: Any, name: str) -> int:
    return list(parameters).index(name)


def allowed_by_numpy(module: ModuleType, name: str) -> dict[str, int]:
    """The parameters that NumPy takes by position, and where."""
    function = getattr(module, NUMPYS.get(name, name), None)
    try:
        parameters = list(inspect.signature(function).parameters.values())  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return {}
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY)
    return {p.name: i for i, p in enumerate(parameters) if p.kind in kinds}


# -- Inspection ------------------------------------------------------------------------------------


def test_the_namespace_states_its_capabilities():
    info = pnp.__array_namespace_info__()
    assert set(info.capabilities()) == set(strict.__array_namespace_info__().capabilities())
    assert info.default_device() == "cpu"
    assert info.devices() == ("cpu",)
    assert info.default_dtypes()["real floating"] is pnp.float64
    with polyad.config(default_float="float32"):
        assert info.default_dtypes(device="cpu")["complex floating"] is pnp.complex64
    theirs = strict.__array_namespace_info__()
    for kind in (None, "bool", "signed integer", "numeric", ("real floating", "bool")):
        found = set(info.dtypes(kind=kind)) - {"float16", "bfloat16"}  # beyond the standard
        assert found == set(theirs.dtypes(kind=kind)), kind
    with pytest.raises(PolyadValueError, match="there is no device 'gpu'; there are cpu"):
        info.dtypes(device="gpu")
    with polyad.use_backend("torch"):
        assert info.default_device() == torch.device("cpu")


def test_versions_of_the_standard():
    seen = []
    polyad.grad(lambda x: (seen.append(x.__array_namespace__(api_version="2024.12")), x)[1])(1.0)
    assert seen == [pnp]
    with pytest.raises(PolyadValueError, match=r"versions 2021.12, .* not '2030.12'"):
        polyad.grad(lambda x: x.__array_namespace__(api_version="2030.12"))(1.0)


# -- Devices ---------------------------------------------------------------------------------------

MAKERS = [
    lambda d: pnp.asarray([1.0], device=d),
    lambda d: pnp.zeros(2, device=d),
    lambda d: pnp.ones((2, 3), device=d),
    lambda d: pnp.empty(2, device=d),
    lambda d: pnp.full((2,), 1.5, device=d),
    lambda d: pnp.zeros_like(pnp.ones(2), device=d),
    lambda d: pnp.ones_like(pnp.ones(2), device=d),
    lambda d: pnp.empty_like(pnp.ones(2), device=d),
    lambda d: pnp.full_like(pnp.ones(2), 3.0, device=d),
    lambda d: pnp.arange(3, device=d),
    lambda d: pnp.linspace(0.0, 1.0, 3, device=d),
    lambda d: pnp.eye(2, device=d),
    lambda d: pnp.astype(pnp.ones(2), pnp.float32, device=d),
    lambda d: pnp.from_dlpack(np.arange(3.0), device=d),
    lambda d: pnp.fft.fftfreq(4, device=d),
    lambda d: pnp.fft.rfftfreq(4, device=d),
]


@pytest.mark.parametrize("number", range(len(MAKERS)))
def test_arrays_are_made_on_a_device(number: int):
    make = MAKERS[number]
    assert isinstance(make("cpu"), np.ndarray)
    with pytest.raises(PolyadValueError, match=r"there is no device 'gpu'(.|\n)*test_standard"):
        make("gpu")
    with polyad.use_backend("torch"):
        assert make("meta").device == torch.device("meta")
        with pytest.raises(PolyadValueError, match="device"):
            make("nowhere")
    if number != 13:  # from_dlpack, which takes concrete arrays
        found = polyad.make_ir(lambda x: make(x.device) * pnp.sum(x))(np.ones(2))
        assert len(found.results) == 1


def test_a_traced_array_stays_where_its_trace_is():
    seen = []
    polyad.grad(lambda t: (seen.append(t.device), pnp.sum(t))[1])(torch.ones(2))
    assert seen == [torch.device("cpu")]
    assert polyad.jit(lambda x: x.to_device("cpu") + 1)(1.0) == 2
    with pytest.raises(PolyadValueError, match="Move the arguments of the traced function"):
        polyad.grad(lambda x: pnp.asarray(x, device="cuda"))(1.0)


# -- Copies, and arrays of other libraries ---------------------------------------------------------


@pytest.mark.parametrize("dtype", [bool, "int32", "float64", "complex128"])
def test_copies_are_copies(dtype: Any):
    x = np.array([-0.0, 1.0]).astype(dtype)
    copied = pnp.asarray(x, copy=True)
    assert copied is not x
    assert not np.shares_memory(copied, x)
    assert copied.tobytes() == x.tobytes()
    assert pnp.asarray(x) is x
    assert pnp.asarray(x, copy=False) is x
    assert pnp.astype(x, x.dtype) is not x
    assert pnp.astype(x, x.dtype, copy=False) is x
    for needs_a_copy in ([1.0], 1.0):
        with pytest.raises(PolyadValueError, match=r"copy=False(.|\n)*needs a copy"):
            pnp.asarray(needs_a_copy, copy=False)
    with pytest.raises(PolyadValueError, match="needs a copy"):
        pnp.asarray(x, dtype="uint8", copy=False)


def test_arrays_come_by_dlpack():
    t = torch.arange(3.0)
    found = pnp.from_dlpack(t)
    assert isinstance(found, np.ndarray)
    t[0] = 5.0
    assert found[0] == 5.0
    assert pnp.from_dlpack(t, copy=True)[0] == 5.0
    with polyad.use_backend("torch"):
        assert isinstance(pnp.from_dlpack(np.arange(3.0)), torch.Tensor)
    with polyad.use_backend("array_api_strict"):
        assert pnp.from_dlpack(np.arange(3.0)).shape == (3,)
    with pytest.raises(PolyadTypeError, match="an array of another library, not a list"):
        pnp.from_dlpack([1.0])
    with pytest.raises(PolyadTypeError, match="not a traced array"):
        polyad.grad(lambda x: pnp.from_dlpack(x))(1.0)
    with pytest.raises(PolyadTypeError, match="does not give its memory"):
        pnp.from_dlpack(torch.ones(2, requires_grad=True))
