"""`autograd.wrap_util`: operators of one argument, for any of them."""

from __future__ import annotations

from typing import Any

from ._operators import of_any_argument as unary_to_nary

__all__ = ["get_doc", "get_name", "unary_to_nary"]


def get_name(f: Any) -> str:
    """The name of a function."""
    return str(getattr(f, "__name__", "[unknown name]"))


def get_doc(f: Any) -> str:
    """The docstring of a function."""
    return str(getattr(f, "__doc__", ""))
