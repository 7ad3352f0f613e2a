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
) -> Any:
    """`log(k - loc, *parameters)` at the integers for which `inside` holds, -inf elsewhere."""
    k, loc, *given = floating(k, loc, *parameters)
    k = k - loc
    there = pnp.logical_and(inside(k, *given), pnp.floor(k) == k)
    return pnp.where(there, log(pnp.where(there, k, 1.0), *given), -pnp.inf)


def step(k: Any, parameters: tuple[Any, ...], loc: Any, function: Callable[..., Any]) -> Any:
    """`function` of the number of the step that k - loc is on."""
    k, loc, *given = floating(k, loc, *parameters)
    return function(pnp.floor(k - loc), *given)
