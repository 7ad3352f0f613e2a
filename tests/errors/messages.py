"""Helpers of the tests of errors: the text of an error, and the place of a line."""

from __future__ import annotations

import linecache
from collections.abc import Callable
from typing import Any

import pytest

from polyad import errors


def message(kind: type[Exception], f: Callable[[], Any]) -> str:
    """The text of the error of that kind that `f` raises; all of polyad's are `PolyadError`s."""
    with pytest.raises(kind) as caught:
        f()
    assert isinstance(caught.value, errors.PolyadError)
    return str(caught.value)


def lines_of(file: str) -> Callable[[str], str]:
    """`line("name")` is the place of the line of a test file that ends in the comment `# @name`."""

    def line(mark: str) -> str:
        for number, text in enumerate(linecache.getlines(file), 1):
            if text.rstrip().endswith(f"# @{mark}"):
                return f"{file}:{number},"
        raise LookupError(mark)

    return line
