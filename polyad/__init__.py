"""polyad: derivatives of array programs, on the CPU and across array libraries.

`grad`, `vmap`, `jit` and the rest have JAX's names and argument orders; the arrays stay your own:
NumPy arrays, torch tensors, or those of any other library with a backend.

>>> import polyad, polyad.numpy as pnp
>>> polyad.grad(pnp.tanh)(2.0).round(12)
np.float64(0.070650824853)
"""

from typing import TYPE_CHECKING

from . import interpreter as _interpreter  # noqa: F401  first: it refuses sub-interpreters
from . import roots as _roots  # noqa: F401  the next: others import what it finds

from . import lazy as _lazy  # isort: skip
from .config import config as config  # now, since the module of this name would take its place
from .version import __version__ as __version__

if TYPE_CHECKING:
    from . import ad_checkpoint as ad_checkpoint
    from . import compat as compat
    from . import custom_batching as custom_batching
    from . import custom_derivatives as custom_derivatives
    from . import debug as debug
    from . import errors as errors
    from . import experimental as experimental
    from . import flatten_util as flatten_util
    from . import lax as lax
    from . import nn as nn
    from . import numpy as numpy
    from . import random as random
    from . import ref as ref
    from . import scipy as scipy
    from . import solvers as solvers
    from . import sparse as sparse
    from . import special as special
    from . import test_util as test_util
    from . import torch as torch
    from . import tree as tree
    from . import tree_util as tree_util
    from .ad_checkpoint import remat as remat
    from .adoption import adopt as adopt
    from .api import ShapeDtypeStruct as ShapeDtypeStruct
    from .api import checkpoint as checkpoint
    from .api import checkpoint_name as checkpoint_name
    from .api import checkpoint_policies as checkpoint_policies
    from .api import clear_caches as clear_caches
    from .api import closure_convert as closure_convert
    from .api import custom_gradient as custom_gradient
    from .api import custom_jvp as custom_jvp
    from .api import custom_vjp as custom_vjp
    from .api import eval_shape as eval_shape
    from .api import freeze as freeze
    from .api import grad as grad
    from .api import hessian as hessian
    from .api import hvp as hvp
    from .api import jacfwd as jacfwd
    from .api import jacobian as jacobian
    from .api import jacrev as jacrev
    from .api import jit as jit
    from .api import jvp as jvp
    from .api import linear_transpose as linear_transpose
    from .api import linearize as linearize
    from .api import make_ir as make_ir
    from .api import new_ref as new_ref
    from .api import pure_callback as pure_callback
    from .api import stop_gradient as stop_gradient
    from .api import symbolic_shape as symbolic_shape
    from .api import value_and_grad as value_and_grad
    from .api import vjp as vjp
    from .api import vmap as vmap
    from .api.taylor import taylor as taylor
    from .errors import ConcretizationError as ConcretizationError
    from .execution import backends as backends
    from .execution import use_backend as use_backend
    from .ir.parser import parse_ir as parse_ir
    from .profiler import profiling as profiling
    from .profiler.profile import profile as profile
else:  # the same names: nothing of them is loaded before it is asked for
    __getattr__, __dir__, __all__ = _lazy.attach(
        __name__,
        modules=(
            "ad_checkpoint compat custom_batching custom_derivatives debug errors experimental "
            "flatten_util lax nn numpy random ref scipy solvers sparse special test_util torch "
            "tree tree_util"
        ),
        names={
            ".ad_checkpoint": "remat",
            ".adoption": "adopt",
            ".api": (
                "ShapeDtypeStruct checkpoint checkpoint_name checkpoint_policies clear_caches "
                "closure_convert custom_gradient custom_jvp custom_vjp eval_shape freeze grad "
                "hessian hvp jacfwd jacobian jacrev jit jvp linear_transpose linearize make_ir "
                "new_ref pure_callback stop_gradient symbolic_shape taylor value_and_grad vjp vmap"
            ),
            ".errors": "ConcretizationError",
            ".execution": "backends use_backend",
            ".ir.parser": "parse_ir",
            ".profiler": "profile profiling",
        },
    )

# Lower layers call these of upper ones; they are handed in here and nowhere else.
_lazy.provide(
    namespace="polyad.numpy",
    special="polyad.special",
    nn="polyad.nn",
    foreign="polyad.foreign",
    sparse_matrices="polyad.sparse.matrices",
    sparse_equations="polyad.sparse.equations",
    evaluation="polyad.api.evaluation",
    dialects="polyad.execution",
)
