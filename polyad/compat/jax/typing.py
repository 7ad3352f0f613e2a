"""`jax.typing`."""

from __future__ import annotations

from typing import Any

ArrayLike = Any
DTypeLike = Any
