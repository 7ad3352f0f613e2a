"""Sparse derivatives: patterns found from the function's own operations, and matrices that hold
their entries and nothing else.

`Pattern` is where a matrix may be other than zero; `coloring` finds few products that hold all its
entries.
"""

from ..errors import DenseWarning as DenseWarning
from ..errors import SparsityError as SparsityError
from .coloring import Coloring as Coloring
from .coloring import coloring as coloring
from .pattern import Pattern as Pattern
from .patterns import jacobian_sparsity as jacobian_sparsity

__all__ = [
    "Coloring",
    "DenseWarning",
    "Pattern",
    "SparsityError",
    "coloring",
    "jacobian_sparsity",
]
