"""What every program does with its configuration: instantiate it, and end with a sentence where it cannot."""

from __future__ import annotations

import functools
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import hydra
import numpy as np
from hydra._internal.utils import get_args_parser
from hydra.core.hydra_config import HydraConfig
from hydra.errors import InstantiationException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from fsannot.data.errors import FsannotError, InputError
from fsannot.evaluation.effort import CurvePoint, quality_at
from fsannot.evaluation.results import Summary
from fsannot.pipeline.allocator import keep_freed_memory
from fsannot.pipeline.checking import check_part, check_settings, resolved
from fsannot.pipeline.refusals import RAISES, REFUSALS, hydra_raises, refusal, restore
from fsannot.pipeline.targets import reason

log = logging.getLogger(__name__)

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


def report_errors(config: str) -> Callable[[Callable[[DictConfig], Any]], Callable[[], None]]:
    """Make a function a program: Hydra composes its configuration, which is checked before the function is called.

    Whatever a user can act on, from a key nobody knows to a file that is not there, ends the program with status 1
    and one sentence instead of a traceback. Each of several processes that train together says its own errors: what
    starts them ends the others when the first one ends, so that none can leave it to another. It also sets how the
    process keeps freed memory, see :func:`~fsannot.pipeline.allocator.keep_freed_memory`.

    Args:
        config: name of the program and of its configuration in ``conf/``.
    """

    def make(program: Callable[[DictConfig], Any]) -> Callable[[], None]:
        own_errors = os.environ.get(RAISES)

        @functools.wraps(program)
        def run(cfg: DictConfig) -> Any:
            restore(own_errors)  # Hydra has composed, what comes now is its to print
            keep_freed_memory()
            try:
                check_settings(cfg, config)
                return program(cfg)
            except FsannotError as error:
                if not _has_log():
                    sys.exit(str(error))  # on stderr, with status 1
                log.error("%s", error)
                if _in_search():  # a trial that cannot run must not end the search
                    raise
                sys.exit(1)

        composed = hydra.main(version_base="1.3", config_path="pkg://fsannot.conf", config_name=config)(run)

        @functools.wraps(program)
        def start() -> None:
            try:
                with hydra_raises():
                    composed()
            except REFUSALS as error:
                if own_errors == "1":
                    raise
                given = get_args_parser().parse_args()
                added = (
                    [f"hydra.searchpath=['file://{Path(given.config_dir).resolve()}']"]
                    if given.config_dir
                    else []
                )
                sys.exit(refusal(error, config, [*given.overrides, *added]))

        return start

    return make


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

    Args:
        key: of the part; dotted where it lies deeper.

    Raises:
        InputError: there is no such class, an option it does not have, or a value of the wrong type; names the key.
        FsannotError: whatever the part itself has to say.
    """
    node = OmegaConf.select(cfg, key)
    check_part(resolved(node), key)
    try:
        return hydra.utils.instantiate(node, _convert_="all")
    except InstantiationException as error:
        cause = error.__cause__
        while cause is not None and not isinstance(cause, FsannotError):
            cause = cause.__cause__
        if cause is not None:
            raise cause from None
        raise InputError(f"{key}: {reason(error.__cause__ or error)}") from error


def instantiate_parts(cfg: DictConfig, folder: Path | None = None) -> dict[str, Any]:
    """Everything ``run_annotation`` takes, from a composed configuration.

    Args:
        folder: run directory; by default the program's own.
    """
    settings = {name: cfg[name] for name in SETTINGS}
    parts: dict[str, Any] = {name: build(cfg, name) for name in PARTS if name != "loggers"}
    loggers = [build(cfg, f"logger.{name}") for name in cfg.logger]
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
    if summary.ci_over:
        rows.append(("intervals", f"95 %, bootstrapped over {summary.ci_over}"))
    if on_the_way := _on_the_way(curve):
        rows.append(("on the way", on_the_way))
    rows.append(("human seconds per image", f"{summary.user_seconds_per_image:.2f}"))
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
    while curve and times[-1] * 2 < curve[-1].user_seconds_per_image:
        times.append(times[-1] * 2)
    times = [t for t in times if curve and t < curve[-1].user_seconds_per_image]
    if not times:
        return ""
    seconds = np.array([point.user_seconds_per_image for point in curve])
    quality = quality_at(seconds, np.array([point.quality for point in curve]), np.array(times))
    return ", ".join(f"{q:.4f} after {t:g} s" for q, t in zip(quality, times, strict=True))


def _with_interval(value: float, interval: tuple[float, float] | None) -> str:
    return f"{value:.4f}" + (f"  (95 %: {interval[0]:.4f} to {interval[1]:.4f})" if interval else "")
