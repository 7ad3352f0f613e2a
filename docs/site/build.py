"""The documentation site: `make docs`, or `python docs/site/build.py`.

Pages are staged in build/site/pages: those of docs/ as they are, the README as the first one, the
reference that `reference.py` makes of docstrings, and a page for each program of examples/.
Zensical makes HTML of them, and `links.py` follows every link of that. Nothing is downloaded.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import links
import reference

ROOT = Path(__file__).parents[2]
DOCS, SITE = ROOT / "docs", ROOT / "build" / "site"
KINDS = (".md", ".png", ".html")
OUTSIDE = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "LICENSE": "license.md",
    "SECURITY.md": "security_reports.md",
    "bench/README.md": "bench.md",
}
"""Files beside docs/ that are pages of the site."""
LINK = r"`[^`\n]+`|(!?)\[([^\]]*)\]\(([^)\s]+)\)"
"""A link, or a piece of code, in which there is none."""
UNIT = r"(?<=[ |])(\d[\d.]*) (ns|us|ms|s|MB|kB|GB)(?= *\|)"
"""A number at the end of a table's cell, and its unit, which stay on one line."""


def main(folder: Path = SITE) -> int:
    """0 if the site is built and no link is dead."""
    shutil.rmtree(folder, ignore_errors=True)
    stage(folder)
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
    done = subprocess.run(command, cwd=folder, check=False)
    if done.returncode:
        return done.returncode
    faults = links.faults(folder / "html")
    print("\n".join(faults) or f"no dead link: {folder / 'html' / 'index.html'}")
    return 1 if faults else 0


def stage(folder: Path) -> None:
    """Write the pages and the configuration of the site into a folder."""
    pages = folder / "pages"
    for path in sorted(p for p in DOCS.rglob("*") if p.suffix in KINDS):
        copy(path, pages / path.relative_to(DOCS))
    for source, name in OUTSIDE.items():
        copy(ROOT / source, pages / name)
    programs = [p for p in sorted((ROOT / "examples").glob("*.py")) if p.stem != "plots"]
    for program in programs:
        write(pages / "gallery" / f"{program.stem}.md", program_page(program))
    for page in pages.rglob("*.html"):
        if page.with_suffix(".md").exists():
            raise ValueError(f"{page.name} of docs/ would be lost: a page of that name is made")
    made = reference.pages()
    for name, text in made.items():
        write(pages / "reference" / f"{name}.md", text)
    write(pages / "errors.md", reference.errors())
    anchors = reference.anchors()
    for page in pages.rglob("*.md"):
        depth = len(page.relative_to(pages).parts) - 1
        page.write_text(linked(page.read_text("utf-8"), anchors, "../" * depth), "utf-8")
    write(pages / "site" / "extra.css", Path(__file__).with_name("extra.css").read_text("utf-8"))
    config = Path(__file__).with_name("zensical.toml").read_text("utf-8")
    config = config.replace("@REFERENCE@", entries("reference", [n for n in made if n != "index"]))
    config = config.replace("@GALLERY@", entries("gallery", [p.stem for p in programs]))
    (folder / "zensical.toml").write_text(config, "utf-8")


def entries(folder: str, names: list[str]) -> str:
    """Lines of the navigation."""
    titles = {name: name if "polyad" in name else name.replace("_", " ") for name in names}
    return "\n    ".join(f'{{ "{titles[n]}" = "{folder}/{n}.md" }},' for n in names)


def write(path: Path, text: str) -> None:
    """A file, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def copy(source: Path, target: Path) -> None:
    """A page or a picture of the repository as one of the site."""
    if source.suffix == ".md":
        write(target, page_of(source))
    elif source.name == "LICENSE":
        write(target, f"# Licence\n\n```text\n{source.read_text('utf-8')}```\n")
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


def page_of(source: Path) -> str:
    """The text of a page, whose links name pages of the site."""
    text = re.sub(r"^```python\n(?=>>>)", "```pycon\n", source.read_text("utf-8"), flags=re.M)
    text = re.sub(r"\n\n```$", "\n```", text, flags=re.M)

    def target(found: re.Match[str]) -> str:
        sign, label, address = found.groups()
        if address is None:
            return found[0]
        where, mark, anchor = address.partition("#")
        if "://" in address or not where:
            return found[0]
        if sign and (pair := both(source.parent / where)):
            return f"![{label}]({site_path(source, where)}#only-light)" + (
                f"![{label}]({site_path(source, pair.name, where)}#only-dark)"
            )
        return f"{sign}[{label}]({site_path(source, where)}{mark}{anchor})"

    return outside_fences(text, lambda t: re.sub(UNIT, "\\1\u00a0\\2", re.sub(LINK, target, t)))


def both(picture: Path) -> Path | None:
    """The picture for dark pages that belongs to one for light pages."""
    dark = picture.with_name(f"{picture.stem}-dark{picture.suffix}")
    return dark if dark.exists() else None


def site_path(source: Path, address: str, beside: str = "") -> str:
    """The way from a page of the site to that of a file, which a link of `source` names."""
    file = (source.parent / beside).parent / address if beside else source.parent / address
    file = file.resolve()
    here = place(source).parent
    return Path(*[".."] * len(here.parts), place(file)).as_posix()


def place(file: Path) -> Path:
    """Where a file of the repository stands in the site."""
    within = file.relative_to(ROOT)
    if str(within) in OUTSIDE:
        return Path(OUTSIDE[str(within)])
    if within.parts[0] == "examples":
        return Path("gallery", f"{file.stem}.md")
    if within.parts[0] == "docs":
        return Path(*within.parts[1:])
    raise ValueError(f"a page names {within}, which is not a page of the site")


def program_page(program: Path) -> str:
    """A page with a program's own account of itself, and the program."""
    text = program.read_text("utf-8")
    title = (ast.get_docstring(ast.parse(text)) or program.stem).partition("\n")[0].rstrip(".")
    pictures = DOCS / "images" / f"{program.stem}.png"
    shown = ""
    if pictures.exists() and both(pictures):
        shown = f"![{title}](../images/{program.stem}.png#only-light)"
        shown += f"![{title}](../images/{program.stem}-dark.png#only-dark)\n\n"
    return f"# {title}\n\n`examples/{program.name}`\n\n{shown}```python\n{text}```\n"


def linked(text: str, anchors: dict[str, str], up: str) -> str:
    """A page with each `polyad.name` of the reference as a link."""

    def link(found: re.Match[str]) -> str:
        name = found[1]
        return f"[`{name}`]({up}{anchors[name]})" if name in anchors else found[0]

    def lines(part: str) -> str:
        return "".join(
            line if line.startswith("#") else re.sub(r"(?<![\[`])`(polyad[\w.]*)`(?!`)", link, line)
            for line in part.splitlines(keepends=True)
        )

    return outside_fences(text, lines)


def outside_fences(text: str, change: Callable[[str], str]) -> str:
    """The text, changed where it is no block of code."""
    parts = re.split(r"(^```.*?^```$)", text, flags=re.M | re.S)
    return "".join(part if at % 2 else change(part) for at, part in enumerate(parts))


if __name__ == "__main__":
    sys.exit(main())
