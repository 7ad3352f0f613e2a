"""Names that JAX programs take from `jax.lax`."""

from .api import stop_gradient as stop_gradient
from .special import digamma as digamma
from .special import erf as erf
from .special import erfc as erfc
from .special import erfinv as erf_inv
from .special import expit as logistic
from .special import gammaln as lgamma
from .special import polygamma as polygamma

__all__ = ["digamma", "erf", "erf_inv", "erfc", "lgamma", "logistic", "polygamma", "stop_gradient"]
