"""A real mouse and a real keyboard at the page, in Chromium: what a person's hand can do there."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from fsannot.data.errors import FsannotError, InputError
from fsannot.human.screen import HEIGHT, WIDTH

if TYPE_CHECKING:
    from playwright.sync_api import Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")
PATIENCE = 600.0
"""Seconds to wait for the session; learning and layouts take long on a busy machine."""

Point = tuple[float, float]
Button = Literal["left", "right"]


class Hand:
    """Moves, presses and types at a page; canvas places are whole pixels of the 1600×1200 canvas.

    Args:
        tab: the page, loaded.

    Attributes:
        waited: seconds from a gesture to the screen's answer.
    """

    def __init__(self, tab: Page) -> None:
        self.tab = tab
        self.waited = 0.0
        self.until("window.studio && studio.begun")

    def until(self, condition: str) -> None:
        """Wait until an expression of the page is true.

        Args:
            condition: JavaScript.

        Raises:
            FsannotError: it does not come true.
        """
        end = time.monotonic() + PATIENCE
        while not self.tab.evaluate(f"Boolean({condition})"):
            if time.monotonic() > end:
                raise FsannotError(f"the page did not answer within {PATIENCE:.0f} s ({condition})")
            time.sleep(0.01)

    def settle(self) -> None:
        """Wait until nothing is on its way and what is there is drawn; adds the seconds to ``waited``."""
        start = time.perf_counter()
        time.sleep(0.02)
        self.until("!document.body.hasAttribute('aria-busy')")
        self.tab.evaluate("new Promise(d => requestAnimationFrame(() => requestAnimationFrame(d)))")
        self.waited += time.perf_counter() - start

    def key(self, name: str) -> None:
        """Press and release a key."""
        self.tab.keyboard.press(name)
        self.settle()

    def on_canvas(self, place: Point) -> Point:
        """Place in the window of a canvas pixel."""
        box = self._box("#thumbnails")
        return box[0] + place[0] / WIDTH * box[2], box[1] + place[1] / HEIGHT * box[3]

    def in_image(self, pixel: tuple[int, int], size: tuple[int, int]) -> Point:
        """Place in the window of a pixel (y, x) of the open image of that size (height, width), which is not zoomed."""
        left, top, width, height = self._box("#picture")
        scale = min(width / size[1], height / size[0])
        x = left + (width - size[1] * scale) / 2 + (pixel[1] + 0.5) * scale
        return x, top + (height - size[0] * scale) / 2 + (pixel[0] + 0.5) * scale

    def click(self, place: Point, button: Button = "left", *, twice: bool = False) -> None:
        """Click at a place of the window."""
        self.tab.mouse.click(*place, button=button, click_count=2 if twice else 1)
        self.settle()

    def point(self, place: Point) -> None:
        """Move the pointer to a place of the window."""
        self.tab.mouse.move(*place)
        self.settle()

    def drag(self, start: Point, end: Point, button: Button = "left", *, ready: str | None = None) -> None:
        """Drag between places of the window; ``ready`` is waited for before the pointer moves."""
        mouse = self.tab.mouse
        mouse.move(*start)
        mouse.down(button=button)
        if ready:
            self.until(ready)
        mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        mouse.move(*end)
        mouse.up(button=button)
        self.settle()

    def _box(self, selector: str) -> tuple[float, float, float, float]:
        box = self.tab.locator(selector).bounding_box()
        if box is None:
            raise FsannotError(f"the page shows no {selector}")
        return box["x"], box["y"], box["width"], box["height"]


@contextmanager
def hand_at(address: str) -> Iterator[Hand]:
    """A hand at the page of an address.

    Args:
        address: of a studio that is served.

    Yields:
        the hand; the session is shown.

    Raises:
        InputError: Playwright or Chromium is not installed.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise InputError("a rehearsal needs Playwright; pip install playwright, or the extra dev") from error
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        raise InputError(f"a rehearsal needs Chromium or Chrome on the PATH, as one of {', '.join(NAMES)}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            tab = browser.new_page(viewport={"width": 2400, "height": 1400})
            tab.goto(address)
            yield Hand(tab)
        finally:
            browser.close()
