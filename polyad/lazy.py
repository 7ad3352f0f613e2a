"""Modules that are loaded where they are first used.

A package hands its names in by `attach` (PEP 562; SPEC 1 of Scientific Python): importing it loads
none of the modules that they stand in. Lower layers get at upper ones by `provided`.
"""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from .garbage import without_collections

_PLACES: dict[str, str] = {}


def attach(
    package: str, modules: str, names: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """`__getattr__`, `__dir__` and `__all__` of `package`: what it has defined, its public
    `modules`, and the `names` that it takes from other modules, by the module's name as after
    `from`. Type checkers read the same as import statements below `if TYPE_CHECKING`. Its other
    modules are attributes as well, if they are asked for.
    """
    homes = {name: home for home, text in names.items() for name in text.split()}
    own = vars(sys.modules[package])
    defined = {
        name
        for name, value in own.items()
        if not (name.startswith("_") or name == "TYPE_CHECKING" or isinstance(value, ModuleType))
    }
    listed = sorted({*homes, *modules.split(), *defined})

    def load(name: str) -> Any:
        """The value of a name that was not asked for before; afterwards it is a plain attribute."""
        home = homes.get(name, f".{name}")
        try:
            module = importlib.import_module(home, package)
        except ModuleNotFoundError as error:
            if error.name != f"{package}.{name}":
                raise
            message = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(message, name=name, obj=sys.modules[package]) from None
        value = getattr(module, name) if name in homes else module
        own[name] = value
        return value

    return without_collections(load), lambda: sorted({*listed, *own}), listed


def provide(**places: str) -> None:
    """Hand in the full names of modules of upper layers, for `provided`."""
    _PLACES.update(places)


@functools.cache
def provided(role: str) -> ModuleType:
    """The module of an upper layer that was handed in as `role`."""
    return importlib.import_module(_PLACES[role])
