"""Functions with batching rules of their own, under the names of `jax.custom_batching`."""

from .api.custom_batching import custom_vmap as custom_vmap
from .api.custom_batching import sequential_vmap as sequential_vmap
