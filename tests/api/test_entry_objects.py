"""Objects of every kind at the entry of functions: an answer equal to NumPy's, or an error.

One function, compiled, is called with them in any order, so that the quick checks of a call that
has been made before meet them too. NumPy's own answer is the reference.
"""

from __future__ import annotations

import array
import collections
import decimal
import fractions

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided

import polyad
import polyad.numpy as pnp
from polyad.errors import PolyadError, PolyadTypeError

NUMBERS = np.linspace(-1.0, 2.0, 6)


class Subclass(np.ndarray):
    pass


class Float(float):
    pass


class Whole(int):
    pass


class Gives:
    def __array__(self, dtype=None, copy=None):
        return NUMBERS.copy()


class Raises:
    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("no array")


class Changes:
    """Gives a longer array each time."""

    length = 0

    def __array__(self, dtype=None, copy=None):
        self.length += 1
        return np.ones(self.length)


class Claims:
    """Says that it is an array, and is none."""

    shape, dtype, ndim = (6,), np.dtype("float64"), 1


def readonly():
    made = NUMBERS.copy()
    made.setflags(write=False)
    return made


ARRAYS = {
    "plain": lambda: NUMBERS.copy(),
    "float32": lambda: NUMBERS.astype("float32"),
    "int8": lambda: np.arange(6, dtype="int8"),
    "uint64": lambda: np.arange(6, dtype="uint64"),
    "boolean": lambda: NUMBERS > 0,
    "complex": lambda: NUMBERS * 1j,
    "big-endian": lambda: NUMBERS.astype(">f8"),
    "big-endian integers": lambda: np.arange(6, dtype=">i4"),
    "strided": lambda: np.arange(12.0)[::2],
    "reversed": lambda: NUMBERS[::-1],
    "misaligned": lambda: np.frombuffer(b"." + NUMBERS.tobytes(), "f8", 6, 1),
    "a field": lambda: np.ones(6, [("b", "u1"), ("a", "f8")])["a"],
    "one element for all": lambda: as_strided(np.ones(1), (6,), (0,)),
    "overlapping rows": lambda: as_strided(np.arange(9.0), (4, 6), (8, 8)),
    "subclass": lambda: NUMBERS.copy().view(Subclass),
    "read only": readonly,
    "no dimensions": lambda: np.array(3.0),
    "a NumPy scalar": lambda: np.float32(2),
    "a Python number": lambda: 2.0,
    "a complex number": lambda: 2j,
    "empty": lambda: np.zeros((0, 6)),
    "empty with huge strides": lambda: as_strided(np.zeros(1), (0, 6), (2**60, 2**61)),
    "one with huge strides": lambda: as_strided(np.ones(1), (1, 1), (2**60, -(2**61))),
    "of Fortran's order": lambda: np.asfortranarray(np.arange(12.0).reshape(2, 6)),
    "three axes turned": lambda: np.arange(24.0).reshape(6, 2, 2).transpose(2, 1, 0),
    "not finite": lambda: np.array([np.nan, np.inf, -np.inf, -0.0, 5e-324, 1.0]),
}
OTHERS = {
    "longdouble": lambda: NUMBERS.astype("longdouble"),
    "masked": lambda: np.ma.masked_array(NUMBERS, [0, 1, 0, 0, 0, 0]),
    "matrix": lambda: np.asmatrix(NUMBERS),
    "objects": lambda: np.array([1, 2, None], object),
    "text": lambda: np.array(["a"]),
    "structured": lambda: np.zeros(3, [("a", "f8"), ("b", "i4")]),
    "records": lambda: np.rec.array([(1.0, 2)], dtype=[("a", "f8"), ("b", "i4")]),
    "dates": lambda: np.array(["2020-01-01"], "M8[D]"),
    "durations": lambda: np.array([1], "m8[s]"),
    "void": lambda: np.zeros(3, "V8"),
    "bytes": lambda: b"abc",
    "a word": lambda: "abc",
    "memoryview": lambda: memoryview(NUMBERS),
    "bytearray": lambda: bytearray(8),
    "Python's array": lambda: array.array("d", [1, 2]),
    "Decimal": lambda: decimal.Decimal(1),
    "Fraction": lambda: fractions.Fraction(1, 2),
    "subclass of float": lambda: Float(2),
    "subclass of int": lambda: Whole(2),
    "beyond int64": lambda: 10**30,
    "set": lambda: {1},
    "generator": lambda: iter([1.0]),
    "range": lambda: range(3),
    "a class": lambda: float,
    "a function": lambda: len,
    "a module": lambda: np,
    "a dtype": lambda: np.dtype("f8"),
    "Ellipsis": lambda: ...,
    "a slice": lambda: slice(2),
    "flat": lambda: NUMBERS.flat,
    "gives an array": Gives,
    "raises": Raises,
    "changes": Changes,
    "claims": Claims,
}


def both(a, b):
    return a * 2 + b, a[..., :1]


def one(a):
    return pnp.exp(a) * 2


@pytest.fixture(scope="module")
def compiled():
    return polyad.jit(one, backend="native"), polyad.jit(lambda a, b: a * 2 + b, backend="native")


@pytest.mark.parametrize("kind", ARRAYS)
def test_arrays_of_every_kind_give_numpys_answer(kind, compiled):
    with np.errstate(all="ignore"):
        expected = np.exp(np.asarray(ARRAYS[kind]())) * 2
        rtol = 1e-6 if expected.itemsize > 2 else 1e-3  # NumPy's is float16 for small integers
        for f in (*compiled[:1], one, polyad.jit(one, backend="numpy")):
            given = ARRAYS[kind]()
            before = np.array(given, copy=True)
            for _ in range(3):
                found = np.asarray(f(given))
                assert found.shape == expected.shape
                np.testing.assert_allclose(found, expected, rtol=rtol)
            np.testing.assert_array_equal(given, before)


@pytest.mark.parametrize("kind", OTHERS)
def test_other_objects_are_refused(kind, compiled):
    for f in (
        compiled[0],
        polyad.jit(one, backend="numpy"),
        polyad.make_ir(one),
        polyad.jit(one).lower,
        polyad.vmap(one),
        polyad.grad(lambda a: pnp.sum(one(a))),
        lambda a: polyad.jvp(one, (a,), (a,)),
        lambda a: polyad.vjp(one, a),
        lambda a: polyad.linearize(one, a),
        polyad.hessian(lambda a: pnp.sum(one(a))),
    ):
        with pytest.raises(PolyadTypeError):
            f(OTHERS[kind]())


def test_eager_functions_refuse_them_too():
    taken = {"range", "beyond int64"}  # lists of numbers, and numbers, are arrays to these
    for kind in OTHERS.keys() - taken:
        with pytest.raises(PolyadTypeError):
            pnp.exp(OTHERS[kind]())


def test_any_order_of_calls(compiled):
    """A call that has been made quick is not quick with what it was not made for."""
    rng = np.random.default_rng(0)
    kinds = {**ARRAYS, **OTHERS}
    outcomes = collections.Counter()
    for _ in range(400):
        a, b = (str(kind) for kind in rng.choice(["plain", *kinds], 2))
        try:
            expected = np.asarray(kinds[a]()) * 2 + np.asarray(kinds[b]())
        except (ValueError, TypeError, RuntimeError, OverflowError):
            expected = None
        refused = a in OTHERS or b in OTHERS or expected is None
        for _ in range(2):
            given = kinds[a](), kinds[b]()
            outcomes[refused] += 1
            if refused:
                with pytest.raises(PolyadError):
                    compiled[1](*given)
            else:
                found = np.asarray(compiled[1](*given))
                np.testing.assert_allclose(found, expected, rtol=1e-5, err_msg=f"{a}, {b}")
    assert min(outcomes.values()) > 100


def test_an_array_that_changes_between_calls():
    """The type of an array that has been seen is looked at again."""
    f = polyad.jit(one)
    given = np.linspace(0.0, 1.0, 8)
    for change in (
        lambda: None,
        lambda: setattr(given, "shape", (2, 4)),
        lambda: setattr(given, "dtype", ">f8"),
        lambda: setattr(given, "dtype", "<i8"),
        lambda: given.setflags(write=False),
    ):
        change()
        with np.errstate(all="ignore"):
            expected = np.exp(given) * 2
            for _ in range(3):
                np.testing.assert_allclose(f(given), expected, rtol=1e-6)
    given.dtype = "M8[s]"
    with pytest.raises(PolyadTypeError):
        f(given)


class Metres(np.ndarray):
    """Lengths: an arithmetic of its own."""

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return getattr(ufunc, method)(*(np.asarray(x) * 1000 for x in inputs), **kwargs)


class Concatenating(np.ndarray):
    def __add__(self, other):
        return np.concatenate([self, other])


@pytest.mark.parametrize("kind", [Metres, Concatenating])
def test_subclasses_with_an_arithmetic_of_their_own_are_refused(kind):
    """Compiled code would compute with the bare numbers."""
    given = NUMBERS.copy().view(kind)
    told = "arithmetic of its own .*__a(rray_ufunc|dd)__.*numpy.asarray"
    for f in (polyad.jit(one), polyad.grad(lambda x: pnp.sum(x)), polyad.vmap(one), pnp.exp):
        with pytest.raises(PolyadTypeError, match=told):
            f(given)
    np.testing.assert_allclose(polyad.jit(one)(np.asarray(given)), 2 * np.exp(NUMBERS))
