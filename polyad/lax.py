"""Names that JAX programs take from `jax.lax`."""

from .api import stop_gradient as stop_gradient
