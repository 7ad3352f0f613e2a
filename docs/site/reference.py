"""The reference of the site: a page for each public module, made of its docstrings.

Docstrings are Markdown with examples as a session of Python shows them. Sections `Args:`,
`Returns:` and `Raises:` become tables. The functions are looked at and not read, because many are
made from the table of ops; so their signatures are those that `inspect` sees.
"""

from __future__ import annotations

import ast
import enum
import functools
import importlib
import inspect
import re
import textwrap
from collections.abc import Iterator
from typing import Any

MODULES = (
    "polyad",
    "polyad.numpy",
    "polyad.numpy.linalg",
    "polyad.numpy.fft",
    "polyad.lax",
    "polyad.special",
    "polyad.random",
    "polyad.nn",
    "polyad.nn.initializers",
    "polyad.nn.image",
    "polyad.solvers",
    "polyad.sparse",
    "polyad.sparse.scipy",
    "polyad.sparse.ipopt",
    "polyad.sparse.openmdao",
    "polyad.tree",
    "polyad.flatten_util",
    "polyad.scipy.linalg",
    "polyad.torch",
    "polyad.debug",
    "polyad.custom_derivatives",
    "polyad.custom_batching",
    "polyad.ad_checkpoint",
    "polyad.test_util",
    "polyad.extend",
)
"""The public modules, in the order in which they are shown."""

SECTIONS = ("Args", "Returns", "Raises")


@functools.cache
def public(name: str) -> dict[str, Any]:
    """The functions, classes and values of a module: those it defines, or imports for others."""
    module = importlib.import_module(name)
    listed = getattr(module, "__all__", None) or names(module)
    found = {n: getattr(module, n) for n in listed if not n.startswith("_")}
    kept = {n: x for n, x in found.items() if not inspect.ismodule(x) and documented(x)}
    return dict(sorted(kept.items(), key=lambda pair: pair[0].lower()))


def names(module: Any) -> Iterator[str]:
    """Names that a module binds for others: by `import x as x`, a definition, an assignment."""
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.ImportFrom):
            yield from (a.name for a in node.names if a.asname == a.name)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (t.id for t in node.targets if isinstance(t, ast.Name))


def documented(thing: Any) -> bool:
    """Whether a thing has a page of its own: a function or class with a docstring."""
    own = callable(thing) and getattr(thing, "__module__", "") is not None
    made = str(getattr(thing, "__module__", "")).startswith("polyad")
    return own and made and bool(inspect.getdoc(thing)) and hasattr(thing, "__name__")


@functools.cache
def anchors() -> dict[str, str]:
    """The page and anchor of each dotted name."""
    found = {name: f"reference/{name}.md" for name in MODULES}
    for module in MODULES:
        for name in public(module):
            found[f"{module}.{name}"] = f"reference/{module}.md#{module}.{name}"
    for name in public("polyad.errors"):
        found[f"polyad.errors.{name}"] = f"errors.md#{name}"
    return found


@functools.cache
def pages() -> dict[str, str]:
    """The Markdown of each page of reference/, by its name."""
    return {"index": index(), **{name: page(name) for name in MODULES}}


def errors() -> str:
    """The page of errors: their anchors are what the notes of the messages name."""
    found = public("polyad.errors")
    rows = [f"| [`{n}`](#{n}) | {first_sentence(x)} |" for n, x in found.items()]
    parts = ["# Errors", body(inspect.getdoc(importlib.import_module("polyad.errors")) or "")]
    parts.append("| error | |\n|---|---|\n" + "\n".join(rows))
    for name, error in found.items():
        bases = [
            b.__name__ for b in error.__mro__[1:] if b.__module__ in ("builtins", "numpy.linalg")
        ]
        also = ", ".join(
            f"`{b}`" for b in bases if b not in ("Exception", "BaseException", "object")
        )
        text = body(inspect.getdoc(error) or "")
        parts.append(f"## {name} {{ #{name} }}\n\nAlso: {also or '`Exception`'}.\n\n{text}")
    return "\n\n".join(parts) + "\n"


def index() -> str:
    """The first page: the modules, with the first sentence of each, and how many names."""
    rows = [
        f"| [`{m}`]({m}.md) | {len(public(m))} | {first_sentence(importlib.import_module(m))} |"
        for m in MODULES
    ]
    return (
        "# Reference\n\nEvery public function and class, by module. "
        "Each example is run by the tests.\n\n"
        "| module | names | |\n|---|---|---|\n" + "\n".join(rows) + "\n"
    )


def first_sentence(thing: Any) -> str:
    """The first paragraph of a docstring on one line, for a cell of a table."""
    text = (inspect.getdoc(thing) or "").split("\n\n")[0]
    return cell(re.split(r"(?<=[.]) ", " ".join(text.split()))[0].rstrip("."))


def cell(text: str) -> str:
    """A text for the cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def page(name: str) -> str:
    """The page of a module: a table of what is there, and a section for each."""
    things = public(name)
    same: dict[int, str] = {}
    parts = [f"# {name}\n\n{body(inspect.getdoc(importlib.import_module(name)) or '')}"]
    rows = [f"| [`{n}`](#{name}.{n}) | {first_sentence(x)} |" for n, x in things.items()]
    parts.append("| name | |\n|---|---|\n" + "\n".join(rows))
    for n, thing in things.items():
        title = f"## {n} {{ #{name}.{n} }}"
        if id(thing) in same:
            other = same[id(thing)]
            parts.append(f"{title}\n\nAnother name of [`{other}`](#{name}.{other}).")
        else:
            same[id(thing)] = n
            parts.append(f"{title}\n\n{signature(n, thing)}{body(inspect.getdoc(thing) or '')}")
    return "\n\n".join(parts) + "\n"


def signature(name: str, thing: Any) -> str:
    """A function's parameters, without types: these are for checkers, and said in words below."""
    if inspect.isclass(thing) and issubclass(thing, (enum.Enum, BaseException)):
        return ""
    try:
        found = inspect.signature(thing)
    except (TypeError, ValueError):
        return ""
    plain = [p.replace(annotation=p.empty) for p in found.parameters.values()]
    text = str(inspect.Signature(plain))
    text = re.sub(r"<(\w[\w.]*)[^<>]*>", r"\1", text)
    return f"```python\n{name}{text}\n```\n\n"


def body(text: str) -> str:
    """A docstring as Markdown."""
    head, *rest = re.split(rf"^({'|'.join(SECTIONS)}):\n", text, flags=re.M)
    parts = [fenced(head)]
    for title, section in zip(rest[::2], rest[1::2], strict=True):
        lines = re.match(r"(?:[ ]{4}.*\n?|\n)*", section)
        end = lines.end() if lines else 0
        indented, after = section[:end], section[end:]
        parts += [table(title, textwrap.dedent(indented).strip()), fenced(after)]
    return "\n\n".join(part.strip("\n") for part in parts if part.strip())


def table(title: str, text: str) -> str:
    """A section of a docstring: rows `name: words`, or words alone."""
    rows = re.findall(r"^([\w.*, ]+): (.*(?:\n[ ]+.*)*)", text, flags=re.M)
    if title == "Returns" or not rows:
        return f"**{title}**: {' '.join(text.split())}"
    lines = [f"| `{cell(name)}` | {cell(words)} |" for name, words in rows]
    head = {"Args": "| parameter | |", "Raises": "| raises | when |"}[title]
    return "\n".join([head, "|---|---|", *lines])


def fenced(text: str) -> str:
    """The text with its examples as blocks of code."""
    return re.sub(r"^(>>> .*(?:\n(?!\s*$).*)*)", r"```pycon\n\1\n```", text, flags=re.M)
