"""What the chapters share: the folder that `--output` names, and figures saved there as PNG."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

OUTPUT = Path(__file__).parent / "output"


def parser(chapter: str | None) -> argparse.ArgumentParser:
    """The options every chapter has; `chapter` is its docstring, whose first line is shown."""
    options = argparse.ArgumentParser(description=(chapter or "").partition("\n")[0])
    options.add_argument("--output", type=Path, default=OUTPUT, help="the folder for the plot")
    return options


def save(path: Path, draw: Callable[[Any], None], size: tuple[float, float]) -> bool:
    """Let `draw` fill a matplotlib figure of `size` inches, and write it to `path`.

    Without matplotlib this says what to install, writes nothing and returns False.
    """
    try:
        from matplotlib.figure import Figure
        from PIL import Image
    except ImportError:
        print(f"{path.name} is not drawn: it needs matplotlib (pip install 'polyad[examples]')")
        return False
    figure = Figure(figsize=size, dpi=100, layout="constrained")
    draw(figure)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
    with Image.open(path) as image:  # a palette makes the file a third of the size
        image.convert("RGB").quantize(128).save(path, optimize=True)
    print(f"plot: {path}")
    return True
