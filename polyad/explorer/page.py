"""The page: one file of HTML with its style, its script and its data; nothing is loaded."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Mapping
from importlib import resources
from typing import Any

PLAIN = 200_000
"""Bytes of data from which on they are compressed."""
LARGEST = 1_000_000
"""Bytes of a page, at most: the longest texts are cut until it fits."""


def page(data: Mapping[str, Any]) -> str:
    """The page that shows `data`, the same for the same data."""
    cut = {**data, "stages": [dict(stage) for stage in data["stages"]]}
    while True:
        text = written(cut)
        if len(text.encode()) <= LARGEST:
            return text
        longest = max(cut["stages"], key=lambda stage: sum(map(len, stage["lines"])))
        shorten(longest)


def shorten(stage: dict[str, Any]) -> None:
    """Leave out the second half of the lines of a stage."""
    keep = len(stage["lines"]) // 2
    more = len(stage["lines"]) - keep
    last = {"lines": f"… {more} more lines are left out", "sets": 0, "scopes": 0, "steps": 0}
    for key, value in last.items():
        stage[key] = [*stage[key][:keep], value]


def written(data: Mapping[str, Any]) -> str:
    """The page of all of `data`, however large."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=True)
    packed = ""
    if len(text) > PLAIN:
        text, packed = base64.b64encode(zlib.compress(text.encode(), 9)).decode(), " data-packed"
    else:  # no sign in it ends the element or begins a comment
        text = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    style, script = part("page.css"), part("page.js")
    values = {
        "$SCRIPT_HASH": hashed(script),
        "$STYLE_HASH": hashed(style),
        "$STYLE": style,
        "$SCRIPT": script,
        "$PACKED": packed,
        "$DATA": text,
    }
    return re.sub(r"\$[A-Z_]+", lambda found: values[found[0]], part("page.html"))


def part(name: str) -> str:
    """The text of a file beside this one."""
    return resources.files(__package__).joinpath(name).read_text("utf-8")


def hashed(text: str) -> str:
    """The digest by which the page's policy knows the only script, or style, that may run."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
