"""From LLVM IR text to machine code in this process, optimised for this machine."""

from __future__ import annotations

import functools
import re
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import llvmlite.binding as llvm

from ..llvm.module import STRAIGHT_CODE, symbol
from ..llvm.types import SHORT_LOOPS
from ..locks import kept_over_forks
from ..waiting import Run, in_main_thread
from .symbols import define_symbols

LONG_TEXT = 30_000  # characters, of which LLVM makes code in some hundredths of a second
_LOCK = threading.RLock()
kept_over_forks(llvm.ffi.lib._lock)
kept_over_forks(_LOCK)


@functools.cache
def native_target() -> Any:
    """LLVM's description of this kind of machine."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    # Else a loop with a stride that is no constant has vectors only for a stride of one element.
    llvm.set_option("polyad", "-enable-mem-access-versioning=false")
    # Else a loop that may be skipped, in a loop, loads its constants in each iteration, for those
    # of code around it, which cannot be skipped, have the registers.
    llvm.set_option("polyad", "-avoid-speculation=false")
    define_symbols()
    return llvm.Target.from_default_triple()


@functools.cache
def processor() -> tuple[str, str]:
    """The name and the features of this CPU, as LLVM writes them."""
    return llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()


def target_machine(level: int = 3) -> Any:
    """This machine: its CPU and features, and a level of effort in code generation."""
    target, (cpu, features) = native_target(), processor()
    return target.create_target_machine(
        cpu=cpu,
        features=features,
        opt=level,
        reloc="default",
        codemodel="jitdefault",
        jit=True,
    )


STRAIGHT = 0  # a level for code without loops: a fifth of the time of O1, and code as good


def optimise(module: Any, machine: Any, level: int = 3) -> None:
    """Run LLVM's passes of a level. It vectorises loops, and from O2 on straight code, too."""
    tuning = llvm.create_pipeline_tuning_options(speed_level=level)
    tuning.loop_vectorization = tuning.loop_interleaving = tuning.loop_unrolling = True
    tuning.slp_vectorization = level > 1
    builder = llvm.create_pass_builder(machine, tuning)
    if level == STRAIGHT:
        passes = llvm.create_new_module_pass_manager()
        passes.add_always_inliner_pass()
        passes.add_sroa_pass()
        passes.add_new_gvn_pass()
        passes.add_instruction_combine_pass()
        passes.add_simplify_cfg_pass()
        passes.add_reassociate_pass()
        passes.add_instruction_combine_pass()
    else:
        passes = builder.getModulePassManager()
    passes.run(module, builder)
    # An order of base classes hides this method, so that llvmlite never frees one: 55 kB for each.
    llvm.newpassmanagers.NewPassManager._dispose(passes)
    passes.detach()


def parsed(text: str, machine: Any) -> Any:
    """The module of this text. Raises `RuntimeError` for invalid LLVM IR."""
    module = llvm.parse_assembly(text)
    module.triple = machine.triple
    module.data_layout = str(machine.target_data)
    module.verify()
    return module


UNIT = re.compile(r'^define i32 @"[0-9a-f]{64}"', re.MULTILINE)  # the function of a unit


class InvalidModule(RuntimeError):
    """LLVM made invalid IR of a valid module."""


def optimised(text: str, machine: Any, level: int | None = None, alone: bool = True) -> Any:
    """The module of this text, optimised at a level. Raises `RuntimeError` for invalid LLVM IR. If
    the optimised module is invalid it is made again at a lower level; or if it is not `alone`, but
    of parts that can be made one by one, `InvalidModule` is raised.

    If no level is given, it is O3 where short loops are to be written out; elsewhere O1 gives as
    fast loops, in three quarters of the time; code without loops takes less.
    """
    if level is None:
        level = 3 if SHORT_LOOPS in text else STRAIGHT if is_named(text, STRAIGHT_CODE) else 1
    module = parsed(text, machine)
    optimise(module, machine, level)
    if is_valid(module):
        return module
    if not alone:
        raise InvalidModule("LLVM made invalid IR of a module of several parts")
    # Seen with LLVM 22.1: its vectoriser of straight code, which O1 has not, put a use before the
    # definition. Machine code made of such a module ends the process, or is wrong.
    module = parsed(text, machine)
    optimise(module, machine, 1)
    module.verify()
    return module


def is_valid(module: Any) -> bool:
    """Whether the module is valid LLVM IR."""
    try:
        module.verify()
    except RuntimeError:
        return False
    return True


def prepared(text: str, alone: bool = True) -> tuple[Any, Any]:
    """The module of which the code is made, and the machine that makes it: optimised, or as written
    where there is little to do.
    """
    if has_much_to_do(text):
        machine = target_machine()
        return optimised(text, machine, alone=alone), machine
    machine = target_machine(0)
    return parsed(text, machine), machine


def has_much_to_do(text: str) -> bool:
    """Whether LLVM is to optimise a function of the module."""
    lines = (line for line in text.splitlines() if line.startswith("define"))
    return any("optnone" not in line and "alwaysinline" not in line for line in lines)


def is_named(text: str, name: str) -> bool:
    """Whether this is the text of a module of that name."""
    return text.startswith(f'; ModuleID = "{name}"')


def object_code(text: str) -> bytes:
    """The machine code of a module, as an object file. Raises `InvalidModule` for a module of
    several units (see `programs.units`), if LLVM fails on it: the units can be made one by one.

    The main thread waits for that of a long text, so that Ctrl-C is heard meanwhile. LLVM cannot be
    stopped: the next module is made when it has ended, and a process ends after it.
    """
    if len(text) < LONG_TEXT or not in_main_thread():
        return _object_code(text)
    made: bytes = Run(_object_code, (text,), {}, daemon=False).result()
    return made


def _object_code(text: str) -> bytes:
    with _LOCK:
        module, machine = prepared(text, alone=len(UNIT.findall(text)) < 2)
        return bytes(machine.emit_object(module))


def object_code_as_written(text: str, level: int = 3) -> bytes:
    """Object code without LLVM's optimiser, for hand-scheduled IR."""
    with _LOCK:
        machine = target_machine(level)
        return bytes(machine.emit_object(parsed(text, machine)))


def object_code_in_haste(text: str) -> bytes:
    """Object code as fast as LLVM makes it, for code that seldom runs."""
    return object_code_as_written(text, 0)


def llvm_ir(text: str) -> str:
    """The text of the module of which the code is made."""
    with _LOCK:
        return str(prepared(text)[0])


def assembly(text: str) -> str:
    """The machine code of a module, as assembly text."""
    with _LOCK:
        module, machine = prepared(text)
        return str(machine.emit_assembly(module))


def vectors(optimised: str) -> dict[str, str]:
    """The vectors that each function of an optimised module computes with, in the functions that it
    mentions as well.
    """
    bodies = {
        found[1]: found[0]
        for found in re.finditer(
            r"^define .*?@(\w[\w.]*)\(.*?^}", optimised, re.DOTALL | re.MULTILINE
        )
    }
    calls = {name: set(re.findall(r"@(\w[\w.]*)", text)) for name, text in bodies.items()}
    return {name: usual([bodies[f] for f in reached(name, calls)]) for name in bodies}


def reached(start: str, calls: dict[str, set[str]]) -> set[str]:
    """The functions that `start` mentions, directly or not, and `start`."""
    found, new = set(), {start}
    while new:
        found |= new
        new = set().union(*(calls[name] for name in new)).intersection(calls) - found
    return found


def usual(texts: Iterable[str]) -> str:
    """The vectors that LLVM IR computes with most often: `8 of f32 (256 bits)`, or `none`."""
    vector = r"= (?:f\w+|\w* ?call) .*?<(\d+) x (float|double)>"
    found = Counter(v for text in texts for v in re.findall(vector, text))
    found = found or Counter(
        v for text in texts for v in re.findall(r"= \w+ <(\d+) x (i8|i16|i32|i64)>", text)
    )
    if not found:
        return "none"
    ((count, of), _), *_ = found.most_common(1)
    return f"{count} of {DTYPES.get(of, of)} ({int(count) * BITS[of]} bits)"


DTYPES = {"float": "f32", "double": "f64"}
BITS = {"float": 32, "double": 64, "i8": 8, "i16": 16, "i32": 32, "i64": 64}


class Engine:
    """One object file, loaded. It calls outside functions by the names of `addresses`. `size` is
    the memory it takes, by estimate: LLVM's own of each engine, and the code.
    """

    OWN = 48 << 10

    def __init__(self, code: bytes, addresses: Mapping[str, int] | None = None) -> None:
        self.size = Engine.OWN + 2 * len(code)
        self.users = 0
        with _LOCK:
            machine = native_target().create_target_machine(codemodel="jitdefault", jit=True)
            for name, address in (addresses or {}).items():
                llvm.add_symbol(symbol(name), address)
            empty = llvm.parse_assembly("")
            self._engine = llvm.create_mcjit_compiler(empty, machine)
            self._engine.remove_module(empty)  # which would be compiled, too
            self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
            self._engine.finalize_object()

    def part(self) -> int:
        """The bytes that one more program with this code counts for: the size over the number of
        such programs, itself included.
        """
        self.users += 1
        return self.size // self.users

    def address(self, name: str) -> int:
        """The address of the function `name`."""
        return int(self._engine.get_function_address(name))

    def global_address(self, name: str) -> int:
        """The address of the variable `name`, or 0 if the module has none."""
        return int(self._engine.get_global_value_address(name))
