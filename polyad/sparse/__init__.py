"""Sparse derivatives: patterns found from the function's own operations, and matrices that hold
their entries and nothing else.

`jacobian`, `hessian` and `lagrangian` give matrices of SciPy or PyTorch, or the vector of their
values. `jacobian_sparsity` and `hessian_sparsity` give the `Pattern`, the places of a matrix that
may be other than zero, and `Pattern.why` names the line behind an entry. `check` compares with the
dense derivative, and `declare` states the pattern of what cannot be seen into. `coloring` finds few
products that hold all entries.
"""

from ..errors import DenseWarning as DenseWarning
from ..errors import SparsityError as SparsityError
from . import ipopt as ipopt
from . import openmdao as openmdao
from . import scipy as scipy
from .checks import check as check
from .coloring import Coloring as Coloring
from .coloring import coloring as coloring
from .detection import declare as declare
from .equations import linear_solver as linear_solver
from .hessian import hessian as hessian
from .hessian import value_and_hessian as value_and_hessian
from .jacobian import jacobian as jacobian
from .jacobian import value_and_jacobian as value_and_jacobian
from .lagrangians import Lagrangian as Lagrangian
from .lagrangians import lagrangian as lagrangian
from .matrices import Matrix as Matrix
from .matrices import logdet as logdet
from .matrices import solve as solve
from .matrices import with_data as with_data
from .pattern import Pattern as Pattern
from .patterns import hessian_sparsity as hessian_sparsity
from .patterns import jacobian_sparsity as jacobian_sparsity

__all__ = [
    "Coloring",
    "DenseWarning",
    "Lagrangian",
    "Matrix",
    "Pattern",
    "SparsityError",
    "check",
    "coloring",
    "declare",
    "hessian",
    "hessian_sparsity",
    "ipopt",
    "jacobian",
    "jacobian_sparsity",
    "lagrangian",
    "linear_solver",
    "logdet",
    "openmdao",
    "scipy",
    "solve",
    "value_and_hessian",
    "value_and_jacobian",
    "with_data",
]
