"""The methods and attributes of traced arrays, by the library whose arrays they stand for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import numpy_methods, torch

Attribute = Callable[[Any, str], Any]
Item = Callable[[Any, Any], Any]
_LIBRARIES: dict[str, Attribute] = {"numpy": numpy_methods.attribute, "torch": torch.attribute}
_ITEMS: dict[str, Item] = {}


def install(library: str, attribute: Attribute, item: Item) -> None:
    """Hand in the attributes of another library's arrays, a function of the traced array and the
    name, and its items, of the array and the index.
    """
    _LIBRARIES[library] = attribute
    _ITEMS[library] = item


def item_of(library: str) -> Item:
    """The items of that library's arrays."""
    return _ITEMS[library]


def attribute_of(library: str) -> Attribute:
    """The attributes of that library's arrays."""
    return _LIBRARIES[library]
