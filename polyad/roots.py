"""Where polyad runs from its repository: `polyad.backends` and `polyad.lowering` stand beside it.

An installed polyad has them inside. In a clone, whose folder is on the path (`pip install -e` puts
it there), they are two more roots, and are found here.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from os import path
from types import ModuleType

HERE = path.dirname(path.abspath(__file__))
ROOTS = {
    f"polyad.{name}": path.join(path.dirname(HERE), name)
    for name in ("backends", "lowering")
    if not path.isdir(path.join(HERE, name))
}


class Beside:
    """Finds the roots that stand beside this one."""

    @staticmethod
    def find_spec(
        name: str, at: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The place of a root; None for any other name."""
        folder = ROOTS.get(name)
        if folder is None:
            return None
        file = path.join(folder, "__init__.py")
        return spec_from_file_location(name, file, submodule_search_locations=[folder])


if ROOTS:
    sys.meta_path.insert(0, Beside)  # before the hook of another polyad that is installed
