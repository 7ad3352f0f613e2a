"""The backends that are installed, found by the entry-point group `polyad.backends`: a name, and a
callable without arguments that gives a `Backend`.
"""

from __future__ import annotations

import functools
import importlib
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ..errors import BackendNotFoundError
from ..ir import Function
from .backend import Backend, CodeCache

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "polyad.backends"

_LOADED: dict[str, Backend] = {}
_BROKEN: set[str] = set()
_LOCK = threading.RLock()


@functools.cache
def _entries() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points  # its imports take half as long as NumPy's

    return {entry.name: entry for entry in entry_points(group=GROUP)}


def backends() -> list[str]:
    """The names of the backends whose libraries are installed."""
    return sorted(name for name, _ in available())


def available() -> Iterator[tuple[str, Backend]]:
    """The backends whose libraries are installed, by name, NumPy's first."""
    return ((name, backend) for name, backend in loadable() if backend.is_available())


def compiler_passes() -> dict[str, Callable[[Function], Function]]:
    """The passes of all backends that are installed, by name."""
    return {name: step for _, b in available() for name, step in b.passes().items()}


def load_dialects() -> None:
    """Define the ops of the dialects of all backends that are installed."""
    for _, backend in available():
        backend.load_dialects()


def caches() -> dict[str, CodeCache]:
    """The caches on disk of all backends that have one, by the backend's name."""
    found = {name: backend.cache() for name, backend in available()}
    return {name: cache for name, cache in found.items() if cache is not None}


def loadable() -> Iterator[tuple[str, Backend]]:
    """The backends that load, by name, NumPy's first. A warning names one that does not, once; the
    others work without it.
    """
    for name in sorted({*_entries(), *_LOADED}, key=lambda name: (name != "numpy", name)):
        if name in _BROKEN:
            continue
        try:
            yield name, _load(name)
        except (ImportError, AttributeError) as error:
            _BROKEN.add(name)
            warnings.warn(f"backend {name!r} does not load: {error}", RuntimeWarning, stacklevel=3)


def loaded(name: str) -> Backend | None:
    """The backend of that name, if it has been loaded before."""
    return _LOADED.get(name)


def _load(name: str) -> Backend:
    found = _LOADED.get(name)
    if found is None:
        with _LOCK:
            entry = _entries()[name]
            module, _, attribute = entry.value.partition(":")
            found = _LOADED[name] = getattr(importlib.import_module(module), attribute)()
    return found


def get_backend(name: str | Backend) -> Backend:
    """The backend of that name. Raises `BackendNotFoundError` if it is unknown or not installed."""
    if isinstance(name, Backend):
        return name
    found = _LOADED.get(name)
    if found is None:
        if name not in _entries():
            known = ", ".join(sorted(_entries()))
            raise BackendNotFoundError(f"no backend is named {name!r}; the known ones are {known}")
        found = _load(name)
    if not found.is_available():
        raise BackendNotFoundError(
            f"backend {name!r} is known, but {found.lacks()}, or choose one of "
            f"{', '.join(backends())}"
        )
    return found


def array_backend(backend: Backend) -> Backend:
    """The backend that owns the arrays `backend` computes with: itself, or the one that its
    `takes_arrays_of` names.
    """
    return backend if backend.owns_arrays else get_backend(backend.takes_arrays_of)
