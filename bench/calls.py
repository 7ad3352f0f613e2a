"""The cost of calls with little to compute: of jitted functions, given arrays, containers,
Python scalars and static arguments; of one of NumPy's functions; of an operation that is traced.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import pickle
from collections import OrderedDict
from collections.abc import Callable
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

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


# -- Other ways to say x * y + x, each beside the plain call --------------------------------------

PLAIN = "polyad with two arrays"


class Pair(NamedTuple):
    x: Any
    y: Any


@functools.cache
def point_class(label: str) -> Any:
    """A dataclass that a library knows as a node."""

    @dataclasses.dataclass
    class Point:
        x: Any
        y: Any

    if label == "jax":
        import jax

        return jax.tree_util.register_dataclass(Point, ["x", "y"], [])
    import polyad

    return polyad.tree.register_dataclass(Point)


def of_node(make: Callable[[Library], Callable[..., Any]], read: Any) -> Callable[[Library], Thunk]:
    """A node of two arrays goes in, one of the same kind comes out."""

    def build(lib: Library) -> Thunk:
        node = make(lib)

        def step(p: Any) -> Any:
            x, y = read(p)
            return node(x=x * y + x, y=y)

        function, (x, y) = lib.jit(step), small()
        given = node(x=x, y=y)
        return lambda: read(lib.wait(function(given)))[0]

    return build


def of_static(value: Any, by_name: bool) -> Callable[[Library], Thunk]:
    """A static argument goes in, too."""

    def build(lib: Library) -> Thunk:
        function = lib.jit(lambda x, y, power: x * y + x**power, static_argnames="power")
        x, y = small()
        if by_name:
            return lambda: lib.wait(function(x, y, power=value))
        return lambda: lib.wait(function(x, y, value))

    return build


def unpickled(lib: Library) -> Thunk:
    """Arrays of another process go in, whose dtype objects are not NumPy's own."""
    function = lib.jit(lambda x, y: x * y + x)
    x, y = pickle.loads(pickle.dumps(small()[0])), pickle.loads(pickle.dumps(small()[1]))
    return lambda: lib.wait(function(x, y))


def shapes(lib: Library) -> Thunk:
    """Arrays of twenty lengths in turn, of which each call takes the next."""
    function = lib.jit(lambda x, y: (x * y + x)[:5])
    pairs = [(np.arange(5.0 + k), np.ones(5 + k)) for k in range(20)]
    for x, y in pairs * 3:
        lib.wait(function(x, y))
    turn = itertools.cycle(pairs)
    return lambda: lib.wait(function(*next(turn)))


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
    *(
        Row(
            f"call-{name}",
            f"jitted x * y + x, {what}",
            build,
            {"jax": 1 / 20, PLAIN: 3.0},
            others={PLAIN: lambda: two_arrays(LIBRARIES["polyad"]())},
        )
        for name, what, build in (
            ("static-float", "and a static float", of_static(1.0, by_name=False)),
            ("static-keyword", "and a static argument by name", of_static(1, by_name=True)),
            ("namedtuple", "a namedtuple in and out", of_node(lambda lib: Pair, itemgetter(0, 1))),
            (
                "dataclass",
                "a registered dataclass in and out",
                of_node(lambda lib: point_class(lib.name), attrgetter("x", "y")),
            ),
            (
                "ordered-dict",
                "an OrderedDict in and out",
                of_node(lambda lib: OrderedDict, itemgetter("x", "y")),
            ),
            ("unpickled", "two arrays that were unpickled", unpickled),
            ("shapes", "twenty lengths in turn", shapes),
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
