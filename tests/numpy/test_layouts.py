"""Every function on arrays that lie in memory in unusual ways, and on arrays without elements."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import polyad
from polyad.errors import PolyadError

from ..arrays import off, on
from .test_functions import CASES, EAGER_ONLY, arrays_in, close, quietly, resolve

GIVEN = [p for p in CASES if arrays_in(p.values[1])]
FIRST = list({p.values[0]: p for p in reversed(GIVEN) if p.values[0] not in EAGER_ONLY}.values())

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def backwards(x: Any) -> Any:
    """Negative strides along every axis."""
    flipped = np.flip(x)
    return np.flip(flipped.copy())


def spread(x: Any) -> Any:
    """Every other element of an array in Fortran order."""
    wide = np.repeat(np.asfortranarray(x), 2, axis=-1) if x.ndim else x
    return np.asfortranarray(wide)[..., ::2] if x.ndim else x


def replaced(args: Any, layout: Any) -> list[Any]:
    return [layout(x) if isinstance(x, np.ndarray) else x for x in args]


@pytest.mark.parametrize("layout", [backwards, spread])
@pytest.mark.parametrize("name, args, kwargs, numpy", GIVEN)
def test_strides_do_not_matter(name: str, args: Any, kwargs: Any, numpy: Any, layout: Any):
    expected = quietly(numpy, *args, **kwargs)
    close(quietly(resolve(name), *replaced(args, layout), **kwargs), expected)


@pytest.mark.parametrize("backend", ["native", "torch"])
@pytest.mark.parametrize("name, args, kwargs, numpy", FIRST)
def test_nor_do_they_in_compiled_code_and_tensors(
    name: str, args: Any, kwargs: Any, numpy: Any, backend: str
):
    positions = arrays_in(args)

    def f(*arrays: Any) -> Any:
        full = list(args)
        for i, x in zip(positions, arrays, strict=True):
            full[i] = x
        return resolve(name)(*full, **kwargs)

    if backend == "torch":
        given = [strided(args[i]) for i in positions]
    else:
        given = [(backwards, spread)[k % 2](args[i]) for k, i in enumerate(positions)]
    found = polyad.jit(f, backend=backend)(*given)
    expected = quietly(numpy, *args, **kwargs)
    many = isinstance(found, tuple | list)
    close([off(x) for x in found] if many else off(found), expected)


def strided(x: Any) -> Any:
    """A tensor of every other element, its axes reversed in memory."""
    wide = torch.from_numpy(x.copy()).permute(*range(x.ndim)[::-1])
    twice = torch.stack([wide, wide], dim=-1).flatten(-2) if x.ndim else wide
    return twice[..., ::2].permute(*range(x.ndim)[::-1]) if x.ndim else wide


@pytest.mark.parametrize(
    "name, args, kwargs, numpy", [p for p in GIVEN if not p.values[0].startswith("linalg.")]
)
def test_arrays_without_elements(name: str, args: Any, kwargs: Any, numpy: Any):
    """Agreement with NumPy; where NumPy has an error, an error of polyad's."""
    empty = [x[..., :0] if isinstance(x, np.ndarray) and x.ndim else x for x in args]
    try:
        expected = quietly(numpy, *empty, **kwargs)
    except (ValueError, IndexError, TypeError, np.linalg.LinAlgError):
        with pytest.raises(PolyadError):
            quietly(resolve(name), *empty, **kwargs)
        return
    close(quietly(resolve(name), *empty, **kwargs), expected)


@pytest.mark.parametrize("backend", ["native", "torch", "array_api_strict"])
@pytest.mark.parametrize("name, args, kwargs, numpy", FIRST)
def test_nor_do_they_matter_compiled_and_elsewhere(
    name: str, args: Any, kwargs: Any, numpy: Any, backend: str
):
    """Agreement with the NumPy backend, or an error where it has one."""
    positions = [i for i in arrays_in(args) if args[i].ndim]
    empty = [args[i][..., :0] for i in positions]

    def f(*arrays: Any) -> Any:
        full = list(args)
        for i, x in zip(positions, arrays, strict=True):
            full[i] = x
        return resolve(name)(*full, **kwargs)

    if not positions:
        return
    try:
        expected = quietly(f, *empty)
    except PolyadError:
        with pytest.raises(PolyadError):
            polyad.jit(f, backend=backend)(*on(backend, empty))
        return
    found = polyad.jit(f, backend=backend)(*on(backend, empty))
    many = isinstance(found, tuple | list)
    close([off(x) for x in found] if many else off(found), expected)
