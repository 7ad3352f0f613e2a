"""`jax.scipy.stats`."""

from __future__ import annotations

from typing import Any

from ....scipy import stats as _stats
from .._spelling import door

DOOR = door("jax.scipy.stats", _stats, own={"gaussian_kde": _stats.gaussian_kde})
MODULES = {
    name: found
    for name, found in vars(_stats).items()
    if (not name.startswith("_") and hasattr(found, "logpdf")) or hasattr(found, "logpmf")
}
"""The distributions, which programs import as modules."""


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
