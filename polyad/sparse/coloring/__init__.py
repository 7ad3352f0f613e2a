"""Colourings: few products that hold every entry of a sparse matrix.

| file | holds |
|---|---|
| `choice.py` | `coloring`, the best of several |
| `greedy.py`, `orders.py` | the colouring of one graph in one order |
| `programs.py`, `graphs.py` | the loops, compiled by polyad, and the arrays that they take |
| `lattices.py` | colours without a loop |
| `lines.py`, `result.py` | colours of columns and rows; `Coloring` |
| `recovery.py` | from products to entries, or an error |
"""

from .choice import coloring as coloring
from .result import Coloring as Coloring
