"""JAX is no dependency of the tests: its backend is tested where it is installed."""

import importlib.util

collect_ignore = [] if importlib.util.find_spec("jax") else ["test_jax.py"]
