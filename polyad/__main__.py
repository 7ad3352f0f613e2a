"""`python -m polyad`: what can be done with polyad from a shell."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from . import version
from .commands import cache, explore, fuzz, info, opt, profile, run
from .commands import conformance as conformance

COMMANDS = {
    "info": (info, "say which versions and settings are in use, for a bug report"),
    "conformance": (conformance, "run the conformance matrix"),
    "fuzz": (fuzz, "run random programs against oracles"),
    "run": (run, "run a program of JAX's or autograd's, unedited"),
    "explore": (explore, "write a page that shows a compiled function in all stages"),
    "profile": (profile, "run a program, and say where its compiled functions spend their time"),
    "opt": (opt, "run passes over the text of a function"),
    "cache": (cache, "say what compiled code is kept on disk, or remove it"),
}
INTERRUPTED = 130  # the status that shells give to a program ended by Ctrl-C


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit status."""
    parser = argparse.ArgumentParser(prog="python -m polyad", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"polyad {version.__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (module, text) in COMMANDS.items():
        described = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        module.add_arguments(described)
    options = parser.parse_args(arguments)
    try:
        status = COMMANDS[options.command][0].main(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has closed it (`| head`). Python would complain at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status


if __name__ == "__main__":
    sys.exit(main())
