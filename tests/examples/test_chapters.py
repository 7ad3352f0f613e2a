"""The chapters' results and plots."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import polyad
from polyad import random, tree

EXAMPLES = Path(__file__).parents[2] / "examples"

sys.path.insert(0, str(EXAMPLES))

import bundle  # noqa: E402
import cartpole  # noqa: E402
import kalman  # noqa: E402
import laplace  # noqa: E402
import lstm  # noqa: E402
import newton  # noqa: E402
import ode  # noqa: E402
import plots  # noqa: E402
import reaction  # noqa: E402


def check_image(path):
    with Image.open(path) as image:
        image.load()
        assert image.format == "PNG"
        assert len(image.getcolors()) > 16, "next to nothing is drawn"


IN_PARTS = ["ode", "kalman", "lstm", "newton"]
"""Chapters of which the tests below run the parts."""
CHAPTERS = ["reaction", "bundle", "cartpole", "laplace"]
CHAPTERS += [pytest.param(name, marks=pytest.mark.full) for name in IN_PARTS]


@pytest.mark.slow
@pytest.mark.parametrize("name", CHAPTERS)
def test_script(name, monkeypatch, capsys, tmp_path):
    chapter = sys.modules[name]
    monkeypatch.setattr(sys, "argv", [chapter.__file__, "--output", str(tmp_path / "plots")])
    with polyad.config(verify=False):
        chapter.main()
    path = tmp_path / "plots" / f"{name}.png"
    assert f"plot: {path}\n" in capsys.readouterr().out
    check_image(path)
    check_image(path.with_name(f"{name}-dark.png"))


def test_without_matplotlib_there_is_a_hint_and_no_plot(monkeypatch, capsys, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert not plots.save(tmp_path / "x.png", lambda figure: None, (3, 2))
    assert capsys.readouterr().out.endswith("(pip install 'polyad[examples]')\n")
    assert not list(tmp_path.iterdir())


# -- ode -------------------------------------------------------------------------------------------


def decay(y, theta):
    return -theta[0] * y


def test_the_solver_keeps_to_its_tolerance():
    times = np.array([0.0, 0.3, 2.0])
    for tolerance in (1e-4, 1e-8):
        states, _ = ode.solve(decay, np.array([2.0]), np.array([1.5]), times, tolerance)
        error = np.max(np.abs(states[:, 0] - 2 * np.exp(-1.5 * times)))
        assert 0 < error < 20 * tolerance


def test_a_solver_that_does_not_arrive_says_so():
    """y' = y², y(0) = 1 is 1 / (1 - t): the step sizes shrink towards t = 1."""
    explosion = lambda y, theta: theta[0] * y**2
    solve = polyad.jit(lambda t: ode.solve(explosion, np.ones(1), np.ones(1), t, 1e-3)[0])
    np.testing.assert_allclose(solve(np.array([0.0, 0.9]))[1], 10, rtol=1e-2)
    assert np.isnan(solve(np.array([0.0, 2.0]))[1]).all()


def test_the_gradient_of_a_solution_known_in_closed_form():
    times = np.array([0.0, 0.7, 2.0])

    def last(solve):
        return lambda y0, rate: solve(decay, y0, rate, times, 1e-9)[-1][0]

    exact = np.exp(-1.5 * 2.0), -2 * 2 * np.exp(-1.5 * 2.0)
    for solve in (lambda *args: ode.solve(*args)[0], ode.solve_adjoint):
        gradient = polyad.grad(last(solve), argnums=(0, 1))(np.array([2.0]), np.array([1.5]))
        np.testing.assert_allclose(np.ravel(gradient), exact, rtol=1e-7)


@pytest.fixture(scope="module")
def comparison():
    return ode.compare(ode.GUESS, [1e-4, 1e-8])


def test_gradients_through_the_loop_and_by_the_adjoint_method(comparison):
    coarse, fine = range(2)
    assert max(comparison.loop_central) < 1e-8
    assert 1e-5 < comparison.loop_adjoint[coarse] < 1e-2
    assert comparison.loop_adjoint[fine] < 1e-6
    assert comparison.loop_exact[fine] < 1e-6


def test_the_gradient_is_the_same_op_by_op():
    eager = polyad.grad(ode.loss)(ode.GUESS, 1e-4)
    np.testing.assert_allclose(polyad.jit(polyad.grad(ode.loss))(ode.GUESS, 1e-4), eager, rtol=1e-8)


def test_hares_and_lynxes(comparison, tmp_path):
    found = ode.fit(1e-4)
    assert found.success
    assert found.fun < ode.loss(ode.GUESS, 1e-4) / 5
    # Carpenter (2018), "Predator-prey population dynamics", fits the same model to the same data:
    # posterior means and standard deviations of α, β, δ and γ.
    means, deviations = np.array([[0.55, 0.028, 0.024, 0.80], [0.06, 0.004, 0.004, 0.09]])
    assert np.all(np.abs(np.exp(found.x[:4]) - means) < deviations)
    draw = lambda figure: ode.draw(found, comparison, figure)
    assert plots.save(tmp_path / "ode.png", draw, (6, 3))
    check_image(tmp_path / "ode.png")


# -- kalman ----------------------------------------------------------------------------------------


def test_the_filter_gives_the_density_of_the_observations():
    """All of them are jointly normal: levels t and s have the covariance 10⁹ + Q min(t, s)."""
    R, Q = np.exp(kalman.START)
    n = kalman.NILE.size
    shared = np.minimum.outer(np.arange(n), np.arange(n))
    covariance = 1e9 + Q * shared + R * np.eye(n)
    whitened = np.linalg.solve(np.linalg.cholesky(covariance), kalman.NILE)
    log_det = np.linalg.slogdet(2 * np.pi * covariance)[1]
    model = kalman.local_level(kalman.START)
    terms, predicted, filtered = kalman.kalman_filter(model, kalman.NILE[:, None])
    np.testing.assert_allclose(np.sum(terms), -(log_det + whitened @ whitened) / 2, rtol=1e-8)
    # And the levels, given the observations, have the mean that regression gives them.
    level = (1e9 + Q * shared) @ np.linalg.solve(covariance, kalman.NILE)
    means, _ = kalman.smoother(model, predicted, filtered)
    np.testing.assert_allclose(means[:, 0], level, rtol=1e-6)


def test_a_model_of_two_states_and_two_observations():
    """Position and velocity, both seen: the filter against Gaussian conditioning, step by step."""
    rng = np.random.default_rng(0)
    F, H = np.array([[1.0, 0.5], [0.0, 1.0]]), np.array([[1.0, 0.0], [0.3, 1.0]])
    Q, R, mean, P = 0.1 * np.eye(2), np.diag([0.2, 0.3]), np.zeros(2), np.eye(2)
    observations = rng.normal(size=(4, 2))
    model = kalman.Model(F, Q, H, R, mean, P)
    _, _, (means, covariances) = polyad.jit(lambda y: kalman.kalman_filter(model, y))(observations)
    for y, found, spread in zip(observations, means, covariances, strict=True):
        information = np.linalg.inv(P) + H.T @ np.linalg.inv(R) @ H
        new = np.linalg.inv(information)
        new_mean = new @ (np.linalg.inv(P) @ mean + H.T @ np.linalg.inv(R) @ y)
        np.testing.assert_allclose(found, new_mean, rtol=1e-10)
        np.testing.assert_allclose(spread, new, rtol=1e-10, atol=1e-14)
        mean, P = F @ new_mean, F @ new @ F.T + Q


def test_the_level_of_the_nile(tmp_path):
    fit = kalman.maximize(kalman.log_likelihood, kalman.START)
    assert kalman.gradient_error(kalman.START) < 1e-6
    assert np.linalg.norm(fit.gradient) < 1e-8
    assert np.all(np.diff(fit.values) > -1e-9) and fit.values[-1] > fit.values[0] + 10
    np.testing.assert_allclose(np.exp(fit.logs), [15099, 1469.1], rtol=1e-3)
    np.testing.assert_allclose(fit.values[-1], -632.54, atol=0.01)
    levels = kalman.levels(fit.logs)
    assert np.all(levels["smoothed"][1] < levels["filtered"][1] * (1 + 1e-9))
    assert plots.save(tmp_path / "k.png", lambda figure: kalman.draw(fit, levels, figure), (6, 3))
    check_image(tmp_path / "k.png")


# -- lstm ------------------------------------------------------------------------------------------


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_the_scan_is_the_recurrence_written_out():
    params = lstm.initial_parameters(random.key(5))
    signals = lstm.draw_signals(random.key(6), 3, 7)
    heard, n = 4, lstm.HIDDEN
    h = c = np.zeros((3, n))
    said, expected = np.zeros((3, 1)), []
    for t, signal in enumerate(signals[:-1]):
        x = signal if t < heard else said
        gates = x @ params["cell"]["W"] + h @ params["cell"]["U"] + params["cell"]["b"]
        c = sigmoid(gates[:, n : 2 * n]) * c + sigmoid(gates[:, :n]) * np.tanh(
            gates[:, 2 * n : 3 * n]
        )
        h = sigmoid(gates[:, 3 * n :]) * np.tanh(c)
        said = h @ params["out"]["W"] + params["out"]["b"]
        expected.append(said)
    np.testing.assert_allclose(lstm.predictions(params, signals, heard), expected, atol=1e-12)


def test_adam_takes_its_first_steps_against_the_gradients_signs():
    params = {"a": np.array([1.0, -2.0]), "b": (np.array(3.0),)}
    gradient = {"a": np.array([0.1, -4.0]), "b": (np.array(2.0),)}
    state, moved = lstm.adam_start(params), params
    for _ in range(3):  # of a constant gradient the averages, corrected, are g and g²
        moved, state = lstm.adam_step(moved, gradient, state, 0.01)
    signs = tree.map(lambda p, g: p - 0.03 * np.sign(g), params, gradient)
    for found, wanted in zip(tree.leaves(moved), tree.leaves(signs), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-7)


def test_the_gradient_of_the_loss():
    assert lstm.slope_error(lstm.initial_parameters(random.key(1))) < 1e-6


def test_training_lowers_the_loss_and_the_error_on_new_signals(tmp_path):
    params, losses = lstm.train(random.key(0), 200)
    assert np.mean(losses[-5:]) < losses[0] / 20
    before = lstm.trial(lstm.initial_parameters(random.key(1)), 20)
    after = lstm.trial(params, 20)
    horizon = lstm.HEARD, lstm.HEARD + lstm.SAID
    assert after.error(*horizon) < before.error(*horizon) / 5
    draw = lambda figure: lstm.draw(losses, after, figure)
    assert plots.save(tmp_path / "lstm.png", draw, (6, 3))
    check_image(tmp_path / "lstm.png")


# -- newton ----------------------------------------------------------------------------------------


def test_the_derivative_matrix_is_exact_for_polynomials():
    x, matrix = newton.chebyshev(6)
    np.testing.assert_allclose(matrix @ x**5, 5 * x**4, atol=1e-12)


def test_solutions_and_sensitivities_are_those_of_the_closed_form(tmp_path):
    cool, hot = newton.points([2.5, 6.0])
    assert cool.slope > 0 > hot.slope
    for point in (cool, hot):
        assert point.error() < 1e-7
        assert point.slope_error() < 1e-6
    h = 1e-5
    sides = [float(newton.hottest(cool.strength + s)) for s in (h, -h)]
    np.testing.assert_allclose(cool.slope, (sides[0] - sides[1]) / (2 * h), rtol=1e-7)
    draw = lambda figure: newton.draw([cool, hot], figure)
    assert plots.save(tmp_path / "newton.png", draw, (6, 3))
    check_image(tmp_path / "newton.png")


def test_the_derivatives_by_all_weights_at_once():
    assert newton.weight_error() < 1e-6


def test_forward_mode_and_a_batch_of_strengths():
    strengths = np.array([0.5, 2.0])
    slopes = [polyad.grad(newton.hottest)(s) for s in strengths]
    pushed = lambda s, t: polyad.jvp(polyad.vmap(newton.hottest), (s,), (t,))[1]
    np.testing.assert_allclose(pushed(strengths, np.ones(2)), slopes, rtol=1e-9)
    np.testing.assert_allclose(polyad.jit(pushed)(strengths, np.ones(2)), slopes, rtol=1e-9)


def test_damping_saves_an_iteration_that_is_lost_without_it():
    with np.errstate(all="ignore"):
        damped, plain = (newton.temperature(3.5, start=8.0, damped=d) for d in (True, False))
    assert damped.converged and not plain.converged
    cool, hot = (newton.temperature(3.5, start=start).value for start in (0.0, 3.0))
    np.testing.assert_allclose(damped.value, hot, rtol=1e-8)
    assert np.all(cool < hot)


def test_beyond_the_critical_strength_there_is_no_solution():
    with np.errstate(all="ignore"):
        assert not newton.temperature(newton.CRITICAL + 0.01).converged
    assert newton.temperature(newton.CRITICAL - 1e-6).converged


# -- reaction, bundle, cartpole, laplace -----------------------------------------------------------


def test_the_brusselators_jacobian_is_that_of_its_formula():
    """Six entries in a row; those of the reaction by hand."""
    y = reaction.start()
    J = polyad.sparse.jacobian(reaction.brusselator, 1)(0.0, y)
    assert (np.diff(J.indptr) == 6).all()
    n = reaction.SIDE**2
    u, v = y[:n], y[n:]
    expected = -(reaction.B + 1) + 2 * u * v - 4 * reaction.D
    np.testing.assert_allclose(J.diagonal()[:n], expected)
    np.testing.assert_allclose(J.diagonal()[n:], -(u**2) - 4 * reaction.E)
    np.testing.assert_allclose(J.diagonal(n), u**2)


def test_a_rotation_keeps_lengths_and_its_axis():
    rng = np.random.default_rng(0)
    points, vectors = rng.normal(size=(2, 9, 3))
    turned = np.asarray(bundle.rotated(points, vectors))
    np.testing.assert_allclose(np.linalg.norm(turned, axis=1), np.linalg.norm(points, axis=1))
    np.testing.assert_allclose(np.sum(turned * vectors, 1), np.sum(points * vectors, 1))
    np.testing.assert_allclose(bundle.rotated(turned, -vectors), points)


def test_a_row_of_the_bundle_has_one_camera_and_one_point():
    scene = bundle.made()
    pattern = polyad.sparse.jacobian_sparsity(bundle.residuals(scene))(scene.truth)
    assert (np.diff(pattern.indptr) == bundle.PARAMETERS + 3).all()


def test_the_pole_keeps_its_energy_without_a_push():
    """Kinetic and potential energy of cart and pole, along the motion."""

    def energy(z):
        speed, turn = z[2], z[3]
        across = speed + length * turn * np.cos(z[1])
        up = length * turn * np.sin(z[1])
        kinetic = 0.5 * cartpole.CART * speed**2 + 0.5 * cartpole.POLE * (across**2 + up**2)
        return kinetic - cartpole.POLE * cartpole.GRAVITY * length * np.cos(z[1])

    length = cartpole.LENGTH
    z = np.array([0.3, 0.9, -0.4, 1.7])
    change = polyad.grad(lambda z: energy(z))(z) @ np.asarray(cartpole.motion(z, 0.0))
    np.testing.assert_allclose(change, 0, atol=1e-12)


def test_laplaces_pattern_is_an_arrow_of_three_products():
    pattern, size = laplace.PATTERN, laplace.GROUPS + 2
    assert pattern.nnz == size + 4 * laplace.GROUPS + 2
    assert polyad.sparse.coloring(pattern, symmetric=True).num_colors == 3
    z = 0.1 * np.cos(np.arange(size))
    dense = polyad.hessian(laplace.energy)(z, 0.2)
    np.testing.assert_allclose(laplace.curvature(z, 0.2).toarray(), dense, atol=1e-9)
