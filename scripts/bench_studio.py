"""Measure the studio's page with generated segments: opening, labelling a tenth, frames a second, memory.

python scripts/bench_studio.py 1000 10000 100000

Needs Chromium; it draws in software (--disable-gpu). Prints one row of docs/studio.md for each number of segments.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn
from playwright.sync_api import Page, sync_playwright

from fsannot.annotation.engine import Engine
from fsannot.annotation.session import AnnotationSession
from fsannot.metric_learning.learner import NoMetric
from fsannot.projection.pca import PcaProjector
from fsannot.studio.desk import Desk
from fsannot.studio.door import Door, new_token
from fsannot.studio.office import Office
from fsannot.studio.routes import application
from fsannot.studio.serve import listen

ROWS, COLUMNS, CELL = 25, 40, 8
"""Segments of an image, squares of so many pixels."""
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SECONDS = 4.0
"""Of moving the view."""


class Squares:
    """Images of colored squares; features are points around 40 centers."""

    threshold = 0.5

    def __init__(self, segments: int) -> None:
        self._images = max(1, segments // (ROWS * COLUMNS))
        grid = np.arange(ROWS * COLUMNS, dtype=np.int32).reshape(ROWS, COLUMNS)
        self._partition = np.kron(grid, np.ones((CELL, CELL), np.int32))
        rng = np.random.default_rng(0)
        self._centers = rng.normal(size=(40, 16))

    def __len__(self) -> int:
        return self._images

    def image(self, image: int) -> np.ndarray:
        colors = np.random.default_rng(image).integers(0, 255, (ROWS * COLUMNS, 3), np.uint8)
        return colors[self._partition]

    def partition(self, image: int) -> np.ndarray:
        return self._partition

    def features(self, image: int, label_map: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, float]:
        rng = np.random.default_rng([1, image])
        rows = self._centers[rng.integers(0, 40, ROWS * COLUMNS)] + 0.35 * rng.normal(
            size=(ROWS * COLUMNS, 16)
        )
        rows = rows[labels]
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), 0.0


class Prepared:
    """Nothing is left to prepare."""

    def __init__(self, images: int, ready: Callable[[], None]) -> None:
        self.prepared = self.total = images
        self.problem: str | None = None
        self._ready = ready

    def start(self) -> None:
        self._ready()

    def progress(self) -> dict[str, Any]:
        return {"prepared": self.prepared, "total": self.total, "stages": {}}


def studio(segments: int, folder: Path) -> Office:
    """A studio whose session has so many segments, open when this returns."""
    images: Any = Squares(segments)
    pca = PcaProjector()

    def open_desk() -> Desk:
        engine = Engine(images, projector=pca, local_projector=pca, learner=NoMetric())
        session = AnnotationSession(engine, classes=("background", "object"), first_images=len(images))
        return Desk(session, folder=folder, image_names=[f"{i}.png" for i in range(len(images))], seed=0)

    office = Office(open_desk, lambda ready: Prepared(len(images), ready))
    while office.status()["phase"] != "ready":
        time.sleep(0.05)
    return office


def chromium_memory() -> float:
    """GiB of all Chromium processes, shared pages counted once (PSS)."""
    total = 0
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and "chrom" in (process / "comm").read_text():
                lines = (process / "smaps_rollup").read_text().splitlines()
                total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        except OSError:
            continue  # it ended meanwhile
    return total / 2**20


def label_a_tenth(tab: Page) -> float:
    """Milliseconds from the gesture to the frame that shows a tenth of the segments labelled."""
    result: dict[str, float] = tab.evaluate(
        """async () => {
          const { points, labels } = studio.model;
          const xs = Array.from(labels, (_, i) => points[2 * i]).sort((a, b) => a - b);
          const box = [0, 0, xs[Math.floor(xs.length / 10)], 1200];
          const start = performance.now();
          await studio.act({ action: "LabelBox", box, label: 1 });
          studio.projection.draw();
          const end = performance.now();
          return { ms: end - start, n: studio.model.labels.reduce((n, l) => n + (l >= 0), 0) };
        }"""
    )
    share = result["n"] / tab.evaluate("studio.model.labels.length")
    if not 0.05 < share < 0.2:
        raise SystemExit(f"{share:.0%} were labelled, not a tenth")
    return result["ms"]


def draw_time(tab: Page) -> float:
    """Milliseconds of one drawing of the overview, the median of 31."""
    return float(
        tab.evaluate(
            """() => {
              const times = Array.from({ length: 31 }, () => {
                const start = performance.now();
                studio.projection.draw();
                return performance.now() - start;
              });
              return times.sort((a, b) => a - b)[15];
            }"""
        )
    )


def frames_a_second(tab: Page, move: str) -> float:
    """Frames a second while the view moves at every frame; ``move`` is an expression of ``v``, the view, and ``t``."""
    return float(
        tab.evaluate(
            f"""async () => {{
              const p = studio.projection, start = performance.now();
              const before = p.frames;
              for (let t = 0; performance.now() - start < {SECONDS * 1000}; t++) {{
                const v = p.view;
                p.show({move});
                await new Promise(requestAnimationFrame);
              }}
              return (p.frames - before) / (performance.now() - start) * 1000;
            }}"""
        )
    )


def measure(segments: int) -> str:
    """A row of the table."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        office = studio(segments, Path(folder))
        opened = time.perf_counter() - start
        listening, token = listen(0), new_token()
        host = f"127.0.0.1:{listening.getsockname()[1]}"
        app = Door(application(office), token=token, hosts=[host])
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))
        threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True).start()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            tab = browser.new_page(viewport={"width": 1920, "height": 1080})
            start = time.perf_counter()
            tab.goto(f"http://{host}/{token}/")
            while not tab.evaluate("Boolean(window.studio?.projection.frames && studio.model.labels.length)"):
                time.sleep(0.01)
            drawn = time.perf_counter() - start
            while not tab.evaluate("studio.begun && studio.tiles.wanted.length === 0 && !studio.tiles.busy"):
                time.sleep(0.01)
            complete = time.perf_counter() - start
            count = tab.evaluate("studio.model.labels.length")
            seen = tab.evaluate("studio.projection.seen")
            tenth = label_a_tenth(tab)
            draw = draw_time(tab)
            around = "60 * Math.cos(t / 9), 60 * Math.sin(t / 9)"
            pan = frames_a_second(tab, f"v.scaled(v.zoom < 2 ? 2 : 1, 800, 600).panned({around})")
            zoom = frames_a_second(tab, "v.scaled(t % 80 < 40 ? 1.06 : 1 / 1.06, 700, 500)")
            memory = chromium_memory()
            browser.close()
        server.should_exit = True
        office.close()
    return (
        f"| {count:,} | {seen:,} | {opened:.1f} | {drawn:.2f} | {complete:.2f} | {tenth:.0f} | {draw:.1f} "
        f"| {zoom:.0f} | {pan:.0f} | {memory:.2f} |"
    )


if __name__ == "__main__":
    for size in sys.argv[1:] or ["1000", "10000", "100000"]:
        print(measure(int(size)), flush=True)
