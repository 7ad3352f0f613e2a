"""Looking into running programs: functions of JAX's `jax.debug`."""

from .api.callbacks import debug_callback as callback
from .api.callbacks import debug_print as print

__all__ = ["callback", "print"]
