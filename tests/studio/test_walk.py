"""From a folder of photographs to masks that other tools read, as the README tells it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import ROOT
from tests.studio.browser import hand_at, needs_chromium

pytestmark = [pytest.mark.browser, pytest.mark.realdata, needs_chromium]
QUICK = ["edges=gradient", "hierarchy=area", "hierarchy.threshold=1500", "projection=pca", "metric=none"]
"""The test is about the way, not about the quality."""


@contextmanager
def studio(photos: Path, here: Path) -> Iterator[str]:
    """The address that ``fsannot studio <photos>`` prints."""
    process = subprocess.Popen(
        [sys.executable, "-m", "fsannot", "studio", str(photos), "device=cpu", "cache=cache", *QUICK],
        cwd=here,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "DISPLAY": "", "WAYLAND_DISPLAY": ""},
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("studio: http://127.0.0.1:"), line
        yield line.split()[1]
    finally:
        process.send_signal(signal.SIGKILL)  # nothing may be lost by that
        process.communicate()


def test_twelve_photos_from_a_folder_to_coco(realdata: Path, tmp_path: Path) -> None:
    coco = pytest.importorskip("pycocotools.coco")
    photos = tmp_path / "photos"
    photos.mkdir()
    for path in sorted((realdata / "BSDS500").rglob("*.jpg"))[:12]:
        shutil.copy(path, photos)

    with studio(photos, tmp_path) as address, hand_at(address) as hand:
        hand.press("e")  # the first class gets another name
        hand.press("Control+a")
        hand.tab.keyboard.type("surroundings")
        hand.press("Enter")
        hand.press("n")
        hand.tab.keyboard.type("animal")
        hand.press("Enter")
        hand.until("studio.model.header.classes.length === 3")
        hand.drag((5, 5), (800, 1195))
        hand.press("3")
        hand.press("1")
        hand.press("r")
        hand.press("r")
        hand.until("studio.model.counts().labelled === studio.model.counts().all")
        counts = hand.text("#counts")

    with studio(photos, tmp_path) as address, hand_at(address) as hand:  # after a kill
        assert hand.text("#counts") == counts
        assert "surroundings" in hand.text("#palette") and "animal" in hand.text("#palette")
        hand.press("w")
        hand.until("document.getElementById('message').textContent.startsWith('Saved 12 masks')")

    (run,) = (tmp_path / "runs" / "studio").iterdir()
    found = coco.COCO(str(run / "export" / "coco" / "instances.json"))
    assert len(found.getImgIds()) == 12
    assert {c["name"] for c in found.loadCats(found.getCatIds())} >= {"animal"}
    (animal,) = (c["id"] for c in found.loadCats(found.getCatIds()) if c["name"] == "animal")
    for image in found.loadImgs(found.getImgIds()):
        mask = np.asarray(Image.open(run / "masks" / Path(image["file_name"]).with_suffix(".png")))
        drawn = np.zeros(mask.shape, bool)
        for annotation in found.loadAnns(found.getAnnIds(imgIds=image["id"], catIds=[animal])):
            drawn |= found.annToMask(annotation).astype(bool)
        np.testing.assert_array_equal(drawn, mask == 2)
    assert (run / "export" / "cvat" / "annotations.zip").is_file()
