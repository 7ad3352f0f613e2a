"""Traced values written into plain tensors that are made inside a function: values are those of the
same program without polyad, gradients are the limits of their differences.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import polyad
import polyad.numpy as pnp
from polyad.errors import PolyadError, PolyadTypeError, PolyadValueError

torch = pytest.importorskip("torch")
F64 = torch.float64
PROGRAMS: dict[str, Callable[[Any], Any]] = {}


def program(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    PROGRAMS[f.__name__] = f
    return f


@program
def elements(x):
    y = torch.zeros(3, dtype=F64)
    y[0] = x[0] ** 2
    y[1] = y[0] * x[1]
    y[-1] += x[2]
    return (y**2).sum()


@program
def slices(x):
    y = torch.ones(2, 3, dtype=F64)
    y[1] = x
    y[:, 1:] *= x[:2]
    y[0, ::2] = x[1:] * 3
    return (y * y).sum()


@program
def views_taken_before(x):
    y = torch.zeros(2, 3, dtype=F64)
    row, turned, flat, column = y[0], y.T, y.view(6), y[:, 1]
    y[0] = x
    y[1, 2] = x[0] * x[1]
    return (row**3).sum() + (turned * 2).sum() + flat[5] ** 2 + column.sum()


@program
def writes_through_views(x):
    y = torch.zeros(2, 3, dtype=F64)
    y[1][0] = x[0]
    y.T[2] = x[:2]
    y.view(-1)[1:3] += x[1:] ** 2
    y.diagonal().mul_(3)
    part = y.narrow(1, 1, 2)
    part += 1
    return (y**2).sum()


@program
def views_of_views_taken_after(x):
    y = torch.zeros(4, dtype=F64)
    y[:3] = x
    pair = y.reshape(2, 2)
    pair[0] = pair[1] * 2
    first, second = pair.unbind(0)
    first.add_(second)
    return (y**2).sum()


@program
def copies_are_copies(x):
    y = torch.zeros(3, dtype=F64)
    y[:] = x
    kept = y.clone()
    y[0] = 7.0
    kept[1] = x[0] * 2
    return (y * kept).sum()


@program
def filled_by_methods(x):
    y = torch.empty(3, dtype=F64)
    y.copy_(x)
    z = torch.zeros_like(y)
    z.add_(y)
    z.mul_(x)
    z.zero_()
    z += y
    return (y * z).sum()


@program
def out_of_plain_tensors(x):
    table = torch.arange(3, dtype=F64)
    y = table * 2
    y[1] = x[0]
    return (y * table * x).sum()


@program
def in_a_loop(x):
    y = torch.zeros(5, dtype=F64)
    y[0] = x[0]
    for i in range(4):
        y[i + 1] = torch.sin(y[i]) + x[1] * y[i]
    return y.sum()


@program
def in_a_list_and_concatenated(x):
    y = torch.zeros(3, dtype=F64)
    y[0] = x[0]
    z = torch.ones(2, dtype=F64)
    return (torch.cat([y, z, x]) ** 2).sum() + torch.stack([y, x]).prod(0).sum()


@program
def given_back(x):
    y = torch.zeros(3, dtype=F64)
    y[1] = x[1] ** 2
    return y[1]


@program
def by_masks_and_indices(x):
    y = torch.zeros(4, dtype=F64)
    y[torch.tensor([0, 2])] = x[:2]
    y[torch.tensor([False, True, False, True])] = x[1:] * 2
    return (y**2).sum()


@program
def untouched_beside(x):
    y, z = torch.zeros(3, dtype=F64), torch.ones(3, dtype=F64)
    z[0] = 5.0
    y[0] = x[0]
    return (y * z).sum() + z.sum() + float(z[0])


STEP = 1e-6
X = torch.tensor([0.5, -1.5, 2.0], dtype=F64)


def expected(f: Callable[[Any], Any], x: Any) -> tuple[Any, Any]:
    steps = STEP * torch.eye(3, dtype=F64)
    return f(x), torch.stack([(f(x + h) - f(x - h)) / (2 * STEP) for h in steps])


def close(found: Any, wanted: Any) -> None:
    torch.testing.assert_close(found, wanted, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("name", PROGRAMS)
def test_values_and_gradients(name: str):
    f = PROGRAMS[name]
    value, gradient = expected(f, X)
    both = polyad.value_and_grad(f)
    for run in (both, polyad.jit(both)):
        found = run(X.clone())
        close(found[0], value)
        close(found[1], gradient)
    close(polyad.jit(f)(X), value)


@pytest.mark.parametrize("name", PROGRAMS)
def test_over_a_batch(name: str):
    f = PROGRAMS[name]
    batch = torch.stack([X, 2 * X, X - 0.25])
    wanted = torch.stack([expected(f, x)[1] for x in batch])
    close(polyad.vmap(polyad.grad(f))(batch), wanted)


def test_second_derivatives():
    h = 1e-4 * torch.eye(3, dtype=F64)
    for name in ("elements", "in_a_loop", "writes_through_views"):
        f = PROGRAMS[name]
        wanted = [[f(X + a + b) - f(X + a - b) - f(X - a + b) + f(X - a - b) for b in h] for a in h]
        found = polyad.hessian(f)(X)
        wanted = torch.tensor(wanted, dtype=F64) / 4e-8
        torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-5)


def test_the_tensor_itself_is_the_result():
    def f(x: Any) -> Any:
        y = torch.zeros(3, dtype=F64)
        y[0] = x[0]
        return {"y": y, "view": y[:2]}

    for run in (polyad.jit(f), lambda x: polyad.jvp(f, (x,), (x,))[0]):
        found = run(X)
        close(found["y"], torch.tensor([0.5, 0, 0], dtype=F64))
        close(found["view"], torch.tensor([0.5, 0], dtype=F64))


def test_functions_of_polyad_read_the_tensor():
    def f(x: Any) -> Any:
        y = torch.zeros(3, dtype=F64)
        y[0] = x[0]
        return pnp.sum(y) * 2 + pnp.sum(pnp.sin(y) * x)

    wanted = 2.0 + 0.5 * torch.cos(X[0]) + torch.sin(X[0])
    close(polyad.grad(f)(X)[0], wanted)


def test_questions_about_the_tensor():
    def f(x: Any) -> Any:
        y = torch.zeros(2, 3, dtype=F64)
        y[0] = x
        assert y.shape == (2, 3) and y.size(0) == len(y) == 2 and y.dtype is F64
        assert y.ndim == y.dim() == 2 and y.numel() == 6 and torch.is_tensor(y)
        return torch.zeros_like(y).sum() + sum(row.sum() for row in y)

    close(polyad.grad(f)(X), torch.ones(3, dtype=F64))


def test_a_tensor_from_outside_is_refused():
    buffer = torch.zeros(3, dtype=F64)

    def f(x: Any) -> Any:
        buffer[0] = x[0]
        return buffer.sum()

    def by_a_view(x: Any) -> Any:
        buffer[1:].add_(x[0])
        return buffer.sum()

    for g in (f, by_a_view):
        for run in (polyad.grad(g), polyad.jit(g)):
            message = r"(?s)into a tensor that was made before.*test_plain_tensors\.py"
            with pytest.raises(PolyadTypeError, match=message):
                run(X)
    assert buffer.tolist() == [0.0, 0.0, 0.0]


def test_plain_values_go_into_tensors_from_outside_as_ever():
    buffer = torch.zeros(3, dtype=F64)

    def f(x: Any) -> Any:
        buffer[0] += 1.0
        return x.sum()

    polyad.grad(f)(X)
    assert buffer.tolist() == [1.0, 0.0, 0.0]


def test_an_expanded_tensor_is_refused():
    def f(x: Any) -> Any:
        y = torch.zeros(1, dtype=F64).expand(3)
        y[:] = x
        return y.sum()

    with pytest.raises(PolyadTypeError, match="several elements are one in memory"):
        polyad.grad(f)(X)


def test_other_dtypes_on_the_memory_are_refused():
    def f(x: Any) -> Any:
        y = torch.zeros(3, dtype=F64)
        bits = y.view(torch.int64)
        y[0] = x[0]
        return (bits * 2).sum()

    with pytest.raises(
        PolyadValueError, match=r"torch\.int64 on the memory of one of torch\.float64"
    ):
        polyad.jit(f)(X)


def test_values_are_not_taken_out_in_silence():
    def f(x: Any) -> Any:
        y = torch.zeros(3, dtype=F64)
        y[0] = x[0]
        return y.numpy().sum()

    with pytest.raises(PolyadError):
        polyad.jit(f)(X)


def test_conjugated_views():
    def f(x: Any) -> Any:
        y = torch.zeros(3, dtype=torch.complex128)
        y.conj()[0] = x[0] * (1 + 2j)
        y[1] = x[1] * 1j
        return (y.conj() * y.conj()).sum()

    value = ((0.5 * (1 + 2j)) ** 2) + (1.5j) ** 2
    assert polyad.jit(f)(X).item() == pytest.approx(value)


def test_parts_of_a_complex_tensor_are_refused():
    def f(x: Any) -> Any:
        y = torch.zeros(3, dtype=torch.complex128)
        y[0] = x[0] * 1j
        y.imag[1] = x[1]
        return torch.abs(y).sum()

    with pytest.raises(PolyadValueError, match=r"on the memory of one of torch\.complex128"):
        polyad.jit(f)(X)


@pytest.mark.parametrize("name", ["squeeze_", "normal_", "t_"])
def test_methods_that_are_not_followed_are_named(name: str):
    def f(x: Any) -> Any:
        y = torch.zeros(1, 3, dtype=F64)
        y[0] = x
        getattr(y, name)()
        return y.sum()

    with pytest.raises(PolyadTypeError, match=name):
        polyad.jit(f)(X)


def test_modes_end_with_their_traces():
    def fails(x: Any) -> Any:
        y = torch.zeros(3, dtype=F64)
        y[0] = x[0]
        raise ValueError("here")

    for _ in range(2):
        with pytest.raises(ValueError, match="here"):
            polyad.grad(fails)(X)
    assert torch._C._len_torch_function_stack() == 0
    assert polyad.trace_stack.readers() == []
