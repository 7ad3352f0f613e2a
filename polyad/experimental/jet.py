"""Taylor mode, under the name of `jax.experimental.jet`."""

from ..api.taylor import jet as jet
