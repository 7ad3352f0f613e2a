"""Requirements of `make test-minimum`: exactly the lowest versions that pyproject.toml allows, and
what the tests need besides.

    python tests/minimum.py > requirements.txt
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

PROJECT = Path(__file__).parents[1] / "pyproject.toml"
CHECKERS = {"basedpyright", "import-linter", "mypy", "ruff"}
"""Programs that read the source; what they need themselves bounds the versions of libraries."""
LOWEST = re.compile(r"([\w.-]+)(\[[\w,]+\])?>=([\d.]+)$")


def requirements() -> list[str]:
    """The lines: dependencies by `==`, then the libraries of the tests by `>=`."""
    project = tomllib.loads(PROJECT.read_text("utf-8"))["project"]
    lowest = {}
    for line in project["dependencies"]:
        match = LOWEST.match(line)
        assert match is not None, f"{line}: a dependency has a lowest version, and no other bound"
        lowest[match[1]] = match[3]
    besides = [
        line for line in project["optional-dependencies"]["test"]
        if re.split(r"[\[>=]", line)[0] not in lowest.keys() | CHECKERS
    ]  # fmt: skip
    return [*(f"{name}=={version}" for name, version in lowest.items()), *besides]


if __name__ == "__main__":
    print("\n".join(requirements()))
