"""The reason for which a call of a jitted function is traced and compiled, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ...texts import shown

Names = Callable[[], Sequence[str | None]]


def reason(before: Iterable[Any], key: Any, names: Names) -> str:
    """The difference of the call with `key` from the nearest of those `before`; for the parts of a
    key see `Jitted._call_values`.
    """
    known = list(before)
    if not known:
        return "the first call"
    nearest = lambda said: sum(weight for weight, _ in said)
    said = min((differences(old, key, names) for old in known), key=nearest)
    return "; ".join(text for _, text in said) or "what was compiled has been forgotten"


def differences(old: Any, new: Any, names: Names) -> list[tuple[int, str]]:
    """The differences of two keys: for each a weight, by which the nearest key is found, and a
    sentence.
    """
    (types, weak, structure, static, axes), backend, placed, settings = new
    (types_0, weak_0, structure_0, static_0, axes_0), backend_0, placed_0, settings_0 = old
    found = []
    if structure != structure_0:
        found.append((8, f"other structure of the arguments: {structure_0} → {structure}"))
    elif types != types_0 or weak != weak_0:
        called = [name or f"leaf {i}" for i, name in enumerate(names())]
        for i, (a, b) in enumerate(zip(types_0, types, strict=True)):
            if a != b:
                found.append((3, f"argument {called[i]}: {a} → {b}"))
            elif weak[i] != weak_0[i]:
                kinds = [f"a {'Python number' if w else 'NumPy scalar or array'}"
                         for w in (weak_0[i], weak[i])]  # fmt: skip
                found.append((1, f"argument {called[i]}: {kinds[0]} → {kinds[1]}"))
    if static != static_0:
        found += static_differences(dict(static_0), dict(static))
    if axes != axes_0:
        found.append((4, "other named axes around the call"))
    if backend is not backend_0 or placed is not placed_0:
        found.append((4, f"arrays of another backend: {placed_0.name} → {placed.name}"))
    if settings != settings_0:
        found.append((1, "other settings"))
    return found


def static_differences(old: dict[Any, Any], new: dict[Any, Any]) -> list[tuple[int, str]]:
    """The differences of the static arguments of two calls."""
    found = []
    for name in dict.fromkeys((*old, *new)):
        a, b = (plain(values.get(name)) for values in (old, new))
        if old.get(name) != new.get(name):
            weight = 2 if name in old and name in new else 3
            found.append((weight, f"static argument {name}: {a} → {b}"))
    return found


def plain(exact: Any) -> str:
    """The value of a key that `exactly` made."""
    return shown(exact[1]) if isinstance(exact, tuple) and len(exact) == 2 else "not given"
