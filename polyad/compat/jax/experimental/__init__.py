"""`jax.experimental`: what polyad has of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ....config import config
from . import jet as jet
from . import ode as ode


@contextmanager
def enable_x64(new_val: bool = True) -> Iterator[None]:
    """float64 as the default dtype, or float32, in a `with` block."""
    with config(default_float="float64" if new_val else "float32"):
        yield


@contextmanager
def disable_x64() -> Iterator[None]:
    """float32 as the default dtype in a `with` block."""
    with enable_x64(False):
        yield
