"""The numbers that the lecture on the classifier prints, its exercises, and double precision."""

from __future__ import annotations

import classifier_gradients as lecture
import numpy as np
import pytest
import tutorial

from polyad import random

ULP = 2.0**-23

W = [[-1.8231415, -0.472541], [0.41849834, -1.598711], [1.1073328, 1.028033]]
B = -1.2226542234420776
LOGITS = [
    [-0.84932333, -2.4673467],
    [-3.1128972, 0.24232256],
    [-3.5851107, -2.900741],
    [-2.0746472, 3.837422],
    [-4.099111, -1.197246],
]
LOSS = 5.8840284
W_GRAD = [[-0.60045743, 0.60045743], [1.6953038, -1.6953039], [2.472938, -2.4729378]]

VALUE = [
    [0.29957482, 0.07817923],
    [0.04257838, 0.560286],
    [0.0269852, 0.05211694],
    [0.11158551, 0.97890544],
    [0.01631676, 0.23196553],
]
# For each point and class the derivatives by that class's weights; those by the other's are zero.
# The lecture's output breaks off before the last row is complete.
JACOBIAN = {
    (0, 0): [0.10911146, 0.2350093, 0.1615689],
    (0, 1): [0.03747498, 0.08071535, 0.0554918],
    (1, 0): [0.03587361, -0.0440267, 0.00611482],
    (1, 1): [0.21680173, -0.26607487, 0.03695484],
    (2, 0): [0.01365364, 0.00157542, -0.0341341],
    (2, 1): [0.02568839, 0.00296405, -0.06422099],
    (3, 0): [0.0733593, -0.24684411, 0.13779652],
    (3, 1): [0.01528069, -0.05141746, 0.02870292],
    (4, 0): [0.01219839, -0.01428496, -0.01621102],
}
# Likewise; the lecture shows the first point's.
HESSIAN = {
    (0, 0): [
        [2.27434319e-02, 4.89858575e-02, 3.36777791e-02],
        [4.89858538e-02, 1.05508007e-01, 7.25367591e-02],
        [3.36777754e-02, 7.25367516e-02, 4.98690195e-02],
    ],
    (0, 1): [[1.64400339e-02, 3.54093052e-02, 2.43438967e-02]],
}

V = [[-0.5727056, 0.08604095], [-0.3807549, -0.76770204], [0.8285016, 0.6423712]]
PUSHED = [
    [-0.08630621, -0.3204592],
    [0.03150962, 1.00119],
    [-1.3977042, -0.8364033],
    [1.6758946, 2.8681443],
    [-0.93317103, 0.09985101],
]
U = [
    [1.209467, -0.31576344],
    [1.5915456, 1.2171068],
    [-0.06524966, 0.62372786],
    [1.2134361, -0.27994543],
    [-0.18560699, -0.34305805],
]
PULLED = [[2.7524345, 0.7633117], [-3.224447, -0.62832105], [3.1289852, -0.9140535]]

INPUTS = np.array(
    [
        [0.52, 1.12, 0.77],
        [0.88, -1.08, 0.15],
        [0.52, 0.06, -1.30],
        [0.74, -2.49, 1.39],
        [0.76, -0.89, -1.01],
    ]
)
LABELS = np.array([1, 1, 0, 1, 0])


# -- Single precision: what the lecture prints -----------------------------------------------------


def test_sine(printed, near):
    found = printed(lecture, lecture.user_and_built_in_functions)
    # What single precision's pi falls short of pi by; an ulp of pi is the least that can be told.
    near(found["sin(pi)"], -8.742277657347586e-08)
    near(found["sin'(pi)"], -1.0)


def test_parameters(printed, near):
    found = printed(lecture, lecture.classifier)
    near(found["W"], W)
    near(found["b"], B)


def test_loss_and_gradient(printed, near):
    found = printed(lecture, lecture.classifier)
    near(found["logits"], LOGITS)
    near(found["loss"], LOSS)
    near(found["value_and_grad(loss), value"], LOSS)
    # By b ten numbers below one cancel: zero, but for their roundings.
    for label in ("grad(loss)", "value_and_grad(loss), gradient"):
        near(found[label]["W"], W_GRAD)
        near(found[label]["b"], 0.0, 10 * ULP / 2)


def test_jacobians(printed, near):
    found = printed(lecture, lecture.jacobians)
    near(found["fun(W)"], VALUE)
    for mode in ("jacfwd", "jacrev"):
        assert found[mode].shape == (5, 2, 3, 2)
        for (point, output), expected in JACOBIAN.items():
            # 1 - sigmoid near 1 keeps the rounding of sigmoid, and the lecture prints 8 decimals.
            near(found[mode][point, output, :, output], expected, ULP)
            assert not found[mode][point, output, :, 1 - output].any()


def test_hessian(printed, near):
    hessian = printed(lecture, lecture.jacobians)["hessian"]
    assert hessian.shape == (5, 2, 3, 2, 3, 2)
    for (point, output), expected in HESSIAN.items():
        block = hessian[point, output, :, output, :, output]
        near(block[: len(expected)], expected)
    others = hessian.copy()
    for output in (0, 1):
        others[:, output, :, output, :, output] = 0
    assert not others.any()


def test_products(printed, near):
    found = printed(lecture, lecture.products)
    near(found["v"], V)
    near(found["f(W)"], LOGITS)
    # Sums of three products below 2, of which some cancel.
    near(found["J v"], PUSHED, ULP)
    assert found["shape of f(W)"] == "(5, 2)"
    near(found["u"], U)
    near(found["u J"], (PULLED,))


# -- Double precision: by hand ---------------------------------------------------------------------


def test_exact_sine(exact, same):
    found = exact(lecture, lecture.user_and_built_in_functions)
    same(found["sin(pi)"], 1.2246467991473532e-16)
    same(found["sin'(pi)"], -1.0)


def test_exact_loss_and_gradient(exact, same):
    """By the logits, the gradient of the cross-entropy is softmax minus the one-hot label."""
    found = exact(lecture, lecture.classifier)
    logits = INPUTS @ found["W"] + found["b"]
    log_sum = np.logaddexp(logits[:, 0], logits[:, 1])
    loss = np.sum(log_sum - logits[np.arange(5), LABELS])
    residual = np.exp(logits - log_sum[:, None]) - np.eye(2)[LABELS]
    same(found["logits"], logits)
    same(found["loss"], loss)
    same(found["value_and_grad(loss), value"], loss)
    for label in ("grad(loss)", "value_and_grad(loss), gradient"):
        same(found[label]["W"], INPUTS.T @ residual)
        same(found[label]["b"], 0.0, 1e-15)


def test_exact_jacobians_and_hessian(exact, same):
    """With s = sigmoid(X W + b): s' = s (1 - s) and s'' = s' (1 - 2s), times one or two inputs."""
    found = exact(lecture, lecture.jacobians)
    parameters = exact(lecture, lecture.classifier)
    z = INPUTS @ parameters["W"] + parameters["b"]
    s = 1 / (1 + np.exp(-z))
    s1 = s / (1 + np.exp(z))
    s2 = s1 * (1 - 2 * s)
    jacobian = np.einsum("io,ij,op->iojp", s1, INPUTS, np.eye(2))
    hessian = np.einsum("io,ij,ik,op,oq->iojpkq", s2, INPUTS, INPUTS, np.eye(2), np.eye(2))
    same(found["fun(W)"], s)
    same(found["jacfwd"], jacobian)
    same(found["jacrev"], jacobian)
    same(found["hessian"], hessian)


def test_exact_products(exact, same):
    found = exact(lecture, lecture.products)
    same(found["J v"], INPUTS @ found["v"], 1e-16)
    same(found["u J"], (INPUTS.T @ found["u"],), 1e-16)


def test_bits_of_the_lectures_keys(backend):
    """Threefry words in the older counter layout."""
    with tutorial.running(backend, **lecture.SETTINGS):
        key, W_key, b_key = random.split(random.PRNGKey(42), 3)
        assert as_list(W_key) == [3746501087, 894150801]
        assert as_list(random.bits(W_key, (3, 2))) == [
            [146634711, 1366960725],
            [2844164399, 235976112],
            [3719119768, 3642273599],
        ]
        assert as_list(random.bits(b_key, ())) == 475582644
        _, subkey = random.split(key)
        assert as_list(random.bits(subkey, (2,))) != as_list(random.bits(key, (2,)))


def as_list(words):
    return np.asarray(words).astype(np.uint32).tolist()


# -- Exercises -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outputs", "inputs", "slow", "fast"),
    [(2, 2000, "jacfwd", "jacrev"), (2000, 2, "jacrev", "jacfwd")],
    ids=["wide", "tall"],
)
def test_the_mode_that_suits_the_shape_is_faster(
    backend, outputs, inputs, slow, fast, near, one_thread
):
    with tutorial.running(backend, **lecture.SETTINGS) as mode:
        calls = lecture.jacobian_calls(mode, outputs, inputs)
        found, expected = (np.asarray(calls[name]()) for name in (fast, slow))
        assert found.shape == (outputs, inputs)
        near(found, expected, ULP)
        tries = (tutorial.measure(calls, repeats=5) for _ in range(4))  # other processes disturb
        assert any(seconds[slow] > seconds[fast] for seconds in tries)


DERIVATIVES = {
    "z^3": lambda z: 3 * z**2,
    "exp(z)": np.exp,
    "sin(z) / z": lambda z: (z * np.cos(z) - np.sin(z)) / z**2,
    "1 / (1 + z^2)": lambda z: -2 * z / (1 + z**2) ** 2,
    "log(z)": lambda z: 1 / z,
}


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("name", DERIVATIVES)
def test_holomorphic_derivatives(name, precision, request, backend):
    single = precision == "float32"
    run, check = (
        request.getfixturevalue(f) for f in (("printed", "near") if single else ("exact", "same"))
    )
    found = run(lecture, lecture.holomorphic)
    expected = DERIVATIVES[name](found["z"].astype("complex128"))
    check(found[f"derivative of {name}"], expected)
    check(found[f"the same of {name}, from real and imaginary parts"], expected)


def test_cauchy_riemann_equations(exact):
    """They hold for the holomorphic functions, and nowhere for conj."""
    found = exact(lecture, lecture.holomorphic)
    for name in DERIVATIVES:
        assert np.all(found[f"Cauchy-Riemann defect of {name}"] < 1e-13)
    assert np.all(found["Cauchy-Riemann defect of conj(z)"] == 2)
