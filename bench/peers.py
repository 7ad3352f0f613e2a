"""The libraries that are timed.

Those with JAX's API, or near it, stand behind one set of names, so that a workload is written once.
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

from . import torch_peer

Transform = Callable[..., Any]


@dataclass(frozen=True)
class Library:
    """One library: its namespace, its transformations, its arrays.

    `value_and_vjp(f)` is called with a cotangent and the arguments of `f`.
    """

    name: str
    numpy: Any
    grad: Transform
    value_and_grad: Transform
    jit: Transform
    value_and_vjp: Any = None
    vmap: Any = None
    vjp: Any = None
    jacrev: Any = None
    hessian: Any = None
    random: Any = None
    lax: Any = None
    erfc: Any = None
    convolve: Any = None  # images (n, c, h, w) with filters (k, c, i, j), of the same size
    solve_lower: Any = None  # the system of a lower triangular matrix
    asarray: Callable[[np.ndarray], Any] = np.asarray
    wait: Callable[[Any], Any] = lambda result: result


def polyad() -> Library:
    import polyad
    import polyad.numpy as xp

    return like_jax(
        polyad, xp, polyad.special.erfc, lambda a, b: xp.linalg.solve_triangular(a, b, lower=True)
    )


def polyad_eager() -> Library:
    return replace(polyad(), name="polyad un-jitted", jit=lambda function, **_: function)


def jax() -> Library:
    import jax
    import jax.numpy
    import jax.scipy.linalg

    solve = lambda a, b: jax.scipy.linalg.solve_triangular(a, b, lower=True)
    return replace(
        like_jax(jax, jax.numpy, jax.lax.erfc, solve),
        asarray=jax.numpy.asarray,
        wait=jax.block_until_ready,
    )


def jax_eager() -> Library:
    return replace(jax(), name="jax un-jitted", jit=lambda function, **_: function)


def like_jax(package: Any, xp: Any, erfc: Any, solve_lower: Any) -> Library:
    """A library from a package with JAX's names."""

    def value_and_vjp(function: Transform) -> Transform:
        def both(cotangent: Any, *arguments: Any) -> Any:
            value, pullback = package.vjp(function, *arguments)
            return value, pullback(cotangent)

        return both

    return Library(
        package.__name__,
        xp,
        package.grad,
        package.value_and_grad,
        package.jit,
        value_and_vjp,
        package.vmap,
        package.vjp,
        package.jacrev,
        package.hessian,
        package.random,
        package.lax,
        erfc,
        lambda x, w: package.lax.conv_general_dilated(x, w, (1, 1), "SAME"),
        solve_lower,
    )


def autograd() -> Library:
    import autograd
    import autograd.numpy
    import autograd.scipy.special

    def value_and_grad(function: Transform, argnums: Any = 0) -> Transform:
        return autograd.value_and_grad(function, argnums)

    return Library(
        "autograd",
        autograd.numpy,
        autograd.grad,
        value_and_grad,
        lambda function, **_: function,
        hessian=autograd.hessian,
        erfc=autograd.scipy.special.erfc,
    )


def torch() -> Library:
    """PyTorch as it is called without a compiler: reverse mode by its tape."""
    import torch

    return Library(
        "torch",
        torch_peer.namespace(),
        lambda function, argnums=0: torch_peer.second(torch_peer.value_and_grad(function, argnums)),
        torch_peer.value_and_grad,
        lambda function, **_: function,
        torch_peer.value_and_vjp,
        vmap=torch.vmap,
        jacrev=torch.func.jacrev,
        hessian=torch.func.hessian,
        erfc=torch.erfc,
        convolve=lambda x, w: torch.nn.functional.conv2d(x, w, padding="same"),
        solve_lower=torch_peer.solve_lower,
        asarray=torch.asarray,
    )


def torch_compiled() -> Library:
    """torch.compile around the function; the tape of what that makes is compiled too."""
    compiled = torch_peer.compiled
    return replace(
        torch(),
        name="torch.compile",
        grad=lambda function, argnums=0: torch_peer.second(
            torch_peer.value_and_grad(compiled(function), argnums)
        ),
        value_and_grad=lambda f, argnums=0: torch_peer.value_and_grad(compiled(f), argnums),
        value_and_vjp=lambda f: torch_peer.value_and_vjp(compiled(f)),
        jit=lambda function, **_: compiled(function),
    )


LIBRARIES: dict[str, Callable[[], Library]] = {
    "polyad": polyad,
    "polyad un-jitted": polyad_eager,
    "jax": jax,
    "jax un-jitted": jax_eager,
    "autograd": autograd,
    "torch": torch,
    "torch.compile": torch_compiled,
}


def package(label: str) -> str:
    """The package that a contender's label begins with.

    >>> package("torch.compile"), package("jax un-jitted"), package("numba by hand")
    ('torch', 'jax', 'numba')
    """
    return label.split()[0].split(".")[0]


def installed(label: str) -> bool:
    """Whether what a contender's label begins with is installed."""
    if label.split()[0] == "C":
        return shutil.which("gcc") is not None
    if label == "torch.compile" and shutil.which("g++") is None:
        return False
    return importlib.util.find_spec(package(label)) is not None


def version(label: str) -> str:
    """The version of that."""
    if label.split()[0] == "C":
        return subprocess.run(
            ["gcc", "-dumpversion"], capture_output=True, text=True
        ).stdout.strip()
    return importlib.metadata.version(package(label))
