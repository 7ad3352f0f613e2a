"""`polyad.torch.wrap`: PyTorch's derivatives of a wrapped function are those of the same function
written with PyTorch.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import polyad
import polyad.numpy as pnp
from polyad.errors import PolyadTypeError

torch = pytest.importorskip("torch")
CPU = {"dtype": torch.float64}


def normal(*shape: int, seed: int = 0, **options: Any) -> Any:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, **{**CPU, **options})


def close(found: Any, expected: Any) -> None:
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)


def waves(x: Any) -> Any:
    return pnp.sum(pnp.sin(x) ** 3 * x)


def torch_waves(x: Any) -> Any:
    return torch.sum(torch.sin(x) ** 3 * x)


wrapped_waves = polyad.torch.wrap(waves)


# -- Autograd --------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_backward_to_any_order(order: int):
    def derivative(f: Any) -> Any:
        x = normal(3).requires_grad_()
        y = f(x)
        for _ in range(order):
            (gradient,) = torch.autograd.grad(y, x, create_graph=True)
            y = torch.sum(gradient**2)
        return gradient

    close(derivative(wrapped_waves), derivative(torch_waves))


def test_second_and_third_calls_take_the_compiled_path_and_have_gradients():
    for seed in range(4):
        x = normal(5, seed=seed).requires_grad_()
        wrapped_waves(x).backward()
        z = x.detach().clone().requires_grad_()
        torch_waves(z).backward()
        close(x.grad, z.grad)


def test_pytrees_in_and_out():
    @polyad.torch.wrap
    def step(params: Any, pair: Any, *, scale: Any = None) -> Any:
        hidden = params["w"] @ pair[0] + params["b"]
        out = hidden if scale is None else hidden * scale
        return {"out": out, "both": (pair[1] * 2, None), "largest": pnp.argmax(hidden)}

    params = {"w": normal(2, 3).requires_grad_(), "b": normal(2, seed=1).requires_grad_()}
    x, k = normal(3, seed=2), torch.arange(4)
    found = step(params, (x, k), scale=0.5)
    assert set(found) == {"out", "both", "largest"} and found["both"][1] is None
    assert found["both"][0].tolist() == [0, 2, 4, 6]
    assert not found["both"][0].requires_grad and not found["largest"].requires_grad
    close(found["out"], (params["w"] @ x + params["b"]) * 0.5)
    found["out"].sum().backward()
    close(params["w"].grad, 0.5 * x.expand(2, 3))
    close(params["b"].grad, torch.full((2,), 0.5, **CPU))


def test_only_gradients_that_are_needed_are_computed():
    seen = []

    @polyad.custom_vjp
    def watched(x: Any) -> Any:
        return x

    def backward(_: Any, ct: Any) -> Any:
        seen.append(1)
        return (ct,)

    watched.defvjp(lambda x: (x, None), backward)
    f = polyad.torch.wrap(lambda x, y: watched(x) * y)
    x, y = normal(3), normal(3, seed=1).requires_grad_()
    f(x, y).sum().backward()
    assert x.grad is None and not seen
    close(y.grad, x)
    f(x.requires_grad_(), y).sum().backward()
    close(x.grad, y.detach())
    assert seen


def test_results_of_which_one_is_used():
    f = polyad.torch.wrap(lambda x: (pnp.sin(x), pnp.exp(x)))
    x = normal(3).requires_grad_()
    f(x)[1].sum().backward()
    close(x.grad, torch.exp(x.detach()))


def test_a_result_that_no_argument_reaches_has_gradient_zero():
    f = polyad.torch.wrap(lambda x, y: (x * 2, pnp.sin(y)))
    x, y = normal(3).requires_grad_(), normal(3, seed=1).requires_grad_()
    f(x, y)[0].sum().backward()
    close(x.grad, torch.full((3,), 2.0, **CPU))
    close(y.grad, torch.zeros(3, **CPU))


def test_a_result_that_is_an_argument():
    f = polyad.torch.wrap(lambda x: (x, x))
    x = normal(3).requires_grad_()
    first, second = f(x)
    (first + 3 * second).sum().backward()
    close(x.grad, torch.full((3,), 4.0, **CPU))


def test_gradients_of_complex_arguments_are_in_pytorchs_convention():
    f = polyad.torch.wrap(lambda z: pnp.sum(pnp.real(z * z * (1 - 2j))) + pnp.sum(pnp.abs(z)))
    z = normal(3, dtype=torch.complex128).requires_grad_()
    f(z).backward()
    w = z.detach().clone().requires_grad_()
    (torch.sum((w * w * (1 - 2j)).real) + torch.sum(w.abs())).backward()
    close(z.grad, w.grad)


def test_without_gradients_there_is_no_graph():
    x = normal(3).requires_grad_()
    with torch.no_grad():
        assert not wrapped_waves(x).requires_grad
    assert not wrapped_waves(x.detach()).requires_grad
    assert wrapped_waves(x).requires_grad


def test_single_precision_stays():
    x = normal(3, dtype=torch.float32).requires_grad_()
    y = wrapped_waves(x)
    y.backward()
    assert y.dtype is x.grad.dtype is torch.float32


def test_layouts_and_lazily_conjugated_tensors():
    f = polyad.torch.wrap(lambda z: pnp.sum(pnp.real(pnp.sin(z))))
    base = normal(4, 6, dtype=torch.complex128)
    for z in (base.T, base[::2, 1::3], base.conj(), base.conj().imag, base[:0]):
        w, v = (z.detach().clone().requires_grad_() for _ in range(2))
        given = z.detach().requires_grad_()
        for x in (given, w):
            f(x).backward()
        torch.sum(torch.sin(v).real if v.is_complex() else torch.sin(v)).backward()
        close(given.grad.resolve_conj(), v.grad)
        close(w.grad, v.grad)


# -- Arguments that are no tensors -----------------------------------------------------------------


def test_integers_and_strings_are_constants_of_the_trace():
    traces = []

    @polyad.torch.wrap
    def power(x: Any, n: int, how: str = "plain") -> Any:
        traces.append(n)
        for _ in range(n):
            x = x * x if how == "plain" else -x
        return x

    x = normal(2)
    close(power(x, 2), x**4)
    close(power(x, 3), x**8)
    close(power(x, 3, how="turned"), -x)
    traces.clear()
    close(power(x, 2), x**4)
    assert not traces


def test_one_and_true_and_one_point_zero_are_told_apart():
    f = polyad.torch.wrap(lambda x, n: x * 2 if n is True else x * 3 if type(n) is int else x * n)
    x = normal(2)
    for n, factor in ((1, 3), (True, 2), (1.0, 1)):
        close(f(x, n), factor * x)


def test_floats_are_arguments_and_are_not_traced_anew():
    traces = []

    @polyad.torch.wrap
    def scaled(x: Any, by: Any) -> Any:
        traces.append(by)
        return x * by

    x = normal(3, dtype=torch.float32).requires_grad_()
    for by in (0.5, 1.5, 2.5):
        y = scaled(x, by)
        assert y.dtype is torch.float32
        close(torch.autograd.grad(y.sum(), x)[0], torch.full((3,), by))
    assert len(traces) < 5


def test_numpy_arrays_become_tensors():
    f = polyad.torch.wrap(lambda x, table: pnp.sum(x * table))
    x = normal(4).requires_grad_()
    f(x, np.arange(4.0)).backward()
    close(x.grad, torch.arange(4.0, **CPU))


def test_without_tensors_results_are_tensors():
    assert isinstance(polyad.torch.wrap(lambda s: pnp.sin(s))(0.5), torch.Tensor)
    assert isinstance(polyad.torch.wrap(lambda: pnp.ones(3))(), torch.Tensor)


def test_an_argument_that_is_not_hashable_is_an_error():
    with pytest.raises(PolyadTypeError, match=r"(?s)wrap of pick.*a set is not.*test_wrap\.py"):

        def pick(x: Any, names: Any) -> Any:
            return x

        polyad.torch.wrap(pick)(normal(2), {"a"})


def test_wrap_takes_a_function():
    with pytest.raises(PolyadTypeError, match=r"polyad\.torch\.wrap takes a function, not a float"):
        polyad.torch.wrap(3.0)


def test_a_structure_of_results_that_depends_on_a_shape():
    parts = polyad.torch.wrap(lambda x: [x[i] for i in range(x.shape[0])])
    assert [len(parts(normal(n, 2))) for n in (2, 3, 2, 3)] == [2, 3, 2, 3]


def test_methods_and_names():
    class Model:
        def __init__(self) -> None:
            self.power = 3

        @polyad.torch.wrap
        def energy(self, x: Any) -> Any:
            """The energy."""
            return pnp.sum(x**self.power)

    x = normal(3).requires_grad_()
    Model().energy(x).backward()
    close(x.grad, 3 * x.detach() ** 2)
    assert Model.energy.__name__ == "energy" and Model.energy.__doc__ == "The energy."
    assert repr(wrapped_waves) == "<polyad.torch.wrap of waves>"


def test_under_polyads_transformations_it_is_the_function():
    x = normal(3)
    close(polyad.grad(wrapped_waves)(x), torch.func.grad(torch_waves)(x))
    close(polyad.jit(polyad.grad(wrapped_waves))(x), torch.func.grad(torch_waves)(x))


def test_errors_of_the_function_name_its_line():
    f = polyad.torch.wrap(lambda x: x.reshape(7))
    with pytest.raises(Exception, match=r"test_wrap\.py"):
        f(normal(3))


# -- torch.func ------------------------------------------------------------------------------------

func = torch.func
TRANSFORMS = {
    "grad": lambda f: func.grad(f)(normal(3)),
    "grad_and_value": lambda f: func.grad_and_value(f)(normal(3)),
    "vmap": lambda f: func.vmap(f)(normal(4, 3)),
    "vmap of a middle axis": lambda f: func.vmap(f, in_dims=1)(normal(3, 4)),
    "vmap of vmap": lambda f: func.vmap(func.vmap(f), in_dims=1)(normal(3, 4, 2)),
    "vmap of grad": lambda f: func.vmap(func.grad(f))(normal(4, 3)),
    "grad of vmap": lambda f: func.grad(lambda x: func.vmap(f)(x).sum())(normal(4, 3)),
    "grad of grad": lambda f: func.grad(lambda x: func.grad(f)(x).sum())(normal(3)),
    "jvp": lambda f: func.jvp(f, (normal(3),), (normal(3, seed=1),)),
    "vjp": lambda f: func.vjp(f, normal(3))[1](torch.tensor(2.0, **CPU)),
    "linearize": lambda f: func.linearize(f, normal(3))[1](normal(3, seed=1)),
    "jacrev": lambda f: func.jacrev(func.grad(f))(normal(3)),
    "jacfwd": lambda f: func.jacfwd(func.grad(f))(normal(3)),
    "hessian": lambda f: func.hessian(f)(normal(3)),
    "vmap of hessian": lambda f: func.vmap(func.hessian(f))(normal(2, 3)),
    "jvp of jvp": lambda f: func.jvp(
        lambda x: func.jvp(f, (x,), (normal(3, seed=1),))[1], (normal(3),), (normal(3, seed=2),)
    ),
    "third": lambda f: func.jacfwd(func.hessian(f))(normal(3)),
    "autograd.functional": lambda f: torch.autograd.functional.hessian(f, normal(3)),
}


@pytest.mark.parametrize("name", TRANSFORMS)
def test_transforms_of_torch_func(name: str):
    close(TRANSFORMS[name](wrapped_waves), TRANSFORMS[name](torch_waves))


def test_per_sample_gradients_of_several_arguments():
    def loss(w: Any, x: Any, y: Any) -> Any:
        return ((w @ x - y) ** 2).sum()

    given = normal(2, 3), normal(5, 3, seed=1), normal(5, 2, seed=2)
    each = [
        func.vmap(func.grad(f, argnums=(0, 1)), in_dims=(None, 0, 0))(*given)
        for f in (polyad.torch.wrap(loss), loss)
    ]
    close(*each)


def test_forward_mode_of_torch():
    forward = torch.autograd.forward_ad
    with forward.dual_level():
        dual = forward.make_dual(normal(3), normal(3, seed=1))
        found, expected = (forward.unpack_dual(f(dual)) for f in (wrapped_waves, torch_waves))
        close(found.primal, expected.primal)
        close(found.tangent, expected.tangent)


# -- Programs --------------------------------------------------------------------------------------


class Network(torch.nn.Module):
    """Two layers, of which `activation` is what is between."""

    def __init__(self, activation: Any) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.last = torch.nn.Linear(4, 8), torch.nn.Linear(8, 1)
        self.slope = torch.nn.Parameter(torch.tensor(0.3))
        self.activation = activation

    def forward(self, x: Any) -> Any:
        return self.last(self.activation(self.first(x), self.slope))


def trained(activation: Any, steps: int = 12) -> list[Any]:
    network = Network(activation).double()
    optimizer = torch.optim.Adam(network.parameters(), lr=0.05)
    x = normal(16, 4)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = ((network(x) - x.sum(1, keepdim=True)) ** 2).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    return [p.detach() for p in network.parameters()]


def test_a_training_loop_is_pytorchs_own():
    wrapped = polyad.torch.wrap(lambda x, slope: pnp.where(x > 0, pnp.tanh(x), slope * x))
    plain = lambda x, slope: torch.where(x > 0, torch.tanh(x), slope * x)
    for found, expected in zip(trained(wrapped), trained(plain), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_torch_compile_has_it_in_one_graph(backend: str):
    torch.compiler.reset()
    traced = []

    @polyad.torch.wrap
    def inner(params: Any, x: Any, *, scale: Any) -> Any:
        traced.append(type(x).__name__)
        return {"loss": pnp.sum(pnp.tanh(params["w"] * x) ** 2) * scale, "at": pnp.argmax(x)}

    def outer(w: Any, x: Any, scale: float) -> Any:
        found = inner({"w": w}, x * 2, scale=scale)
        return found["loss"] + x.sum(), found["at"]

    compiled = torch.compile(outer, backend=backend, fullgraph=True)
    for n, scale in [(3, 1.0), (3, 1.0), (5, 0.5)]:
        w, x = normal(n).requires_grad_(), normal(n, seed=n)
        loss, at = compiled(w, x, scale)
        loss.backward()
        z = w.detach().clone().requires_grad_()
        expected = torch.sum(torch.tanh(2 * z * x) ** 2) * scale + x.sum()
        expected.backward()
        close(loss.detach(), expected.detach())
        close(w.grad, z.grad)
        assert at == x.argmax()
    assert set(traced) == {"Tracer"}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_torch_compile_of_a_module_and_of_torch_func():
    torch.compiler.reset()
    activation = polyad.torch.wrap(lambda x, slope: pnp.where(x > 0, pnp.tanh(x), slope * x))
    network = Network(activation).double()
    compiled = torch.compile(network, backend="aot_eager", fullgraph=True)
    x = normal(5, 4)
    each = []
    for model in (network, compiled):
        network.zero_grad()
        model(x).sum().backward()
        each.append([p.grad.clone() for p in network.parameters()])
    close(each[1], each[0])
    with torch.no_grad():
        close(compiled(x), network(x))
    gradient = torch.compile(func.grad(wrapped_waves), backend="aot_eager", fullgraph=True)
    close(gradient(x[0]), func.grad(torch_waves)(x[0]))


# -- Residuals -------------------------------------------------------------------------------------


def counted(calls: list[int]) -> Any:
    """A wrapped function that counts how often it runs."""

    def f(x: Any, y: Any) -> Any:
        polyad.debug.callback(lambda: calls.append(1))
        return pnp.sum(pnp.exp(x) * pnp.sin(y)), pnp.tanh(x)

    return polyad.torch.wrap(f)


def test_the_pullback_does_not_run_the_function_again():
    calls: list[int] = []
    f = counted(calls)
    for _ in range(3):
        x, y = normal(3).requires_grad_(), normal(3, seed=1).requires_grad_()
        before = len(calls)
        value, parts = f(x, y)
        (value + parts.sum()).backward()
        assert len(calls) == before + 1
        close(x.grad, (x.exp() * y.sin() + 1 - x.tanh() ** 2).detach())
        close(y.grad, (x.exp() * y.cos()).detach())
    assert func.vmap(func.grad(lambda x, y: f(x, y)[0]))(normal(2, 3), normal(2, 3)).shape == (2, 3)


def test_second_derivatives_by_way_of_residuals():
    f = polyad.torch.wrap(lambda x, y, s: s * pnp.exp(x) * pnp.sin(y) * y)
    plain = lambda x, y, s: s * torch.exp(x) * torch.sin(y) * y
    each = []
    for g in (f, plain):
        x, y = normal(3).requires_grad_(), normal(3, seed=1).requires_grad_()
        (first,) = torch.autograd.grad(g(x, y, 0.5).sum(), y, create_graph=True)
        second = torch.autograd.grad((first**2).sum(), (x, y), create_graph=True)
        third = torch.autograd.grad(sum((h**2).sum() for h in second), (x, y))
        each.append((*second, *third))
    close(each[0], each[1])


@pytest.mark.parametrize("order", ["grad of vmap", "vmap of grad", "grad of vmap of grad"])
def test_residuals_in_batches(order: str):
    def nested(f: Any) -> Any:
        x = normal(4, 3)
        if order == "vmap of grad":
            return func.vmap(func.grad(f))(x)
        inner = f if order == "grad of vmap" else lambda x: func.grad(f)(x).sum()
        return func.grad(lambda x: (func.vmap(inner)(x) ** 2).sum())(x)

    close(nested(wrapped_waves), nested(torch_waves))


def test_a_loop_of_unknown_length_records_nothing_and_has_gradients():
    def root(a: Any) -> Any:
        step = lambda x: 0.5 * (x + a / x)
        return polyad.lax.while_loop(lambda x: abs(x * x - a) > 1e-14, step, a)

    a = torch.tensor(4.0, dtype=torch.float64, requires_grad=True)
    (first,) = torch.autograd.grad(polyad.torch.wrap(root)(a), a, create_graph=True)
    close(first.detach(), torch.tensor(0.25, dtype=torch.float64))
    (second,) = torch.autograd.grad(first, a)
    close(second, torch.tensor(-1 / 32, dtype=torch.float64))


# -- Tracers of PyTorch's own ----------------------------------------------------------------------


def test_what_traces_pytorchs_operators_sees_one():
    from torch.fx.experimental.proxy_tensor import make_fx

    f = polyad.torch.wrap(lambda x, s: pnp.sum(pnp.sin(x) * s))
    graph = make_fx(lambda x: f(2 * x, 0.5))(normal(3))
    assert "torch.ops.polyad.call" in graph.code
    x = normal(3, seed=5)
    close(graph(x), 0.5 * torch.sum(torch.sin(2 * x)))
    gradient = make_fx(func.grad(wrapped_waves))(normal(3))
    close(gradient(x), func.grad(torch_waves)(x))


def test_fake_tensors_have_types_and_no_values():
    from torch._subclasses.fake_tensor import FakeTensorMode

    f = polyad.torch.wrap(lambda x: (x @ x.T, pnp.argmax(x)))
    with FakeTensorMode():
        product, at = f(torch.ones(2, 3))
    assert (product.shape, product.dtype) == ((2, 2), torch.float32)
    assert (at.shape, at.dtype) == ((), torch.int64)
