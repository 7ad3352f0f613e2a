"""PyTorch's modules with traced parameters: `torch.func.functional_call(module, params, x)`.

It puts the parameters into the module for the time of a call, and asks of each whether it is an
instance of torch.Tensor. A traced array must not say so: PyTorch's builtins read an instance's
memory. So the one function that asks learns of traced arrays.
"""

from __future__ import annotations

import functools
from types import ModuleType
from typing import Any

from ...tracer import Tracer


def introduce(accessor: ModuleType) -> None:
    """Let torch.nn.utils._named_member_accessor put traced arrays into modules."""
    accessor.swap_tensor = _admitting(accessor.swap_tensor)  # type: ignore[attr-defined]


def _admitting(swap: Any) -> Any:
    import torch  # torch has been imported by whoever has one of its modules

    placeholder = torch.empty(0)

    @functools.wraps(swap)
    def swap_tensor(module: Any, name: str, tensor: Any, allow_missing: bool = False) -> Any:
        if not isinstance(tensor, Tracer):
            return swap(module, name, tensor, allow_missing)
        before = swap(module, name, placeholder, allow_missing)
        for held in (module._parameters, module._buffers):
            if name in held:
                held[name] = tensor
                return before
        setattr(module, name, tensor)
        return before

    return swap_tensor
