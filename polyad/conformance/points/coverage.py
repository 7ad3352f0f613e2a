"""The public functions that the law of special points is of."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

from ... import nn, special
from ... import numpy as pnp
from ..special_points import SpecialPoints

MODULES: dict[str, Any] = {"numpy": pnp, "numpy.linalg": pnp.linalg, "special": special, "nn": nn}


def public_functions() -> dict[str, Callable[..., Any]]:
    """By their names, "special.erf"."""
    found = {}
    for module, namespace in MODULES.items():
        for name in dir(namespace):
            value = getattr(namespace, name)
            no_function = isinstance(value, type | types.ModuleType) or not callable(value)
            if not name.startswith("_") and not no_function:
                found[f"{module}.{name}"] = value
    return found


def names_of(row: SpecialPoints, functions: dict[str, Callable[..., Any]]) -> tuple[str, ...]:
    """The public functions that a row is of, with their other names."""
    meant = [row.run, *(functions[name] for name in row.of if name in functions)]
    return tuple(name for name, f in functions.items() if any(f is g for g in meant))
