"""The links of a built site: where each goes, and whether that is there."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit


class Page(HTMLParser):
    """The anchors of a page, where its links go, and what it loads by itself."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors, self.links, self.loads = set[str](), set[str](), set[str]()
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        for name in ("id", "name"):
            if name in given:
                self.anchors.add(given[name])
        if tag == "a" and "href" in given:
            self.links.add(given["href"])
        if tag in ("img", "script", "iframe") and "src" in given:
            self.loads.add(given["src"])
        if tag == "link" and given.get("rel") not in ("canonical", "next", "prev"):
            self.loads.add(given["href"])


def faults(site: Path) -> list[str]:
    """A line for each link to what is not there, and for each part that comes from a network."""
    pages = {path.resolve(): Page(path) for path in sorted(site.rglob("*.html"))}
    return [fault for path, page in pages.items() for fault in faults_of(path, page, pages, site)]


def faults_of(path: Path, page: Page, pages: dict[Path, Page], site: Path) -> Iterator[str]:
    """The faults of one page."""
    here = path.relative_to(site.resolve())
    for address in sorted(page.links | page.loads):
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            if address in page.loads and parts.scheme != "data":
                yield f"{here} loads {address} from a network"
            continue
        where, anchor = urldefrag(address)
        root = site if where.startswith("/") else path.parent
        target = (root / unquote(where).lstrip("/")).resolve() if where else path
        target = target / "index.html" if target.is_dir() else target
        if not target.exists():
            yield f"{here} links to {address}, which is not there"
        elif anchor and target in pages and unquote(anchor) not in pages[target].anchors:
            if address in page.loads and anchor in ("only-light", "only-dark"):
                continue
            yield f"{here} links to {address}: the page has no such anchor"
