"""The functions of `polyad.special`, in the place where SciPy looks for a namespace's own."""

from __future__ import annotations

from typing import Any

from ..tracer import library


def __getattr__(name: str) -> Any:
    return getattr(library("special"), name)
