# ruff: noqa: E501
"""Scope of JAX's own tests: what a test is about, by its text, where that is no behaviour of the public functions.

A rule excludes every test that it fits, those that pass here too, so the share of the others is honest. A
parameter or a function that is only missing here is in scope, and fails. Beside these rules a test is out of
scope that calls one of JAX's internals (`jax._src`, `jax.core`, …) or asks for a GPU or TPU.
"""

from __future__ import annotations

import inspect
import re
from typing import Any

TEXTS: tuple[tuple[str, str], ...] = (
    ("the structure and text of jaxprs, JAX's IR: polyad has its own",
     r"\.jaxpr\b|\.eqns\b|\.consts\b|\.out_avals\b|\.in_avals\b|jaxpr_text|dce_jaxpr|jaxpr_as_fun|eval_jaxpr|str\((?:jax\.)?make_jaxpr|jtu\.iter_eqns|assertMultiLineStrippedEqual|jit_inline|f_lin\.func|f_vjp\.(?:args|func|opaque)|\.as_text\(\)|jaxpr = (?:jax\.|api\.)?make_jaxpr|jit_p\b|(?<!print_)saved_residuals\("),
    ("StableHLO, XLA's executables and compiler options",
     r"compiler_ir|runtime_executable|as_hlo|compiler_options|\.lower\([^)]*\)\.as_text|lowering_platforms|memory_analysis|cost_analysis|jax_xla|FFI|ffi_call|mlir\."),
    ("several devices, their memories and sharding",
     r"pmap\b|local_devices|default_device|jax\.devices\(|api\.devices\(|\bMesh\b|create_mesh|[Ss]harding|\bmesh\b|transfer_guard|unsafe_buffer_pointer|addressable|device_put_(?:sharded|replicated)|default_backend|memory_kind|backend='|on_device_size|copy_to_host_async|fsdp"),
    ("buffers of a device that are deleted or donated: arrays here are NumPy's",
     r"assertDeleted|assertNotDeleted|\.delete\(\)|is_deleted|donat\w*_info|\.donated"),
    ("counts of traces, cache entries and compilations, and their log messages",
     r"retracing|count_\w+\(\)|_cache_size|cache_miss|assert_num_jit|assertLogs|log_compiles|cache_clear|assertNoLogs|trace_count|num_traces|traced_count|assertCacheMisses|no_tracing"),
    ("the frames of tracebacks, and attributes of JAX's tracers",
     r"__traceback__|TracebackTest|traceback_util|source_info|check_leaks|check_tracer_leaks|checking_leaks|referrers|weakref|gc\.|sys\.getrefcount"),
    ("tokens, effects, primitives and rules of JAX's interpreters",
     r"create_token|optimization_barrier_p|_p\.(?:bind|def_)|\bbind\(|core\.Primitive|Primitive\(|interpreters|primitives?\[|lax\.\w+_p\b|_p\b\.name|jax\.ad\.|args_res|opaque_residuals|with_refs|dce_sink|GradRef|user_context|jax_array__"),
    ("weak types: an array here has a dtype and no more, as the array-API standard says",
     r"weak_type|is_weakly_typed|weakly|_convert_element_type|LazyConstant"),
    ("the type of JAX's arrays: arrays here are NumPy's",
     r"assertNotIsInstance\([^)]*np\.ndarray|ArrayImpl|_check_instance|make_array_from"),
    ("private attributes of JAX's keys, and settings of its generators",
     r"\._impl\b|_base_array|prngs\b|prng_internal\.(?!PRNGKeyArray)|config\.default_prng_impl|legacy_prng_key\('(?:warn|error)'"),
    ("generators whose bits XLA chooses for a device", r"['\"](?:unsafe_)?rbg['\"]"),
    ("32-bit defaults and JAX's settings", r"explicit_x64_dtypes|enable_x64\(False\)|_read\(|config\.update\("),
)  # fmt: skip
"""Reason, and a pattern of the test's source."""

NAMES: tuple[tuple[str, str], ...] = (
    ("leaks that JAX's leak checker finds", r"leak_checker"),
    ("4-bit and 8-bit dtypes of accelerators", r"int4|IntN|ScaledDot|fp8|float8|[Ff]8|nvfp4|mxfp8"),
    ("JAX's settings", r"ConfigTest"),
    ("weak types", r"WeakType|weak_type|LazyConstantTest\.test(?:Unary|Binary|Convert|Reduce|Constant|Cum|Arg\w*WeakType)\w*Weak"),
    ("JAX's cotangents that are saved by the caller", r"InputSavedVJPTest"),
    ("the text of tree definitions: those here are optree's", r"testStringRepresentation|testTreeDefWithEmptyDictStringRepresentation"),
    ("jaxprs, tracebacks, collection of garbage, log messages", r"DCETest|JaxprTest|AutodidaxTest|GarbageCollectionTest|TracebackTest|[Tt]raceback|Logging"),
    ("addresses of JAX's documentation in messages", r"testErrorsURL"),
    ("tests for large machines", r"BigLinalg|testPinv2$|Big[A-Z]"),
)  # fmt: skip
"""Reason, and a pattern of the test's name."""


def source_of(test: Any) -> str:
    """The text of a test's function; "" if it is not known."""
    method = getattr(type(test), test._testMethodName, None)
    try:
        return inspect.getsource(inspect.unwrap(method)) if method is not None else ""
    except (OSError, TypeError):
        return ""


def reason(test: Any) -> str | None:
    """The reason why a test is out of scope, or None."""
    text, name = source_of(test), re.sub(r"0x[0-9a-f]+", "", test.id())  # no addresses
    for why, pattern in TEXTS:
        if re.search(pattern, text):
            return why
    for why, pattern in NAMES:
        if re.search(pattern, name):
            return why
    return None
