"""`adopt`: copies of functions and classes, and of those that they call, with other globals."""

from __future__ import annotations

import builtins
import enum
import functools
from collections.abc import Callable, Iterable, Sequence
from types import CellType, FunctionType, MethodType, ModuleType
from typing import Any

import optree

from .. import tree
from ..api.jitted import JitFunction
from ..errors import PolyadTypeError
from ..ir import user_location, where
from ..texts import shown
from . import _codes
from ._libraries import CONSTANTS, BoundModule, bound, by_identity, is_library, lacks

F = Callable[..., Any]
CACHED = type(functools.lru_cache(lambda: None))


class Globals(dict[str, Any]):
    """The globals of adopted functions of one module: the module's own, adopted as they are read.
    CPython reads globals that are no plain dict by `__getitem__`, and so by `__missing__`.
    """

    def __init__(self, own: dict[str, Any], adoption: Adoption) -> None:
        super().__init__()
        self.own, self.adoption = own, adoption
        self["__builtins__"] = {**vars(builtins), "__import__": self.import_}

    def __missing__(self, name: str) -> Any:
        return self.adoption.of(self.own[name])

    def import_(
        self,
        name: str,
        globals: Any = None,
        locals: Any = None,
        fromlist: Sequence[str] = (),
        level: int = 0,
    ) -> Any:
        """The `import` of adopted code."""
        found = builtins.__import__(name, self.own, locals, fromlist, level)
        return self.adoption.of(found)


class AdoptedModule(ModuleType):
    """A module whose functions are adopted as they are read from it."""

    def __init__(self, module: ModuleType, adoption: Adoption) -> None:
        super().__init__(module.__name__, module.__doc__)
        self.__dict__["_own"], self.__dict__["_adoption"] = module, adoption

    def __getattr__(self, name: str) -> Any:
        return self.__dict__["_adoption"].of(getattr(self.__dict__["_own"], name))


class Adoption:
    """One call of `adopt`: the packages, the copies made so far, the names left unbound."""

    def __init__(self, packages: Iterable[str]) -> None:
        self.packages = tuple(packages)
        self.made: dict[int, Any] = {}
        self.kept: list[Any] = []  # so that addresses stay their own
        self.globals: dict[int, Globals] = {}
        self.unbound: list[str] = []

    def covers(self, module: str | None) -> bool:
        """Whether a module belongs to the packages."""
        return module is not None and any(
            module == package or module.startswith(package + ".") for package in self.packages
        )

    def note(self, text: str) -> None:
        if text not in self.unbound:
            self.unbound.append(text)

    def of(self, value: Any) -> Any:
        """The stand-in for `value` in adopted code; most values stay as they are."""
        if isinstance(value, CONSTANTS):
            return value
        found = self.made.get(id(value), self)
        if found is not self:
            return found
        known = by_identity().get(id(value))
        if known is not None:
            return known
        for kind, copy in COPIES:
            if isinstance(value, kind):
                return copy(self, value)
        if self.covers(type(value).__module__) and hasattr(value, "__dict__"):
            return self.instance(value)
        return value

    def remember(self, value: Any, made: Any) -> Any:
        self.made[id(value)] = made
        self.kept.append(value)
        return made

    # -- Modules

    def module(self, value: ModuleType) -> Any:
        if isinstance(value, BoundModule | AdoptedModule):
            return value
        if is_library(value):
            return bound(value)
        if self.covers(value.__name__):
            return self.remember(value, AdoptedModule(value, self))
        return value

    # -- Functions

    def function(self, value: FunctionType) -> Any:
        """A function of its code with other globals, cells and defaults."""
        home = value.__globals__.get("__name__")
        inside = self.covers(home)
        wraps = getattr(value, "__wrapped__", None)
        if not inside and not (wraps is not None and self.covers(value.__module__)):
            self.note_outside(value)
            return value
        cells, to_fill = self.cells(value)
        own = value.__globals__
        made = FunctionType(
            value.__code__, self.globals_of(own) if inside else own, value.__name__, None, cells
        )
        self.remember(value, made)
        for cell, content in to_fill:
            cell.cell_contents = self.of(content)
        made.__defaults__ = self.of(value.__defaults__)
        made.__kwdefaults__ = self.of(value.__kwdefaults__)
        for name in functools.WRAPPER_ASSIGNMENTS:
            setattr(made, name, getattr(value, name, None))
        made.__dict__.update({name: self.of(x) for name, x in vars(value).items()})
        if inside:
            self.look_at(value)
        return made

    def cells(
        self, value: FunctionType
    ) -> tuple[tuple[CellType, ...] | None, list[tuple[CellType, Any]]]:
        """The cells of a function's copy: new ones for what may be adopted, and what these are to
        hold; others are shared with the original.
        """
        if value.__closure__ is None:
            return None, []
        found, to_fill = [], []
        for cell in value.__closure__:
            other, content = self.made.get(id(cell)), _content(cell)
            if other is None and self.may_differ(content):
                other = self.remember(cell, CellType())
                to_fill.append((other, content))
            found.append(other or cell)
        return tuple(found), to_fill

    def may_differ(self, value: Any) -> bool:
        """Whether adopted code may see something else in the place of `value`."""
        if id(value) in by_identity() or any(isinstance(value, kind) for kind, _ in COPIES):
            return True
        return self.covers(type(value).__module__)

    def globals_of(self, own: dict[str, Any]) -> Globals:
        found = self.globals.get(id(own))
        if found is None:
            found = self.globals[id(own)] = Globals(own, self)
        return found

    def look_at(self, value: FunctionType) -> None:
        """Adopt the values that a function will read, and note those that stay as they are."""
        name = f"{value.__module__}.{value.__qualname__}"
        cells = dict(zip(value.__code__.co_freevars, value.__closure__ or (), strict=True))
        for read in _codes.reads(value.__code__):
            if read.is_cell:
                own = _content(cells[read.name]) if read.name in cells else None
            else:
                own = value.__globals__.get(read.name)
            self.of(own)
            if isinstance(own, ModuleType) and is_library(own):
                missing = lacks(own, read.path)
                if missing is not None:
                    self.note(f"{missing} (in {name})")
        for written in _codes.written_globals(value.__code__):
            self.note(f"the global name {written}, which {name} writes: the copy's own")

    def note_outside(self, value: FunctionType) -> None:
        """Note a function of another package that reads NumPy, `math` or `scipy.special`."""
        home = str(value.__globals__.get("__name__"))
        if home.partition(".")[0] in ("numpy", "scipy", "polyad", "math"):
            if not home.startswith("polyad"):
                self.note(f"{home}.{value.__qualname__}")
            return
        names = {read.name for read in _codes.reads(value.__code__) if not read.is_cell}
        libraries = [value.__globals__.get(name) for name in names]
        if any(isinstance(x, ModuleType) and is_library(x) for x in libraries):
            self.note(f"{home}.{value.__qualname__}: of a package that is not named")

    def partial(self, value: Any) -> Any:
        args = tuple(map(self.of, value.args))
        keywords = {name: self.of(x) for name, x in value.keywords.items()}
        made = functools.partial(self.of(value.func), *args, **keywords)
        made.__dict__.update(vars(value))
        return self.remember(value, made)

    def jitted(self, value: Any) -> Any:
        kind, (function, *options) = value.parts()
        return self.remember(value, kind(self.of(function), *options))

    def cached(self, value: Any) -> Any:
        function = self.of(value.__wrapped__)
        if function is value.__wrapped__:
            return value
        made = functools.lru_cache(**value.cache_parameters())(function)
        return self.remember(value, made)

    def method(self, value: MethodType) -> Any:
        function, owner = self.of(value.__func__), self.of(value.__self__)
        if function is value.__func__ and owner is value.__self__:
            return value
        return MethodType(function, owner)

    # -- Classes and what they are made of

    def kind(self, value: type) -> Any:
        """A class with the same attributes, its functions adopted."""
        name = f"{value.__module__}.{value.__qualname__}"
        if not self.covers(value.__module__) or issubclass(value, BaseException | enum.Enum):
            return value
        if type(value) is not type or optree.register_pytree_node.get(
            value, namespace=tree.NAMESPACE
        ):
            self.note(f"the class {name}, which is a pytree or has a metaclass")
            return value
        skipped = {"__dict__", "__weakref__", *_slots(value)}
        attributes = {k: v for k, v in vars(value).items() if k not in skipped}
        bases = tuple(map(self.of, value.__bases__))
        made = self.remember(value, type(value.__name__, bases, dict(attributes)))
        for key, attribute in attributes.items():
            adopted = self.of(attribute)
            if adopted is not attribute:
                setattr(made, key, adopted)
        return made

    def instance(self, value: Any) -> Any:
        """A copy of an object whose class is adopted, its attributes adopted too."""
        kind = self.of(type(value))
        if kind is type(value):
            return value
        if _slots(type(value)):
            self.note(f"an object of {type(value).__module__}.{type(value).__qualname__}: slots")
            return value
        made = self.remember(value, object.__new__(kind))
        made.__dict__.update({name: self.of(x) for name, x in vars(value).items()})
        return made

    def wrapper(self, value: Any) -> Any:
        """A static or class method."""
        return type(value)(self.of(value.__func__))

    def computed(self, value: property) -> property:
        get, set, delete = (self.of(part) for part in (value.fget, value.fset, value.fdel))
        return property(get, set, delete, value.__doc__)

    def computed_once(self, value: Any) -> Any:
        made = functools.cached_property(self.of(value.func))
        made.__set_name__(object, value.attrname)
        return made

    # -- Containers

    def sequence(self, value: Any) -> Any:
        if type(value) not in (list, tuple):
            return value
        items = [self.of(x) for x in value]
        same = all(a is b for a, b in zip(items, value, strict=True))
        return value if same else type(value)(items)

    def mapping(self, value: Any) -> Any:
        if type(value) is not dict:
            return value
        items = {key: self.of(x) for key, x in value.items()}
        same = all(items[key] is x for key, x in value.items())
        return value if same else items


def _slots(kind: type) -> tuple[str, ...]:
    found = vars(kind).get("__slots__", ())
    return (found,) if isinstance(found, str) else tuple(found)


def _content(cell: CellType) -> Any:
    """The content of a cell; None if it is empty as yet."""
    try:
        return cell.cell_contents
    except ValueError:
        return None


COPIES: Sequence[tuple[Any, Callable[[Adoption, Any], Any]]] = (
    (ModuleType, Adoption.module),
    (FunctionType, Adoption.function),
    (JitFunction, Adoption.jitted),
    (functools.partial, Adoption.partial),
    (CACHED, Adoption.cached),
    (MethodType, Adoption.method),
    (type, Adoption.kind),
    (staticmethod | classmethod, Adoption.wrapper),
    (property, Adoption.computed),
    (functools.cached_property, Adoption.computed_once),
    (list | tuple, Adoption.sequence),
    (dict, Adoption.mapping),
)


def adopt(f: F, packages: Iterable[str | ModuleType] = ()) -> F:
    """`f`, and what it calls in its own package or in `packages`, with polyad's functions in the
    place of those of `numpy`, `math` and `scipy.special`.

    So code that was written for NumPy, with buffers from `np.zeros` that it fills by assignment, is
    differentiated, batched and compiled as it stands. No source is read or rewritten: functions,
    closures, methods, classes, `functools.partial`, `lru_cache` and decorators are copied with the
    same code and other globals, also those that are reached through modules, containers or imports
    inside of functions. The originals stay as they are. A copy reads the module's global names as
    they are at the time, and keeps those that it writes to itself.

    `f` is a function, a method, a class or a callable object. The attribute `unbound` of the result
    lists what stayed as it was: functions of NumPy and SciPy that polyad has none for, functions of
    packages that are not named, global names that are written.

    Raises `PolyadTypeError` if `f` is no such thing.

    >>> import polyad, numpy as np
    >>> def powers(x):
    ...     y = np.zeros(3)
    ...     for i in range(3):
    ...         y[i] = x**i
    ...     return y.sum()
    >>> polyad.grad(polyad.adopt(powers))(2.0)
    np.float64(5.0)
    """
    kind = f if isinstance(f, FunctionType | type | MethodType | CACHED) else type(f)
    home = getattr(kind, "__module__", None)
    if isinstance(f, functools.partial):
        home = getattr(f.func, "__module__", None)
    if not callable(f) or home is None or home == "builtins":
        raise PolyadTypeError(
            f"adopt takes a function, a method, a class or a callable object, not {shown(f)}"
            f"{where(user_location())}"
        )
    named = [p.__name__ if isinstance(p, ModuleType) else p for p in packages]
    adoption = Adoption([home.partition(".")[0], *named])
    made = adoption.of(f)
    if made is f or id(f) in by_identity():
        raise PolyadTypeError(
            f"adopt: {shown(f)} is not written in Python, or cannot be copied"
            f"{where(user_location())}"
        )
    return with_list(made, adoption.unbound)


def with_list(made: Any, unbound: list[str]) -> Any:
    """`made` with the attribute `unbound`."""
    if isinstance(made, MethodType):
        made = functools.partial(made)
    made.unbound = unbound
    return made
