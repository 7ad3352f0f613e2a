"""The machine code of one function, as a compiled function."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from polyad.config import config
from polyad.errors import BackendNotFoundError, PolyadTypeError, ShapeError
from polyad.execution import (
    SCALARS,
    Compiled,
    Example,
    Exploration,
    TimedCall,
    get_backend,
    recording,
)
from polyad.garbage import without_collections
from polyad.ir import Function
from polyad.ops.control import StackType

from .availability import llvm_and_processor, missing
from .calling.host import HostStep, Later
from .calling.interruptible import Patience
from .calling.layouts import Layouts, all_layouts, with_layouts
from .linking import keys
from .linking.object_cache import ObjectCache
from .locks import once

# The passes, the reports and LLVM are imported where they are called: a function whose code is on
# disk needs none of them.
if TYPE_CHECKING:
    from .calling.signature import Signature
    from .export import AheadOfTime
    from .programs.linked import Facts, Linked
    from .programs.rows import Plan
    from .programs.template import Instance
    from .programs.timed import TimedProgram
    from .programs.units import Unit
    from .symbolic import NativeTemplate

VARIANTS = 4  # layouts of arguments that one function is compiled for, at most


class NativeCode(Compiled):
    """Machine code for one function. `compiled(*arrays)` gives a tuple of fresh arrays (0-d: NumPy
    scalars).

    Arguments may overlap each other; a result that is an argument comes back as a copy. The code is
    made when it is first asked for. Large arguments that are not contiguous are read where they
    are, by code of their own (`variants`) for their `layouts`. `donated` arguments may be written
    over: results take their places, where they can.
    """

    def __init__(
        self, function: Function, layouts: Layouts = (), donated: tuple[int, ...] = ()
    ) -> None:
        if why := missing():
            raise BackendNotFoundError(
                f"backend 'native' cannot be used: {why}, or choose another backend, e.g. "
                "jit(f, backend='numpy')"
            )
        super().__init__("native", with_layouts(function, layouts) if layouts else function)
        self.types = function.argument_types
        self.layouts, self.donated = layouts, donated
        self.variants: dict[Layouts, NativeCode] = {}
        self.settings = config.of_code()
        self.size = 0
        self.was_called = False
        self.patience = Patience()
        self.interpreted = any(
            isinstance(t, StackType) for t in (*function.argument_types, *function.result_types)
        )

    @once
    def functions(self) -> dict[str, Function]:
        """The function in all stages of the lowering."""
        if self.interpreted:
            return {"array": self.function}
        from .pipeline import lower, with_donated

        with config(**self.settings), recording.phase("lower"):
            return lower(self.function, with_donated(self.donated))

    @once
    @without_collections
    def code(self) -> tuple[Signature, tuple[Any, ...], bool]:
        """The program in memory, from the cache or made; what it needs alive; and whether it is
        long, see `Facts`.
        """
        with recording.phase("compile"):
            return self._coded()

    def _coded(self) -> tuple[Signature, tuple[Any, ...], bool]:
        from .calling.signature import Signature
        from .programs.linked import Linked, unpacked

        disk, key = keys.cache() if keys.may_keep(self.function) else None, ""
        stored = None
        if disk is not None:
            key = keys.key_of(self.function, self.layouts, self.donated)
            entry = disk.get(key)
            with recording.phase("code from disk"):
                stored = None if entry is None else unpacked(entry, disk)
        if stored is None:
            facts, linked = self._build(disk, key)
        else:
            later = [Later(self._objects_again, i) for i in range(stored.objects)]
            facts, linked = stored.facts, Linked(stored.plan, stored.codes, later)
        self.size = linked.size
        for name in ("functions", "plan", "objects"):  # made again, should somebody ask
            self.__dict__.pop(name, None)
        types = self.types, self.function.result_types
        made = Signature(linked.address, *types, self.layouts, facts.donated, facts.release)
        return made, (linked,), facts.long

    @once
    def entry(self) -> Callable[..., Any] | None:
        """The machine code as a Python function, which takes Python scalars like NumPy's; None for
        a function that the NumPy backend runs.
        """
        return None if self.interpreted else self.entry_for(once=False)

    @once
    def first_entry(self) -> Callable[..., Any]:
        """The entry for the first call, which may be the only one: with `once`, large results come
        from NumPy's allocator, and ours need not be compiled yet.
        """
        return self.entry_for(once=True)

    @property
    def obstacle(self) -> str:
        if not self.interpreted and self.is_long:
            return "it may compute for long, then in a thread of its own, so that Ctrl-C is heard"
        return ""

    @property
    def nbytes(self) -> int:
        return self.size + sum(code.nbytes for code in self.variants.values())

    @once
    def plan(self) -> tuple[Plan, dict[str, Unit]]:
        """The calls that make a run, and the units that they call, by digest."""
        from .programs.plan import plan

        functions = self.functions
        with recording.phase("plan"):
            return plan(functions["parallel"], self.settings)

    @once
    def objects(self) -> Sequence[Any]:
        """The Python objects that the program asks for."""
        from .programs.objects import object_of

        return [object_of(op) for op in self.plan[0].asking]

    def _objects_again(self) -> Sequence[Any]:
        """The objects that a program from disk knows by number, made as by compiling it here."""
        return self.objects

    def _build(self, disk: ObjectCache | None, key: str) -> tuple[Facts, Linked]:
        """Make the program, and keep it, if it has no array in it."""
        from .programs.build import codes_of
        from .programs.linked import Linked, packed

        (made, units), facts = self.plan, self.facts()
        with recording.phase(f"machine code of {len(units)} units"):
            codes, _ = codes_of(units, self.settings, disk)
        if disk is not None and not any(isinstance(x, np.ndarray) for x in self.objects):
            disk.put(key, packed(made, codes, facts))
        return facts, Linked(made, codes, self.objects)

    def facts(self) -> Facts:
        """The facts of the program that calls need."""
        from . import costs
        from .memory.donation import donations
        from .programs.linked import Facts

        release = costs.releases_gil(self.function) and not self.host_steps
        long = release and costs.of_piece(self.functions["parallel"]) >= costs.LONG
        pairs = donations(self.functions["moves_folded"], self.donated)
        return Facts(release, long, dict(pairs))

    @property
    def host_steps(self) -> Sequence[HostStep]:
        """The ops that every run leaves to the NumPy backend."""
        pairs = zip(self.plan[0].asking, self.objects, strict=True)
        return [thing for op, thing in pairs if op.name == "kernel.host"]

    def __call__(self, *arrays: Any) -> tuple[Any, ...]:
        """The results on `arrays`; raises `PolyadTypeError` or `ShapeError` for arrays of other
        types.
        """
        if self.interpreted:
            return tuple(get_backend("numpy").evaluate(self.function, arrays))
        code = self.code_for(arrays)
        entry = code.entry if code.was_called else code.first_entry
        code.was_called = True
        assert entry is not None
        results = entry(*arrays)
        if results is NotImplemented:
            results = entry(*code.prepared(arrays))
        assert isinstance(results, tuple)
        return results

    def code_for(self, arrays: Sequence[Any]) -> NativeCode:
        """This, or the variant for the layouts of large arguments that are not contiguous. If there
        are many of those already, arguments are copied.
        """
        layouts = all_layouts(arrays, self.types, self.donated)
        if not any(layouts):
            return self
        found = self.variants.get(layouts)
        if found is None and len(self.variants) < VARIANTS:
            found = self.variants[layouts] = NativeCode(self.function, layouts, self.donated)
        return found or self

    def entry_for(self, once: bool) -> Callable[..., Any]:
        """The machine code as a Python function that gives a tuple of fresh arrays, or
        `NotImplemented` for arguments that are not what it was compiled for.
        """
        signature, alive, long = self.code
        entry = signature.callable(alive, [None] * len(self.types), once)
        return self.patience.interruptible(entry) if long else entry

    @property
    def is_long(self) -> bool:
        """Whether a call may compute for long in one piece, as far as earlier ones have shown."""
        return self.code[2] and not self.patience.suffices

    def caller(self, example: Example) -> Callable[..., Any] | None:
        """Machine code for calls with pytrees like `example`; see `calls.caller`."""
        if self.interpreted:
            return None
        from .calling.calls import caller
        from .calling.signature import entry_address

        signature, alive, _ = self.code
        if self.is_long:
            return None
        leaves = (*example.leaves, *example.captured)
        weak = [type(x) in SCALARS for x in leaves]
        if "torch" in sys.modules:
            from .calling import tensor_library as of_tensors

            library = of_tensors.library_of(leaves)
            if library is not None:
                own = of_tensors.TensorSignature(signature, library).own(alive, weak)
                return caller((of_tensors.entry_address(), own), example)
        return caller((entry_address(), signature.own(alive, weak)), example)

    def misfit(self, arrays: Sequence[Any]) -> str:
        from .calling.layouts import misfit

        return misfit(arrays, self.types, self.layouts, self.donated, len(self.variants))

    def prepared(self, arrays: Sequence[Any]) -> list[Any]:
        """`arrays` as the machine code takes them: copied where they are strided, foreign-endian or
        a subclass.
        """
        types = self.types
        if len(arrays) != len(types):
            raise PolyadTypeError(
                f"{self.function.name} was compiled for {len(types)} arrays, not {len(arrays)}"
            )
        ready = []
        for i, (value, type) in enumerate(zip(arrays, types, strict=True)):
            array = np.asarray(value)
            if array.shape != type.shape:
                raise ShapeError(
                    f"argument {i} of {self.function.name} has shape {array.shape}; "
                    f"it was compiled for {type}"
                )
            if array.dtype.newbyteorder("=") != np.dtype(type.dtype.name):
                raise PolyadTypeError(
                    f"argument {i} of {self.function.name} has dtype {array.dtype}; "
                    f"it was compiled for {type}"
                )
            if self.layouts and self.layouts[i] is not None:
                ready.append(array)
                continue
            array = np.require(array, np.dtype(type.dtype.name), ["C", "A", "E"])
            ready.append((array.copy() if i in self.donated else array).reshape(type.shape))
        return ready

    def stages(self) -> dict[str, str]:
        """The text of every stage of the lowering, in order; all but `llvm` parse back."""
        texts = {name: str(f) for name, f in self.functions.items()}
        return texts if self.interpreted else {**texts, "llvm": "\n".join(self._llvm)}

    def llvm_ir(self) -> str:
        """LLVM IR as the code is made of it; empty for a function that the NumPy backend runs."""
        from .linking.engine import llvm_ir

        return "\n".join(map(llvm_ir, self._llvm))

    def assembly(self) -> str:
        """The machine code, as assembly text; empty for a function that the NumPy backend runs."""
        from .linking.engine import assembly

        return "\n".join(map(assembly, self._llvm))

    @once
    def _llvm(self) -> Sequence[str]:
        """The modules of LLVM IR that the code is made of, before optimisation: as when none of its
        units is known.
        """
        if self.interpreted:
            return []
        from .programs.build import grouped, module_of

        groups = grouped(self.plan[1])
        return [str(module_of(group, self.settings)) for group in groups]

    def ahead_of_time(
        self, captured: Sequence[Any], arguments: Sequence[str], results: Sequence[str]
    ) -> AheadOfTime:
        """The function as one of C, which has the names of its `arguments`, all but the `captured`
        ones at the end, and of its `results`.
        """
        from .export import AheadOfTime

        return AheadOfTime(self.function, captured, arguments, results, self.settings)

    def timed(self, *arrays: Any) -> TimedCall:
        if self.interpreted:
            return super().timed(*arrays)
        code = self.code_for(arrays)
        found = code._timed(code.prepared(arrays))
        return super().timed(*arrays) if found is None else found

    @once
    def _timed(self) -> TimedProgram:
        """The program that notes the times of its steps."""
        from .calling.signature import Signature
        from .programs.build import codes_of
        from .programs.timed import TimedProgram, titles_of

        (made, units), facts = self.plan, self.facts()
        codes, _ = codes_of(units, self.settings, keys.cache())
        found = self.exploration(code=False)
        kinds = {step.title: step.kind for step in found.steps}
        types = self.types, self.function.result_types

        def callable(address: int, alive: tuple[Any, ...]) -> Callable[..., Any]:
            own = Signature(address, *types, self.layouts, facts.donated, facts.release)
            return own.callable(alive, [None] * len(self.types), once=False)

        titles = titles_of(made.parts, found.order, kinds)
        return TimedProgram(made, codes, self.objects, titles, callable)

    def exploration(self, code: bool = True) -> Exploration:
        if self.interpreted:
            return super().exploration()
        from .explain.exploration import NO_CODE, code_of, exploration
        from .linking.engine import vectors
        from .programs.build import grouped, module_of

        made, found = NO_CODE, dict[str, str]()
        if code:
            texts = functools.partial(module_of, settings=self.settings)
            made = code_of(grouped(self.plan[1]), texts)
            found = vectors(made.texts["llvm optimised"])
        return exploration(self.functions, found, made, self._first_kernels(), llvm_and_processor())

    def _first_kernels(self) -> dict[str, str]:
        """The name of the first kernel of each unit, by the unit's digest."""
        inside = {digest: unit.function.walk() for digest, unit in self.plan[1].items()}
        named = {
            d: (op.attrs["name"] for op in ops if op.name == "loop.kernel")
            for d, ops in inside.items()
        }
        return {digest: next(names, "") for digest, names in named.items()}

    def explain(self) -> str:
        """The account of the program: kernels, the ops and bytes of each, products, host calls."""
        if self.interpreted:
            return f"@{self.function.name}: run by the NumPy backend, for it takes or gives stacks."
        from .explain import explain
        from .linking.engine import llvm_ir, vectors

        found = (vectors(llvm_ir(text)) for text in self._llvm)
        return explain(self.functions, {k: v for each in found for k, v in each.items()})


class OfSizes(NativeCode):
    """The machine code of a template for some sizes. Its function, and what is made of that, is
    made when somebody asks.
    """

    def __init__(
        self, template: NativeTemplate, instance: Instance, sizes: tuple[int, ...]
    ) -> None:
        from .calling.signature import Signature

        self.backend, self.settings = "native", template.settings
        self.template, self.sizes = template, sizes
        self.types, self.layouts, self.donated = instance.arguments, (), template.donated
        self.variants = {}
        self.was_called = self.interpreted = False
        linked, facts = instance.linked(), template.facts
        self.size = linked.own_size
        types = self.types, instance.results
        made = Signature(linked.address, *types, (), facts.donated, facts.release)
        self.__dict__["code"] = made, (linked, template), facts.long

    @once
    def function(self) -> Function:
        """The function for the sizes."""
        with config(**self.settings):
            return self.template.function_for(self.sizes)
