"""Memory for time: `checkpoint`, and the policies that say what it keeps."""

from __future__ import annotations

import types
import weakref
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar

from .. import trace_stack, tree
from ..caches import remembered
from ..errors import PolyadTypeError
from ..ir import Handle, Op, user_location, where
from ..ops import dispatch, region
from ..ops import elementwise as e
from ..ops.region import Policy
from ..texts import shown
from ..tracing import callable_name
from .calls import pytrees, traces
from .calls.transformed import transformation

F = Callable[..., Any]
P = ParamSpec("P")
R = TypeVar("R")


@transformation
def checkpoint(
    fun: Callable[P, R],
    *,
    prevent_cse: bool = True,
    policy: Policy | Callable[[Op], bool] | None = None,
    static_argnums: int | Sequence[int] = (),
    static_argnames: str | Sequence[str] = (),
) -> Callable[P, R]:
    """`fun`, of which reverse mode keeps the arguments, and computes again what else it needs.

    `policy` says what is kept besides: one of `polyad.checkpoint_policies`, or a function of an op
    (with `name`, `attrs`, `operands` and `results`) that is true where the op's results are to be
    kept. A loop inside of `fun` is kept or run again as a whole; wrap its body to choose inside.
    JAX's other options are accepted and have no effect: arguments that are not traced reach `fun`
    as they are, which is to say static, and what is computed again is never merged with what was
    computed before.

    Raises `PolyadTypeError` if `fun` is no function, or `policy` no policy.

    Args:
        fun: a function of pytrees of arrays of any shapes.
        prevent_cse: accepted, and without effect.
        policy: which results are kept besides the arguments.
        static_argnums: accepted, and without effect.
        static_argnames: accepted, and without effect.

    >>> import polyad, polyad.numpy as pnp
    >>> polyad.grad(polyad.checkpoint(lambda x: pnp.sin(x) ** 2))(0.0)
    np.float64(0.0)
    >>> layer = polyad.checkpoint(
    ...     lambda w, x: pnp.tanh(w @ x), policy=polyad.checkpoint_policies.dots_saveable
    ... )
    """
    pytrees.check_callable(fun, "checkpoint")
    attributes = () if policy is None else (("policy", _as_policy(policy)),)

    def checkpointed(*args: Any, **kwargs: Any) -> Any:
        leaves, structure = pytrees.flatten((args, kwargs))
        arrays = [i for i, x in enumerate(leaves) if isinstance(x, Handle)]
        if not arrays and not trace_stack.active_builders():
            return fun(*args, **kwargs)
        chosen = [leaves[i] for i in arrays]
        types = [x.type for x in chosen]

        def run(tracers: Any) -> Any:
            full = pytrees.replace_args(leaves, arrays, tracers)
            inner_args, inner_kwargs = pytrees.unflatten(structure, full)
            return fun(*inner_args, **inner_kwargs)

        traced = traces.trace(fun, run, types, transform="checkpoint", leaves=chosen, values=chosen)
        inputs = [*chosen, *traced.captures]
        builder = trace_stack.innermost_builder(inputs, traced.function.stays)
        if builder is None:
            return fun(*args, **kwargs)
        handles = tuple(dispatch.lift(builder, x) for x in inputs)
        results = builder.emit(region.checkpoint, handles, attributes, (traced.function,))
        return pytrees.unflatten(traced.out_tree, results)

    return checkpointed


def checkpoint_name(x: Any, name: str) -> Any:
    """`x` (a pytree), known to the policies of `checkpoint` by `name`.

    >>> import polyad, polyad.numpy as pnp
    >>> def f(x):
    ...     y = polyad.checkpoint_name(pnp.exp(x), "growth")
    ...     return pnp.sin(y)
    >>> keep = polyad.checkpoint_policies.save_only_these_names("growth")
    >>> polyad.grad(polyad.checkpoint(f, policy=keep))(0.0).round(6)
    np.float64(0.540302)
    """
    if not isinstance(name, str):
        raise PolyadTypeError(
            f"checkpoint_name: the name is a string, not {name!r}{where(user_location())}"
        )
    return tree.map(
        lambda leaf: e.checkpoint_name(leaf, name=name) if isinstance(leaf, Handle) else leaf, x
    )


# -- Policies --------------------------------------------------------------------------------------

PRODUCTS = ("dot_general",)


def _named(op: Op) -> str | None:
    return op.attrs["name"] if op.name == "checkpoint_name" else None


nothing_saveable = Policy("nothing_saveable", lambda op: False)
everything_saveable = Policy("everything_saveable", lambda op: True)
dots_saveable = Policy("dots_saveable", lambda op: op.name in PRODUCTS)
dots_with_no_batch_dims_saveable = Policy(
    "dots_with_no_batch_dims_saveable",
    lambda op: op.name in PRODUCTS and op.attrs["batch"] == ((), ()),
)


@remembered
def save_only_these_names(*names: str) -> Policy:
    """Keep the values that `checkpoint_name` gives one of these names."""
    _check_names("save_only_these_names", names)
    return Policy(f"save_only_these_names({', '.join(names)})", lambda op: _named(op) in names)


@remembered
def save_any_names_but_these(*names: str) -> Policy:
    """Keep the values that `checkpoint_name` gives any other name."""
    _check_names("save_any_names_but_these", names)
    return Policy(
        f"save_any_names_but_these({', '.join(names)})",
        lambda op: _named(op) is not None and _named(op) not in names,
    )


@remembered
def save_anything_except_these_names(*names: str) -> Policy:
    """Keep all values but those that `checkpoint_name` gives one of these names."""
    _check_names("save_anything_except_these_names", names)
    return Policy(
        f"save_anything_except_these_names({', '.join(names)})", lambda op: _named(op) not in names
    )


@remembered
def save_from_both_policies(first: Policy, second: Policy) -> Policy:
    """Keep what either policy keeps."""
    a, b = _as_policy(first), _as_policy(second)
    return Policy(f"{a.name} or {b.name}", lambda op: a.saves(op) or b.saves(op))


def offload_dot_with_no_batch_dims(offload_src: str, offload_dst: str) -> Policy:
    """Keep matrix products without batch dimensions. There is one memory, and nothing is moved."""
    return dots_with_no_batch_dims_saveable


def save_and_offload_only_these_names(
    *,
    names_which_can_be_saved: Sequence[str],
    names_which_can_be_offloaded: Sequence[str],
    offload_src: str,
    offload_dst: str,
) -> Policy:
    """Keep the values of these names, of both kinds. There is one memory, and nothing is moved."""
    return save_only_these_names(*names_which_can_be_saved, *names_which_can_be_offloaded)


def _check_names(what: str, names: tuple[Any, ...]) -> None:
    for name in names:
        if not isinstance(name, str):
            raise PolyadTypeError(
                f"{what}: names are strings, not {name!r}{where(user_location())}\n  Give them one "
                'by one: save_only_these_names("a", "b").'
            )


checkpoint_policies = types.SimpleNamespace(
    nothing_saveable=nothing_saveable,
    everything_saveable=everything_saveable,
    dots_saveable=dots_saveable,
    checkpoint_dots=dots_saveable,
    dots_with_no_batch_dims_saveable=dots_with_no_batch_dims_saveable,
    checkpoint_dots_with_no_batch_dims=dots_with_no_batch_dims_saveable,
    offload_dot_with_no_batch_dims=offload_dot_with_no_batch_dims,
    save_and_offload_only_these_names=save_and_offload_only_these_names,
    save_only_these_names=save_only_these_names,
    save_any_names_but_these=save_any_names_but_these,
    save_anything_except_these_names=save_anything_except_these_names,
    save_from_both_policies=save_from_both_policies,
)
"""Policies of `checkpoint`: the values that it keeps, under JAX's names."""

_predicates: weakref.WeakKeyDictionary[Any, Policy] = weakref.WeakKeyDictionary()


def _as_policy(policy: Any) -> Policy:
    """One policy for each predicate, so that functions traced with it are equal."""
    if isinstance(policy, Policy):
        return policy
    if not callable(policy):
        raise PolyadTypeError(
            "checkpoint: the policy is one of polyad.checkpoint_policies or a function of an op, "
            f"not {shown(policy)}{where(user_location())}"
        )
    if policy in (
        save_only_these_names,
        save_any_names_but_these,
        save_anything_except_these_names,
    ):
        raise PolyadTypeError(
            f"checkpoint: {policy.__name__} takes names and gives a policy{where(user_location())}"
            f'\n  Write policy=checkpoint_policies.{policy.__name__}("a", "b").'
        )
    found = _predicates.get(policy)
    if found is None:
        found = _predicates[policy] = Policy(callable_name(policy), policy)
    return found
