"""`wrap`: from a call with pytrees to a call of a flat function, and back."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import Any

from .. import execution
from ..api.calls import pytrees
from ..errors import PolyadTypeError
from ..ir import user_location, where
from ..texts import shown
from ..tracing import callable_name
from ._flat import Flat, signature
from ._function import call

F = Callable[..., Any]
TRACED_SCALARS = (float, complex)


class _Static:
    """A place of a pytree whose leaf is a Python value, equal in all calls of one trace."""

    def __init__(self, value: Any) -> None:
        self.value, self.key = value, execution.exactly(value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Static) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


class _Trees:
    """The structure of the results, by the types of the arguments."""

    def __init__(self) -> None:
        self.found: dict[Any, Any] = {}

    def put(self, types: Any, structure: Any) -> None:
        self.found[types] = structure

    def get(self, arguments: list[Any]) -> Any:
        structures = set(self.found.values())
        if len(structures) == 1:
            return structures.pop()
        return self.found[signature(arguments)]


class Wrapped:
    """A function that `wrap` made; `func` is the function that it was made of."""

    def __init__(self, fun: F) -> None:
        functools.update_wrapper(self, fun, updated=())
        self.func = fun
        self._flat: dict[Any, tuple[Flat, _Trees]] = {}
        self._node: Any = None

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def __repr__(self) -> str:
        return f"<polyad.torch.wrap of {callable_name(self.func)}>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        import torch

        if torch.compiler.is_compiling() and _has_node(self):
            return self._node(args, kwargs)
        return self._call(args, kwargs)

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        import torch

        leaves, structure = pytrees.flatten((args, kwargs))
        if pytrees.is_traced(leaves):
            return self.func(*args, **kwargs)
        leaves = [_numeric(leaf) for leaf in leaves]
        static, arguments = self._split(leaves)
        key = (structure, static, torch.is_grad_enabled())
        flat, trees = self._flat.get(key) or self._made(key)
        with _torch_scope(arguments):
            results = call(flat, arguments)
        return pytrees.unflatten(trees.get(arguments), list(results))

    def _split(self, leaves: list[Any]) -> tuple[tuple[Any, ...], list[Any]]:
        """A `_Static` or None for each leaf, and the leaves that are arguments of the flat
        function: tensors, and scalars that are traced.
        """
        backend = execution.get_backend("torch")
        like = next((x for x in leaves if backend.owns(x)), None)
        static: list[_Static | None] = []
        arguments = []
        for leaf in leaves:
            if backend.owns(leaf) or type(leaf) in TRACED_SCALARS:
                argument = leaf
            elif execution.backend_of(leaf) is not None:
                argument = backend.asarray(leaf, like=like)
            else:
                static.append(self._static(leaf))
                continue
            static.append(None)
            arguments.append(argument)
        return tuple(static), arguments

    def _static(self, leaf: Any) -> _Static:
        try:
            hash(leaf)
        except TypeError:
            raise PolyadTypeError(
                f"wrap of {callable_name(self.func)}: an argument that is no tensor must be "
                f"hashable, and a {type(leaf).__name__} is not: {shown(leaf)}"
                f"{where(user_location())}\n  Pass a tensor, or a tuple."
            ) from None
        return _Static(leaf)

    def _made(self, key: Any) -> tuple[Flat, _Trees]:
        """The flat function of the arguments that are not static, and its results' structures."""
        import torch

        structure, static, recording = key
        trees = _Trees()

        def flat(*arguments: Any) -> tuple[Any, ...]:
            given = iter(arguments)
            leaves = [next(given) if s is None else s.value for s in static]
            args, kwargs = pytrees.unflatten(structure, leaves)
            with torch.set_grad_enabled(recording):  # to tell of closed-over tensors with a history
                found, out_tree = pytrees.flatten(self.func(*args, **kwargs))
            trees.put(signature(arguments), out_tree)
            return tuple(found)

        flat.__name__ = callable_name(self.func)
        made = self._flat[key] = Flat(flat), trees
        return made


def _numeric(leaf: Any) -> Any:
    """A number that `torch.compile` has a symbol for, as the number that it is in this graph."""
    import torch

    return leaf.node.pytype(leaf) if isinstance(leaf, torch.SymInt | torch.SymFloat) else leaf


def _has_node(wrapped: Wrapped) -> bool:
    """True, and the call of `wrapped` is there as a node of the graph that `torch.compile` makes:
    Dynamo does not look into it, and what lowers the graph sees the operator of `_opaque`.
    """
    import torch

    if wrapped._node is None:
        wrapped._node = torch._dynamo.nonstrict_trace(wrapped._call)
    return True


_has_node._dynamo_marked_constant = True  # type: ignore[attr-defined]  # Dynamo runs it, once


def _torch_scope(arguments: list[Any]) -> contextlib.AbstractContextManager[Any]:
    """A block in which new arrays are tensors, also where no argument is one."""
    backend = execution.get_backend("torch")
    if any(backend.owns(x) for x in arguments):
        return contextlib.nullcontext()
    return execution.backend_scope(backend)


def wrap(fun: F) -> Wrapped:
    """`fun`, compiled by polyad, as a function of tensors that PyTorch can differentiate.

    Arguments and results are any nesting of tuples, lists, dicts and None. PyTorch's derivatives of
    the results with respect to floating and complex tensors among the arguments are polyad's: by
    `backward` and `torch.autograd.grad` to any order (`create_graph=True`), by forward mode, and
    under `torch.func.grad`, `vjp`, `jvp`, `vmap`, `jacrev`, `jacfwd` and `hessian`. For complex
    tensors they are in PyTorch's convention, ∂u/∂x + i ∂u/∂y. Integer and boolean results have no
    derivative. `torch.compile` calls the function as it is.

    `fun` is traced as by `jit`: once for each combination of types. NumPy arrays become tensors;
    floats and complex numbers are arguments that have no gradient; other values (integers, strings,
    functions) are constants of the trace, and each new one is traced anew. Tensors that `fun`
    closes over are constants: pass as arguments those that have a gradient. Called with traced
    arrays, it is `fun`.

    Raises `PolyadTypeError` for an argument that is neither array nor hashable.

    >>> import polyad, polyad.numpy as pnp, torch
    >>> energy = polyad.torch.wrap(lambda x: pnp.sum(pnp.sin(x) ** 2))
    >>> x = torch.tensor([0.0, 0.5], dtype=torch.float64, requires_grad=True)
    >>> energy(x).backward()
    >>> x.grad
    tensor([0.0000, 0.8415], dtype=torch.float64)
    """
    pytrees.check_callable(fun, "polyad.torch.wrap")
    return Wrapped(fun)
