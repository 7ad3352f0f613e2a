"""Types of arguments that several commands have. A bad one is refused before any work is done."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path


def count(text: str) -> int:
    """A number from 1 on."""
    if not text.strip().isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a whole number from 1 on is needed, not {text!r}")
    return int(text)


def natural(text: str) -> int:
    """A number from 0 on."""
    if not text.strip().isdecimal():
        raise argparse.ArgumentTypeError(f"a whole number from 0 on is needed, not {text!r}")
    return int(text)


def folder(text: str) -> Path:
    """A folder that files can be written to; it is made if there is none."""
    path = Path(text)
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return path
    except OSError as error:
        reason = error.strerror or str(error)
        raise argparse.ArgumentTypeError(f"no file can be written to {text!r}: {reason}") from None
