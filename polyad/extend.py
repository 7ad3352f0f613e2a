"""Ops of your own: defined once, in one file, and then differentiated, batched and compiled.

`elementwise` defines an op that works element by element, `op` one with a type rule of its own.
Both return the op, which is called like a function. `c_function` and `llvm_function` give an
element-wise op a native form; `check` runs the laws on it that every op of polyad obeys.
docs/own_ops.md shows each.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from . import execution
from .errors import PolyadTypeError, PolyadValueError
from .ir import ArrayType as ArrayType
from .ir import Definition
from .ir import DType as DType
from .ops.definition import OpDefinition as OpDefinition
from .ops.definition import Unknown as Unknown
from .ops.definition import elementwise as _elementwise
from .ops.native import CFunction, LLVMFunction
from .ops.native import c_function as c_function
from .ops.native import llvm_function as llvm_function
from .texts import shown

Rule = Callable[..., Any]
Implementations = Mapping[str, Rule]

ACCEPTS = (
    *("any", "numeric", "floating", "real", "real floating", "ordered"),
    *("integer", "integer or boolean", "boolean"),
)


def elementwise(
    name: str,
    *,
    operands: int = 1,
    accepts: str = "real floating",
    implementations: Implementations | None = None,
    native: Rule | CFunction | LLVMFunction | None = None,
    **rules: Any,
) -> OpDefinition:
    """Define an element-wise op. Its operands are promoted to one dtype, and broadcast.

    The derivative is stated once: by `partials` (one function of the operands and the result, then
    the attributes, per operand; None is a zero), by `jvp`, by `linear` groups of operands with
    `transposes`, or by `differentiable=False` (see `OpDefinition`). `implementations` are functions
    of arrays by the name of their backend; "xp" is for all, and gets the array namespace first.
    `native` is an expression in polyad's own functions (which also serves backends without an
    implementation), a `c_function` or an `llvm_function`. Raises `PolyadValueError` for a name that
    is taken or cannot be parsed.
    """
    _check_name(name)
    if accepts not in ACCEPTS:
        raise PolyadValueError(
            f"op {name}: accepts={shown(accepts)} is none of {', '.join(map(repr, ACCEPTS))}"
        )
    partials = rules.get("partials")
    if partials is not None and len(partials) != operands:
        raise PolyadTypeError(
            f"op {name}: it has {operands} operand(s) and {len(partials)} partials; give one per "
            "operand, or None where it is zero"
        )
    if isinstance(native, CFunction) and accepts != "real floating":
        raise PolyadValueError(
            f"op {name}: a c_function takes doubles, so the op must have accepts='real floating', "
            f"not {shown(accepts)}"
        )
    forms = _forms(name, operands, implementations, native)
    return _elementwise(
        name, accepts=accepts, operands=operands, external=True, **forms, **_stated(name, rules)
    )


def op(
    name: str,
    type_rule: Rule,
    *,
    batch: Rule,
    implementations: Implementations | None = None,
    decomposition: Rule | None = None,
    **rules: Any,
) -> OpDefinition:
    """Define an op of any shape: nothing is promoted or broadcast.

    `type_rule(*types, **attributes)` gives the `ArrayType` of the result, or a tuple of them, and
    raises `TypeError` for operands that do not fit. `batch(operands, batched, **attributes)` gives
    the result for operands of which those flagged in `batched` have a new first axis, as the result
    then has. The derivative is stated once, by `jvp`, `linear` with `transposes`, or
    `differentiable=False`. `decomposition` is an expression in polyad's own functions, which
    compiled code takes; without it, compiled code calls the implementation for NumPy.
    """
    _check_name(name)
    forms = _forms(name, 0, implementations, decomposition)
    return OpDefinition(
        name, type_rule, batch=batch, external=True, **forms, **_stated(name, rules)
    )


def check(
    op: OpDefinition,
    *shapes: tuple[int, ...],
    domain: tuple[float, float] = (-2.0, 2.0),
    dtypes: Sequence[str] = ("float64", "float32"),
    backends: Sequence[str] | None = None,
    tolerance: float = 1.0,
    **attributes: Any,
) -> int:
    """Run the laws of the conformance matrix on an op, and return the number of cases.

    An operand of each of `shapes` is drawn from `domain`, in each of `dtypes`. On each of
    `backends` (all that are installed, if not given), called and compiled, the op must give what it
    gives on NumPy; its jvp must be the limit of differences, its vjp the transpose of that, and a
    batch must be a loop. `tolerance` is a factor on the allowed differences. Raises
    `AssertionError`, which names each case that fails.
    """
    # the conformance package makes all its samples when it is imported
    from .conformance.laws import LAWS, Case, why_not
    from .conformance.sample import Operand, Sample

    operands = tuple(Operand(shape, domain) for shape in shapes)
    run = lambda *arrays: op(*arrays, **attributes)
    sample = Sample(op.name, op.name, run, operands, tuple(dtypes), op.differentiable, tolerance)
    failed, count = [], 0
    for backend in execution.backends() if backends is None else backends:
        for dtype in dtypes:
            for law, holds in LAWS.items():
                if why_not(sample, dtype, law):
                    continue
                count += 1
                try:
                    with np.errstate(all="ignore"):
                        holds(Case(sample, dtype, backend))
                except Exception as error:
                    failed.append(f"{law}, {dtype}, backend {backend!r}: {error}")
    if failed:
        raise AssertionError(f"op {op.name} breaks laws:\n" + "\n".join(failed))
    return count


def _check_name(name: str) -> None:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.]*", name):
        raise PolyadValueError(
            f"op {name!r}: a name has letters, digits, _ and dots, so that it can be parsed"
        )
    if name in Definition.registry:
        raise PolyadValueError(
            f"op {name}: an op of this name is defined already; prefix yours with the name of your "
            "package, as in 'mypackage.softclip'"
        )


def _forms(
    name: str, operands: int, implementations: Implementations | None, native: Any
) -> dict[str, Any]:
    """The forms in which the op runs: implementations, decomposition, native form."""
    made = dict(implementations or {})
    if isinstance(native, CFunction) and "numpy" not in made:
        made["numpy"] = _vectorized(native, operands)
    if not made and (native is None or isinstance(native, LLVMFunction)):
        raise PolyadTypeError(
            f"op {name}: nothing says how it runs; give implementations={{'numpy': f}} or "
            "{'xp': f}, or an expression in polyad's functions"
        )
    for backend, rule in made.items():
        if not callable(rule):
            raise PolyadTypeError(
                f"op {name}: the implementation for {backend!r} is a function, not "
                f"{type(rule).__name__}"
            )
    form = native if isinstance(native, CFunction | LLVMFunction) else None
    decomposition = native if form is None else None
    if decomposition is not None and not callable(decomposition):
        raise PolyadTypeError(
            f"op {name}: a native form is an expression (a function), a c_function or an "
            f"llvm_function, not {type(native).__name__}"
        )
    return {"implementations": made, "native": form, "decomposition": decomposition}


def _vectorized(native: CFunction, operands: int) -> Rule:
    """The C function on NumPy's arrays, an element at a time."""
    function = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * operands)(native.address)

    def run(*arrays: Any) -> Any:
        found = np.vectorize(function, otypes=[np.float64])(*arrays)
        return found.astype(np.result_type(*arrays))

    return run


def _stated(name: str, rules: Mapping[str, Any]) -> Mapping[str, Any]:
    """The derivative rules. Raises `PolyadTypeError` for names that are none."""
    known = (
        *("linear", "transposes", "alone", "partials", "jvp", "differentiable", "singular"),
        *("result", "type_rule", "foldable", "mergeable", "batch"),
    )
    wrong = sorted(set(rules) - set(known))
    if wrong:
        raise PolyadTypeError(f"op {name}: no rule is named {', '.join(wrong)}; {known} are")
    if rules.get("linear") and not rules.get("transposes"):
        raise PolyadTypeError(
            f"op {name}: it is linear, and so needs `transposes`, one per operand"
        )
    return rules
