"""Named axes of vmap: against NumPy over the whole batch, in all transformations."""

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax
from polyad.errors import ConcretizationError, PolyadTypeError, PolyadValueError, UnboundAxisError
from polyad.test_util import check_grads

RNG = np.random.default_rng(0)
X = RNG.normal(size=(4, 3))
CYCLE = [(0, 1), (1, 2), (2, 3), (3, 0)]

OPS = {
    "psum": (lambda x: lax.psum(x, "i"), lambda x: np.broadcast_to(x.sum(0), x.shape)),
    "pmean": (lambda x: lax.pmean(x, "i"), lambda x: np.broadcast_to(x.mean(0), x.shape)),
    "pmax": (lambda x: lax.pmax(x, "i"), lambda x: np.broadcast_to(x.max(0), x.shape)),
    "pmin": (lambda x: lax.pmin(x, "i"), lambda x: np.broadcast_to(x.min(0), x.shape)),
    "all_gather": (
        lambda x: lax.all_gather(x, "i"),
        lambda x: np.broadcast_to(x, (len(x), *x.shape)),
    ),
    "all_gather at the end": (
        lambda x: lax.all_gather(x, "i", axis=-1),
        lambda x: np.broadcast_to(x.T, (len(x), *x.T.shape)),
    ),
    "all_gather tiled": (
        lambda x: lax.all_gather(x, "i", tiled=True),
        lambda x: np.broadcast_to(x.reshape(-1), (len(x), x.size)),
    ),
    "ppermute": (lambda x: lax.ppermute(x, "i", CYCLE), lambda x: np.roll(x, 1, 0)),
    "ppermute of some": (
        lambda x: lax.ppermute(x, "i", [(0, 3), (2, 1)]),
        lambda x: np.stack([0 * x[0], x[2], 0 * x[0], x[0]]),
    ),
    "pshuffle": (lambda x: lax.pshuffle(x, "i", [2, 0, 3, 1]), lambda x: x[[2, 0, 3, 1]]),
    "axis_index": (
        lambda x: x * lax.axis_index("i"),
        lambda x: x * np.arange(len(x))[:, None],
    ),
    "axis_size": (lambda x: x * lax.axis_size("i"), lambda x: x * len(x)),
    "of all alike": (
        lambda x: x + lax.psum(np.ones(3), "i") + lax.pmax(np.ones(3), "i"),
        lambda x: x + len(x) + 1,
    ),
    "exchanges of all alike": (
        lambda x: x + lax.psum_scatter(np.arange(4.0), "i") + lax.all_gather(1.0, "i")[0],
        lambda x: x + 4 * np.arange(4.0)[:, None] + 1,
    ),
}
ON_ROWS = {
    "psum_scatter": (lambda x: lax.psum_scatter(x, "i"), lambda x: x.sum(0)),
    "psum_scatter of an axis": (
        lambda x: lax.psum_scatter(x, "i", scatter_dimension=1, tiled=True),
        lambda x: np.stack(np.split(x.sum(0), 3, axis=1)),
    ),
    "all_to_all": (lambda x: lax.all_to_all(x, "i", 0, 0), lambda x: x.swapaxes(0, 1)),
    "all_to_all to the end": (
        lambda x: lax.all_to_all(x, "i", 0, 1),
        lambda x: np.stack([x[:, i].T for i in range(3)]),
    ),
    "all_to_all tiled": (
        lambda x: lax.all_to_all(x, "i", 0, 1, tiled=True),
        lambda x: np.stack(
            [np.concatenate([np.split(y, 3)[i] for y in x], axis=1) for i in range(3)]
        ),
    ),
    "pswapaxes": (lambda x: lax.pswapaxes(x, "i", 0), lambda x: x.swapaxes(0, 1)),
}
CUBE = {"psum_scatter of an axis": RNG.normal(size=(3, 2, 6))}
CASES = [(n, *pair, X) for n, pair in OPS.items()] + [
    (n, *pair, CUBE.get(n, RNG.normal(size=(3, 3, 2)))) for n, pair in ON_ROWS.items()
]


def each(cases=CASES):
    return pytest.mark.parametrize(
        ("f", "expected", "x"), [c[1:] for c in cases], ids=[c[0] for c in cases]
    )


@pytest.mark.share(3)
@each()
def test_values(f, expected, x):
    batched = polyad.vmap(f, axis_name="i")
    np.testing.assert_allclose(batched(x), expected(x), rtol=1e-14)
    np.testing.assert_allclose(polyad.jit(batched)(x), expected(x), rtol=1e-14)
    inside = polyad.vmap(polyad.jit(f), axis_name="i")
    np.testing.assert_allclose(inside(x), expected(x), rtol=1e-14)


@each()
def test_derivatives_outside_of_the_batch(f, expected, x):
    def loss(x):
        return polyad.vmap(lambda v: f(pnp.sin(v)), axis_name="i")(x) ** 2

    check_grads(loss, (x,), 2)


@each()
def test_derivatives_inside_of_the_batch(f, expected, x):
    """The reverse derivative is that of the sum of all elements' results, the forward one moves
    all elements at once.
    """
    weights = np.cos(np.arange(expected(x).size)).reshape(expected(x).shape)

    def element(v, w):
        return (f(v * v) * w).sum()

    inside = polyad.vmap(polyad.grad(element), axis_name="i")(x, weights)
    total = polyad.grad(lambda x: polyad.vmap(element, axis_name="i")(x, weights).sum())(x)
    np.testing.assert_allclose(inside, total, rtol=1e-12, atol=1e-12)
    t = np.sin(np.arange(x.size)).reshape(x.shape)
    pushed = polyad.vmap(lambda v, t: polyad.jvp(f, (v,), (t,))[1], axis_name="i")(x, t)
    outer = polyad.jvp(polyad.vmap(f, axis_name="i"), (x,), (t,))[1]
    np.testing.assert_allclose(pushed, outer, rtol=1e-12, atol=1e-12)


@each()
def test_another_batch_around_and_inside(f, expected, x):
    many = np.stack([x, 2 * x + 1])
    wanted = np.stack([expected(m) for m in many])
    named = polyad.vmap(f, axis_name="i")
    np.testing.assert_allclose(polyad.vmap(named)(many), wanted, rtol=1e-14)
    inner = polyad.vmap(polyad.vmap(f), in_axes=1, out_axes=1, axis_name="i")(many)
    np.testing.assert_allclose(inner, wanted, rtol=1e-14)


# -- Regions ---------------------------------------------------------------------------------------


def mean_removed(x):
    return x - lax.pmean(x, "i")


def in_a_scan(x):
    step = lambda c, _: (c - 0.5 * lax.pmean(pnp.sin(c), "i"), lax.psum(c, "i"))
    carry, ys = lax.scan(step, x, None, length=3)
    return carry + ys.sum(0)


def scan_expected(x):
    total = 0.0
    for _ in range(3):
        total = total + x.sum(0)
        x = x - 0.5 * np.sin(x).mean(0)
    return x + total


def in_a_while(x):
    return lax.while_loop(
        lambda c: lax.pmax(pnp.abs(c).max(), "i") > 0.5, lambda c: c * 0.5 + 0 * lax.psum(c, "i"), x
    )


def while_expected(x):
    while np.abs(x).max() > 0.5:
        x = x * 0.5
    return x


def in_a_cond(x):
    return lax.cond(lax.psum(x.sum(), "i") > -1e9, mean_removed, pnp.sin, x)


def in_a_checkpoint(x):
    return polyad.checkpoint(mean_removed)(x)


@polyad.custom_jvp
def with_a_rule(x):
    return lax.psum(x * x, "i")


@with_a_rule.defjvp
def with_a_rule_jvp(primals, tangents):
    return with_a_rule(*primals), lax.psum(2 * primals[0] * tangents[0], "i")


@polyad.custom_vjp
def with_two_passes(x):
    return lax.psum(x * x, "i")


with_two_passes.defvjp(
    lambda x: (with_two_passes(x), x), lambda x, ct: (2 * x * lax.psum(ct, "i"),)
)

REGIONS = [
    ("scan", in_a_scan, scan_expected),
    ("while", in_a_while, while_expected),
    ("cond", in_a_cond, lambda x: x - x.mean(0)),
    ("checkpoint", in_a_checkpoint, lambda x: x - x.mean(0)),
    ("custom_jvp", with_a_rule, lambda x: np.broadcast_to((x * x).sum(0), x.shape)),
    ("custom_vjp", with_two_passes, lambda x: np.broadcast_to((x * x).sum(0), x.shape)),
]


@pytest.mark.parametrize(("name", "f", "expected"), REGIONS, ids=[r[0] for r in REGIONS])
def test_regions(name, f, expected):
    batched = polyad.vmap(f, axis_name="i")
    for run in (batched, polyad.jit(batched), polyad.vmap(polyad.jit(f), axis_name="i")):
        np.testing.assert_allclose(run(X), expected(X), rtol=1e-12)
    modes = ("rev",) if name == "custom_vjp" else ("fwd", "rev")
    check_grads(batched, (X,), 1, modes=modes)
    inside = polyad.vmap(polyad.grad(lambda v: (f(v) ** 2).sum()), axis_name="i")(X)
    outside = polyad.grad(lambda x: (batched(x) ** 2).sum())(X)
    np.testing.assert_allclose(inside, outside, rtol=1e-10, atol=1e-12)


# -- Names -----------------------------------------------------------------------------------------


def test_two_names():
    x = RNG.normal(size=(2, 3))

    def f(v):
        at = lax.axis_index(("i", "j"))
        return v - lax.pmean(v, ("i", "j")), lax.psum(v, "j"), at, lax.axis_size(("i", "j"))

    centred, rows, at, size = polyad.vmap(polyad.vmap(f, axis_name="j"), axis_name="i")(x)
    np.testing.assert_allclose(centred, x - x.mean(), rtol=1e-14)
    np.testing.assert_allclose(rows, np.broadcast_to(x.sum(1, keepdims=True), x.shape), rtol=1e-14)
    assert at.tolist() == [[0, 1, 2], [3, 4, 5]] and (size == 6).all()


def test_an_inner_name_hides_an_outer_one():
    x = RNG.normal(size=(2, 3))
    f = lambda row: polyad.vmap(lambda v: lax.psum(v, "i"), axis_name="i")(row) + lax.psum(row, "i")
    expected = x.sum(1, keepdims=True) + x.sum(0)
    np.testing.assert_allclose(polyad.vmap(f, axis_name="i")(x), expected, rtol=1e-14)


def test_outer_values_are_summed_over_the_inner_axis():
    def f(row):
        return polyad.vmap(lambda v: v * 0 + lax.psum(row[0], "j"), axis_name="j")(row)

    x = RNG.normal(size=(2, 3))
    found = polyad.vmap(f, axis_name="i")(x)
    np.testing.assert_allclose(found, np.broadcast_to(3 * x[:, :1], x.shape), rtol=1e-14)


def test_a_compiled_function_is_compiled_for_each_size():
    f = polyad.jit(lambda v: v / lax.psum(v, "i") + lax.axis_size("i"))
    for n in (2, 3):
        x = np.arange(1.0, n + 1)
        np.testing.assert_allclose(polyad.vmap(f, axis_name="i")(x), x / x.sum() + n)
    with pytest.raises(UnboundAxisError):
        f(np.ones(()))


def test_known_values_in_a_batch():
    constant = polyad.jit(lambda v: lax.psum(v, "i"))
    f = lambda v: v + constant(2.0) + polyad.grad(lambda w: lax.psum(w * w, "i"))(3.0)
    np.testing.assert_allclose(polyad.vmap(f, axis_name="i")(np.zeros(4)), 8.0 + 24.0)


def test_python_numbers_and_booleans():
    sizes = polyad.vmap(lambda v: v * lax.psum(1, "i"), axis_name="i")(np.ones(5))
    assert sizes.tolist() == [5.0] * 5
    count = polyad.vmap(lambda v: lax.psum(v > 1, "i"), axis_name="i")(np.arange(5.0))
    assert count.dtype == np.int64 and count.tolist() == [3] * 5
    both = polyad.vmap(lambda v: lax.psum({"a": v, "b": (v, 2 * v)}, "i"), axis_name="i")(X)
    np.testing.assert_allclose(both["b"][1][0], 2 * X.sum(0))


def test_the_derivative_of_ties_is_shared():
    x = np.array([1.0, 2.0, 2.0])
    gradient = polyad.grad(lambda x: polyad.vmap(lambda v: lax.pmax(v, "i"), axis_name="i")(x)[0])
    assert gradient(x).tolist() == [0.0, 0.5, 0.5]
    inside = polyad.vmap(polyad.grad(lambda v: lax.pmax(v, "i")), axis_name="i")(x)
    assert inside.tolist() == [0.0, 1.5, 1.5]


def test_the_op_has_a_text():
    texts = []

    def f(v):
        found = polyad.make_ir(lambda w: lax.psum(w, "i"))(v)
        texts.append(str(found))
        assert polyad.ir.parse(str(found)) == found
        return v

    polyad.vmap(f, axis_name="i")(np.ones(2))
    assert 'psum %w {axis_name = "i", axis_size = 2}' in texts[0]


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_backends(backend):
    with polyad.use_backend(backend):
        x = pnp.asarray(X)
        found = polyad.vmap(in_a_scan, axis_name="i")(x)
    np.testing.assert_allclose(np.asarray(found), scan_expected(X), rtol=1e-12)


# -- Errors ----------------------------------------------------------------------------------------

CALLS = {
    "psum": lambda n: lax.psum(np.ones(2), n),
    "pmean": lambda n: lax.pmean(np.ones(2), n),
    "pmax": lambda n: lax.pmax(np.ones(2), n),
    "pmin": lambda n: lax.pmin(np.ones(2), n),
    "all_gather": lambda n: lax.all_gather(np.ones(2), n),
    "psum_scatter": lambda n: lax.psum_scatter(np.ones(2), n),
    "all_to_all": lambda n: lax.all_to_all(np.ones(2), n, 0, 0),
    "ppermute": lambda n: lax.ppermute(np.ones(2), n, [(0, 1)]),
    "pshuffle": lambda n: lax.pshuffle(np.ones(2), n, [0, 1]),
    "axis_index": lax.axis_index,
    "axis_size": lax.axis_size,
}


@pytest.mark.parametrize("name", list(CALLS))
def test_an_unbound_name(name):
    with pytest.raises(UnboundAxisError, match=f"^{name}: no vmap around this call names an axis"):
        CALLS[name]("i")
    with pytest.raises(UnboundAxisError, match=r"'k' .bound: 'i'"):
        polyad.vmap(lambda v: CALLS[name]("k"), axis_name="i")(np.ones(2))
    with pytest.raises(PolyadTypeError, match="the name of an axis is a string, not 3"):
        CALLS[name](3)


def under(f, x=X):
    return lambda: polyad.vmap(f, axis_name="i")(x)


BAD = [
    (lambda: polyad.vmap(pnp.sin, axis_name=3), PolyadTypeError, "axis_name is a string, not 3"),
    (
        lambda: polyad.vmap(pnp.sin, spmd_axis_name="d"),
        PolyadTypeError,
        "spmd_axis_name='d' names an axis of devices, and there is one device",
    ),
    (under(lambda x: lax.psum(x, ("i", "i"))), PolyadValueError, "names an axis twice"),
    (under(lambda x: lax.psum(x, "i", axis_index_groups=[[0]])), PolyadTypeError, "no groups"),
    (under(lambda x: lax.all_gather(x, ("i", "i"))), PolyadValueError, "twice"),
    (under(lambda x: lax.psum_scatter(x, "i")), PolyadValueError, "has size 3, and must have 4"),
    (
        under(lambda x: lax.all_to_all(x, "i", 0, 0, tiled=True)),
        PolyadValueError,
        "a multiple of 4",
    ),
    (under(lambda x: lax.ppermute(x, "i", [(0, 4)])), PolyadValueError, "different positions"),
    (under(lambda x: lax.ppermute(x, "i", [(0, 1), (0, 2)])), PolyadValueError, "different pos"),
    (under(lambda x: lax.pshuffle(x, "i", [0, 1])), PolyadValueError, "a permutation of 4"),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_two_axes_where_one_is_taken():
    f = lambda v: lax.all_gather(v, ("i", "j"))
    with pytest.raises(PolyadTypeError, match="all_gather is over one axis"):
        polyad.vmap(polyad.vmap(f, axis_name="j"), axis_name="i")(X)


def test_elements_of_different_ways_do_not_meet():
    """What such an op gives to the others is not what the reverse mode would take back."""
    centred = lambda x: x - lax.pmean(x, "i")
    branch = lambda x: lax.cond(x[0] > 0, centred, lambda x: x, x)
    with pytest.raises(PolyadTypeError, match=r"^psum over axis 'i' stands in a branch that not"):
        under(branch)()
    with pytest.raises(PolyadTypeError, match=r"in a branch .*\n.*\n  Move it out of there"):
        under(lambda x: lax.cond(lax.axis_index("i") > 0, polyad.jit(centred), pnp.sin, x))()
    loop = lambda x: lax.while_loop(lambda c: c[0] < 3, lambda c: c + 1 + lax.pmax(c, "i"), x)
    with pytest.raises(PolyadTypeError, match=r"^pmax over axis 'i' stands in a loop that not all"):
        under(loop)()


def test_a_sum_over_the_axis_is_not_known_while_tracing():
    def f(v):
        return polyad.grad(lambda w: w if lax.psum(w, "i") > 0 else -w)(1.0) * v

    with pytest.raises(ConcretizationError, match="depends on the other elements along axis 'i'"):
        polyad.vmap(f, axis_name="i")(np.ones(2))


@pytest.mark.parametrize("names", [("i", "j"), ("j", "i")])
def test_an_exchange_over_two_axes_is_that_over_their_product(names):
    """The first name is the slowest."""
    x = np.arange(2.0 * 3 * 6 * 5).reshape(2, 3, 6, 5)
    inner = polyad.vmap(lambda x: lax.all_to_all(x, names, 0, 1), axis_name="j")
    found = polyad.vmap(inner, axis_name="i")(x)
    turned = x if names == ("i", "j") else x.swapaxes(0, 1)
    expected = np.moveaxis(turned.reshape(6, 6, 5), 0, 2).reshape(*turned.shape[:2], 5, 6)
    expected = expected if names == ("i", "j") else expected.swapaxes(0, 1)
    np.testing.assert_array_equal(found, expected)
    twice = polyad.vmap(
        polyad.vmap(
            lambda x: lax.all_to_all(lax.all_to_all(x, names, 0, 0), names, 0, 0), axis_name="j"
        ),
        axis_name="i",
    )
    np.testing.assert_array_equal(twice(x), x)
