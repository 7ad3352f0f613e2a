"""`python -m polyad cache`: what compiled code is kept on disk; `config.cache_dir` says where."""

from __future__ import annotations

import argparse
import sys

from .. import execution


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "action",
        choices=("info", "clear"),
        help="info: folder, number of entries, bytes; clear: remove all entries",
    )


def main(options: argparse.Namespace) -> int:
    """0, or 1 if entries cannot be listed or removed."""
    caches = execution.caches()
    if not caches:
        print("no compiled code is kept: config.cache_dir is not set")
    for name, cache in caches.items():
        try:
            print(_cleared(name, cache) if options.action == "clear" else _described(name, cache))
        except OSError as error:
            print(f"cache of {name}: {error}", file=sys.stderr)
            return 1
    return 0


def _described(name: str, cache: execution.CodeCache) -> str:
    found = cache.info()
    return (
        f"{name}: {found['entries']} entries, {found['bytes'] / 1e6:.1f} MB of "
        f"{found['limit'] / 1e6:.1f} MB, in {found['directory']}"
    )


def _cleared(name: str, cache: execution.CodeCache) -> str:
    directory = cache.info()["directory"]
    return f"{name}: {cache.clear()} entries removed from {directory}"
