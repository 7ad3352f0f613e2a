"""Texts of values in messages."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad.errors import PolyadError
from polyad.texts import shown


class Mute:
    """An object without a text."""

    def __repr__(self) -> str:
        raise RuntimeError("no text")


class Holder:
    def __init__(self, value: object) -> None:
        self.value = value

    def __repr__(self) -> str:
        return f"Holder({self.value!r})"


def nested(kind, depth=100_000):
    value = 1
    for _ in range(depth):
        value = kind(value)
    return value


def endless():
    value = []
    value.append(value)
    return value


KINDS = {
    "tuples": lambda x: (x,),
    "lists": lambda x: [x],
    "dicts": lambda x: {"a": x},
    "objects": Holder,
}
HARD = {
    **{f"deep {name}": (lambda kind=kind: nested(kind)) for name, kind in KINDS.items()},
    "an endless list": endless,
    "no text": Mute,
    "no text inside": lambda: [Mute()],
    "too many digits": lambda: 10**10_000,
    "a long list": lambda: list(range(1_000_000)),
    "a long text": lambda: "x" * 1_000_000,
    "a large array": lambda: np.zeros((1000, 1000)),
}


@pytest.mark.parametrize("value", ["a", 1.5, (1, 2), [None, True], {"b": 1, "a": 2}, float, -0.0])
def test_small_values_have_pythons_text(value):
    found = shown(value)
    assert found == repr(value) or (isinstance(value, dict) and eval(found) == value)


@pytest.mark.parametrize("name", HARD)
def test_every_value_has_a_short_text(name):
    text = shown(HARD[name]())
    assert 0 < len(text) <= 60 and len(shown(HARD[name](), 10)) <= 10


WRONG = {
    "axis": lambda x: pnp.sum(np.ones(3), axis=x),
    "mode": lambda x: pnp.take(np.ones(3), np.array([0]), mode=x),
    "order": lambda x: pnp.reshape(np.ones(3), (3,), order=x),
    "dtype": lambda x: pnp.zeros(3, dtype=x),
    "shape of a random array": lambda x: polyad.random.normal(polyad.random.key(0), x),
    "static argument": lambda x: polyad.jit(lambda a, b: a, static_argnums=1)(np.ones(2), [x]),
    "shapes": lambda x: polyad.jit(lambda a: a, shapes=x),
    "function": lambda x: polyad.grad(x),
}


@pytest.mark.parametrize("value", ["deep lists", "deep objects", "no text", "an endless list"])
@pytest.mark.parametrize("place", WRONG)
def test_a_wrong_argument_without_a_text_is_an_error_of_polyads(place, value):
    limit = sys.getrecursionlimit()
    with pytest.raises(PolyadError):
        WRONG[place](HARD[value]())
    assert sys.getrecursionlimit() == limit
