"""A studio served to headless Chromium: real pixels, a real mouse and a real keyboard."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from playwright.sync_api import Page as Tab
from playwright.sync_api import sync_playwright

from fsannot.studio.door import Door
from fsannot.studio.office import Office
from fsannot.studio.routes import application
from fsannot.studio.serve import listen
from tests.report.devtools import executable

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
TOKEN = "token-of-a-test"
needs_chromium = pytest.mark.skipif(executable() is None, reason="no Chromium")


@contextmanager
def served(office: Office) -> Iterator[str]:
    """The address of a studio that is served as long as the context lasts."""
    listening = listen(0)
    host = f"127.0.0.1:{listening.getsockname()[1]}"
    app = Door(application(office), token=TOKEN, hosts=[host])
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield f"http://{host}/{TOKEN}/"
    finally:
        server.should_exit = True
        thread.join(10)


class Hand:
    """A person at the page.

    Attributes:
        tab: the browser's page.
        errors: what the page wrote to the console as an error, and requests to other addresses.
    """

    def __init__(self, tab: Tab, address: str) -> None:
        self.tab, self.errors = tab, list[str]()
        tab.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        tab.on("pageerror", lambda e: self.errors.append(str(e)))
        tab.on("request", lambda r: None if _own(r.url, address) else self.errors.append(r.url))
        tab.goto(address)
        self.until("window.studio && studio.begun")
        self.settle()

    def until(self, condition: str, seconds: float = 120) -> None:
        """Wait for something to be true. Playwright's own way to wait needs ``eval``, which the page forbids."""
        deadline = time.monotonic() + seconds
        while not self.tab.evaluate(f"Boolean({condition})"):
            assert time.monotonic() < deadline, f"{condition}: not within {seconds} s"
            time.sleep(0.02)

    def settle(self) -> None:
        """Wait until nothing is on its way, and what is there is drawn."""
        self.until("!document.body.hasAttribute('aria-busy')")
        self.tab.evaluate("new Promise(d => requestAnimationFrame(() => requestAnimationFrame(d)))")

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Place in the window of a pixel of the canvas."""
        box = self.tab.locator("#thumbnails").bounding_box()
        assert box is not None
        return box["x"] + x / 1600 * box["width"], box["y"] + y / 1200 * box["height"]

    def drag(self, start: tuple[float, float], end: tuple[float, float], button: str = "left") -> None:
        mouse = self.tab.mouse
        mouse.move(*self.at(*start))
        mouse.down(button=button)  # type: ignore[arg-type]
        mouse.move(*self.at((start[0] + end[0]) / 2, (start[1] + end[1]) / 2))
        mouse.move(*self.at(*end))
        mouse.up(button=button)  # type: ignore[arg-type]
        self.settle()

    def press(self, key: str) -> None:
        self.tab.keyboard.press(key)
        time.sleep(0.02)
        self.settle()

    def wheel(self, x: float, y: float, delta: float) -> None:
        self.tab.mouse.move(*self.at(x, y))
        self.tab.mouse.wheel(0, delta)
        time.sleep(0.1)
        self.settle()

    def text(self, selector: str) -> str:
        return self.tab.inner_text(selector)


def _own(url: str, address: str) -> bool:
    return url.startswith((address, "blob:", "data:"))


@contextmanager
def hand_at(address: str, width: int = 1440, height: int = 900) -> Iterator[Hand]:
    """A person at a page of an address; afterwards the page must not have complained."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        try:
            hand = Hand(browser.new_page(viewport={"width": width, "height": height}), address)
            yield hand
            assert hand.errors == []
        finally:
            browser.close()
