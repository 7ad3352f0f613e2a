"""One row per element-wise op of the array dialect that has a native form.

A row is all that the compiler knows of such an op; passes, the cost model, code generation and
linking ask it, and no other table has a part of it. To add an op, add its row to `ROWS`:

    "erfi": function("f", library("erfi", "double")),

- `simple`, `free`, `instruction` and `function` make rows, and differ in cost;
- the first argument names the kinds of dtype for which the op is native: b(ool), i(nt), u(int),
  f(loat), c(omplex), of the op's first operand (of `where`, the second);
- the second is the emission, by which `scalars/scalar.py` makes code for one element: the name of
  an emitter in a module of `scalars/` ("arithmetic.add"), a formula in `scalars/math/`
  ("math.exp"), or a C function of SciPy's (`library`);
- `complex` is the emission for operands or results of complex dtype. It must be given where kind
  c is native, and only there.

Emissions are names, so that passes can ask the table without importing llvmlite. An op without a
row is decomposed by `legalize`, is a routine of `items/`, or is a host call.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

from polyad.ir import ArrayType, Definition, DType, Op
from polyad.ops.definition import OpDefinition
from polyad.ops.native import CFunction

from .dialects.memory import type_of

KINDS = {"bool": "b", "int": "i", "uint": "u", "float": "f", "complex": "c"}


class Cost(Enum):
    """The work of an op on one element."""

    FREE = "a choice, a constant, a part of a number: no arithmetic"
    SIMPLE = "an addition, a comparison"
    HARD = "a division, a root, an elementary function: costs more than to read the result again"


class Library(NamedTuple):
    """A C function of `scipy.special.cython_special`: its name, the types of its arguments, and the
    number of its results.
    """

    name: str
    arguments: str
    results: int = 1

    @property
    def signature(self) -> str:
        """Its type; it writes several results to pointers."""
        if self.results == 1:
            return f"double ({self.arguments}, int __pyx_skip_dispatch)"
        return f"void ({self.arguments}{', double *' * self.results})"


class Part(NamedTuple):
    """One of the results of a C function."""

    function: Library
    position: int


class External(NamedTuple):
    """A C function at an address, of an op that is defined outside polyad: the op's name."""

    op: str


Emission = str | Library | Part | External | Callable[..., Any]
"""The name of an emitter, `module.function` in `scalars/`; a C function, called with doubles, or
one of its results; or a function that builds LLVM IR (`polyad.extend.llvm_function`)."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """All that the compiler knows of an element-wise op. Every field must be given."""

    kinds: str
    """The kinds of dtype for which the op is native."""
    emission: Emission
    """The emission for real operands."""
    complex: Emission | None
    """The emission where an operand or the result is complex."""
    cost: Cost
    """The work on one element."""
    shared: bool
    """Whether the op is a call of a function that a long program keeps once (`scalars/shared`)."""
    retried: str
    """The kinds for which the emitted formula fails for rare operands: the kernel then runs again,
    so it must not have written over the arrays that it reads."""
    symbols: tuple[Library, ...]
    """The C functions that the emission calls."""

    def __post_init__(self) -> None:
        if not self.kinds or not set(self.kinds) <= set(KINDS.values()):
            raise TypeError(f"kinds {self.kinds!r} are not letters of {''.join(KINDS.values())}")
        if ("c" in self.kinds) != (self.complex is not None):
            raise TypeError(
                f"kinds {self.kinds!r} with complex={self.complex!r}: a complex emission must be "
                "given where kind c is native, and only there"
            )
        if not set(self.retried) <= set(self.kinds):
            raise TypeError(f"retried {self.retried!r} is no part of the kinds {self.kinds!r}")


def row(
    kinds: str,
    emission: Emission,
    cost: Cost,
    *,
    complex: Emission | None = None,
    shared: bool = False,
    retried: str = "",
    symbols: Sequence[Library] = (),
) -> Row:
    """A row; an emission that is a C function is one of its symbols."""
    function = emission.function if isinstance(emission, Part) else emission
    own = (function,) if isinstance(function, Library) else ()
    return Row(
        kinds=kinds,
        emission=emission,
        complex=complex,
        cost=cost,
        shared=shared,
        retried=retried,
        symbols=(*own, *symbols),
    )


def free(kinds: str, emission: str, complex: str | None = None) -> Row:
    """An op without arithmetic."""
    return row(kinds, emission, Cost.FREE, complex=complex)


def simple(kinds: str, emission: str, complex: str | None = None) -> Row:
    """An op of a few simple instructions."""
    return row(kinds, emission, Cost.SIMPLE, complex=complex)


def instruction(kinds: str, emission: str, complex: str | None = None) -> Row:
    """An op of slow instructions: a division, a root."""
    return row(kinds, emission, Cost.HARD, complex=complex)


def function(
    kinds: str,
    emission: Emission,
    complex: str | None = None,
    *,
    retried: str = "",
    symbols: Sequence[Library] = (),
) -> Row:
    """An elementary or special function."""
    return row(
        kinds,
        emission,
        Cost.HARD,
        complex=complex,
        shared=True,
        retried=retried,
        symbols=symbols,
    )


library = Library
BESSEL_J = (library("j0", "double"), library("j1", "double"), library("jv", "double, double"))
BESSEL_I = (
    *(library(name, "double") for name in ("i0", "i1", "i0e", "i1e")),
    *(library(name, "double, double") for name in ("iv", "ive")),
)


def of_scipy(arguments: int, names: str) -> dict[str, Row]:
    """Rows of ops that are C functions of SciPy's of so many real numbers, by their names."""
    types = ", ".join(["double"] * arguments)
    return {name: function("f", library(name, types)) for name in names.split()}


def parts_of_scipy(name: str, arguments: str, parts: str) -> dict[str, Row]:
    """Rows of the ops `name_part`, each of which is one result of a C function of SciPy's."""
    names = parts.split()
    whole = library(name, arguments, len(names))
    return {f"{name}_{part}": function("f", Part(whole, i)) for i, part in enumerate(names)}


ROWS: dict[str, Row] = {
    # arithmetic
    "add": simple("biufc", "arithmetic.add", "complex.add"),
    "subtract": simple("iufc", "arithmetic.subtract", "complex.subtract"),
    "multiply": simple("biufc", "arithmetic.multiply", "complex.multiply"),
    "divide": instruction("fc", "arithmetic.divide", "complex.divide"),
    "negative": simple("iufc", "arithmetic.negative", "complex.negative"),
    "abs": simple("iufc", "arithmetic.absolute", "complex.modulus"),
    "sign": simple("iufc", "arithmetic.sign", "complex.sign"),
    "maximum": simple("biuf", "arithmetic.maximum"),
    "minimum": simple("biuf", "arithmetic.minimum"),
    "remainder": instruction("iuf", "division.remainder"),
    "floor_divide": instruction("iuf", "division.floor_divide"),
    "copysign": simple("f", "arithmetic.copysign"),
    "nextafter": instruction("f", "arithmetic.nextafter"),
    "sqrt": instruction("fc", "arithmetic.sqrt", "complex.sqrt"),
    # rounding
    "floor": simple("iuf", "arithmetic.floor"),
    "ceil": simple("iuf", "arithmetic.ceil"),
    "round": simple("iufc", "arithmetic.round", "complex.round"),
    "trunc": simple("iuf", "arithmetic.trunc"),
    # elementary functions
    "exp": function("fc", "elementary.exp", "complex.exp", retried="c"),
    "expm1": function("fc", "math.expm1", "complex.expm1"),
    "log": function("fc", "math.log", "complex.log"),
    "log1p": function("fc", "math.log1p", "complex.log1p"),
    "log2": function("fc", "math.log2", "complex.log2"),
    "log10": function("fc", "math.log10", "complex.log10"),
    "sin": function("fc", "elementary.sin", "complex.sin", retried="fc"),
    "cos": function("fc", "elementary.cos", "complex.cos", retried="fc"),
    "tan": function("fc", "elementary.tan", "complex.tan", retried="fc"),
    "asin": function("fc", "math.asin", "complex.asin"),
    "acos": function("fc", "math.acos", "complex.acos"),
    "atan": function("fc", "math.atan", "complex.atan"),
    "sinh": function("fc", "math.sinh", "complex.sinh", retried="c"),
    "cosh": function("fc", "math.cosh", "complex.cosh", retried="c"),
    "tanh": function("fc", "math.tanh", "complex.tanh", retried="c"),
    "asinh": function("fc", "math.asinh", "complex.asinh"),
    "acosh": function("fc", "math.acosh", "complex.acosh"),
    "atanh": function("fc", "math.atanh", "complex.atanh"),
    "pow": function("ufc", "elementary.pow", "complex.pow"),
    "atan2": function("f", "math.atan2"),
    "hypot": function("f", "math.hypot"),
    "direction": function("f", "math.direction"),
    "logaddexp": function("f", "elementary.logaddexp"),
    "sigmoid": function("f", "math.sigmoid"),
    "sech_squared": function("f", "math.sech_squared"),
    "sigmoid_slope": function("f", "math.sigmoid_slope"),
    # special functions
    "gaussian": function("f", "math.gaussian"),
    "normal_density": function("f", "math.normal_density"),
    "ndtr": function("f", "math.ndtr"),
    "erf": function("f", "math.erf"),
    "erfc": function("f", "math.erfc"),
    "erfcx": function("f", "math.erfcx"),
    "erfi": function("f", library("erfi", "double")),
    "erfinv": function("f", "math.erfinv"),
    "log_ndtr": function("f", "math.log_ndtr"),
    "ndtri": function("f", library("ndtri", "double")),
    "lgamma": function("f", "math.lgamma"),
    "digamma": function("f", "math.digamma"),
    "gamma": function("f", library("gamma", "double")),
    "betaln": function("f", library("betaln", "double, double")),
    "gammainc": function("f", library("gammainc", "double, double")),
    "gammaincc": function("f", library("gammaincc", "double, double")),
    "betainc": function("f", library("betainc", "double, double, double")),
    "expi": function("f", library("expi", "double")),
    "dawsn": function("f", library("dawsn", "double")),
    "spence": function("f", library("spence", "double")),
    "expn": function("f", "elementary.expn", symbols=[library("expn", "Py_ssize_t, double")]),
    "bessel_i": function("f", "elementary.bessel_i", symbols=BESSEL_I),
    "bessel_j": function("f", "elementary.bessel_j", symbols=BESSEL_J),
    "polygamma": function("f", "elementary.polygamma"),
    "zeta": function("f", "elementary.zeta"),
    **of_scipy(
        1,
        "y0 y1 k0 k1 k0e k1e ellipk ellipkm1 ellipe loggamma ndtri_exp wrightomega zetac",
    ),
    **of_scipy(
        2,
        "jv yv iv kv ive kve struve modstruve hyp0f1 ellipkinc ellipeinc owens_t binom gammaincinv "
        "gammainccinv",
    ),
    **of_scipy(3, "hyp1f1 hyperu betaincinv betaincc"),
    **of_scipy(4, "hyp2f1"),
    **parts_of_scipy("airy", "double", "ai aip bi bip"),
    **parts_of_scipy("fresnel", "double", "s c"),
    **parts_of_scipy("sici", "double", "si ci"),
    **parts_of_scipy("shichi", "double", "shi chi"),
    **parts_of_scipy("ellipj", "double, double", "sn cn dn ph"),
    # parts of numbers
    "conj": free("iufc", "arithmetic.unchanged", "complex.conj"),
    "real": free("iufc", "arithmetic.unchanged", "complex.real"),
    "imag": free("iufc", "arithmetic.imag", "complex.imag"),
    "complex": free("f", "arithmetic.pair"),
    "signbit": simple("f", "arithmetic.signbit"),
    "isnan": simple("biufc", "arithmetic.isnan", "complex.isnan"),
    "isinf": simple("biufc", "arithmetic.isinf", "complex.isinf"),
    "isfinite": simple("biufc", "arithmetic.isfinite", "complex.isfinite"),
    # comparisons
    "equal": simple("biufc", "arithmetic.equal", "complex.equal"),
    "not_equal": simple("biufc", "arithmetic.not_equal", "complex.not_equal"),
    "less": simple("biuf", "arithmetic.less"),
    "less_equal": simple("biuf", "arithmetic.less_equal"),
    "greater": simple("biuf", "arithmetic.greater"),
    "greater_equal": simple("biuf", "arithmetic.greater_equal"),
    # bits and truth
    "logical_not": simple("b", "arithmetic.not_"),
    "logical_and": simple("b", "arithmetic.and_"),
    "logical_or": simple("b", "arithmetic.or_"),
    "logical_xor": simple("b", "arithmetic.xor"),
    "bitwise_invert": simple("biu", "arithmetic.not_"),
    "bitwise_and": simple("biu", "arithmetic.and_"),
    "bitwise_or": simple("biu", "arithmetic.or_"),
    "bitwise_xor": simple("biu", "arithmetic.xor"),
    "bitwise_left_shift": simple("iu", "division.left_shift"),
    "bitwise_right_shift": simple("iu", "division.right_shift"),
    # choices, constants and conversions
    "where": free("biufc", "arithmetic.where", "complex.where"),
    "astype": free("biufc", "conversion.astype", "complex.astype"),
    "bitcast": free("iuf", "conversion.bitcast"),
    "full": free("biufc", "conversion.full", "conversion.full"),
}

SYMBOLS: Mapping[str, str] = {s.name: s.signature for row in ROWS.values() for s in row.symbols}
"""The type of each C function that some row calls, by its name."""


def row_of(name: str) -> Row | None:
    """The row of an op; None where it has no native form as a scalar. An op that is defined outside
    polyad has the row that its definition says.
    """
    found = ROWS.get(name)
    if found is None:
        definition = Definition.registry.get(name)
        if isinstance(definition, OpDefinition) and definition.native is not None:
            return external_row(definition)
    return found


@functools.cache
def external_row(definition: OpDefinition) -> Row:
    """The row of an op that is defined outside polyad."""
    native = definition.native
    if isinstance(native, CFunction):
        return row("f", External(definition.name), Cost.HARD)
    assert native is not None
    kinds = "".join(KINDS[k] for k in native.kinds)
    return row(kinds, native.build, Cost.HARD if native.hard else Cost.SIMPLE)


def kind(dtype: DType) -> str:
    """One letter for the kind of a dtype."""
    return KINDS[dtype.family]


def is_native(name: str, types: Sequence[ArrayType], results: Sequence[ArrayType]) -> bool:
    """Whether an op with operands and results of these types is element-wise, and code can be
    emitted for it.
    """
    found = row_of(name)
    if found is None:
        return False
    of = types[1 if name == "where" else 0] if types else results[0]
    return kind(of.dtype) in found.kinds


def cost_of(name: str) -> Cost:
    """The work of a scalar op on one element."""
    found = row_of(name)
    return Cost.SIMPLE if found is None else found.cost


def calls_outside(name: str) -> bool:
    """Whether the op is a call of a C function, which takes one element at a time."""
    found = row_of(name)
    return found is not None and (bool(found.symbols) or isinstance(found.emission, External))


def is_shared(name: str) -> bool:
    """Whether the op is a call of a function that a long program keeps once."""
    found = row_of(name)
    return found is not None and found.shared


def may_repeat(op: Op) -> bool:
    """Whether a kernel with this op in it may run again."""
    found = row_of(op.name)
    if found is None or not found.retried:
        return False
    return kind(type_of(op.operands[0]).dtype) in found.retried
