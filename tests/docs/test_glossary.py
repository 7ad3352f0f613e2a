"""docs/glossary.md: one line a term, in order, and few enough to be read."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

TEXT = (Path(__file__).parents[2] / "docs" / "glossary.md").read_text("utf-8")
MOST = 60  # terms


def test_terms_are_few_and_in_order():
    count = 0
    for title, section in re.findall(
        r"^## (.+?)\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL
    ):
        terms = re.findall(r"^\| (?!term |---)(.+?) \| .+ \|$", section, re.MULTILINE)
        count += len(terms)
        for before, after in pairwise(terms):
            if before.lower() >= after.lower():
                pytest.fail(f"{title}: {after!r} belongs before {before!r}")
    assert 0 < count <= MOST
