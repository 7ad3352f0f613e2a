"""Machines to compile for: this one or another, by LLVM's triple."""

from __future__ import annotations

import difflib
import functools
import re
import subprocess
import sys
from typing import Any

import llvmlite.binding as llvm

from polyad.errors import PolyadValueError
from polyad.ir import user_location, where

from .engine import optimised

# Triples to try for an error message that lists the known targets; LLVM does not list them.
USUAL = (
    "x86_64-linux-gnu",
    "x86_64-apple-darwin",
    "x86_64-w64-windows-gnu",
    "i686-linux-gnu",
    "aarch64-linux-gnu",
    "arm64-apple-darwin",
    "arm-linux-gnueabihf",
    "riscv64-linux-gnu",
    "powerpc64le-linux-gnu",
    "s390x-linux-gnu",
    "wasm32",
    "wasm64",
)

# Features of all machines that run Linux, and their ABI, where LLVM assumes less.
BASELINE = {"riscv64": ("+m,+a,+f,+d,+c", "lp64d")}

# Prints the CPUs of a target, or tries one. It runs in a process of its own, since LLVM may end it.
TRY_CPU = """
import sys
import llvmlite.binding as llvm

triple, cpu = sys.argv[1:]
llvm.initialize_all_targets()
llvm.initialize_all_asmprinters()
machine = llvm.Target.from_triple(triple).create_target_machine(cpu=cpu)
machine.target_data
if cpu != "help":
    machine.emit_object(llvm.parse_assembly("define void @f() { ret void }"))
"""


@functools.cache
def initialize() -> None:
    """Make all targets of this LLVM known."""
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()


def host() -> str:
    """The triple of this machine."""
    return str(llvm.get_process_triple())


def lookup(triple: str) -> Any:
    """LLVM's target of a triple, or None."""
    initialize()
    try:
        return llvm.Target.from_triple(triple)
    except RuntimeError:
        return None


def usual() -> str:
    """The usual targets that this LLVM has, for messages."""
    return ", ".join(t for t in USUAL if lookup(t) is not None)


def try_cpu(triple: str, cpu: str) -> tuple[bool, str]:
    """Whether LLVM knows `cpu`, and its message."""
    call = [sys.executable, "-c", TRY_CPU, triple, cpu]
    done = subprocess.run(call, capture_output=True, text=True)
    return done.returncode == 0 and "not a recognized" not in done.stderr, done.stderr


@functools.cache
def why_no_objects(triple: str) -> str:
    """LLVM's words if it writes no object files for a target, or "". Of one that is not among the
    usual ones a process of its own tells: LLVM 20 ends the process that asks.
    """
    if triple == host() or triple.partition("-")[0] in {t.partition("-")[0] for t in USUAL}:
        return ""
    works, said = try_cpu(triple, "")
    return "" if works else next(filter(None, reversed(said.splitlines())), "it ended")


@functools.cache
def check_cpu(triple: str, cpu: str) -> None:
    """Raise `PolyadValueError` for a CPU that the target does not have."""
    if cpu != "help" and try_cpu(triple, cpu)[0]:
        return
    names = re.findall(r"^  (\S+) +- Select the", try_cpu(triple, "help")[1], re.MULTILINE)
    names = [name for name in names if name != cpu]
    near = ", ".join(difflib.get_close_matches(cpu, names, 5, 0.4) or names[:12])
    raise PolyadValueError(
        f"export: target {triple} has no CPU {cpu!r}{where(user_location())}\n"
        f"  LLVM knows {len(names)}, among them {near}; without cpu= the code runs on all."
    )


class Machine:
    """A machine to compile for. `cpu` None is every machine of the triple, "native" this one.
    Raises `PolyadValueError` for a target that this LLVM does not have.
    """

    def __init__(self, triple: str | None, cpu: str | None) -> None:
        self.triple = host() if triple is None else triple
        target = lookup(self.triple)
        if target is None:
            raise PolyadValueError(
                f"export: this build of LLVM has no target {self.triple!r}{where(user_location())}"
                f"\n  Of the usual ones it has {usual()}."
            )
        features = ""
        if cpu == "native":
            if triple is not None and triple != host():
                raise PolyadValueError(
                    f'export: cpu="native" is this machine, {host()}, and the target is {triple}'
                    f"{where(user_location())}\n  Name a CPU of the target, or leave it out."
                )
            cpu, features = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
        elif cpu is not None:
            check_cpu(self.triple, cpu)
        extra, abi = BASELINE.get(self.triple.partition("-")[0], ("", ""))
        self.machine = target.create_target_machine(
            cpu=cpu or "",
            features=features or extra,
            opt=3,
            reloc="pic",
            codemodel="default",
            abiname=abi,
        )
        self.layout = str(self.machine.target_data)

    @property
    def pointer_bits(self) -> int:
        """The bits of a pointer."""
        found = re.search(r"(?:^|-)p:(\d+)", self.layout)
        return int(found[1]) if found else 64

    def emit_object(self, text: str) -> bytes:
        """The object file of a module, optimised."""
        why = why_no_objects(self.triple)
        if not why:
            try:
                return bytes(self.machine.emit_object(optimised(text, self.machine, 3)))
            except RuntimeError as error:
                why = str(error)
        raise PolyadValueError(
            f"export: LLVM writes no object files for target {self.triple!r} "
            f"({why}){where(user_location())}\n  It does for {usual()}."
        )
