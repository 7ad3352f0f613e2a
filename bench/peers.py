"""The libraries that are timed.

Those with JAX's API stand behind one set of names, so that a workload is written once.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Library:
    """One library: its namespace, its transformations, its arrays."""

    name: str
    numpy: Any
    grad: Callable[..., Any]
    value_and_grad: Callable[..., Any]
    jit: Callable[..., Any]
    vmap: Callable[..., Any] | None = None
    vjp: Callable[..., Any] | None = None
    random: Any = None
    lax: Any = None
    erfc: Callable[..., Any] | None = None
    asarray: Callable[[np.ndarray], Any] = np.asarray
    wait: Callable[[Any], Any] = lambda result: result


def polyad() -> Library:
    import polyad
    import polyad.numpy

    return Library(
        "polyad",
        polyad.numpy,
        polyad.grad,
        polyad.value_and_grad,
        polyad.jit,
        polyad.vmap,
        polyad.vjp,
        polyad.random,
        polyad.lax,
        polyad.special.erfc,
    )


def jax() -> Library:
    import jax
    import jax.numpy

    return Library(
        "jax",
        jax.numpy,
        jax.grad,
        jax.value_and_grad,
        jax.jit,
        jax.vmap,
        jax.vjp,
        jax.random,
        jax.lax,
        jax.lax.erfc,
        asarray=jax.numpy.asarray,
        wait=jax.block_until_ready,
    )


def jax_eager() -> Library:
    return replace(jax(), name="jax un-jitted", jit=lambda function: function)


def autograd() -> Library:
    import autograd
    import autograd.numpy

    def value_and_grad(function: Callable[..., Any], argnums: Any = 0) -> Callable[..., Any]:
        return autograd.value_and_grad(function, argnums)

    return Library(
        "autograd", autograd.numpy, autograd.grad, value_and_grad, lambda function: function
    )


LIBRARIES: dict[str, Callable[[], Library]] = {
    "polyad": polyad,
    "jax": jax,
    "jax un-jitted": jax_eager,
    "autograd": autograd,
}


def installed(label: str) -> bool:
    """Whether the library that a contender's label begins with is installed."""
    if label.split()[0] == "C":
        return shutil.which("gcc") is not None
    return importlib.util.find_spec(label.split()[0]) is not None


def version(label: str) -> str:
    """The version of that library."""
    if label.split()[0] == "C":
        return subprocess.run(
            ["gcc", "-dumpversion"], capture_output=True, text=True
        ).stdout.strip()
    return importlib.metadata.version(label.split()[0])
