"""`python -m polyad opt`: run passes over the text of a function, as mlir-opt does.

The passes are polyad's own and those of the compilers among the installed backends.
"""

from __future__ import annotations

import argparse
import difflib
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from .. import execution
from ..errors import PolyadError, PolyadValueError
from ..ir import Function, parse, verify
from ..passes.pipeline import PASSES

Pass = Callable[[Function], Function]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("file", nargs="?", default="-", help="IR text (standard input)")
    parser.add_argument(
        "--pass",
        dest="passes",
        action="append",
        default=[],
        metavar="NAME[,NAME]",
        help="the passes to run, in order; may be given again. Without any, the text is verified "
        "and printed",
    )
    parser.add_argument("--list", action="store_true", help="name the passes, and what each does")
    parser.add_argument(
        "--print-each", action="store_true", help="print the function after each pass"
    )


def main(options: argparse.Namespace) -> int:
    """0, or 2 with a message on standard error for a name, text or pass that fails."""
    known = passes()
    if options.list:
        width = max(map(len, known))
        for name, step in known.items():
            print(f"{name:{width}}  {summary(step)}")
        return 0
    names = [name.strip() for given in options.passes for name in given.split(",")]
    source = "standard input" if options.file == "-" else options.file
    try:
        check(names, known)
        text = sys.stdin.read() if options.file == "-" else Path(options.file).read_text("utf-8")
        parts = list(run(text, names, known))
    except UnicodeDecodeError as error:
        print(f"opt: {source} is no text in UTF-8: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"opt: {source} cannot be read: {error.strerror}", file=sys.stderr)
        return 2
    except PolyadError as error:
        print(f"opt: {source}: {error}", file=sys.stderr)
        return 2
    if options.print_each:
        print("\n\n".join(f"// {name}\n{function}" for name, function in parts))
    else:
        print(parts[-1][1])
    return 0


def passes() -> dict[str, Pass]:
    """All passes by name: polyad's own, then those of the compilers."""
    return {**PASSES, **execution.compiler_passes()}


def summary(step: Pass) -> str:
    """The first sentence of a pass's docstring, on one line."""
    text = " ".join((inspect.getdoc(step) or "").split("\n\n")[0].split())
    return text.split(". ")[0].rstrip(".")


def check(names: Sequence[str], known: Mapping[str, Pass]) -> None:
    """Raise `PolyadValueError` for the name of a pass that there is not."""
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise PolyadValueError(
                f"no pass is named {name!r}{hint}\n  The passes are {', '.join(known)}."
            )


def run(
    text: str, names: Sequence[str], known: Mapping[str, Pass]
) -> Iterator[tuple[str, Function]]:
    """The function of `text`, then what each pass makes of it; each verified."""
    function = verify(parse(text))
    yield "input", function
    for name in names:
        try:
            function = verify(known[name](function))
        except Exception as error:  # of a pass that meets what it does not know
            first = str(error).partition("\n")[0]
            raise PolyadValueError(
                f"pass {name!r} does not take this function: {type(error).__name__}"
                + (f": {first}" if first else "")
                + "\n  A pass takes what the one before it makes; --list gives their order."
            ) from error
        yield name, function
