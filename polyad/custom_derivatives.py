"""Functions with derivative rules of their own, under the names of `jax.custom_derivatives`."""

from .api.custom import custom_jvp as custom_jvp
from .api.custom import custom_vjp as custom_vjp
from .api.custom_closures import closure_convert as closure_convert
from .api.custom_closures import custom_gradient as custom_gradient
from .api.linear_calls import linear_call as linear_call
from .api.symbolic_zeros import CustomVJPPrimal as CustomVJPPrimal
from .api.symbolic_zeros import SymbolicZero as SymbolicZero
from .api.symbolic_zeros import custom_vjp_primal_tree_values as custom_vjp_primal_tree_values
from .api.symbolic_zeros import zero_from_primal as zero_from_primal
