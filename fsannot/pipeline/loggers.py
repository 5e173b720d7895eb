"""Where a run reports its numbers while it goes: a CSV file, Weights & Biases, or TensorBoard."""

from __future__ import annotations

import csv
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from fsannot.data.errors import InputError


class RunLogger(ABC):
    """Receives the same metrics whatever is behind it. ``begin``, any number of ``log``, ``finish`` once."""

    @abstractmethod
    def begin(self, folder: Path, config: Mapping[str, Any], name: str) -> None:
        """Start a run that writes under ``folder``; ``config`` is JSON-ready."""

    @abstractmethod
    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Metrics after an action."""

    @abstractmethod
    def finish(self, summary: Mapping[str, Any], *, failed: bool = False) -> None:
        """End the run; every job of a sweep calls it, also after an error."""


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

    def finish(self, summary: Mapping[str, Any], *, failed: bool = False) -> None:
        self._stream.close()


class WandbLogger(RunLogger):
    """Weights & Biases; ``offline`` needs neither account nor network and is synced later by hand.

    Args:
        project: project name.
        mode: ``offline``, ``online`` or ``disabled``; nothing is sent unless ``online`` is asked for.
        group: jobs of one sweep share it.
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

        self._run = wandb.init(
            project=self.project,
            mode=self.mode,
            group=self.group,
            name=name,
            dir=str(folder),
            config=dict(config),
            id=folder.name if self.mode == "online" else None,
            resume="allow" if self.mode == "online" else None,
            reinit="finish_previous",
            settings=wandb.Settings(console="off", silent=True),
        )

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        self._run.log(dict(metrics), step=step)

    def finish(self, summary: Mapping[str, Any], *, failed: bool = False) -> None:
        self._run.summary.update(dict(summary))
        self._run.finish(exit_code=int(failed))


class TensorBoardLogger(RunLogger):
    """TensorBoard event files under ``tensorboard/`` in the run directory."""

    def begin(self, folder: Path, config: Mapping[str, Any], name: str) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(str(folder / "tensorboard"))
        self._writer.add_text("config", f"```\n{json.dumps(config, indent=2, default=str)}\n```")

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        for name, value in metrics.items():
            self._writer.add_scalar(name, value, step)

    def finish(self, summary: Mapping[str, Any], *, failed: bool = False) -> None:
        self._writer.add_text("summary", f"```\n{json.dumps(summary, indent=2, default=str)}\n```")
        self._writer.close()
