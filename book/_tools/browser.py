"""Look at built pages as a reader does: served on this machine, opened in Chromium."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, sync_playwright

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync "
    "--disable-background-networking --disable-component-update"
).split()
# Bytes of everything that a page loads, scripts and fonts included.
WEIGHT = """
performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))
    .reduce((sum, entry) => sum + entry.encodedBodySize, 0)
"""
PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served(html: Path) -> Iterator[str]:
    """The address of a folder of pages, as long as the context lasts."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(html)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


@dataclass(frozen=True)
class Visit:
    """One first visit of a page: bytes, requests, milliseconds to its first contentful paint."""

    page: str
    weight: int
    requests: int
    paint: float


def visit(browser: Browser, address: str, page: str) -> Visit:
    """Open a page with nothing in the cache.

    Raises
    ------
    FileNotFoundError
        There is no such page: what a server says then would be light and quick.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    answer = tab.goto(f"{address}{page}.html", wait_until="networkidle")
    if answer is None or not answer.ok:
        raise FileNotFoundError(f"{page}.html: there is no such page")
    tab.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
    sent = [url for url in asked if not url.startswith("data:")]
    found = Visit(page, tab.evaluate(WEIGHT), len(sent), tab.evaluate(PAINT))
    context.close()
    return found


def measured(html: Path, pages: list[str], executable: str, times: int = 5) -> dict[str, Visit]:
    """The front page, the page of median weight and the heaviest, the first of `pages` in front.

    Each is visited `times` times; the paint is the median.
    """
    with served(html) as address, sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=executable, args=FLAGS)
        visit(browser, address, pages[0])  # what the browser itself has to set up
        every = sorted((visit(browser, address, page) for page in pages), key=lambda v: v.weight)
        front = next(v for v in every if v.page == pages[0])
        chosen = {"front page": front, "typical": every[len(every) // 2], "heaviest": every[-1]}
        for name, once in chosen.items():
            paints = [visit(browser, address, once.page).paint for _ in range(times)]
            chosen[name] = Visit(once.page, once.weight, once.requests, median(paints))
        browser.close()
    return chosen
