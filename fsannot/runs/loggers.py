"""Where a run reports its numbers: a CSV file, Weights & Biases, or TensorBoard.

All get the same metrics after the same actions, the same table of results and the same summary. A run that is
started again in its directory replays its session, so its points replace or continue those that are there.

These are not Lightning's loggers, which by default write a run that is started again as a new version, write tables
to Weights & Biases only, and do not tell it that a run failed.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode

from fsannot.arguments import KeepsArguments
from fsannot.data.errors import InputError


class RunLogger(metaclass=KeepsArguments):
    """Receives the same metrics whatever is behind it: ``begin``, any ``log``, ``table``, ``finish`` once."""

    @abstractmethod
    def begin(self, folder: Path, config: Mapping[str, Any], name: str) -> None:
        """Start a run.

        Args:
            folder: run directory; all that is written lies below it.
            config: of the run, JSON-ready.
            name: of the run, for people.
        """

    @abstractmethod
    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Receive the metrics after an action.

        Args:
            step: actions, or clicks on each object, so far; rising.
            metrics: name → value; ``human_seconds_per_image``, which never falls, is always among them.
        """

    @abstractmethod
    def table(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Receive a table.

        Args:
            name: of the table.
            rows: column → value, all with the same columns.
        """

    @abstractmethod
    def finish(self, summary: Mapping[str, Any], *, failed: bool = False) -> None:
        """End the run; every job of a sweep calls it, also after an error.

        Args:
            summary: key → value of ``summary.json``; empty after an error.
            failed: whether the run ended with an error.
        """


class CsvLogger(RunLogger):
    """``metrics.csv`` in the run directory."""

    def begin(self, folder: Path, config: Mapping[str, Any], name: str) -> None:
        self._stream = (folder / "metrics.csv").open("w", newline="")
        self._writer: csv.DictWriter[str] | None = None

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        if self._writer is None:
            self._writer = csv.DictWriter(self._stream, ["step", *metrics])
            self._writer.writeheader()
        self._writer.writerow({"step": step, **metrics})

    def table(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Do nothing: the run directory holds its tables as CSV files.

        Args:
            name: of the table.
            rows: not read.
        """

    def finish(self, summary: Mapping[str, Any], *, failed: bool = False) -> None:
        self._stream.close()


class WandbLogger(RunLogger):
    """Weights & Biases; ``offline`` needs neither account nor network and is synced later by hand.

    A run directory is one run, whatever its name: started again there, it continues that run.

    Args:
        project: project name.
        mode: ``offline``, ``online`` or ``disabled``; nothing is sent unless ``online`` is asked for here. The
            environment (``WANDB_MODE``) can forbid sending, and never allows it.
        group: jobs of one sweep share it; None for the name of the sweep's directory, where there is a sweep.

    Raises:
        InputError: ``mode`` is none of the three.
    """

    def __init__(
        self,
        project: str = "fsannot",
        mode: Literal["offline", "online", "disabled"] = "offline",
        group: str | None = None,
    ) -> None:
        if mode not in ("offline", "online", "disabled"):
            raise InputError(f"logger.mode={mode!r}: choose offline, online or disabled")
        self.project, self.mode, self.group = project, mode, group

    def begin(self, folder: Path, config: Mapping[str, Any], name: str) -> None:
        import wandb  # seconds of import, only when asked for

        forbidden = os.environ.get("WANDB_MODE")
        mode = forbidden if self.mode == "online" and forbidden in ("offline", "disabled") else self.mode
        self._run = wandb.init(
            project=self.project,
            mode=mode,  # type: ignore[arg-type]
            group=self.group or sweep_name(),
            name=name,
            dir=str(folder),
            config=dict(config),
            id=hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12],
            resume="allow" if mode == "online" else None,
            reinit="finish_previous",
            settings=wandb.Settings(console="off", silent=True),
        )
        # charts have human seconds on the x axis, as curve.csv
        self._run.define_metric("*", step_metric="human_seconds_per_image")

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        self._run.log(dict(metrics), step=step)

    def table(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        import wandb

        columns: list[str | int] = list(rows[0]) if rows else []
        self._run.log({name: wandb.Table(columns=columns, data=[list(row.values()) for row in rows])})

    def finish(self, summary: Mapping[str, Any], *, failed: bool = False) -> None:
        self._run.summary.update(dict(summary))
        self._run.finish(exit_code=int(failed))


class TensorBoardLogger(RunLogger):
    """TensorBoard event files under ``tensorboard/`` in the run directory; those of a run before are replaced.

    TensorBoard draws a metric over a whole number. So each is there twice, in two sections:
    ``over_human_milliseconds_per_image/iou``, whose step is 1000 × human seconds an image, rounded, is the curve of
    ``curve.csv``; ``over_actions/iou`` has the number of actions, or of clicks on each object, as its step.
    """

    def begin(self, folder: Path, config: Mapping[str, Any], name: str) -> None:
        from torch.utils.tensorboard import SummaryWriter

        shutil.rmtree(folder / "tensorboard", ignore_errors=True)
        self._writer = SummaryWriter(str(folder / "tensorboard"))
        self._writer.add_text("config", f"```\n{json.dumps(config, indent=2, default=str)}\n```")

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        milliseconds = round(1000 * metrics["human_seconds_per_image"])
        for name, value in metrics.items():
            self._writer.add_scalar(f"over_actions/{name}", value, step)
            self._writer.add_scalar(f"over_human_milliseconds_per_image/{name}", value, milliseconds)

    def table(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            lines = [list(rows[0]), ["---"] * len(rows[0]), *(list(row.values()) for row in rows)]
            text = "\n".join(
                "| " + " | ".join("" if v is None else str(v) for v in line) + " |" for line in lines
            )
            self._writer.add_text(name, text)

    def finish(self, summary: Mapping[str, Any], *, failed: bool = False) -> None:
        self._writer.add_text("summary", f"```\n{json.dumps(summary, indent=2, default=str)}\n```")
        self._writer.close()


def sweep_name() -> str | None:
    """Name of the directory of the sweep this process is a job of, or None."""
    if not HydraConfig.initialized() or HydraConfig.get().mode != RunMode.MULTIRUN:
        return None
    return Path(HydraConfig.get().sweep.dir).name
