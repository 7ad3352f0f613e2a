"""What SciPy's solvers, IPOPT and OpenMDAO take, run with them where they are installed."""

import numpy as np
import pytest
import scipy.integrate
import scipy.optimize
import scipy.sparse

import polyad
import polyad.numpy as pnp
from polyad import sparse
from polyad.errors import PolyadTypeError, ShapeError
from polyad.sparse import ipopt, openmdao

N = 40
TARGET = np.sin(np.linspace(0, 3, N))


def chain(x):
    """Residuals of a chain of unknowns, of which each has two or one."""
    return pnp.concatenate([x[1:] - 0.25 * x[:-1] ** 2 - 0.75, x[:1] - 1])


def brusselator(t, y):
    u, v = y[: N // 2], y[N // 2 :]
    spread = lambda w: pnp.roll(w, 1) - 2 * w + pnp.roll(w, -1)
    return pnp.concatenate(
        [1 + u**2 * v - 4 * u + 20 * spread(u), 3 * u - u**2 * v + 20 * spread(v)]
    )


def energy(x):
    return pnp.sum((x[1:] - x[:-1]) ** 2) + pnp.sum((x - TARGET) ** 4)


def sphere(x):
    return pnp.stack([pnp.sum(x[:2] ** 2), x[3] * x[4] - x[5]])


# -- SciPy


@pytest.mark.parametrize("method", ["trf", "dogbox"])
def test_least_squares(method):
    start = np.full(N, 1.2)
    found = scipy.optimize.least_squares(
        x0=start, method=method, **sparse.scipy.least_squares_args(chain)
    )
    np.testing.assert_allclose(found.x, 1, atol=1e-4)
    assert scipy.sparse.issparse(found.jac)


@pytest.mark.parametrize("method", ["BDF", "Radau"])
def test_stiff_equations(method):
    start = np.concatenate([1 + np.sin(np.arange(N // 2)), np.full(N // 2, 3.0)])
    options = {"t_span": (0, 0.1), "y0": start, "method": method, "rtol": 1e-6, "atol": 1e-6}
    found = scipy.integrate.solve_ivp(**options, **sparse.scipy.ode_args(brusselator))
    numpys = lambda t, y: np.asarray(brusselator(t, y))
    expected = scipy.integrate.solve_ivp(numpys, **options)
    assert found.success
    np.testing.assert_allclose(found.y[:, -1], expected.y[:, -1], rtol=1e-4)
    assert found.njev == expected.njev


def test_trust_constr():
    args = sparse.scipy.minimize_args(energy, (sphere, [1.0, 0.2], [1.0, 0.2]))
    found = scipy.optimize.minimize(x0=np.full(N, 0.5), method="trust-constr", **args)
    np.testing.assert_allclose(sphere(found.x), [1, 0.2], atol=1e-6)
    dense = scipy.optimize.minimize(
        lambda x: float(energy(x)), np.full(N, 0.5), method="SLSQP",
        jac=polyad.grad(energy), options={"ftol": 1e-12, "maxiter": 500},
        constraints={"type": "eq", "fun": lambda x: np.asarray(sphere(x)) - [1, 0.2],
                     "jac": polyad.jacrev(sphere)},
    )  # fmt: skip
    np.testing.assert_allclose(found.fun, dense.fun, rtol=1e-4)


@pytest.mark.parametrize(
    ("method", "products"), [("Newton-CG", False), ("trust-ncg", True), ("trust-krylov", True)]
)
def test_minimize_without_constraints(method, products):
    args = sparse.scipy.minimize_args(energy, products=products)
    found = scipy.optimize.minimize(x0=np.zeros(N), method=method, **args)
    assert np.linalg.norm(polyad.grad(energy)(found.x)) < 1e-3


@pytest.mark.parametrize("format", ["csr", "csc", "coo"])
def test_the_formats_that_scipys_solvers_take(format):
    jac = sparse.jacobian(chain, format=format)
    found = scipy.optimize.least_squares(polyad.jit(chain), np.full(N, 1.2), jac=jac)
    np.testing.assert_allclose(found.x, 1, atol=1e-4)
    structure = jac.prepare(np.ones(N)).pattern.to_scipy(format)
    found = scipy.optimize.least_squares(polyad.jit(chain), np.full(N, 1.2), jac_sparsity=structure)
    np.testing.assert_allclose(found.x, 1, atol=1e-4)


# -- IPOPT


class Solver:
    """The callbacks of `cyipopt.Problem` in its order, with plain Newton steps on the equations of
    Karush, Kuhn and Tucker in the place of IPOPT's.
    """

    def __init__(self, n, m, problem_obj, cl):
        self.n, self.m, self.problem, self.cl = n, m, problem_obj, cl
        self.jacobian_places = problem_obj.jacobianstructure()
        self.hessian_places = problem_obj.hessianstructure()
        rows, cols = self.hessian_places
        assert (rows >= cols).all(), "the lower triangle"

    def solve(self, x):
        multipliers = np.zeros(self.m)
        for _ in range(50):
            p = self.problem
            assert isinstance(p.objective(x), float)
            gradient, values = p.gradient(x), p.constraints(x)
            J = scipy.sparse.coo_array(
                (p.jacobian(x), self.jacobian_places), shape=(self.m, self.n)
            ).tocsr()
            lower = scipy.sparse.coo_array(
                (p.hessian(x, multipliers, 1.0), self.hessian_places), shape=(self.n, self.n)
            )
            H = lower + scipy.sparse.tril(lower, -1).T
            residual = np.concatenate([gradient + J.T @ multipliers, values - self.cl])
            if np.linalg.norm(residual) < 1e-10:
                break
            K = scipy.sparse.block_array(
                [[H + 1e-12 * scipy.sparse.eye_array(self.n), J.T], [J, None]]
            )
            step = scipy.sparse.linalg.spsolve(K.tocsc(), -residual)
            x, multipliers = x + step[: self.n], multipliers + step[self.n :]
        return x


def pendulum(z):
    """Midpoint rule for θ'' = u - sin θ, with states and controls in one vector."""
    theta, omega, u = z[:11], z[11:22], z[22:]
    h = 0.2
    mid = lambda w: (w[1:] + w[:-1]) / 2
    return pnp.concatenate(
        [
            theta[1:] - theta[:-1] - h * mid(omega),
            omega[1:] - omega[:-1] - h * (u - pnp.sin(mid(theta))),
            pnp.stack([theta[0], omega[0], theta[-1] - 1, omega[-1]]),
        ]
    )


def effort(z):
    return 0.5 * pnp.sum(z[22:] ** 2)


def solve_by(solver):
    nlp = ipopt.problem(effort, pendulum, np.zeros(32))
    assert (nlp.n, nlp.m) == (32, 24)
    return solver(nlp)


def test_a_problem_of_optimal_control_by_newton_steps():
    z = solve_by(lambda nlp: Solver(32, 24, nlp, np.zeros(24)).solve(np.zeros(32)))
    np.testing.assert_allclose(pendulum(z), 0, atol=1e-9)
    jacobian = polyad.jacrev(pendulum)(z)
    gradient = polyad.grad(effort)(z)
    multipliers = np.linalg.lstsq(jacobian.T, -gradient)[0]
    np.testing.assert_allclose(gradient + jacobian.T @ multipliers, 0, atol=1e-8)


def test_the_same_by_ipopt_where_it_is_installed():
    cyipopt = pytest.importorskip("cyipopt")
    zero = np.zeros(24)

    def solver(nlp):
        task = cyipopt.Problem(32, 24, problem_obj=nlp, lb=np.full(32, -1e9), ub=np.full(32, 1e9),
                               cl=zero, cu=zero)  # fmt: skip
        task.add_option("print_level", 0)
        return task.solve(np.zeros(32))[0]

    expected = Solver(32, 24, ipopt.problem(effort, pendulum, 32), zero).solve(np.zeros(32))
    np.testing.assert_allclose(solve_by(solver), expected, atol=1e-6)


@pytest.mark.parametrize("bounded", [False, True])
def test_minimize_ipopt_where_it_is_installed(bounded):
    cyipopt = pytest.importorskip("cyipopt")
    args = ipopt.minimize_args(energy, [(sphere, [1.0, 0.2], [1.0, 0.2])] if bounded else [])
    found = cyipopt.minimize_ipopt(x0=np.full(N, 0.5), options={"disp": 0}, **args)
    assert found.success
    if bounded:
        np.testing.assert_allclose(sphere(found.x), [1, 0.2], atol=1e-7)
    else:
        assert np.linalg.norm(polyad.grad(energy)(found.x)) < 1e-5


def test_callbacks_are_the_dense_derivatives():
    nlp = ipopt.problem(energy, sphere, N)
    x, weights = np.linspace(-1, 1, N), np.array([2.0, -3.0])
    np.testing.assert_allclose(nlp.gradient(x), polyad.grad(energy)(x))
    jacobian = scipy.sparse.coo_array((nlp.jacobian(x), nlp.jacobianstructure()), shape=(2, N))
    np.testing.assert_allclose(jacobian.toarray(), polyad.jacrev(sphere)(x))
    lower = scipy.sparse.coo_array(
        (nlp.hessian(x, weights, 0.5), nlp.hessianstructure()), shape=(N, N)
    )
    dense = polyad.hessian(lambda x: 0.5 * energy(x) + weights @ sphere(x))(x)
    np.testing.assert_allclose(lower.toarray(), np.tril(dense), atol=1e-12)


def test_value_and_gradient_at_one_point_are_evaluated_once():
    calls = []

    def counted(x):
        polyad.debug.callback(lambda: calls.append(1))
        return energy(x)

    nlp = ipopt.problem(counted, None, N)
    calls.clear()
    x = np.ones(N)
    nlp.objective(x), nlp.gradient(x), nlp.objective(x.copy())
    assert len(calls) == 1
    x[0] = 2  # written in place: another point
    np.testing.assert_allclose(nlp.objective(x), energy(x))
    assert len(calls) == 2


def test_a_problem_without_constraints():
    nlp = ipopt.problem(energy, None, N)
    rows, cols = nlp.jacobianstructure()
    assert (nlp.m, len(rows), len(cols)) == (0, 0, 0)
    assert nlp.constraints(np.ones(N)).shape == nlp.jacobian(np.ones(N)).shape == (0,)
    assert len(nlp.hessian(np.ones(N), np.zeros(0), 1.0)) == len(nlp.hessianstructure()[0])


def test_arguments_of_minimize_ipopt():
    """By SciPy's SLSQP, which takes the same dictionaries of constraints, their Jacobians dense."""
    bounds = (lambda x: x[:2] * x[1:3], np.array([0.3, -np.inf]), np.array([np.inf, 0.5]))
    args = ipopt.minimize_args(energy, [bounds, (sphere, 1.0, 1.0)])
    assert [c["type"] for c in args["constraints"]] == ["ineq", "ineq", "eq"]
    x = np.linspace(0, 1, N)
    for constraint in args["constraints"]:
        jacobian = constraint["jac"](x)
        assert type(jacobian) is scipy.sparse.coo_array
        np.testing.assert_allclose(jacobian.toarray(), polyad.jacfwd(constraint["fun"])(x))
        weights = np.ones(len(constraint["fun"](x)))
        dense = polyad.hessian(lambda x, c=constraint, w=weights: w @ c["fun"](x))(x)
        np.testing.assert_allclose(constraint["hess"](x, weights), dense, atol=1e-12)
    densely = [{**c, "jac": lambda x, c=c: c["jac"](x).toarray()} for c in args["constraints"]]
    found = scipy.optimize.minimize(args["fun"], x, jac=True, method="SLSQP", constraints=densely)
    assert found.success
    assert (np.asarray(args["constraints"][0]["fun"](found.x)) > -1e-6).all()


# -- OpenMDAO


def test_partials():
    f = lambda x, k: k * x[1:] * x[:-1]
    x, k = np.arange(1.0, 6), np.arange(4.0)
    for argnum in (0, 1):
        found = openmdao.partials(f, x, k, argnum=argnum)
        dense = polyad.jacrev(f, argnum)(x, k)
        matrix = scipy.sparse.coo_array((found.values(x, k), (found.rows, found.cols)), dense.shape)
        np.testing.assert_allclose(matrix.toarray(), dense)
    like = polyad.ShapeDtypeStruct((5,), np.float64)
    assert openmdao.partials(f, like, k).rows.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]


def test_partials_of_a_component_where_openmdao_is_installed(tmp_path, monkeypatch):
    """OpenMDAO's own check, by complex steps."""
    om = pytest.importorskip("openmdao.api")
    monkeypatch.chdir(tmp_path)  # where it writes reports
    f = lambda x, k: k * x[1:] * x[:-1]

    class Product(om.ExplicitComponent):
        def setup(self):
            self.add_input("x", np.arange(1.0, 6))
            self.add_input("k", np.arange(4.0))
            self.add_output("y", np.zeros(4))

        def setup_partials(self):
            like = np.ones(5), np.ones(4)
            self.found = {n: openmdao.partials(f, *like, argnum=i) for i, n in enumerate("xk")}
            for name, p in self.found.items():
                self.declare_partials("y", name, rows=p.rows, cols=p.cols)

        def compute(self, inputs, outputs):
            outputs["y"] = f(inputs["x"], inputs["k"])

        def compute_partials(self, inputs, partials):
            given = np.asarray(inputs["x"]), np.asarray(inputs["k"])
            for name, p in self.found.items():
                partials["y", name] = p.values(*given)

    task = om.Problem()
    task.model.add_subsystem("product", Product())
    task.setup(force_alloc_complex=True)
    task.run_model()
    checked = task.check_partials(out_stream=None, method="cs")["product"]
    for errors in checked.values():
        assert errors["abs error"].forward < 1e-12


# -- errors


def test_errors():
    with pytest.raises(PolyadTypeError, match=r"a triple \(g, lower, upper\)"):
        sparse.scipy.minimize_args(energy, [(sphere, 0.0)])
    with pytest.raises(PolyadTypeError, match=r"a triple \(g, lower, upper\)"):
        ipopt.minimize_args(energy, [sphere])
    with pytest.raises(PolyadTypeError, match="the constraints are a vector"):
        ipopt.problem(energy, energy, N)
    with pytest.raises(ShapeError, match=r"a vector, not of shape \(2, 2\)"):
        ipopt.problem(energy, None, np.ones((2, 2)))
    for make in (sparse.scipy.least_squares_args, sparse.scipy.ode_args):
        with pytest.raises(PolyadTypeError):
            make(3.0)
