"""IR text: parsing, the place and reason of errors in it, and the verifier."""

from __future__ import annotations

import pytest

import polyad
import polyad.numpy as pnp
from polyad.errors import ParseError, PolyadTypeError, VerificationError
from polyad.ir import ArrayType, Builder, Definition, Function, Op, Value, as_dtype, parse, verify

F64 = ArrayType(as_dtype("float64"), (3,))
GOOD = """function @f(%x: f64[3], %y: f64[3]) -> (f64[3]) {
  %1 = sin %x : f64[3]
  %2 = add %1, %y : f64[3]
  return %2
}"""


def test_text_is_read_and_written_alike():
    assert str(parse(GOOD)).replace("%2 =", "%1 =").count("=") == GOOD.count("=")
    assert str(parse(str(parse(GOOD)))) == str(parse(GOOD))


@pytest.mark.parametrize(
    "old, new, place, expected",
    [
        ("sin", "sine", "2:8", "no op is named 'sine'"),
        ("f64[3],", "f63[3],", "1:17", "no type is named 'f63'"),
        ("%1, %y", "%3, %y", "3:12", "%3 is used before it is defined"),
        ("%2 = add", "%1 = add", "3:3", "%1 is defined twice"),
        ("return %2", "return %2,", "5:1", "expected a value such as %x, found '}'"),
        ("-> (f64[3])", "-> (f64[4])", "5:1", "the function returns"),
        ("%2 = add %1, %y : f64[3]", "%2 = add %1, %y", "4:3", "names 1 results and gives 0 types"),
        ("{\n", "\n", "2:3", "expected '{', found '%1'"),
        ("@f", "f", "1:10", "a name such as @f"),
        ("%x:", "x:", "1:13", "an argument such as %x"),
        ("function", "func", "1:1", "expected 'function', found 'func'"),
        ("sin %x", "sin %x {exponent = }", "2:27", "expected the value of an attribute, found '}'"),
        ("sin %x", "sin %x {rule = #rule<gone>}", "2:23", "no live rule has this name"),
        ("sin %x", "sin %x {rule = #nothing<x>}", "2:23", "no attribute is tagged #nothing"),
        ("[3],", "[?],", "1:21", "expected a size, found '?'"),
        ("sin %x", "sin $x", "2:12", "cannot read '$'"),
        ("return %2\n}", "return %2\n} more", "5:3", "expected the end of the text, found 'more'"),
    ],
)
def test_malformed_text_is_refused_with_line_and_column(
    old: str, new: str, place: str, expected: str
):
    text = GOOD.replace(old, new, 1)
    assert text != GOOD
    with pytest.raises(ParseError) as caught:
        parse(text)
    assert expected in str(caught.value)
    assert str(caught.value).startswith(f"{place}: ")
    assert place == f"{caught.value.line}:{caught.value.column}"


@pytest.mark.parametrize("cut", range(0, len(GOOD) - 1, 3))
def test_text_that_breaks_off_is_refused(cut: int):
    with pytest.raises(ParseError):
        parse(GOOD[:cut])


@pytest.mark.parametrize(
    "value",
    [
        "0.1",
        "-0.5",
        "1e-300",
        "inf",
        "-inf",
        "nan",
        '"-0.0"',
        "complex(1.0, -2.0)",
        "True",
        "3",
        "complex(nan, inf)",
        "(1, 2)",
        "()",
        "(1,)",
        '"a \\"quoted\\" word"',
        "None",
        "f32",
    ],
)
def test_attribute_values_survive(value: str):
    op = f"full {{dtype = f64, shape = (), value = {value}}}"
    text = f"function @f() -> (f64[]) {{\n  %0 = {op} : f64[]\n  return %0\n}}"
    assert str(parse(text)) == text


def test_functions_without_results_or_arguments():
    text = "function @f() -> () {\n  return\n}"
    assert str(parse(text)) == text


def test_comments_are_skipped():
    commented = GOOD.replace("%2 = add", "// a comment\n  %2 = add")
    assert parse(commented) == parse(GOOD)


def test_equality_is_structure_and_not_names():
    renamed = GOOD.replace("%x", "%u").replace("@f", "@g")
    assert parse(renamed) == parse(GOOD)
    assert hash(parse(renamed)) == hash(parse(GOOD))
    assert parse(GOOD.replace("sin", "cos")) != parse(GOOD)


def test_locations_print_on_demand():
    from polyad.ir.printer import print_function

    function = polyad.make_ir(lambda x: pnp.sin(x))(1.0)
    assert f"// {__file__}:" in print_function(function, locations=True)
    assert __file__ not in str(function)


def test_notebooks_get_html():
    assert polyad.make_ir(lambda x: x > 1)(1.0)._repr_html_().startswith("<pre")
    assert "-&gt;" in polyad.make_ir(lambda x: x)(1.0)._repr_html_()


# -- The verifier ---------------------------------------------------------------------------------


def test_the_verifier_refuses_a_wrong_result_type():
    x = Value(F64)
    y = Value(ArrayType(as_dtype("float32"), (3,)))
    op = Op(Definition.registry["sin"], (x,), (), (), (y,))
    with pytest.raises(
        VerificationError, match=r"in @f, sin\(f64\[3\]\): its results are typed .* gives"
    ):
        verify(Function("f", (x,), (op,), (y,)))


def test_the_verifier_refuses_a_use_before_its_definition():
    x, y, z = Value(F64), Value(F64), Value(F64)
    sin = Definition.registry["sin"]
    ops = (Op(sin, (y,), (), (), (z,)), Op(sin, (x,), (), (), (y,)))
    with pytest.raises(VerificationError, match="operand 0 is not defined before it is used"):
        verify(Function("f", (x,), ops, (z,)))


def test_the_verifier_refuses_a_second_definition():
    x, y = Value(F64), Value(F64)
    sin = Definition.registry["sin"]
    ops = (Op(sin, (x,), (), (), (y,)), Op(sin, (x,), (), (), (y,)))
    with pytest.raises(VerificationError, match="result of sin is defined twice"):
        verify(Function("f", (x,), ops, (y,)))


def test_the_verifier_refuses_operands_that_the_type_rule_refuses():
    x, y, z = Value(F64), Value(ArrayType(as_dtype("float64"), (4,))), Value(F64)
    op = Op(Definition.registry["add"], (x, y), (), (), (z,))
    with pytest.raises(
        VerificationError, match="its type rule refuses its operands: operands must have one type"
    ):
        verify(Function("f", (x, y), (op,), (z,)))


def test_the_verifier_looks_into_regions():
    x, y = Value(F64), Value(F64)
    body = Function("body", (x,), (), (y,))
    u, v = Value(F64), Value(F64)
    op = Op(Definition.registry["checkpoint"], (u,), (), (body,), (v,))
    with pytest.raises(VerificationError, match="in @body: a result is not defined"):
        verify(Function("f", (u,), (op,), (v,)))


# -- The builder ----------------------------------------------------------------------------------


def test_the_builder_checks_its_input():
    builder = Builder([F64, ArrayType(as_dtype("float64"), (4,))])
    with pytest.raises(
        PolyadTypeError, match=r"add: operands must have one type, not f64\[3\], f64\[4\]"
    ) as caught:
        builder.emit(Definition.registry["add"], tuple(builder.argument_handles()))
    assert f"at {__file__}:" in str(caught.value)


def test_inlining_a_function_copies_its_ops():
    function = parse(GOOD)
    builder = Builder(function.argument_types)
    (out,) = builder.inline(function, builder.argument_handles())
    assert builder.build([out]) == function


def test_types_and_dtypes_are_interned():
    assert ArrayType(as_dtype("float64"), (3,)) is F64
    assert as_dtype("float64") is as_dtype(float) is as_dtype("f8") is as_dtype("<f8")
    with pytest.raises(TypeError, match="polyad has no dtype 'float128'"):
        as_dtype("float128")
