"""Loggers get the same metrics, curves and tables, and send nothing unless asked."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from fsannot.data.errors import InputError
from fsannot.runs.loggers import CsvLogger, RunLogger, TensorBoardLogger, WandbLogger

CURVE = [(k, {"iou": k / 4, "human_seconds_per_image": 1.5 * k}) for k in range(4)]


def use(logger: RunLogger, folder: Path) -> None:
    logger.begin(folder, {"seed": 0}, "robot-davis-0")
    for step, metrics in CURVE:
        logger.log(step, metrics)
    logger.table("results", [{"image": "bear/00000", "iou": 0.5}, {"image": "bear/00010", "iou": None}])
    logger.finish({"iou_mean": 0.5})


def test_a_csv_file(tmp_path: Path) -> None:
    use(CsvLogger(), tmp_path)
    lines = (tmp_path / "metrics.csv").read_text().splitlines()
    assert lines[0] == "step,iou,human_seconds_per_image" and lines[-1] == "3,0.75,4.5"


def test_tensorboard_started_again_has_each_point_once(tmp_path: Path) -> None:
    for _ in range(2):
        use(TensorBoardLogger(), tmp_path)
    events = EventAccumulator(str(tmp_path / "tensorboard"), size_guidance={"tensors": 0})
    events.Reload()
    by_action, by_time = (
        [(e.step, e.value) for e in events.Scalars(f"over_{x}/iou")]
        for x in ("actions", "human_milliseconds_per_image")
    )
    assert by_action == [(k, m["iou"]) for k, m in CURVE]
    assert by_time == [(1500 * k, m["iou"]) for k, m in CURVE]
    (table,) = events.Tensors("results/text_summary")
    assert "| bear/00010 |  |" in table.tensor_proto.string_val[0].decode()


def test_wandb_is_offline_unless_asked_and_groups_a_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for allowed, logger in (
        ("offline", WandbLogger(mode="online", group="sweep-a")),  # what the environment forbids is not sent
        ("online", WandbLogger(group="sweep-a")),  # and what is not asked for neither
    ):
        folder = tmp_path / allowed
        folder.mkdir()
        monkeypatch.setenv("WANDB_MODE", allowed)
        use(logger, folder)
        (run,) = folder.glob("wandb/offline-run-*")
        assert not list(folder.glob("wandb/run-*"))
        # a run started again in its directory has the same id, so that it continues
        assert run.name.endswith("-" + hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12])
        texts = (b"sweep-a", b"fsannot", b"human_seconds_per_image", b"iou_mean", b"results")
        file = next(run.glob("*.wandb"))
        for _ in range(300):  # another process writes it, which a busy machine may keep waiting
            if all(text in file.read_bytes() for text in texts):  # its records hold texts as they are
                break
            time.sleep(0.1)
        assert [text for text in texts if text not in file.read_bytes()] == []


def test_a_mode_that_is_none_is_named() -> None:
    with pytest.raises(InputError, match="choose offline, online or disabled"):
        WandbLogger(mode="live")  # type: ignore[arg-type]
