"""Comparisons with libraries that are installed: JAX is an optional one."""

import importlib.util

collect_ignore = [] if importlib.util.find_spec("jax") else ["test_random.py"]
