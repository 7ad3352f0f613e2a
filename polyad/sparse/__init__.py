"""Sparse derivatives: patterns found from the function's own operations, and matrices that hold
their entries and nothing else.

`Pattern` is where a matrix may be other than zero; `coloring` finds few products that hold all its
entries.
"""

from ..errors import DenseWarning as DenseWarning
from ..errors import SparsityError as SparsityError
from . import ipopt as ipopt
from . import openmdao as openmdao
from . import scipy as scipy
from .coloring import Coloring as Coloring
from .coloring import coloring as coloring
from .equations import linear_solver as linear_solver
from .hessian import hessian as hessian
from .hessian import value_and_hessian as value_and_hessian
from .jacobian import jacobian as jacobian
from .jacobian import value_and_jacobian as value_and_jacobian
from .matrices import Matrix as Matrix
from .matrices import logdet as logdet
from .matrices import solve as solve
from .matrices import with_data as with_data
from .pattern import Pattern as Pattern
from .patterns import jacobian_sparsity as jacobian_sparsity

__all__ = [
    "Coloring",
    "DenseWarning",
    "Matrix",
    "Pattern",
    "SparsityError",
    "coloring",
    "hessian",
    "ipopt",
    "jacobian",
    "jacobian_sparsity",
    "linear_solver",
    "logdet",
    "openmdao",
    "scipy",
    "solve",
    "value_and_hessian",
    "value_and_jacobian",
    "with_data",
]
