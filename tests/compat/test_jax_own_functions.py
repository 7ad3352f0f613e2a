"""Functions of `jax.numpy` whose parameters or results are not NumPy's, and its ufuncs."""

from __future__ import annotations

import numpy as np
import pytest

import polyad.compat.jax as jax
from polyad.compat.jax import numpy as jnp
from polyad.errors import PolyadTypeError, PolyadValueError


def test_sums_that_keep_their_dtype():
    small = jnp.array([[100, 100], [3, 2]], jnp.int8)
    assert jnp.sum(small).dtype == np.int64 and jnp.sum(small) == 205
    found = jnp.sum(small, axis=1, promote_integers=False)
    assert found.dtype == np.int8
    np.testing.assert_array_equal(found, np.array([200 - 256, 5]))
    assert jnp.prod(small[1], promote_integers=False).dtype == np.int8
    flags = jnp.array([True, True, False])
    assert jnp.sum(flags) == 2
    assert jnp.sum(flags, promote_integers=False).dtype == np.bool_
    assert not jnp.prod(flags, promote_integers=False)


def test_products_and_quotients_of_polynomials():
    product = jnp.polymul(jnp.array([2, 1, 0]), jnp.array([0, 5, 0, 3]))
    assert product.dtype == np.float64
    np.testing.assert_array_equal(product, [0, 10, 5, 6, 3, 0])
    trimmed = jnp.polymul(jnp.array([2, 1, 0]), jnp.array([0, 5, 0, 3]), trim_leading_zeros=True)
    np.testing.assert_array_equal(trimmed, [10, 5, 6, 3, 0])
    quotient, rest = jnp.polydiv(jnp.array([5, 7, 9]), jnp.array([4, 1]))
    np.testing.assert_array_equal(quotient, [1.25, 1.4375])
    np.testing.assert_array_equal(rest, [0, 0, 7.5625])
    _, rest = jnp.polydiv(jnp.array([5, 7, 9]), jnp.array([4, 1]), trim_leading_zeros=True)
    np.testing.assert_array_equal(rest, [7.5625])
    u, v = jnp.array([1.0, 0.3, -2.0, 0.7]), jnp.array([0.1, 0.7])
    quotient, rest = jnp.polydiv(u, v)
    np.testing.assert_allclose(np.polyadd(np.polymul(quotient, v), rest), u, atol=1e-13)


def test_stacks_in_depth_of_another_dtype():
    found = jnp.dstack([jnp.arange(2), jnp.arange(2)], dtype=jnp.float32)
    assert found.dtype == np.float32 and found.shape == (1, 2, 2)


UFUNCS = {
    "add": (2, 0), "bitwise_and": (2, -1), "bitwise_or": (2, 0), "bitwise_xor": (2, 0),
    "logaddexp": (2, -np.inf), "logaddexp2": (2, -np.inf), "logical_and": (2, True),
    "logical_or": (2, False), "logical_xor": (2, False), "maximum": (2, None),
    "minimum": (2, None), "multiply": (2, 1), "negative": (1, None), "subtract": (2, None),
}  # fmt: skip


@pytest.mark.parametrize("name", UFUNCS)
def test_ufuncs_have_jaxs_attributes(name):
    found = getattr(jnp, name)
    assert isinstance(found, jnp.ufunc) and not isinstance(jnp.sin, jnp.ufunc)
    assert (found.nin, found.identity) == UFUNCS[name] and found.nout == 1


FOLDED = [name for name, (nin, _) in UFUNCS.items() if nin == 2 and not name.startswith("log")]


@pytest.mark.parametrize("name", FOLDED)
def test_ufuncs_have_numpys_methods_in_the_arrays_dtype(name):
    mine, theirs = getattr(jnp, name), getattr(np, name)
    x = np.array([[3, 5, 6], [1, 7, 2]], np.int8)
    y = jnp.array(x)
    found = mine.accumulate(y, axis=1)
    assert found.dtype == np.int8
    np.testing.assert_array_equal(found, theirs.accumulate(x, axis=1, dtype=np.int8))
    np.testing.assert_array_equal(mine.reduce(y), theirs.reduce(x))
    np.testing.assert_array_equal(mine.outer(y[0], y[1]), theirs.outer(x[0], x[1]))
    np.testing.assert_array_equal(
        mine.reduceat(y, jnp.array([0, 2]), axis=1),
        theirs.reduceat(x, [0, 2], axis=1, dtype=np.int8),
    )
    moved = mine.at(y, jnp.array([0, 0]), y[1], inplace=False)
    expected = x.copy()
    theirs.at(expected, [0, 0], x[1])
    np.testing.assert_array_equal(moved, expected)
    np.testing.assert_array_equal(y, x)
    np.testing.assert_array_equal(moved.at[0].set(1)[0], 1)  # JAX's array


def test_a_ufunc_does_not_write():
    with pytest.raises(PolyadTypeError, match=r"jax.numpy.add.at.*immutable(.|\n)*inplace=False"):
        jnp.add.at(jnp.ones(2), 0, 1.0)


def test_shapes_that_do_not_broadcast_are_an_error_of_either_kind():
    """A TypeError, as in JAX, and a ValueError."""
    for kind in (TypeError, ValueError):
        with pytest.raises(kind, match=r"add: .*\(3,\) \(4,\)(.|\n)*test_jax_own_functions"):
            jnp.ones(3) + jnp.ones(4)


def test_settings_of_programs_that_are_strict():
    for setting, value in (
        (jax.numpy_dtype_promotion, "strict"),
        (jax.numpy_rank_promotion, "raise"),
        (jax.debug_key_reuse, False),
        (jax.debug_infs, False),
    ):
        with setting(value):
            assert jnp.add(1.0, 2.0) == 3.0
    with pytest.raises(PolyadValueError, match="debug_infs"), jax.debug_infs(True):
        pass


def test_known_values_are_known_under_jit():
    @jax.jit
    def f(x):
        with jax.ensure_compile_time_eval():
            sign = 1.0 if jnp.sum(jnp.cos(jnp.ones(3))) > 0 else -1.0
        return sign * x

    assert f(2.0) == 2.0


@pytest.mark.parametrize("kind", ["EigImplementation", "EighImplementation"])
def test_jaxs_implementations_are_taken(kind):
    x = jnp.array([[2.0, 1.0], [1.0, 3.0]])
    function = jax.lax.linalg.eig if kind == "EigImplementation" else jax.lax.linalg.eigh
    expected = np.linalg.eigvalsh(x)
    for which in getattr(jax.lax.linalg, kind):
        found = function(x, implementation=which)
        values = found[0] if kind == "EigImplementation" else found[1]
        np.testing.assert_allclose(np.sort(np.real(values)), expected, rtol=1e-14)


def test_integrals_of_samples_are_under_scipys_name():
    from polyad.compat.jax.scipy.integrate import trapezoid

    x = np.linspace(0.0, 1.0, 5) ** 2
    np.testing.assert_allclose(trapezoid(3 * x, x), 1.5, rtol=1e-15)
    assert jax.scipy.integrate.trapezoid(jnp.ones(3)).at[...].add(1.0) == 3.0


def test_factorials_of_jet():
    assert jax.experimental.jet.fact(5) == 120.0


def test_indices_that_are_not_known_are_jaxs_index_errors():
    with pytest.raises(jax.errors.NonConcreteBooleanIndexError):
        jax.jit(lambda x, m: x[m])(jnp.ones(2), jnp.array([True, False]))
    with pytest.raises(IndexError):
        jax.jit(lambda x, n: x[:n])(jnp.ones(2), 1)


def test_the_cpu_is_the_backend_of_compiled_functions():
    assert jax.jit(lambda x: 2 * x, backend="cpu")(1.5) == 3.0
    with pytest.raises(PolyadValueError, match="no backend is named 'gpu'"):
        jax.jit(lambda x: x, backend="gpu")(1.0)


class Like:
    """Something that has a shape and a dtype."""

    shape, dtype = (2, 3), np.float32


def test_shapes_are_found_of_what_only_has_a_shape_and_a_dtype():
    columns = jax.ShapeDtypeStruct((3, 4), np.float32)
    found = jax.eval_shape(lambda x, y: x @ y, Like(), columns)
    assert found.shape == (2, 4) and found.dtype == np.float32
    (turned,) = jax.linear_transpose(lambda x: 2 * x, Like())(jnp.ones((2, 3), np.float32))
    np.testing.assert_array_equal(turned, np.full((2, 3), 2.0))
    with pytest.raises(PolyadTypeError, match="is a Like, neither an array nor a number"):
        jax.jit(lambda x: x)(Like())


def test_the_path_of_a_product_is_taken():
    a, b, c = np.ones((2, 3)), np.arange(12.0).reshape(3, 4), np.ones((4, 5))
    for optimize in ("optimal", "greedy", True):
        path, _ = jnp.einsum_path("ij,jk,kl", a, b, c, optimize=optimize)
        found = jnp.einsum("ij,jk,kl", a, b, c, optimize=path)
        np.testing.assert_allclose(found, a @ b @ c, rtol=1e-15)


def test_a_transform_along_no_axis():
    z = jnp.array([1.0 + 2.0j, 3.0])
    np.testing.assert_array_equal(jax.lax.fft(z, "fft", ()), z)
    found = jax.lax.fft(jnp.ones(2, np.float32), "ifft", ())
    assert found.dtype == np.complex64 and found.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("name", ["logical_and", "logical_or"])
@pytest.mark.parametrize("initial", [False, True, None])
def test_what_a_logical_fold_begins_with_counts(name, initial):
    x = np.array([[True, False, True], [True, False, False]])
    mask = np.array([[True, True, False], [False, True, True]])
    options = {} if initial is None else {"initial": initial}
    expected = getattr(np, name).reduce(x, axis=0, where=mask, **options)
    found = getattr(jnp, name).reduce(jnp.array(x), axis=0, where=mask, initial=initial)
    np.testing.assert_array_equal(found, expected)


def test_functions_with_jaxs_further_parameters():
    """Some singular values, moments of some elements, denominators of attention, empty cells."""
    a = np.random.default_rng(0).normal(size=(4, 3))
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    found = jnp.linalg.svd(a, full_matrices=False, subset_by_index=(1, 3))
    np.testing.assert_allclose(found[1], s[1:])
    np.testing.assert_allclose((found[0] * found[1]) @ found[2], (u[:, 1:] * s[1:]) @ vh[1:])
    kept = jnp.linalg.svd(a, compute_uv=False, subset_by_index=(0, 1))
    np.testing.assert_allclose(kept, s[:1])
    with pytest.raises(PolyadValueError, match="subset_by_index"):
        jnp.linalg.svd(a, compute_uv=False, subset_by_index=(2, 4))
    with pytest.raises(PolyadValueError, match="full_matrices=False"):
        jnp.linalg.svd(a, subset_by_index=(0, 1))
    seen = a > -0.5
    mean = np.mean(a, axis=0, where=seen)
    expected = (a - mean) / np.sqrt(np.mean((a - mean) ** 2, axis=0, where=seen) + 1e-5)
    for algorithm in ("fast", "stable"):
        found = jax.nn.standardize(a, axis=0, where=seen, algorithm=algorithm)
        np.testing.assert_allclose(found, expected)
    with pytest.raises(PolyadValueError, match="algorithm"):
        jax.nn.standardize(a, algorithm="quick")
    q, k, v = np.random.default_rng(1).normal(size=(3, 2, 4, 3, 8))
    out, residual = jax.nn.dot_product_attention(q, k, v, return_residual=True)
    logits = np.einsum("bthd,bshd->bths", q, k) / np.sqrt(8)
    np.testing.assert_allclose(residual, np.log(np.sum(np.exp(logits), -1)))
    np.testing.assert_allclose(out, jax.nn.dot_product_attention(q, k, v))
    one = jax.nn.dot_product_attention(q[0], k[0], v[0], return_residual=True)
    np.testing.assert_allclose(one[1], residual[0])
    cell = jax.empty_ref(jax.ShapeDtypeStruct((2,), "float32"))
    assert cell[...].shape == (2,) and cell[...].dtype == np.float32


def test_cells_print_their_values_and_are_of_one_class():
    """`repr` is JAX's where the value is known; the cells that jit gives a function are cells."""
    cell = jax.new_ref(np.zeros(2, np.float32))
    cell[0] = 3.0
    assert repr(cell) == "Ref([3., 0.], dtype=float32)"
    assert repr(jax.new_ref(4.0)) == "Ref(4., dtype=float64)"
    assert jax.jit(lambda ref: isinstance(ref, jax.Ref) * ref[...])(cell)[0] == 3.0
    assert not isinstance(cell[...], jax.Ref)
    jax.freeze(cell)
    assert repr(cell) == "Ref(f32[2])"
