"""Parameters that jit treats apart: by position among the positional ones, or by name."""

import pytest

import polyad
from polyad.errors import PolyadValueError


def plain(a, b, c): ...


def mixed(a, /, b, *, c): ...


def many(a, /, b, *args, **kwargs): ...


@pytest.mark.parametrize("kind", ["static", "donate"])
@pytest.mark.parametrize(
    ("fun", "positions"), [(plain, 3), (plain, -4), (mixed, 2), (mixed, -3), (polyad.jit, 99)]
)
def test_positions_that_there_are_not(kind, fun, positions):
    with pytest.raises(PolyadValueError, match=f"{kind}_argnums={positions} is out of range"):
        polyad.jit(fun, **{f"{kind}_argnums": (0, positions)})


@pytest.mark.parametrize("kind", ["static", "donate"])
@pytest.mark.parametrize(
    ("fun", "name", "text"),
    [
        (plain, "d", "no such parameter"),
        (mixed, "a", "by position alone"),
        (many, "a", "by position alone"),
        (many, "args", "by position alone"),
    ],
)
def test_names_that_no_argument_has(kind, fun, name, text):
    with pytest.raises(PolyadValueError, match=text):
        polyad.jit(fun, **{f"{kind}_argnames": name})


def test_a_name_after_many_positions_is_no_position():
    """A static keyword leaves `*args` traced, and -1 is the last positional argument."""
    traced = lambda x: isinstance(x, polyad.tracer.Tracer)
    by_name = polyad.jit(lambda a, *rest, c: (traced(a), *map(traced, rest)), static_argnames="c")
    assert by_name(1.0, 2.0, 3.0, c=4.0) == (True, True, True)
    last = polyad.jit(lambda a, b, *, c: (traced(a), traced(b), traced(c)), static_argnums=-1)
    assert last(1.0, 2.0, c=3.0) == (True, False, True)
    polyad.jit(many, static_argnums=(0, 999), static_argnames=("b", "other"))
