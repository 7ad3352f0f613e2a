"""Text from strangers is IR, or a `ParseError` with line and column; never another error."""

from __future__ import annotations

import random

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.errors import ParseError
from polyad.ir import parse

ROWS = "function @f(%x: f64[3]) -> (f64[3]) {{ %1 = {} : f64[3]  return %1 }}"
REFUSED = {
    "1:21: an extent of -3": "function @f(%x: f64[-3]) -> () { return }",
    "is larger than any memory": f"function @f(%x: f64[{'9' * 30}]) -> () {{ return }}",
    "an integer of 5000 digits": f"function @f(%x: f64[{'9' * 5000}]) -> () {{ return }}",
    "expected an integer, found '1.5'": "function @f(%x: f64[1.5]) -> () { return }",
    "the two parts of a complex number": ROWS.format("sin %x {a = complex(1.0, 2.0, 3.0)}"),
    "nested deeper than Python's": ROWS.format("sin %x {a = " + "(" * 10**5 + "}"),
    "regions or tuples nested": "function @f(%x: f64[]) -> () { %1 = cond %x : f64[] (" * 10**4,
}


@pytest.mark.parametrize("message", REFUSED)
def test_refused(message: str):
    with pytest.raises(ParseError, match=message):
        parse(REFUSED[message])


def recurrence(x):
    return lax.scan(lambda c, y: (c + y, c * 2.5e-7), x[0], x)


def branches(x):
    return lax.cond(x[0, 0] > 0, lambda y: pnp.sum(y @ y.T), lambda y: pnp.max(pnp.sort(y)), x)


PIECES = (
    *'()[]{}%@!"\\\n é\0',
    *("-1", "1e999", "nan", "%x", "f64[", "f64[2,2", "#tag<", "//", "function", "return"),
    *("complex", "True", "i64[]", "->", "f64[" + "1," * 3000 + "1]", "(" * 3000, "9" * 4400),
)


def test_text_with_random_changes():
    texts = [str(polyad.make_ir(f)(np.ones((3, 4)))) for f in (recurrence, branches)]
    draw, parsed = random.Random(7), 0
    for _ in range(800):
        text = draw.choice(texts)
        for _ in range(draw.randint(1, 3)):
            at, other = draw.randrange(len(text)), draw.randrange(len(text))
            piece = draw.choice([draw.choice(PIECES), text[other : other + draw.randint(0, 30)]])
            text = text[:at] + piece + text[at + draw.choice([0, 0, 1, 2, 5, 20]) :]
        try:
            function = parse(text)
        except ParseError as error:
            assert error.line > 0 and error.column > 0
        else:
            parsed += 1
            assert parse(str(function)) == function
    assert parsed > 10


@pytest.mark.parametrize("name", ["", "a b", "f(x)", "*/ /*", "é\n}", "//", '"'])
def test_a_function_of_any_name_prints_and_parses(name: str):
    function = polyad.make_ir(recurrence)(np.ones(3)).with_(name=name)
    assert parse(str(function)) == function
