"""`python -m polyad`: what can be done with polyad from a shell."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from .commands import cache, opt
from .commands import conformance as conformance

COMMANDS = {
    "conformance": (conformance, "run the conformance matrix"),
    "opt": (opt, "run passes over the text of a function"),
    "cache": (cache, "say what compiled code is kept on disk, or remove it"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit status."""
    parser = argparse.ArgumentParser(prog="python -m polyad")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (module, text) in COMMANDS.items():
        module.add_arguments(commands.add_parser(name, help=text, description=text))
    options = parser.parse_args(arguments)
    return COMMANDS[options.command][0].main(options)


if __name__ == "__main__":
    sys.exit(main())
