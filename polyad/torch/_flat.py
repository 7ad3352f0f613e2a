"""Functions of arrays that give a tuple of arrays: compiled, with derivatives of the same kind.

Derivatives with respect to complex arrays are in PyTorch's convention: its gradient ∂u/∂x + i ∂u/∂y
is the conjugate of polyad's (https://docs.pytorch.org/docs/stable/notes/autograd.html,
"Autograd for Complex Numbers"). So a cotangent is conjugated on its way in, and on its way out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import numpy as pnp
from ..api import jit, jvp, vjp, vmap

Numbers = tuple[int, ...]


class Flat:
    """A function of arrays and Python scalars that gives a tuple of arrays. `run` is compiled.

    A derivative is made once for each choice of arguments and results.
    """

    def __init__(self, fun: Callable[..., tuple[Any, ...]]) -> None:
        self.fun = fun
        self.run = jit(fun)
        self._made: dict[Any, Flat] = {}

    def _once(self, key: Any, make: Callable[[], Callable[..., tuple[Any, ...]]]) -> Flat:
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = Flat(make())
        return found

    def pullback(self, count: int, wrt: Numbers, given: Numbers) -> Flat:
        """The `count` arguments, then cotangents of the results `given`, to the cotangents of the
        arguments `wrt`. Other results have the cotangent zero.
        """

        def pulled(*values: Any) -> tuple[Any, ...]:
            arguments, cotangents = values[:count], iter(values[count:])
            results, pull = vjp(self._among(arguments, wrt), *(arguments[i] for i in wrt))
            full = [
                _conj(next(cotangents)) if i in given else _zero(y) for i, y in enumerate(results)
            ]
            return tuple([_conj(x) for x in pull(tuple(full))])

        return self._once(("pullback", count, wrt, given), lambda: pulled)

    def pushforward(self, count: int, wrt: Numbers, results: Numbers) -> Flat:
        """The `count` arguments, then tangents of the arguments `wrt`, to the tangents of
        `results`.
        """

        def pushed(*values: Any) -> tuple[Any, ...]:
            arguments, tangents = values[:count], values[count:]
            primals = tuple([arguments[i] for i in wrt])
            _, found = jvp(self._among(arguments, wrt), primals, tuple(tangents))
            return tuple([found[i] for i in results])

        return self._once(("pushforward", count, wrt, results), lambda: pushed)

    def batched(self, axes: tuple[int | None, ...], size: int) -> Flat:
        """The function over a batch; results have it along axis 0."""
        return self._once(
            ("batched", axes, size), lambda: vmap(self.fun, in_axes=axes, axis_size=size)
        )

    def _among(self, arguments: Sequence[Any], wrt: Numbers) -> Callable[..., tuple[Any, ...]]:
        """The function of the arguments `wrt`, the others held."""

        def of_those(*values: Any) -> tuple[Any, ...]:
            full = list(arguments)
            for i, value in zip(wrt, values, strict=True):
                full[i] = value
            return self.fun(*full)

        return of_those


def _conj(x: Any) -> Any:
    return pnp.conj(x) if pnp.iscomplexobj(x) else x


def _zero(y: Any) -> Any:
    return pnp.zeros(y.shape, y.type.dtype.name if y.type.dtype.is_inexact else None)
