"""Settings of JAX's for a `with` block, or for a function, that have no effect here."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from ...errors import PolyadValueError
from ...ir import user_location, where
from ...random.keys import IMPLEMENTATION
from ...texts import shown
from ._array import DISABLED

F = Callable[..., Any]


def _checked(name: str, known: tuple[Any, ...] | type, remedy: str) -> Callable[[Any], Any]:
    """A context manager, and decorator, of one argument that is checked."""

    @contextlib.contextmanager
    def setting(new_val: Any = None) -> Iterator[None]:
        taken = isinstance(new_val, known) if isinstance(known, type) else new_val in known
        if not taken:
            raise PolyadValueError(
                f"jax.{name}({shown(new_val)}) has no counterpart{where(user_location())}\n  "
                f"{remedy}"
            )
        yield

    setting.__name__ = setting.__qualname__ = name
    return setting


PRECISIONS = (None, "default", "high", "highest", "float32", "bfloat16", "tensorfloat32", "fastest")
numpy_dtype_promotion = _checked(
    "numpy_dtype_promotion", ("standard", "strict", None), "Promotion is JAX's standard one."
)
numpy_rank_promotion = _checked(
    "numpy_rank_promotion", ("allow", "warn", "raise", None), "Arrays of any ranks broadcast."
)
default_matmul_precision = _checked(
    "default_matmul_precision", PRECISIONS, "Products are in full precision."
)
named_scope = _checked("named_scope", str, "The name is a string.")
log_compiles = _checked("log_compiles", (True, False, None), "Give True or False.")
checking_leaks = _checked("checking_leaks", (True, False, None), "A leak is always an error.")
enable_checks = _checked("enable_checks", (True, False, None), "Give True or False.")
debug_infs = _checked("debug_infs", (False, None), "jax.debug_nans(True) finds NaNs.")
default_prng_impl = _checked("default_prng_impl", (IMPLEMENTATION,), "There is one generator.")
enable_custom_prng = _checked(
    "enable_custom_prng", (False, None), "jax.random.key makes typed keys, PRNGKey words."
)
legacy_prng_key = _checked("legacy_prng_key", ("allow",), "Keys of uint32 are taken everywhere.")
debug_key_reuse = _checked("debug_key_reuse", (False, None), "Keys may be used again.")


@contextlib.contextmanager
def ensure_compile_time_eval() -> Iterator[None]:
    """Nothing: what is made of known values has a known value, under `jit` too."""
    yield


@contextlib.contextmanager
def disable_jit(disable: bool = True) -> Iterator[None]:
    """Jitted functions run op by op in a `with` block, on arrays whose values can be looked at."""
    if not isinstance(disable, bool):
        raise PolyadValueError(
            f"jax.disable_jit({shown(disable)}): give True or False{where(user_location())}"
        )
    before = DISABLED.set(disable)
    try:
        yield
    finally:
        DISABLED.reset(before)


def named_call(fun: F, *, name: str | None = None) -> F:
    """`fun`: ops remember the user's line."""
    return fun
