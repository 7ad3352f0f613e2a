"""Checks of a function by the kinds of its ops: how many there are, how many are left."""

from __future__ import annotations

from collections import Counter

import pytest

from polyad.ir import Function


def counted(function: Function) -> Counter[str]:
    """How many ops of each name a function has, those of its regions included."""
    return Counter(op.name for op in function.walk())


def expect(function: Function, where: str, **counts: int) -> None:
    """Fail unless `function` has as many ops of each of these names: `dot_general=1`, and for
    names with a dot `kernel_generic=2`. `where` names the case in the message.
    """
    found = counted(function)
    dotted = {name.replace(".", "_"): n for name, n in found.items()}
    wrong = [
        f"{n} of {k}, not {dotted.get(k, 0)}" for k, n in counts.items() if dotted.get(k, 0) != n
    ]
    if wrong:
        pytest.fail(f"{where}: expected {'; '.join(wrong)}, in\n{function}", pytrace=False)


def listed(function: Function) -> str:
    """The names of the ops of a function and its regions, in order, with counts: `cos, 3 sin`."""
    parts = sorted(counted(function).items())
    return ", ".join(name if n == 1 else f"{n} {name}" for name, n in parts)
