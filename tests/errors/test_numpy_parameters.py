"""Errors of NumPy's parameters: what is not followed, what excludes what, and what has no value."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.special

import polyad
import polyad.numpy as pnp
from polyad.errors import PolyadError

X = np.arange(6.0).reshape(2, 3)
V = np.array([3.0, 1.0, 2.0])
B = X > 2

WRONG: list[tuple[Callable[[Any], Any], str]] = [
    (lambda x: np.reshape(x, (3, 2), order="A"), "reshape: order='A' depends on how an array lies"),
    (lambda x: np.ravel(x, "K"), "ravel: order='K' depends on how an array lies in memory"),
    (lambda x: pnp.copy(x, order="X"), "copy: order is one of 'C', 'F', 'A', 'K', not 'X'"),
    (lambda x: np.sort(x, order="f"), "sort: order='f' is not followed"),
    (lambda x: pnp.sort(x, kind="bubble"), "sort: kind is 'quicksort', 'heapsort', 'mergesort'"),
    (lambda x: np.partition(x, 1, kind="other"), "partition: kind='other' is not followed"),
    (lambda x: np.max(x, where=x > 2), "max: where= needs initial="),
    (lambda x: np.sum(x, where=x), "where is an array of booleans, not of float64"),
    (lambda x: np.var(x, dtype="int64"), "var: dtype=int64 is not followed"),
    (lambda x: np.nanvar(x, dtype="complex64"), "nanvar: dtype=complex64 of real arrays is not"),
    (lambda x: np.var(x, ddof=1, correction=1), "ddof and correction are two names of one number"),
    (lambda x: np.take(x, [0], mode="bounce"), "take: mode is one of 'raise', 'wrap', 'clip'"),
    (
        lambda x: np.choose([0], [x], mode="bounce"),
        "choose: mode is one of 'raise', 'wrap', 'clip'",
    ),
    (lambda x: np.diagonal(x, axis1=0, axis2=-2), "diagonal: axis1 and axis2 are both 0"),
    (lambda x: pnp.clip(x, 0, min=1), "clip: a_min and min are two names of one bound"),
    (lambda x: pnp.where(x > 0, x), "where takes either both of x and y, or neither"),
    (lambda x: np.isin(x, [1], kind="hash"), "isin: kind is None, 'sort' or 'table', not 'hash'"),
    (
        lambda x: pnp.cumulative_sum(x),
        "cumulative_sum: axis is needed for arrays of two dimensions",
    ),
    (lambda x: pnp.array(x, ndmax=1), "array: ndmax=1 is not followed"),
    (lambda x: np.concatenate([x, x], dtype="int64"), "cannot cast from float64 to int64"),
    (lambda x: np.trim_zeros(x[0], "x"), "trim is made of the letters f and b, not 'x'"),
    (lambda x: pnp.trim_zeros(x[0], axis=1), "trim_zeros: a vector has axis 0, not 1"),
    (lambda x: np.linalg.svd(x, hermitian=True), "eigh takes square matrices"),
    (lambda x: pnp.linalg.pinv(x, 0.1, rtol=0.1), "pinv: rcond and rtol are two names of one"),
    (lambda x: pnp.linalg.matrix_rank(x, 1.0, rtol=1.0), "tol and rtol exclude each other"),
    (lambda x: np.linalg.qr(x, "raw"), "qr: mode is 'reduced', 'complete' or 'r', not 'raw'"),
    (lambda x: pnp.linalg.outer(x, x), "outer takes vectors, not an array of shape"),
    (lambda x: np.roll(x, x), "roll: shift is an integer, or a vector of integers, not f64"),
    (lambda x: x.view("float32"), "ndarray.view: dtype=float32 is not followed"),
    (lambda x: x.astype("int64", casting="safe"), "cannot cast from float64 to int64 with casting"),
    (lambda x: x.strides, "ndarray.strides is not followed"),
    (lambda x: x.sum(unknown=1), "ndarray.sum: unknown=1 is not followed for a traced array"),
    (
        lambda x: np.lib.stride_tricks.sliding_window_view(x, (2,)),
        "sliding_window_view: 1 window sizes for 2 axes",
    ),
    (
        lambda x: np.lib.stride_tricks.sliding_window_view(x, 9, axis=1),
        "no window of 9 along an axis of 3",
    ),
    # Ufuncs
    (lambda x: np.add(x, x, signature="dd->d"), "add: signature='dd->d' is not followed"),
    (lambda x: pnp.add(x, x, speed=1), "add: speed=1 is not followed"),
    (lambda x: pnp.add(x, x, x, x), "add takes 2 arrays, and perhaps out; not 4 arguments"),
    (lambda x: pnp.add(x, x, x * 1, out=x * 1), "add: out is given twice"),
    (lambda x: pnp.modf(x, out=(x * 1,)), "modf: out is one array for each of 2 results"),
    (lambda x: np.sqrt(x, where=x > 1), "without out= leaves the rest of its result undefined"),
    (lambda x: np.sqrt(x, out=x * 1, where=x), "sqrt: where is an array of booleans"),
    (lambda x: np.add(x, x, dtype="int64"), "add: cannot cast from float64 to int64"),
    (lambda x: np.less(x, x, dtype="float64"), "less: dtype=float64 is no dtype of its results"),
    (lambda x: np.add(x, x, out=(x * 1)[0]), "out has shape|broadcast"),
    (lambda x: pnp.sum(x, 0, out=x * 1), "sum: out has shape"),
    (lambda x: pnp.can_cast("int64", "int8", "maybe"), "casting is one of no, equiv, safe"),
    (lambda x: np.sin.reduce(x) if x is X else pnp.sin.reduce(x), "of two operands have it"),
    (lambda x: np.subtract.reduce(x, axis=(0, 1)), "its order matters, so that it takes one axis"),
    (
        lambda x: np.subtract.reduce(x, where=x > 1),
        "no identity for where=",
    ),
    (lambda x: np.subtract.reduce(x[:0]), "subtract.reduce has no value over no elements"),
    (lambda x: np.greater.reduce(x), "greater gives booleans, and has no folds"),
    (lambda x: np.maximum.reduce(x, dtype="complex128"), "maximum.reduce takes real arrays"),
    (lambda x: np.add.reduceat(x, [0, 7]), "add.reduceat: index 7 is out of range"),
    (lambda x: pnp.add.at(x * 1, 0), "add.at: the second operand is missing"),
    (lambda x: pnp.modf.at(x * 1, 0), "modf.at: only ufuncs of one result have it"),
    (lambda x: pnp.sin.outer(x, x), "sin.outer: only ufuncs of two operands have it"),
    # Booleans
    (lambda x: (x > 1) - (x > 2), "subtract is not defined for booleans"),
    (lambda x: -(x > 1), "negative is not defined for booleans"),
    (lambda x: pnp.sign(x > 1), "sign is not defined for booleans"),
]


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_wrong_parameters(number: int):
    f, text = WRONG[number]
    for call in (lambda: polyad.jit(lambda x: f(x))(X), lambda: polyad.vjp(lambda x: f(x), X)):
        with pytest.raises((PolyadError, AttributeError), match=text):
            call()


def test_ufuncs_without_a_row_are_named_with_their_library():
    with pytest.raises(PolyadError, match=r"numpy\.isnat cannot take a traced array"):
        polyad.jit(np.isnat)(V)


def test_scipys_switch_is_named_where_it_is_off():
    code = (
        "import numpy as np, polyad, scipy.special\n"
        "try: polyad.jit(scipy.special.logsumexp)(np.ones(2))\n"
        "except polyad.errors.PolyadError as e: print('SCIPY_ARRAY_API=1' in str(e))"
    )
    environment = {k: v for k, v in os.environ.items() if k != "SCIPY_ARRAY_API"}
    run = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True
    )
    assert run.stdout.strip() == "True", run.stderr


NEW = functools.partial(pytest.param, marks=pytest.mark.needs("scipy>=1.17"))


@pytest.mark.parametrize(
    "name, args",
    [
        ("spherical_jn", lambda x: (1, x)),
        ("spherical_kn", lambda x: (1, x, True)),
        NEW("sph_harm_y", lambda x: (2, 1, x, 0.3)),
        NEW("sph_legendre_p", lambda x: (1, 0, x)),
        ("comb", lambda x: (x, 2)),
        ("factorial", lambda x: (x,)),
        ("lambertw", lambda x: (1.0, x)),
    ],
)
def test_special_functions_that_ask_for_values_are_named(name, args):
    function = getattr(scipy.special, name)
    with pytest.raises(polyad.errors.ConcretizationError) as caught:
        polyad.jit(lambda x: function(*args(x)))(np.ones(3))
    assert f"Call polyad.special.{name} in place of scipy.special.{name}." in str(caught.value)
