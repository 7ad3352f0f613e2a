"""Parameters of SciPy's that say how a result is computed, and mean nothing here."""

from __future__ import annotations

from typing import Any

from ..errors import PolyadTypeError, PolyadValueError
from ..ir import user_location, where
from ..texts import shown


def flags(function: str, **given: Any) -> None:
    """Raise `PolyadTypeError` for what is neither True nor False."""
    for name, value in given.items():
        if not isinstance(value, bool):
            raise PolyadTypeError(
                f"scipy.linalg.{function}: {name} is True or False, not {shown(value)}"
                f"{where(user_location())}"
            )


def one_of(function: str, name: str, value: Any, known: tuple[Any, ...]) -> None:
    """Raise `PolyadValueError` for what is none of the values known."""
    if value not in known:
        raise PolyadValueError(
            f"scipy.linalg.{function}: {name} is one of {', '.join(map(repr, known))}, not "
            f"{shown(value)}{where(user_location())}"
        )
