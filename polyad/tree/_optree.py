"""optree's functions that go through a whole tree, with polyad's error for one that is too deep."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import optree

from ..errors import PolyadTypeError
from ..ir import user_location, where

P = ParamSpec("P")
R = TypeVar("R")
TOO_DEEP = "Maximum recursion depth exceeded during"  # optree's words; Python's begin with an m


def limited(function: Callable[P, R]) -> Callable[P, R]:
    """`function` of optree's, which raises `PolyadTypeError` for a tree that is nested too deep. An
    error of a function that it calls stays as it is.
    """

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            # Looked up now: at the end of the process `_exit` puts another in the place of optree.
            return getattr(optree, function.__name__)(*args, **kwargs)
        except RecursionError as error:
            if not str(error).startswith(TOO_DEEP):
                raise
        raise PolyadTypeError(
            "containers lie inside of one another to more than 1,000 levels, or one contains "
            f"itself{where(user_location())}\n  Keep the values in one list, or stack them in one "
            "array."
        )

    return run


all_leaves = limited(optree.all_leaves)
broadcast_prefix = limited(optree.broadcast_prefix)
tree_accessors = limited(optree.tree_accessors)
tree_flatten = limited(optree.tree_flatten)
tree_flatten_with_accessor = limited(optree.tree_flatten_with_accessor)
tree_leaves = limited(optree.tree_leaves)
tree_map = limited(optree.tree_map)
tree_map_ = limited(optree.tree_map_)
tree_structure = limited(optree.tree_structure)
tree_transpose = limited(optree.tree_transpose)
