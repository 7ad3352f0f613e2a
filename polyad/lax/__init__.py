"""Names that JAX programs take from `jax.lax`."""

from ..api import stop_gradient as stop_gradient
from ..api.control import cond as cond
from ..api.control import fori_loop as fori_loop
from ..api.control import map as map
from ..api.control import scan as scan
from ..api.control import switch as switch
from ..api.control import while_loop as while_loop
from ..api.dynamic_slices import dynamic_index_in_dim as dynamic_index_in_dim
from ..api.dynamic_slices import dynamic_slice as dynamic_slice
from ..api.dynamic_slices import dynamic_slice_in_dim as dynamic_slice_in_dim
from ..api.dynamic_slices import dynamic_update_index_in_dim as dynamic_update_index_in_dim
from ..api.dynamic_slices import dynamic_update_slice as dynamic_update_slice
from ..api.dynamic_slices import dynamic_update_slice_in_dim as dynamic_update_slice_in_dim
from ..api.implicit import custom_linear_solve as custom_linear_solve
from ..api.implicit import custom_root as custom_root
from ..special import digamma as digamma
from ..special import erf as erf
from ..special import erfc as erfc
from ..special import erfinv as erf_inv
from ..special import expit as logistic
from ..special import gammaln as lgamma
from ..special import polygamma as polygamma
from .cumulative import associative_scan as associative_scan
from .cumulative import cumlogsumexp as cumlogsumexp
from .cumulative import cummax as cummax
from .cumulative import cummin as cummin
from .cumulative import cumprod as cumprod
from .cumulative import cumsum as cumsum
from .selection import clamp as clamp
from .selection import select as select
from .selection import select_n as select_n

__all__ = [
    "associative_scan",
    "clamp",
    "cond",
    "cumlogsumexp",
    "cummax",
    "cummin",
    "cumprod",
    "cumsum",
    "custom_linear_solve",
    "custom_root",
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
    "select",
    "select_n",
    "stop_gradient",
    "switch",
    "while_loop",
]
