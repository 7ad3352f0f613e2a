"""The functions that users meet first: their docstrings have every parameter, shapes, errors, an
example; and a wrong call raises an error that the docstring names.
"""

from __future__ import annotations

import doctest
import functools
import inspect
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad.errors import PolyadError

WRONG: dict[str, Callable[[], Any]] = {
    "polyad.grad": lambda: polyad.grad(lambda x: x)(pnp.ones(2)),
    "polyad.value_and_grad": lambda: polyad.value_and_grad(lambda x: x)(pnp.ones(2)),
    "polyad.jvp": lambda: polyad.jvp(lambda x: x, (1.0,), (pnp.ones(2),)),
    "polyad.vjp": lambda: polyad.vjp(lambda x: x, 1.0)[1](pnp.ones(2)),
    "polyad.linearize": lambda: polyad.linearize(lambda x: x, 1.0)[1](pnp.ones(2)),
    "polyad.jacfwd": lambda: polyad.jacfwd(lambda x: x)(1),
    "polyad.jacrev": lambda: polyad.jacrev(lambda x: x)(1),
    "polyad.hessian": lambda: polyad.hessian(lambda x: x)(1),
    "polyad.hvp": lambda: polyad.hvp(lambda x: x, (pnp.ones(2),), (pnp.ones(2),)),
    "polyad.jit": lambda: polyad.jit(lambda x: x, static_argnums=0)([]),
    "polyad.vmap": lambda: polyad.vmap(lambda x, y: x)(pnp.ones(2), pnp.ones(3)),
    "polyad.checkpoint": lambda: polyad.checkpoint(3),
    "polyad.custom_jvp": lambda: polyad.grad(polyad.custom_jvp(lambda x: x))(1.0),
    "polyad.custom_vjp": lambda: polyad.grad(polyad.custom_vjp(lambda x: x))(1.0),
    "polyad.pure_callback": lambda: polyad.grad(lambda x: polyad.pure_callback(np.cos, x, x))(1.0),
    "polyad.lax.scan": lambda: polyad.lax.scan(
        lambda c, x: (c, x), 0.0, (pnp.ones(2), pnp.ones(3))
    ),
    "polyad.lax.while_loop": lambda: polyad.jit(
        lambda: polyad.lax.while_loop(lambda x: x, lambda x: x, 1.0)
    )(),
    "polyad.lax.fori_loop": lambda: polyad.lax.fori_loop(0, 1.5, lambda i, x: x, 1.0),
    "polyad.lax.cond": lambda: polyad.jit(
        lambda x: polyad.lax.cond(x > 0, lambda x: x, lambda x: (x, x), x)
    )(1.0),
    "polyad.lax.switch": lambda: polyad.lax.switch(0, []),
    "polyad.numpy.array": lambda: pnp.array([[1.0], [2.0, 3.0]]),
    "polyad.numpy.asarray": lambda: pnp.asarray("a"),
    "polyad.numpy.zeros": lambda: pnp.zeros(-1),
    "polyad.numpy.ones": lambda: pnp.ones(-1),
    "polyad.numpy.full": lambda: pnp.full(-1, 0.0),
    "polyad.numpy.arange": lambda: pnp.arange(0, 1, 0),
    "polyad.numpy.linspace": lambda: pnp.linspace(0.0, 1.0, -1),
    "polyad.numpy.eye": lambda: pnp.eye(-1),
    "polyad.numpy.sum": lambda: pnp.sum(pnp.ones(2), axis=3),
    "polyad.numpy.mean": lambda: pnp.mean(pnp.ones(2), axis=3),
    "polyad.numpy.prod": lambda: pnp.prod(pnp.ones(2), axis=3),
    "polyad.numpy.max": lambda: pnp.max(pnp.ones(2), axis=3),
    "polyad.numpy.min": lambda: pnp.min(pnp.ones(2), axis=3),
    "polyad.numpy.argmax": lambda: pnp.argmax(pnp.ones(2), axis=3),
    "polyad.numpy.argmin": lambda: pnp.argmin(pnp.ones(2), axis=3),
    "polyad.numpy.std": lambda: pnp.std(pnp.ones(2), axis=3),
    "polyad.numpy.var": lambda: pnp.var(pnp.ones(2), axis=3),
    "polyad.numpy.any": lambda: pnp.any(pnp.ones(2), axis=3),
    "polyad.numpy.all": lambda: pnp.all(pnp.ones(2), axis=3),
    "polyad.numpy.cumsum": lambda: pnp.cumsum(pnp.ones(2), axis=3),
    "polyad.numpy.where": lambda: pnp.where(pnp.ones(2) > 0, pnp.ones(3), 0.0),
    "polyad.numpy.clip": lambda: pnp.clip(pnp.ones(2), pnp.zeros(3), 1.0),
    "polyad.numpy.exp": lambda: pnp.exp("a"),
    "polyad.numpy.log": lambda: pnp.log("a"),
    "polyad.numpy.sqrt": lambda: pnp.sqrt("a"),
    "polyad.numpy.cos": lambda: pnp.cos("a"),
    "polyad.numpy.tanh": lambda: pnp.tanh("a"),
    "polyad.numpy.maximum": lambda: pnp.maximum("a", "b"),
    "polyad.numpy.minimum": lambda: pnp.minimum("a", "b"),
    "polyad.numpy.abs": lambda: pnp.abs("a"),
    "polyad.numpy.sin": lambda: pnp.sin("a"),
    "polyad.numpy.dot": lambda: pnp.dot(pnp.ones(2), pnp.ones(3)),
    "polyad.numpy.matmul": lambda: pnp.matmul(pnp.ones(2), pnp.ones(3)),
    "polyad.numpy.einsum": lambda: pnp.einsum("ij->k", pnp.ones((2, 2))),
    "polyad.numpy.tensordot": lambda: pnp.tensordot(pnp.ones(2), pnp.ones(3), 1),
    "polyad.numpy.reshape": lambda: pnp.reshape(pnp.ones(3), (2, 2)),
    "polyad.numpy.transpose": lambda: pnp.transpose(pnp.ones((2, 3)), (0, 0)),
    "polyad.numpy.concatenate": lambda: pnp.concatenate([pnp.ones((2, 2)), pnp.ones((2, 3))]),
    "polyad.numpy.stack": lambda: pnp.stack([pnp.ones(2), pnp.ones(3)]),
    "polyad.numpy.expand_dims": lambda: pnp.expand_dims(pnp.ones(2), 5),
    "polyad.numpy.squeeze": lambda: pnp.squeeze(pnp.ones(2), 0),
    "polyad.numpy.broadcast_to": lambda: pnp.broadcast_to(pnp.ones(2), (3,)),
    "polyad.numpy.take": lambda: pnp.take(pnp.ones(2), 0.5),
    "polyad.numpy.sort": lambda: pnp.sort(pnp.ones(2), axis=3),
    "polyad.numpy.argsort": lambda: pnp.argsort(pnp.ones(2), axis=3),
    "polyad.numpy.linalg.solve": lambda: pnp.linalg.solve(pnp.zeros((2, 2)), pnp.ones(2)),
    "polyad.numpy.linalg.inv": lambda: pnp.linalg.inv(pnp.zeros((2, 2))),
    "polyad.numpy.linalg.det": lambda: pnp.linalg.det(pnp.ones((2, 3))),
    "polyad.numpy.linalg.norm": lambda: pnp.linalg.norm(pnp.ones(2), axis=4),
    "polyad.numpy.linalg.eigh": lambda: pnp.linalg.eigh(pnp.ones((2, 3))),
    "polyad.numpy.linalg.svd": lambda: pnp.linalg.svd(pnp.ones(2)),
    "polyad.numpy.linalg.cholesky": lambda: pnp.linalg.cholesky(-pnp.eye(2)),
    "polyad.numpy.linalg.qr": lambda: pnp.linalg.qr(pnp.ones(2)),
    "polyad.random.key": lambda: polyad.random.key(1.5),
    "polyad.random.split": lambda: polyad.random.split(3),
    "polyad.random.normal": lambda: polyad.random.normal(3),
    "polyad.random.uniform": lambda: polyad.random.uniform(3),
    "polyad.solvers.root": lambda: polyad.solvers.root(lambda x: x * x + 1.0, 1.0, strict=True),
    "polyad.solvers.fixed_point": lambda: polyad.solvers.fixed_point(
        lambda x: x + 1.0, 1.0, strict=True
    ),
    "polyad.solvers.minimize": lambda: polyad.solvers.minimize(lambda x: x, pnp.ones(2)),
    "polyad.solvers.odeint": lambda: polyad.solvers.odeint(lambda y, t: y, 1.0, pnp.ones((2, 2))),
    "polyad.nn.relu": lambda: polyad.nn.relu("a"),
    "polyad.nn.softmax": lambda: polyad.nn.softmax(pnp.ones(2), axis=3),
}
"""A wrong call of each."""
NAMES = [*WRONG, "polyad.stop_gradient"]


def found(name: str) -> Any:
    return functools.reduce(getattr, name.split(".")[1:], polyad)


def section(text: str, title: str) -> str:
    match = re.search(rf"^{title}:\n((?:    .*\n?|\n)+)", text, re.M)
    return inspect.cleandoc(match[1]) if match else ""


def test_they_are_many():
    assert len(NAMES) >= 80


@pytest.mark.parametrize("name", NAMES)
def test_the_docstring_has_parameters_shapes_and_an_example(name: str):
    text = inspect.getdoc(found(name)) or ""
    args = section(text, "Args")
    told = [n for group in re.findall(r"^([\w, ]+): ", args, re.M) for n in group.split(", ")]
    taken = [p for p in inspect.signature(found(name)).parameters if not p.startswith("_")]
    assert told == taken
    assert re.search(r"shape|size|\(…|scalar|broadcast", args + section(text, "Returns"))
    examples = doctest.DocTestParser().get_examples(text)
    assert any(example.want for example in examples)


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_call_raises_an_error_that_the_docstring_names(name: str):
    text = inspect.getdoc(found(name)) or ""
    with pytest.raises(PolyadError) as caught:
        WRONG[name]()
    if "Raises as `uniform` does" in text:
        text = inspect.getdoc(polyad.random.uniform) or ""
    raises = section(text, "Raises") + "".join(re.findall(r"\bRaises\s[^>]*", text))
    kinds = [kind.__name__ for kind in type(caught.value).__mro__ if issubclass(kind, PolyadError)]
    assert any(kind in raises for kind in kinds if kind != "PolyadError"), type(caught.value)
