"""NumPy, `math` and `scipy.special` as adopted code sees them: modules whose functions are polyad's
where polyad has them, and the library's own otherwise.

Classes stay the library's (`numpy.ndarray`, `numpy.float64`): code asks for them by `isinstance`.
But the piecewise polynomials of `scipy.interpolate` are polyad's.
"""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from .. import numpy as pnp
from .. import special
from ..ir import Handle
from . import _interpolation

COUNTERPARTS: dict[str, Any] = {
    "numpy": pnp,
    "numpy.linalg": pnp.linalg,
    "numpy.fft": pnp.fft,
    "scipy.special": special,
    "scipy.interpolate": _interpolation,
}
NAMED_OTHERWISE: dict[str, Any] = {  # functions of `math`
    "acos": pnp.arccos,
    "acosh": pnp.arccosh,
    "asin": pnp.arcsin,
    "asinh": pnp.arcsinh,
    "atan": pnp.arctan,
    "atan2": pnp.arctan2,
    "atanh": pnp.arctanh,
    "erf": special.erf,
    "erfc": special.erfc,
    "fabs": pnp.abs,
    "gamma": special.gamma,
    "lgamma": special.gammaln,
    "pow": pnp.power,
}
SAME_NAME = (  # of `math` and NumPy, with one meaning for scalars
    *("cbrt", "copysign", "cos", "cosh", "degrees", "exp", "exp2", "expm1", "fmod", "hypot"),
    *("isfinite", "isinf", "isnan", "log10", "log1p", "log2", "radians", "sin", "sinh", "sqrt"),
    *("tan", "tanh"),
)
CONSTANTS = (bool, int, float, complex, str, bytes, type(None))


def is_library(module: ModuleType) -> bool:
    """Whether a module is one that adopted code sees otherwise, or contains one."""
    name = module.__name__
    return name in ("math", "scipy") or name in COUNTERPARTS


def of_scalars(own: Callable[..., Any], polyads: Callable[..., Any]) -> Callable[..., Any]:
    """A function of `math`: polyad's of traced values, its own of others."""

    @functools.wraps(own)
    def either(*args: Any) -> Any:
        traced = any(isinstance(x, Handle) for x in args)
        return polyads(*args) if traced else own(*args)

    return either


def _logarithm(x: Any, base: Any = None) -> Any:
    found = pnp.log(x)
    return found if base is None else found / pnp.log(base)


@functools.cache
def functions_of_math() -> dict[str, Callable[..., Any]]:
    """polyad's functions of traced values, under the names of `math`."""
    table = {**{name: getattr(pnp, name) for name in SAME_NAME}, **NAMED_OTHERWISE}
    table["log"] = _logarithm
    known = {name: f for name, f in table.items() if hasattr(math, name)}
    return {name: of_scalars(getattr(math, name), f) for name, f in known.items()}


def counterpart(module: str, name: str, own: Any) -> Any:
    """The stand-in for `own`, a function `name` of a library's module, in adopted code; None if
    polyad has none.
    """
    if module == "math":
        return functions_of_math().get(name)
    if isinstance(own, type):
        return _interpolation.CLASSES.get(name) if module == "scipy.interpolate" else None
    found = getattr(COUNTERPARTS.get(module), name, None)
    return found if callable(found) and not isinstance(found, ModuleType) else None


def by_identity() -> dict[int, Any]:
    """polyad's functions by the addresses of those that they stand for, for `from numpy import f`.
    NumPy, `math` and SciPy keep theirs alive.
    """
    return _of_modules(tuple([name for name in ("math", *COUNTERPARTS) if name in sys.modules]))


@functools.cache
def _of_modules(names: tuple[str, ...]) -> dict[int, Any]:
    """`by_identity` while these modules are imported."""
    found: dict[int, Any] = {}
    for module in [sys.modules[name] for name in names]:
        for name, own in list(vars(module).items()):
            if callable(own) and not isinstance(own, ModuleType) and name[0] != "_":
                other = counterpart(module.__name__, name, own)
                if other is not None:
                    found.setdefault(id(own), other)
    return found


class BoundModule(ModuleType):
    """A library's module in adopted code."""

    def __init__(self, module: ModuleType) -> None:
        super().__init__(module.__name__, module.__doc__)
        self.__dict__["_own"] = module

    def __getattr__(self, name: str) -> Any:
        module = self.__dict__["_own"]
        own = getattr(module, name)
        if isinstance(own, ModuleType):
            return bound(own) if is_library(own) else own
        if not callable(own):
            return own
        other = counterpart(module.__name__, name, own)
        return own if other is None else other

    def __dir__(self) -> Iterator[str]:
        return iter(dir(self.__dict__["_own"]))

    def __repr__(self) -> str:
        return f"<module {self.__name__!r}, with polyad's functions>"


@functools.cache
def bound(module: ModuleType) -> BoundModule:
    """A library's module as adopted code sees it."""
    return BoundModule(module)


def lacks(module: ModuleType, path: tuple[str, ...]) -> str | None:
    """The name of a function that adopted code calls at `path` in a library's module, if polyad
    has none in its place.
    """
    for i, name in enumerate(path):
        own = getattr(module, name, None)
        if isinstance(own, ModuleType):
            if not is_library(own):
                rest = ".".join(path[i + 1 : i + 2])
                outside = own.__name__ + (f".{rest}" if rest else "")
                return outside if own.__name__.startswith(("numpy", "scipy")) else None
            module = own
            continue
        if own is None or isinstance(own, type) or not callable(own):
            return None
        other, after = counterpart(module.__name__, name, own), path[i + 1 : i + 2]
        if other is not None:
            if after and hasattr(own, after[0]) and not hasattr(other, after[0]):
                return f"{module.__name__}.{name}.{after[0]}"
            return None
        if module.__name__ == "math":
            return None  # it takes plain numbers, and tells of others
        return f"{module.__name__}.{name}"
    return None
