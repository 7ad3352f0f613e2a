"""Another library's spelling of polyad's functions: its names, parameters and their order.

A function that has the other library's signature already is given as it is. Another one is wrapped:
the call is bound by that signature, parameters that are only named differently are handed on, those
that cannot mean anything here are checked, and any other one has to have its default.
"""

from __future__ import annotations

import ast
import functools
import inspect
from collections.abc import Callable, Mapping
from types import GenericAlias, ModuleType
from typing import Any, NamedTuple

from ..errors import PolyadTypeError
from ..ir import DType, user_location, where
from ..texts import shown
from ..trace_stack import spelled_as

Function = Callable[..., Any]
Check = Callable[[str, str, Any], None]
Parameter = inspect.Parameter
POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
MANY = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)


class Spelling(NamedTuple):
    """The spelling of one library."""

    library: str
    neutral: Mapping[str, Check]
    """Checks of parameters that mean nothing here, by name."""
    renamed: Mapping[tuple[str, str], str]
    """polyad's name of a parameter, by function and the library's name."""
    remedies: Mapping[tuple[str, str], str]
    """The remedy for a parameter that is not taken."""
    result: Callable[[Any], Any]
    defaults: Mapping[tuple[str, str], Any] = {}
    """Values that the library's default stands for, where polyad's own default is another: by the
    function, or by its module and name.
    """
    values: Mapping[tuple[str, str], Mapping[Any, Any]] = {}
    """polyad's words for values of a parameter."""
    arrays: str = "numpy"
    """The library whose rules traced arrays have while a function of this one runs."""
    extended: Callable[[str, str, Any], Any] = lambda module, name, found: found
    """A module's object of that name, which takes kinds of arrays that polyad's does not."""


class Route(NamedTuple):
    """Where an argument goes: by position, by name, to a check, or nowhere."""

    kind: str
    target: Any


def routes(
    name: str, theirs: inspect.Signature, ours: inspect.Signature, spelling: Spelling
) -> dict[str, Route]:
    """For each parameter of the library's what becomes of it."""
    own = list(ours.parameters.values())
    options = any(p.kind is Parameter.VAR_KEYWORD for p in own)
    many = any(p.kind is Parameter.VAR_POSITIONAL for p in theirs.parameters.values())
    found: dict[str, Route] = {}
    for at, p in enumerate(theirs.parameters.values()):
        target = spelling.renamed.get((name, p.name), p.name)
        mine = ours.parameters.get(target)
        if mine is not None and mine.kind in MANY:
            mine = None
        if p.kind in MANY:
            found[p.name] = Route("many", p.kind)
        elif mine is not None and (
            mine.kind is Parameter.POSITIONAL_ONLY or (many and p.kind in POSITIONAL)
        ):
            found[p.name] = Route("position", own.index(mine))
        elif mine is not None:
            found[p.name] = Route("name", target)
        elif p.name in spelling.neutral:
            found[p.name] = Route("neutral", spelling.neutral[p.name])
        elif _same_place(p, at, own, theirs):
            found[p.name] = Route("position", at)
        elif options and p.name in ("where", "dtype", "out"):
            found[p.name] = Route("name", p.name)
        else:
            found[p.name] = Route("refused", None)
    return found


def _same_place(p: Parameter, at: int, own: list[Parameter], theirs: inspect.Signature) -> bool:
    """Whether the parameter is required, and so is polyad's at its place, of another name."""
    if p.kind not in POSITIONAL or at >= len(own) or own[at].kind not in POSITIONAL:
        return False
    needed = p.default is Parameter.empty and own[at].default is Parameter.empty
    return needed and own[at].name not in theirs.parameters


def spelled(
    name: str, function: Function, theirs: inspect.Signature, spelling: Spelling, module: str = ""
) -> Function:
    """`function` as the library spells it, in that module."""
    found = routes(name, theirs, inspect.signature(function), spelling)
    result = spelling.result
    direct = 0
    owners = (name, f"{module}.{name}")
    filled = {key: value for (owner, key), value in spelling.defaults.items() if owner in owners}
    for at, (p, route) in enumerate(zip(theirs.parameters.values(), found.values(), strict=True)):
        if p.kind not in POSITIONAL or not _at(route, function, at):
            break
        direct = at + 1

    arrays = spelling.arrays

    @functools.wraps(function, updated=())
    def call(*args: Any, **kwargs: Any) -> Any:
        if not kwargs and not filled and len(args) <= direct:
            with spelled_as(arrays):
                return result(function(*args))
        positions, names = _handed_on(name, theirs.bind(*args, **kwargs), found, spelling)
        for key, value in filled.items():
            names.setdefault(found[key].target if key in found else key, value)
        with spelled_as(arrays):
            return result(function(*positions, **names))

    call.__name__ = name
    call.__signature__ = theirs  # type: ignore[attr-defined]
    call.routes = found  # type: ignore[attr-defined]
    return call


def _at(route: Route, function: Function, at: int) -> bool:
    """Whether an argument at that place goes to the same place."""
    if route.kind == "position":
        return bool(route.target == at)
    own = list(inspect.signature(function).parameters.values())
    return (
        route.kind == "name"
        and at < len(own)
        and own[at].name == route.target
        and own[at].kind in POSITIONAL
    )


def _handed_on(
    name: str, bound: inspect.BoundArguments, found: dict[str, Route], spelling: Spelling
) -> tuple[list[Any], dict[str, Any]]:
    """The arguments of polyad's function. Raises `PolyadTypeError` for one that is not taken."""
    positions: dict[int, Any] = {}
    rest: list[Any] = []
    names: dict[str, Any] = {}
    for key, value in bound.arguments.items():
        kind, target = found[key]
        default = bound.signature.parameters[key].default
        if kind == "many":
            rest += value if target is Parameter.VAR_POSITIONAL else []
            names.update(value if target is Parameter.VAR_KEYWORD else {})
        elif kind == "position":
            positions[target] = value
        elif kind == "neutral":
            target(name, key, value)
        elif value is default or (isinstance(value, type(default)) and value == default):
            continue  # polyad's own default, which means the same
        elif kind == "name":
            words = spelling.values.get((name, key))
            names[target] = value if words is None else words.get(value, value)
        else:
            refuse(name, key, value, spelling)
    ordered = [positions[k] for k in sorted(positions)]
    return [*ordered, *rest], names


def refuse(name: str, key: str, value: Any, spelling: Spelling) -> None:
    """Raise `PolyadTypeError` for a parameter that is not taken."""
    remedy = spelling.remedies.get((name, key), f"Leave {key} out.")
    raise PolyadTypeError(
        f"{spelling.library}'s {name}: {key}={shown(value)} is not taken here"
        f"{where(user_location())}\n  {remedy}"
    )


# -- Doors -----------------------------------------------------------------------------------------


class Door:
    """A module of the other library: polyad's names, spelled its way, and names of its own."""

    def __init__(
        self,
        module: str,
        homes: tuple[Any, ...],
        spelling: Spelling,
        signatures: Mapping[str, str],
        own: Mapping[str, Any] | None = None,
        aliases: Mapping[str, str] | None = None,
    ) -> None:
        self.module, self.homes, self.spelling = module, homes, spelling
        self.signatures, self.own, self.aliases = signatures, dict(own or {}), dict(aliases or {})
        self.made: dict[str, Any] = {}

    def home(self, name: str) -> Any:
        """polyad's object of that name; raises `AttributeError` if there is none."""
        for home in self.homes:
            found = getattr(home, self.aliases.get(name, name), None)
            if found is not None and not name.startswith("_"):
                return found
        raise AttributeError(
            f"module {self.module!r} has no attribute {name!r} here: docs/coming_from_jax.md says "
            "what is not taken, and why"
            if self.spelling.library == "JAX"
            else f"module {self.module!r} has no attribute {name!r} here"
        )

    def get(self, name: str) -> Any:
        """The attribute of that name."""
        if name in self.own:
            return self.own[name]
        if name not in self.made:
            found = self._spelled(name, self.home(name))
            self.made[name] = self.spelling.extended(self.module, name, found)
        return self.made[name]

    def _spelled(self, name: str, found: Any) -> Any:
        if (
            isinstance(found, ModuleType | DType | GenericAlias)
            or _is_class(found)
            or not callable(found)
        ):
            return found
        text = self.signatures.get(name)
        if text is None:
            return plain(found, self.spelling)
        return spelled(name, found, parsed(text), self.spelling, self.module)

    def names(self) -> list[str]:
        """All names of the module."""
        public = {n for home in self.homes for n in dir(home) if not n.startswith("_")}
        return sorted(public | set(self.own) | set(self.aliases))


def _is_class(found: Any) -> bool:
    """Whether an object is a class whose instances are no functions."""
    return (
        isinstance(found, type)
        and not hasattr(found, "__wrapped__")
        and ("__call__" not in vars(found) or issubclass(found, BaseException))
    )


def plain(function: Function, spelling: Spelling) -> Function:
    """`function`, with its results in the library's arrays."""

    @functools.wraps(function, updated=())
    def call(*args: Any, **kwargs: Any) -> Any:
        with spelled_as(spelling.arrays):
            return spelling.result(function(*args, **kwargs))

    return call


SOME = object()
"""A default of the other library's that is no constant."""


def parsed(text: str) -> inspect.Signature:
    """A signature from its text, whose defaults are constants or `...`."""
    arguments = ast.parse(f"def f{text}: pass").body[0].args  # type: ignore[attr-defined]
    found: list[Parameter] = []
    value = lambda node: SOME if ast.unparse(node) == "..." else ast.literal_eval(node)
    positional = [*arguments.posonlyargs, *arguments.args]
    empty = [Parameter.empty] * (len(positional) - len(arguments.defaults))
    defaults = [*empty, *map(value, arguments.defaults)]
    for at, (a, default) in enumerate(zip(positional, defaults, strict=True)):
        kind = POSITIONAL[at >= len(arguments.posonlyargs)]
        found.append(Parameter(a.arg, kind, default=default))
    if arguments.vararg:
        found.append(Parameter(arguments.vararg.arg, Parameter.VAR_POSITIONAL))
    for a, node in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        default = Parameter.empty if node is None else value(node)
        found.append(Parameter(a.arg, Parameter.KEYWORD_ONLY, default=default))
    if arguments.kwarg:
        found.append(Parameter(arguments.kwarg.arg, Parameter.VAR_KEYWORD))
    return inspect.Signature(found)
