"""PyTorch's operator database as a test of what polyad follows: each op's own samples, called as
they are on traced tensors.

`python tests/foreign/op_database.py [--part 1/8] [--jobs 2] [--write] [names …]` tries all samples
of each op and prints the outcome of those that are not followed; `make test-full` does. `--write`
renews `torch_ops.toml`, which the tests hold polyad to.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import functools
import itertools
import math
import multiprocessing
import pathlib
import sys
import tomllib
import traceback
import types
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
from torch.testing._internal.common_methods_invocations import op_db

import polyad
import polyad.numpy as pnp

TABLE = pathlib.Path(__file__).parent / "torch_ops.toml"
FOLLOWS, REFUSES, FAILS = "follows", "refuses", "fails"
RTOL, ATOL = 1e-7, 1e-9

OPS = {op.formatted_name: op for op in op_db if op.supports_autograd and torch.float64 in op.dtypes}


class Difference(AssertionError):
    """A result that is not torch's."""


class Outcome(NamedTuple):
    kind: str
    reason: str = ""


# -- Samples ---------------------------------------------------------------------------------------


class Call(NamedTuple):
    """A sample as a function of the tensors that are differentiated. Where polyad's convention for
    a derivative is not PyTorch's, it is 0 (`spectral_at_zero`).
    """

    function: Callable[..., Any]
    tensors: list[torch.Tensor]
    is_zero: bool = False


def calls(op: Any, limit: int | None = None) -> Iterator[Call]:
    torch.manual_seed(0)
    samples = op.sample_inputs("cpu", torch.float64, requires_grad=True)
    for sample in itertools.islice(samples, limit):
        whole = (sample.input, sample.args, sample.kwargs)
        leaves, spec = torch.utils._pytree.tree_flatten(whole)
        where = [i for i, x in enumerate(leaves) if isinstance(x, torch.Tensor) and x.requires_grad]
        if not where:
            continue
        plain = [x.detach() if isinstance(x, torch.Tensor) else x for x in leaves]
        call = functools.update_wrapper(functools.partial(called, op.op), op.op)

        def function(
            *given: Any,
            plain: Any = plain,
            where: Any = where,
            spec: Any = spec,
            after: Any = sample.output_process_fn_grad,
        ) -> Any:
            now = list(plain)
            for i, x in zip(where, given, strict=True):
                now[i] = x
            value, args, kwargs = torch.utils._pytree.tree_unflatten(now, spec)
            return results(after(op.gradcheck_wrapper(call, value, *args, **kwargs)))

        tensors = [plain[i] for i in where]
        yield Call(function, tensors, spectral_at_zero(op, tensors, sample.args))


def spectral_at_zero(op: Any, tensors: list[torch.Tensor], args: Any) -> bool:
    """Whether a sample is a norm by singular values of matrices of zeros. Of its subgradients
    polyad gives the least, by the singular vectors of the rank alone, which is 0, and PyTorch that
    by the bases which the SVD happens to choose.
    """
    spectral = op.name == "linalg.norm" and args[:1] in (("nuc",), (2,), (-2,))
    return spectral and not any(x.any() for x in tensors)


def called(function: Any, first: Any, *args: Any, **kwargs: Any) -> Any:
    """The call. `torch.Tensor.f(x)` itself takes tensors only; `x.f()` takes what there is."""
    if isinstance(function, types.MethodDescriptorType | types.WrapperDescriptorType):
        return getattr(first, function.__name__)(*args, **kwargs)
    return function(first, *args, **kwargs)


def results(value: Any) -> list[Any]:
    """The arrays of a result, in order."""
    if isinstance(value, tuple | list) and not isinstance(value, torch.Size):
        return [x for part in value for x in results(part)]
    if isinstance(value, dict):
        return [x for part in value.values() for x in results(part)]
    return [value]


# -- Laws ------------------------------------------------------------------------------------------


def is_traced_array(x: Any) -> bool:
    return isinstance(x, torch.Tensor) or hasattr(x, "__torch_function__")


def same(found: Any, wanted: Any, what: str) -> None:
    """Raise `Difference` unless a result is torch's: type, dtype, shape, values."""
    if not isinstance(wanted, torch.Tensor):
        if found != wanted:
            raise Difference(f"{what}: {found!r:.80} in place of {wanted!r:.80}")
        return
    if not isinstance(found, torch.Tensor):
        raise Difference(f"{what}: a {type(found).__name__} in place of a tensor")
    wanted = wanted.detach()
    wanted = wanted.to_dense() if wanted.layout != torch.strided else wanted
    if found.dtype != wanted.dtype or found.shape != wanted.shape:
        raise Difference(
            f"{what}: {found.dtype}{tuple(found.shape)} in place of "
            f"{wanted.dtype}{tuple(wanted.shape)}"
        )
    single = wanted.dtype in (torch.float32, torch.complex64)
    rtol, atol = (1e-4, 1e-5) if single else (RTOL, ATOL)
    if not torch.allclose(found, wanted, rtol, atol, equal_nan=True):
        raise Difference(f"{what}: {found.flatten()[:6]} in place of {wanted.flatten()[:6]}")


def weights_of(outs: list[Any]) -> list[Any]:
    """A weight for each inexact result; one result's sum has no derivative by chance."""
    torch.manual_seed(1)
    found = []
    for x in outs:
        inexact = isinstance(x, torch.Tensor) and (x.is_floating_point() or x.is_complex())
        found.append(torch.randn(x.shape, dtype=x.dtype) if inexact else None)
    return found


def loss_of(outs: list[Any], weights: list[Any], xp: Any) -> Any:
    """A real number of the results, differentiable in each."""
    total = 0.0
    for x, w in zip(outs, weights, strict=True):
        if w is not None and w.is_complex():
            total = total + xp.sum(xp.real(x) * w.real) + xp.sum(xp.imag(x) * w.imag)
        elif w is not None:
            total = total + xp.sum(x * w)
    return total


def check_derivatives(call: Call) -> None:
    """Value, gradient and forward derivative of a sample against torch's."""
    leaves = [x.clone().requires_grad_() for x in call.tensors]
    wanted = call.function(*leaves)
    weights = weights_of(wanted)
    recorded = any(x.requires_grad for x in wanted if isinstance(x, torch.Tensor))
    if recorded and not call.is_zero:
        gradients = torch.autograd.grad(
            loss_of(wanted, weights, torch), leaves, allow_unused=True, materialize_grads=True
        )
    else:
        gradients = [torch.zeros_like(x) for x in leaves]
    keep = [k for k, x in enumerate(wanted) if isinstance(x, torch.Tensor)]
    others: list[Any] = []

    def loss(*tensors: Any) -> Any:
        outs = call.function(*tensors)
        others[:] = [x for k, x in enumerate(outs) if k not in keep]
        if len(outs) != len(wanted):
            raise Difference(f"{len(outs)} results in place of {len(wanted)}")
        return loss_of(outs, weights, pnp), [outs[k] for k in keep]

    every = tuple(range(len(leaves)))
    if not any(x.is_floating_point() or x.is_complex() for x in call.tensors):
        raise Difference("nothing to differentiate")
    (_, values), found = polyad.value_and_grad(loss, argnums=every, has_aux=True)(*call.tensors)
    for k, x in zip(keep, values, strict=True):
        same(x, wanted[k], f"result {k}")
    for x, k in zip(others, (k for k in range(len(wanted)) if k not in keep), strict=True):
        same(x, wanted[k], f"result {k}")
    for k, (x, g) in enumerate(zip(found, gradients, strict=True)):
        same(x, g.to_dense() if g.layout != torch.strided else g, f"gradient {k}")
    check_forward(call, lambda *tensors: loss(*tensors)[0], gradients, coarsest(wanted))


def coarsest(values: list[Any]) -> float:
    """The largest epsilon among the dtypes of 16 bits of values; else 0."""
    kinds = [x.dtype for x in values if isinstance(x, torch.Tensor)]
    return max(
        (torch.finfo(k).eps for k in kinds if k in (torch.half, torch.bfloat16)), default=0.0
    )


def check_forward(call: Call, loss: Callable[..., Any], gradients: Any, eps: float) -> None:
    """<gradient, tangent> is the forward derivative; of results in 16 bits, to their `eps`."""
    tangents = tuple(torch.randn(x.shape, dtype=x.dtype) for x in call.tensors)
    _, found = polyad.jvp(loss, tuple(call.tensors), tangents)
    wanted = sum(float((g.conj() * t).real.sum()) for g, t in zip(gradients, tangents, strict=True))
    scale = sum(float((g * t).abs().sum()) for g, t in zip(gradients, tangents, strict=True))
    found = float(found)
    if math.isnan(wanted) or math.isinf(wanted):
        return
    single = any(x.dtype in (torch.float32, torch.complex64) for x in call.tensors)
    if not abs(found - wanted) <= max(eps, 1e-5 if single else 1e-7) * max(1.0, scale):
        raise Difference(f"forward derivative: {found} in place of {wanted}")


EAGER = {
    *(f"nn_functional_{name}" for name in ("batch_norm", "instance_norm", "rrelu")),
    *(f"nn_functional_{name}dropout{n}" for name in ("", "alpha_") for n in ("", "2d", "3d")),
    "nn_functional_batch_norm_without_cudnn",
    "nn_functional_feature_alpha_dropout_with_train",
    *("native_batch_norm", "_native_batch_norm_legit", "_batch_norm_with_update"),
    "nn_functional_multi_head_attention_forward",
    "nn_functional_scaled_dot_product_attention",
}
"""Ops that draw at random or write into plain tensors, which compiled code may refuse."""


def check_compiled(op: Any, call: Call) -> None:
    """`check_jit` and `check_vmap`, or the refusal of a draw or a write that would happen once."""
    for check in (check_jit, check_vmap):
        try:
            check(call)
        except polyad.errors.PolyadTypeError as error:
            if op.formatted_name not in EAGER or " would " not in str(error):
                raise


def check_jit(call: Call) -> None:
    """The compiled value of a sample against torch's."""
    wanted = call.function(*[x.clone() for x in call.tensors])
    found = polyad.jit(call.function)(*call.tensors)
    for k, (x, w) in enumerate(zip(found, wanted, strict=True)):
        if isinstance(w, torch.Tensor):
            same(x, w, f"compiled result {k}")


def check_vmap(call: Call) -> None:
    """A batch of samples against the loop over them."""
    torch.manual_seed(2)
    seconds = [shuffled(x) for x in call.tensors]
    rows = [call.tensors, seconds]
    wanted = [call.function(*[x.clone() for x in row]) for row in rows]
    if not all(isinstance(x, torch.Tensor) for x in wanted[0]):
        return
    if [x.shape for x in wanted[0]] != [x.shape for x in wanted[1]]:
        return
    batch = [torch.stack(pair) for pair in zip(*rows, strict=True)]
    found = polyad.vmap(call.function)(*batch)
    for k, x in enumerate(found):
        same(x, torch.stack([row[k].resolve_conj() for row in wanted]), f"batched result {k}")


def shuffled(x: torch.Tensor) -> torch.Tensor:
    """The elements in another order; a positive definite matrix remains one."""
    if not x.ndim:
        return x * 1.0
    order = torch.randperm(len(x))
    square = x.ndim == 2 and x.shape[0] == x.shape[1]
    return x[order][:, order] if square else x[order]


# -- Outcomes --------------------------------------------------------------------------------------


def outcome(op: Any, limit: int | None = None, compiled: int = 2, trace: bool = False) -> Outcome:
    """What becomes of an op's samples: the first `limit` of them, `compiled` of these under jit and
    vmap.
    """
    seen = 0
    try:
        for seen, call in enumerate(calls(op, limit), 1):
            check_derivatives(call)
            if seen <= compiled:
                check_compiled(op, call)
    except polyad.errors.PolyadError as error:
        if trace:
            traceback.print_exc()
        return Outcome(REFUSES, f"sample {seen}: {error}")
    except Exception as error:
        if trace:
            traceback.print_exc()
        return Outcome(FAILS, f"sample {seen}: {type(error).__name__}: {error}")
    return Outcome(FOLLOWS) if seen else Outcome(REFUSES, "no sample is differentiable")


def followed() -> list[str]:
    """The ops in the table."""
    return tomllib.loads(TABLE.read_text())["follows"]


def refused() -> list[str]:
    """The ops in the table that polyad refuses."""
    return tomllib.loads(TABLE.read_text())["refuses"]


def write(found: dict[str, Outcome]) -> None:
    """Write the table."""
    lists = []
    for kind in (FOLLOWS, REFUSES):
        lines = [f'    "{name}",\n' for name, o in found.items() if o.kind == kind]
        lists.append(f"{kind} = [\n{''.join(lines)}]\n")
    TABLE.write_text("\n".join(lists))


def outcome_of(name: str, limit: int | None = None, trace: bool = False) -> Outcome:
    """The outcome of the op of a name, in a process that may have just begun."""
    warnings.simplefilter("ignore")
    return outcome(OPS[name], limit, trace=trace)


def outcomes(names: list[str], limit: int | None, trace: bool, jobs: int) -> Iterator[Outcome]:
    """The outcomes of ops, in order, as they come."""
    run = functools.partial(outcome_of, limit=limit, trace=trace)
    if jobs == 1:
        yield from map(run, names)
        return
    spawn = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(jobs, spawn) as pool:
        yield from pool.map(run, names)


def main(arguments: list[str] | None = None) -> int:
    """The number of ops whose outcome is not that of the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="parts of names; all ops if there are none")
    parser.add_argument("--limit", type=int, help="samples of each op; all if it is not given")
    parser.add_argument("--part", default="1/1", help="2/8: the second of eight parts of the ops")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--trace", action="store_true")
    options = parser.parse_args(arguments)
    names = [n for n in OPS if not options.names or any(part in n for part in options.names)]
    part, parts = map(int, options.part.split("/"))
    names = names[part - 1 :: parts]
    found = {}
    for name, each in zip(
        names, outcomes(names, options.limit, options.trace, options.jobs), strict=True
    ):
        found[name] = each
        if each.kind != FOLLOWS:
            print(f"{each.kind:8} {name}: {each.reason.splitlines()[0][:200]}", flush=True)
    for kind in (FOLLOWS, REFUSES, FAILS):
        print(kind, sum(o.kind == kind for o in found.values()), "of", len(names))
    if options.write:
        write(found)
    in_table = set(followed())
    wrong = [
        n for n, o in found.items() if o.kind == FAILS or (n in in_table and o.kind != FOLLOWS)
    ]
    if wrong:
        print("not as the table says:", *wrong)
    return len(wrong)


if __name__ == "__main__":
    sys.exit(min(main(), 1))
