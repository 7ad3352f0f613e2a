"""The matrix as one HTML page: totals, a filter, an anchor for each op, and reasons below the
table, where a tap, a key or a screen reader gets to them.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from .matrix import FAILS, HOLDS, Cell
from .report import (
    LEGEND,
    MARKS,
    Square,
    axes,
    cells_of,
    first_line,
    short_dtypes,
    squares,
    summary,
)

Marks = dict[tuple[str, str, str], Square]

STYLE = """
:root{color-scheme:light dark;--page:#fff;--ink:#222;--soft:#666;--line:#ddd;--edge:#999;
--hover:#eef3fb;--holds:#e3f4e3;--refused:#fdf1d6;--fails:#f8d3d3;--nothing:#767676;
--focus:#0969da}
@media(prefers-color-scheme:dark){:root{--page:#16181c;--ink:#e4e4e4;--soft:#a0a0a0;--line:#33373d;
--edge:#666;--hover:#23303f;--holds:#1e3a26;--refused:#4a3a12;--fails:#5a2222;--nothing:#8a8a8a;
--focus:#4493f8}}
body{font:14px system-ui,sans-serif;margin:2em;color:var(--ink);background:var(--page)}
p,section{max-width:60em;line-height:1.5}a{color:inherit}
table{border-collapse:separate;border-spacing:0;border-top:1px solid var(--line)}
td,th{padding:2px 6px;border:solid var(--line);border-width:0 1px 1px 0;text-align:center}
th:first-child,td:first-child{border-left:1px solid var(--line);text-align:left;white-space:nowrap}
#totals td{text-align:right}#totals td:first-child{text-align:left}
#matrix td:nth-child(2){text-align:left;white-space:nowrap;font-size:12px;color:var(--soft)}
#matrix td:first-child{position:sticky;left:0;background:var(--page)}
#matrix thead{position:sticky;top:0;z-index:1}#matrix thead th{background:var(--page)}
#matrix thead tr+tr th{font-weight:normal;writing-mode:vertical-rl;transform:rotate(180deg);
text-align:left;padding:6px 2px}#matrix tr:hover td{background:var(--hover)}
.holds{background:var(--holds)}.refused{background:var(--refused)}.nothing{color:var(--nothing)}
.fails{background:var(--fails);font-weight:bold}:target,:target td{outline:2px solid #d18616}
:focus-visible{outline:2px solid var(--focus);outline-offset:1px}
#filter{position:sticky;left:0;display:flex;flex-wrap:wrap;gap:1em;align-items:center;margin:1em 0}
input[type=search]{font:inherit;padding:.3em .5em;width:16em;max-width:100%}[hidden]{display:none}
tr[id],section[id]{scroll-margin-top:9em}.scroll{overflow-x:auto}@media(min-width:1200px){.scroll{overflow:visible}}
@media(max-width:600px){body{margin:1em}}
"""

SCRIPT = """
const find = document.getElementById('find');
const boxes = [...document.querySelectorAll('#filter [name]')];
function choose() {
  const words = find.value.toLowerCase().split(/\\s+/);
  const on = boxes.filter(b => b.checked).map(b => b.name);
  let count = 0;
  for (const e of document.querySelectorAll('[data-op]')) {
    const named = words.every(w => e.dataset.op.includes(w));
    e.hidden = !(named && (!on.length || on.some(o => e.dataset.has.includes(o))));
    count += e.tagName === 'TR' && !e.hidden;
  }
  document.getElementById('count').textContent = count + ' ops';
}
find.addEventListener('input', choose);
boxes.forEach(b => b.addEventListener('input', choose));
choose();
document.documentElement.dataset.ready = 'yes';
"""

SCROLLS = 'tabindex="0" role="region" aria-label'
"""Of a table that may be wider than the screen: arrow keys move it."""


def page(cells: Sequence[Cell]) -> str:
    """The matrix as HTML."""
    ops, backends, laws = axes(cells)
    marks = squares(cells)
    legend = re.sub("`(.*?)`", r"<code>\1</code>", html.escape(LEGEND))
    rows = "\n".join(row(marks, op, backends, laws) for op in ops)
    notes = "\n".join(filter(None, (reasons(marks, op) for op in ops)))
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>The conformance matrix</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{STYLE}{apart(len(laws))}</style><h1>The conformance matrix</h1>"
        f"<p>Every op, on every backend, under each law. {legend} A mark with a line under it "
        'has a <a href="#reasons">reason</a>: follow it.</p>'
        f"<p>{len(cells)} cells: {summary(cells)}.</p>"
        f"<h2>Totals</h2>{totals(marks, ops, backends, laws)}"
        f'<h2>Ops</h2><div id="filter">{FILTER}</div>'
        f'<div class="scroll" {SCROLLS}="Ops"><table id="matrix">{head(backends, laws)}'
        f'<tbody>{rows}</tbody></table></div><h2 id="reasons">Reasons</h2>{notes}'
        f"<script>{SCRIPT}</script></html>\n"
    )


FILTER = (
    '<label>op <input type="search" id="find" placeholder="part of a name"></label>'
    + "".join(
        f'<label><input type="checkbox" name="{outcome.split()[0]}"> has {mark}</label>'
        for outcome, mark in MARKS.items()
        if outcome != HOLDS
    )
    + '<output id="count" aria-live="polite"></output>'
)


def apart(n: int) -> str:
    """Thicker lines between backends; headings of laws are turned around: their right is left."""
    return (
        f"#matrix td:nth-child({n}n+3),#matrix thead tr:first-child th:nth-child(n+3)"
        "{border-left:2px solid var(--edge)}"
        f"#matrix thead tr+tr th:nth-child({n}n+1){{border-right:2px solid var(--edge)}}"
    )


def head(backends: Sequence[str], laws: Sequence[str]) -> str:
    """The headings of the matrix."""
    over = "".join(f"<th colspan={len(laws)}>{html.escape(b)}</th>" for b in backends)
    under = "".join(f"<th>{html.escape(law)}</th>" for _ in backends for law in laws)
    first = f"<tr><th rowspan=2>op</th><th rowspan=2>dtypes</th>{over}</tr>"
    return f"<thead>{first}<tr>{under}</tr></thead>"


def totals(marks: Marks, ops: Sequence[str], backends: Sequence[str], laws: Sequence[str]) -> str:
    """The number of ops under each mark, by backend and law."""
    lines = []
    for backend in backends:
        found = [[marks[op, backend, law][0] for op in ops] for law in laws]
        for outcome, mark in MARKS.items():
            counts = [column.count(mark) for column in found]
            if any(counts):
                each = "".join(f"<td>{n}</td>" for n in (sum(counts), *counts))
                name = f"{html.escape(backend)} {mark} {outcome}"
                lines.append(f'<tr><td class="{outcome.split()[0]}">{name}</td>{each}</tr>')
    titles = "".join(f"<th>{html.escape(law)}</th>" for law in ("all", *laws))
    return (
        f'<div class="scroll" {SCROLLS}="Totals"><table id="totals">'
        f"<thead><tr><th>ops</th>{titles}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
    )


def row(marks: Marks, op: str, backends: Sequence[str], laws: Sequence[str]) -> str:
    """The row of an op; the words of the filter stand in its data."""
    name = html.escape(op)
    has = {outcome_of(marks[op, b, law][0]) for b in backends for law in laws}
    return (
        f'<tr id="{name}" data-op="{name}" data-has="{" ".join(sorted(has))}">'
        f'<td><a href="#{name}"><code>{name}</code></a></td>'
        f"<td>{short_dtypes(cells_of(marks, op))}</td>"
        + "".join(square(op, marks[op, b, law]) for b in backends for law in laws)
        + "</tr>"
    )


def outcome_of(mark: str) -> str:
    """The first word of an outcome, by its mark."""
    return next(o for o, m in MARKS.items() if m == mark).split()[0]


def square(op: str, found: Square) -> str:
    """One square of the table; what is more than its mark says is a link to the reasons."""
    mark, group = found
    lines = list(said(group))
    shown = mark
    if lines != [HOLDS]:
        shown = f'<a href="#why-{html.escape(op)}">{mark}</a>'
    return f'<td class="{outcome_of(mark)}">{shown}</td>'


def said(group: Sequence[Cell]) -> Iterator[str]:
    """The words of a square's cells, each with the dtypes for which it holds."""
    lines: dict[tuple[str, str], dict[str, None]] = {}
    for c in group:
        what = f"{c.sample} {c.dtype}" if c.outcome == FAILS else c.dtype
        lines.setdefault((c.outcome, first_line(c)), {})[what] = None
    if len(lines) == 1 and next(iter(lines)) == (HOLDS, ""):
        yield HOLDS
        return
    for (outcome, reason), dtypes in lines.items():
        yield f"{', '.join(dtypes)}: {outcome}" + (f" ({reason})" if reason else "")


def reasons(marks: Marks, op: str) -> str:
    """The reasons of an op's marks: a line for each, with the backends and laws that have it."""
    places: dict[str, dict[str, list[str]]] = {}
    for (name, backend, law), (_, group) in marks.items():
        if name == op:
            for line in said(group):
                if line != HOLDS and not line.endswith(f": {HOLDS}"):
                    places.setdefault(line, {}).setdefault(law, []).append(backend)
    if not places:
        return ""
    items = []
    for line, laws in places.items():
        by_backends: dict[str, list[str]] = {}
        for law, backends in laws.items():
            by_backends.setdefault(", ".join(backends), []).append(law)
        where = "; ".join(f"{', '.join(ls)} on {bs}" for bs, ls in by_backends.items())
        items.append(f"<li>{html.escape(line)} — {html.escape(where)}</li>")
    name = html.escape(op)
    has = {outcome_of(mark) for (o, _, _), (mark, _) in marks.items() if o == op}
    return (
        f'<section id="why-{name}" data-op="{name}" data-has="{" ".join(sorted(has))}">'
        f'<h3><a href="#{name}"><code>{name}</code></a></h3><ul>{"".join(items)}</ul></section>'
    )
