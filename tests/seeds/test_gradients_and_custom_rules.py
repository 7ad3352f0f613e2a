"""The numbers that the tutorial on gradients prints, its programs, and double precision."""

from __future__ import annotations

import gradients_and_custom_rules as lesson
import mpmath
import numpy as np
import pytest
import tutorial

from polyad import ConcretizationError, grad, jvp, make_ir, random, test_util
from polyad.errors import NanError

PER_SAMPLE = [0.48228705, 0.45585024, 0.99329686, 0.0953269, 0.8153717]


def test_gradients_of_a_product(printed, near):
    found = printed(lesson, lesson.gradients)
    near(found["product"], 12.0)
    near(found["by x"], 4.0)
    near(found["by y"], 3.0)
    near(found["value_and_grad, value"], 12.0)
    near(found["value_and_grad, by x"], 4.0)


def test_stop_gradient(printed, near):
    near(printed(lesson, lesson.stopped_gradient)["by y"], 0.0)


def test_gradient_of_a_batch_is_an_error(printed, near):
    found = printed(lesson, lesson.gradient_of_a_batch)
    near(found["at 0.5"], 0.7864477)
    assert found["shape of x"] == found["shape of activate(x)"] == "(5,)"
    error = found["grad(activate)(x)"]
    assert isinstance(error, TypeError)
    expected = "Gradient only defined for scalar-output functions. Output had shape: (5,)."
    assert str(error) == expected


def test_gradient_per_sample(printed, near):
    # 1 - tanh^2 keeps the rounding of tanh^2, half an ulp of numbers near 1.
    found = printed(lesson, lesson.gradient_per_sample)
    near(found["vmap(grad(activate))(x)"], PER_SAMPLE, 2.0**-23)


def test_compiled_gradient_per_sample(printed, near):
    found = printed(lesson, lesson.compiled_gradient_per_sample)
    expected = [0.48228705, 0.45585027, 0.99329686, 0.09532695, 0.8153717]
    for call in ("first", "second", "third"):
        near(found[f"{call} call"], expected, 2.0**-23)
        assert found[f"time of the {call} call"] >= 0
    assert found["time of the third call"] < found["time of the first call"]


def test_check_grads(printed, backend):
    assert "match" in printed(lesson, lesson.validated)["check_grads"]


def test_check_grads_finds_a_wrong_rule(backend):
    from polyad import custom_jvp
    from polyad import numpy as pnp

    wrong = custom_jvp(lambda x: pnp.sin(x))
    wrong.defjvp(
        lambda primals, tangents: (pnp.sin(*primals), 1.01 * pnp.cos(*primals) * tangents[0])
    )
    with tutorial.running(backend, **lesson.SETTINGS) as mode, pytest.raises(AssertionError):
        test_util.check_grads(mode.compiled(wrong), (lesson.batch(),), order=1)


def test_higher_orders(printed, near):
    found = printed(lesson, lesson.higher_orders)
    for order, expected in enumerate((0.7864477, -0.726862, -0.5652091), start=1):
        near(found[f"derivative {order} at 0.5"], expected)


def test_overflow(printed, near):
    found = printed(lesson, lesson.overflow)
    near(found["at 5"], 0.9933072)
    assert np.isnan(found["at 500"])


def test_custom_rule(printed, near):
    found = printed(lesson, lesson.custom_rule)
    near(found["at 5"], 0.9933072)
    assert found["at 500"] == 1.0


def test_custom_rule_in_forward_mode(backend, near):
    with tutorial.running(backend, **lesson.SETTINGS) as mode:
        push = mode.compiled(lambda x, t: jvp(lesson.stable_log1pexp, (x,), (t,))[1])
        assert float(push(500.0, 2.0)) == 2.0
        assert np.isnan(float(mode.compiled(grad(lesson.log1pexp))(500.0)))


# -- Double precision ------------------------------------------------------------------------------


def tanh_derivatives(x):
    t = mpmath.tanh(x)
    return [1 - t**2, -2 * t * (1 - t**2), (1 - t**2) * (6 * t**2 - 2)]


def test_exact_derivatives_of_tanh(exact, same):
    found = exact(lesson, lesson.higher_orders)
    for order, expected in enumerate(tanh_derivatives(0.5), start=1):
        same(found[f"derivative {order} at 0.5"], float(expected))


def test_exact_gradient_per_sample(exact, same):
    x = exact(lesson, lesson.gradient_of_a_batch)["x"]
    with mpmath.workdps(30):
        expected = [float(tanh_derivatives(float(v))[0]) for v in x]
    same(exact(lesson, lesson.gradient_per_sample)["vmap(grad(activate))(x)"], expected)
    same(exact(lesson, lesson.compiled_gradient_per_sample)["third call"], expected)


def test_exact_log1pexp(exact, same):
    """exp(500) is within the range of double precision."""
    at_5 = float(mpmath.exp(5) / (1 + mpmath.exp(5)))
    for section in (lesson.overflow, lesson.custom_rule):
        found = exact(lesson, section)
        same(found["at 5"], at_5)
        same(found["at 500"], 1.0)


def test_bits_of_the_tutorials_key(backend):
    """Threefry words in the older counter layout."""
    with tutorial.running(backend, **lesson.SETTINGS):
        words = random.bits(random.PRNGKey(1234), (5,))
        expected = [3512017511, 739779186, 2287925586, 140093922, 2907975018]
        assert np.asarray(words).astype(np.uint32).tolist() == expected


# -- Programs: the make_jaxpr cells ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("section", "label", "name"),
    [
        (lesson.programs_of_gradients, "by x", "grad_product_by_x"),
        (lesson.programs_of_gradients, "by y", "grad_product_by_y"),
        (lesson.gradient_per_sample, "its program", "vmap_grad_tanh"),
        (lesson.overflow, "its program", "grad_log1pexp"),
        (lesson.custom_rule, "its program", "grad_log1pexp_custom_rule"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_programs(section, label, name, golden):
    with tutorial.running("numpy", **lesson.SETTINGS) as mode:
        golden(str(section(mode)[label]), name)


def test_a_program_has_its_own_functions_name():
    """Also where another function with the same body was traced before."""

    def first(x):
        return x

    def second(y):
        return y

    assert str(make_ir(first)(1.0)).startswith("function @first(%x: f64[])")
    assert str(make_ir(second)(1.0)).startswith("function @second(%y: f64[])")


def test_debug_nans_finds_the_overflow(backend):
    """The error names the op of the backward pass, and the line of the forward one."""
    with tutorial.running(backend, **lesson.SETTINGS, debug_nans=True) as mode:
        gradient = mode.compiled(grad(lesson.log1pexp))
        assert abs(float(gradient(5.0)) - 0.9933072) < 1e-6
        with pytest.raises(NanError, match=r"made a NaN in the derivative of exp\n .*in log1pexp"):
            gradient(500.0)


def test_python_branches_need_values(backend):
    """Under grad the branch on a value is taken; compiled, there is no value to branch on."""
    from polyad import jit

    def leaky(x):
        return x if x > 0 else 0.1 * x

    with tutorial.running(backend, **lesson.SETTINGS):
        assert float(grad(leaky)(2.0)) == 1.0
        with pytest.raises(ConcretizationError, match="x"):
            jit(leaky)(2.0)
