"""docs/special_points.md is what docs/special_points.py writes from the table."""

from __future__ import annotations

import importlib.util
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_is_up_to_date():
    spec = importlib.util.spec_from_file_location("special_points_page", DOCS / "special_points.py")
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    stored = (DOCS / "special_points.md").read_text()
    assert stored == script.page(), "run `make reference`, or python docs/special_points.py"
