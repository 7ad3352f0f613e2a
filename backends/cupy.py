"""CuPy arrays, through array-api-compat: the generic backend's code path, on a GPU.

Where there is none, the tests do not run it; `python -m polyad conformance --backend cupy` does
where there is one.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from typing import Any

from .array_api import ArrayApiBackend
from .makers import Types


class CupyBackend(ArrayApiBackend):
    """Runs functions with CuPy."""

    name = "cupy"

    def is_available(self) -> bool:
        return importlib.util.find_spec("cupy") is not None

    @property
    def xp(self) -> Any:
        import array_api_compat.cupy

        return array_api_compat.cupy

    def owns(self, array: Any) -> bool:
        module = sys.modules.get("cupy")
        return module is not None and isinstance(array, module.ndarray)

    def asarray(self, value: Any, dtype: Any = None, like: Any = None) -> Any:
        with self._beside(like):
            return self.xp.asarray(value, dtype=None if dtype is None else dtype.name)

    def full(self, value: Any, dtype: Any, shape: tuple[int, ...], like: Any = None) -> Any:
        with self._beside(like):
            return self.xp.full(shape, value, dtype=dtype.name)

    def _beside(self, like: Any) -> Any:
        """The block in which arrays are made on the device of `like`: CuPy's current device."""
        import cupy

        return cupy.cuda.Device() if like is None else self.beside(like)

    def beside(self, array: Any) -> Any:
        return array.device

    def device(self, array: Any) -> Any:
        return array.device

    def to_device(self, array: Any, device: Any) -> Any:
        import array_api_compat

        return array_api_compat.to_device(array, device)

    def host(self, array: Any) -> Any:
        return array.get()


def reciprocal(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    """1 / z by Smith's method (1962), as NumPy divides complex numbers: CuPy's own division has
    NaN where z is infinite.
    """
    xp = backend.xp
    if not types[0].dtype.is_complex:
        run: Callable[..., Any] = xp.reciprocal
        return run

    def smith(z: Any) -> Any:
        c, d = z.real, z.imag
        wide = abs(c) >= abs(d)
        large, small = xp.where(wide, c, d), xp.where(wide, d, c)
        ratio = small / large
        scale = 1 / (large + small * ratio)
        none = (c == 0) & (d == 0)
        out = xp.empty_like(z)
        out.real = xp.where(none, 1 / abs(c), xp.where(wide, 1 + 0 * ratio, ratio) * scale)
        out.imag = xp.where(none, 0 / abs(c), xp.where(wide, -ratio, 0 * ratio - 1) * scale)
        return out

    return smith


CupyBackend.implementations = {"reciprocal": reciprocal}


def backend() -> CupyBackend:
    """The entry point `cupy`."""
    return CupyBackend()
