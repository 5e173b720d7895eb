"""What every program does with its configuration: instantiate it, and end with a sentence where it cannot."""

from __future__ import annotations

import functools
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import hydra
import numpy as np
from hydra.core.hydra_config import HydraConfig
from hydra.errors import InstantiationException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from fsannot.data.errors import FsannotError, InputError
from fsannot.evaluation.effort import CurvePoint, quality_at
from fsannot.evaluation.results import Summary
from fsannot.programs.allocator import keep_freed_memory

log = logging.getLogger(__name__)
Program = TypeVar("Program", bound=Callable[..., Any])

SETTINGS = ("seed", "workers", "batch_size", "constrained", "semi_supervised", "first_images", "batch_images")
PARTS = [
    "dataset",
    "edges",
    "hierarchy",
    "features",
    "projection",
    "local_projection",
    "metric",
    "robot",
    "clock",
    "perception",
    "motor",
    "loggers",
]


def report_errors(program: Program) -> Program:
    """Let a program end with status 1 and one sentence, instead of a traceback, for errors a user can act on.

    Each of several processes that train together says its own errors: what starts them ends the others when the
    first one ends, so that none can leave it to another. It also sets how the process keeps freed memory, see
    :func:`~fsannot.programs.allocator.keep_freed_memory`.
    """

    @functools.wraps(program)
    def run(*args: Any, **kwargs: Any) -> Any:
        keep_freed_memory()
        try:
            return program(*args, **kwargs)
        except (FsannotError, InstantiationException) as error:
            said = error if isinstance(error, FsannotError) else error.__cause__
            if not isinstance(said, FsannotError):
                raise
            if not _has_log():
                sys.exit(str(said))  # on stderr, with status 1
            log.error("%s", said)
            if _in_search():  # a trial that cannot run must not end the search
                raise
            sys.exit(1)

    return run  # type: ignore[return-value]


def _has_log() -> bool:
    """Whether Hydra set up a log for this program; a few do without (``hydra/job_logging: none``)."""
    return not HydraConfig.initialized() or HydraConfig.get().job_logging.get("root") is not None


def _in_search() -> bool:
    """Whether this process runs a job of Optuna's sweeper."""
    if not HydraConfig.initialized() or HydraConfig.get().mode != RunMode.MULTIRUN:
        return False
    return "optuna" in str(HydraConfig.get().sweeper._target_)


def build(cfg: Any, key: str) -> Any:
    """Instantiate one part of the configuration.

    Raises:
        InputError: an option the part does not have, or a value of the wrong type; names the key.
        FsannotError: whatever the part itself has to say.
    """
    try:
        return hydra.utils.instantiate(cfg[key], _convert_="all")
    except InstantiationException as error:
        cause = error.__cause__
        while cause is not None and not isinstance(cause, FsannotError):
            cause = cause.__cause__
        if cause is not None:
            raise cause from None
        said = str(error.__cause__ or error).splitlines()[0]
        raise InputError(f"{key}: {said}; see conf/{key}/ for the options there are") from error


def instantiate_parts(cfg: DictConfig, folder: Path | None = None) -> dict[str, Any]:
    """Everything ``run_annotation`` takes, from a composed configuration.

    Args:
        folder: run directory; by default the program's own.
    """
    settings = {name: cfg[name] for name in SETTINGS}
    for name in ("seed", "workers", "batch_size", "first_images", "batch_images"):
        if not isinstance(settings[name], int) or isinstance(settings[name], bool) or settings[name] < 0:
            raise InputError(f"{name}={settings[name]!r}: a whole number ≥ 0 is needed")
    for name in ("constrained", "semi_supervised"):
        if not isinstance(settings[name], bool):
            raise InputError(f"{name}={settings[name]!r}: true or false is needed")
    parts: dict[str, Any] = {name: build(cfg, name) for name in PARTS if name != "loggers"}
    loggers = [build(cfg.logger, name) for name in cfg.logger]
    folder = folder or Path(HydraConfig.get().runtime.output_dir)
    config = OmegaConf.to_container(cfg, resolve=True)
    return {
        **settings,
        **parts,
        "loggers": loggers,
        "config": config,
        "folder": folder,
        "cache": Path(cfg.cache),
    }


def result_table(summary: Summary, curve: Sequence[CurvePoint] = ()) -> str:
    """The summary as a small table, human and machine seconds apart.

    Args:
        curve: of the same session, for the quality it had on the way.
    """
    rows = [("dataset", f"{summary.dataset}, {summary.images} images, {summary.segments} segments")]
    rows.append(("robot", f"{summary.method}, {summary.actions} actions"))
    if summary.iou_mean is not None:
        rows.append(("mean IoU", _with_interval(summary.iou_mean, summary.iou_mean_ci)))
        rows.append(("median IoU", _with_interval(summary.iou_median or 0.0, summary.iou_median_ci)))
        rows.append(("bound of the partition", f"{summary.iou_bound:.4f}"))
    else:
        rows.append(("pixel agreement", _with_interval(summary.agreement or 0.0, summary.agreement_ci)))
        rows += class_rows(summary)
        rows.append(("bound of the partition", f"{summary.agreement_bound:.4f}"))
    if on_the_way := _on_the_way(curve):
        rows.append(("on the way", on_the_way))
    rows.append(("human seconds per image", f"{summary.human_seconds_per_image:.2f}"))
    rows.append(("machine seconds per image", f"{summary.machine_seconds_per_image:.2f}"))
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in rows)


def class_rows(summary: Summary) -> list[tuple[str, str]]:
    """mIoU and the IoU of each class, for a printed table; empty where a summary has none."""
    if summary.iou_per_class is None:
        return []
    rows = []
    if summary.miou is not None:
        rows.append(("mIoU", _with_interval(summary.miou, summary.miou_ci)))
    intervals = summary.iou_per_class_ci or {}
    for name, value in summary.iou_per_class.items():
        said = "not in these images" if value is None else _with_interval(value, intervals.get(name))
        rows.append((f"  IoU of {name}", said))
    return rows


def _on_the_way(curve: Sequence[CurvePoint]) -> str:
    """Quality after 1, 3, 6, 12, … human seconds per image, as far as the session lasted."""
    times = [1.0, 3.0]
    while curve and times[-1] * 2 < curve[-1].human_seconds_per_image:
        times.append(times[-1] * 2)
    times = [t for t in times if curve and t < curve[-1].human_seconds_per_image]
    if not times:
        return ""
    seconds = np.array([point.human_seconds_per_image for point in curve])
    quality = quality_at(seconds, np.array([point.quality for point in curve]), np.array(times))
    return ", ".join(f"{q:.4f} after {t:g} s" for q, t in zip(quality, times, strict=True))


def _with_interval(value: float, interval: tuple[float, float] | None) -> str:
    return f"{value:.4f}" + (f"  (95 %: {interval[0]:.4f} to {interval[1]:.4f})" if interval else "")
