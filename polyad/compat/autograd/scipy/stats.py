"""`autograd.scipy.stats`: SciPy's distributions, which take traced arrays."""

from __future__ import annotations

from typing import Any

import scipy.stats as _scipy

from .... import numpy as _numpy
from ....scipy import stats as _stats
from .._spelling import door, of_known


class Distribution:
    """A distribution: polyad's functions where an argument is traced, else SciPy's."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._ours = getattr(_stats, name, None)
        self._theirs = getattr(_scipy, name)

    def __getattr__(self, name: str) -> Any:
        ours = OWN.get((self._name, name)) or getattr(self._ours, name, None)
        theirs = getattr(self._theirs, name)
        return of_known(_plain(ours), theirs) if callable(ours) else theirs

    def __repr__(self) -> str:
        return f"<distribution {self._name}>"


def _plain(function: Any) -> Any:
    """A function that takes SciPy's `allow_singular=False`, which is the only case here."""

    def call(*args: Any, **kwargs: Any) -> Any:
        if kwargs.get("allow_singular") is False:
            del kwargs["allow_singular"]
        return function(*args, **kwargs)

    return call


def _entropy(mean: Any = None, cov: Any = 1.0) -> Any:
    """log det(2 pi e cov) / 2."""
    return 0.5 * _numpy.linalg.slogdet(2 * _numpy.pi * _numpy.e * cov)[1]


OWN = {("multivariate_normal", "entropy"): _entropy}
MODULES = {
    name: Distribution(name)
    for name in dir(_stats)
    if any(hasattr(getattr(_stats, name), kind) for kind in ("logpdf", "logpmf"))
}
"""The distributions, which programs import as modules."""
DOOR = door("autograd.scipy.stats", _stats, own=MODULES, native=_scipy)


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return DOOR.names()
