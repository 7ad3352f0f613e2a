"""Write the tables of names into the pages of docs/: which name of another library is which here.

A page says `<!-- names: jax.lax -->` where the table of that namespace belongs. What stands in the
table comes from docs/names/: the other library's public names, what differs, and why some are
absent; what exists is found by looking. Run it by `make reference`.
"""

from __future__ import annotations

import functools
import importlib
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polyad
from polyad.compat.jax._signatures import SIGNATURES

DOCS = Path(__file__).parent
BLOCK = re.compile(r"(<!-- names: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)

PARAMETERS = re.compile(r"(<!-- parameters -->\n).*?(<!-- end -->)", re.DOTALL)


def namespaces() -> Iterator[dict[str, Any]]:
    """The tables of docs/names/, one per namespace of another library."""
    for file in sorted((DOCS / "names").glob("*.toml")):
        yield from tomllib.loads(file.read_text(encoding="utf-8"))["namespace"]


def resolve(name: str) -> Any:
    """The object at a dotted name below polyad; raises `AttributeError` if there is none."""
    first, *rest = name.split(".")
    if first != "polyad":
        raise AttributeError(f"{name!r} is not below polyad")
    return functools.reduce(getattr, rest, polyad)


def exists(name: str) -> bool:
    """Whether there is an object at a dotted name."""
    try:
        resolve(name)
    except AttributeError:
        return False
    return True


def accounted(namespace: dict[str, Any]) -> tuple[list[str], list[Any], list[Any]]:
    """The names that are the same here, rows of those that differ, and rows of absent ones.

    Raises `ValueError` for a note about a name that the library has not.
    """
    names, home = namespace["names"].split(), namespace["polyad"]
    differs, instead = namespace.get("differs", {}), namespace.get("instead", {})
    unknown = [n for n in (*differs, *instead) if n not in names]
    if unknown:
        raise ValueError(f"{namespace['peer']} has no {', '.join(unknown)}")
    rows = [(n, f"{home}.{n}", differs[n]) for n in names if n in differs]
    rows += [(n, *instead[n]) for n in names if n in instead]
    left = [n for n in names if n not in differs and n not in instead]
    same = [n for n in left if exists(f"{home}.{n}")]
    missing = [n for n in left if n not in same]
    absent = []
    for group in namespace.get("absent", []):
        found = [n for n in missing if n in group["names"].split()]
        missing = [n for n in missing if n not in found]
        absent += [(found, group["why"])] if found else []
    if missing:
        absent.append((missing, "Not written yet."))
    return same, sorted(rows), absent


def table(namespace: dict[str, Any]) -> str:
    """What the page says about one namespace."""
    same, rows, absent = accounted(namespace)
    peer, text = namespace["peer"], []
    if same:
        listed = ", ".join(f"`{n}`" for n in same)
        text.append(f"By the same name in `{namespace['polyad']}` ({len(same)}): {listed}.\n")
    if rows:
        text.append(f"| `{peer}` | here | what differs, and why |\n|---|---|---|")
        text += [f"| `{name}` | {code(here)} | {note} |" for name, here, note in rows]
        text.append("")
    if absent:
        text.append(f"| not here, of `{peer}` | why |\n|---|---|")
        text += [f"| {', '.join(f'`{n}`' for n in group)} | {why} |" for group, why in absent]
        text.append("")
    return "\n".join(text)


def code(text: str) -> str:
    """`text` as code, or nothing."""
    return f"`{text}`" if text else ""


def parameters() -> str:
    """The parameters of JAX's functions that the door does not take, and those it only checks."""
    refused: dict[tuple[str, str], list[str]] = {}
    checked: dict[str, list[str]] = {}
    for module in SIGNATURES:
        door = importlib.import_module(f"polyad.compat.{module}").DOOR
        for name in door.signatures:
            for key, route in getattr(door.get(name), "routes", {}).items():
                if route.kind == "refused":
                    remedy = door.spelling.remedies.get((name, key), f"Leave {key} out.")
                    refused.setdefault((key, remedy), []).append(f"{module}.{name}")
                elif route.kind == "neutral":
                    checked.setdefault(key, []).append(f"{module}.{name}")
    text = ["| not taken | instead |\n|---|---|"]
    for (key, remedy), owners in sorted(refused.items()):
        text.append(f"| `{key}` of {', '.join(f'`{o}`' for o in owners)} | {remedy} |")
    text.append("\n| checked, without effect |\n|---|")
    for key, owners in sorted(checked.items(), key=lambda item: (-len(item[1]), item[0])):
        few = (
            ", ".join(f"`{o}`" for o in owners) if len(owners) <= 3 else f"{len(owners)} functions"
        )
        text.append(f"| `{key}` of {few} |")
    return "\n".join([*text, ""])


def main() -> None:
    """Fill the tables of all pages in, and print the names of those that changed."""
    tables = {n["peer"]: table(n) for n in namespaces()}
    for page in sorted(DOCS.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        written = BLOCK.sub(lambda m: f"{m[1]}\n{tables[m[2]]}\n{m[3]}", text)
        written = PARAMETERS.sub(lambda m: f"{m[1]}\n{parameters()}\n{m[2]}", written)
        if written != text:
            page.write_text(written, encoding="utf-8")
            print(page.relative_to(DOCS.parent), file=sys.stderr)


if __name__ == "__main__":
    main()
