"""Functions compiled by `jit`."""

from __future__ import annotations

import functools
import logging
import weakref
from collections.abc import Callable, Sequence
from typing import (
    TYPE_CHECKING,
    Any,
    Concatenate,
    Generic,
    ParamSpec,
    TypeVar,
    overload,
)

from .. import execution, trace_stack
from ..config import config
from ..errors import BackendError, PolyadTypeError, PolyadValueError
from ..execution import Example, Placement, exactly, recording
from ..garbage import without_collections
from ..ir import ArrayType, Function, Handle, user_location, where
from ..ir.symbolic import is_symbolic
from ..ops import region
from ..ops.promotion import is_weak
from ..passes.pipeline import optimize
from ..texts import shown
from ..tracing import callable_name, parameter_names
from .calls import kept_code, pytrees, traces
from .calls.entries import Entry
from .calls.fast_paths import FastPath, first_of, obstacle_of, tell, with_fast_path
from .calls.forwarding import forward, forwarding_class
from .calls.long_compiles import told
from .calls.parameters import named_parameters
from .calls.retraces import reason
from .calls.settings import native_for, settings
from .calls.shapes import MODES, STATIC, Shapes, Sizes
from .calls.transformed import by_name
from .lowered import Lowered, TracedCall, as_table, leaf_names
from .lowered_sizes import LoweredSizes
from .refs import Ref, Scope, Touched, over_values, values_of, write_back

F = Callable[..., Any]
P = ParamSpec("P")
Q = ParamSpec("Q")
R = TypeVar("R")
S = TypeVar("S")


class Jitted:
    """A function compiled by `jit`: call it, or look inside with `lower(*args)`. A call tries the
    compiled fast paths, and goes on to `_call_any` where none of them takes it.
    """

    has_attributes_of_function = True

    def __init__(
        self,
        fun: F,
        static_argnums: int | Sequence[int],
        static_argnames: str | Sequence[str],
        backend: str | None,
        donate_argnums: int | Sequence[int] = (),
        donate_argnames: str | Sequence[str] = (),
        shapes: str = STATIC,
    ) -> None:
        pytrees.wrap(self, fun)
        self._fun = fun
        self._backend = backend
        if backend is not None:
            execution.get_backend(backend)
        self._shapes = Shapes(_mode(shapes), Touched)
        self._options = (
            static_argnums, static_argnames, backend, donate_argnums, donate_argnames, shapes
        )  # fmt: skip
        self._argnums, self._argnames = named_parameters(
            fun, "static", static_argnums, static_argnames
        )
        self._donated = named_parameters(fun, "donate", donate_argnums, donate_argnames)
        if both := set(self._argnums).intersection(self._donated[0]):
            raise PolyadValueError(
                f"jit: argument {min(both)} of {callable_name(fun)} is static, and only arrays can "
                "be donated"
            )
        self._entries: dict[Any, Entry] = {}
        self._paths: list[FastPath] = []
        self._told: set[str] = set()
        self._regions: dict[Any, Any] = {}
        self._refs: list[Ref] = []  # from outside, that it was seen to use
        self._of_refs: dict[Any, Any] = {}
        self._otherwise = functools.partial(_call_any, weakref.ref(self))  # no circle
        forward(self, self._otherwise)
        _JITTED.add(self)

    def clear_cache(self) -> None:
        """Forget what was traced and compiled for calls: the next ones trace and compile again."""
        self._entries.clear()
        self._shapes.clear()
        self._paths = []
        self._regions.clear()
        self._refs.clear()
        self._of_refs.clear()
        forward(self, self._otherwise)

    def __get__(self: Any, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def __repr__(self) -> str:
        return f"<jit of {callable_name(self._fun)}>"

    def _repr_html_(self) -> str:
        """The types that it is compiled for so far, for notebooks."""
        entries = self._entries.values()
        rows = [(e.traced, e.backend.name, e.run.nbytes) for e in entries]
        return as_table(callable_name(self._fun), rows)

    def __reduce__(self) -> Any:
        """By name what has the name of its function, as what a decorator made; else its parts."""
        return by_name(self) or self.parts()

    def parts(self) -> tuple[Any, tuple[Any, ...]]:
        """The class, and the arguments that make such an object: the function, then options."""
        return JitFunction, (self._fun, *self._options)

    @property
    def func(self) -> F:
        """The function that is compiled."""
        return self._fun

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A call that no fast path takes."""
        leaves, structure, static = self._split(args, kwargs)
        while True:
            try:
                if self._refs or any(isinstance(x, Ref) for x in leaves):
                    return self._call_with_refs(leaves, structure, static)
                return self._call_values(leaves, structure, static)
            except Touched as found:
                self._refs += found.refs

    def _call_with_refs(self, leaves: list[Any], structure: Any, static: Any) -> Any:
        """A call with the values of refs among operands and results: of those that are arguments,
        and of those from outside that the function was seen to use.
        """
        at = tuple(i for i, x in enumerate(leaves) if isinstance(x, Ref))
        refs = [*(leaves[i] for i in at), *self._refs]
        if len({*map(id, refs)}) < len(refs):
            raise PolyadTypeError(
                "jit: a ref is given twice, or is an argument of a function that uses it besides"
                f"{where(user_location())}"
            )
        fixed = tuple([(position, exactly(value)) for position, value in static])
        key = (structure, at, fixed, len(self._refs))
        inner = self._of_refs.get(key)
        if inner is None:
            call = functools.partial(self._applied, structure=structure, static=static)
            run = over_values(call, at, [*self._refs])
            run.__name__ = callable_name(self._fun)
            made: Any = JitFunction(run, (), (), self._backend)
            inner = self._of_refs[key] = made
        out, after = inner(values_of(refs), [None if i in at else x for i, x in enumerate(leaves)])
        write_back(refs, after)
        return out

    def _call_values(self, leaves: list[Any], structure: Any, static: Any) -> Any:
        """A call without refs: trace and compile, if that was not done before."""
        names = self._names(leaves, structure)
        types = pytrees.leaf_types(leaves, "jit", names)
        leaves = pytrees.admitted(leaves, "jit", names)
        key = self._key(leaves, types, structure, static)
        if any(isinstance(leaf, Handle) for leaf in leaves):
            return self._emit(leaves, types, structure, static, key)
        placed = execution.placement(leaves, "jit")
        backend = self._backend_for(placed, leaves)
        key = (key, backend, placed.backend, settings(placed.backend))
        entry = self._entries.get(key)
        if entry is None:
            entry = self._of_many_sizes(leaves, types, structure, static, key, placed)
            if entry is not None:
                self._entries[key] = entry
                result = self._run(entry, leaves, placed)
                self._keep(entry, key)
                return result
            with self._compilation(key, names):
                traced = self._trace(leaves, types, structure, static)
                if any(isinstance(x, Handle) for x in traced.captures):
                    return self._emit_traced(traced, leaves)
                if traced.captures:
                    beside = execution.placement(traced.captures, "jit", placed)
                    if beside.backend is not placed.backend:
                        backend = self._backend_for(beside, leaves)
                own = placed.backend is execution.array_backend(backend)
                donated = self._donated_leaves(structure) if own else []
                with told(traced.function):
                    entry = self._entries[key] = Entry(traced, backend, donated)
                    result = self._run(entry, leaves, placed)
                self._keep(entry, key)
                return result
        self._keep(entry, key)
        if recording.recorder() is None:  # a second call: build its fast path
            entry.check_histories(callable_name(self._fun))
            always = [i for i in self._argnums if i >= 0], self._argnames
            example = Example(
                leaves, entry.captures, structure, dict(static), entry.out_tree, *always
            )
            self._paths, obstacle = with_fast_path(self._paths, entry, example, placed)
            self._tell(obstacle, obstacle_of(entry))
            forward(self, first_of(self._paths, self._otherwise))
        return self._run(entry, leaves, placed)

    def _of_many_sizes(
        self,
        leaves: list[Any],
        types: list[ArrayType],
        structure: Any,
        static: Any,
        key: Any,
        placed: Placement,
    ) -> Entry | None:
        """The entry of a program for many sizes, if there is one for these types."""
        if self._shapes.mode == STATIC:
            return None
        (_, *general), backend, *rest = key
        own = placed.backend is execution.array_backend(backend)
        donated = self._donated_leaves(structure) if own else []

        def make(symbolic: Sequence[ArrayType], scope: Sizes) -> tuple[Any, Function, Any]:
            with self._compilation(key, self._names(leaves, structure)):
                traced = self._trace(leaves, symbolic, structure, static)
                function = optimize(traced.function)
                if any(isinstance(x, Handle) for x in traced.captures):
                    return traced, function, "it closes over traced arrays"
                beside = execution.placement(traced.captures, "jit", placed)
                if beside.backend is not placed.backend:
                    return traced, function, "it closes over arrays of another backend"
                if traced.function.stays:
                    return traced, function, "it has effects, or named axes"
                with told(traced.function):
                    return traced, function, backend.compile_symbolic(function, scope, donated)

        name = callable_name(self._fun)
        found = self._shapes.find(name, (tuple(general), backend, *rest), types, make)
        if found is None:
            return None
        return Entry(found.traced, backend, donated, (found.function, found.code))

    def _compilation(self, key: Any, names: Callable[[], Any]) -> Any:
        """The block of a trace and compilation, for those who watch."""
        why = "" if recording.recorder() is None else reason(self._entries, key, names)
        return recording.compilation(callable_name(self._fun), why)

    def _tell(self, obstacle: str, inherent: str) -> None:
        """Log an obstacle to fast calls, once; a warning if it lies in the arguments, which might
        be others. Calls while something is traced are always slow.
        """
        if obstacle and obstacle not in self._told and not trace_stack.active_builders():
            self._told.add(obstacle)
            level = logging.INFO if obstacle == inherent else logging.WARNING
            tell(callable_name(self._fun), obstacle, level)

    def _keep(self, entry: Entry, key: Any) -> None:
        """Count an entry as used last; if there are too many, it may be forgotten."""
        own = weakref.ref(self)

        def forget() -> None:
            jitted = own()
            if jitted is not None:
                jitted._forget(key)

        kept_code.keep(entry, entry.traced, entry.run, forget, len(self._entries))

    def _forget(self, key: Any) -> None:
        """Let an entry go, and its fast paths."""
        entry = self._entries.pop(key, None)
        self._paths = [path for path in self._paths if path.entry is not entry]
        forward(self, first_of(self._paths, self._otherwise))

    def _run(self, entry: Entry, leaves: Sequence[Any], placed: Placement) -> Any:
        """The result of a call; inside of a trace, effects and named axes belong to it."""
        if entry.function.stays and trace_stack.active_builders():
            return self._emit_traced(entry, leaves)
        return entry(leaves, placed)

    def lower(self, *args: Any, **kwargs: Any) -> Lowered | LoweredSizes:
        """The function as it is lowered for arguments like these (arrays, or `ArrayType`s). For
        shapes with symbolic sizes, the answer can be exported as one C function for all sizes.
        """
        leaves, structure, static = self._split(args, kwargs)
        types = pytrees.leaf_types(leaves, "jit", self._names(leaves, structure))

        def trace(types: Sequence[ArrayType]) -> Any:
            try:
                return self._trace(leaves, types, structure, static)
            except Touched:
                raise PolyadTypeError(
                    f"{callable_name(self._fun)} uses a ref from outside, whose value is known "
                    f"when it is called{where(user_location())}\n  Pass the value as an argument "
                    "to lower it."
                ) from None

        names = leaf_names(structure, parameter_names(self._fun, len(args)))
        backend = self._backend_for(execution.placement(leaves, "jit"), leaves)
        if any(is_symbolic(t.shape) for t in types):
            both = backend, execution.array_backend(backend)
            return LoweredSizes(trace, both, list(zip(names, types, strict=True)))
        donated = self._donated_leaves(structure)
        again = lambda: Entry(trace(types), backend, donated)
        return Lowered(Entry(trace(types), backend, donated), names, again, self._shapes.report)

    def traced(self, args: tuple[Any, ...], kwargs: dict[str, Any], what: str) -> Any:
        """The trace for arguments, or their types, in a call of the function named `what`."""
        leaves, structure, static = self._split(args, kwargs)
        types = pytrees.leaf_types(leaves, what, self._names(leaves, structure))
        return self._trace(leaves, types, structure, static)

    def trace(self, *args: Any, **kwargs: Any) -> TracedCall:
        """The function as it is traced for arguments like these (arrays, or `ArrayType`s)."""
        return TracedCall(self, args, kwargs)

    def eval_shape(self, *args: Any, **kwargs: Any) -> Any:
        """The types of the results for arguments like these; nothing is computed."""
        return self.trace(*args, **kwargs).out_info

    # -- Parts

    def _split(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[list[Any], Any, Any]:
        """Leaves and structure of the dynamic arguments, and the static ones, hashable."""
        if not self._argnums and not self._argnames:
            leaves, structure = pytrees.flatten((args, kwargs))
            return leaves, structure, ()
        argnums = [i % len(args) for i in self._argnums if -len(args) <= i < len(args)]
        static = [(i, args[i]) for i in argnums] + [
            (n, kwargs[n]) for n in self._argnames if n in kwargs
        ]
        for position, value in static:
            try:
                hash(value)
            except TypeError:
                raise PolyadTypeError(
                    f"jit: static argument {shown(position)} must be hashable, and a "
                    f"{type(value).__name__} is not: "
                    f"{shown(value)}{where(user_location())}\n  Pass a tuple instead of a list, "
                    "or do not make it static."
                ) from None
        dynamic = (
            [None if i in argnums else x for i, x in enumerate(args)],
            {n: x for n, x in kwargs.items() if n not in self._argnames},
        )
        leaves, structure = pytrees.flatten(dynamic)
        return leaves, structure, tuple(static)

    def _donated_leaves(self, structure: Any) -> list[int]:
        """Which leaves belong to donated arguments."""
        positions, names = self._donated
        if not positions and not names:
            return []
        positional, keywords = structure.children()
        parts = [(i, child) for i, child in enumerate(positional.children())]
        parts += zip(keywords.entries(), keywords.children(), strict=True)
        count = positional.num_children
        wanted = {i % count for i in positions if -count <= i < count}.union(names)
        found: list[int] = []
        first = 0
        for name, child in parts:
            if name in wanted:
                found += range(first, first + child.num_leaves)
            first += child.num_leaves
        return found

    def _key(self, leaves: Sequence[Any], types: Sequence[Any], structure: Any, static: Any) -> Any:
        weak = tuple(map(is_weak, leaves))
        fixed = tuple([(position, exactly(value)) for position, value in static])
        return (tuple(types), weak, structure, fixed, trace_stack.bound_axes())

    def _backend_for(self, placed: Placement, leaves: Sequence[Any]) -> execution.Backend:
        """The backend that compiles a call with `leaves`."""
        arrays, like = placed
        if self._backend is not None:
            chosen = execution.get_backend(self._backend)
            if chosen.owns_arrays and like is not None and arrays is not chosen:
                raise BackendError(
                    f"jit(backend={chosen.name!r}) was given arrays of "
                    f"{arrays.name}{where(user_location())}\n"
                    f"  Pass arrays of {chosen.name}, or leave the backend to jit."
                )
            if chosen.owns_arrays or not config.debug_nans:
                return chosen
        if config.debug_nans:  # native code does not look at what each op makes
            return arrays
        return native_for(arrays, leaves)

    def _names(self, leaves: Any, structure: Any) -> Callable[[], list[str | None]]:
        """The names of the leaves, worked out if asked for."""

        def names() -> list[str | None]:
            args, kwargs = pytrees.unflatten(structure, leaves)
            return pytrees.names_of(self._fun, args, kwargs)()

        return names

    @without_collections
    def _trace(self, leaves: Any, types: Any, structure: Any, static: Any) -> Any:
        names = self._names(leaves, structure)
        run = lambda tracers: self._applied(tracers, structure, static)
        with Scope() as scope, recording.phase("trace"):
            traced = traces.trace(
                self._fun, run, types, transform="jit", leaves=leaves, names=names
            )
        if scope.touched:
            raise Touched([*scope.touched])
        return traced

    def _applied(self, leaves: Sequence[Any], structure: Any, static: Any) -> Any:
        """The function of these leaves of its dynamic arguments."""
        dynamic_args, dynamic_kwargs = pytrees.unflatten(structure, leaves)
        values, keywords = list(dynamic_args), dict(dynamic_kwargs)
        for position, value in static:
            if isinstance(position, int):
                values[position] = value
            else:
                keywords[position] = value
        return self._fun(*values, **keywords)

    def _emit(self, leaves: Any, types: Any, structure: Any, static: Any, key: Any) -> Any:
        arrays = trace_stack.backend_of_trace()  # whose methods the leaves have
        key = (key, arrays, settings(arrays))
        traced = self._regions.get(key)
        if traced is None:
            traced = self._trace(leaves, types, structure, static)
            if not any(isinstance(x, Handle) for x in traced.captures):
                self._regions[key] = traced
        return self._emit_traced(traced, leaves)

    def _emit_traced(self, traced: Any, leaves: Sequence[Any]) -> Any:
        """A `call` op in the trace under way."""
        inputs = [*leaves, *traced.captures]
        region_ = traced.function
        builder = trace_stack.innermost_builder(inputs, region_.stays)
        assert builder is not None
        handles = tuple(traces.lifted(builder, region_, inputs))
        backend = self._backend if self._backend is not None else "jit"
        attributes = (("backend", backend), ("name", region_.name))
        results = builder.emit(region.call, handles, attributes, (region_,))
        return pytrees.unflatten(traced.out_tree, results)


if TYPE_CHECKING:

    class JitFunction(Jitted, Generic[P, R]):
        """A jitted function, as type checkers see it: with the parameters and the result of the
        function that is compiled.
        """

        def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R: ...
        @overload
        def __get__(self, instance: None, owner: Any = None) -> JitFunction[P, R]: ...
        @overload
        def __get__(
            self: JitFunction[Concatenate[S, Q], R], instance: S, owner: Any = None
        ) -> Callable[Q, R]: ...
        def __get__(self, instance: Any, owner: Any = None) -> Any: ...

else:
    JitFunction = forwarding_class(Jitted, "JitFunction")
_JITTED: weakref.WeakSet[Jitted] = weakref.WeakSet()


def clear() -> None:
    """Forget what all jitted functions traced and compiled."""
    for jitted in list(_JITTED):
        jitted.clear_cache()


def _call_any(own: weakref.ref[Jitted], *args: Any, **kwargs: Any) -> Any:
    """A call that no compiled fast path takes."""
    jitted = own()
    assert jitted is not None  # its caller has it
    for path in jitted._paths:
        if path.of_scalars and path.takes_scalars_now():
            answer = path.call(*args, **kwargs)
            if answer is not NotImplemented:
                return answer
    return jitted._call(args, kwargs)


def _mode(shapes: object) -> str:
    if isinstance(shapes, str) and shapes in MODES:
        return shapes
    modes = ", ".join(map(repr, MODES))
    raise PolyadValueError(f"jit: shapes is one of {modes}, not {shown(shapes)}")
