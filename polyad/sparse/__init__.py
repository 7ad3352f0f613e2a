"""Sparse derivatives: patterns found from the function's own operations, and matrices that hold
their entries and nothing else.

`Pattern` is where a matrix may be other than zero.
"""

from ..errors import DenseWarning as DenseWarning
from ..errors import SparsityError as SparsityError
from .pattern import Pattern as Pattern

__all__ = ["DenseWarning", "Pattern", "SparsityError"]
