"""Canonicalization, folding and merging in one walk over the ops.

An op's operands come before it, so that one walk does nearly all that there is to do; a second one
looks at the results of the first.
"""

from __future__ import annotations

from ..ir import Function
from .canonicalize import canonical
from .cse import merging
from .fold import folded
from .rewrite import rewrite


def peephole(function: Function) -> Function:
    """`function` with each op in its simplest form, computed if it is constant, and once."""
    for _ in range(2):
        new = rewrite(function, canonical, folded, merging())
        if new is function:
            break
        function = new
    return function
