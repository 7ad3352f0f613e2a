"""The file of a page, and a browser to show it."""

from __future__ import annotations

import os
import pathlib
import tempfile
import webbrowser

from ..errors import PolyadValueError
from ..ir import user_location, where


def explore(page: str, path: str | os.PathLike[str] | None) -> pathlib.Path:
    """Write the page to `path`; to a temporary file, which a browser is asked to show, if that is
    None.
    """
    if path is None:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", prefix="polyad-", suffix=".html", delete=False
        ) as file:
            file.write(page)
        webbrowser.open(pathlib.Path(file.name).as_uri())
        return pathlib.Path(file.name)
    target = pathlib.Path(path)
    try:
        target.write_text(page, "utf-8")
    except OSError as error:
        raise PolyadValueError(
            f"explore: {str(target)!r} cannot be written: {error.strerror}{where(user_location())}"
            "\n  Name a file in a folder that is there."
        ) from None
    return target
