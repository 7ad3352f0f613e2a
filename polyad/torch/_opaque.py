"""Flat functions as an operator of PyTorch's dispatcher, for tracers of PyTorch's operators:
`make_fx` and what is built on it (`torch.func.linearize`), fake tensors, modes that watch or count.

Such a mode sees `polyad::call`, with the number of a function among those of this process, and its
tensors. Functions that have a number are kept, for a traced graph knows nothing but the number.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from .. import execution
from ..api import ShapeDtypeStruct, eval_shape
from ._flat import Flat

_CALLS: list[Callable[..., tuple[Any, ...]]] = []
_NUMBERS: dict[Any, int] = {}


def is_watched(arguments: Sequence[Any]) -> bool:
    """Whether a mode of PyTorch's sees the operators that run now, or a tensor has no elements of
    its own (a fake one, a subclass that wraps others).
    """
    import torch

    if torch._C._len_torch_dispatch_stack():
        return True
    plain = torch.Tensor.__torch_dispatch__
    return any(getattr(type(x), "__torch_dispatch__", plain) is not plain for x in arguments)


def call(flat: Flat, arguments: Sequence[Any]) -> tuple[Any, ...]:
    """The results of `flat` on tensors and scalars, by the operator."""
    import torch

    tensors = [x for x in arguments if isinstance(x, torch.Tensor)]
    scalars = tuple([None if isinstance(x, torch.Tensor) else x for x in arguments])
    return tuple(_operator()(_number(flat, scalars), tensors))


def _number(flat: Flat, scalars: tuple[Any, ...]) -> int:
    """The number of `flat` with these scalars; None stands for a tensor."""
    key = (flat, tuple(map(repr, scalars)))
    if key not in _NUMBERS:

        def run(*tensors: Any) -> tuple[Any, ...]:
            rest = iter(tensors)
            return tuple(flat.run(*(next(rest) if x is None else x for x in scalars)))

        _NUMBERS[key] = len(_CALLS)
        _CALLS.append(run)
    return _NUMBERS[key]


@functools.cache
def _operator() -> Any:
    import torch

    def run(number: int, tensors: list[Any]) -> list[Any]:
        with torch.no_grad(), torch.autograd.forward_ad._set_fwd_grad_enabled(False):
            return list(_CALLS[number](*(x.detach() for x in tensors)))

    def types(number: int, tensors: list[Any]) -> list[Any]:
        backend = execution.get_backend("torch")
        given = [backend.type_of(x) for x in tensors]
        structs = [ShapeDtypeStruct(t.shape, t.dtype) for t in given]
        device = tensors[0].device if tensors else None
        return [
            torch.empty(t.shape, dtype=getattr(torch, t.dtype.name), device=device)
            for t in eval_shape(_CALLS[number], *structs)
        ]

    library = torch.library.Library("polyad", "FRAGMENT")
    library.define("call(int number, Tensor[] tensors) -> Tensor[]")
    library.impl("call", run, "CompositeExplicitAutograd")
    torch.library.register_fake("polyad::call", types, lib=library)
    _KEPT.append(library)
    return torch.ops.polyad.call


_KEPT: list[Any] = []
