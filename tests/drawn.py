"""The number of examples of a test whose input hypothesis draws."""

from __future__ import annotations

import os

import hypothesis

FACTOR = int(os.environ.get("EXAMPLES_FACTOR", "1"))
"""How many times the usual number of examples to draw: `make test-full` sets it."""


def examples(count: int) -> hypothesis.settings:
    """`@examples(60)` draws 60 examples, or a multiple of 60 in `make test-full`."""
    return hypothesis.settings(max_examples=count * FACTOR)
