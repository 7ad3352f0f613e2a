# ruff: noqa: E501
"""Scope of the code cells of JAX's documentation: pages that are run, and cells that are not counted.

A page is run where it is about JAX's public functions on one CPU. Of the others each has a reason here. A cell
is not counted where a pattern of `CELLS` fits its text, or where it needs a name that only such a cell makes.
"""

from __future__ import annotations

import re

PAGES = (
    "advanced_autodiff.md", "automatic-differentiation.md", "automatic-vectorization.md",
    "complex-differentiation.md", "control-flow.md", "custom_pytrees.md", "external-callbacks.md",
    "gradient-checkpointing.md", "higher-order.md", "jacobian-vector-products.md", "jit-compilation.md",
    "key-concepts.md", "random-numbers.md", "pytrees.md", "stateful-computations.md",
    "tracing.md", "array_refs.md", "debugging/print_breakpoint.md",
    "notebooks/Common_Gotchas_in_JAX.md", "notebooks/Custom_derivative_rules_for_Python_code.md",
    "notebooks/autodiff_cookbook.md", "notebooks/autodiff_remat.md", "notebooks/convolutions.md",
    "notebooks/thinking_in_jax.md", "notebooks/vmapped_log_probs.md",
    "_tutorials/simple-neural-network.md",
    "new_docs/101/arrays.md", "new_docs/101/pytrees.md", "new_docs/101/random.md", "new_docs/101/state.md",
    "new_docs/101/transformations.md", "new_docs/201/callbacks.md", "new_docs/201/control-flow.md",
    "new_docs/201/jit.md", "new_docs/301/custom-derivatives.md", "new_docs/301/custom-jvp-vjp.md",
    "new_docs/301/refs.md", "new_docs/301/remat.md", "new_docs/301/vjp-objects.md",
)  # fmt: skip
"""Pages about public functions on one CPU; those that a tree lacks are passed over."""

OTHERS: tuple[tuple[str, str], ...] = (
    ("JAX's IR, interpreters and primitives", r"jaxpr|autodidax|interpreters|jax-primitives|hijax|jep/|internals/"),
    ("several devices, their memories, and distributed programs", r"shard|parallel|pmap|distributed|multi_?process|data[-_]loading|Distributed|host-offloading|colocated|placement|layout|persistent"),
    ("XLA, GPUs and TPUs, compilation and its cache", r"aot|xla|gpu|profil|compilation|cute|pallas|ffi|precision|memory|donation|benchmark|explicit"),
    ("exports of JAX", r"export/|export\.md|shape_poly|shape-polymorphism"),
    ("other libraries and data that are downloaded", r"Neural_Network|tensorflow|tfds|neural_network_and_data"),
    ("JAX as a project: releases, contributions, flags", r"about|changelog|contribut|develop|deprecation|installation|versioning|README|investigating|building_on|api_compat|migration|default_dtypes|debugging/|debugging\.md|flags"),
    ("pages without cells of code", r"index|cookbook"),
)  # fmt: skip
"""Reasons why other pages are not run, and patterns of their paths."""

CELLS: tuple[tuple[str, str], ...] = (
    ("jaxprs, JAX's IR: polyad has its own", r"jaxpr|\.eqns|\.lower\(|as_text|compiler_ir|print_saved_residuals|fwd_and_bwd|remat_opt"),
    ("cotangents and residuals that the caller of JAX saves", r"with_refs|args_res|saveable_args|print_fwd_bwd|unsafe_buffer_pointer|\.val\b"),
    ("names that JAX 0.10.2 has not", r"custom_remat|jax_remat3|SaveOnlyTheseNames|defvjp_with_logs"),
    ("internals and interpreters", r"jax\._src|jax\.interpreters|jax\.extend|jax\.core|Primitive|_p\b\.|xla_"),
    ("devices and sharding", r"[Ss]harding|\bmesh\b|Mesh|shard_map|pmap|jax\.devices|device_put|addressable|local_device|memory_kind|offload|PartitionSpec|axis_index_groups"),
    ("measured times", r"%timeit|%time\b|timeit|time\.time|perf_counter"),
    ("the shell, installs and downloads", r"^\s*[!%](?!matplotlib)|pip install|urlopen|requests|tensorflow|torchvision|keras|datasets|mediapy|flax|optax|oryx|tfp"),
    ("effects that `io_callback` has in JAX", r"io_callback"),
    ("32-bit defaults", r"jax_enable_x64|enable_x64"),
    ("pictures of autodiff by Graphviz", r"graphviz|xla_client"),
)  # fmt: skip
"""Reasons why a cell is not counted, and patterns of its text."""


def reason(text: str) -> str | None:
    """The reason why a cell is not counted, or None."""
    for why, pattern in CELLS:
        if re.search(pattern, text, re.MULTILINE):
            return why
    return None


def reason_of_page(path: str) -> str | None:
    """The reason why a page is not run; None for those of `PAGES`. Raises `KeyError` for a page that no
    list knows.
    """
    if path in PAGES:
        return None
    for why, pattern in OTHERS:
        if re.search(pattern, path):
            return why
    raise KeyError(path)
