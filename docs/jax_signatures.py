"""Write polyad/compat/jax/_signatures.py: the parameters of JAX's functions that polyad has with
other parameters. Run it with the JAX installed whose signatures are wanted.
"""

from __future__ import annotations

import importlib
import inspect
import json
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "polyad" / "compat" / "jax" / "_signatures.py"
MODULES = (
    "jax", "jax.ad_checkpoint", "jax.custom_batching", "jax.custom_derivatives",
    "jax.experimental.jet", "jax.experimental.ode", "jax.image",
    "jax.flatten_util",
    "jax.lax", "jax.nn", "jax.nn.initializers", "jax.numpy", "jax.numpy.fft", "jax.numpy.linalg",
    "jax.ops", "jax.random", "jax.ref", "jax.scipy.linalg", "jax.scipy.special", "jax.tree",
    "jax.tree_util",
)  # fmt: skip


def text_of(signature: inspect.Signature) -> str:
    """A signature without annotations; defaults that are no constants are `...`."""
    parts, seen = [], {"/": False, "*": False}
    for p in signature.parameters.values():
        if seen["/"] is True and p.kind is not p.POSITIONAL_ONLY:
            parts.append("/")
            seen["/"] = None  # type: ignore[assignment]
        if p.kind is p.POSITIONAL_ONLY:
            seen["/"] = True
        if p.kind is p.VAR_POSITIONAL:
            seen["*"] = True
        if p.kind is p.KEYWORD_ONLY and not seen["*"]:
            parts.append("*")
            seen["*"] = True
        stars = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
        default = "" if p.default is p.empty else f"={_constant(p.default)}"
        parts.append(f"{stars}{p.name}{default}")
    if seen["/"] is True:
        parts.append("/")
    return f"({', '.join(parts)})"


def _constant(value: Any) -> str:
    plain = value is None or type(value) in (bool, int, float, str)
    if plain and repr(value) not in ("inf", "-inf", "nan"):
        return repr(value)
    return "()" if type(value) is tuple and not value else "..."


def differing(module: str) -> dict[str, str]:
    """The signatures of JAX's functions in a module that polyad's differ from."""
    theirs = importlib.import_module(module)
    door = importlib.import_module("polyad.compat." + module)
    found = {}
    for name in sorted(n for n in dir(theirs) if not n.startswith("_")):
        given = getattr(theirs, name)
        try:
            mine = door.DOOR.home(name)
        except AttributeError:
            continue
        if (
            name in door.DOOR.own
            or not callable(given)
            or inspect.isclass(mine)
            or hasattr(mine, "itemsize")
        ):
            continue
        try:
            text, own = text_of(inspect.signature(given)), text_of(inspect.signature(mine))
        except (TypeError, ValueError):
            continue
        if text != own:
            found[name] = text
    return found


def main() -> None:
    """Write the file."""
    tables = {module: differing(module) for module in MODULES}
    lines = [
        '"""JAX\'s parameters of functions that have others here: see docs/jax_signatures.py."""',
        "# ruff: noqa: E501",
        "",
        "SIGNATURES: dict[str, dict[str, str]] = {",
    ]
    for module, table in tables.items():
        lines.append(
            f"    {json.dumps(module)}: {{" if table else f"    {json.dumps(module)}: {{}},"
        )
        lines += [
            f"        {json.dumps(name)}: {json.dumps(text)}," for name, text in table.items()
        ]
        lines += ["    },"] if table else []
    TARGET.write_text("\n".join([*lines, "}", ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
