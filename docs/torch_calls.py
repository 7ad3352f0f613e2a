"""Write the table of PyTorch's followed functions into docs/coming_from_torch_func.md: the rows of
`polyad.foreign.torch`, by the place where PyTorch has them. Run it by `make reference`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import torch  # the table is of the torch that has been imported

from polyad.foreign.torch import table

PAGE = Path(__file__).parent / "coming_from_torch_func.md"
BLOCK = re.compile(r"(<!-- torch's functions -->\n).*?(<!-- end -->)", re.DOTALL)
COUNT = re.compile(r"\d+ of the \d+ differentiable ops")
OPS = Path(__file__).parent.parent / "tests" / "foreign" / "torch_ops.toml"
MODULES = ("nn.functional", "linalg", "fft", "special")


def places(name: str) -> Iterator[tuple[str, str]]:
    """Where PyTorch has a function with a row: the module's name, and its own there."""
    module, _, last = name.rpartition(".")
    if module:
        if module in MODULES or module == "Tensor":
            yield module, last
        return
    if hasattr(torch, name):
        yield "", name
    if hasattr(torch.Tensor, name):
        yield "Tensor", name


def listed() -> dict[str, list[str]]:
    """The public names that are followed, by module."""
    found: dict[str, set[str]] = {"": set(), "Tensor": set(), **{m: set() for m in MODULES}}
    for names, row in table._REGISTERED:
        for name in () if row.refused else names:
            for module, last in places(name):
                if not last.startswith("_"):
                    found[module].add(last)
    for module in MODULES:  # rows are keyed by object: the same function under a second name
        home = torch
        for part in module.split("."):
            home = getattr(home, part)
        for name, thing in vars(home).items():
            if not name.startswith("_") and callable(thing) and is_followed(thing):
                found[module].add(name)
    return {module: sorted(names) for module, names in found.items()}


def is_followed(thing: object) -> bool:
    """Whether a function of PyTorch has a row that follows it."""
    row = table.rows().get(thing)
    return row is not None and not row.refused


def text() -> str:
    """The table: a row for each module."""
    rows = ["| of | followed |", "|---|---|"]
    for module, names in listed().items():
        of = f"`torch.{module}`" if module else "`torch`"
        rows.append(f"| {of} ({len(names)}) | {', '.join(f'`{name}`' for name in names)} |")
    return "\n".join(rows) + "\n"


def count() -> str:
    """The ops of PyTorch's operator database that are followed, in numbers."""
    ops = tomllib.loads(OPS.read_text())
    followed = len(ops["follows"])
    return f"{followed} of the {followed + len(ops['refuses'])} differentiable ops"


def page() -> str:
    """The page with the table and the numbers as they are now."""
    listing = BLOCK.sub(lambda match: f"{match[1]}{text()}{match[2]}", PAGE.read_text("utf-8"))
    return COUNT.sub(count(), listing)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
