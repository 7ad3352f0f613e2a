"""`jax.scipy.sparse`."""

from . import linalg as linalg
