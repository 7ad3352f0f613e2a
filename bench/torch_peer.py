"""PyTorch behind the names that the workloads use; imported when it is first asked for."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

Function = Callable[..., Any]

DERIVATIVE = "is_derivative"  # marks a callable that has compiled what can be compiled of it


def namespace() -> Any:
    """torch's functions, and those of NumPy's that it calls otherwise."""
    import torch

    def swapaxes(x: Any, first: int, second: int) -> Any:
        return torch.transpose(x, first, second)

    names = {name: getattr(torch, name) for name in dir(torch) if not name.startswith("_")}
    names |= {
        "max": lambda x, axis, keepdims=False: torch.amax(x, axis, keepdim=keepdims),
        "mean": lambda x, axis, keepdims=False: torch.mean(x, axis, keepdim=keepdims),
        "take_along_axis": lambda x, indices, axis: torch.take_along_dim(x, indices, dim=axis),
        "swapaxes": swapaxes,
        "power": torch.pow,
    }
    return types.SimpleNamespace(**names)


def value_and_grad(function: Function, argnums: Any = 0) -> Function:
    """The value and the gradient, by the tape; arguments may be nested."""
    positions = (argnums,) if isinstance(argnums, int) else tuple(argnums)

    def both(*arguments: Any) -> Any:
        value, gradients = taped(function, positions, arguments, None)
        return value, gradients[0] if isinstance(argnums, int) else gradients

    setattr(both, DERIVATIVE, True)
    return both


def value_and_vjp(function: Function) -> Function:
    """The value, and the cotangents of all arguments, for a given cotangent of the value."""

    def both(cotangent: Any, *arguments: Any) -> Any:
        return taped(function, range(len(arguments)), arguments, cotangent)

    setattr(both, DERIVATIVE, True)
    return both


def taped(function: Function, positions: Any, arguments: Any, cotangent: Any) -> Any:
    import torch
    from torch.utils._pytree import tree_flatten, tree_map, tree_unflatten

    given = list(arguments)
    for i in positions:
        given[i] = tree_map(lambda x: x.detach().requires_grad_(), given[i])
    leaves, structure = tree_flatten(tuple(given[i] for i in positions))
    value = function(*given)
    return value.detach(), tree_unflatten(torch.autograd.grad(value, leaves, cotangent), structure)


def second(both: Function) -> Function:
    """The gradient alone."""

    def gradient(*arguments: Any) -> Any:
        return both(*arguments)[1]

    setattr(gradient, DERIVATIVE, True)
    return gradient


def compiled(function: Function) -> Function:
    """torch.compile, but of what has been compiled inside."""
    import torch

    return function if hasattr(function, DERIVATIVE) else torch.compile(function)


def solve_lower(matrix: Any, right: Any) -> Any:
    """The solution of a lower triangular system with one right-hand side or several."""
    import torch

    if right.ndim == matrix.ndim - 1:
        return solve_lower(matrix, right[..., None])[..., 0]
    return torch.linalg.solve_triangular(matrix, right, upper=False)
