"""Factorisations in compiled code: values, NumPy's errors, and the remaining calls of Python."""

from __future__ import annotations

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad.config import config
from polyad.conformance import SAMPLES
from polyad.errors import DegeneracyError, LinAlgError
from polyad.lowering.backend import native
from polyad.lowering.dialects import kernel
from polyad.lowering.items.chunks import item_chunks
from polyad.lowering.native_ops import kind
from polyad.lowering.pipeline import lower

# Ops that compiled code asks Python to do, and the kinds of their operands (`native_ops.KINDS`).
HOST = {
    "airy_ai": "c",
    "airy_aip": "c",
    "airy_bi": "c",
    "airy_bip": "c",
    "betainc_derivative": "f",
    "debug_callback": "f",
    "ellipeinc_derivative": "f",
    "ellipkinc_derivative": "f",
    "eval_chebyt": "f",
    "eval_chebyu": "f",
    "eval_gegenbauer": "f",
    "eval_genlaguerre": "f",
    "eval_hermite": "f",
    "eval_hermitenorm": "f",
    "eval_jacobi": "f",
    "eval_legendre": "f",
    "fft": "c",
    "fresnel_c": "c",
    "fresnel_s": "c",
    "gammainc_derivative": "f",
    "hankel1": "c",
    "hankel1e": "c",
    "hankel2": "c",
    "hankel2e": "c",
    "hyp0f1": "c",
    "hyp1f1": "c",
    "hyp2f1": "c",
    "irfft": "c",
    "iv": "c",
    "jv": "c",
    "kv": "c",
    "kve": "c",
    "lambertw": "c",
    "loggamma": "c",
    "matrix_function": "cf",
    "matrix_function_tangent": "cf",
    "psi": "cf",
    "pure_callback": "f",
    "rfft": "f",
    "shichi_chi": "c",
    "shichi_shi": "c",
    "sici_ci": "c",
    "sici_si": "c",
    "sph_legendre_p": "f",
    "spherical_in": "cf",
    "spherical_jn": "cf",
    "spherical_kn": "cf",
    "spherical_yn": "cf",
    "wofz": "c",
    "wrightomega": "c",
    "yv": "c",
}


@pytest.mark.full
def test_the_list_of_host_calls():
    found: dict[str, set[str]] = {}
    for sample in SAMPLES:
        for dtype in sample.dtypes:
            function = polyad.make_ir(sample.run)(*sample.arrays(dtype))
            for op in lower(function)["kernel"].walk():
                if op.definition is kernel.host:
                    (inner,) = op.regions[0].ops
                    kinds = {kind(v.type.dtype) for v in inner.operands} or {"-"}
                    found.setdefault(inner.name, set()).update(kinds)
    assert {name: "".join(sorted(kinds)) for name, kinds in sorted(found.items())} == HOST


SIZES = [1, 3, 16, 17]
PROGRAMS = {
    "cholesky": lambda a, b: pnp.linalg.cholesky(positive(a)),
    "solve": pnp.linalg.solve,
    "solve_triangular": lambda a, b: pnp.linalg.solve(pnp.linalg.cholesky(positive(a)), b),
    "inv": lambda a, b: pnp.linalg.inv(a),
    "slogdet": lambda a, b: tuple(pnp.linalg.slogdet(a)),
    "det": lambda a, b: pnp.linalg.det(a / a.shape[-1]),
    "qr": lambda a, b: tuple(pnp.linalg.qr(b)),
    "eigh": lambda a, b: pnp.linalg.eigvalsh(positive(a)),
    "svd": lambda a, b: pnp.linalg.svd(b, compute_uv=False),
}


def positive(a):
    return a @ pnp.conj(pnp.matrix_transpose(a)) + pnp.eye(a.shape[-1], dtype=a.dtype)


@pytest.mark.share(3)
@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("dtype", ["float64", "float32", "complex128"])
def test_values_on_stacks_small_and_large(name, dtype):
    rng = np.random.default_rng(0)
    for n in SIZES:
        a, b = rng.standard_normal((2, n, n)) + 2 * n * np.eye(n), rng.standard_normal((2, n, 3))
        if dtype == "complex128":
            a, b = a + 1j * rng.standard_normal(a.shape), b + 1j * rng.standard_normal(b.shape)
        a, b = a.astype(dtype), b.astype(dtype)
        compiled = native().compile(polyad.make_ir(PROGRAMS[name])(a, b))
        assert not compiled.host_steps
        wanted = PROGRAMS[name](a, b)
        tolerance = 2e-4 if dtype == "float32" else 1e-10
        for x, y in zip(
            compiled(a, b), wanted if isinstance(wanted, tuple) else (wanted,), strict=True
        ):
            np.testing.assert_allclose(x, y, rtol=tolerance, atol=tolerance)


BAD = {
    "inv": (pnp.linalg.inv, np.array([[1.0, 2.0], [2.0, 4.0]]), "is singular"),
    "solve": (lambda a: pnp.linalg.solve(a, a), np.zeros((20, 20)), "is singular"),
    "cholesky": (pnp.linalg.cholesky, -np.eye(3), "not positive definite"),
    "large cholesky": (pnp.linalg.cholesky, -np.eye(30), "not positive definite"),
    "nan": (pnp.linalg.cholesky, np.full((30, 30), np.nan), "the matrix holds NaN"),
    "eigh": (pnp.linalg.eigvalsh, np.full((3, 3), np.nan), "did not converge"),
    "svd": (lambda a: pnp.linalg.svd(a)[1], np.full((3, 3), np.nan), "did not converge"),
}


@pytest.mark.parametrize("name", BAD)
def test_errors_are_those_of_the_numpy_backend(name):
    function, a, message = BAD[name]
    texts = []
    for run in (function, polyad.jit(function)):
        with pytest.raises(LinAlgError, match=message) as caught:
            run(np.stack([np.eye(len(a)), a]))
        texts.append(str(caught.value))
    assert texts[0] == texts[1]
    assert "test_routines.py" in texts[1]


@pytest.mark.parametrize("n", [3, 6, 20])
def test_numpy_judges_whether_a_matrix_is_singular(n):
    """Rounding decides whether an exactly singular matrix is found to be so."""
    rng, compiled = np.random.default_rng(n), polyad.jit(pnp.linalg.inv)
    outcomes = []
    for _ in range(100):
        a = rng.integers(-3, 4, (n, n)).astype(float)
        a[-1] = a[0] + rng.integers(1, 4) * a[1]
        for run in (np.linalg.inv, compiled):
            try:
                run(a)
                outcomes.append("inverted")
            except np.linalg.LinAlgError:
                outcomes.append("singular")
    assert outcomes[::2] == outcomes[1::2]
    assert {"singular"} <= set(outcomes)


def test_determinants_of_singular_matrices():
    a = np.array([[1.0, 2.0], [2.0, 4.0]])
    assert polyad.jit(pnp.linalg.det)(a) == 0.0
    assert tuple(polyad.jit(pnp.linalg.slogdet)(a)) == (0.0, -np.inf)
    np.testing.assert_allclose(polyad.jit(polyad.grad(pnp.linalg.det))(a), [[4, -2], [-2, 1]])


def test_a_failure_in_a_loop_ends_it():
    def shrink(a):
        step = lambda x, _: (x - pnp.eye(2), pnp.linalg.cholesky(x))
        return polyad.lax.scan(step, a, None, length=5)[1]

    compiled = polyad.jit(shrink)
    assert compiled(9.0 * np.eye(2)).shape == (5, 2, 2)
    with pytest.raises(LinAlgError, match="not positive definite"):
        compiled(3.0 * np.eye(2))


def spread_out(a):
    """Well separated eigenvalues and singular values, real ones."""
    n = a.shape[-1]
    return a * 0.1 + pnp.asarray(np.diag(np.arange(1.0, n + 1)), dtype=a.dtype)


def quartic(x):
    """A function of vectors that does not see their signs or phases."""
    return pnp.sum(pnp.abs(x) ** 4)


SPECTRAL = {
    "eig": lambda a: tuple(pnp.linalg.eig(a)),
    "eigvals": pnp.linalg.eigvals,
    "pinv": lambda a: pnp.linalg.pinv(a[..., :2]),
    "expm": pnp.linalg.expm,
    "gradient of pinv": polyad.grad(lambda a: quartic(pnp.linalg.pinv(a[..., 1:]))),
    "gradient of expm": polyad.grad(lambda a: quartic(pnp.linalg.expm(a))),
    "gradient of hermitian expm": polyad.grad(
        lambda a: quartic(pnp.linalg.expm(a + pnp.conj(a.mT), hermitian=True))
    ),
    "gradient of eigh": polyad.grad(
        lambda a: quartic(pnp.linalg.eigh(spread_out(a)).eigenvectors[..., 0])
    ),
    "tangent of eigh": lambda a: polyad.jvp(
        lambda x: quartic(pnp.linalg.eigh(spread_out(x)).eigenvectors), (a,), (a,)
    )[1],
    "gradient of svd": polyad.grad(
        lambda a: quartic(pnp.linalg.svd(spread_out(a)[..., :2], full_matrices=False)[0])
    ),
    "gradient of eig": polyad.grad(lambda a: quartic(pnp.linalg.eig(spread_out(a)).eigenvectors)),
    "second derivative of det": polyad.grad(
        lambda a: quartic(polyad.grad(lambda x: pnp.real(pnp.sum(pnp.linalg.det(x))))(a))
    ),
}


CASES = [(name, dtype) for name in SPECTRAL for dtype in ("float64", "complex128")]


@pytest.mark.share(3)
@pytest.mark.parametrize(("name", "dtype"), [*CASES, ("eig", "float32"), ("pinv", "float32")])
def test_spectra_and_their_derivatives_need_no_python(name, dtype):
    rng = np.random.default_rng(1)
    a = rng.standard_normal((2, 4, 4))
    if dtype == "complex128":
        a = a + 1j * rng.standard_normal(a.shape)
    a = a.astype(dtype)
    compiled = polyad.jit(SPECTRAL[name])
    assert "no host calls" in compiled.lower(a).explain().splitlines()[0]
    tolerance = 2e-3 if dtype == "float32" else 1e-9
    for x, y in zip(
        polyad.tree.leaves(compiled(a)), polyad.tree.leaves(SPECTRAL[name](a)), strict=True
    ):
        assert x.dtype == y.dtype
        np.testing.assert_allclose(x, y, rtol=tolerance, atol=tolerance)


def test_where_values_repeat_the_numpy_backend_judges():
    """A gradient that needs no vectors of its own is there; another is the same error."""
    a = np.diag([1.0, 1.0, 2.0])
    projection = lambda v: v[:, :2] @ v[:, :2].T
    good = lambda a: pnp.sum(projection(pnp.linalg.eigh(a).eigenvectors) ** 3)
    bad = lambda a: pnp.sum(pnp.linalg.eigh(a).eigenvectors * np.arange(9.0).reshape(3, 3))
    np.testing.assert_allclose(polyad.jit(polyad.grad(good))(a), polyad.grad(good)(a), atol=1e-12)
    texts = []
    for run in (polyad.grad(bad), polyad.jit(polyad.grad(bad))):
        with pytest.raises(DegeneracyError) as caught:
            run(a)
        texts.append(str(caught.value).splitlines()[0])
    assert texts[0] == texts[1]


def test_a_defective_matrix_is_the_same_error():
    gradient = polyad.grad(lambda a: quartic(pnp.linalg.eigvals(a)))
    for run in (gradient, polyad.jit(gradient)):
        with pytest.raises(DegeneracyError, match="defective"):
            run(np.array([[1.0, 1.0], [0.0, 1.0]]))


def test_general_matrices_with_infinities_are_the_same_error():
    for run in (pnp.linalg.eigvals, polyad.jit(pnp.linalg.eigvals)):
        with pytest.raises(LinAlgError, match="infinities or NaN"):
            run(np.array([[1.0, np.inf], [0.0, 1.0]]))


STACKS = {
    "sort": lambda a: pnp.sort(a.reshape(-1, 100), axis=1),
    "argsort": lambda a: pnp.argsort(a.reshape(-1, 100), axis=0),
    "solve": lambda a: pnp.linalg.solve(spread_out(a), a),
    "eigh": lambda a: tuple(pnp.linalg.eigh(a + a.mT)),
    "eigvals": pnp.linalg.eigvals,
    "gradient of eigh": polyad.grad(
        lambda a: quartic(pnp.linalg.eigh(spread_out(a)).eigenvectors[..., 0])
    ),
    "power": lambda a: pnp.astype(100 * a, "int64") ** pnp.astype(abs(a), "int64"),
}


def chunked(function, *arrays):
    """How many routines of the function are split over threads."""
    ops = [
        op
        for op in lower(polyad.make_ir(function)(*arrays))["kernel"].walk()
        if op.definition is kernel.routine
    ]
    for op in ops:
        count, each = item_chunks(op)
        assert op.attrs["scratch"] == count * each
    return sum(item_chunks(op)[0] > 1 for op in ops)


@pytest.mark.parametrize("name", STACKS)
def test_items_are_split_over_threads_which_change_nothing(name):
    a = np.random.default_rng(0).standard_normal((1500, 6, 6))
    assert chunked(STACKS[name], a)
    compiled, wanted = polyad.jit(STACKS[name]), None
    assert "chunks, by all threads" in compiled.lower(a).explain()
    for threads in (1, 2, 5):
        with config(num_threads=threads):
            found = polyad.tree.leaves(compiled(a))
        wanted = wanted or found
        for x, y in zip(found, wanted, strict=True):
            np.testing.assert_array_equal(x, y)
    for x, y in zip(wanted, polyad.tree.leaves(STACKS[name](a)), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("place", [0, 741, 1499])
def test_one_of_many_without_an_answer_is_the_same_error(place):
    a = np.random.default_rng(0).standard_normal((1500, 6, 6))
    a[place] = 0.0
    for run in (pnp.linalg.inv, polyad.jit(pnp.linalg.inv)):
        with pytest.raises(LinAlgError, match="is singular"):
            run(a)
