"""`python -m polyad run --as jax program.py`: a program of another library, unedited."""

from __future__ import annotations

import argparse
import os
import sys

from ..compat import install
from ..compat._install import DOORS
from .program import run_program


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "--as", dest="library", required=True, choices=DOORS, help="the library the program imports"
    )
    parser.add_argument("program", help="the file to run")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="the program's own arguments")


def main(options: argparse.Namespace) -> int:
    """Run the program as Python would, the library's names being polyad's."""
    if not os.path.isfile(options.program):
        print(f"run: there is no file {options.program!r}", file=sys.stderr)
        return 2
    install(options.library)
    return run_program(options.program, options.arguments)
