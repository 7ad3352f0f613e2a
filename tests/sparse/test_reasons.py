"""Reasons of entries, checks, declared patterns, Lagrangians."""

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad import lax, sparse
from polyad.errors import PolyadTypeError
from polyad.sparse import DenseWarning, Pattern, SparsityError

X = np.random.default_rng(0).uniform(0.5, 2, 9)


def coupled(x):
    y = pnp.sin(x[1:])
    z = y * x[:-1]
    return z + x.sum()  # fills the pattern


def test_why_names_the_ops_and_lines_of_an_entry():
    pattern = sparse.jacobian_sparsity(coupled)(X)
    far = pattern.why(0, 5)
    assert far.startswith("entry (0, 5): from argument 'x'[5]")
    assert "sum" in far and "return z + x.sum()" in far and "multiply" not in far
    near = sparse.jacobian_sparsity(lambda x: pnp.sin(x[1:]) * x[:-1])(X).why(3, 4)
    assert [line.strip() for line in near.splitlines() if " at " not in line] == [
        "entry (3, 4): from argument 'x'[4]",
        "slice",
        "sin",
        "multiply",
    ]


def test_why_names_the_line_that_fills_the_pattern():
    reason = sparse.jacobian_sparsity(coupled)(X).why()
    assert "return z + x.sum()" in reason and "9 of 9 inputs" in reason
    assert "nothing depends" in sparse.jacobian_sparsity(pnp.sign)(X).why()


def test_why_of_loops_leaves_and_triangles():
    f = lambda x: lax.scan(lambda c, a: (c + a, c * a), 0.0, x)[1]
    assert "scan" in sparse.jacobian_sparsity(f)(X).why(4, 2)
    g = lambda p: {"a": p["u"][1:], "b": p["v"] ** 2}
    found = sparse.jacobian_sparsity(g)({"u": X[:3], "v": X[:2]})
    assert found.why(3, 4).startswith("entry (3, 4): from argument \"p['v']\"[1]") or (
        "[1]" in found.why(3, 4).splitlines()[0]
    )
    lower = sparse.hessian(lambda x: (x[1:] * x[:-1]).sum(), triangle="lower").prepare(X)
    assert "argument 'x'" in lower.pattern.why(1, 0)


def test_why_names_what_was_widened():
    call = lambda x: polyad.pure_callback(np.sin, polyad.ShapeDtypeStruct((9,), float), x)
    pattern = sparse.jacobian_sparsity(call)(X)
    assert not pattern.exact
    assert "pure_callback, all of its results by all of its operands" in pattern.why()
    assert "pure_callback" in pattern.why(2, 3)


def test_why_of_no_entry():
    with pytest.raises(SparsityError, match=r"no entry \(0, 3\)"):
        sparse.jacobian_sparsity(lambda x: x * 2)(X).why(0, 3)


def test_the_warning_names_the_line():
    with pytest.warns(DenseWarning, match=r"hardly sparse(.|\n)*return z \+ x.sum\(\)"):
        sparse.jacobian(coupled)(X)


def test_check_finds_nothing_where_all_is_well():
    sparse.check(sparse.jacobian(lambda x: x[1:] * x[:-1]), X)
    energy = lambda x: (pnp.sin(x[1:]) * x[:-1] ** 2).sum()
    for triangle in (None, "lower", "upper"):
        sparse.check(sparse.hessian(energy, triangle=triangle), X)
    sparse.check(sparse.jacobian(lambda x: x[1:] * x[:-1], format="csc"), X, probes=1)


def test_check_names_missing_entries():
    @polyad.custom_vjp
    def turned(x):
        return x[::-1]

    turned.defvjp(lambda x: (x[::-1], None), lambda _, ct: (ct[::-1],))
    sparse.declare(turned, lambda x: np.eye(x.size))
    J = sparse.jacobian(lambda x: turned(x) * 2)
    with pytest.raises(SparsityError, match=r"lacks \(0, 8\)"):
        sparse.check(J, X)


def test_check_takes_sparse_functions():
    with pytest.raises(PolyadTypeError, match=r"check takes what sparse\.jacobian"):
        sparse.check(polyad.jacfwd(coupled), X)


def test_declared_patterns():
    @polyad.custom_vjp
    def shifted(x, y):
        return x * pnp.roll(y, 1)

    shifted.defvjp(lambda x, y: (shifted(x, y), (x, y)), lambda r, ct: (ct * r[1], ct * r[0]))
    n = 4
    f = lambda x: shifted(x, x**2)
    assert sparse.jacobian_sparsity(f)(X[:n]).nnz == n * n
    rule = lambda x, y: np.hstack([np.eye(x.size), np.roll(np.eye(y.size), -1, axis=1)])
    assert sparse.declare(shifted, rule) is shifted
    pattern = sparse.jacobian_sparsity(f)(X[:n])
    expected = np.eye(n) + np.roll(np.eye(n), -1, axis=1) > 0
    np.testing.assert_array_equal(pattern.to_scipy().toarray(), expected)
    assert pattern.exact


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: sparse.declare(np.sin, lambda x: x), PolyadTypeError, "declare takes an op"),
        (lambda: sparse.declare(identity, 3), PolyadTypeError, "function of the operands' types"),
        (
            lambda: sparse.jacobian_sparsity(sparse.declare(identity, lambda x: np.eye(2)))(X),
            SparsityError,
            r"declared for identity has shape \(2, 2\)",
        ),
        (
            lambda: sparse.hessian_sparsity(lambda x: x * 2)(X),
            PolyadTypeError,
            "hessian_sparsity: takes functions with a scalar value",
        ),
        (
            lambda: sparse.jacobian_sparsity(lambda x: x)(np.arange(3)),
            PolyadTypeError,
            "is i64",
        ),
        (
            lambda: sparse.lagrangian(lambda x: x[0], lambda x: x).hessian(X, X[:2]),
            PolyadTypeError,
            "multipliers of shapes",
        ),
    ],
)
def test_bad_input(make, error, message):
    with pytest.raises(error, match=message) as caught:
        make()
    assert "test_reasons.py" in str(caught.value)


@polyad.custom_vjp
def identity(x):
    return x


identity.defvjp(lambda x: (x, None), lambda _, ct: (ct,))


def test_hessian_patterns():
    f = lambda x: (x[1:] * x[:-1]).sum() + x[0] ** 3
    expected = np.eye(9, k=1) + np.eye(9, k=-1)
    expected[0, 0] = 1
    found = sparse.hessian_sparsity(f)(X)
    np.testing.assert_array_equal(found.to_scipy().toarray(), expected)
    assert sparse.hessian_sparsity(lambda x: x.sum())(X).nnz == 0
    two = sparse.hessian_sparsity(lambda a, b: (a * b).sum(), (0, 1))(X[:2], X[:2])
    assert two == Pattern.from_scipy(np.kron([[0, 1], [1, 0]], np.eye(2)))


@pytest.mark.parametrize("triangle", [None, "lower"])
def test_lagrangian(triangle):
    cost = lambda x: (x**3).sum()
    defects = lambda x: x[1:] ** 2 * x[:-1]
    L = sparse.lagrangian(cost, defects, triangle=triangle)
    weights = np.arange(1.0, 9)
    np.testing.assert_allclose(L.jacobian(X).toarray(), polyad.jacfwd(defects)(X))
    for sigma in (1.0, 0.5):
        dense = polyad.hessian(lambda x: sigma * cost(x) + (weights * defects(x)).sum())(X)
        found = L.hessian(X, weights, sigma)
        np.testing.assert_allclose(
            found.toarray(), np.tril(dense) if triangle else dense, atol=1e-12
        )
        np.testing.assert_allclose(L.value(X, weights, sigma),
                                   sigma * cost(X) + (weights * defects(X)).sum())  # fmt: skip
    assert found.indices is L.hessian(X, 2 * weights).indices
