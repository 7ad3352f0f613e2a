"""Refs: cells of an array that a program reads and writes in place, as `ref[...]`.

A value never changes; a ref is a name for the one that it has now, and a write gives it another.
A branch, a loop or a `jit` that writes a ref from outside is traced once to see which ones, and
then again with their values among what it carries.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from .. import trace_stack
from ..errors import PolyadTypeError, PolyadValueError
from ..ir import ArrayType, Builder, DType, Handle, Shape, user_location, where
from ..ops import elementwise as e
from ..ops import promotion
from ..tracer import namespace
from ..tracing import callable_name
from .calls.pytrees import type_of_leaf

F = Callable[..., Any]
_LOCAL = threading.local()


class Scope:
    """A block in which one function is traced, and which refs from outside it reads and writes. At
    its end they have the values that they had before.
    """

    def __init__(self) -> None:
        self.touched: dict[Ref, Any] = {}
        self.written: dict[Ref, None] = {}

    def __enter__(self) -> Scope:
        self.depth = len(trace_stack.active_builders())
        _scopes().append(self)
        return self

    def __exit__(self, *error: object) -> None:
        _scopes().pop()
        for ref, value in self.touched.items():
            ref._value = value


def _scopes() -> list[Scope]:
    try:
        found: list[Scope] = _LOCAL.scopes
    except AttributeError:
        found = _LOCAL.scopes = []
    return found


class Touched(Exception):
    """A function that is compiled reads or writes refs that are not among its arguments."""

    def __init__(self, refs: Sequence[Ref]) -> None:
        super().__init__("refs from outside")
        self.refs = refs


class Ref:
    """A cell of an array, made by `new_ref`: `ref[index]` reads, `ref[index] = value` and
    `ref[index] += value` write. `ref[...]` is the whole array.
    """

    __slots__ = ("__weakref__", "_frozen", "_home", "_type", "_value")

    def __init__(self, value: Any, type: ArrayType) -> None:
        self._value, self._type, self._frozen = value, type, False
        self._home: Builder | None = next(reversed(trace_stack.active_builders()), None)

    @property
    def shape(self) -> Shape:
        return self._type.shape

    @property
    def dtype(self) -> DType:
        return self._type.dtype

    @property
    def ndim(self) -> int:
        return len(self._type.shape)

    @property
    def size(self) -> int:
        return self._type.size

    def __len__(self) -> int:
        if not self.shape:
            raise PolyadTypeError(f"a ref of shape () has no length{where(user_location())}")
        return self.shape[0]

    def __repr__(self) -> str:
        return f"Ref({self._type})"

    def __getitem__(self, index: Any) -> Any:
        return _fresh(_part(self._read(), index))

    def __setitem__(self, index: Any, value: Any) -> None:
        swap(self, index, value)

    def __bool__(self) -> bool:
        raise PolyadTypeError(f"a ref has no truth value: read it first{where(user_location())}")

    def __iter__(self) -> Any:
        raise PolyadTypeError(f"a ref is not iterated: read it first{where(user_location())}")

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise PolyadTypeError(f"a ref is no array: read it, ref[...]{where(user_location())}")

    # -- Reading and writing across traces

    def _read(self) -> Any:
        self._touch(False)
        return self._value

    def _write(self, value: Any) -> None:
        self._touch(True)
        self._value = value

    def _touch(self, writes: bool) -> None:
        """Tell the traces between here and where the ref is at home."""
        if self._frozen:
            raise PolyadValueError(f"the ref was frozen{where(user_location())}")
        stack = trace_stack.active_builders()
        if self._home is not None and self._home not in stack:
            raise PolyadValueError(
                f"a ref made in a traced function is used after that trace has ended"
                f"{where(user_location())}\n  Return its value, ref[...], instead."
            )
        home = -1 if self._home is None else stack.index(self._home)
        found = {scope.depth: scope for scope in _scopes()}
        if isinstance(self._value, Handle) and not self._value.builder.open:
            # what another branch, or the same body in an earlier trace, has left
            self._value = next(s.touched[self] for s in reversed(_scopes()) if self in s.touched)
        for depth in range(home + 1, len(stack)):
            scope = found.get(depth)
            if scope is not None:
                scope.touched.setdefault(self, self._value)
                if writes:
                    scope.written[self] = None
            elif writes:
                context = stack[depth].context
                transform = getattr(context, "transform", "a transformation")
                raise PolyadTypeError(
                    f"a ref from outside is written in a function that {transform} traces, out of "
                    f"which no writes come{where(user_location())}\n  Make the ref inside, or "
                    "return the value. Branches, loops and jit carry writes out."
                )


def _array(x: Any) -> Any:
    return namespace().asarray(x)


def _fresh(x: Any) -> Any:
    """An array that nobody else has, with the elements of `x`."""
    return namespace().asarray(x, copy=True)


def _part(value: Any, index: Any) -> Any:
    return value if index is ... else _array(value)[index]


# -- Functions -------------------------------------------------------------------------------------


def new_ref(init_val: Any, *, memory_space: None = None, kind: None = None) -> Ref:
    """A ref that holds a copy of the array `init_val`.

    Reads and writes may stand in branches, loops, functions that are compiled, and in what is
    differentiated or batched if the ref is made there; a ref may be an argument of a compiled
    function. `memory_space` and `kind` are JAX's and None.

    Raises `PolyadTypeError` for what is no array, and for another memory.

    >>> import numpy as np, polyad
    >>> total = polyad.new_ref(np.zeros(2))
    >>> _ = polyad.lax.scan(lambda c, x: (c, total.__setitem__(0, x)), 0.0, np.arange(3.0))
    >>> total[...]
    array([2., 0.])
    """
    return made(Ref, init_val, memory_space, kind)


def made(cls: type[Ref], init_val: Any, memory_space: Any, kind: Any) -> Ref:
    """A ref of that class, as `new_ref` makes it."""
    if memory_space is not None or kind is not None:
        raise PolyadTypeError(
            f"new_ref: memory_space and kind are None: there is one memory{where(user_location())}"
        )
    if isinstance(init_val, Ref):
        raise PolyadTypeError(f"new_ref takes an array, not a ref{where(user_location())}")
    t = type_of_leaf(init_val, "new_ref", lambda: "the first value")
    return cls(_fresh(_array(init_val)), t)


def freeze(ref: Ref) -> Any:
    """The value of a ref, which can be used no more.

    >>> import numpy as np, polyad
    >>> ref = polyad.new_ref(np.zeros(2))
    >>> ref[0] = 3.0
    >>> polyad.freeze(ref)
    array([3., 0.])
    """
    _check_ref("freeze", ref)
    value = ref._read()
    stack = trace_stack.active_builders()
    if ref._home is not (stack[-1] if stack else None):
        raise PolyadTypeError(
            f"freeze: the ref is from outside of this traced function{where(user_location())}\n"
            "  Freeze it where it was made."
        )
    ref._frozen = True
    return value


def get(ref: Ref, idx: Any = ...) -> Any:
    """`ref[idx]`; `idx` may be None for all of it."""
    _check_ref("get", ref)
    return ref[... if idx is None else idx]


def set(ref: Ref, idx: Any, value: Any) -> None:
    """`ref[idx] = value`."""
    _check_ref("set", ref)
    swap(ref, idx, value)


def swap(ref: Ref, idx: Any, value: Any) -> Any:
    """Write `value` to `ref[idx]`, and give the part that was there.

    Raises `ShapeError` or `PolyadTypeError` for a value of another shape or dtype than the part:
    nothing is broadcast or converted, but Python numbers.
    """
    _check_ref("swap", ref)
    idx = ... if idx is None else idx
    before = ref._read()
    part = _part(before, idx)
    new = _like(part, value, ref.dtype)
    ref._write(_fresh(new) if idx is ... else namespace().at(before)[idx].set(new))
    return _fresh(part)


def addupdate(ref: Ref, idx: Any, x: Any) -> None:
    """Add `x` to `ref[idx]`; at an index that occurs twice, twice.

    Raises as `swap` does.
    """
    _check_ref("addupdate", ref)
    idx = ... if idx is None else idx
    before = ref._read()
    added = _like(_part(before, idx), x, ref.dtype)
    ref._write(e.add(before, added) if idx is ... else namespace().at(before)[idx].add(added))


def _check_ref(what: str, ref: Any) -> None:
    if not isinstance(ref, Ref):
        raise PolyadTypeError(
            f"{what} takes a ref, not a {type(ref).__name__}{where(user_location())}\n  Make one "
            "with polyad.new_ref."
        )


def _like(part: Any, value: Any, dtype: DType) -> Any:
    """`value` as an array of the shape and dtype of the part that it replaces."""
    if isinstance(value, Ref):
        raise PolyadTypeError(f"a ref is written an array, not a ref{where(user_location())}")
    shape = tuple(_array(part).shape)
    t = type_of_leaf(value, "a ref", lambda: "the value")
    weak = promotion.is_weak(value) and promotion.promote([dtype], [t.dtype]) is dtype
    if t.shape != shape or not (t.dtype is dtype or weak):
        raise PolyadTypeError(
            f"the part of the ref is {ArrayType(dtype, shape)}, and the value written to it {t}"
            f"{where(user_location())}\n  Broadcast or convert the value first."
        )
    return e.astype(_array(value), dtype=dtype)


# -- Functions that carry refs ---------------------------------------------------------------------


def held(
    refs: Sequence[Ref], values: Sequence[Any], run: Callable[[], Any]
) -> tuple[Any, list[Any]]:
    """The result of `run` while `refs` are at home in the innermost trace with these values, and
    the values that they have after it.
    """
    before = [(ref._value, ref._home) for ref in refs]
    home = next(reversed(trace_stack.active_builders()), None)
    try:
        for ref, value in zip(refs, values, strict=True):
            ref._value, ref._home = value, home
        out = run()
        return out, [ref._value for ref in refs]
    finally:
        for ref, (value, where_from) in zip(refs, before, strict=True):
            ref._value, ref._home = value, where_from


def values_of(refs: Sequence[Ref]) -> list[Any]:
    """The values that refs have now."""
    return [ref._read() for ref in refs]


def write_back(refs: Sequence[Ref], values: Sequence[Any]) -> None:
    """Give refs the values that they have after a branch, a loop or a call."""
    for ref, value in zip(refs, values, strict=True):
        ref._write(value)


def over_values(call: F, at: Sequence[int], closed: Sequence[Ref]) -> F:
    """`call(leaves)`, in which the leaves `at` are refs and the refs `closed` are used besides, as
    a function of the values of all these refs and of the other leaves.
    """

    def run(values: Sequence[Any], leaves: Sequence[Any]) -> Any:
        own = [new_ref(value) for value in values[: len(at)]]
        full = list(leaves)
        for i, ref in zip(at, own, strict=True):
            full[i] = ref
        out, after = held(closed, values[len(at) :], lambda: call(full))
        return out, [*map(freeze, own), *after]

    return run


def carried_by_scan(scan: F, f: F, init: Any, refs: Sequence[Ref]) -> tuple[Any, Any]:
    """A scan with the values of the refs that its body writes among what it carries."""

    def step(carry: Any, x: Any) -> Any:
        (own, y), after = held(refs, carry[1], lambda: f(carry[0], x))
        return (own, after), y

    step.__name__ = callable_name(f)
    (out, after), ys = scan(step, (init, values_of(refs)))
    write_back(refs, after)
    return out, ys


def carried_by_while(loop: F, cond_fun: F, body_fun: F, init: Any, refs: Sequence[Ref]) -> Any:
    """A while loop with the values of the refs that it writes among what it carries."""

    def holds(carry: Any) -> Any:
        found, after = held(refs, carry[1], lambda: cond_fun(carry[0]))
        if any(a is not b for a, b in zip(after, carry[1], strict=True)):
            raise PolyadTypeError(
                f"while_loop: the condition writes a ref{where(user_location())}\n  Write it in "
                "the body."
            )
        return found

    def step(carry: Any) -> Any:
        return held(refs, carry[1], lambda: body_fun(carry[0]))

    holds.__name__, step.__name__ = callable_name(cond_fun), callable_name(body_fun)
    out, after = loop(holds, step, (init, values_of(refs)))
    write_back(refs, after)
    return out


def carried_by_branches(
    branch: F, functions: Sequence[F], operands: Any, refs: Sequence[Ref]
) -> Any:
    """A branch with the values of the refs that it writes among its operands and results."""

    def carrying(function: F) -> F:
        def run(values: Any, *own: Any) -> Any:
            return held(refs, values, lambda: function(*own))

        run.__name__ = callable_name(function)
        return run

    out, after = branch([carrying(f) for f in functions], (values_of(refs), *operands))
    write_back(refs, after)
    return out
