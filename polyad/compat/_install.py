"""Doors under the names of the libraries that they stand for."""

from __future__ import annotations

import importlib
import pkgutil
import sys

from ..errors import PolyadError, PolyadValueError

DOORS = ("autograd", "jax")


def install(name: str) -> None:
    """From now on, in this process, `import name` gives polyad's door: "jax" or "autograd".

    Raises `PolyadValueError` for another name, and `PolyadError` if the library itself has
    been imported already.

    >>> import polyad
    >>> polyad.compat.install("autograd")
    >>> import autograd.numpy as np
    >>> from autograd import grad
    >>> grad(np.tanh)(0.0)
    np.float64(1.0)
    """
    if name not in DOORS:
        raise PolyadValueError(
            f"install: there are doors for {' and '.join(map(repr, DOORS))}, not for {name!r}"
        )
    there = sys.modules.get(name)
    door = importlib.import_module(f"{__package__}.{name}")
    if there is door:
        return
    if there is not None:
        raise PolyadError(
            f"install: {name} has been imported already\n  Install its door before anything "
            f"imports it, or write `import polyad.compat.{name} as {name}`."
        )
    sys.modules[name] = door
    for found in pkgutil.walk_packages(door.__path__, f"{door.__name__}."):
        if "._" not in found.name:
            module = importlib.import_module(found.name)
            sys.modules[name + found.name.removeprefix(door.__name__)] = module
            for part, there in getattr(module, "MODULES", {}).items():
                sys.modules[f"{name}{found.name.removeprefix(door.__name__)}.{part}"] = there
