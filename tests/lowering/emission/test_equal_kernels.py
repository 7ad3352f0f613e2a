"""Equal kernels of a program are lowered and compiled once, and give the bits they gave apart."""

from __future__ import annotations

import re

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.ir import parse
from polyad.lowering.dialects.kernel import code_key
from polyad.lowering.emission import kernel as kernels
from polyad.lowering.native_code import NativeCode


def layers(count):
    def loss(weights, x):
        for w in weights:
            x = pnp.tanh(x @ w)
        return pnp.mean(x * x)

    rng = np.random.default_rng(0)
    return loss, ([rng.normal(size=(6, 6)) for _ in range(count)], rng.normal(size=(5, 6)))


def branches(count):
    def body(x, y):
        for _ in range(count):
            x = lax.cond(pnp.sum(y) > 0, lambda x: pnp.sin(x) * y, lambda x: pnp.exp(-x) + y, x)
        return pnp.sum(x)

    return body, (np.linspace(0, 1, 7), np.linspace(-1, 2, 7))


def sweeps(count):
    def sweep(x, y):
        for _ in range(count):
            x = lax.fori_loop(0, 3, lambda i, x: x + 0.1 * pnp.roll(x, 1) * y, x)
        return pnp.sum(pnp.cumulative_sum(x) * pnp.sort(y))

    return sweep, (np.linspace(0, 1, 9), np.linspace(-1, 2, 9))


PROGRAMS = {"layers": layers, "branches": branches, "sweeps": sweeps}


def stages(program, count):
    fun, args = program(count)
    return polyad.jit(polyad.grad(fun), backend="native").lower(*args).stages()


def functions(text):
    """The functions of a module, without its entry."""
    return re.findall(r"^define .*@\"?([\w.]+)", text, re.MULTILINE)


@pytest.mark.parametrize("name", PROGRAMS)
def test_more_layers_are_no_more_functions(name):
    few, many = (stages(PROGRAMS[name], count)["llvm"] for count in (4, 12))
    assert len(functions(few)) == len(functions(many))


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_bits_are_those_of_kernels_apart(name, monkeypatch):
    fun, args = PROGRAMS[name](5)
    leaves = [*args[0], args[1]] if name == "layers" else list(args)
    text = str(polyad.make_ir(polyad.grad(fun))(*args))
    with polyad.config(cache_dir=None):
        once = NativeCode(parse(text))(*leaves)
        numbers = iter(range(10_000))
        monkeypatch.setattr(kernels, "key_of_code", lambda *parts: next(numbers))
        apart = NativeCode(parse(text))(*leaves)
    for found, wanted in zip(once, apart, strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_one_buffer_twice_is_another_kernel_than_two_buffers():
    x, y = np.arange(400.0).reshape(20, 20), np.eye(20)[::-1]
    both = polyad.jit(lambda x, y: (x @ x, x @ y, pnp.sin(x @ x) @ y), backend="native")
    for found, wanted in zip(both(x, y), (x @ x, x @ y, np.sin(x @ x) @ y), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-12)
    text = both.lower(x, y).stages()["buffers"]
    products = [op for op in parse(text).walk() if op.name == "kernel.contract"]
    twice = [op for op in products if op.operands[0] is op.operands[1]]
    assert twice
    keys = {code_key(op, op.operands) for op in twice}
    assert not keys & {code_key(op, op.operands) for op in products if op not in twice}


def test_explain_says_whose_code_runs():
    fun, args = layers(3)
    text = polyad.jit(fun).lower(*args).explain()
    assert "kernel_3: tanh" in text
    assert text.count("runs the machine code of kernel_1") == 1
