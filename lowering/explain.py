"""What the compiler did, told kernel by kernel."""

from __future__ import annotations

from polyad.ir import Function


def explain(stages: dict[str, Function]) -> str:
    """An account of the stages."""
    return ""
