"""autograd's core, checks, and the functions of NumPy and SciPy that it has."""

from __future__ import annotations

import functools
import itertools
from typing import Any

import numpy as np
import pytest
import scipy.signal
import scipy.stats

import polyad.compat.autograd.numpy as anp
from polyad.compat.autograd import builtins, core, extend, grad, test_util, tracer
from polyad.compat.autograd.scipy import integrate, linalg, signal, stats
from polyad.errors import PolyadTypeError, PolyadValueError, ShapeError

# -- Vector spaces, checks, and SciPy's functions --------------------------------------------------


@pytest.mark.parametrize(
    "value", [2.0, np.ones((3, 2)), 1j * np.ones(2), {"a": [1.0, np.zeros(2)], "b": (2.0,)}]
)
def test_the_vector_space_of_a_value(value: Any):
    space = core.vspace(value)
    basis = list(space.standard_basis())
    assert len(basis) == space.size
    gram = [[float(space.inner_prod(x, y)) for x in basis] for y in basis]
    np.testing.assert_array_equal(gram, np.eye(space.size))
    total = functools.reduce(space.add, basis)
    assert core.vspace(total) == space == core.vspace(space.randn())
    assert space.inner_prod(total, space.ones()) == space.size
    assert space.inner_prod(space.zeros(), total) == 0
    with pytest.raises(PolyadTypeError, match=r"(?s)no vector space for 3 of type int.*floating"):
        core.vspace(3)


def test_checks_find_wrong_derivatives():
    @extend.primitive
    def twice(x: Any) -> Any:
        return 2.0 * x

    with pytest.raises(NotImplementedError, match=r"(?s)primitive twice has no derivative.*defvjp"):
        grad(twice)(1.0)
    extend.defvjp(twice, lambda ans, x: lambda g: g * 2.001)
    with pytest.raises(AssertionError, match=r"\(VJP\) check of twice failed"):
        test_util.check_grads(twice, modes=["rev"])(1.0)
    test_util.combo_check(anp.sum, [0])([np.ones((2, 3))], axis=[0, 1], keepdims=[True, False])
    for wrong in (lambda x: x > 0, lambda x: anp.ones(2) * x, lambda x: 1j * x):
        with pytest.raises(PolyadTypeError, match=r"(?s)one real result.*elementwise_grad"):
            grad(wrong)(1.0)
    assert grad(lambda x: x * anp.ones((1, 1)))(2.0) == 1.0
    assert grad(twice, 1).__name__ == "grad_of_twice_wrt_argnum_1"


@pytest.mark.parametrize("mode", ["full", "valid", "same"])
def test_convolve_is_scipys(mode: str):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(5, 6)), rng.normal(size=(3, 2))
    np.testing.assert_allclose(
        signal.convolve(a, b, mode=mode), scipy.signal.convolve(a, b, mode=mode), atol=1e-12
    )
    rows = signal.convolve(a, b.T[:, :2], axes=[[1], [1]], dot_axes=[[], []], mode=mode)
    for i, j in itertools.product(range(5), range(2)):
        want = np.convolve(a[i], b.T[j, :2], mode=mode)  # type: ignore[call-overload]
        np.testing.assert_allclose(rows[i, j], want, atol=1e-12)
    test_util.check_grads(signal.convolve, (0, 1), modes=["rev"], order=1)(a, b)
    with pytest.raises(PolyadValueError, match=r"(?s)mode 'round' is unknown.*'full'"):
        signal.convolve(a, b, mode="round")
    with pytest.raises(PolyadValueError, match=r"(?s)larger than the other.*full"):
        signal.convolve(np.ones((2, 5)), np.ones((3, 2)), mode="valid")


def test_known_values_go_to_numpy_and_scipy():
    assert type(anp.where([True, False])) is tuple
    assert anp.where(condition=[True], x=np.ones(1), y=np.zeros(1)).tolist() == [1.0]
    assert grad(lambda x: anp.where(x > 0, x=x, y=3 * x))(-1.0) == 3.0
    assert anp.mean(np.array([1, 2], np.int32)).dtype == np.float64
    assert anp.float32 is np.float32
    assert stats.norm.rvs(size=3, random_state=0).shape == (3,)
    ys = integrate.odeint(lambda y, t, k: -k * y, [1.0], np.linspace(0, 1, 3), (2.0,))
    np.testing.assert_allclose(ys[:, 0], np.exp([0, -1, -2]), rtol=1e-6)
    slope = grad(
        lambda k: integrate.odeint(lambda y, t, k: -k * y, np.ones(1), [0.0, 1], (k,))[1, 0]
    )
    np.testing.assert_allclose(slope(2.0), -np.exp(-2), rtol=1e-6)
    test_util.check_grads(stats.t.cdf, [0, 2])(np.array([-1.0, 0.5]), 3.0, 0.1, 1.5)
    np.testing.assert_allclose(stats.t.logsf(3.0, 2.0), scipy.stats.t.logsf(3.0, 2.0))
    cov = np.array([[2.0, 0.5], [0.5, 1.0]])
    entropy = lambda c: stats.multivariate_normal.entropy(np.zeros(2), c)
    np.testing.assert_allclose(grad(entropy)(cov), 0.5 * np.linalg.inv(cov), rtol=1e-12)
    lower = test_util.check_grads(lambda a: tuple(anp.linalg.eigh(a, "U")), modes=["rev"], order=1)
    lower(np.random.default_rng(1).normal(size=(3, 3)))


def test_containers_and_boxes():
    seen: list[Any] = []

    def f(x: Any) -> Any:
        seen.append((builtins.isinstance(x, np.ndarray), builtins.type(x), tracer.isbox(x)))
        seen.append(tracer.getval(x).tolist())
        return anp.sum(builtins.list([x])[0])

    assert grad(f)(np.ones(2)).tolist() == [1, 1]
    assert seen == [(True, np.ndarray, True), [1.0, 1.0]]
    assert builtins.isinstance([1], list) and not tracer.isbox(1.0)


def test_older_forms_of_rules_warn_and_work():
    @extend.primitive
    def product(x, y):
        return np.asarray(x) * np.asarray(y)

    with pytest.warns(DeprecationWarning, match="older form; write defvjp"):
        product.defgrad(lambda ans, x, y: lambda g: 2 * y * g)
    with pytest.warns(DeprecationWarning, match="argnums"):
        product.defvjp(lambda g, ans, vs, gvs, x, y: 3 * x * g + 0 * vs.size, argnum=1)
    assert grad(product)(2.0, 5.0) == 10.0
    assert grad(product, 1)(2.0, 5.0) == 6.0
    with pytest.warns(DeprecationWarning, match="defvjp_is_zero"):
        product.defvjp_is_zero([0, 1])
    assert grad(product)(2.0, 5.0) == 0.0


def test_the_older_check_of_gradients():
    from polyad.compat.autograd.util import quick_grad_check

    with pytest.warns(DeprecationWarning, match="check_grads"):
        quick_grad_check(lambda x, y: x**2 * y, 1.0, (2.0,))


def test_a_choice_by_one_bool_is_the_thing_itself():
    chosen = [1, 2]
    assert anp.where(True, chosen, 3) is chosen and anp.where(False, 1, 2.0) == 2.0
    assert grad(lambda x: anp.where(True, x**2, 0.0))(3.0) == 6.0


def test_the_real_part_of_what_is_close_to_real():
    real = grad(lambda x: anp.real_if_close(x * (1 + 0j)) ** 2)
    assert real(3.0) == 6.0
    modulus = grad(lambda x: anp.abs(anp.real_if_close(x * (3 + 4j))))
    np.testing.assert_allclose(modulus(2.0), 5.0, rtol=1e-15)


def test_banded_equations():
    import scipy.linalg

    rng = np.random.default_rng(0)
    ab, b = rng.normal(size=(4, 5)) + 3 * (np.arange(4) == 1)[:, None], rng.normal(size=5)
    np.testing.assert_array_equal(
        linalg.solve_banded((2, 1), ab, b), scipy.linalg.solve_banded((2, 1), ab, b)
    )
    test_util.check_grads(lambda ab, b: linalg.solve_banded((2, 1), ab, b), modes=["rev"])(ab, b)
    with pytest.raises(ShapeError, match=r"4 rows(.|\n)*test_autograd_core"):
        grad(lambda ab: linalg.solve_banded((2, 1), ab, b)[0])(ab[:3])
