"""The `torch.autograd.Function` of all wrapped functions.

Its backward and forward derivatives and its batching rule are calls of itself, with the derivative
of the flat function in the function's place. So derivatives of every order are polyad's.

Where a gradient may be asked for, the residuals of the derivative are further results, and the
pullback is a function of these. As results they have a history, by which the pullback is
differentiated in turn ("Double Backward with Custom Functions",
https://docs.pytorch.org/tutorials/intermediate/custom_function_double_backward_tutorial.html).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from . import _opaque
from ._flat import Flat, Numbers


@functools.cache
def function_class() -> Any:
    """The class, made when PyTorch is first needed."""
    import torch

    class PolyadFunction(torch.autograd.Function):
        """`apply(flat, *arguments)`: the results of a flat function on tensors and scalars."""

        @staticmethod
        def forward(flat: Flat, *arguments: Any) -> Any:
            if _opaque.is_watched(arguments):
                return _opaque.call(flat, arguments)
            return flat.run(*[x.detach() if isinstance(x, torch.Tensor) else x for x in arguments])

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            ctx.flat, *arguments = inputs
            ctx.arguments, ctx.results = len(arguments), len(output)
            ctx.set_materialize_grads(False)
            values = [*arguments, *ctx.flat.residuals(arguments, output)]
            ctx.scalars = [None if isinstance(x, torch.Tensor) else x for x in values]
            ctx.save_for_backward(*[x for x in values if isinstance(x, torch.Tensor)])
            ctx.primals = arguments  # for `jvp`, which is called next if at all
            ctx.inexact = tuple([i for i, y in enumerate(output) if is_inexact(y)])
            ctx.mark_non_differentiable(*[y for y in output if not is_inexact(y)])

        @staticmethod
        def backward(ctx: Any, *cotangents: Any) -> Any:
            ctx.primals = None
            tensors = iter(ctx.saved_tensors)
            values = [next(tensors) if x is None else x for x in ctx.scalars]
            wrt = tuple([i for i, needed in enumerate(ctx.needs_input_grad[1:]) if needed])
            given = tuple([i for i in ctx.inexact if cotangents[i] is not None])
            gradients: list[Any] = [None] * (1 + ctx.arguments)
            if wrt and given:
                pulled, primals = ctx.flat.pulled(values, ctx.arguments, wrt, given)
                found = call(pulled, [*primals, *(cotangents[i] for i in given)])
                for i, gradient in zip(wrt, found, strict=True):
                    gradients[1 + i] = gradient
            return tuple(gradients)

        @staticmethod
        def jvp(ctx: Any, _: Any, *tangents: Any) -> Any:
            arguments = ctx.primals
            wrt = tuple([i for i, t in enumerate(tangents) if t is not None])
            pushed = ctx.flat.pushforward(len(arguments), wrt, ctx.inexact)
            found = call(pushed, [*arguments, *(tangents[i] for i in wrt)])
            full = dict(zip(ctx.inexact, found, strict=True))
            return tuple([full.get(i) for i in range(ctx.results)])

        @staticmethod
        def vmap(info: Any, in_dims: Any, flat: Flat, *arguments: Any) -> Any:
            batched = flat.batched(tuple(in_dims[1:]), info.batch_size)
            results = call(batched, arguments)
            return results, (0,) * len(results)

    def is_inexact(x: Any) -> bool:
        return x.is_floating_point() or x.is_complex()

    return PolyadFunction


def call(flat: Flat, arguments: Sequence[Any]) -> tuple[Any, ...]:
    """The results of a flat function, as results of PyTorch's autograd."""
    wrt = _differentiated(arguments)
    if not wrt:
        return tuple(function_class().apply(flat, *arguments))
    recorded = flat.recorded(wrt)
    found = function_class().apply(recorded, *arguments)
    return tuple(found[: len(recorded.record(arguments).types)])


def _differentiated(arguments: Sequence[Any]) -> Numbers:
    """The arguments by which PyTorch may ask for a gradient."""
    import torch

    if not torch.is_grad_enabled():
        return ()
    tensor = torch.Tensor
    return tuple([i for i, x in enumerate(arguments) if isinstance(x, tensor) and x.requires_grad])
