"""`python -m polyad profile script.py`: a program, with its compiled functions measured."""

from __future__ import annotations

import argparse
import os
import sys

from .. import profiler
from ..errors import PolyadError
from .program import run_program


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--trace", metavar="FILE", help="write a trace for ui.perfetto.dev")
    parser.add_argument("--page", metavar="FILE", help="write the page of the slowest function")
    parser.add_argument("program", help="the file to run")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="the program's own arguments")


def main(options: argparse.Namespace) -> int:
    """Run the program as Python would, and print the profile on standard error: the program's
    status, or 2 for a file that cannot be had. The profile is printed, too, where the program ends
    with an exception.
    """
    for path in (options.trace, options.page):
        if path is not None and not os.path.isdir(os.path.dirname(os.path.abspath(path))):
            print(f"profile: {path!r} is in no folder that is there", file=sys.stderr)
            return 2
    if not os.path.isfile(options.program):
        print(f"profile: there is no file {options.program!r}", file=sys.stderr)
        return 2
    found, status = None, 1
    try:
        with profiler.profiling() as found:
            status = run_program(options.program, options.arguments)
    finally:  # a program may end by SystemExit
        if found is not None:
            print(found, file=sys.stderr)
    try:
        if options.trace is not None:
            print(found.trace(options.trace), file=sys.stderr)
        if options.page is not None:
            print(found.explore(options.page), file=sys.stderr)
    except PolyadError as error:
        print(f"profile: {error}", file=sys.stderr)
        return 2
    return status
