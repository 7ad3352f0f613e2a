"""Affine maps: text, composition, and errors."""

import pytest

from polyad.errors import ParseError
from polyad.ir import parse
from polyad.lowering.dialects.affine import Linear, Map, parse_map


@pytest.mark.parametrize(
    "text",
    [
        "() -> ()",
        "(d0) -> (d0)",
        "(d0, d1) -> (d1, 0, -d0 + 3)",
        "(d0, d1) -> (2*d0 + d1 - 1)",
        "() -> (-5)",
    ],
)
def test_text_round_trip(text):
    assert parse_map(text).text() == text


@pytest.mark.parametrize(
    "text", ["d0", "(d1) -> (d1)", "(d0) -> (d1)", "(d0) -> (d0*2)", "(x) -> (x)"]
)
def test_refuses(text):
    with pytest.raises(ValueError, match=r"map|term"):
        parse_map(text)


def test_error_in_ir_names_line():
    text = "function @f() -> () {\n memory.load {at = #map<d0>}\n return }"
    with pytest.raises(ParseError, match=r"^2:.*a map is written"):
        parse(text)


def test_composition_and_flattening():
    outer = parse_map("(d0, d1) -> (d1, -d0 + 3)")
    inner = parse_map("(d0) -> (2*d0, d0 + 1)")
    assert outer.after(inner) == parse_map("(d0) -> (d0 + 1, -2*d0 + 3)")
    assert parse_map("(d0, d1) -> (d1, d0)").flatten((4, 5)) == Linear((1, 5), 0)
    assert Map.identity(0).flatten(()) == Linear((), 0)


def test_injective():
    assert parse_map("(d0, d1) -> (d1, 3*d0)").is_injective((4, 5))
    assert not parse_map("(d0, d1) -> (d1)").is_injective((4, 5))
    assert parse_map("(d0, d1) -> (d1)").is_injective((1, 5))
    assert parse_map("(d0, d1) -> (5*d0 - d1 + 4)").is_injective((4, 5))
    assert not parse_map("(d0, d1) -> (4*d0 + d1)").is_injective((4, 5))


def test_fits():
    assert parse_map("(d0) -> (-d0 + 3)").fits((4,), (4,))
    assert not parse_map("(d0) -> (d0 + 1)").fits((4,), (4,))
    assert parse_map("(d0) -> (d0 + 9)").fits((0,), (4,))
