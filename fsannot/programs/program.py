"""What every program does with its configuration: instantiate it, and end with a sentence where it cannot."""

from __future__ import annotations

import argparse
import functools
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from fsannot.configuration.checking import check_settings
from fsannot.configuration.refusals import RAISES, REFUSALS, hydra_raises, refusal, restore
from fsannot.data.errors import FsannotError
from fsannot.programs.allocator import keep_freed_memory
from fsannot.programs.help import register_help

log = logging.getLogger(__name__)


def report_errors(config: str) -> Callable[[Callable[[DictConfig], Any]], Callable[[], None]]:
    """Make a function a program: Hydra composes its configuration, which is checked before the function is called.

    Whatever a user can act on, from a key nobody knows to a file that is not there, ends the program with status 1
    and one sentence instead of a traceback. Each of several processes that train together says its own errors: what
    starts them ends the others when the first one ends, so that none can leave it to another. It also sets how the
    process keeps freed memory, see :func:`~fsannot.programs.allocator.keep_freed_memory`.

    Args:
        config: name of the program and of its configuration in ``conf/``.

    Returns:
        a decorator: it makes of ``cfg → result`` a function without arguments, the program.
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
            register_help()
            try:
                with hydra_raises():
                    composed()
            except REFUSALS as error:
                if own_errors == "1":
                    raise
                overrides, folder = _given(sys.argv[1:])
                added = [f"hydra.searchpath=['file://{folder.resolve()}']"] if folder else []
                sys.exit(refusal(error, config, [*overrides, *added]))

        return start

    return make


def _given(arguments: Sequence[str]) -> tuple[list[str], Path | None]:
    """Overrides among a program's arguments, and the folder of further configurations."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("overrides", nargs="*")
    parser.add_argument("--config-dir", "-cd", type=Path)
    for flags in (("--config-name", "-cn"), ("--config-path", "-cp"), ("--cfg", "-c"), ("--package", "-p")):
        parser.add_argument(*flags)  # take a value, which is no override
    found, _ = parser.parse_known_intermixed_args(arguments)
    return found.overrides, found.config_dir


def _has_log() -> bool:
    """Whether Hydra set up a log for this program; a few do without (``hydra/job_logging: none``)."""
    return not HydraConfig.initialized() or HydraConfig.get().job_logging.get("root") is not None


def _in_search() -> bool:
    """Whether this process runs a job of Optuna's sweeper."""
    if not HydraConfig.initialized() or HydraConfig.get().mode != RunMode.MULTIRUN:
        return False
    return "optuna" in str(HydraConfig.get().sweeper._target_)
