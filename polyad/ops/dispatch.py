"""From a call of an op to its execution: appended to the function under construction if an operand
is traced, run at once by the operands' backend if none is.

Broadcasting and promotion happen here and nowhere else: element-wise ops get their operands in one
dtype (explicit `astype` ops) and in one shape (explicit `broadcast_to` ops), so no rule ever
un-broadcasts.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from .. import execution
from ..config import config
from ..errors import LinAlgError, PolyadTypeError, ShapeError
from ..ir import (
    ArrayType,
    Attributes,
    Builder,
    Definition,
    DType,
    Function,
    Handle,
    Location,
    Shape,
    user_location,
    where,
)
from ..ir.core import infer_or_explain
from ..ir.types import bool_
from ..trace_stack import (
    active_builders,
    backend_of_trace,
    innermost_builder,
    leaked,
    readers,
    traced_elements,
)
from . import conversions, promotion
from .dispatched import Dispatched
from .literals import check_fits, literal
from .promotion import is_weak

# -- Calling an op --------------------------------------------------------------------------------


def apply(
    op: Dispatched,
    operands: tuple[Any, ...],
    attributes: Mapping[str, Hashable],
    regions: tuple[Function, ...] = (),
) -> Any:
    """The result of `op`: a handle (or a tuple of them) if anything is traced, arrays of the
    backend otherwise.
    """
    stays = op.stays or (bool(regions) and any(region.stays for region in regions))
    builder = innermost_builder(operands, stays)
    attrs: Attributes = tuple(sorted(attributes.items())) if attributes else ()
    if builder is None:
        if not operands and active_builders():
            builder = active_builders()[-1]
        else:
            if readers():
                given = operands
                operands = tuple([x if (t := traced_elements(x)) is None else t for x in given])
                if any(x is not y for x, y in zip(operands, given, strict=True)):
                    return apply(op, operands, attributes, regions)
            return apply_eagerly(op, operands, attrs, regions)
    if op.elementwise:
        return _emit_elementwise(builder, op, operands, attrs)
    handles = tuple([lift(builder, x) for x in operands])
    results = builder.emit(op, handles, attrs, regions)
    return results[0] if len(results) == 1 else results


def lift(builder: Builder, x: Any, dtype: DType | None = None, shape: Shape = ()) -> Any:
    """`x` as a handle of `builder`: literals become `full`, arrays and outer handles are
    captured.
    """
    if isinstance(x, Handle):
        if x.builder is builder:
            return x
        if not x.builder.open:
            raise leaked(x)
        now = x.builder.handle(x.builder, x.number, x.type)  # `x` may be written to
        now.weak = x.weak
        captured = builder.capture(now, x.type, (id(x.builder), now.number))
        captured.weak = x.weak
        return captured
    if type(x) in execution.SCALARS:
        return literal(builder, x, dtype or promotion.python_dtype(x), shape)
    if type(x) is execution.Stack:
        return builder.capture(x, x.type)
    backend = execution.backend_of(x)
    if backend is None:
        raise execution.not_an_array(x)
    if backend.records:
        elements = traced_elements(x)
        if elements is not None:
            return lift(builder, elements)
        execution.check_history(backend, x, lambda: _describe_capture(builder))
    x = backend.native(x)
    version = backend.version(x)
    if backend.is_guest and not execution.is_scalar(x):
        host = backend_of_trace()
        if host is not None and host is not backend and host.owns_arrays:
            taken = lambda x: host.asarray(x if version is None else backend.copy(x))
            return builder.capture_copy(x, type_of(backend, x), (host.name, version), taken)
    if version is None:
        return builder.capture(x, type_of(backend, x))
    return builder.capture_copy(x, type_of(backend, x), version, backend.copy)


def _describe_capture(builder: Builder) -> str:
    context: Any = builder.context
    return f"{context.transform if context else 'a trace'}: a tensor used here"


def type_of(
    backend: execution.Backend,
    x: Any,
    what: str | Callable[[], str] = "an array that is used here",
) -> ArrayType:
    """The type of an array of `backend`. Raises `PolyadTypeError` for a dtype polyad lacks, with
    `what` in front, which is worked out then if it is a function.
    """
    try:
        return backend.type_of(x)
    except TypeError as error:
        named = what if isinstance(what, str) else what()
        raise PolyadTypeError(f"{named}: {error}{where(user_location())}") from None


# -- Element-wise ops, traced ---------------------------------------------------------------------

STATED = ("astype", "bitcast")
"""Ops whose call states the dtype of the result: it is that of an array, also of a Python
number.
"""


def _emit_elementwise(
    builder: Builder, op: Dispatched, operands: tuple[Any, ...], attrs: Attributes
) -> Any:
    ready = _ready(builder, op, operands)
    if ready is not None:
        result = _emitted(builder, op, ready, attrs)
        if ready[0].weak and op.name not in STATED and not isinstance(result, tuple):
            result.weak = True
        return result
    lifted = [x if type(x) in execution.SCALARS else lift(builder, x) for x in operands]
    if op.of_booleans is not None and all(_weak_dtype(x)[0] is bool_ for x in lifted):
        return op.of_booleans(*lifted, **dict(attrs))
    kept = op.unpromoted
    dtype = operand_dtype(op, [_weak_dtype(x) for x in lifted[kept:]])
    shape = broadcast_shapes(
        [x.type.shape if isinstance(x, Handle) else () for x in lifted], op.name
    )
    leading = [_weak_dtype(x)[0] if op.gated else bool_ for x in lifted[:kept]]
    dtypes = leading + [dtype] * (len(lifted) - kept)
    handles = tuple([coerce(builder, x, d, shape) for x, d in zip(lifted, dtypes, strict=True)])
    weak = op.name not in STATED and all(map(is_weak, lifted[kept:]))
    result = _emitted(builder, op, handles, attrs)
    if weak and not isinstance(result, tuple):
        result.weak = True
    return result


def _ready(builder: Builder, op: Dispatched, operands: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """The operands as handles where nothing is to be promoted or broadcast but Python scalars; else
    None.
    """
    first = operands[0]
    for first in operands:
        if isinstance(first, Handle):
            break
    if first.builder is not builder:
        return None
    type_, weak = first.type, first.weak
    dtype = type_.dtype
    if dtype.name not in op.takes:
        if operand_dtype(op, [(dtype, False)]) is not dtype or op.unpromoted:
            return None
        op.takes.add(dtype.name)
    literals = False
    for x in operands:
        kind = type(x)
        if kind is float or kind is int:
            if weak or not (dtype.is_inexact or (kind is int and dtype.is_integer)):
                return None
            literals = True
        elif (
            not isinstance(x, Handle)
            or x.builder is not builder
            or x.type is not type_
            or x.weak is not weak
        ):
            return None
    if not literals:
        return operands
    return tuple(
        [x if isinstance(x, Handle) else literal(builder, x, dtype, type_.shape) for x in operands]
    )


def _emitted(builder: Builder, op: Dispatched, handles: tuple[Any, ...], attrs: Attributes) -> Any:
    results = builder.emit(op, handles, attrs)
    return results[0] if len(results) == 1 else results


def _weak_dtype(x: Any) -> tuple[DType, bool]:
    if isinstance(x, Handle):
        return x.type.dtype, x.weak
    return promotion.python_dtype(x), True


def operand_dtype(op: Dispatched, dtypes: Sequence[tuple[DType, bool]]) -> DType:
    """The dtype in which `op` takes operands of the given (dtype, is weak)."""
    strong = [d for d, weak in dtypes if not weak]
    weak = [d for d, weak in dtypes if weak]
    try:
        return promotion.accepted(promotion.promote(strong, weak), op.accepts, op.name)
    except PolyadTypeError as error:
        raise PolyadTypeError(f"{error}{where(user_location())}") from None


def coerce(builder: Builder, x: Any, dtype: DType, shape: Shape) -> Any:
    """`x` as a handle of that dtype and shape."""
    if not isinstance(x, Handle):
        return literal(builder, x, dtype, shape)
    if x.type.dtype is not dtype:
        (x,) = builder.emit(conversions.astype, (x,), (("dtype", dtype),))
    if x.type.shape != shape:
        (x,) = builder.emit(conversions.broadcast_to, (x,), (("shape", shape),))
    return x


def broadcast_shapes(shapes: Sequence[Shape], name: str = "broadcast_shapes") -> Shape:
    """The shape that all `shapes` broadcast to; raises `ShapeError` if there is none."""
    longest = max(shapes, key=len)
    if all(shape == longest or shape == () for shape in shapes):
        return longest
    result = [1] * len(longest)
    for shape in shapes:
        for i, n in enumerate(shape, len(longest) - len(shape)):
            if result[i] == 1:
                result[i] = n
            elif n not in (1, result[i]):
                listed = " and ".join(str(s) for s in dict.fromkeys(shapes))
                raise ShapeError(
                    f"{name}: shapes {listed} do not broadcast: axis {i - len(longest)} is both "
                    f"{result[i]!r} and {n!r}"
                    f"{where(user_location())}"
                )
    return tuple(result)


def broadcast_batch(operands: Sequence[Any], batched: Sequence[bool]) -> list[Any]:
    """The operands of a batched element-wise op: unbatched ones broadcast along the batch."""
    size, *shape = next(x.type.shape for x, b in zip(operands, batched, strict=True) if b)
    return [
        x if b else apply(conversions.broadcast_to, (x,), {"shape": (size, *shape)})
        for x, b in zip(operands, batched, strict=True)
    ]


# -- Concrete operands ----------------------------------------------------------------------------


def apply_eagerly(
    op: Dispatched, operands: tuple[Any, ...], attrs: Attributes, regions: tuple[Function, ...] = ()
) -> Any:
    """Run one op on the operands' backend."""
    backend, like = placement = execution.placement(operands, op.name)
    if regions:
        return _evaluate_op(placement, op, operands, attrs, regions)
    if op.elementwise:
        given = operands
        prepared = _prepare_elementwise(backend, op, operands, like)
        if prepared is None:
            assert op.of_booleans is not None
            return op.of_booleans(*operands, **dict(attrs))
        operands, types = prepared
        if not attrs and operands[0] is given[0] and operands[-1] is given[-1]:
            _remember_direct(backend, op, operands, types)
    else:
        operands = tuple([_owned(backend, x, None, like) for x in operands])
        types = tuple([type_of(backend, x, op.name) for x in operands])
    results: Any = infer_or_explain(op, types, attrs, (), user_location)
    run = backend.implementation(op, attrs, types, results)
    answer = located(run, user_location)(*operands) if op.fallible else run(*operands)
    if config.debug_nans:
        answers = answer if isinstance(answer, tuple) else (answer,)
        execution.check_nans(backend, op.name, user_location(), answers)
    return answer


def _remember_direct(
    backend: execution.Backend,
    op: Dispatched,
    operands: Sequence[Any],
    types: tuple[ArrayType, ...],
) -> None:
    """Let `op` call the backend at once for arrays of this type and dtype, where nothing is to be
    converted and the backend broadcasts itself: `op.direct[type][dtype]`. Not under
    `config.debug_nans`, which looks at each result.
    """
    if config.debug_nans:
        return
    first = operands[0]
    kind, dtype = type(first), first.dtype
    if all(type(x) is kind and x.dtype is dtype for x in operands):
        run = backend.direct(op, types)
        if run is not None:
            run = _where_at_home(backend, op, run) if execution.is_scalar(first) else run
            op.direct.setdefault(kind, {})[dtype] = run


def _forget_direct(_: bool) -> None:
    for op in list(Definition.registry.values()):
        if isinstance(op, Dispatched):
            op.direct.clear()


config.listen("debug_nans", _forget_direct)


def _where_at_home(
    backend: execution.Backend, op: Dispatched, run: Callable[..., Any]
) -> Callable[..., Any]:
    """`run` while Python's scalars are this backend's: NumPy's are among them."""

    def at_home(*scalars: Any) -> Any:
        if execution.default_backend() is backend:
            return run(*scalars)
        return apply_eagerly(op, scalars, ())

    return at_home


def located(run: Callable[..., Any], location: Callable[[], Location | None]) -> Callable[..., Any]:
    """`run`, with the user's line added to a `LinAlgError`."""

    def wrapped(*operands: Any) -> Any:
        try:
            return run(*operands)
        except LinAlgError as error:
            raise type(error)(f"{error}{where(location())}") from None

    return wrapped


def _owned(backend: execution.Backend, x: Any, dtype: DType | None, like: Any) -> Any:
    if execution.is_scalar(x) and execution.backend_of(x) is not backend:
        if dtype is None:
            dtype = promotion.python_dtype(x) if type(x) in execution.SCALARS else None
        if dtype is not None:
            check_fits(x, dtype)
        return backend.asarray(x, dtype, like)
    owner = execution.backend_of(x)
    if owner is not None and owner is not backend and owner.is_guest:
        return backend.asarray(x, None, like)
    return x


def _prepare_elementwise(
    backend: execution.Backend, op: Dispatched, operands: tuple[Any, ...], like: Any
) -> tuple[tuple[Any, ...], tuple[ArrayType, ...]] | None:
    """The operands in the types that `op` takes, and these; None for booleans alone, of which it is
    another op.
    """
    scalars, name = execution.SCALARS, op.name
    given: tuple[Any, ...] = tuple(
        [
            type(x)
            if type(x) in scalars
            else type_of(backend, _owned(backend, x, None, like), name)
            for x in operands
        ]
    )
    key = (given, config.default_float)
    found = op.prepared.get(key)
    if found is None:
        found = op.prepared[key] = _wanted_types(op, given)
        if found is None:
            return None
    ready = []
    for x, t, wanted in zip(operands, given, found, strict=True):
        d = wanted.dtype
        x = _owned(backend, x, d, like)
        if type(t) is not type and t.dtype is not d:
            convert = conversions.astype
            x = backend.implementation(convert, (("dtype", d),), (t,), (t.with_dtype(d),))(x)
        ready.append(x)
    return tuple(ready), found


def _wanted_types(op: Dispatched, given: Sequence[Any]) -> tuple[ArrayType, ...] | None:
    """The types in which an element-wise `op` takes operands of types `given`, a Python type for
    Python's scalars; None where they are booleans, of which it is another op.
    """
    if op.of_booleans is not None and all(
        t is bool or (type(t) is not type and t.dtype is bool_) for t in given
    ):
        return None
    kept = op.unpromoted
    pairs = [
        (promotion.python_dtype(t()), True) if type(t) is type else (t.dtype, False) for t in given
    ]
    dtype = operand_dtype(op, pairs[kept:])
    shape = broadcast_shapes([() if type(t) is type else t.shape for t in given], op.name)
    leading = [d if op.gated else bool_ for d, _ in pairs[:kept]]
    dtypes = leading + [dtype] * (len(given) - kept)
    return tuple([ArrayType(d, shape) for d in dtypes])


def _evaluate_op(
    placement: execution.Placement,
    op: Dispatched,
    operands: tuple[Any, ...],
    attrs: Attributes,
    regions: tuple[Function, ...],
) -> Any:
    backend, like = placement
    arrays = [_owned(backend, x, None, like) for x in operands]
    builder = Builder([backend.type_of(x) for x in arrays])
    results = builder.emit(op, tuple(builder.argument_handles()), attrs, regions)
    answers = tuple(backend.evaluate(builder.build(results), arrays))
    return answers[0] if len(answers) == 1 else answers
