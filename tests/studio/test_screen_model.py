"""What the page shows is what the screen model says, pixel by pixel and at every zoom."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fsannot.human.legibility import Legibility, drawing_order
from fsannot.human.screen import HEIGHT, WIDTH
from fsannot.human.view import View
from fsannot.studio.frames import decode_frame
from fsannot.studio.tiles import Tiles
from tests.studio.browser import Hand, hand_at, needs_chromium, served
from tests.studio.conftest import tiny_studio

pytestmark = [pytest.mark.browser, needs_chromium]


class OneColorEach(Tiles):
    """Thumbnails that are one color each: the row, in base 256."""

    def _draw(self, rows: np.ndarray) -> None:
        colors = np.stack([rows % 256, rows // 256 % 256, np.full(len(rows), 7)], axis=1).astype(np.uint8)
        self._tiles[rows] = colors[:, None, None, :]
        self._drawn[rows] = True


def counted(hand: Hand, rows: int) -> np.ndarray:
    """Pixels of each thumbnail's color in a screenshot of the canvas, which fills the window pixel by pixel."""
    hand.tab.evaluate("studio.projection.hover(-1), studio.projection.draw()")
    picture = Image.open(
        BytesIO(hand.tab.screenshot(clip={"x": 0, "y": 0, "width": WIDTH, "height": HEIGHT}))
    )
    pixels = np.asarray(picture.convert("RGB")).astype(int)
    own = pixels[..., 2] == 7
    return np.bincount((pixels[..., 0] + 256 * pixels[..., 1])[own], minlength=rows)[:rows]


def test_every_pixel_is_where_the_screen_model_says(tmp_path: Path) -> None:
    office = tiny_studio(tmp_path)
    office.desk.tiles = OneColorEach(office.desk.session)
    with served(office) as address, hand_at(address, WIDTH, HEIGHT) as hand:
        hand.tab.evaluate(
            "Object.assign(document.querySelector('.stage').style, {position: 'fixed', left: 0, top: 0,"
            "width: '1600px', height: '1200px', maxWidth: 'none', maxHeight: 'none', zIndex: 9})"
        )
        hand.drag((20, 20), (700, 1190))
        hand.press("2")
        header, columns = decode_frame(office.desk.screen())
        labels, shown = columns["labels"], (columns["flags"] & 1).astype(bool)
        assert 0 < (labels >= 0).sum() < shown.sum()
        zooms = []
        for turn in (0.0, -500.0, -700.0):
            if turn:
                hand.wheel(900, 640, turn)
            zoom, x, y = hand.tab.evaluate("(v => [v.zoom, v.x, v.y])(studio.projection.view)")
            zooms.append(zoom)
            points = View(zoom, x, y).points(columns["points"])
            order = drawing_order(labels >= 0, columns["order"].astype(np.int64))
            model = Legibility.of(points, order[shown[order]])
            drawn = np.array(hand.tab.evaluate("Array.from(studio.projection.raster.visible)"))[: len(labels)]
            np.testing.assert_array_equal(drawn, model.visible)
            open_ = shown & (labels < 0)  # labelled ones have frames in the color of their class
            np.testing.assert_array_equal(counted(hand, len(labels))[open_], model.visible[open_])
            assert model.legible.any()
        assert zooms[0] == 1 and zooms[0] < zooms[1] < zooms[2]
        assert header["count"] == len(labels)
    office.close()
