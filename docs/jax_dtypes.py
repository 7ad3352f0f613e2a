"""Write the table of dtypes into docs/coming_from_jax.md: functions of `polyad.compat.jax` whose
results have another dtype than the installed JAX's, for operands of small dtypes, with 64 bits.

JAX's dtypes are found without computing. Run it with the JAX that is wanted; it takes minutes.
"""

from __future__ import annotations

import importlib
import itertools
import re
import warnings
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import numpy as np

import polyad.compat.jax as ours

PAGE = Path(__file__).parent / "coming_from_jax.md"
BLOCK = re.compile(r"(<!-- dtypes -->\n).*?(<!-- end -->)", re.DOTALL)
MODULES = ("numpy", "numpy.linalg", "numpy.fft", "lax", "nn", "scipy.special")
DTYPES = ("bool", "int8", "uint8", "int32", "uint32", "float16")
SECOND = (None, "same", "int8", "float32")
NO_FUNCTIONS = {"can_cast", "load", "save", "savez", "fromfile", "frompyfunc", "vectorize", "empty",
                "empty_like", "apply_along_axis", "printoptions", "get_printoptions",
                "set_printoptions", "array_repr", "array_str"}  # fmt: skip


def dtypes_of(result: Any) -> tuple[str, ...]:
    """The dtypes of the leaves of a result."""
    return tuple(np.dtype(leaf.dtype).name for leaf in jax.tree.leaves(result))


def theirs_of(function: Any, names: tuple[str, ...]) -> tuple[str, ...] | None:
    """JAX's dtypes, or None where it takes no such operands."""
    try:
        return dtypes_of(
            jax.eval_shape(function, *[jax.ShapeDtypeStruct((3, 3), n) for n in names])
        )
    except Exception:
        return None


def ours_of(function: Any, names: tuple[str, ...]) -> tuple[str, ...] | None:
    """The door's dtypes, or None where it takes no such operands."""
    try:
        return dtypes_of(function(*[ours.numpy.asarray(np.eye(3) + 1).astype(n) for n in names]))
    except Exception:
        return None


def operands() -> Iterator[tuple[str, ...]]:
    """The dtypes of one or two operands."""
    for first, second in itertools.product(DTYPES, SECOND):
        yield (first,) if second is None else (first, first if second == "same" else second)


def differences() -> dict[tuple[str, str], dict[str, set[str]]]:
    """For each pair of JAX's dtype and the door's: the functions, and their operands."""
    found: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for module in MODULES:
        home = importlib.import_module(f"jax.{module}")
        door = importlib.import_module(f"polyad.compat.jax.{module}")
        for name in sorted(vars(home)):
            function = getattr(home, name)
            if name.startswith("_") or name in NO_FUNCTIONS or isinstance(function, type):
                continue
            if not callable(function) or not hasattr(door, name):
                continue
            for names in operands():
                expected = theirs_of(function, names)
                given = None if expected is None else ours_of(getattr(door, name), names)
                for a, b in zip(expected or (), given or (), strict=False):
                    if a != b:
                        found[a, b][f"{module}.{name}"].add(" and ".join(names))
    return found


def table(found: dict[tuple[str, str], dict[str, set[str]]]) -> Iterator[str]:
    """The rows: functions of the same operands together."""
    yield "| JAX | here | functions | of |"
    yield "|---|---|---|---|"
    for (a, b), functions in sorted(found.items()):
        alike: dict[str, list[str]] = defaultdict(list)
        for name, names in functions.items():
            alike[", ".join(sorted(names)) if len(names) < 4 else "several"].append(name)
        for names, group in sorted(alike.items()):
            yield f"| {a} | {b} | {', '.join(f'`{n}`' for n in sorted(group))} | {names} |"


def main() -> None:
    """Write the page."""
    jax.config.update("jax_enable_x64", True)
    warnings.simplefilter("ignore")
    text = "\n".join(table(differences()))
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(BLOCK.sub(lambda m: f"{m[1]}\n{text}\n\n{m[2]}", page), encoding="utf-8")


if __name__ == "__main__":
    main()
