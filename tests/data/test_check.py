"""The report on a dataset and the program that prints it."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from fsannot.data.camvid import CamVid
from fsannot.data.check import check
from fsannot.data.davis import Davis
from fsannot.data.rooftop import Rooftop
from fsannot.data.synthetic import Synthetic
from tests.fakes import write_fake_camvid, write_fake_davis, write_fake_rooftop

PROGRAM = Path(__file__).parents[2] / "experiments/check_dataset.py"


def test_complete(tmp_path: Path) -> None:
    report = check(partial(Davis, write_fake_davis(tmp_path)))
    assert report.complete
    assert report.text.count("[6 there]") == 2
    assert "└── val.txt" in report.text
    assert "6 images selected in 2 groups (group-00, group-01)" in report.text
    assert report.text.endswith("complete")


def test_missing_files_are_named_in_the_tree_and_below(tmp_path: Path) -> None:
    root = write_fake_davis(tmp_path)
    (root / "ImageSets/480p/val.txt").unlink()
    report = check(partial(Davis, root))
    assert not report.complete
    assert "[MISSING]" in report.text
    assert "INCOMPLETE: " in report.text


def test_every_damaged_file_is_named(tmp_path: Path) -> None:
    root = write_fake_camvid(tmp_path)
    files = sorted((root / "val").iterdir())
    files[0].write_bytes(b"")
    files[2].write_bytes(files[2].read_bytes()[:300])
    report = check(partial(CamVid, root))
    assert not report.complete
    assert files[0].name in report.text
    assert files[2].name in report.text
    assert "2 of 3 samples" in report.text
    assert check(partial(CamVid, root), decode=False).complete


def test_image_without_any_class(tmp_path: Path) -> None:
    root = write_fake_camvid(tmp_path)
    file = min((root / "valannot").iterdir())
    Image.new("L", Image.open(file).size, 11).save(file)
    assert "nothing can be measured" in check(partial(CamVid, root)).text


def test_images_left_out_are_named(tmp_path: Path) -> None:
    report = check(partial(Rooftop, write_fake_rooftop(tmp_path)))
    assert report.complete
    assert "left out: rooftop/003, 003.mat holds no polygon" in report.text


def test_generated_scenes_need_no_tree() -> None:
    report = check(partial(Synthetic, images=2, size=(48, 48)))
    assert report.complete
    assert report.text.startswith("synthetic: 2 images")


def run(*overrides: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(PROGRAM), *overrides], capture_output=True, text=True, timeout=120
    )


def test_program_prints_the_report_and_its_status_says_it(tmp_path: Path) -> None:
    write_fake_rooftop(tmp_path / "Rooftop")
    good = run("dataset=rooftop", f"data_root={tmp_path}")
    assert good.returncode == 0, good.stderr
    assert "2 images selected" in good.stdout
    bad = run("dataset=icoseg", f"dataset.root={tmp_path / 'nowhere'}")
    assert bad.returncode == 1
    assert "ground_truth/" in bad.stdout
    assert "nowhere does not exist" in bad.stdout
    assert "Traceback" not in bad.stderr


@pytest.mark.parametrize(
    ("override", "reason"),
    [
        ("dataset.every=x", "dataset.every=x: a whole number is needed"),
        ("+dataset.colour=1", "dataset.colour=1: dataset (Davis) has no setting colour"),
        ("decode=5", "decode=5: true or false is needed"),
    ],
)
def test_program_refuses_invalid_options(override: str, reason: str) -> None:
    failed = run("dataset=davis", override)
    assert failed.returncode == 1
    assert reason in failed.stderr
    assert "Traceback" not in failed.stderr
