"""Functions of arrays that give a tuple of arrays: compiled, with derivatives of the same kind.

Derivatives with respect to complex arrays are in PyTorch's convention: its gradient ∂u/∂x + i ∂u/∂y
is the conjugate of polyad's (https://docs.pytorch.org/docs/stable/notes/autograd.html,
"Autograd for Complex Numbers"). So a cotangent is conjugated on its way in, and on its way out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import execution
from .. import numpy as pnp
from ..api import jit, jvp, vjp, vmap
from ..api.calls import pytrees
from ..api.calls.settings import settings
from ..ir import ArrayType

Numbers = tuple[int, ...]


class Flat:
    """A function of arrays and Python scalars that gives a tuple of arrays. `run` is compiled.

    A derivative is made once for each choice of arguments and results.
    """

    def __init__(self, fun: Callable[..., tuple[Any, ...]]) -> None:
        self.fun = fun
        self.run = jit(fun)
        self._made: dict[Any, Any] = {}

    def _once(self, key: Any, make: Callable[[], Callable[..., tuple[Any, ...]]]) -> Flat:
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = Flat(make())
        assert isinstance(found, Flat)
        return found

    def recorded(self, wrt: Numbers) -> Recorded:
        """The function with the residuals of its derivative by the arguments `wrt`."""
        found = self._made.get(("recorded", wrt))
        if found is None:
            found = self._made["recorded", wrt] = Recorded(self, wrt)
        assert isinstance(found, Recorded)
        return found

    def residuals(self, arguments: Sequence[Any], results: Sequence[Any]) -> Sequence[Any]:
        """The results that are kept for the pullback."""
        return ()

    def pulled(
        self, values: Sequence[Any], count: int, wrt: Numbers, given: Numbers
    ) -> tuple[Flat, Sequence[Any]]:
        """A flat function from cotangents of the results `given` to those of the arguments `wrt`,
        and the values that it takes before them, of the `count` arguments and the residuals.
        """
        return self.pullback(count, wrt, given), values[:count]

    def pullback(self, count: int, wrt: Numbers, given: Numbers) -> Flat:
        """The `count` arguments, then cotangents of the results `given`, to the cotangents of the
        arguments `wrt`. Other results have the cotangent zero.
        """

        def pulled(*values: Any) -> tuple[Any, ...]:
            arguments, cotangents = values[:count], values[count:]
            results, pull = vjp(self.among(arguments, wrt), *(arguments[i] for i in wrt))
            return _pulled(pull, [y.type for y in results], given, cotangents)

        return self._once(("pullback", count, wrt, given), lambda: pulled)

    def pushforward(self, count: int, wrt: Numbers, results: Numbers) -> Flat:
        """The `count` arguments, then tangents of the arguments `wrt`, to the tangents of
        `results`.
        """

        def pushed(*values: Any) -> tuple[Any, ...]:
            arguments, tangents = values[:count], values[count:]
            primals = tuple([arguments[i] for i in wrt])
            _, found = jvp(self.among(arguments, wrt), primals, tuple(tangents))
            return tuple([found[i] for i in results])

        return self._once(("pushforward", count, wrt, results), lambda: pushed)

    def batched(self, axes: tuple[int | None, ...], size: int) -> Flat:
        """The function over a batch; results have it along axis 0."""
        return self._once(
            ("batched", axes, size), lambda: vmap(self.fun, in_axes=axes, axis_size=size)
        )

    def among(self, arguments: Sequence[Any], wrt: Numbers) -> Callable[..., tuple[Any, ...]]:
        """The function of the arguments `wrt`, the others held."""

        def of_those(*values: Any) -> tuple[Any, ...]:
            full = list(arguments)
            for i, value in zip(wrt, values, strict=True):
                full[i] = value
            return self.fun(*full)

        return of_those


class Recorded(Flat):
    """The results of a flat function, and after them the residuals of its derivative by the
    arguments `wrt`: the values that its pullback needs. Those that are arguments are left out.
    """

    def __init__(self, source: Flat, wrt: Numbers) -> None:
        self.source, self.wrt = source, wrt
        self._records: dict[Any, Record] = {}
        super().__init__(self._recording)

    def _recording(self, *arguments: Any) -> tuple[Any, ...]:
        primals = [arguments[i] for i in self.wrt]
        results, pull = vjp(self.source.among(arguments, self.wrt), *primals)
        residuals, structure = pytrees.flatten(pull)
        key = signature(arguments)
        record = self._records.get(key)
        if record is None:
            record = self._records[key] = Record([y.type for y in results], structure)
            record.place(arguments, residuals)
        assert structure.num_leaves == record.structure.num_leaves
        return (*results, *(residuals[i] for i in record.kept))

    def record(self, arguments: Sequence[Any]) -> Record:
        """The record of a call that has been traced."""
        return self._records[signature(arguments)]

    def residuals(self, arguments: Sequence[Any], results: Sequence[Any]) -> Sequence[Any]:
        return results[len(self.record(arguments).types) :]

    def pulled(
        self, values: Sequence[Any], count: int, wrt: Numbers, given: Numbers
    ) -> tuple[Flat, Sequence[Any]]:
        """Of the residuals; of the arguments where there is a cotangent of a residual, or none was
        recorded.
        """
        record = self.record(values[:count])
        whole = set(wrt) <= set(self.wrt) and max(given) < len(record.types)
        if record.places is None or not whole:
            return super().pulled(values, count, wrt, given)
        chosen = tuple([self.wrt.index(i) for i in wrt])
        return record.pullback(given, chosen), [values[i] for i in record.places]


class Record:
    """The derivative of a `Recorded` at arguments of some types, as a function of residuals.

    Of the residuals, those of numbers `kept` are results; `places` are those of all of them in the
    row of the arguments and the kept. They are found in the first trace and hold in all others, as
    in those of derivatives and batches, where arguments can be values of a trace outside.
    """

    def __init__(self, types: Sequence[ArrayType], structure: Any) -> None:
        self.types, self.structure = types, structure
        self.kept: list[int] = []
        self.places: list[int] | None = None
        self._pullbacks: dict[Any, Flat] = {}

    def place(self, arguments: Sequence[Any], residuals: Sequence[Any]) -> None:
        """Find the places. There are none if some residuals are no arrays, but a loop's stacks."""
        if not all(isinstance(x.type, ArrayType) for x in residuals):
            return
        numbers = {(x.builder, x.number): i for i, x in enumerate(arguments)}
        self.places = []
        for i, x in enumerate(residuals):
            key = x.builder, x.number
            if key not in numbers:
                numbers[key] = len(arguments) + len(self.kept)
                self.kept.append(i)
            self.places.append(numbers[key])

    def pullback(self, given: Numbers, chosen: Numbers) -> Flat:
        """The residuals, then cotangents of the results `given`, to the cotangents of those of the
        differentiated arguments that are `chosen`.
        """
        key = given, chosen
        if key not in self._pullbacks:

            def pulled(*values: Any) -> tuple[Any, ...]:
                count = len(values) - len(given)
                pull = pytrees.unflatten(self.structure, values[:count])
                found = _pulled(pull, self.types, given, values[count:])
                return tuple([found[i] for i in chosen])

            self._pullbacks[key] = Flat(pulled)
        return self._pullbacks[key]


def signature(arguments: Sequence[Any]) -> Any:
    """The types of arguments, and the settings that a trace depends on."""
    types = pytrees.leaf_types(arguments, "wrap", list)
    return tuple(types), settings(execution.get_backend("torch"))


def _pulled(
    pull: Callable[[Any], Any],
    types: Sequence[ArrayType],
    given: Numbers,
    cotangents: Sequence[Any],
) -> tuple[Any, ...]:
    """The cotangents of arguments, for those of the results `given`; all are PyTorch's."""
    of = dict(zip(given, cotangents, strict=True))
    full = [_conj(of[i]) if i in of else _zero(t) for i, t in enumerate(types)]
    return tuple([_conj(x) for x in pull(tuple(full))])


def _conj(x: Any) -> Any:
    return pnp.conj(x) if pnp.iscomplexobj(x) else x


def _zero(t: ArrayType) -> Any:
    return pnp.zeros(t.shape, t.dtype.name if t.dtype.is_inexact else None)
