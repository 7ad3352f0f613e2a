"""`jax.config`, over polyad's own settings."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from ...config import config as _config
from ...errors import PolyadValueError
from ...ir import user_location, where

_IGNORED = (
    "jax_platform_name",
    "jax_platforms",
    "jax_default_matmul_precision",
    "jax_log_compiles",
    "jax_compilation_cache_dir",
    "jax_traceback_filtering",
    "jax_check_tracer_leaks",
    "jax_enable_checks",
    "jax_default_prng_impl",
    "jax_numpy_rank_promotion",
    "jax_numpy_dtype_promotion",
)


class Config:
    """JAX's settings: `jax_enable_x64` (here True from the start), `jax_debug_nans`,
    `jax_threefry_partitionable`; some others are taken and have no effect.
    """

    def update(self, name: str, value: Any) -> None:
        """Set one. Raises `PolyadValueError` for one that has no counterpart."""
        if name == "jax_enable_x64":
            _config.update("default_float", "float64" if value else "float32")
        elif name in ("jax_debug_nans", "jax_threefry_partitionable"):
            _config.update(name.removeprefix("jax_"), bool(value))
        elif name == "jax_disable_jit" and value:
            raise PolyadValueError(
                f"jax.config: jax_disable_jit has no counterpart{where(user_location())}\n  Write "
                'jit(f, backend="numpy"), which evaluates op by op.'
            )
        elif name not in (*_IGNORED, "jax_disable_jit"):
            raise PolyadValueError(
                f"jax.config: there is no setting {name!r} here{where(user_location())}\n  There "
                f"are jax_enable_x64, jax_debug_nans, jax_threefry_partitionable, and without "
                f"effect {', '.join(_IGNORED)}."
            )

    @property
    def jax_enable_x64(self) -> bool:
        return bool(_config.default_float == "float64")

    @property
    def x64_enabled(self) -> bool:
        return self.jax_enable_x64

    @property
    def jax_debug_nans(self) -> bool:
        return bool(_config.debug_nans)


config = Config()


@contextlib.contextmanager
def debug_nans(new_val: bool = True) -> Iterator[None]:
    """Errors at NaNs in a `with` block."""
    with _config(debug_nans=new_val):
        yield
