"""The `torch.autograd.Function` of all wrapped functions.

Its backward and forward derivatives and its batching rule are calls of itself, with the derivative
of the flat function in the function's place. So derivatives of every order are polyad's.
"""

from __future__ import annotations

import functools
from typing import Any

from . import _opaque
from ._flat import Flat


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
            ctx.results = len(output)
            ctx.set_materialize_grads(False)
            ctx.scalars = [None if isinstance(x, torch.Tensor) else x for x in arguments]
            tensors = [x for x in arguments if isinstance(x, torch.Tensor)]
            ctx.save_for_backward(*tensors)
            ctx.save_for_forward(*tensors)
            ctx.inexact = tuple([i for i, y in enumerate(output) if is_inexact(y)])
            ctx.mark_non_differentiable(*[y for y in output if not is_inexact(y)])

        @staticmethod
        def backward(ctx: Any, *cotangents: Any) -> Any:
            arguments = saved(ctx)
            wrt = tuple([i for i, needed in enumerate(ctx.needs_input_grad[1:]) if needed])
            given = tuple([i for i in ctx.inexact if cotangents[i] is not None])
            gradients: list[Any] = [None] * (1 + len(arguments))
            if wrt and given:
                pulled = ctx.flat.pullback(len(arguments), wrt, given)
                found = PolyadFunction.apply(pulled, *arguments, *(cotangents[i] for i in given))
                for i, gradient in zip(wrt, found, strict=True):
                    gradients[1 + i] = gradient
            return tuple(gradients)

        @staticmethod
        def jvp(ctx: Any, _: Any, *tangents: Any) -> Any:
            arguments = saved(ctx)
            wrt = tuple([i for i, t in enumerate(tangents) if t is not None])
            pushed = ctx.flat.pushforward(len(arguments), wrt, ctx.inexact)
            found = PolyadFunction.apply(pushed, *arguments, *(tangents[i] for i in wrt))
            full = dict(zip(ctx.inexact, found, strict=True))
            return tuple([full.get(i) for i in range(ctx.results)])

        @staticmethod
        def vmap(info: Any, in_dims: Any, flat: Flat, *arguments: Any) -> Any:
            batched = flat.batched(tuple(in_dims[1:]), info.batch_size)
            results = PolyadFunction.apply(batched, *arguments)
            return results, (0,) * len(results)

    def is_inexact(x: Any) -> bool:
        return x.is_floating_point() or x.is_complex()

    def saved(ctx: Any) -> list[Any]:
        """All arguments: saved tensors, and scalars between them."""
        tensors = iter(ctx.saved_tensors)
        return [next(tensors) if x is None else x for x in ctx.scalars]

    return PolyadFunction
