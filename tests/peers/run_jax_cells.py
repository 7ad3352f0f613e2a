"""Run the code cells of JAX's documentation on polyad: `python tests/peers/run_jax_cells.py TREE`.

TREE is a checkout of JAX. The cells of a page run in turn, in one namespace; a cell passes that
runs, or that raises where its tags say so. What it prints is not compared. `jax_cells_scope.py`
lists what is counted. The pages need matplotlib, and SciPy. This is no part of `make test`.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import re
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parent))
import jax_cells_scope

CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(.*?)^```\s*$", re.DOTALL | re.MULTILINE)
SECONDS = 60  # that one cell may take
WORKS = "works here, and is an error in JAX"


class Cell(NamedTuple):
    """The text of a cell, and whether it is to raise."""

    text: str
    raises: bool


def cells_of(page: str) -> Iterator[Cell]:
    """The code cells of a page in MyST's form."""
    for found in CELL.finditer(page):
        lines = found[1].splitlines()
        options: list[str] = []
        if lines and lines[0].strip() == "---":
            end = lines.index("---", 1)
            options, lines = lines[1:end], lines[end + 1 :]
        while lines and lines[0].startswith(":"):
            options.append(lines.pop(0))
        plain = [line for line in lines if not line.startswith(("%", "!"))]
        yield Cell("\n".join(plain), "raises-exception" in " ".join(options))


def late(*_: Any) -> None:
    raise TimeoutError(f"the cell took more than {SECONDS} s")


def outcome(cell: Cell, names: dict[str, Any], lacking: bool) -> str:
    """The outcome of a cell: "passed", a reason why it is not counted, or an error."""
    why = jax_cells_scope.reason(cell.text)
    signal.alarm(SECONDS)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(cell.text, "<cell>", "exec"), names)
    except Exception as error:
        if cell.raises:
            return "passed"
        if why is None and lacking and isinstance(error, NameError):
            why = "a name that a cell which is not counted makes"
        return why or f"{type(error).__name__}: {str(error).splitlines()[:1]}"
    finally:
        signal.alarm(0)
    return why or (WORKS if cell.raises else "passed")


def run(page: Path) -> Iterator[tuple[Cell, str]]:
    """The outcomes of the cells of a page."""
    names: dict[str, Any] = {"__name__": "__main__"}
    lacking = False
    for cell in cells_of(page.read_text(encoding="utf-8")):
        found = outcome(cell, names, lacking)
        lacking = lacking or jax_cells_scope.reason(cell.text) is not None
        yield cell, found


def main() -> None:
    """Print a line for each cell that fails, and the counts."""
    parser = argparse.ArgumentParser()
    parser.add_argument("tree", type=Path)
    docs = parser.parse_args().tree / "docs"
    import polyad

    polyad.compat.install("jax")
    signal.signal(signal.SIGALRM, late)
    reasons = {why for why, _ in jax_cells_scope.CELLS}
    counts: Counter[str] = Counter()
    for path in sorted(docs.rglob("*.md")):
        name = path.relative_to(docs).as_posix()
        if jax_cells_scope.reason_of_page(name) is not None:
            continue
        for cell, found in run(path):
            kind = found if found in ("passed", WORKS) else "not counted"
            if kind != found and found not in reasons and not found.startswith("a name"):
                kind = "failed"
                print(f"{name}: {cell.text.strip().splitlines()[0][:60]}: {found[:160]}")
            counts[kind] += 1
    inside = counts["passed"] + counts["failed"] + counts[WORKS]
    print(f"{counts['passed']} of {inside} cells in scope pass", dict(counts))


if __name__ == "__main__":
    main()
