"""array-api-strict: the standard and nothing else. For tests: it proves that only standard calls
are made.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from typing import Any

import numpy

from .array_api import ArrayApiBackend
from .makers import Types


class StrictBackend(ArrayApiBackend):
    """Runs functions with array-api-strict."""

    name = "array_api_strict"

    def is_available(self) -> bool:
        return importlib.util.find_spec("array_api_strict") is not None

    @property
    def xp(self) -> Any:
        import array_api_strict

        return array_api_strict

    def owns(self, array: Any) -> bool:
        module = sys.modules.get("array_api_strict")
        return module is not None and isinstance(array, module.asarray(0).__class__)

    def to_device(self, array: Any, device: Any) -> Any:
        return array.to_device(device)

    def element(self, x: Any, index: int) -> Any:
        return x[index] if isinstance(x, list) else x[index, ...]

    def host(self, array: Any) -> Any:
        try:
            return numpy.from_dlpack(array)
        except BufferError:  # NumPy before 2.1 exports no array that is read-only
            return numpy.asarray(array)


def complex_(backend: Any, attrs: Any, types: Types, results: Types) -> Callable[..., Any]:
    """Part by part, on the host: re + 1j·im would turn an infinite part into NaNs."""

    def run(re: Any, im: Any) -> Any:
        host_re, host_im = backend.host(re), backend.host(im)
        out = numpy.empty(numpy.broadcast(host_re, host_im).shape, results[0].dtype.name)
        out.real, out.imag = host_re, host_im
        return backend.asarray(out)

    return run


StrictBackend.implementations = {"complex": complex_}


def backend() -> StrictBackend:
    """The entry point `array_api_strict`."""
    return StrictBackend()
