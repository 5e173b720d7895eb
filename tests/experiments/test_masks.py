"""The masks of finished runs, read as a stranger reads them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from fsannot.data.davis import Davis
from fsannot.evaluation.iou import iou
from fsannot.evaluation.results import read_results
from tests.experiments.command_line import CHEAP, call


def as_davis(run: Path, data: Path, folder: Path) -> dict[str, Davis]:
    """The run's masks where the ground truth of DAVIS would be, in both layouts."""
    lines = []
    for number, path in enumerate(sorted((run / "masks").rglob("*.png"))):
        name = path.relative_to(run / "masks").with_suffix("")
        image, mask = f"JPEGImages/480p/{name}.jpg", f"Annotations/480p/{name}.png"
        copies = ((image, data / "DAVIS" / image), (mask, path), (f"img/{number:03d}.jpg", data / "DAVIS" / image),
                  (f"gt/{number:03d}.png", path))  # fmt: skip
        for place, source in copies:
            root = folder / ("archive" if place.startswith(("img", "gt")) else "480p")
            (root / place).parent.mkdir(parents=True, exist_ok=True)
            (root / place).symlink_to(source)
        lines.append(f"/{image} /{mask}\n")
    (folder / "480p/ImageSets/480p").mkdir(parents=True)
    (folder / "480p/ImageSets/480p/val.txt").write_text("".join(lines))
    return {"480p": Davis(folder / "480p"), "archive": Davis(folder / "archive")}


def check_scores(run: Path, data: Path, folder: Path) -> None:
    rows = read_results(run / "results.csv")
    truth = Davis(data / "DAVIS")
    targets = [truth[truth.ids.index(row.image)].target for row in rows]
    for layout, masks in as_davis(run, data, folder).items():
        assert len(masks) == len(rows)
        if layout == "480p":
            assert list(masks.ids) == [row.image for row in rows]
        for index, (row, target) in enumerate(zip(rows, targets, strict=True)):
            assert iou(masks[index].target == 1, target) == row.iou, (layout, row.image)
    for row, target in zip(rows, targets, strict=True):
        path = run / "masks" / f"{row.image}.png"
        grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        with Image.open(path) as stored:
            assert stored.mode == "P" and set(np.unique(np.asarray(stored))) <= {0, 1}
            assert iou(np.asarray(stored) == 1, target) == iou(grey > 127, target) == row.iou


def test_masks_score_what_the_results_say(fake_run: Path, data: Path, tmp_path: Path) -> None:
    check_scores(fake_run, data, tmp_path)


@pytest.mark.realdata
def test_masks_of_real_frames_score_what_the_results_say(
    real_run: Path, realdata: Path, tmp_path: Path
) -> None:
    check_scores(real_run, realdata, tmp_path)


def test_clicks_and_majority_labels_write_the_same_kind_of_masks(data: Path, tmp_path: Path) -> None:
    options = (f"data_root={data}", "edges=gradient", "device=cpu")
    status, said = call(
        "clicks", "experiment=davis", "protocol.max_clicks=2", *options,
        f"hydra.run.dir={tmp_path / 'clicks'}", cache=tmp_path / "cache",
    )  # fmt: skip
    assert status == 0, said
    check_scores(tmp_path / "clicks", data, tmp_path / "a")
    status, said = call(
        "table2", "dataset=[davis]", "robot=greedy_box", *CHEAP, *options,
        f"hydra.run.dir={tmp_path / 'table'}", cache=tmp_path / "cache",
    )  # fmt: skip
    assert status == 0, said
    (run,) = (path.parent for path in (tmp_path / "table").rglob("results.csv"))
    check_scores(run, data, tmp_path / "b")


def test_semantic_sets_hold_255_for_what_was_never_labelled(data: Path, tmp_path: Path) -> None:
    options = (
        "experiment=camvid",
        f"data_root={data}",
        "edges=gradient",
        "device=cpu",
        "protocol.max_clicks=1",
    )
    status, said = call("clicks", *options, f"hydra.run.dir={tmp_path / 'run'}", cache=tmp_path / "cache")
    assert status == 0, said
    values = set()
    for path in (tmp_path / "run/masks").rglob("*.png"):
        with Image.open(path) as stored:
            assert stored.mode == "P"
            values |= set(np.unique(np.asarray(stored)).tolist())
    assert 255 in values and len(values) > 2
