"""Calls of NumPy's functions, methods and ufuncs with traced arrays, compared with NumPy's own.

`python -m tests.foreign.numpy_calls` prints the table of what is not followed, which
`docs/your_own_code.md` holds; `python -m tests.foreign.numpy_calls NAME` all outcomes of one name.
"""

from __future__ import annotations

import copy
import inspect
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

import polyad
from polyad.errors import ConcretizationError, PolyadError

from .numpy_samples import A3, BASE, COMMON, METHODS, OPTIONS, B, C, K, N, P

UNSET = object()


class Call(NamedTuple):
    """A call by NumPy: the arguments by place and by name; `parameter` is the one in turn."""

    name: str
    function: Callable[..., Any]
    parameter: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


FINE = ("same", "refused", "unknown", "refused as NumPy", "more than NumPy")


class Outcome(NamedTuple):
    """`kind` is "same", "refused" (naming the parameter or the function), "unknown" (it takes known
    values), or what is wrong.
    """

    kind: str
    detail: str


# -- Calls -----------------------------------------------------------------------------------------


def function_of(name: str) -> Any:
    found: Any = np
    for part in name.split("."):
        found = getattr(found, part)
    return found


def dispatched() -> list[str]:
    """The names of all functions of NumPy that hand over a call to a traced array."""
    kind = type(np.sum)
    names = [n for n in dir(np) if isinstance(getattr(np, n), kind) and not n.startswith("_")]
    for part in ("linalg", "fft"):
        module = getattr(np, part)
        names += [f"{part}.{n}" for n in module.__all__ if isinstance(getattr(module, n), kind)]
    names.append("lib.stride_tricks.sliding_window_view")
    first: dict[Any, str] = {}
    for name in sorted(names, key=lambda n: n not in BASE):
        first.setdefault(function_of(name), name)
    return sorted(first.values())


def ufuncs() -> list[str]:
    """The names of NumPy's ufuncs, each once."""
    found: dict[int, str] = {}
    for name in dir(np):
        value = getattr(np, name)
        if isinstance(value, np.ufunc):
            found.setdefault(id(value), name)
    return list(found.values())


def calls(name: str) -> Iterator[Call]:
    """The calls of a function: the samples, then each parameter in turn, by name and by place."""
    function = function_of(name)
    parameters = inspect.signature(function).parameters
    for base in BASE[name]:
        yield Call(name, function, "", *bound(parameters, base))
    base = BASE[name][0]
    for parameter, value in options(name, parameters):
        given = {**base, parameter: value}
        if name.endswith("clip") and parameter in ("min", "max"):
            given = {"a": base["a"], parameter: value}
        yield Call(name, function, parameter, *bound(parameters, given))
        by_place = placed(parameters, given, parameter)
        if by_place is not None:
            yield Call(name, function, parameter, *by_place)


def options(name: str, parameters: Any) -> Iterator[tuple[str, Any]]:
    own = OPTIONS.get(name, {})
    for parameter in parameters.values():
        for value in own.get(parameter.name, COMMON.get(parameter.name, [])):
            yield parameter.name, value
    for parameter in own:
        if parameter not in parameters and any(
            p.kind is p.VAR_KEYWORD for p in parameters.values()
        ):
            for value in own[parameter]:
                yield parameter, value


def bound(parameters: Any, given: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Required arguments by place, further ones by name."""
    args: list[Any] = []
    rest = dict(given)
    for p in parameters.values():
        if p.name not in rest:
            if p.kind is p.POSITIONAL_ONLY and any(
                q in rest and parameters[q].kind is p.POSITIONAL_ONLY for q in parameters
            ):
                args.append(p.default)
            continue
        if p.kind is p.VAR_POSITIONAL:
            args += rest.pop(p.name)
        elif p.kind is p.POSITIONAL_ONLY or (p.default is p.empty and p.kind is not p.KEYWORD_ONLY):
            args.append(rest.pop(p.name))
    return tuple(args), rest


def placed(
    parameters: Any, given: dict[str, Any], last: str
) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    """The parameter `last` by place, those before it by their default; None if it has no place."""
    args: list[Any] = []
    rest = dict(given)
    for p in parameters.values():
        if p.kind not in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD):
            return None
        value = rest.pop(p.name, p.default)
        if value is p.empty:
            return None
        args.append(value)
        if p.name == last:
            return tuple(args), rest
    return None


def method_calls(name: str) -> Iterator[Call]:
    """The calls of an ndarray's method, whose first argument is the array."""
    array, args = METHODS[name]

    def method(x: Any, *given: Any, **kwargs: Any) -> Any:
        x = x.copy() if name in IN_PLACE else x
        made = getattr(x, name)(*given, **kwargs)
        return x if name in IN_PLACE else made

    yield Call(f"ndarray.{name}", method, "", (array, *args), {})
    parameters = dict(inspect.signature(getattr(np.ndarray, name)).parameters)
    own = OPTIONS.get(name, {})
    for parameter in list(parameters)[1 + len(args) :]:
        for value in own.get(parameter, COMMON.get(parameter, [])):
            yield Call(f"ndarray.{name}", method, parameter, (array, *args), {parameter: value})
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        for parameter in ("keepdims", "where", "initial", "mean", "correction"):
            if parameter in inspect.signature(getattr(np, name, method)).parameters:
                for value in own.get(parameter, COMMON.get(parameter, [])):
                    given = {parameter: value}
                    if parameter == "where" and name in ("max", "min"):
                        given["initial"] = 0.5
                    yield Call(f"ndarray.{name}", method, parameter, (array, *args), given)


IN_PLACE = {"sort", "partition", "fill", "put", "resize", "byteswap", "setfield", "setflags"}

SPECIAL_OPERANDS: dict[str, tuple[Any, ...]] = {
    "arccosh": (P + 1,),
    "acosh": (P + 1,),
    "ldexp": (P, N),
    "matmul": (A3, np.swapaxes(A3, 1, 2)),
    "matvec": (A3, A3[:, 0]),
    "vecmat": (A3[:, :, 0], A3),
    "vecdot": (A3, A3),
    "isnat": (P,),
}
INTEGERS = ("bitwise", "gcd", "lcm", "invert", "left_shift", "right_shift")


def operands_of(ufunc: Any) -> tuple[Any, ...]:
    name = ufunc.__name__
    if name in SPECIAL_OPERANDS:
        return SPECIAL_OPERANDS[name]
    if name.startswith(INTEGERS):
        return (K, K.T.reshape(3, 4))[: ufunc.nin]
    return (P, np.round(P.T.reshape(3, 4), 1))[: ufunc.nin]


def ufunc_calls(name: str) -> Iterator[Call]:
    """The calls of a ufunc and of its methods."""
    ufunc = getattr(np, name)
    operands = operands_of(ufunc)
    yield Call(name, ufunc, "", operands, {})
    for array in (N, B, C, P.astype("float32")):
        yield Call(name, ufunc, "", (array,) * ufunc.nin, {})
    if ufunc.nin == 2:
        yield Call(name, ufunc, "", (operands[0], operands[1].tolist()), {})
    for parameter in ("out", "dtype", "casting", "order", "subok", "where"):
        for value in COMMON[parameter]:
            if parameter == "where":
                yield Call(name, ufunc, parameter, operands, {"where": value, "out": "out"})
            yield Call(name, ufunc, parameter, operands, {parameter: value})
    if ufunc.nin == 2 and ufunc.signature is None and ufunc.nout == 1:
        array = operands[0]
        yield Call(f"{name}.outer", ufunc.outer, "", operands, {})
        for method in ("reduce", "accumulate"):
            bound_method = getattr(ufunc, method)
            yield Call(f"{name}.{method}", bound_method, "", (array,), {})
            for parameter in ("axis", "dtype", "out", "keepdims", "initial", "where"):
                if method == "reduce" or parameter in ("axis", "dtype", "out"):
                    for value in COMMON[parameter]:
                        given = {parameter: value}
                        yield Call(f"{name}.{method}", bound_method, parameter, (array,), given)
        for axis in (0, 1):
            yield Call(
                f"{name}.reduceat", ufunc.reduceat, "axis", (array, [0, 2, 1]), {"axis": axis}
            )

        def at(x: Any, indices: Any, values: Any) -> Any:
            x = x.copy()
            ufunc.at(x, indices, values)
            return x

        yield Call(f"{name}.at", at, "", (array, np.array([0, 2, 0]), operands[1]), {})


# -- Outcomes --------------------------------------------------------------------------------------


def outcome(call: Call, way: str) -> Outcome:
    """Of one call, traced in one `way` of "eager" and "jit"."""
    expected, failure = run(call, plainly)
    found, error = run(call, EVERY_WAY[way])
    if error is not None:
        return refused(call, error, failure)
    if failure is not None:
        return Outcome("more than NumPy", f"{failure!r:.80}")
    difference = differs(expected, found, call.name)
    return Outcome("different", difference) if difference else Outcome("same", "")


def refused(call: Call, error: Exception, failure: Exception | None) -> Outcome:
    text = str(error)
    if isinstance(error, ConcretizationError):
        return Outcome("unknown", text)
    if failure is not None:
        return Outcome("refused as NumPy", text)
    if not isinstance(error, PolyadError | AttributeError):
        return Outcome(f"not polyad's {type(error).__name__}", text)
    last = call.name.split(".")[-1]
    names = (call.parameter, last) if call.parameter else (last, call.name.split(".")[0])
    if any(name and name in text for name in names):
        return Outcome("refused", text)
    return Outcome("refused, without a name", text)


def run(call: Call, way: Callable[..., Any]) -> tuple[Any, Exception | None]:
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return way(call), None
    except Exception as error:
        return None, error


def with_out(call: Call, run: Callable[..., Any], make: Callable[[Any], Any]) -> Any:
    """The call, "out" among its arguments replaced by arrays of the shape of its result."""
    places = [k for k, v in enumerate(call.args) if isinstance(v, str) and v == "out"]
    if not places and not isinstance(call.kwargs.get("out"), str):
        return run(call.args, call.kwargs)
    kwargs = {k: v for k, v in call.kwargs.items() if k not in ("out", "where")}
    args = tuple(None if k in places else v for k, v in enumerate(call.args))
    plain = call.function(*args, **kwargs)
    outs = tuple(make(np.ones_like(x)) for x in (plain if isinstance(plain, tuple) else (plain,)))
    out = outs if isinstance(plain, tuple) else outs[0]
    if places:
        made = run(tuple(out if k in places else v for k, v in enumerate(args)), kwargs)
    else:
        where = {"where": call.kwargs["where"]} if "where" in call.kwargs else {}
        made = run(args, {**kwargs, **where, "out": out})
    return (made, out)


def plainly(call: Call) -> Any:
    call = copy.deepcopy(call)  # it may overwrite its arguments
    return with_out(call, lambda args, kwargs: call.function(*args, **kwargs), lambda x: x)


def on_traced(call: Call, arrays: list[Any]) -> Any:
    """The call with `arrays` in place of those among its arguments."""
    import polyad.numpy as pnp

    rest = iter(arrays)

    def replaced(x: Any) -> Any:
        if isinstance(x, np.ndarray):
            return next(rest)
        if isinstance(x, list | tuple):
            return type(x)(replaced(part) for part in x)
        return x

    args = tuple(replaced(x) for x in call.args)
    kwargs = {k: replaced(v) for k, v in call.kwargs.items()}
    return with_out(
        call, lambda a, k: call.function(*_merged(args, a), **{**kwargs, **_outs(k)}), pnp.array
    )


def _merged(args: tuple[Any, ...], given: tuple[Any, ...]) -> tuple[Any, ...]:
    """`args`, with those of `given` that were put in for "out"."""
    return tuple(
        g if isinstance(a, str) and a == "out" else a for a, g in zip(args, given, strict=True)
    )


def _outs(kwargs: dict[str, Any]) -> dict[str, Any]:
    return {"out": kwargs["out"]} if "out" in kwargs else {}


def arrays_in(call: Call) -> list[Any]:
    found: list[Any] = []

    def visit(x: Any) -> None:
        if isinstance(x, np.ndarray):
            found.append(x)
        elif isinstance(x, list | tuple):
            for part in x:
                visit(part)

    for x in (*call.args, *call.kwargs.values()):
        visit(x)
    return found


def kept(found: Any, notes: list[Any]) -> Any:
    """The arrays in a result; the rest of it is noted."""
    from polyad.tracer import Tracer

    if isinstance(found, Tracer):
        notes.append("array")
        return [found]
    if isinstance(found, list | tuple):
        notes.append(("list" if isinstance(found, list) else "tuple", len(found)))
        return [x for part in found for x in kept(part, notes)]
    notes.append(found)
    return []


def restored(notes: Iterator[Any], arrays: Iterator[Any]) -> Any:
    note = next(notes)
    if isinstance(note, str) and note == "array":
        return next(arrays)
    if isinstance(note, tuple) and len(note) == 2 and note[0] in ("list", "tuple"):
        parts = [restored(notes, arrays) for _ in range(note[1])]
        return parts if note[0] == "list" else tuple(parts)
    return note


def eagerly(call: Call) -> Any:
    """In a trace whose values are known: that of a derivative."""
    notes: list[Any] = []

    def f(x: Any, arrays: list[Any]) -> Any:
        notes.clear()
        return 0.0 * x, kept(on_traced(call, list(arrays)), notes)

    (_, found), _ = polyad.value_and_grad(f, has_aux=True)(1.0, arrays_in(call))
    return restored(iter(notes), iter(found))


def compiled(call: Call, backend: str | None = "numpy") -> Any:
    notes: list[Any] = []

    def f(*arrays: Any) -> Any:
        notes.clear()
        return kept(on_traced(call, list(arrays)), notes)

    found = polyad.jit(f, backend=backend)(*arrays_in(call))
    return restored(iter(notes), iter(found))


def natively(call: Call) -> Any:
    return compiled(call, None)


WAYS: dict[str, Callable[[Call], Any]] = {"eager": eagerly, "jit": compiled}
EVERY_WAY = {**WAYS, "native": natively}

SIGNS = {"linalg.eigh", "linalg.eig", "linalg.svd", "linalg.qr"}
"""Functions whose results are determined up to signs or phases."""
ANY_ORDER = {
    "partition",
    "ndarray.partition",
    "unique_values",
    "argpartition",
    "ndarray.argpartition",
}
ANY_VALUES = {"empty_like", "spacing"}  # spacing: of float16
FAULTS_OF_NUMPY = {
    "arctan2.reduce", "arctan2.reduceat", "pow.reduce", "pow.reduceat",
    "fft.ifft2", "fft.irfft2", "fft.hfft",
}  # fmt: skip
"""Folds along a contiguous axis that read what they have not written yet, and `out` that is not
written: there only the type of the result is compared.
"""
COMPLEX = {"linalg.eig", "linalg.eigvals", "roots"}
"""Functions whose results are complex here, and in NumPy real where the values allow it."""


def differs(expected: Any, found: Any, name: str) -> str:
    """How `found` differs from NumPy's result; "" if it does not."""
    if isinstance(expected, list | tuple):
        if isinstance(expected, list) is not isinstance(found, list):
            return f"a {type(found).__name__} in place of a {type(expected).__name__}"
        if len(expected) != len(found):
            return f"{len(found)} parts in place of {len(expected)}"
        parts = (differs(e, f, name) for e, f in zip(expected, found, strict=True))
        return next((part for part in parts if part), "")
    if name == "einsum_path" and isinstance(expected, str):
        return ""  # its report
    if expected is None or isinstance(expected, str | bool | int | type | np.dtype):
        return "" if expected == found else f"{found!r:.60} in place of {expected!r:.60}"
    e, f = np.asarray(expected), np.asarray(found)
    if name in COMPLEX and f.dtype.kind == "c" and e.dtype.kind != "c":
        e = e.astype(f.dtype)
    half = e.dtype == "float16"  # of booleans: the default floating dtype stands for it
    if e.dtype != f.dtype and not (half and f.dtype == "float64"):
        return f"dtype {f.dtype} in place of {e.dtype}"
    if e.shape != f.shape:
        return f"shape {f.shape} in place of {e.shape}"
    if name in ANY_VALUES or name in FAULTS_OF_NUMPY:
        return ""
    if name in ANY_ORDER:
        e, f = np.sort(e, axis=None), np.sort(f, axis=None)
    if name in SIGNS:
        e, f = np.abs(e), np.abs(f)
    if e.dtype.kind in "fc":
        low = 1e-3 if half else 2e-5 if e.dtype.name in ("float32", "complex64") else 1e-9
        same = np.allclose(f, e, rtol=low, atol=low, equal_nan=True)
        return "" if same else "other values"
    return "" if np.array_equal(e, f) else "other values"


def all_calls(name: str) -> list[Call]:
    if name.startswith("ndarray."):
        return list(method_calls(name.partition(".")[2]))
    if name in BASE:
        return list(calls(name))
    return list(ufunc_calls(name))


# -- The table of the documentation -------------------------------------------------------------


def table() -> str:
    """What is not followed, as Markdown: parameters, functions; and what takes known values."""
    refusals: dict[str, dict[str, None]] = {}
    unknown: dict[str, None] = {}
    for name in [*BASE, *(f"ndarray.{m}" for m in METHODS)]:
        for call in all_calls(name):
            eager, jit = outcome(call, "eager").kind, outcome(call, "jit").kind
            if eager == "refused":
                value = repr(call.kwargs.get(call.parameter, ""))
                shown = f"{call.parameter}={value}" if call.parameter in call.kwargs else ""
                if shown or not call.parameter:
                    refusals.setdefault(name, {})[shown.replace("|", "") or "all calls"] = None
            elif jit == "unknown":
                unknown[name] = None
    followed = [name for name in BASE if "all calls" not in refusals.get(name, {})]
    lines = [
        f"{len(followed)} functions, {len(ufuncs())} ufuncs and "
        f"{sum('all calls' not in refusals.get(f'ndarray.{m}', {}) for m in METHODS)} methods are "
        "compared with NumPy, each parameter in turn.",
        "",
        "| function or method | refused |",
        "|---|---|",
    ]
    lines += [
        f"| `{name}` | {', '.join(f'`{r}`' for r in found)} |" for name, found in refusals.items()
    ]
    known = ", ".join(f"`{name}`" for name in unknown)
    lost = ", ".join(
        f"`{name}`" for name in dispatched() if name not in BASE and name not in WRITING
    )
    return "\n".join(
        [
            *lines,
            "",
            f"Under `jit` and `vmap` these ask for known values, in some or all calls: {known}.",
            "",
            f"Not followed: {lost}.",
        ]
    ).replace("`all calls`", "all calls")


WRITING = ("copyto", "fill_diagonal", "put", "put_along_axis", "place", "putmask")
"""Functions that write into their first argument, which have tests of their own."""


def report(names: list[str]) -> None:
    """Print the outcomes of calls."""
    for name in names:
        for call in all_calls(name):
            for way in WAYS:
                kind, detail = outcome(call, way)
                shown = {k: v for k, v in call.kwargs.items() if not isinstance(v, np.ndarray)}
                first = detail.partition("\n")[0]
                print(f"{call.name} {call.parameter} {shown!r:.40} {way}: {kind} {first:.150}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        report(sys.argv[1:])
    else:
        print(table())
