"""A browser for tests: Chromium without a window, spoken to by the DevTools protocol over a pipe
(`--remote-debugging-pipe`: messages of JSON, each ended by a zero byte).
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 60.0
CODES = {"Tab": 9, "Enter": 13, " ": 32}
"""Keys that do something by themselves, and their numbers."""


def installed() -> str | None:
    """The path of a browser, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


STOPS = """
globalThis.everything = () => [...document.querySelectorAll('*')];
globalThis.focused = () => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const of = (x) => getComputedStyle(x);
  const box = e.matches('.box, .flow') ? e : e.querySelector(':scope > .box');
  const ring = of(e).outlineStyle !== 'none' && parseFloat(of(e).outlineWidth) >= 2;
  const probe = document.createElement('i');
  probe.style.color = of(document.documentElement).getPropertyValue('--focus');
  document.body.append(probe);
  const colour = of(probe).color;
  probe.remove();
  return {at: everything().indexOf(e), tag: e.tagName, text: e.textContent.slice(0, 40),
          shown: Boolean(ring || (box && of(box).stroke === colour))};
};
globalThis.reachable = () => everything().filter(
  (e) => e.matches('a[href], button, select, input, summary, [tabindex="0"]') && e.tabIndex >= 0
    && e.checkVisibility({visibilityProperty: true})).map((e) => everything().indexOf(e));
"""


class Browser:
    """One page of a browser; `events` are the messages it has sent by itself."""

    def __init__(self, program: str, folder: Path) -> None:
        to_browser, self._out = os.pipe()
        self._in, from_browser = os.pipe()
        flags = "--headless=new --no-sandbox --disable-gpu --remote-debugging-pipe --no-first-run"
        flags += f" --user-data-dir={folder} --disable-dev-shm-usage --hide-scrollbars"
        shell = f"exec {program} {flags} about:blank 3<&{to_browser} 4>&{from_browser}"
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", shell],
            pass_fds=(to_browser, from_browser),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._rest, self._count, self.events = b"", 0, list[dict[str, Any]]()
        self._session: str | None = None
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)[
            "sessionId"
        ]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.ask(f"{domain}.enable")

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(20)
        os.close(self._out)
        os.close(self._in)

    def ask(self, method: str, **given: Any) -> dict[str, Any]:
        """Call a method; its result."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": given}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + PATIENCE
        while True:
            answer = self._read(until)
            if answer.get("id") == self._count:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
            self.events.append(answer)

    def _read(self, until: float) -> dict[str, Any]:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._in], [], [], max(0.0, until - time.monotonic()))
            assert ready, "the browser does not answer"
            data = os.read(self._in, 1 << 20)
            assert data, "the browser has ended"
            self._rest += data
        text, _, self._rest = self._rest.partition(b"\0")
        found: dict[str, Any] = json.loads(text)
        return found

    # -- A page

    def open(self, path: Path) -> None:
        self.events.clear()
        self.ask("Page.navigate", url=path.as_uri())
        until = time.monotonic() + PATIENCE
        while self.value("document.documentElement?.dataset.ready") != "yes":
            assert time.monotonic() < until, self.value("document.title")
            time.sleep(0.05)

    def value(self, script: str) -> Any:
        """The value of a JavaScript expression."""
        found = self.ask("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def size(self, width: int, height: int) -> None:
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip

    def dark(self, on: bool) -> None:
        feature = {"name": "prefers-color-scheme", "value": "dark" if on else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[feature])

    def picture(self, path: Path) -> None:
        data = self.ask("Page.captureScreenshot", format="png")["data"]
        path.write_bytes(base64.b64decode(data))

    def centre(self, script: str) -> tuple[float, float]:
        """The middle of the element that an expression gives, scrolled into view."""
        place = self.value(
            f"(() => {{ const e = {script}; e.scrollIntoView({{block: 'center'}});"
            "const r = e.getBoundingClientRect();"
            "return [r.x + Math.min(r.width, 120) / 2, r.y + r.height / 2]; })()"
        )
        return place[0], place[1]

    def hover(self, script: str) -> None:
        x, y = self.centre(script)
        self.ask("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def click(self, script: str) -> None:
        x, y = self.centre(script)
        for kind in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def press(self, key: str) -> None:
        given: dict[str, Any] = {"key": key, "text": key} if len(key) == 1 else {"key": key}
        if key in CODES:
            given["windowsVirtualKeyCode"] = CODES[key]
        if key == "Enter":
            given["text"] = "\r"
        self.ask("Input.dispatchKeyEvent", type="keyDown", **given)
        self.ask("Input.dispatchKeyEvent", type="keyUp", key=key)

    def tabs(self, most: int) -> list[dict[str, Any]]:
        """The elements that Tab goes to, from the top of the page until it comes round: number in
        the order of the document, tag, and whether it shows that it has the focus.
        """
        self.value(STOPS)
        self.value("document.activeElement.blur()")
        found: list[dict[str, Any]] = []
        for _ in range(most):
            self.press("Tab")
            stop = self.value("focused()")
            if stop is None or (found and stop["at"] == found[0]["at"]):
                break
            found.append(stop)
        return found

    def faults(self) -> list[dict[str, Any]]:
        """Errors on the console, exceptions, and requests to anything but the page's own file."""
        self.value("1")
        found = []
        for event in self.events:
            method, given = event.get("method", ""), event.get("params", {})
            if method == "Runtime.exceptionThrown" or (
                method == "Log.entryAdded" and given["entry"]["level"] == "error"
            ):
                found.append(event)
            if method == "Network.requestWillBeSent" and given["type"] != "Document":
                found.append(event)
        return found
