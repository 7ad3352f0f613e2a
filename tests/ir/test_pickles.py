"""Types, functions and linear maps go through pickle; what belongs to a process does not."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.errors import PolyadTypeError
from polyad.ir import ArrayType, DType


@pytest.mark.parametrize("name", DType.by_name)
def test_a_dtype_stays_the_same_object(name: str):
    dtype = DType.by_name[name]
    assert pickle.loads(pickle.dumps(dtype)) is dtype
    assert pickle.loads(pickle.dumps(ArrayType(dtype, (2, 3)))) is ArrayType(dtype, (2, 3))


def slopes(x: Any) -> Any:
    return lax.scan(lambda c, v: (pnp.sin(c) * v, c), x[0], x)[0]


def test_a_function_of_the_ir_pickles_as_its_text():
    function = polyad.make_ir(polyad.grad(slopes))(np.ones(3))
    again = pickle.loads(pickle.dumps(function))
    assert again == function and str(again) == str(function)
    assert copy.deepcopy(function) is copy.copy(function) is function


def test_a_pullback_pickles_with_what_it_keeps():
    x = np.array([0.3, 0.5, 0.7])
    pullback = polyad.vjp(slopes, x)[1]
    again = pickle.loads(pickle.dumps(pullback))
    assert np.array_equal(again(np.float64(2.0))[0], pullback(np.float64(2.0))[0])


def called_back(x: Any) -> Any:
    return polyad.pure_callback(np.sin, x, x)


REFUSED = {
    "does not pickle: its pure_callback holds": lambda: polyad.make_ir(called_back)(1.0),
    "what lower gives does not pickle": lambda: polyad.jit(slopes).lower(np.ones(3)),
    "compiled code does not pickle": lambda: polyad.jit(slopes).lower(np.ones(3)).compile(),
}


@pytest.mark.parametrize("message", REFUSED)
def test_refused(message: str):
    with pytest.raises(PolyadTypeError, match=message):
        pickle.dumps(REFUSED[message]())


def test_a_traced_array_does_not_pickle():
    def f(x: Any) -> Any:
        pickle.dumps(x)
        return x

    with pytest.raises(PolyadTypeError, match=r"argument 'x'\) does not pickle.*\n.*test_pickles"):
        polyad.jit(f)(1.0)
