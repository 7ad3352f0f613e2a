"""`jax.image`."""

from __future__ import annotations

from typing import Any

from ...nn import image as _image
from ._spelling import door

DOOR = door("jax.image", _image)


def __getattr__(name: str) -> Any:
    return DOOR.get(name)


def __dir__() -> list[str]:
    return ["ResizeMethod", "resize", "scale_and_translate"]
