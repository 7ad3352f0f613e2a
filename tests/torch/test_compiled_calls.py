"""Compiled calls with tensors: no Python code runs, and what the machine code cannot take as it is
goes another way and gives the same.
"""

from __future__ import annotations

import gc
import sys
import threading
import weakref
from collections.abc import Callable
from typing import Any

import pytest

import polyad
import polyad.numpy as pnp
from polyad.lowering.calling import tensor_library

torch = pytest.importorskip("torch")
F64 = torch.float64


def python_calls(run: Callable[[], Any]) -> tuple[Any, int]:
    """The result of `run()`, and how many Python functions it called."""
    count = [-1]  # `run` itself

    def note(frame: Any, event: str, argument: Any) -> None:
        count[0] += event == "call"

    gc.disable()
    sys.setprofile(note)
    try:
        found = run()
    finally:
        sys.setprofile(None)
        gc.enable()
    return found, count[0]


def ready(fun: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """The jitted function after two calls."""
    compiled = polyad.jit(fun, **options)
    for _ in range(2):
        compiled(*args)
    return compiled


def same(found: Any, expected: Any) -> None:
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=0.0, check_stride=True)


def mixed(x: Any, y: Any) -> Any:
    return x * y + x


DTYPES = [
    *("float32", "float64", "complex64", "complex128", "bool"),
    *("int8", "int16", "int32", "int64", "uint8"),
]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (1,), (5,), (2, 3), (2, 1, 4)])
def test_no_python_code_runs(dtype: str, shape: tuple[int, ...]):
    native = getattr(torch, dtype)
    x = torch.ones(shape, dtype=native)
    y = torch.arange(x.numel()).reshape(shape).to(native)
    function = (lambda x, y: (x & y, y)) if dtype == "bool" else lambda x, y: (x * y + x, y)
    compiled = ready(function, x, y)
    (first, second), count = python_calls(lambda: compiled(x, y))
    assert count == 0
    same(first, function(x, y)[0])
    same(second, y)
    assert type(first) is torch.Tensor and second.data_ptr() != y.data_ptr()


def test_containers_scalars_keywords_and_constants():
    table = torch.arange(3.0, dtype=F64)

    def step(params: Any, batch: Any, rate: Any, *, scale: Any) -> Any:
        return {
            "w": [params["w"] * rate + batch[0] * table, None],
            "s": (pnp.sum(batch[1]) * scale),
        }

    params, batch = {"w": torch.ones(3, dtype=F64)}, (torch.ones(3, dtype=F64), table)
    compiled = polyad.jit(step)
    run = lambda: compiled(params, batch, 0.5, scale=2.0)
    for _ in range(2):
        run()
    found, count = python_calls(run)
    assert count == 0
    same(found["w"][0], 0.5 + table)
    same(found["s"], torch.tensor(6.0, dtype=F64))
    assert found["w"][1] is None


def base(*shape: int, dtype: Any = F64) -> Any:
    count = 1
    for n in shape:
        count *= n
    values = torch.arange(1.0, 1 + count, dtype=F64).reshape(shape)
    return torch.complex(values, -values) if dtype is torch.complex128 else values.to(dtype)


LAYOUTS: dict[str, Callable[[], Any]] = {
    "transposed": lambda: base(4, 3).T,
    "stepped": lambda: base(6, 4)[::2, 1:],
    "broadcast": lambda: base(4).expand(3, 4),
    "offset": lambda: base(5, 4)[2:],
    "of size one": lambda: base(4, 1, 3).transpose(0, 1),
    "transposed, large": lambda: base(200, 300).T,
    "stepped, large": lambda: base(400, 300)[::2, ::3],
    "broadcast, large": lambda: base(300).expand(200, 300),
    "channels last": lambda: base(2, 3, 4, 4).to(memory_format=torch.channels_last),
    "conjugated": lambda: base(3, 4, dtype=torch.complex128).conj(),
    "conjugated and transposed": lambda: base(3, 4, dtype=torch.complex128).mH,
    "negative": lambda: base(3, 4, dtype=torch.complex128).conj().imag,
    "real parts": lambda: base(3, 4, dtype=torch.complex128).real,
    "negative, complex": lambda: torch._neg_view(base(3, 4, dtype=torch.complex128)),
    "unaligned": lambda: torch.frombuffer(
        bytearray(b"xxx" + base(12).numpy().tobytes()), dtype=F64, count=12, offset=3
    ),
    "empty": lambda: base(0, 3),
    "zeros without memory": lambda: torch._efficientzerotensor((3, 4), dtype=F64),
    "subnormal": lambda: base(3, 4) * 5e-324,
    "not finite": lambda: torch.tensor([float("inf"), float("nan"), -0.0], dtype=F64),
    "a parameter": lambda: torch.nn.Parameter(base(3), requires_grad=False),
    "read only": lambda: torch.from_numpy(base(3).numpy()),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout_gives_what_it_gives_at_first(name: str):
    x = LAYOUTS[name]()
    dense = (x.detach() + 0).resolve_conj().resolve_neg().contiguous()
    compiled = polyad.jit(lambda x: (x * 2, x))
    for given in (x, x, x, dense, x, LAYOUTS[name]()):
        double, copy = compiled(given)
        torch.testing.assert_close(double, 2 * dense, rtol=0, atol=0, equal_nan=True)
        torch.testing.assert_close(copy, dense, rtol=0, atol=0, equal_nan=True)
        assert double.is_contiguous() and type(double) is torch.Tensor


def test_other_arguments_go_another_way():
    x = torch.ones(3, dtype=F64)
    compiled = ready(lambda x: x * 2, x)
    assert compiled(x.float()).dtype is torch.float32
    assert compiled(torch.ones(4, dtype=F64)).shape == (4,)
    assert type(compiled(x.numpy())).__module__ == "numpy"
    same(compiled(x), 2 * x)
    assert compiled(x.to("meta")).device.type == "meta"
    same(compiled(x), 2 * x)


class Unit(torch.Tensor):
    """A subclass."""


def test_subclasses_and_modes():
    x = torch.ones(3, dtype=F64)
    compiled = ready(lambda x: x * 2, x)
    same(compiled(x.as_subclass(Unit)).as_subclass(torch.Tensor), 2 * x)
    with torch.device("cpu"), torch.inference_mode():
        same(compiled(x), 2 * x)


def test_results_are_tensors_like_others():
    x = base(4, 3)
    y = ready(lambda x: x + 1, x)(x)
    y.add_(1)
    y[0] = 0
    same(y[1:], x[1:] + 2)
    z = y.view(12).requires_grad_()
    (z**2).sum().backward()
    same(z.grad, 2 * y.detach().view(12))
    assert y.numpy().sum() == y.sum().item()


@pytest.mark.parametrize("n", [3, 40_000])  # in its own block, and in kept memory
def test_results_own_their_memory(n: int):
    x = torch.ones(n, dtype=F64)
    compiled = ready(lambda x: x * 3, x)
    kept = [compiled(x) for _ in range(20)]
    views = [y[1:] for y in kept]
    del kept
    gc.collect()
    for y in views:
        same(y, torch.full((n - 1,), 3.0, dtype=F64))


def test_large_results_die_on_any_thread():
    x = torch.ones(40_000, dtype=F64)
    compiled = ready(lambda x: x * 3, x)
    found = [compiled(x) for _ in range(8)]
    seen = []

    def drop() -> None:
        while found:
            seen.append(found.pop()[0].item())

    threads = [threading.Thread(target=drop) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [3.0] * 8
    same(compiled(x), 3 * x)


def test_arguments_are_given_back():
    x = torch.ones(3, dtype=F64)
    compiled = ready(lambda x: x * 2, x)
    before = sys.getrefcount(x), sys.getrefcount(False), sys.getrefcount(torch.Tensor)
    for _ in range(100):
        compiled(x)
        compiled(torch.ones(4, dtype=F64).expand(2, 4))
    assert sys.getrefcount(x) == before[0]
    assert abs(sys.getrefcount(torch.Tensor) - before[2]) < 50
    death = weakref.ref(x)
    del x
    gc.collect()
    assert death() is None


def test_a_compiled_call_changes_no_tensor():
    x = torch.ones(3, dtype=F64)
    compiled = ready(lambda x: x * 2, x, donate_argnums=0)
    version = x._version
    for _ in range(3):
        same(compiled(x), torch.full((3,), 2.0, dtype=F64))
    assert x._version == version and x.tolist() == [1.0] * 3


def test_a_closed_over_tensor_is_read_as_it_is():
    table = base(40_000)
    compiled = ready(lambda x: x + table, table)
    found, count = python_calls(lambda: compiled(table))
    assert count == 0
    same(found, 2 * table)


def test_scalars_alone_beside_a_closed_over_tensor():
    table = base(3)
    compiled = polyad.jit(lambda s: s * table)
    for s in (1.0, 2.0, 3.0, 4.0):
        same(compiled(s), s * table)


def test_scalars_alone_where_tensors_are_the_default():
    compiled = polyad.jit(lambda s: pnp.sin(s))
    with polyad.use_backend("torch"):
        for _ in range(4):
            assert isinstance(compiled(0.5), torch.Tensor)
    assert not isinstance(compiled(0.5), torch.Tensor)


@pytest.mark.parametrize("parameter", [False, True])
def test_where_pytorch_records_nothing_a_tensor_with_requires_grad_takes_the_short_way(parameter):
    x, y = base(5), base(5) + 1
    compiled = ready(mixed, x, y)
    own = torch.nn.Parameter(x) if parameter else x.clone().requires_grad_()
    with torch.no_grad():
        found, count = python_calls(lambda: compiled(own, y))
    assert count == 0 and type(found) is torch.Tensor and not found.requires_grad
    same(found, mixed(x, y))
    with pytest.warns(polyad.errors.DetachedWarning):
        same(compiled(own, y), mixed(x, y))


@pytest.fixture
def default_dtype():
    before = torch.get_default_dtype()
    yield torch.set_default_dtype
    torch.set_default_dtype(before)


@pytest.mark.parametrize(
    "f",
    [
        lambda i: i / 2,
        lambda i: torch.ones(3) * i.sum(),
        lambda i: i + torch.tensor(0.5),
        lambda i: torch.mean(i.to(torch.get_default_dtype())),
        lambda i: polyad.jit(lambda j: j / 2)(i),
    ],
)
def test_the_default_dtype_is_that_of_the_call(f, default_dtype):
    compiled, wrapped = polyad.jit(f), polyad.torch.wrap(f)
    i = torch.arange(3)
    for dtype in (torch.float32, torch.float64, torch.float32, torch.float64):
        default_dtype(dtype)
        for call in (compiled, compiled, compiled, wrapped, wrapped):
            same(call(i), f(i))


def test_the_default_dtype_of_calls_with_scalars(default_dtype):
    compiled = polyad.jit(lambda s: torch.ones(2) * s)
    with polyad.use_backend("torch"):
        for dtype in (torch.float32, torch.float64, torch.float32):
            default_dtype(dtype)
            for _ in range(3):
                assert compiled(0.5).dtype == dtype


def test_an_error_in_compiled_code_frees_what_was_made():
    def loop(x: Any) -> Any:
        return polyad.lax.while_loop(lambda c: c[0] > 0, lambda c: (c[0] + 1.0, c[1] + 1), (x, 0))

    with polyad.config(max_while_steps=10):
        compiled = polyad.jit(loop)
        x = torch.tensor(-1.0, dtype=F64)
        for _ in range(3):
            compiled(x)
        for _ in range(3):
            with pytest.raises(polyad.errors.WhileStepsError):
                compiled(-x)
        same(compiled(x)[0], x)


@pytest.mark.parametrize("lost", ["table", "version"])
def test_without_pytorchs_table_of_functions(lost: str, monkeypatch: pytest.MonkeyPatch):
    if lost == "table":
        monkeypatch.delattr(torch.Tensor, "__dlpack_c_exchange_api__")
    else:
        monkeypatch.setattr(tensor_library, "MAJOR", 99)
    tensor_library.tensor_library.cache_clear()
    try:
        x = base(3)
        compiled = polyad.jit(lambda x: x * 2)
        for _ in range(4):
            same(compiled(x), 2 * x)
    finally:
        monkeypatch.undo()
        tensor_library.tensor_library.cache_clear()
