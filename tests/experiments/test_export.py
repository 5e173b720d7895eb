"""``export`` by its command line: runs of robots, of clicks and of people."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from pycocotools.coco import COCO

import fsannot as fa
from fsannot.annotation.actions import LabelBox
from fsannot.data.errors import InputError
from fsannot.programs.export import overrides
from fsannot.runs.masks import read_mask
from tests.experiments.command_line import CHEAP, call
from tests.fakes import write_fake_folder

IMAGES = ("dataset.images=3", "dataset.images_per_group=3", "dataset.size=[64,96]")


def test_a_robots_run(tmp_path: Path) -> None:
    run = tmp_path / "run"
    status, said = call(
        "annotate",
        *CHEAP,
        *IMAGES,
        "robot=single_segment",
        "perception=perfect",
        f"hydra.run.dir={run}",
        cache=tmp_path / "cache",
    )
    assert status == 0, said
    status, said = call("export", str(run), cache=tmp_path / "cache")
    assert status == 0, said
    assert [line.split(":")[0] for line in said.splitlines()[-4:]] == ["coco", "panoptic", "cvat", "overlay"]
    coco = COCO(run / "export/coco/instances.json")
    assert [c["name"] for c in coco.loadCats(coco.getCatIds())] == ["object"]
    assert coco.getAnnIds()
    for image in coco.loadImgs(coco.getImgIds()):
        mask = read_mask(run, image["file_name"].removesuffix(".png"))
        area = sum(a["area"] for a in coco.loadAnns(coco.getAnnIds(imgIds=image["id"])))
        assert area == np.count_nonzero(mask == 1)


def test_a_run_of_clicks_without_the_images_it_skipped(tmp_path: Path) -> None:
    run = tmp_path / "run"
    options = ("dataset=synthetic", *IMAGES, "protocol.max_clicks=2", "edges=gradient", "device=cpu")
    status, said = call(
        "clicks", *options, "baseline=watershed", f"hydra.run.dir={run}", cache=tmp_path / "cache"
    )
    assert status == 0, said
    status, said = call(
        "export", f"run={run}", "formats=[coco]", f"output={tmp_path / 'here'}", cache=tmp_path / "c"
    )
    assert status == 0, said
    assert len(json.loads((tmp_path / "here/coco/instances.json").read_text())["images"]) == 3


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    for arguments, expected in (
        ((), "no run is named"),
        ((str(tmp_path),), "holds no config.yaml"),
        ((f"run={tmp_path}", "formats=coco"), "formats=coco: a list"),
    ):
        status, said = call("export", *arguments, cache=tmp_path / "cache")
        assert status == 1 and expected in said, said


def test_a_folder_with_signs_in_its_name() -> None:
    assert overrides(["my 'run', 1", "output=x"]) == ["run='my \\'run\\', 1'", "output=x"]


def test_from_python_and_with_names_a_person_gave(tmp_path: Path) -> None:
    photos = fa.dataset(
        "folder", root=write_fake_folder(tmp_path / "photos"), classes=["background", "a", "b"]
    )
    prepared = fa.prepare(
        photos,
        edges=fa.edges("gradient"),
        hierarchy=fa.hierarchy("volume", threshold=30),
        features=fa.features("pooled_lite0", device="cpu"),
        projection=fa.projection("pca"),
        local_projection=fa.local_projection("pca"),
        metric=fa.metric("none"),
        cache=tmp_path / "cache",
        workers=0,
    )
    done = fa.record(prepared, [LabelBox((0.0, 0.0, 800.0, 1200.0), label=2)])
    with pytest.raises(InputError, match="output="):
        fa.export(done)
    direct = fa.export(done, ["coco"], output=tmp_path / "direct")["coco"]
    run = fa.read_run(done.save(tmp_path / "run"))
    assert fa.export(run, ["coco"])["coco"].read_bytes() == direct.read_bytes()
    (run.path / "classes.json").write_text('["background", "dog", "cat"]')
    coco = COCO(fa.export(run.path, ["coco"])["coco"])
    assert [c["name"] for c in coco.loadCats(coco.getCatIds())] == ["dog", "cat"]
    assert {a["category_id"] for a in coco.loadAnns(coco.getAnnIds())} == {2}
    assert coco.loadImgs([1])[0]["file_name"] == "group-00/0000.jpg"
    (tmp_path / "photos/group-00/0000.jpg").unlink()
    with pytest.raises(fa.FsannotError, match="made on other images"):
        fa.export(run.path)
