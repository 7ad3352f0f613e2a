"""Texts of values in messages."""

from __future__ import annotations

import reprlib


class _Short(reprlib.Repr):
    """Texts of values: containers to a depth of 6 and 20 entries each."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel = 6
        self.maxtuple = self.maxlist = self.maxdict = self.maxset = self.maxfrozenset = 20
        self.maxstring = self.maxother = self.maxlong = 200


_SHORT = _Short()


def shown(value: object, length: int = 60) -> str:
    """The text of a value for a message, at most so long: also of one that is nested without end,
    or has no text.
    """
    try:
        return _SHORT.repr(value)[:length]
    except Exception:  # from the value's class, or of an integer of too many digits
        return f"<{type(value).__name__}>"
