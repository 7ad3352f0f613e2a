"""A tensor that PyTorch's autograd follows is not dropped in silence: outside of `wrap`, a leaf is
taken with a warning, and a tensor that was computed from others is refused.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest

import polyad
import polyad.numpy as pnp
from polyad.errors import DetachedWarning, PolyadTypeError

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("always::polyad.errors.DetachedWarning")


def square(x: Any) -> Any:
    return pnp.sum(x * x)


def plain(*shape: int) -> Any:
    return torch.arange(1.0, 4.0, dtype=torch.float64).expand(*shape, 3).clone()


def product(x: Any, w: Any) -> Any:
    return pnp.sum(x * w)


WAYS: dict[str, Callable[[Any], Any]] = {
    "jit": lambda t: polyad.jit(square)(t),
    "jit of torch's own": lambda t: polyad.jit(square, backend="torch")(t),
    "jit of grad": lambda t: polyad.jit(polyad.grad(square))(t),
    "grad": lambda t: polyad.grad(square)(t),
    "value_and_grad": lambda t: polyad.value_and_grad(square)(t),
    "jvp": lambda t: polyad.jvp(square, (t,), (plain(),)),
    "a tangent": lambda t: polyad.jvp(square, (plain(),), (t,)),
    "vjp": lambda t: polyad.vjp(square, t),
    "a cotangent": lambda t: polyad.vjp(lambda x: x * x, plain())[1](t),
    "linearize": lambda t: polyad.linearize(square, t),
    "hessian": lambda t: polyad.hessian(square)(t),
    "jacfwd": lambda t: polyad.jacfwd(square)(t),
    "jacrev": lambda t: polyad.jacrev(lambda x: x * x)(t),
    "vmap": lambda t: polyad.vmap(lambda x: x * x)(t),
    "vmap, not mapped": lambda t: polyad.vmap(product, in_axes=(0, None))(plain(2), t),
    "grad, beside": lambda t: polyad.grad(product)(plain(), t),
    "grad, keyword": lambda t: polyad.grad(product)(plain(), w=t),
    "grad, closed over": lambda t: polyad.grad(lambda x: product(x, t))(plain()),
    "jit, closed over": lambda t: polyad.jit(lambda x: product(x, t))(plain()),
    "vmap, closed over": lambda t: polyad.vmap(lambda x: product(x, t))(plain(2)),
    "wrap, closed over": lambda t: polyad.torch.wrap(lambda x: product(x, t))(plain()),
    "in a list": lambda t: polyad.grad(lambda p: square(p["w"][1]))({"w": [plain(), t]}),
    "as a result": lambda t: polyad.jit(lambda x: (x, t))(plain()),
}


def leaf() -> Any:
    return plain().requires_grad_()


def told(run: Callable[[], Any]) -> list[str]:
    """The warnings that a run gives, and its results must have no history."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        found = run()
    for x in polyad.tree.leaves(found):
        assert not (isinstance(x, torch.Tensor) and x.requires_grad)
    for w in seen:
        if w.category is DetachedWarning:
            assert w.filename == __file__
    return [str(w.message) for w in seen if w.category is DetachedWarning]


@pytest.mark.parametrize("way", WAYS)
def test_a_leaf_is_taken_with_a_warning(way: str):
    for t in (leaf(), torch.nn.Parameter(plain())):
        texts = told(lambda t=t: WAYS[way](t))
        assert texts
        for text in texts:
            assert "has requires_grad=True" in text and "polyad.torch.wrap" in text


@pytest.mark.parametrize("way", WAYS)
def test_a_tensor_with_a_history_is_refused(way: str):
    t = 2 * leaf()
    with pytest.raises(PolyadTypeError, match=r"(?s)has a history.*polyad\.torch\.wrap.*detach"):
        WAYS[way](t)


@pytest.mark.parametrize("way", WAYS)
def test_where_pytorch_records_nothing_neither_is_said(way: str):
    assert told(lambda: WAYS[way](plain())) == []
    with torch.no_grad():
        assert told(lambda: WAYS[way](leaf())) == []
        assert told(lambda: WAYS[way]((2 * leaf()).requires_grad_())) == []


def test_values_are_right_all_the_same():
    t = leaf()
    assert polyad.jit(square)(t).item() == square(t.detach()).item()
    assert polyad.grad(square)(t).tolist() == (2 * t.detach()).tolist()


def test_the_argument_is_named():
    params = {"w": [plain(), leaf()]}
    for transform in ("grad", "jit"):
        run = getattr(polyad, transform)(lambda params: square(params["w"][1]))
        [text] = told(lambda run=run: run(params))
        assert text.startswith(f"{transform}: argument \"params['w'][1]\"")
    [text] = told(lambda: polyad.grad(product)(plain(), leaf()))
    assert text.startswith("grad: argument 'w'")


def test_every_call_of_compiled_code_tells():
    for backend in (None, "torch"):
        compiled = polyad.jit(square, backend=backend)
        for _ in range(4):
            compiled(plain())
        for _ in range(3):
            assert len(told(lambda compiled=compiled: compiled(leaf()))) == 1
            with pytest.raises(PolyadTypeError, match="argument 'x' has a history"):
                compiled(2 * leaf())
        assert told(lambda compiled=compiled: compiled(plain())) == []


def test_closed_over_tensors_are_looked_at_in_later_calls():
    for t in (plain(), torch.ones(5000, 3, dtype=torch.float64)):  # copied by a trace, and not
        t.requires_grad_()
        compiled = polyad.jit(lambda x, t=t: product(x, t))
        with torch.no_grad():
            for _ in range(3):
                assert told(lambda compiled=compiled: compiled(plain())) == []
        for _ in range(3):
            assert "closes over has requires_grad" in told(lambda c=compiled: c(plain()))[0]


def test_one_warning_for_each_line():
    t = leaf()
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("default")
        for _ in range(5):
            polyad.grad(square)(t)
        polyad.grad(square)(t)
    assert len(seen) == 2


def test_as_an_error():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DetachedWarning, match="argument 'x'"):
            polyad.grad(square)(leaf())


def test_tensors_that_torch_func_traces_are_refused():
    for way in ("jit", "grad", "vmap", "jit, closed over"):
        run = WAYS[way]
        message = r"(?s)is traced by torch\.func.*polyad\.torch\.wrap"
        with pytest.raises(PolyadTypeError, match=message):
            torch.func.vmap(run)(plain(2))
        with pytest.raises(PolyadTypeError, match=message):
            torch.func.jvp(run, (plain(),), (plain(),))


def test_dual_tensors_are_refused():
    forward = torch.autograd.forward_ad
    compiled = polyad.jit(square)
    for _ in range(3):
        compiled(plain())
    with forward.dual_level():
        dual = forward.make_dual(plain(), plain())
        for run in (compiled, polyad.grad(square)):
            assert told(lambda run=run: run(plain())) == []
            with pytest.raises(PolyadTypeError, match=r"a tangent of torch\.autograd\.forward_ad"):
                run(dual)


def test_parameters_of_a_module():
    module = torch.nn.Linear(3, 2).double()
    x = plain(4)

    def loss(params: Any) -> Any:
        return pnp.sum((x @ params["weight"].T + params["bias"]) ** 2)

    params = dict(module.named_parameters())
    assert len(told(lambda: polyad.grad(loss)(params))) == 2
    detached = {name: p.detach() for name, p in params.items()}
    assert told(lambda: polyad.grad(loss)(detached)) == []
    module(x).square().sum().backward()
    for found in (polyad.grad(loss)(detached), polyad.jit(polyad.grad(loss))(detached)):
        for name, p in module.named_parameters():
            torch.testing.assert_close(found[name], p.grad)


def test_single_ops_stay_in_pytorchs_graph():
    t = leaf()
    assert told(lambda: (pnp.sum(pnp.sin(t.detach())),)) == []
    pnp.sum(pnp.sin(t)).backward()
    torch.testing.assert_close(t.grad, torch.cos(t.detach()))
