"""The native backend: compiles a function of the array dialect and calls the machine code on NumPy
arrays.
"""

from __future__ import annotations

import importlib
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from polyad.config import config
from polyad.execution import Backend, SymbolicCode
from polyad.ir import ArrayType, DType, Function, as_dtype
from polyad.ir.symbolic import Scope

from .availability import llvm_and_processor, missing
from .linking import keys
from .linking.object_cache import ObjectCache
from .native_code import NativeCode, OfSizes

if TYPE_CHECKING:
    from .export_sizes import AheadOfSizes


def native() -> NativeBackend:
    """The backend, for the entry-point group `polyad.backends`."""
    return NativeBackend()


class NativeBackend(Backend):
    """Runs functions as machine code. Its arrays are NumPy's, which the NumPy backend owns."""

    name = "native"
    owns_arrays = False
    takes_arrays_of = "numpy"
    callers_take = frozenset({"torch"})

    def is_available(self) -> bool:
        return not missing()

    def lacks(self) -> str:
        return missing()

    def facts(self) -> str:
        return llvm_and_processor()

    def owns(self, array: Any) -> bool:
        return False

    def type_of(self, array: Any) -> ArrayType:
        array = np.asarray(array)
        return ArrayType(as_dtype(array.dtype), array.shape)

    def asarray(self, value: Any, dtype: DType | None = None, like: Any = None) -> Any:
        return np.asarray(value, None if dtype is None else dtype.name)

    def passes(self) -> Mapping[str, Callable[[Function], Function]]:
        from .pipeline import PASSES, STANDALONE

        return {step.__name__: step for _, step in (*STANDALONE, *PASSES)}

    def load_dialects(self) -> None:
        importlib.import_module(".dialects", __package__)

    def evaluate(self, function: Function, arrays: Sequence[Any]) -> Sequence[Any]:
        code = self.compile(function)
        function.memo[NativeCode] = code  # else nobody holds it between calls
        return code(*arrays)

    def cache(self) -> ObjectCache | None:
        return keys.cache()

    def compile(self, function: Function, donated: Sequence[int] = ()) -> NativeCode:
        """The compiled function; made once per function and `config.of_code()`, while somebody
        holds it. Raises `BackendNotFoundError` without llvmlite.
        """
        key = (NativeCode, tuple(donated), *config.of_code().values())
        made = function.memo.get(key)
        found = None if made is None else made()
        if found is None:
            found = NativeCode(function, donated=tuple(donated))
            function.memo[key] = weakref.ref(found)
        assert isinstance(found, NativeCode)
        return found

    def compile_symbolic(
        self, function: Function, scope: Scope, donated: Sequence[int] = ()
    ) -> SymbolicCode | str:
        from .symbolic import compiled

        return compiled(NativeCode(function, donated=tuple(donated)), scope, OfSizes)

    def ahead_of_sizes(
        self,
        trace: Callable[[Mapping[str, Any]], tuple[Function, Sequence[Any]]],
        names: Sequence[str],
        arguments: Sequence[tuple[str, ArrayType]],
        results: Callable[[], Sequence[str]],
    ) -> AheadOfSizes:
        from .export_sizes import AheadOfSizes

        return AheadOfSizes(trace, names, arguments, results, config.of_code())

    def first_of(
        self,
        always: Sequence[Callable[..., Any]],
        quiet: Sequence[Callable[..., Any]],
        otherwise: Callable[..., Any],
    ) -> Callable[..., Any]:
        """The callable of `Backend.first_of`, in machine code."""
        from .calling.calls import first_of

        return first_of(always, quiet, otherwise)
