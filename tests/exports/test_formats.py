"""An export as a whole: every format, or nothing of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fsannot.data.errors import InputError, ResultsError
from fsannot.exports.formats import FORMATS, write_formats
from fsannot.exports.labelling import LabelledImage, Labelling
from tests.exports.labels import CLASSES, MASKS, labelling


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_every_format_has_its_folder_and_is_replaced_as_a_whole(tmp_path: Path) -> None:
    written = write_formats(labelling(), tmp_path, FORMATS)
    assert list(written) == list(FORMATS) and all(path.exists() for path in written.values())
    first = files(tmp_path)
    (tmp_path / "overlay/stale.jpg").write_bytes(b"of an earlier export")
    (tmp_path / "mine.txt").write_text("not of an export")
    write_formats(labelling(), tmp_path, FORMATS)
    assert files(tmp_path) == {**first, "mine.txt": b"not of an export"}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["coco", "cvat", "mine.txt", "overlay", "panoptic"]


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_half_written_stays(tmp_path: Path, name: str) -> None:
    write_formats(labelling(), tmp_path, [name])
    before = files(tmp_path)

    def fails() -> np.ndarray:
        raise ResultsError("the disk is gone")

    bad = LabelledImage("z", "z.jpg", fails, fails)
    with pytest.raises(ResultsError, match="gone"):
        write_formats(Labelling([*labelling().images, bad], CLASSES, "semantic"), tmp_path, [name])
    assert files(tmp_path) == before


@pytest.mark.parametrize("name", ["panoptic", "overlay"])
@pytest.mark.parametrize("image_id", ["../out", "a/../../out", "/out", "a\\b", "a\0b"])
def test_an_id_does_not_lead_out_of_the_folder(tmp_path: Path, name: str, image_id: str) -> None:
    entry = LabelledImage(
        image_id, "a.jpg", lambda: MASKS["a"], lambda: np.zeros((*MASKS["a"].shape, 3), np.uint8)
    )
    with pytest.raises(InputError, match="not a relative path"):
        write_formats(Labelling([entry], CLASSES, "semantic"), tmp_path / "export", [name])
    assert not files(tmp_path)


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"formats=\['yolo'\] is not valid; choose of coco, panoptic"):
        write_formats(labelling(), tmp_path, ["coco", "yolo"])
    with pytest.raises(InputError, match=r"formats=\[\]"):
        write_formats(labelling(), tmp_path, [])
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultsError, match="name another folder with output="):
        write_formats(labelling(), tmp_path / "file", ["coco"])
