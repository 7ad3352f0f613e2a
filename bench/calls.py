"""What a call costs when there is little to compute: of jitted functions, given arrays, containers,
Python scalars and static arguments; of one of NumPy's functions; of an operation that is traced.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .peers import LIBRARIES, Library
from .rows import Row, Thunk

OPS = 200


def small() -> tuple[np.ndarray, np.ndarray]:
    return np.arange(5.0), np.ones(5)


def two_arrays(lib: Library) -> Thunk:
    """NumPy arrays go in, whatever the library: the price of taking them counts."""
    function = lib.jit(lambda x, y: x * y + x)
    x, y = small()
    return lambda: lib.wait(function(x, y))


def two_arrays_of_its_own(label: str) -> Callable[[], Thunk]:
    """Arrays of the library's own class go in."""

    def build() -> Thunk:
        lib = LIBRARIES[label]()
        function = lib.jit(lambda x, y: x * y + x)
        x, y = (lib.asarray(a) for a in small())
        return lambda: lib.wait(function(x, y))

    return build


def two_tensors(lib: Library) -> Thunk:
    """PyTorch's tensors go in, and come out."""
    import torch

    function, (x, y) = lib.jit(lambda x, y: x * y + x), map(torch.as_tensor, small())
    return lambda: function(x, y)


def two_arrays_numba() -> Thunk:
    import numba

    function = numba.njit(lambda x, y: x * y + x)
    x, y = small()
    return lambda: function(x, y)


def containers(lib: Library) -> Thunk:
    """Dicts and tuples of six arrays go in, and a dict comes out."""

    def update(params: Any, batch: Any) -> Any:
        x, (y, z) = batch
        return {"w": params["w"] * x + y, "b": params["layer"]["b"] - params["layer"]["c"] * z}

    function, (x, y) = lib.jit(update), small()
    params = {"w": x, "layer": {"b": y, "c": x}}

    def call() -> Any:
        made = lib.wait(function(params, (x, (y, x))))
        return made["w"], made["b"]

    return call


def scalars(lib: Library) -> Thunk:
    function, (x, _) = lib.jit(lambda x, rate, shift: x * rate + shift), small()
    return lambda: lib.wait(function(x, 0.5, 2.0))


def static(lib: Library) -> Thunk:
    function = lib.jit(lambda x, y, power: x**power + y, static_argnums=2)
    x, y = small()
    return lambda: lib.wait(function(x, y, 3))


def keywords(lib: Library) -> Thunk:
    function = lib.jit(lambda x, *, scale: x * scale)
    x, y = small()
    return lambda: lib.wait(function(x, scale=y))


def sine(lib: Library) -> Thunk:
    sin, x = lib.numpy.sin, np.linspace(0.0, 1.0, 5)
    return lambda: sin(x)


def sine_numpy() -> Thunk:
    x = np.linspace(0.0, 1.0, 5)
    return lambda: np.sin(x)


def chain(xp: Any) -> Any:
    """A function of `OPS` operations, new each time, so that no library remembers it."""

    def function(x: Any) -> Any:
        for _ in range(OPS // 2):
            x = xp.sin(x) * x
        return x

    return function


def traced(lib: Library) -> Thunk:
    import polyad

    x = np.linspace(0.0, 1.0, 5)
    return lambda: len(polyad.make_ir(chain(lib.numpy))(x).ops)


def traced_jax() -> Thunk:
    import jax

    x = jax.numpy.linspace(0.0, 1.0, 5)
    return lambda: len(jax.make_jaxpr(chain(jax.numpy))(x).eqns)


ROWS = (
    Row(
        "small-call",
        "jitted x * y + x, two NumPy arrays of 5",
        two_arrays,
        {"jax": 1 / 20},
        ("jax own arrays", "numba", "torch own arrays", "torch.compile own arrays"),
        others={
            "numba": two_arrays_numba,
            "jax own arrays": two_arrays_of_its_own("jax"),
            "torch own arrays": two_arrays_of_its_own("torch"),
            "torch.compile own arrays": two_arrays_of_its_own("torch.compile"),
        },
    ),
    Row(
        "small-call-tensors",
        "jitted x * y + x, two CPU tensors of 5",
        two_tensors,
        {"torch": 1.0},
        ("polyad with NumPy arrays",),
        others={
            "torch": two_arrays_of_its_own("torch"),
            "polyad with NumPy arrays": two_arrays_of_its_own("polyad"),
        },
    ),
    *(
        Row(f"call-{name}", f"jitted, with {what}", build, {"jax": 1 / 20})
        for name, what, build in (
            ("containers", "dicts and tuples of six arrays of 5", containers),
            ("scalars", "an array of 5 and two Python floats", scalars),
            ("static", "two arrays of 5 and a static argument", static),
            ("keywords", "an array of 5 by position and one by name", keywords),
        )
    ),
    Row(
        "eager-sin",
        "sin of a NumPy array of 5, eager",
        sine,
        {"numpy": 2.0},
        others={"numpy": sine_numpy},
    ),
    Row(
        "tracing",
        f"tracing {OPS} operations",
        traced,
        {"jax": 0.5},
        others={"jax": traced_jax},
    ),
)
