"""JAX arrays as plain arrays: `jax.numpy` follows the array API standard itself.

JAX's own transformations take no part. JAX narrows 64 bits to 32 unless its setting
`jax_enable_x64` is on; polyad's ops run with it on, whatever it is outside, since dtypes are
polyad's: float32 arrays stay float32, and indices have 64 bits. JAX's own operators, on arrays that
nothing traces, go by the setting: `python -m polyad conformance --backend jax` wants
JAX_ENABLE_X64=1 in its environment.
"""

from __future__ import annotations

import importlib.util
import itertools
import sys
from collections.abc import Callable, Sequence
from typing import Any

from polyad.ir import Attributes, Definition, DType, Function

from .array_api import ArrayApiBackend
from .generic.implementations import window_slices
from .makers import Types


class JaxBackend(ArrayApiBackend):
    """Runs functions with jax.numpy."""

    name = "jax"

    def is_available(self) -> bool:
        there = sys.modules.get("jax")
        if there is not None:
            return there.__name__ == "jax"
        return importlib.util.find_spec("jax") is not None

    @property
    def xp(self) -> Any:
        import jax.numpy

        return jax.numpy

    def owns(self, array: Any) -> bool:
        module = sys.modules.get("jax")
        if module is None or module.__name__ != "jax":  # absent, or polyad.compat.jax in its place
            return False
        return isinstance(array, module.Array)

    def asarray(self, value: Any, dtype: DType | None = None, like: Any = None) -> Any:
        with wide():
            return super().asarray(value, dtype, like)

    def full(self, value: Any, dtype: DType, shape: tuple[int, ...], like: Any = None) -> Any:
        with wide():
            return super().full(value, dtype, shape, like)

    def literal(self, value: Any, dtype: DType, like: Any = None) -> Any:
        with wide():
            return super().literal(value, dtype, like)

    def evaluate(self, function: Function, arrays: Sequence[Any]) -> Sequence[Any]:
        with wide():
            return super().evaluate(function, arrays)

    def implementation(
        self, definition: Definition, attributes: Attributes, types: Types, results: Types
    ) -> Callable[..., Any]:
        run = super().implementation(definition, attributes, types, results)

        def widely(*arrays: Any) -> Any:
            with wide():
                return run(*arrays)

        return widely

    def copy(self, array: Any, order: str = "K") -> Any:
        return array  # immutable

    def to_device(self, array: Any, device: Any) -> Any:
        known = {str(d): d for d in self.devices()}
        if str(device) not in known:
            raise ValueError(f"there is no device {device!r}; there are {', '.join(known)}")
        return array.to_device(known[str(device)])

    def device(self, array: Any) -> Any:
        return array.device


def wide() -> Any:
    """A block in which JAX has arrays of 64 bits."""
    import jax

    return jax.enable_x64(True)


# -- Ops that write: JAX arrays are immutable ------------------------------------------------------


def pad(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    borders = list(zip(attrs["low"], attrs["high"], attrs["interior"], strict=True))

    def run(x: Any) -> Any:
        import jax

        return jax.lax.pad(x, backend.xp.zeros((), x.dtype), borders)

    return run


def overlap_add(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    n, shape = len(attrs["shape"]), types[0].shape
    sizes = shape[len(shape) - 2 * n : len(shape) - n]
    slices = window_slices(sizes, shape[len(shape) - n :], attrs)
    elements = [(..., *k, *(slice(None),) * n) for k in itertools.product(*map(range, sizes))]
    moves = [] if 0 in shape else list(zip(slices, elements, strict=True))

    def run(x: Any) -> Any:
        out = backend.full(0, results[0].dtype, results[0].shape, x)
        for target, source in moves:
            out = out.at[(..., *target)].add(x[source])
        return out

    return run


def scatter(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    """An index out of range is dropped; JAX would count a negative one from the end."""
    axis, mode, n = attrs["axis"], attrs["mode"], types[0].shape[attrs["axis"]]
    lead = (slice(None),) * axis

    def run(x: Any, indices: Any, updates: Any) -> Any:
        inside = backend.xp.where(indices < 0, n, indices)
        return getattr(x.at[(*lead, inside)], mode)(updates, mode="drop")

    return run


JaxBackend.implementations = {"pad": pad, "overlap_add": overlap_add, "scatter": scatter}


def backend() -> JaxBackend:
    """The entry point `jax`."""
    return JaxBackend()
