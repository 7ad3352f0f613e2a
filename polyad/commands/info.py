"""`python -m polyad info`: versions, backends and settings, as a bug report needs them."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from .. import execution, version
from ..config import config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command has none."""


def main(options: argparse.Namespace) -> int:
    """0."""
    lines = [*_machine(), *_libraries(), *_backends(), *_settings()]
    width = max(len(name) for name, _ in lines)
    for name, text in lines:
        print(f"{name:{width}}  {text}")
    return 0


def _machine() -> Iterator[tuple[str, str]]:
    yield "polyad", f"{version.__version__}, in {Path(version.__file__).parent}"
    yield "Python", f"{platform.python_version()} ({platform.python_implementation()})"
    yield "system", f"{platform.platform()}, {os.cpu_count()} processors"
    if hasattr(sys, "_is_gil_enabled") and not sys._is_gil_enabled():
        yield "threads", "free: this Python has no global lock"


def _libraries() -> Iterator[tuple[str, str]]:
    """The version of each library that polyad may use, or that it is not installed."""
    required = metadata.requires("polyad") or []
    names = (text.partition(";")[0] for text in required if "extra ==" not in text)
    optional = ("torch", "dask", "jax", "cupy", "ml_dtypes")
    for name in dict.fromkeys([*map(_bare, names), *optional]):
        try:
            yield name, metadata.version(name)
        except metadata.PackageNotFoundError:
            yield name, "not installed"


def _bare(requirement: str) -> str:
    """The name of a requirement: all before brackets and versions."""
    name = requirement
    for sign in "[<>=!~ ;":
        name = name.partition(sign)[0]
    return name


def _backends() -> Iterator[tuple[str, str]]:
    for name, backend in execution.loadable():
        facts = backend.facts() if backend.is_available() else backend.lacks()
        yield f"backend {name}", facts or "installed"


def _settings() -> Iterator[tuple[str, str]]:
    for name in config.__slots__:
        yield f"config.{name}", repr(getattr(config, name))
