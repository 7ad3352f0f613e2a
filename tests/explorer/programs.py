"""The README's functions, and programs that the page has to stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import polyad
import polyad.numpy as pnp
from polyad import lax


def wave(x: Any) -> Any:
    return pnp.exp(-x * x) * pnp.sin(3 * x)


def curvature(x: Any) -> Any:
    return polyad.vmap(polyad.grad(polyad.grad(wave)))(x)


def loss(params: Any, inputs: Any, targets: Any) -> Any:
    hidden = pnp.tanh(inputs @ params["w"])
    return pnp.mean((hidden @ params["v"] + params["b"] - targets) ** 2)


def newton_sqrt(a: Any) -> Any:
    step = lambda x: 0.5 * (x + a / x)
    return lax.while_loop(lambda x: abs(x * x - a) > 1e-12, step, a)


def hostile(x: Any) -> Any:
    named = {"</script><img src=x onerror=document.title='owned'>": x}
    y = pnp.sin(named["</script><img src=x onerror=document.title='owned'>"])
    return pnp.sum(y)


hostile.__name__ = "<img src=x onerror=document.title='owned'>"

PARAMETERS = {"w": np.ones((8, 6)), "v": np.ones(6), "b": 0.5}
EXAMPLES: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "curvature": (curvature, (np.linspace(0.1, 1, 300),)),
    "loss": (polyad.value_and_grad(loss), (PARAMETERS, np.ones((500, 8)), np.ones(500))),
    "newton": (polyad.grad(newton_sqrt), (4.0,)),
}


def page_of(name: str) -> str:
    f, args = EXAMPLES[name]
    return polyad.jit(f).lower(*args)._page()
