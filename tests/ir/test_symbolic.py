"""Laws of symbolic numbers: for all sizes that the guards allow, they are what numbers would be."""

from __future__ import annotations

import copy
import math
import operator
import pickle
import random

import numpy as np
import pytest

import polyad
from polyad.ir import ArrayType
from polyad.ir.symbolic import LEAST, Dim, Real, Scope, as_float, deferred, real, settled
from polyad.ir.types import float64

SIZES = [9, 10, 15, 16, 17, 63, 64, 65, 100, 1000, 4097]
BINARY = [operator.add, operator.sub, operator.mul]
DIVISIONS = [operator.floordiv, operator.mod]


def drawn(rng, n, m):
    """A number that is computed from two by random operations, of which comparisons are some."""
    known = [n, m, 2, 3, 8, 64]
    for _ in range(rng.randint(1, 8)):
        a, b = rng.choice(known), rng.choice(known)
        kind = rng.randint(0, 9)
        if kind < 5:
            known.append(rng.choice(BINARY)(a, b))
        elif kind < 7:
            known.append(rng.choice(DIVISIONS)(a, b if b > 0 else 7))
        elif kind == 7:
            known.append(max(a, b) if a < b + 5 else min(a, b))
        elif kind == 8:
            known.append(a if a == b or b % 4 == 0 else a + 1)
        else:
            known.append(abs(a - b) + len(range(7 if a > 3 * b else 3)))
    return known


@pytest.mark.parametrize("seed", range(60))
def test_a_computation_gives_the_numbers_of_all_sizes_with_the_same_answers(seed):
    scope, hints = Scope(), random.Random(seed).sample(SIZES, 2)
    dims = [scope.symbol(name, hint) for name, hint in zip("nm", hints, strict=True)]
    found = drawn(random.Random(seed), *dims)
    evaluate = scope.program(found)
    assert evaluate(*hints) == tuple(drawn(random.Random(seed), *hints))
    right = 0
    for n in SIZES:
        for m in SIZES:
            numbers = evaluate(n, m)
            if numbers is not None:
                right += 1
                assert numbers == tuple(drawn(random.Random(seed), n, m))
    assert right


@pytest.fixture
def scope():
    return Scope()


def test_what_holds_for_all_sizes_is_no_guard(scope):
    n, m = scope.symbol("n", 100), scope.symbol("m", 20)
    assert n > 0 and n != 0 and n != 1 and n >= LEAST and n + 1 > n and n * m != n * m + 1 and n
    assert (4 * n + 6) // 4 is n + 1 and (4 * n) % 4 == 0 and (n * m) // n is m and n - n == 0
    assert not (n % 64 >= 64) and n // 64 >= 0
    assert not scope.guards


@pytest.mark.parametrize(
    "ask",
    [
        lambda n: list(range(n)),
        lambda n: [0] * n,
        lambda n: np.zeros(n),
        lambda n: np.asarray(n),
        lambda n: math.sqrt(n),
        lambda n: f"{n}",
        lambda n: str(n),
        lambda n: {100: 1}.get(n),
        lambda n: n in {7, 8},
        lambda n: (n, 3) in {(1, 3)},
        lambda n: n == 100.0,
        lambda n: n == np.float32(7),
        lambda n: n.bit_length(),
        lambda n: 2**n,
        lambda n: [1, 2, 3][n - 99],
        lambda n: pickle.dumps(n),
        lambda n: n & 1 if hasattr(n, "__and__") else int(n) & 1,
        lambda n: float(as_float(n)),
        lambda n: math.log(as_float(n)),
        lambda n: as_float(n) in {1.0},
        lambda n: as_float(n) ** 0.5,
    ],
)
def test_code_that_needs_the_number_has_it_as_a_guard(scope, ask):
    n = scope.symbol("n", 100)
    ask(n)
    evaluate = scope.program([n])
    assert evaluate(100) == (100,)
    assert evaluate(101) is None and evaluate(99) is None


@pytest.mark.parametrize(
    ("ask", "other", "like"),
    [
        (lambda n: n < 101, 101, 64),
        (lambda n: n <= 100, 101, 64),
        (lambda n: n > 99, 99, 104),
        (lambda n: n >= 100, 99, 104),
        (lambda n: n == 7 * 7, 49, 104),
        (lambda n: n != 50, 50, 104),
        (lambda n: n in (3, 64), 64, 104),
        (lambda n: n % 4 == 0, 102, 104),
        (lambda n: bool(n - 50), 50, 104),
        (lambda n: 1 / as_float(n) < 0.05, 20, 104),
        (lambda n: as_float(n) == 64.0, 64, 104),
        (lambda n: n / 2 > 49.5, 99, 104),
    ],
)
def test_a_comparison_is_a_guard(scope, ask, other, like):
    n = scope.symbol("n", 100)
    ask(n)
    evaluate = scope.program([n, 3 * n])
    assert evaluate(100) == (100, 300)
    assert evaluate(other) is None and evaluate(like) == (like, 3 * like)
    assert evaluate(LEAST - 1) is None


@pytest.mark.parametrize(
    "compute", [lambda n: 1 / n, lambda n: 0.3 * (n - 7) + 2, lambda n: n - 0.5]
)
def test_floating_numbers_are_computed_by_the_same_operations(scope, compute):
    n = scope.symbol("n", 100)
    bits = deferred("bits", lambda x: hash(x), compute(n))
    assert isinstance(compute(n), Real)
    assert scope.program([bits])(333) == (hash(compute(333)),)


def test_a_size_of_one_trace_is_none_of_another(scope):
    n, other = scope.symbol("n", 100), Scope().symbol("n", 100)
    assert n != other
    with pytest.raises(polyad.errors.PolyadValueError, match="another trace"):
        n + other
    with pytest.raises(polyad.errors.PolyadValueError, match="another trace"):
        as_float(n) + as_float(other)


def test_a_size_says_nothing_after_its_trace(scope):
    n = scope.symbol("n", 100)
    assert n < 200
    scope.program([n])
    for ask in (lambda: n < 200, lambda: int(n), lambda: n == 30, lambda: range(n)):
        with pytest.raises(polyad.errors.PolyadValueError, match="after the trace"):
            ask()


def test_types_with_sizes_belong_to_a_trace(scope):
    n = scope.symbol("n", 100)
    assert ArrayType(float64, (n, 3)) is ArrayType(float64, (n, 3))
    assert ArrayType(float64, (n, 3)) is not ArrayType(float64, (100, 3))
    assert ArrayType(float64, (n, n)).size is n * n
    assert ArrayType(float64, (Scope().symbol("n", 100),)) is not ArrayType(float64, (n,))


def test_text_with_a_size_is_settled_to_its_number(scope):
    n = scope.symbol("n", 100)
    text = f"{(n, 2 * n)} {ArrayType(float64, (n,))} {as_float(n)!r}"
    assert not scope.fixed
    assert settled(text) == "(100, 200) f64[100] 100.0"
    assert scope.program([n])(101) is None


def test_copies_of_a_number_are_numbers(scope):
    n = scope.symbol("n", 100)
    assert copy.copy(n) == 100 and not isinstance(pickle.loads(pickle.dumps(n)), Dim)


def test_guards_print(scope):
    n, m = scope.symbol("n", 100), scope.symbol("m", 20)
    assert n > 50 and not n < m and n % 7 != 3 and m - n < 5
    assert [str(guard) for guard in scope.guards] == [
        "n > 50",
        "n >= m",
        "(n%7) != 3",
        "m < n + 5",
    ]


def test_real_takes_real_numbers(scope):
    n = scope.symbol("n", 100)
    assert real(operator.mul, n, 1j) is NotImplemented
    with pytest.raises(polyad.errors.PolyadValueError, match="floating number is expected"):
        real(operator.mul, n, n)
