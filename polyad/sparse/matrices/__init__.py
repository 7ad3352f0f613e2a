"""Sparse matrices in code that is differentiated and compiled.

| file | holds |
|---|---|
| `skeleton.py` | a matrix of SciPy's without its entries |
| `matrix.py`, `places.py` | `Matrix`, whose entries are traced, and its arithmetic |
| `tensors.py` | PyTorch's sparse tensors |
| `nodes.py` | SciPy's classes as pytrees; `with_data` |
| `solving.py`, `factors.py` | `solve`, `logdet`; SuperLU, called from programs |
"""

from .matrix import Matrix as Matrix
from .matrix import is_sparse as is_sparse
from .matrix import operate as operate
from .nodes import register as register
from .nodes import with_data as with_data
from .solving import logdet as logdet
from .solving import solve as solve
