"""`jax.core`: its public names that annotations and `isinstance` use."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from ...tracer import Tracer as Tracer
from ._types import ShapedArray as ShapedArray

__all__ = ["ShapedArray", "Tracer", "ensure_compile_time_eval"]


@contextlib.contextmanager
def ensure_compile_time_eval() -> Iterator[None]:
    """A block in which ops on known arrays run at once, as they do everywhere here."""
    yield


def __getattr__(name: str) -> Any:
    raise AttributeError(
        f"module 'jax.core' has no attribute {name!r} here: it has {', '.join(__all__)}"
    )
