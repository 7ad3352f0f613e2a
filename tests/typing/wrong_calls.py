"""Calls that a type checker is to refuse. Each is marked as an error that mypy is to ignore, under
`make lint`: where it finds none, or one of another kind, it complains of the mark.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import polyad

Array = NDArray[np.float64]
X: Array = np.ones(3)


def scaled(x: Array, factor: float = 2.0) -> Array:
    return x * factor


def loss(w: Array, x: Array, *, power: int = 2) -> np.float64:
    return ((w * x) ** power).sum()


class Model:
    @polyad.jit
    def double(self, x: Array) -> Array:
        return x * 2


jitted = polyad.jit(scaled)
jitted()  # type: ignore[call-arg]
jitted("x")  # type: ignore[arg-type]
jitted(X, factr=2.0)  # type: ignore[call-arg]
jitted(X, 2.0, 3.0)  # type: ignore[call-arg]
jitted(X).upper()  # type: ignore[attr-defined]
jitted.lowr(X)  # type: ignore[attr-defined]
polyad.jit(scaled, static_argname="factor")  # type: ignore[call-overload]
polyad.jit(3)  # type: ignore[call-overload]
polyad.grad(loss)(X)  # type: ignore[call-arg]
polyad.grad(loss)(X, X, power="two")  # type: ignore[arg-type]
polyad.grad(loss)(X, X).upper()  # type: ignore[attr-defined]
polyad.grad(loss)(w=X, x=X)  # type: ignore[call-arg]
polyad.grad(loss, argnums=1)(X)  # type: ignore[call-arg]
polyad.grad(loss, (0, 1))(X, X).sum()  # type: ignore[attr-defined]
polyad.grad(loss, argnums="w")  # type: ignore[arg-type]
polyad.gradd(loss)  # type: ignore[attr-defined]
polyad.numpy.sinn(X)  # type: ignore[attr-defined]
polyad.value_and_grad(loss)(X, X)[0].upper()  # type: ignore[attr-defined]
polyad.value_and_grad(loss)(X, X)[1].upper()  # type: ignore[attr-defined]
polyad.vmap(scaled)(X, None)  # type: ignore[arg-type]
polyad.checkpoint(scaled)(X).upper()  # type: ignore[attr-defined]
polyad.hessian(loss)(X)  # type: ignore[call-arg]
polyad.hessian(loss)(X, X).upper()  # type: ignore[attr-defined]
polyad.jacrev(scaled)("x")  # type: ignore[arg-type]
polyad.jacrev(scaled)(X).upper()  # type: ignore[attr-defined]
polyad.jacfwd(scaled, argnums="x")  # type: ignore[arg-type]
polyad.jacfwd(loss, argnums=1)(X)  # type: ignore[call-arg]
polyad.jit(polyad.grad(loss))(X)  # type: ignore[call-arg]
polyad.vjp(scaled, X)[0].upper()  # type: ignore[attr-defined]
polyad.vjp(scaled, X)[1](X)[0].upper()  # type: ignore[attr-defined]
polyad.vjp(scaled, X)[1](X, X)  # type: ignore[call-arg]
polyad.hvp(loss, (X, X), (X, X)).sum()  # type: ignore[attr-defined]
polyad.profile(loss)(X)  # type: ignore[call-arg]
Model().double()  # type: ignore[call-arg]
Model().double(X).upper()  # type: ignore[attr-defined]
polyad.custom_jvp(scaled)()  # type: ignore[call-arg]
polyad.custom_vjp(scaled)(X, factr=2.0)  # type: ignore[call-arg]
polyad.custom_jvp(scaled)(X).upper()  # type: ignore[attr-defined]
