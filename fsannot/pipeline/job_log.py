"""Log lines that say which job of a sweep they come from."""

from __future__ import annotations

import logging

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import OmegaConf


class JobFormatter(logging.Formatter):
    """Formats lines with ``%(job)s``: ``"#3 "`` in job 3 of a sweep, as Hydra numbers it where it lists the jobs'
    overrides; empty outside of a sweep. ``conf/hydra/job_logging/fsannot.yaml`` uses it.

    Args:
        format: of a line, with the placeholders of :mod:`logging` and ``%(job)s``.
        datefmt: of the time, as for :func:`time.strftime`.
    """

    def __init__(self, format: str, datefmt: str | None = None) -> None:
        super().__init__(format, datefmt, defaults={"job": _job()})


def _job() -> str:
    """Of the job that Hydra sets up a log for."""
    if not HydraConfig.initialized():
        return ""
    config = HydraConfig.get()
    if config.mode != RunMode.MULTIRUN or OmegaConf.is_missing(config.job, "num"):
        return ""
    return f"#{config.job.num} "
