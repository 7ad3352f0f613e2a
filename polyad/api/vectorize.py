"""vmap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar

from .. import trace_stack, tree
from ..errors import PolyadTypeError, PolyadValueError
from ..ir import ArrayType, Handle, user_location, where
from ..ops import manipulation as m
from ..ops.types import BatchAxis
from ..passes.pipeline import simplify
from ..texts import shown
from ..tracing import callable_name
from ..transforms.batching import batch
from .calls import pytrees, traces
from .calls.transformed import transformation

F = Callable[..., Any]
P = ParamSpec("P")
R = TypeVar("R")


@transformation
def vmap(
    fun: Callable[P, R],
    in_axes: Any = 0,
    out_axes: Any = 0,
    axis_name: str | None = None,
    axis_size: int | None = None,
    spmd_axis_name: Any = None,
) -> Callable[P, R]:
    """`fun` over a batch: axis `in_axes` of each argument is mapped over, and results are stacked
    along `out_axes`.

    `in_axes` is an axis, or a tuple with an entry for each positional argument: an axis (negative
    ones count from the end), None for an argument that is the same for all, or a pytree of these
    that is a prefix of the argument. `out_axes` likewise for the result. Keyword arguments are
    mapped over axis 0. `axis_size` is needed only if no argument is mapped. By `axis_name`, `fun`
    asks for the other elements of the batch: `lax.psum(x, axis_name)` and its like.

    Raises `PolyadValueError` if the sizes of mapped axes differ, or if nothing is mapped,
    `PolyadTypeError` for an `axis_name` that is no string, and for any `spmd_axis_name`.

    Args:
        fun: a function of pytrees of arrays, of the shapes without the mapped axes.
        in_axes: the mapped axis of each argument, or None.
        out_axes: the place of the new axis in the results.
        axis_name: a name for the axis.
        axis_size: its length, where no argument is mapped.
        spmd_axis_name: must be None.

    >>> import polyad, numpy as np
    >>> polyad.vmap(lambda x: x @ x)(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([ 5., 25.])
    """
    pytrees.check_callable(fun, "vmap")
    _check_names(axis_name, spmd_axis_name)

    def batched(*args: Any, **kwargs: Any) -> Any:
        leaves, structure = pytrees.flatten((args, kwargs))
        names = pytrees.names_of(fun, args, kwargs)
        axes = _input_axes(in_axes, args, kwargs)
        mapped = [i for i, axis in enumerate(axes) if axis is not None]
        types = {i: _mapped_type(leaves[i], names, i) for i in mapped}
        at = {i: _normalized(axes[i], types[i], names, i) for i in mapped}
        size = _batch_size(axis_size, types, at, names)
        leaves = pytrees.admitted(leaves, "vmap", names)

        def run(tracers: Sequence[Any]) -> Any:
            full = [traces.as_captured(tracers, leaf) for leaf in leaves]
            full = pytrees.replace_args(full, mapped, tracers)
            inner_args, inner_kwargs = pytrees.unflatten(structure, full)
            return fun(*inner_args, **inner_kwargs)

        def names_of_mapped() -> list[str | None]:
            found = names()
            return [found[i] for i in mapped]

        around = trace_stack.bound_axes()
        with trace_stack.axes_bound((*around, (axis_name, size)) if axis_name else around):
            traced = traces.trace(
                fun,
                run,
                [_without_axis(types[i], at[i]) for i in mapped],
                transform="vmap",
                leaves=[leaves[i] for i in mapped],
                names=names_of_mapped,
            )
        flags = [True] * len(mapped) + [False] * len(traced.captures)
        spread = batch(traced.function, flags, BatchAxis(size, axis_name))
        inputs = [_to_front(leaves[i], at[i]) for i in mapped]
        outs = traces.execute(simplify(spread.function), inputs, traced.captures, "vmap")
        wanted = _output_axes(out_axes, traced.out_tree, fun)
        placed = [
            _place(out, b, axis, size, fun)
            for out, b, axis in zip(outs, spread.batched, wanted, strict=True)
        ]
        return pytrees.unflatten(traced.out_tree, placed)

    return batched


def _check_names(axis_name: Any, spmd_axis_name: Any) -> None:
    if spmd_axis_name is not None:
        raise PolyadTypeError(
            f"vmap: spmd_axis_name={shown(spmd_axis_name)} names an axis of devices, and there is "
            f"one device{where(user_location())}\n  Leave it out."
        )
    if axis_name is not None and not (isinstance(axis_name, str) and axis_name):
        raise PolyadTypeError(
            f"vmap: axis_name is a string, not {shown(axis_name)}{where(user_location())}"
        )


def _input_axes(in_axes: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
    if isinstance(in_axes, list):
        in_axes = tuple(in_axes)
    if isinstance(in_axes, tuple) and len(in_axes) != len(args):
        raise PolyadValueError(
            f"vmap: in_axes has {len(in_axes)} entries for a call with {len(args)} positional "
            f"arguments{where(user_location())}"
        )
    try:
        axes = tree.broadcast_prefix(in_axes, args)
    except ValueError as error:
        raise PolyadValueError(
            f"vmap: in_axes={shown(in_axes)} is not a prefix of the arguments' structure "
            f"{tree.structure(args)}: {error}{where(user_location())}"
        ) from None
    for axis in axes:
        if not isinstance(axis, int | None):
            raise PolyadTypeError(
                f"vmap: an entry of in_axes is an int or None, not {shown(axis)}"
                f"{where(user_location())}"
            )
    return axes + [0] * len(tree.leaves(kwargs))


def _normalized(axis: int, t: Any, names: Any, index: int) -> int:
    if not -t.ndim <= axis < t.ndim:
        raise PolyadValueError(
            f"vmap: {pytrees.describe_leaf(names(), index)} is {t} and has no axis {axis} to map "
            f"over{where(user_location())}\n  Pass None in in_axes for an argument that is not "
            "mapped."
        )
    return axis % t.ndim


def _mapped_type(leaf: Any, names: Any, index: int) -> ArrayType:
    return pytrees.type_of_leaf(leaf, "vmap", lambda: pytrees.describe_leaf(names(), index))


def _batch_size(
    axis_size: int | None, types: dict[int, ArrayType], axes: dict[int, int], names: Any
) -> int:
    sizes = {i: t.shape[axes[i]] for i, t in types.items()}
    if not sizes and axis_size is None:
        raise PolyadValueError(
            "vmap maps over nothing: every entry of in_axes is None, or there are no "
            f"arguments{where(user_location())}\n"
            "  Map at least one argument, or pass axis_size."
        )
    if len(set(sizes.values())) > 1 or (
        axis_size is not None and any(n != axis_size for n in sizes.values())
    ):
        listed = ", ".join(
            f"{pytrees.describe_leaf(names(), i)} has size {n} along axis {axes[i]}"
            for i, n in sizes.items()
        )
        wanted = f" (axis_size={axis_size})" if axis_size is not None else ""
        raise PolyadValueError(
            f"vmap: mapped axes must have one size{wanted}: {listed}{where(user_location())}\n"
            "  in_axes has None for an argument that is the same in all calls: in_axes=(0, None)."
        )
    return axis_size if axis_size is not None else next(iter(sizes.values()))


def _without_axis(t: Any, axis: Any) -> ArrayType:
    return ArrayType(t.dtype, t.shape[:axis] + t.shape[axis + 1 :])


def _to_front(leaf: Any, axis: int) -> Any:
    if axis == 0:
        return leaf
    if not isinstance(leaf, Handle):
        order = (axis, *(i for i in range(len(leaf.shape)) if i != axis))
        return m.permute_dims(leaf, axes=order)
    traced: Any = leaf
    return m.move_axis(traced, axis, 0)


def _output_axes(out_axes: Any, out_tree: Any, fun: F) -> list[Any]:
    dummy = pytrees.unflatten(out_tree, [0] * out_tree.num_leaves)
    try:
        return tree.broadcast_prefix(out_axes, dummy)
    except ValueError as error:
        raise PolyadValueError(
            f"vmap: out_axes={shown(out_axes)} is not a prefix of what {callable_name(fun)} "
            f"returned, {out_tree}: {error}{where(user_location())}"
        ) from None


def _place(out: Any, batched: bool, axis: int | None, size: int, fun: F) -> Any:
    """`out` with its batch, if it has or gets one, moved from axis 0 to `axis`."""
    if axis is None:
        if batched:
            raise PolyadValueError(
                f"vmap: out_axes is None for a result of {callable_name(fun)} that differs along "
                "the batch"
                f"{where(user_location())}\n  Give it an axis."
            )
        return out
    shape = tuple(out.shape)
    if not batched:
        out = m.broadcast_to(out, shape=(size, *shape))
        shape = (size, *shape)
    if not -len(shape) <= axis < len(shape):
        raise PolyadValueError(
            f"vmap: out_axes={axis} is out of range for a result of {len(shape)} dimensions"
            f"{where(user_location())}"
        )
    axis %= len(shape)
    if axis == 0:
        return out
    order = [*range(1, axis + 1), 0, *range(axis + 1, len(shape))]
    return m.permute_dims(out, axes=tuple(order))
