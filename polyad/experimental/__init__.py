"""Functions under the names of `jax.experimental`."""

from . import jet as jet
from . import ode as ode
