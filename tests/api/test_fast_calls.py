"""Calls that go from CPython to compiled code without Python code of polyad, and those that do not,
of which a message tells.
"""

import collections
import dataclasses
import enum
import gc
import logging
import pickle
import typing

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import tree
from polyad.api.jitted import Jitted

pytest.importorskip("polyad.lowering.linking.engine")
TEXTS = "test_jit_objects.py"  # the fixture would hold the functions
X, Y = np.arange(3.0), np.array([1.0, -2.0, 4.0])


@pytest.fixture
def dispatched(monkeypatch):
    """The functions whose calls went through Python while a test has it."""
    seen = []
    call = Jitted._call

    def counting(self, args, kwargs):
        seen.append(self)
        return call(self, args, kwargs)

    monkeypatch.setattr(Jitted, "_call", counting)
    return seen


class Pair(typing.NamedTuple):
    a: typing.Any
    b: typing.Any


@tree.register_dataclass
@dataclasses.dataclass
class Point:
    x: typing.Any
    y: typing.Any


@tree.register_dataclass
@dataclasses.dataclass
class Single:
    only: typing.Any


@tree.register_dataclass(data_fields=("a", "b"), meta_fields=("power",))
@dataclasses.dataclass
class Model:
    a: typing.Any
    power: int
    b: typing.Any


@tree.register_dataclass
@dataclasses.dataclass(kw_only=True)
class ByName:
    a: typing.Any
    b: typing.Any


class Node:
    def __init__(self, a, b, name=""):
        self.a, self.b, self.name = a, b, name


tree.register_node(
    Node, lambda n: ((n.a, n.b), n.name), lambda name, children: Node(*children, name)
)


@dataclasses.dataclass(frozen=True)
class Options:
    factor: int = 2
    name: str = "plain"


class Colour(enum.Enum):
    RED = 3
    BLUE = 5


def first(p):
    return p[0] * 2 + p[1]


def of_keys(p):
    return p["a"] * 2 + p["b"]


ARGUMENTS = {
    "namedtuple": (lambda p: p.a * 2 + p.b, lambda x, y: Pair(x, y)),
    "dataclass": (lambda p: p.x * 2 + p.y, lambda x, y: Point(x, y)),
    "dataclass of one field": (lambda p: p.only[0] * 2 + p.only[1], lambda x, y: Single((x, y))),
    "dataclass with meta": (lambda p: p.a * p.power + p.b, lambda x, y: Model(x, 2, y)),
    "dataclass by name": (lambda p: p.a * 2 + p.b, lambda x, y: ByName(a=x, b=y)),
    "node": (lambda p: p.a * 2 + p.b, lambda x, y: Node(x, y)),
    "ordered dict": (of_keys, lambda x, y: collections.OrderedDict(b=y, a=x)),
    "default dict": (of_keys, lambda x, y: collections.defaultdict(list, b=y, a=x)),
    "deque": (first, lambda x, y: collections.deque([x, y], maxlen=4)),
    "dict of namedtuples": (
        lambda p: p["k"][0].a * 2 + p["k"][0].b,
        lambda x, y: {"k": [Pair(x, y)], "none": None},
    ),
    "dataclass in a tuple in a node": (
        lambda p: p.a[0].x * 2 + p.b[0].only,
        lambda x, y: Node((Point(x, x),), [Single(y)]),
    ),
}


@pytest.mark.parametrize("name", ARGUMENTS)
def test_containers_as_arguments(name, dispatched):
    f, make = ARGUMENTS[name]
    jitted = polyad.jit(f)
    for k in range(6):
        np.testing.assert_array_equal(jitted(make(X + k, Y)), (X + k) * 2 + Y)
    assert len(dispatched) == 2


@pytest.mark.parametrize("name", ARGUMENTS)
def test_containers_as_results(name, dispatched):
    make = ARGUMENTS[name][1]
    jitted = polyad.jit(lambda x, y: make(x + y, x * y))
    for k in range(6):
        found, expected = jitted(X + k, Y), make(X + k + Y, (X + k) * Y)
        assert type(found) is type(expected)
        assert tree.structure(found) == tree.structure(expected)
        for one, other in zip(tree.leaves(found), tree.leaves(expected), strict=True):
            np.testing.assert_array_equal(one, other)
        if isinstance(found, dict):
            assert list(found) == list(expected)
    assert len(dispatched) == 2


OTHERS = {
    "namedtuple": (Pair(X, Y), (X, Y), collections.namedtuple("Pair", "a b")(X, Y)),
    "meta": (Model(X, 2, Y), Model(X, 3, Y), Model(Y, 2, X)),
    "data": (Node(X, Y, "a"), Node(X, Y, "b"), Node(Y, X, "a")),
    "order": (
        collections.OrderedDict(a=X, b=Y),
        collections.OrderedDict(b=Y, a=X),
        {"a": X, "b": Y},
    ),
    "factory": (
        collections.defaultdict(list, a=X),
        collections.defaultdict(int, a=X),
        collections.defaultdict(list, b=X),
    ),
    "maxlen": (collections.deque([X]), collections.deque([X], maxlen=2), collections.deque([X, Y])),
}


COUNT = {"namedtuple": 3, "meta": 2, "data": 2, "order": 3, "factory": 3, "maxlen": 3}


@pytest.mark.parametrize("name", OTHERS)
def test_containers_that_differ_have_traces_of_their_own(name):
    """In turn, so that code for one is always tried with the other."""
    describe = lambda value: str(tree.structure(value))
    seen = []
    jitted = polyad.jit(lambda p: (seen.append(1), tree.map(lambda x: x + 1, p))[1])
    for _ in range(4):
        for value in OTHERS[name]:
            found = jitted(value)
            assert describe(found) == describe(value)
            expected = [x + 1 for x in tree.leaves(value)]
            np.testing.assert_array_equal(tree.leaves(found), expected)
    assert len(seen) == COUNT[name]


STATIC = {
    "float": (0.5, -0.0, 0.0, 1.0),
    "int": (1, 2, True, 1.0),
    "complex": (1j, 1 + 0j, 1.0),
    "string": ("a", "b"),
    "none": (None, 0, False),
    "tuple": ((1, 0.0), (1, -0.0), (True, 0.0), (1,)),
    "namedtuple": (Pair(1, 2), Pair(1, 2.0), (1, 2)),
    "options": (Options(), Options(3), Options(2, "other")),
    "enum": (Colour.RED, Colour.BLUE),
    "frozenset": (frozenset([1, 2]), frozenset([1.0, 2]), frozenset([2])),
    "dtype": (np.dtype("f4"), np.dtype("f8")),
    "function": (pnp.sin, pnp.cos),
}


@pytest.mark.parametrize("by_name", [False, True])
@pytest.mark.parametrize("name", STATIC)
def test_static_arguments(name, by_name, dispatched):
    traced = []

    def f(x, n):
        traced.append(n)
        return x + len(traced)

    jitted = polyad.jit(f, static_argnames="n")
    values = STATIC[name]
    for _ in range(5):
        for k, value in enumerate(values, 1):
            found = jitted(X, n=value) if by_name else jitted(X, value)
            np.testing.assert_array_equal(found, X + k)
    assert len(traced) == len(values) and len(dispatched) == 2 * len(values)
    assert list(map(repr, traced)) == list(map(repr, values))


@pytest.mark.parametrize("count", [9, 40])
def test_any_number_of_shapes_in_turn(count, dispatched):
    jitted = polyad.jit(lambda p, *, scale: {"sum": pnp.sum(p["x"][0]) * scale})
    for _ in range(4):
        for n in range(1, count + 1):
            found = jitted({"y": 1.0, "x": (np.full(n, 2.0),)}, scale=X)
            np.testing.assert_array_equal(found["sum"], 2 * n * X)
    assert len(dispatched) == 2 * count


def test_any_number_of_static_values_in_turn(dispatched):
    jitted = polyad.jit(
        lambda x, n, flag: x * n if flag else x, static_argnums=1, static_argnames="flag"
    )
    for _ in range(4):
        for n in range(20):
            np.testing.assert_array_equal(jitted(X, n, flag=n % 3 > 0), X * n if n % 3 else X)
    assert len(dispatched) == 40


def test_dicts_in_any_order_find_the_same_code(dispatched):
    jitted = polyad.jit(lambda p: p["a"] - p["b"])
    for _ in range(3):
        for n in range(1, 12):
            a, b = np.full(n, 3.0), np.ones(n)
            np.testing.assert_array_equal(jitted({"a": a, "b": b}), np.full(n, 2.0))
            np.testing.assert_array_equal(jitted({"b": b, "a": a}), np.full(n, 2.0))
    assert len(dispatched) == 22


def test_functions_with_negative_static_positions_are_right():
    jitted = polyad.jit(lambda *args: args[0] * args[-1], static_argnums=-1)
    for _ in range(4):
        for n in range(6):
            np.testing.assert_array_equal(jitted(X, n), X * n)
            np.testing.assert_array_equal(jitted(X, Y, n), X * n)


def test_code_of_forgotten_shapes_is_not_found():
    jitted = polyad.jit(lambda x: pnp.sum(x))
    with polyad.config(live_code=100_000, kept_code=0):
        for _ in range(4):
            for n in range(1, 15):
                assert jitted(np.ones(n)) == n
    gc.collect()
    for n in range(1, 15):
        assert jitted(np.ones(n)) == n


# -- Dtypes that are not NumPy's own object -------------------------------------------------------

DTYPES = {
    "unpickled": lambda x: pickle.loads(pickle.dumps(x)),
    "metadata": lambda x: x.astype(np.dtype(x.dtype, metadata={"unit": "m"})),
    "new byte order": lambda x: x.view(x.dtype.newbyteorder("=")),
}


@pytest.mark.parametrize("name", DTYPES)
@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "int8", "complex128", "bool"])
def test_arrays_with_a_dtype_object_of_their_own(name, dtype, dispatched):
    x = DTYPES[name](np.array([1, 0, 3]).astype(dtype))
    jitted = polyad.jit(lambda a: (a, pnp.where(a, a, a)))
    for _ in range(4):
        for one in jitted(x):
            np.testing.assert_array_equal(one, x)
            assert one.dtype == x.dtype
    jitted(np.array([1, 0, 3]).astype(dtype))
    assert len(dispatched) == 2


def test_long_long_is_an_integer(dispatched):
    jitted = polyad.jit(lambda x: x + 1)
    for dtype in ("q", "l", "q", "l"):
        np.testing.assert_array_equal(jitted(np.arange(3).astype(dtype)), [1, 2, 3])
    assert len(dispatched) == 2


def test_dtypes_of_another_size_or_order_are_not_taken():
    jitted = polyad.jit(lambda x: x + 1)
    for _ in range(4):
        for dtype in ("f8", "f4", ">f8", "i8", "u8", "i4"):
            found = jitted(np.arange(3).astype(dtype))
            np.testing.assert_array_equal(found, [1, 2, 3])


# -- Messages -------------------------------------------------------------------------------------


class Own(np.ndarray):
    pass


def unaligned(x):
    raw = np.empty(x.nbytes + 1, np.uint8)
    view = raw[1:].view(x.dtype)
    view[:] = x
    return view


SLOW = {
    "leaf 0 is a Own; pass numpy.asarray": lambda: X.view(Own),
    "leaf 0 has the foreign byte order '>f8'; pass x.astype": lambda: X.astype(">f8"),
    "leaf 0 is not aligned; pass x.copy": lambda: unaligned(np.arange(9000.0)),
}


@pytest.mark.parametrize("text", SLOW)
def test_a_slow_call_is_told_of_once(text, caplog, dispatched):
    jitted = polyad.jit(lambda x: x + 1)
    with caplog.at_level(logging.INFO, "polyad"):
        for _ in range(5):
            x = SLOW[text]()
            np.testing.assert_array_equal(jitted(x), np.asarray(x) + 1)
    (record,) = caplog.records
    assert record.levelname == "WARNING" and len(dispatched) == 5
    assert (
        text in record.getMessage() and "calls of lambda go through Python" in record.getMessage()
    )
    assert "test_fast_calls.py" in record.getMessage()


def test_many_layouts_are_told_of(caplog):
    jitted = polyad.jit(lambda x: x + 1)
    with caplog.at_level(logging.INFO, "polyad"):
        for step in range(2, 8):
            view = np.ones((100, 200 * step))[:, ::step]
            for _ in range(3):
                np.testing.assert_array_equal(jitted(view), view + 1)
    (record,) = caplog.records
    assert "leaf 0 is not contiguous, and there is code for 4 layouts" in record.getMessage()


def test_donated_arguments_that_cannot_be_written_are_told_of(caplog):
    jitted = polyad.jit(lambda x: x + 1, donate_argnums=0)
    fixed = X.copy()
    fixed.flags.writeable = False
    with caplog.at_level(logging.INFO, "polyad"):
        for _ in range(4):
            np.testing.assert_array_equal(jitted(fixed), X + 1)
    (record,) = caplog.records
    assert "leaf 0 is donated, and is read-only" in record.getMessage()


def test_the_nature_of_a_function_is_information_and_in_explain(caplog, capsys):
    def loud(x):
        polyad.debug.print("{}", x)
        return x + 1

    jitted, by_numpy = polyad.jit(loud), polyad.jit(lambda x: x + 1, backend="numpy")
    with caplog.at_level(logging.INFO, "polyad"):
        for _ in range(3):
            jitted(1.0), by_numpy(X)
    effects, op_by_op = caplog.records
    assert effects.levelname == op_by_op.levelname == "INFO"
    assert "it has effects (callbacks, prints), which Python runs" in effects.getMessage()
    assert "backend 'numpy' runs it op by op" in op_by_op.getMessage()
    assert "calls go through Python: it has effects" in jitted.lower(1.0).explain()
    assert "calls go through Python: backend 'numpy'" in by_numpy.lower(X).explain()
    assert "\ncalls go" not in polyad.jit(lambda x: x + 1).lower(X).explain()


@pytest.mark.parametrize(("patience", "slow"), [(1e9, 1), (0.0, 5)])
def test_a_program_of_long_pieces_has_fast_calls_once_it_was_short(
    patience, slow, monkeypatch, dispatched
):
    """`slow` calls of five go through Python, beside the second, which builds the fast path."""
    monkeypatch.setattr("polyad.lowering.costs.LONG", 0)
    monkeypatch.setattr("polyad.lowering.calling.interruptible.PATIENCE", patience)
    jitted, x = polyad.jit(lambda x: pnp.sin(x) * slow), np.arange(2e5)
    for _ in range(5):
        np.testing.assert_allclose(jitted(x), np.sin(x) * slow, rtol=1e-13)
    assert len(dispatched) == min(slow + 1, 5)


def test_fast_calls_are_not_told_of(caplog):
    jitted = polyad.jit(lambda x: x + 1)
    with caplog.at_level(logging.INFO, "polyad"):
        for _ in range(4):
            jitted(X), jitted(1.0), jitted(np.ones((4, 4)).T)
        polyad.make_ir(lambda x: jitted(x))(X)
    assert not caplog.records


# -- References -----------------------------------------------------------------------------------


def test_refused_calls_keep_nothing_alive():
    """Arguments of which some fit, and one does not, are let go."""
    jitted = polyad.jit(lambda p, q: p.a + q)
    fits, other = np.arange(3.0), np.arange(4.0)
    for _ in range(3):
        jitted(Pair(fits, other), fits)
    import sys

    before = sys.getrefcount(fits), sys.getrefcount(other)
    for _ in range(50):
        with pytest.raises(polyad.errors.PolyadError):
            jitted(Pair(fits, other), "text")
        jitted(Pair(fits, other), fits)
    gc.collect()
    assert (sys.getrefcount(fits), sys.getrefcount(other)) == before


def test_an_error_in_a_takers_code_reaches_the_caller():
    class Broken:
        fails = False

        def __init__(self, a):
            self.a = a

    def flatten(node):
        if Broken.fails:
            raise RuntimeError("cannot be flattened")
        return (node.a,), None

    tree.register_node(Broken, flatten, lambda _, children: Broken(*children))
    jitted = polyad.jit(lambda p: p.a + 1)
    for _ in range(3):
        np.testing.assert_array_equal(jitted(Broken(X)), X + 1)
    Broken.fails = True
    with pytest.raises(RuntimeError, match="cannot be flattened"):
        jitted(Broken(X))


def test_an_error_in_a_makers_code_reaches_the_caller():
    @tree.register_dataclass
    @dataclasses.dataclass
    class Picky:
        a: typing.Any
        fails: typing.ClassVar[bool] = False

        def __post_init__(self):
            if Picky.fails:
                raise RuntimeError("cannot be made")

    jitted = polyad.jit(lambda x: Picky(x + 1))
    for _ in range(3):
        np.testing.assert_array_equal(jitted(X).a, X + 1)
    Picky.fails = True
    with pytest.raises(RuntimeError, match="cannot be made"):
        jitted(X)
