"""The table of PyTorch's functions that are followed on traced arrays, and a call's way through it.

A row is an *adapter*: a function with the parameters, defaults and results of the torch function it
stands for. Rows are found by the function object that torch hands to `__torch_function__`, and a
function without a row is an error. An adapter takes what torch's signature has, by torch's names;
a parameter that it does not have is an error too.

    @torch_function("sub", "subtract")
    def sub(input, other, *, alpha=1): ...

A name stands for `torch.sub` and `torch.Tensor.sub`, which PyTorch generates from one schema; a
dotted name (`Tensor.expand_as`, `linalg.det`, `torch.where`) for that one object. Names are
looked up in torch once, when it has been imported; polyad itself does not import it.
"""

from __future__ import annotations

import functools
import inspect
import operator
import sys
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from ...aliasing import linked
from ...errors import PolyadTypeError
from ...ir import Handle, user_location, where
from ...numpy._core import fresh
from ...tracer import Tracer
from ..signatures import near
from .sparse import call_sparse, is_sparse

Adapter = Callable[..., Any]

_SPELLINGS = {
    "axis": "dim",
    "keepdims": "keepdim",
    "x": "input",
    "a": "input",
    "x1": "input",
    "x2": "other",
    "self": "input",
}
"""NumPy's names for parameters, which torch's own parser takes as well."""


class Row(NamedTuple):
    """A function of torch that is followed, or `refused` with an error of its own."""

    name: str
    adapter: Adapter
    signature: inspect.Signature
    sizes: str | None
    view: bool
    in_place: bool
    refused: bool

    @property
    def parameters(self) -> Sequence[str]:
        return tuple(self.signature.parameters)


_REGISTERED: list[tuple[tuple[str, ...], Row]] = []
_ROWS: dict[Any, Row] = {}
_RESOLVED = [0]


def torch_function(
    *names: str,
    sizes: str | None = None,
    view: bool = False,
    in_place: bool = False,
    refused: bool = False,
) -> Callable[[Adapter], Adapter]:
    """Decorate the adapter of the torch functions of these names.

    `sizes` names the parameter of integers that may also be passed apart, as in `x.permute(0, 2,
    1)`. The result of a `view` shares the tensor's elements: a write into one is seen in the other.
    A function that writes `in_place` gives its tensor itself. The adapter of a `refused` one raises
    always.
    """

    def register(adapter: Adapter) -> Adapter:
        row = Row(names[0], adapter, inspect.signature(adapter), sizes, view, in_place, refused)
        _REGISTERED.append((names, row))
        return adapter

    return register


def row_of(name: str) -> Row:
    """The row that was registered under a name."""
    return next(row for names, row in _REGISTERED if name in names)


def rows() -> dict[Any, Row]:
    """The rows by function object, of the torch that has been imported."""
    if _RESOLVED[0] < len(_REGISTERED) and "torch" in sys.modules:
        for names, row in _REGISTERED[_RESOLVED[0] :]:
            for found in (thing for name in names for thing in objects(name)):
                _ROWS[found] = row
        _RESOLVED[0] = len(_REGISTERED)
    return _ROWS


def objects(name: str) -> list[Any]:
    """The objects of torch that a name in the table stands for; those that this torch has."""
    torch = sys.modules["torch"]
    alone = name.removeprefix("torch.")
    paths = (alone,) if "." in name else (name, f"Tensor.{name}")
    found = []
    for path in paths:
        try:
            found.append(operator.attrgetter(path)(torch))
        except AttributeError:
            continue
    return found


# -- Calls -----------------------------------------------------------------------------------------


def call_torch(func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """A torch function, or a tensor's method, with a traced array among its arguments."""
    if any(map(is_sparse, args)):
        return call_sparse(getattr(func, "__name__", "function"), args, kwargs)
    row = rows().get(func)
    if row is None:
        raise not_followed(qualified(func))
    return _call(row, args, kwargs)


def _call(row: Row, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    if kwargs:
        kwargs = _respelt(row, kwargs)
    out = kwargs.pop("out", None) if "out" not in row.parameters else None
    if row.sizes is not None and len(args) > 1:
        first = 1 if isinstance(args[0], Handle) else 0
        if all(_is_integer(n) for n in args[first:]) and row.sizes not in kwargs:
            args = (*args[:first], tuple(args[first:]))
    try:
        made = row.adapter(*args, **kwargs)
    except TypeError as error:
        if isinstance(error, PolyadTypeError):
            raise
        raise _explained(row, args, kwargs, error) from None
    if row.view:
        made = viewing(made, args[0] if args else None)
    elif args and made is args[0] and not row.in_place:
        made = fresh(made)
    return made if out is None else _written(row, out, made)


def _respelt(row: Row, kwargs: dict[str, Any]) -> dict[str, Any]:
    known = row.signature.parameters
    found = {}
    for name, value in kwargs.items():
        other = _SPELLINGS.get(name, name)
        found[name if name in known or other not in known else other] = value
    return found


def _is_integer(value: Any) -> bool:
    return type(value) is int or (hasattr(value, "__index__") and not isinstance(value, bool))


def _explained(row: Row, args: Any, kwargs: Any, error: TypeError) -> Exception:
    """A `TypeError` of Python as polyad's, if the call does not fit the adapter; else itself."""
    try:
        row.signature.bind(*args, **kwargs)
    except TypeError as reason:
        return PolyadTypeError(
            f"torch.{row.name} on a traced array: {reason}; polyad follows "
            f"{row.name}{_bare(row.signature)}"
            f"{where(user_location())}"
        )
    return error


def _bare(signature: inspect.Signature) -> inspect.Signature:
    """The signature without types."""
    empty = inspect.Parameter.empty
    parameters = [p.replace(annotation=empty) for p in signature.parameters.values()]
    return inspect.Signature(parameters)


def unknown_options(options: dict[str, Any]) -> PolyadTypeError:
    """The error of keyword arguments that an adapter has no use for."""
    return PolyadTypeError(
        f"unexpected keyword argument {next(iter(options))!r} of a function of torch, on a traced "
        f"array{where(user_location())}"
    )


def viewing(made: Any, base: Any) -> Any:
    """A result that shares the elements of `base`, or a list of such."""
    if isinstance(made, tuple | list):
        return type(made)(viewing(part, base) for part in made)
    if isinstance(made, Tracer) and isinstance(base, Tracer):
        return linked(fresh(made) if made is base else made, base)
    return made


def _written(row: Row, out: Any, made: Any) -> Any:
    """`made`, written into the traced array `out`."""
    if not isinstance(out, Tracer):
        raise PolyadTypeError(
            f"torch.{row.name}(..., out=...) cannot write a traced array into a "
            f"{type(out).__name__}{where(user_location())}\n  Use the result, without out=."
        )
    out[...] = made
    return out


# -- Methods and attributes ------------------------------------------------------------------------

ATTRIBUTES: dict[str, Callable[[Any], Any]] = {}
"""A tensor's attributes that are no methods, each with its value for a traced array."""


def attribute(tracer: Any, name: str) -> Any:
    """The method or attribute `name` of a traced array that stands for a tensor."""
    found = ATTRIBUTES.get(name)
    if found is not None:
        return found(tracer)
    torch = sys.modules.get("torch")
    own = None if torch is None else getattr(torch.Tensor, name, None)
    if own is None:
        raise AttributeError(
            f"a traced tensor has no attribute {name!r}{where(user_location())}"
            f"{near(name, dir(getattr(torch, 'Tensor', None)))}"
        )
    row = rows().get(own)
    if row is not None:
        return _method(tracer, row)
    if callable(own):
        raise _NotFollowed(_message(f"Tensor.{name}"))
    raise _NotFollowed(_message(f"Tensor.{name}", "read of"))


def _method(tracer: Any, row: Row) -> Callable[..., Any]:
    return lambda *args, **kwargs: _call(row, (tracer, *args), kwargs)


class _NotFollowed(PolyadTypeError, AttributeError):
    """Also an `AttributeError`, for code that asks whether there is such an attribute."""


def not_followed(name: str) -> PolyadTypeError:
    """The error of a torch function that has no row."""
    return PolyadTypeError(_message(name))


def _message(name: str, use: str = "called on") -> str:
    return (
        f"torch.{name} cannot be {use} a traced array: it is none of the functions of PyTorch that "
        f"polyad follows{where(user_location())}\n  Write it with those that are followed, or with "
        "polyad.numpy, or give it a rule with polyad.custom_jvp."
    )


def qualified(func: Any) -> str:
    """A torch function's name from torch on, for messages."""
    name = getattr(func, "__name__", str(func))
    owner = getattr(func, "__objclass__", None)
    if owner is not None:
        return f"Tensor.{name}"
    path = f"{getattr(func, '__module__', None) or ''}.{getattr(func, '__qualname__', name)}"
    path = path.removeprefix("torch.").lstrip(".")
    return (
        path.replace("_VariableFunctionsClass.", "").replace("functional.", "", 1)
        if (not path.startswith("nn."))
        else path
    )


# -- Functions that torch has in Python ------------------------------------------------------------


def as_written(*names: str, view: bool = False) -> None:
    """Let the torch functions of these dotted names, which torch has in Python, run as they are
    written there, on traced arrays.
    """
    for name in names:
        torch_function(name, view=view)(_AsWritten(name))


class _AsWritten:
    """A Python function of torch, without the question whether an argument is a tensor."""

    def __init__(self, name: str) -> None:
        self._name = name

    @functools.cached_property
    def __signature__(self) -> inspect.Signature:
        return inspect.Signature(
            [
                inspect.Parameter("args", inspect.Parameter.VAR_POSITIONAL),
                inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD),
            ]
        )

    @functools.cached_property
    def _body(self) -> Callable[..., Any]:
        written = inspect.unwrap(operator.attrgetter(self._name)(sys.modules["torch"]))
        names: dict[str, Any] = {**written.__globals__, "isinstance": _is_instance}
        names |= {name: _never for name in names if name.startswith("has_torch_func")}
        body = _with_names(written, names)
        for name in _helpers(written, names):
            names[name] = _with_names(names[name], names)
        return body

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._body(*args, **kwargs)


def _with_names(written: types.FunctionType, names: dict[str, Any]) -> types.FunctionType:
    """The function with other globals."""
    code, defaults, cells = written.__code__, written.__defaults__, written.__closure__
    body = types.FunctionType(code, names, written.__name__, defaults, cells)
    body.__kwdefaults__ = written.__kwdefaults__
    return body


def _helpers(written: types.FunctionType, names: dict[str, Any]) -> Iterator[str]:
    """The private functions of the same file that it calls, and that these call."""
    seen, todo = set(), [written]
    while todo:
        for name in todo.pop().__code__.co_names:
            found = names.get(name)
            if not name.startswith("_") or name in seen or type(found) is not types.FunctionType:
                continue
            if found.__globals__ is written.__globals__:
                seen.add(name)
                todo.append(found)
    yield from seen


def _is_instance(value: Any, kind: Any) -> bool:
    """`isinstance`, for which a traced array is a tensor."""
    if type(value) is Tracer:
        kinds = kind if type(kind) is tuple else (kind,)
        return isinstance(value, kind) or sys.modules["torch"].Tensor in kinds
    return isinstance(value, kind)


def _never(*arguments: Any) -> bool:
    return False


# -- Operators -------------------------------------------------------------------------------------


def operate(name: str, *operands: Any) -> Any:
    """The operator of a tensor's method `name`, such as `__add__`, on traced arrays."""
    if any(map(is_sparse, operands)):
        return call_sparse(name, operands, {})
    return OPERATORS[name](*operands)


OPERATORS: dict[str, Adapter] = {}
"""Adapters of the operators, by the method's name."""
