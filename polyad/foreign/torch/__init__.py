"""PyTorch's functions on traced arrays, and the methods and attributes of those that stand for
tensors. `table.py` says how a function gets in; the other files have the functions, by family.
"""

from . import attributes as attributes
from . import elementwise as elementwise
from . import indexing as indexing
from . import mixed as mixed
from . import products as products
from . import reductions as reductions
from . import shapes as shapes
from .attributes import native_dtype as native_dtype
from .attributes import native_shape as native_shape
from .table import attribute as attribute
from .table import call_torch as call_torch
from .table import operate as operate
