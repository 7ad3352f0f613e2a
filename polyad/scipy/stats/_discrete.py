"""The support of discrete distributions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ... import numpy as pnp
from ._family import floating


def log_mass(
    k: Any,
    parameters: tuple[Any, ...],
    loc: Any,
    inside: Callable[..., Any],
    log: Callable[..., Any],
    valid: Callable[..., Any],
) -> Any:
    """`log(k - loc, *parameters)` at the integers for which `inside` holds, -inf elsewhere; NaN
    at NaN, and where the parameters are not `valid`.
    """
    k, loc, *given = floating(k, loc, *parameters)
    k = k - loc
    there = pnp.logical_and(inside(k, *given), pnp.floor(k) == k)
    known = pnp.logical_and(k == k, valid(*given))
    found = pnp.where(there, log(pnp.where(there, k, 1.0), *given), -pnp.inf)
    return pnp.where(known, found, pnp.nan)


def step(
    k: Any,
    parameters: tuple[Any, ...],
    loc: Any,
    function: Callable[..., Any],
    valid: Callable[..., Any],
) -> Any:
    """`function` of the number of the step that k - loc is on; NaN as in `log_mass`."""
    k, loc, *given = floating(k, loc, *parameters)
    known = pnp.logical_and(k == k, valid(*given))
    return pnp.where(known, function(pnp.floor(k - loc), *given), pnp.nan)


def probability(p: Any) -> Any:
    """Whether p is one."""
    return pnp.logical_and(p >= 0, p <= 1)


def count(n: Any) -> Any:
    """Whether n is an integer, 0 or more."""
    return pnp.logical_and(n >= 0, pnp.floor(n) == n)
