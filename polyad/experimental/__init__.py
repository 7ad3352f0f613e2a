"""Functions under the names of `jax.experimental`."""

from . import jet as jet
