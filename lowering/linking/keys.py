"""Compiled functions on disk: their keys, and the form of an entry.

The key is the digest of the function's text and of everything else that the machine code depends
on: polyad's source, Python, NumPy, LLVM, the processor and its features, the settings. An entry has
the names of outside functions, a line each, and then the object code.
"""

from __future__ import annotations

import functools
import hashlib
import platform
import sys
from pathlib import Path

import numpy as np

from polyad import ir
from polyad.config import config
from polyad.ir import Function
from polyad.system import SYSTEM

from .object_cache import ObjectCache


def cache() -> ObjectCache | None:
    """The cache in `config.cache_dir`, or None if that is empty."""
    return _cache(config.cache_dir, config.cache_limit) if config.cache_dir else None


@functools.cache
def _cache(directory: str, limit: int) -> ObjectCache:
    return ObjectCache(directory, limit)


def may_keep(function: Function) -> bool:
    """Whether the code of a function may be kept on disk. The key has all that the code depends on
    but ops that are defined outside polyad: their rules, builders and addresses are not in it.
    """
    return not any(getattr(op.definition, "external", False) for op in function.walk())


def key_of(function: Function, layouts: object = (), donated: tuple[int, ...] = ()) -> str:
    """The key of the machine code for `function` of arguments in `layouts`, some `donated`, as
    settings are now.
    """
    return hashlib.sha256(
        "\n".join(
            (
                environment(),
                repr(config.of_code()),
                repr(layouts),
                repr(donated),
                str(function),
            )
        ).encode()
    ).hexdigest()


def key_of_code(kind: str, *digests: str) -> str:
    """The key of what is kept of units with these digests."""
    return hashlib.sha256("\n".join((environment(), kind, *digests)).encode()).hexdigest()


@functools.cache
def environment() -> str:
    """A text of everything that machine code depends on beside the function."""
    import llvmlite
    import llvmlite.binding as llvm

    return "\n".join(
        (
            sources(),
            sys.implementation.cache_tag or "",
            hex(sys.hexversion),
            np.__version__,
            llvmlite.__version__,
            repr(llvm.llvm_version_info),
            SYSTEM.name,
            platform.machine(),
            llvm.get_host_cpu_name(),
            llvm.get_host_cpu_features().flatten(),
        )
    )


def sources() -> str:
    """The digest of polyad's version and of the files that decide how a function is compiled."""
    library = Path(ir.__file__).parent.parent
    digest = hashlib.sha256((library / "__init__.py").read_bytes())
    digest.update((library / "system.py").read_bytes())
    for folder in (Path(__file__).parent.parent, library / "ir", library / "ops"):
        for path in sorted(folder.rglob("*.py")):
            digest.update(f"\n{path.relative_to(folder)}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def pack(symbols: tuple[str, ...], code: bytes) -> bytes:
    """The entry for `code`, which calls the outside functions `symbols`."""
    return "".join(f"{name}\n" for name in symbols).encode() + b"\n" + code


def unpack(entry: bytes) -> tuple[tuple[str, ...], bytes]:
    """The symbols and the code of an entry."""
    names, _, code = entry.partition(b"\n\n") if entry[:1] != b"\n" else (b"", b"", entry[1:])
    return tuple(names.decode().split("\n")) if names else (), code
