"""The chapters' plots: one style, each drawn for light pages and for dark ones, saved as PNG."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

OUTPUT = Path(__file__).parent / "output"
DPI = 200
STYLE = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.linewidth": 0.5,
    "legend.frameon": False,
}
COLORS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#999999"]
"""Colours that the colour-blind tell apart (Okabe and Ito 2008); C7 is the ink of the page."""
PAGES = {"": ("#ffffff", "#222222", "#dddddd"), "-dark": ("#0c0d11", "#e4e4e4", "#33373d")}
"""By the end of the file's name: the colours of the page, of ink and of the grid."""


def style(end: str) -> dict[str, Any]:
    """The settings of matplotlib for one kind of page."""
    from matplotlib import cycler

    page, ink, grid = PAGES[end]
    inked = ["text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"]
    return {
        **STYLE,
        **dict.fromkeys(inked, ink),
        **dict.fromkeys(["figure.facecolor", "axes.facecolor", "savefig.facecolor"], page),
        "grid.color": grid,
        "axes.prop_cycle": cycler(color=[*COLORS, ink]),
    }


def parser(chapter: str | None) -> argparse.ArgumentParser:
    """The options every chapter has; `chapter` is its docstring, whose first line is shown."""
    options = argparse.ArgumentParser(description=(chapter or "").partition("\n")[0])
    options.add_argument("--output", type=Path, default=OUTPUT, help="the folder for the plot")
    return options


def save(path: Path, draw: Callable[[Any], None], size: tuple[float, float]) -> bool:
    """Let `draw` fill a matplotlib figure of `size` inches, and write it to `path`; the same for
    dark pages goes beside it, to a name that ends with -dark.

    Without matplotlib this says what to install, writes nothing and returns False.
    """
    try:
        import matplotlib
        from matplotlib.figure import Figure
        from PIL import Image
    except ImportError:
        print(f"{path.name} is not drawn: it needs matplotlib (pip install 'polyad[examples]')")
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    for end in PAGES:
        target = path.with_name(f"{path.stem}{end}{path.suffix}")
        with matplotlib.rc_context(style(end)):
            figure = Figure(figsize=size, dpi=DPI, layout="constrained")
            draw(figure)
            figure.savefig(target)
        with Image.open(target) as image:  # a palette makes the file a third of the size
            image.convert("RGB").quantize(128).save(target, optimize=True)
    print(f"plot: {path}")
    return True
