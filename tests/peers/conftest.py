"""Tests beside other libraries, which are extras: without them there is nothing to compare with."""

from __future__ import annotations

import importlib.util

collect_ignore_glob = [] if importlib.util.find_spec("jax") else ["*jax*"]
