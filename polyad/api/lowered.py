"""The object that `jit(f).lower(*args)` gives: each stage as text, and the function as one of C."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .. import execution, watching
from ..errors import PolyadTypeError
from ..execution import AheadOfTime, Compiled
from ..ir import Function
from ..passes.pipeline import OPTIMIZE, run_passes
from ..tracing import callable_name
from .calls import pytrees
from .calls.fast_paths import obstacle_of
from .exporting import Exporting, in_host_memory, result_names

if TYPE_CHECKING:
    import pathlib


class Lowered(Exporting):
    """A function lowered for one combination of types: its stages as text, and a report of the
    compiled code.
    """

    def __init__(
        self,
        entry: Any,
        arguments: Sequence[str],
        again: Callable[[], Any] | None = None,
        of_shapes: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        self._entry, self._again, self._of_shapes = entry, again or (lambda: entry), of_shapes
        self._compiled: Compiled = entry.run
        self._arguments = arguments

    def __reduce__(self) -> Any:
        raise PolyadTypeError(
            "what lower gives does not pickle: its code belongs to this process\n  Pickle the "
            "jitted function, or keep its stages(), which are text."
        )

    @property
    def ir(self) -> Function:
        """The optimized function of the array dialect."""
        return self._entry.function

    def stages(self) -> dict[str, str]:
        """The text of each stage of the lowering, by name, in order."""
        return dict(self._compiled.stages())

    def explain(self) -> str:
        """A report of the compiled code: kernels, fusion, library calls, host calls and why; and
        why calls of it take Python's way, if they do. With symbolic shapes, also the programs that
        calls have made so far, their guards, and the lines that need a size's number.
        """
        obstacle = obstacle_of(self._entry)
        note = f"\ncalls go through Python: {obstacle}" if obstacle else ""
        shapes = "".join(f"\nsymbolic shapes: {line}" for line in self._of_shapes())
        return f"{self._compiled.explain()}{note}{shapes}"

    def explore(
        self, path: str | os.PathLike[str] | None = None, *, paths: bool = True
    ) -> pathlib.Path:
        """Write a page that shows the function in all stages, beside the user's lines that each op
        comes from: from the trace through derivatives and passes to machine code; and what flows
        between kernels, why they are not fused, where temporaries lie. The answer is its path.

        The page is one file that loads nothing. Without a `path` it goes to a temporary file, and a
        browser is asked to show it. Where `paths` is False, it has no folder's name in it. The
        function is traced once more for it. Raises `PolyadValueError` for a folder that is not
        there.

        >>> import polyad, pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     page = polyad.jit(lambda x: x * x).lower(1.0).explore(f"{folder}/square.html")
        ...     page.read_text("utf-8")[:15]
        '<!doctype html>'
        """
        from ..explorer.files import explore

        return explore(self._page(paths), path)

    def _page(self, paths: bool = True) -> str:
        from .. import explorer

        with watching.watched() as watch:
            entry = self._again()
        found = entry.run.exploration()
        trail = [*watch.seen, *simplifications(entry.traced, entry.function)]
        return explorer.page(explorer.collect(entry.traced.name, found, trail, paths=paths))

    def _repr_html_(self) -> str:
        """The page in a frame, for notebooks."""
        from html import escape

        text = escape(self._page(paths=False))
        size = "width:100%;height:720px;border:1px solid #8886;border-radius:6px"
        return f'<iframe sandbox="allow-scripts" style="{size}" srcdoc="{text}"></iframe>'

    def __repr__(self) -> str:
        f = self.ir
        given = ", ".join(map(str, f.argument_types))
        results = ", ".join(map(str, f.result_types))
        return f"<{f.name}({given}) -> ({results}), lowered for {self._compiled.backend!r}>"

    def llvm_ir(self) -> str:
        """The LLVM IR, optimized."""
        return self._compiled.llvm_ir()

    def assembly(self) -> str:
        """The machine code as assembly."""
        return self._compiled.assembly()

    def compile(self) -> Callable[..., Any]:
        """The compiled function, on the leaves of the arguments in order."""
        entry, captures = self._entry, tuple(self._entry.captures)
        direct, default_backend = self._compiled.entry, execution.default_backend

        def checked(*leaves: Any) -> Any:
            return entry(leaves, execution.placement(leaves, "jit"))

        if direct is None:
            return Executable(checked)

        def compiled(*leaves: Any) -> Any:
            if default_backend() is not entry.arrays:  # the backend that results of numbers go to
                return checked(*leaves)
            answer = direct(*leaves, *captures)  # which checks the arguments itself
            if answer is NotImplemented:
                return checked(*leaves)
            return pytrees.unflatten(entry.out_tree, answer)

        return Executable(compiled)

    @functools.cached_property
    def _ahead(self) -> AheadOfTime:
        entry, f = self._entry, self.ir
        captured = in_host_memory(entry.captures, f, entry.arrays)
        return self._compiled.ahead_of_time(captured, self._arguments, result_names(entry.out_tree))


class Executable:
    """Compiled code for one combination of types; it belongs to this process."""

    __slots__ = ("call",)

    def __init__(self, call: Callable[..., Any]) -> None:
        self.call = call

    def __call__(self, *leaves: Any) -> Any:
        return self.call(*leaves)

    def __reduce__(self) -> Any:
        raise PolyadTypeError(
            "compiled code does not pickle: it belongs to this process\n  Pickle the jitted "
            "function (its code is kept on disk, see config.cache_dir), or export() a library."
        )


def simplifications(function: Function, last: Function) -> list[tuple[str, Function]]:
    """The function after each pass of the simplification, where it changes something, but for
    the `last`.
    """
    seen: list[tuple[str, Function]] = []
    run_passes(function, OPTIMIZE, lambda name, f: seen.append((f"after {name}", f)))
    before = [function, *(f for _, f in seen)]
    pairs = zip(seen, before, strict=False)
    return [(name, f) for (name, f), earlier in pairs if f != earlier and f != last]


def as_table(name: str, rows: Sequence[tuple[Function, str, int]]) -> str:
    """The versions of a jitted function as HTML: types, backend, bytes."""
    from html import escape

    head = f"<code>jit of {escape(name)}</code>"
    if not rows:
        return f"{head}: not compiled yet. Call it, or look at <code>.lower(*args)</code>."
    cells = "".join(
        "<tr>"
        f"<td><code>({escape(', '.join(map(str, f.argument_types)))})</code></td>"
        f"<td><code>({escape(', '.join(map(str, f.result_types)))})</code></td>"
        f"<td>{escape(backend)}</td><td>{nbytes / 1000:.0f} kB</td></tr>"
        for f, backend, nbytes in rows
    )
    names = "<tr><th>arguments</th><th>results</th><th>backend</th><th>code</th></tr>"
    return f"{head}, compiled for<table>{names}{cells}</table>"


def leaf_names(structure: Any, names: Sequence[str | None]) -> list[str]:
    """A name for each leaf of `(args, kwargs)`: its argument's, and the way to it."""
    found = []
    for keyword, first, *rest in structure.paths():
        name = first if keyword else names[first] or f"argument_{first}"
        found.append("_".join([name, *map(str, rest)]))
    return found


class TracedCall:
    """A jitted function traced for one combination of types: its IR, the types of its results, and
    the way on to compiled code.
    """

    def __init__(self, jitted: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._jitted, self._args, self._kwargs = jitted, args, kwargs
        self._traced = jitted.traced(args, kwargs, "jit")
        self.fun_name = callable_name(jitted.func)

    @property
    def ir(self) -> Function:
        """The function of the array dialect, as it was traced."""
        function: Function = self._traced.function
        return function

    @property
    def out_info(self) -> Any:
        """The types of the results, in their structure."""
        return pytrees.unflatten(self._traced.out_tree, self._traced.function.result_types)

    def lower(self) -> Lowered:
        """The function as it is lowered."""
        return self._jitted.lower(*self._args, **self._kwargs)
