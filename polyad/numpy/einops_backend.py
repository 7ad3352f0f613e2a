"""einops on traced arrays. einops looks for the subclasses of its `AbstractBackend`; polyad adds
one when it traces and einops is imported.
"""

from __future__ import annotations

from typing import Any

from ..ir import Handle
from ..tracer import namespace


def introduce(abstract_backend: Any) -> type:
    """Let einops know of traced arrays, by a subclass of its `AbstractBackend`. Python keeps no
    class for its base's sake: the caller holds it.
    """
    xp = namespace()

    class TracedArrays(abstract_backend):
        """The interface that einops asks of a library, in functions of `polyad.numpy`."""

        framework_name = "polyad"

        def is_appropriate_type(self, tensor: Any) -> bool:
            return isinstance(tensor, Handle)

        def arange(self, start: int, stop: int) -> Any:
            return xp.arange(start, stop)

        def stack_on_zeroth_dimension(self, tensors: list[Any]) -> Any:
            return xp.stack(tensors)

        def add_axis(self, x: Any, new_position: int) -> Any:
            return xp.expand_dims(x, axis=new_position)

        def tile(self, x: Any, repeats: tuple[int, ...]) -> Any:
            return xp.tile(x, repeats)

        def concat(self, tensors: list[Any], axis: int) -> Any:
            return xp.concat(tensors, axis=axis)

        def is_float_type(self, x: Any) -> bool:
            return bool(x.dtype.is_inexact)

        def einsum(self, pattern: str, *x: Any) -> Any:
            return xp.einsum(pattern, *x)

    return TracedArrays
