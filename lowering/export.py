"""Ahead of time: a lowered function as a C function, in this process or in a library with a header.

The C function takes a pointer for each argument and each result, and returns a status code. It
needs the C library and libm. Products become loops; a function with other needs is refused.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from polyad.config import config
from polyad.errors import BackendCapabilityError, PolyadError, PolyadTypeError, PolyadValueError
from polyad.ir import ArrayType, Function, user_location, where
from polyad.system import SYSTEM, system_of
from polyad.texts import shown

from .dialects import kernel
from .header import Signature, declaration, header, is_identifier, signature
from .locks import once
from .pipeline import PASSES, STANDALONE, lower

if TYPE_CHECKING:
    from .emission.standalone import Standalone


@dataclass(frozen=True)
class Pointer:
    """The addresses of a C function in this process, and of its form for SciPy (0: there is none).
    `engine` keeps the code alive.
    """

    engine: Any
    address: int
    vector: int


@dataclass(frozen=True)
class Exported:
    """The files that were written; `library` is None if there was no linker."""

    header: Path
    object: Path
    library: Path | None


class AheadOfTime:
    """A function in the form of a C function. Its last arguments are the `captured` arrays,
    constants of the code; `arguments` and `results` are the names of the others.
    """

    def __init__(
        self,
        function: Function,
        captured: Sequence[Any],
        arguments: Sequence[str],
        results: Sequence[str],
        settings: dict[str, Any],
    ) -> None:
        self.function = function
        self.captured = captured
        self.settings = settings
        types = function.argument_types[: len(arguments)]
        self.arguments = list(zip(arguments, types, strict=True))
        self.result_names = results

    @property
    def results(self) -> list[tuple[str, ArrayType]]:
        """The names and types of the results."""
        return list(zip(self.result_names, self.function.result_types, strict=True))

    def export(
        self,
        name: str,
        folder: str | os.PathLike[str],
        target: str | None,
        cpu: str | None,
        linker: str | None,
    ) -> Exported:
        """Write the header, the object file and, with a linker, the shared library."""
        from .linking.target import Machine

        check_names(name, target, cpu, linker)
        signed, machine = self.signed(name), Machine(target, cpu)
        module = self.module(signed, machine.pointer_bits)
        text = module.named(signed.name, system_of(machine.triple).exported)
        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        made, described = place / f"{name}.o", place / f"{name}.h"
        replace(made, machine.emit_object(text))
        replace(described, header(signed, machine.triple, cpu).encode())
        command = linker or (found_linker(made) if target is None else None)
        return Exported(described, made, link(command, made) if command else None)

    @once
    def pointer(self) -> Pointer:
        """The C function in this process; also as `double f(int, double *)` if all its values are
        doubles.
        """
        from .emission.standalone import VECTOR
        from .linking.engine import Engine, object_code
        from .runtime.modules import addresses

        signed = self.signed("function")
        vector = not self.no_doubles()
        bits = ctypes.sizeof(ctypes.c_void_p) * 8
        module = self.module(signed, bits, in_process=True, vector=vector)
        code = object_code(module.named(signed.name))
        engine = Engine(code, addresses(module.outside))
        address = engine.address(signed.name)
        return Pointer(engine, address, engine.address(VECTOR) if vector else 0)

    def signed(self, name: str) -> Signature:
        """The signature of the C function."""
        return signature(name, self.arguments, self.results)

    def explain(self) -> str:
        """The declaration of the C function, with a comment on its parameters."""
        return "\n".join(declaration(self.signed("function")))

    def low_level_callable(self) -> Any:
        """SciPy's `LowLevelCallable` of signature `double (int, double *)`."""
        found = self.no_doubles()
        if found:
            raise PolyadTypeError(
                "low_level_callable: SciPy calls functions of float64 that give one f64[]; "
                f"{'; '.join(found)}{where(user_location())}\n"
                "  For other signatures take .address(), or .compile() for a Python function."
            )
        kind = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_int, ctypes.POINTER(ctypes.c_double))
        function: Any = kind(self.pointer.vector)
        function.alive = self.pointer
        return importlib.import_module("scipy").LowLevelCallable(function)

    def no_doubles(self) -> list[str]:
        """The reasons why the function has no form `double f(int, double *)`; empty if it has."""
        sides = (("argument", self.arguments), ("result", self.results))
        found = [
            f"{side} {name} is {type}"
            for side, values in sides
            for name, type in values
            if type.dtype.name != "float64" or (side == "result" and type.shape)
        ]
        count = len(self.results)
        return [f"it gives {count} results", *found] if count != 1 else found

    def module(
        self,
        signed: Signature,
        pointer_bits: int,
        in_process: bool = False,
        vector: bool = False,
    ) -> Standalone:
        """The text of the LLVM module. In this process it uses polyad's routines for products."""
        from .emission.run import emit_run
        from .emission.standalone import Standalone, emit_function, emit_vector

        with config(**self.settings):
            loops = lower(self.function, PASSES if in_process else STANDALONE)["loop"]
        refuse_host_calls(loops, self.function.name)
        module = Standalone(signed.name, pointer_bits, in_process, self.settings)
        run = emit_run(module, loops, len(self.function.arguments))
        constants = [np.ascontiguousarray(x).tobytes() for x in self.captured]
        types = [t for _, t in self.arguments]
        made = emit_function(module, run, types, [t for _, t in self.results], constants)
        if vector:
            emit_vector(module, made, types)
        called = [function.name for function in module.functions if function.is_declaration]
        check_calls(module.missing, called, signed.name, self.function.name)
        return module


def check_names(name: Any, target: Any, cpu: Any, linker: Any) -> None:
    """Raise for a name that C does not take, and for options that are no strings."""
    for what, given in (("name", name), ("target", target), ("cpu", cpu), ("linker", linker)):
        if not isinstance(given, str) and (given is not None or what == "name"):
            raise PolyadTypeError(
                f"export: {what} is a string, not {shown(given)}{where(user_location())}"
            )
    if not is_identifier(name):
        raise PolyadValueError(
            f"export: {name!r} cannot be the name of a C function{where(user_location())}\n"
            "  Take letters, digits and _, and no word of C's."
        )


def refuse_host_calls(function: Function, name: str) -> None:
    """Raise `BackendCapabilityError` for ops that only Python can run."""
    found = {
        f"{op.regions[0].name}: {op.attrs['reason']}{where(op.location)}": None
        for op in function.walk()
        if op.definition is kernel.host
    }
    if found:
        listed = "".join(f"\n  {text}" for text in found)
        raise BackendCapabilityError(
            f"export: @{name} asks Python for what has no native form:{listed}\n"
            "  An exported function runs without Python: take these out of it, or write them in "
            "terms of other ops."
        )


def check_calls(missing: Collection[str], called: Collection[str], name: str, source: str) -> None:
    """Raise for calls of functions that no C library has, or of one that has the exported name."""
    if missing:
        names = ", ".join(map(described, missing))
        raise BackendCapabilityError(
            f"export: @{source} calls {names}, which no C library has"
            f"{where(user_location())}\n"
            "  Compute that outside of the exported function, or write it in terms of other ops."
        )
    if name in called:
        raise PolyadValueError(
            f"export: {name!r} is a function of C's library that @{source} calls"
            f"{where(user_location())}\n  Choose another name."
        )


def described(symbol: str) -> str:
    """The function of a symbol, in words."""
    home, _, name = symbol.removeprefix("polyad.").partition(".")
    if home == "external":
        return f"the C function of op {name}"
    return f"SciPy's {name}" if name else home


# -- Files


def replace(path: Path, content: bytes) -> None:
    """Write a file in one step: a process that has the old file open keeps its contents."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    os.chmod(name, 0o644)
    os.replace(name, path)


def found_linker(made: Path) -> str | None:
    """The system's C compiler; without one, a warning."""
    for name in (os.environ.get("CC", ""), *SYSTEM.compilers):
        if name and shutil.which(name):
            return name
    warnings.warn(
        f"export: no C compiler ({', '.join(SYSTEM.compilers)} or $CC) was found: {made} is "
        'written, and no shared library; link it yourself, or give linker="..."',
        RuntimeWarning,
        stacklevel=4,
    )
    return None


def link(command: str, made: Path) -> Path:
    """The shared library of an object file."""
    path = made.with_name(f"lib{made.stem}{SYSTEM.suffix}")
    fresh = path.with_name(f".{path.name}.new")
    call = [command, "-shared", "-o", str(fresh), str(made), *SYSTEM.libraries]
    try:
        subprocess.run(call, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", "") or str(error)
        raise PolyadError(
            f"export: linking failed; the object file is {made}\n  {' '.join(call)}\n  "
            + said.strip().replace("\n", "\n  ")
        ) from None
    os.replace(fresh, path)
    return path
