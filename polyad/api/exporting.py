"""Lowered functions as functions of C: the methods of what `jit(f).lower(*args)` gives."""

from __future__ import annotations

import abc
import os
from collections.abc import Sequence
from typing import Any

from .. import execution
from ..execution import AheadOfTime, Backend
from ..ir import Function


class Exporting(abc.ABC):
    """A lowered function that can leave Python."""

    @property
    @abc.abstractmethod
    def _ahead(self) -> AheadOfTime:
        """The C function."""

    def export(
        self,
        name: str,
        folder: str | os.PathLike[str] = ".",
        *,
        target: str | None = None,
        cpu: str | None = None,
        linker: str | None = None,
    ) -> Any:
        """Write the C function `name` into `folder`: a header `name.h`, an object file `name.o` and
        a shared library `libname.so`; the answer has their paths (`header`, `object`, `library`).

        The function takes a pointer to the elements of each argument (leaves in order, row-major),
        then of each result, and returns 0, or a code that the header explains. It needs no Python;
        arrays that the Python function closes over become constants of the code. `target` is the
        triple of another machine ("aarch64-linux-gnu", "wasm32"), for which there is a library only
        with a `linker`, a command that takes the arguments of cc; `cpu` a CPU of the target
        ("native": this one), without which the code runs on every one. Raises
        `BackendCapabilityError` for what only Python can do, `PolyadValueError` for a name that C
        does not take or a target that LLVM does not know, `PolyadError` if linking fails; warns if
        there is no linker.

        >>> import polyad, pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     files = polyad.jit(lambda x: x * x).lower(1.0).export("square", folder)
        ...     [line for line in files.header.read_text().splitlines() if line[:4] == "int "]
        ['int square(const double *x, double *result);']
        """
        return self._ahead.export(name, folder, target, cpu, linker)

    def address(self) -> int:
        """The address of the function that `export` describes, in this process, for C code that is
        given a function pointer. It is good as long as this object lives. Raises as `export` does.
        """
        return int(self._ahead.pointer.address)

    def low_level_callable(self) -> Any:
        """The function for SciPy's integrators, which call it without Python: a
        `scipy.LowLevelCallable` of signature `double (int n, double *x)`. Its n numbers are the
        elements of the arguments, one after another; the answer is NaN if n is another number.

        Raises `PolyadTypeError` unless all arguments are float64 and the result is one number.

        >>> import polyad, polyad.numpy as pnp
        >>> from scipy.integrate import quad
        >>> f = polyad.jit(lambda x, a: pnp.exp(-a * x * x)).lower(1.0, 1.0)
        >>> round(quad(f.low_level_callable(), 0, 3, args=(2.0,))[0], 9)
        0.626657067
        """
        return self._ahead.low_level_callable()


def in_host_memory(captures: Sequence[Any], function: Function, arrays: Backend) -> list[Any]:
    """The captured arrays and scalars, the last arguments of the function, as arrays of the backend
    that its code takes.
    """
    types = function.argument_types[len(function.argument_types) - len(captures) :]
    return [_array(x, t, arrays) for x, t in zip(captures, types, strict=True)]


def _array(x: Any, type: Any, arrays: Backend) -> Any:
    owner = execution.backend_of(x)
    if owner is not None and not execution.is_scalar(x):
        x = owner.to_host(x)
    return arrays.asarray(x, type.dtype)


def result_names(out_tree: Any) -> list[str]:
    """A name for each leaf of the results."""
    return ["_".join(["result", *map(str, path)]) for path in out_tree.paths()]
