"""The numbers that the lesson on logistic regression prints, also in double precision."""

from __future__ import annotations

import logistic_regression as lesson
import numpy as np
import tutorial

from polyad import random

W_GRAD, B_GRAD, LOSS = [-1.64406, 1.4412102, -1.8369946], -2.307187, 5.6301613

INPUTS = np.array(
    [[0.52, 1.12, 0.77], [0.88, -1.08, 0.15], [0.52, 0.06, -1.30], [0.74, -2.49, 1.39]]
)
TARGETS = np.array([1.0, 1.0, 0.0, 1.0])


def test_gradients_of_tanh_and_of_a_polynomial(printed, near):
    found = printed(lesson, lesson.taking_gradients)
    near(found["tanh'(2)"], 0.070650816)
    near(found["tanh''(2)"], -0.13621868)
    near(found["tanh'''(2)"], 0.25265405)
    for order, expected in enumerate((4.0, 10.0, 6.0, 0.0), start=1):
        near(found[f"derivative {order} of f at 1"], expected)


def test_argnums(printed, near):
    found = printed(lesson, lesson.logistic_regression)
    near(found["grad(loss, argnums=(0,))"], (W_GRAD,))
    near(found["grad(loss, argnums=(1,))"], (B_GRAD,))
    near(found["grad(loss, argnums=(0, 1)), W"], W_GRAD)
    near(found["grad(loss, argnums=(0, 1)), b"], B_GRAD)


def test_containers(printed, near):
    near(printed(lesson, lesson.containers)["grad(loss2)"], {"W": W_GRAD, "b": B_GRAD})


def test_value_and_grad(printed, near):
    found = printed(lesson, lesson.value_with_gradient)
    near(found["value_and_grad(loss), value"], LOSS)
    near(found["value_and_grad(loss), gradient"], (W_GRAD, B_GRAD))
    near(found["loss"], LOSS)


def test_exact(exact, same):
    """The gradient of the log-likelihood is that of labels minus probabilities."""
    found = exact(lesson, lesson.logistic_regression)
    z = INPUTS @ found["W"] + found["b"]
    residual = 1 / (1 + np.exp(-z)) - TARGETS
    W_grad, b_grad = INPUTS.T @ residual, np.sum(residual)
    loss = np.sum(np.logaddexp(0, np.where(TARGETS == 1, -z, z)))
    same(found["grad(loss, argnums=(0,))"], (W_grad,))
    same(found["grad(loss, argnums=(1,))"], (b_grad,))
    same(found["grad(loss, argnums=(0, 1)), W"], W_grad)
    same(found["grad(loss, argnums=(0, 1)), b"], b_grad)
    same(exact(lesson, lesson.containers)["grad(loss2)"], {"W": W_grad, "b": b_grad})
    found = exact(lesson, lesson.value_with_gradient)
    same(found["value_and_grad(loss), value"], loss)
    same(found["value_and_grad(loss), gradient"], (W_grad, b_grad))
    same(found["loss"], loss)


def test_exact_gradients_of_tanh_and_of_a_polynomial(exact, same):
    found = exact(lesson, lesson.taking_gradients)
    t = np.tanh(2.0)
    same(found["tanh'(2)"], 1 / np.cosh(2.0) ** 2)
    same(found["tanh''(2)"], -2 * t / np.cosh(2.0) ** 2)
    same(found["tanh'''(2)"], (6 * t**2 - 2) / np.cosh(2.0) ** 2)
    for order, expected in enumerate((4.0, 10.0, 6.0, 0.0), start=1):
        same(found[f"derivative {order} of f at 1"], expected)


def test_bits_of_the_lessons_keys(backend):
    """Threefry words in the counter layout of today."""
    with tutorial.running(backend, **lesson.SETTINGS):
        key, _, _ = random.split(random.key(1701), 3)
        assert as_list(key) == [741045208, 1847055613]
        assert as_list(random.bits(key, (3,))) == [412733898, 1148080165, 2413360047]
        assert as_list(random.bits(key, ())) == 412733898


def as_list(words):
    return np.asarray(words).astype(np.uint32).tolist()
