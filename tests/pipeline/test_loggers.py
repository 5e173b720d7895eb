"""Loggers get the same metrics, curves and tables, and send nothing unless asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from wandb.proto import wandb_internal_pb2
from wandb.sdk.internal.datastore import DataStore

from fsannot.data.errors import InputError
from fsannot.pipeline.loggers import CsvLogger, RunLogger, TensorBoardLogger, WandbLogger

CURVE = [(k, {"iou": k / 4, "user_seconds_per_image": 1.5 * k}) for k in range(4)]


def use(logger: RunLogger, folder: Path) -> None:
    logger.begin(folder, {"seed": 0}, "robot-davis-0")
    for step, metrics in CURVE:
        logger.log(step, metrics)
    logger.table("results", [{"image": "bear/00000", "iou": 0.5}, {"image": "bear/00010", "iou": None}])
    logger.finish({"iou_mean": 0.5})


def records(folder: Path) -> list[Any]:
    """What an offline W&B run wrote to disk."""
    (file,) = sorted(folder.glob("wandb/offline-run-*/*.wandb"))[-1:]
    store = DataStore()
    store.open_for_scan(str(file))
    found = []
    while (data := store.scan_data()) is not None:
        record = wandb_internal_pb2.Record()
        record.ParseFromString(data)
        found.append(record)
    return found


def test_a_csv_file(tmp_path: Path) -> None:
    use(CsvLogger(), tmp_path)
    lines = (tmp_path / "metrics.csv").read_text().splitlines()
    assert lines[0] == "step,iou,user_seconds_per_image" and lines[-1] == "3,0.75,4.5"


def test_tensorboard_started_again_has_each_point_once(tmp_path: Path) -> None:
    for _ in range(2):
        use(TensorBoardLogger(), tmp_path)
    events = EventAccumulator(str(tmp_path / "tensorboard"), size_guidance={"tensors": 0})
    events.Reload()
    assert [(e.step, e.value) for e in events.Scalars("iou")] == [(k, m["iou"]) for k, m in CURVE]
    (table,) = events.Tensors("results/text_summary")
    assert "| bear/00010 |  |" in table.tensor_proto.string_val[0].decode()


def test_wandb_is_offline_unless_asked_and_groups_a_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_MODE", "offline")
    use(WandbLogger(mode="online", group="sweep-a"), tmp_path)  # what the environment forbids is not sent
    monkeypatch.setenv("WANDB_MODE", "online")
    use(WandbLogger(group="sweep-a"), tmp_path)  # and what is not asked for neither
    folders = sorted(tmp_path.glob("wandb/offline-run-*"))
    assert folders and not list(tmp_path.glob("wandb/run-*"))
    assert len({folder.name.rpartition("-")[2] for folder in folders}) == 1  # the same run continued
    written = records(tmp_path)
    (run,) = [record.run for record in written if record.HasField("run")][:1]
    assert (run.run_group, run.project) == ("sweep-a", "fsannot")
    steps = [record.history.step.num for record in written if record.HasField("history")]
    assert steps[:4] == [0, 1, 2, 3]
    keys = {".".join(item.nested_key) or item.key for r in written for item in r.history.item}
    assert {"iou", "user_seconds_per_image", "results"} <= keys | {k.partition(".")[0] for k in keys}


def test_a_mode_that_is_none_is_named() -> None:
    with pytest.raises(InputError, match="choose offline, online or disabled"):
        WandbLogger(mode="live")  # type: ignore[arg-type]
