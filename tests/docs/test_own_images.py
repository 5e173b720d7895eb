"""The Python of docs/own-images.md on twelve photographs without ground truth, from a folder to COCO JSON."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools.coco import COCO

import fsannot as fa
from fsannot.runs.masks import read_mask
from tests.experiments.command_line import ROOT, call

PAGE = ROOT / "docs/own-images.md"


@pytest.mark.realdata
def test_from_a_folder_to_coco(realdata: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "photos/trip").mkdir(parents=True)
    photos = sorted((realdata / "BSDS500/data/images/val").glob("*.jpg"))[:12]
    for number, photo in enumerate(photos):
        shutil.copy(photo, tmp_path / "photos" / ("trip" if number % 2 else ""))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FSANNOT_CACHE", str(tmp_path / "cache"))
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    names: dict[str, Any] = {}
    for block in blocks:
        exec(block, names)
    coco = COCO("dogs/export/coco/instances.json")
    assert [c["name"] for c in coco.loadCats(coco.getCatIds())] == ["dog", "cat"]
    images = coco.loadImgs(coco.getImgIds())
    assert {i["file_name"] for i in images} == {
        f"{'trip/' if number % 2 else ''}{photo.name}" for number, photo in enumerate(photos)
    }
    assert {a["category_id"] for a in coco.loadAnns(coco.getAnnIds())} == {1, 2}
    for image in images:
        mask = read_mask("dogs", image["file_name"].removesuffix(".jpg"))
        painted = np.full(mask.shape, -1)
        for annotation in coco.loadAnns(coco.getAnnIds(imgIds=image["id"])):
            painted[coco.annToMask(annotation) > 0] = annotation["category_id"]
        np.testing.assert_array_equal(painted, mask)
    run = fa.read_run("dogs")
    assert run.measure == "none" and {row.iou for row in run.rows} == {None}
    # the same by the other doors
    for program, *arguments in (
        ("replay", "runs=[dogs]"),
        ("report", "runs=[dogs]", "output=page.html"),
        ("check_dataset", "dataset=folder", "dataset.root=photos"),
        ("export", "dogs"),
    ):
        status, said = call(program, *arguments, cache=tmp_path / "cache")
        assert status == 0, f"{program}: {said}"
    status, said = call("annotate", "dataset=folder", "dataset.root=photos", cache=tmp_path / "cache")
    assert status == 1 and "robots read it" in said and "fsannot studio" in said
