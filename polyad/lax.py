"""Names that JAX programs take from `jax.lax`."""

from .api import stop_gradient as stop_gradient
from .api.control import cond as cond
from .api.control import fori_loop as fori_loop
from .api.control import map as map
from .api.control import scan as scan
from .api.control import switch as switch
from .api.control import while_loop as while_loop
from .api.dynamic_slices import dynamic_index_in_dim as dynamic_index_in_dim
from .api.dynamic_slices import dynamic_slice as dynamic_slice
from .api.dynamic_slices import dynamic_slice_in_dim as dynamic_slice_in_dim
from .api.dynamic_slices import dynamic_update_index_in_dim as dynamic_update_index_in_dim
from .api.dynamic_slices import dynamic_update_slice as dynamic_update_slice
from .api.dynamic_slices import dynamic_update_slice_in_dim as dynamic_update_slice_in_dim
from .special import digamma as digamma
from .special import erf as erf
from .special import erfc as erfc
from .special import erfinv as erf_inv
from .special import expit as logistic
from .special import gammaln as lgamma
from .special import polygamma as polygamma

__all__ = [
    "cond",
    "digamma",
    "dynamic_index_in_dim",
    "dynamic_slice",
    "dynamic_slice_in_dim",
    "dynamic_update_index_in_dim",
    "dynamic_update_slice",
    "dynamic_update_slice_in_dim",
    "erf",
    "erf_inv",
    "erfc",
    "fori_loop",
    "lgamma",
    "logistic",
    "map",
    "polygamma",
    "scan",
    "stop_gradient",
    "switch",
    "while_loop",
]
