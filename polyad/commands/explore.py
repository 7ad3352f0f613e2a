"""`python -m polyad explore module:f --args 'f64[1000]'`: the page of a compiled function."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import inspect
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .. import api
from ..errors import PolyadError, PolyadValueError
from ..ir import ArrayType
from ..ir.parser import Reader, parse_type


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("function", help="module:function, or file.py:function")
    parser.add_argument(
        "--args",
        nargs="*",
        default=[],
        type=array_type,
        metavar="TYPE",
        help="the types of its arguments, such as f64[1000] or f32[3,4] or i64[]",
    )
    parser.add_argument(
        "--grad", action="store_true", help="show its value and gradient, by all real arguments"
    )
    parser.add_argument("-o", "--output", help="the file to write (one that a browser shows)")
    parser.add_argument("--no-paths", action="store_true", help="write no folder's name")


def main(options: argparse.Namespace) -> int:
    """0, or 2 with a message on standard error for a function or a file that cannot be had."""
    try:
        function = found(options.function)
        check_count(function, options)
        if options.grad:
            moving = tuple(i for i, t in enumerate(options.args) if t.dtype.is_inexact)
            function = api.value_and_grad(function, moving)
        lowered = api.jit(function).lower(*options.args)
        print(lowered.explore(options.output, paths=not options.no_paths))
    except PolyadError as error:
        print(f"explore: {str(error).removeprefix('explore: ')}", file=sys.stderr)
        return 2
    return 0


def array_type(text: str) -> ArrayType:
    """The type that a text names."""
    bare = text.strip()
    try:
        reader = Reader(bare if bare.endswith("]") else f"{bare}[]")
        type = parse_type(reader)
        ended = reader.kind == "end"
    except PolyadError:
        type, ended = None, False
    if not ended or not isinstance(type, ArrayType):
        raise argparse.ArgumentTypeError(f"{text!r} is no type such as f64[1000] or i64[]")
    return type


def check_count(function: Callable[..., Any], options: argparse.Namespace) -> None:
    """Raise `PolyadValueError` unless the function can be called with the arguments."""
    try:
        inspect.signature(function).bind(*options.args)
    except TypeError as error:
        raise PolyadValueError(
            f"{options.function} does not take {len(options.args)} arguments: {error}\n"
            "  --args has the type of each argument: --args 'f64[3]' 'i64[]'."
        ) from None
    except ValueError:  # a function of C, without a signature
        return


def found(name: str) -> Callable[..., Any]:
    """The function that `module:function` or `file.py:function` names."""
    where, colon, attribute = name.rpartition(":")
    if not colon:
        raise PolyadValueError(f"{name!r} names no function\n  Write module:function.")
    module = of_file(where) if where.endswith(".py") else of_name(where)
    thing: Any = module
    for part in attribute.split("."):
        thing = getattr(thing, part, None)
    if not callable(thing):
        raise PolyadValueError(f"{where!r} has no function {attribute!r}")
    return thing


def of_file(path: str) -> Any:
    """The module that a file makes."""
    if not os.path.isfile(path):
        raise PolyadValueError(f"there is no file {path!r}")
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    spec = importlib.util.spec_from_file_location(Path(path).stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def of_name(name: str) -> Any:
    """The module of a name, looked for in the present folder too."""
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not name.startswith(error.name):
            raise
        raise PolyadValueError(f"there is no module {name!r}") from None
