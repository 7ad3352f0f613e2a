"""The C header of an exported function, with doxygen comments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from polyad.errors import PolyadValueError
from polyad.ir import ArrayType, DType, user_location, where
from polyad.ir.symbolic.text import spelled_number

STATUS = (
    ("POLYAD_OK", 0, "the results are written"),
    ("POLYAD_NULL_POINTER", 1, "a pointer is null; nothing was read or written"),
    ("POLYAD_OUT_OF_MEMORY", 2, "there is no memory for temporaries; the results are undefined"),
    (
        "POLYAD_TOO_MANY_STEPS",
        3,
        "a loop ran longer than config.max_while_steps",
    ),
    ("POLYAD_NO_ANSWER", 4, "a matrix is singular to rounding, or not positive definite"),
    (
        "POLYAD_WRONG_SIZE",
        5,
        "the function is not made for these sizes; nothing was read or written",
    ),
)

# Of C, C++ and the header itself.
RESERVED = frozenset(
    """
    alignas alignof and and_eq asm auto bitand bitor bool break case catch char class compl concept
    const const_cast consteval constexpr constinit continue co_await co_return co_yield decltype
    default delete do double dynamic_cast else enum explicit export extern false float for friend
    goto if inline int int8_t int16_t int32_t int64_t long main mutable namespace new noexcept not
    not_eq nullptr operator or or_eq private protected public register reinterpret_cast requires
    restrict return short signed sizeof static static_assert static_cast struct switch template this
    thread_local throw true try typedef typeid typename typeof uint8_t uint16_t uint32_t uint64_t
    union unsigned using virtual void volatile wchar_t while xor xor_eq
    """.split()  # noqa: SIM905  (a list of them would take a page)
)


@dataclass(frozen=True)
class Signature:
    """The C function `name`, with the names and types of its arguments and results; the names of
    the sizes that it takes before them, and in words those that it is not made for.
    """

    name: str
    arguments: tuple[tuple[str, ArrayType], ...]
    results: tuple[tuple[str, ArrayType], ...]
    sizes: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


def is_identifier(name: str) -> bool:
    """Whether `name` can be the name of a function in C and C++."""
    return bool(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name)) and name not in RESERVED


def signature(
    name: str,
    arguments: Sequence[tuple[str, ArrayType]],
    results: Sequence[tuple[str, ArrayType]],
    sizes: Sequence[str] = (),
    excluded: Sequence[str] = (),
) -> Signature:
    """A signature with names that C takes, each used once. Sizes keep their names, which types are
    spelled with. Raises `PolyadValueError` for one that C does not take.
    """
    taken = {name}
    for size in sizes:
        if not is_identifier(size) or size in taken:
            raise PolyadValueError(
                f"export: {size!r} cannot be the name of a size in C{where(user_location())}\n"
                "  Choose another name in symbolic_shape."
            )
        taken.add(size)

    def proper(given: str) -> str:
        word = re.sub(r"\W", "_", given, flags=re.ASCII).strip("_")
        word = f"argument_{word}" if not is_identifier(word) else word
        while word in taken:
            word += "_"
        taken.add(word)
        return word

    values = [(proper(n), t) for n, t in (*arguments, *results)]
    given, made = tuple(values[: len(arguments)]), tuple(values[len(arguments) :])
    return Signature(name, given, made, tuple(sizes), tuple(excluded))


def c_type(dtype: DType) -> str:
    """The C type of an element; for a complex one, of each of its two parts."""
    if dtype.is_stored:
        return f"uint{dtype.bits}_t"
    if dtype.is_inexact:
        return "float" if dtype.real.bits == 32 else "double"
    return "uint8_t" if dtype.family == "bool" else f"{dtype.name}_t"


def describe(type: ArrayType) -> str:
    """dtype, shape and layout, in words."""
    dims = "".join(f"[{spelled_number(n)}]" for n in type.shape)
    text = f"{type.dtype.name}{dims}" + (", row-major" if len(type.shape) > 1 else "")
    if type.dtype.is_complex:
        text += "; each element its real and its imaginary part"
    if type.dtype.family == "bool":
        text += "; each element 0 or 1"
    if type.dtype.is_stored:
        text += "; each element the bits of such a number"
    return text if type.shape else f"{text}, one element"


def header(signature: Signature, triple: str, cpu: str | None) -> str:
    """The text of the header."""
    guard = f"POLYAD_EXPORT_{signature.name}_H"
    lines = [
        *about_file(signature, triple, cpu),
        f"#ifndef {guard}",
        f"#define {guard}",
        "",
        "#include <stdint.h>",
        "",
        "#ifdef __cplusplus",
        'extern "C" {',
        "#endif",
        "",
        *status_codes(),
        "",
        *declaration(signature),
        "",
        "#ifdef __cplusplus",
        "}",
        "#endif",
        "",
        f"#endif /* {guard} */",
        "",
    ]
    return "\n".join(lines)


def about_file(signature: Signature, triple: str, cpu: str | None) -> list[str]:
    machine = f"{triple} ({cpu})" if cpu else triple
    return [
        "/**",
        f" * @file {signature.name}.h",
        f" * @brief The function {signature.name}, compiled by polyad for {machine}.",
        " *",
        " * It needs the C library and libm (-lm), and may run in several threads at once.",
        " */",
    ]


def status_codes() -> list[str]:
    """The enumeration of the codes that an exported function returns."""
    return [
        "#ifndef POLYAD_STATUS",
        "#define POLYAD_STATUS",
        "/** What an exported function returns. */",
        "enum polyad_status {",
        *(f"    {name} = {code}, /**< {text} */" for name, code, text in STATUS),
        "};",
        "#endif",
    ]


def declaration(signature: Signature) -> list[str]:
    """The C declaration of the function, with a comment on each parameter."""
    given = [f"int64_t {n}" for n in signature.sizes]
    given += [f"const {c_type(t.dtype)} *{n}" for n, t in signature.arguments]
    given += [f"{c_type(t.dtype)} *{n}" for n, t in signature.results]
    return [
        "/**",
        f" * @brief {signature.name}",
        " *",
        " * Arrays are contiguous, and aligned as their elements are. A result overlaps no",
        " * other array; arguments may overlap. An array without elements may be null.",
        " *",
        *about_sizes(signature),
        *(f" * @param[in]  {n}  {describe(t)}" for n, t in signature.arguments),
        *(f" * @param[out] {n}  {describe(t)}" for n, t in signature.results),
        " * @return a code of polyad_status",
        " */",
        f"int {signature.name}({', '.join(given) or 'void'});",
    ]


def about_sizes(signature: Signature) -> list[str]:
    """The lines of a comment on sizes: which ones the function is made for, and the parameters."""
    if not signature.sizes:
        return []
    return [
        " * It returns POLYAD_WRONG_SIZE for sizes that it is not made for: those below 0",
        f" * {'and' if signature.excluded else 'and any that would not fit into memory.'}",
        *(f" *   {text}" for text in signature.excluded),
        " *",
        *(f" * @param[in]  {n}  a size" for n in signature.sizes),
    ]
