"""Runs a program needs, started through whatever Hydra launcher was chosen, and found again when finished."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn, configure_log
from hydra.experimental.callback import Callback
from hydra.types import HydraContext, RunMode
from omegaconf import DictConfig

from fsannot.configuration.build import build
from fsannot.configuration.checking import check_settings
from fsannot.configuration.refusals import compose
from fsannot.data.errors import FsannotError, InputError
from fsannot.progress import Progress
from fsannot.runs.directory import REQUIRED
from fsannot.runs.provenance import source_digest
from fsannot.runs.run_folder import CONFIG, config_text
from fsannot.studies.jobs import JOBS

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
"""Seconds between two looks for finished runs."""


@dataclass(frozen=True)
class Plan:
    """A run to be.

    Attributes:
        kind: ``annotate``, ``clicks`` or ``majority``.
        name: of its directory, relative to the runs' folder.
        overrides: as on the command line of its program.
    """

    kind: str
    name: str
    overrides: tuple[str, ...]

    def compose(self) -> DictConfig:
        """Its configuration, checked.

        Returns:
            the configuration.

        Raises:
            InputError: it cannot be composed, or a setting is not valid; names the plan.
        """
        program = JOBS[self.kind][0]
        try:
            cfg = compose(program, self.overrides)
            check_settings(cfg, program)
        except InputError as error:
            raise InputError(f"{self.name}: {error}") from error
        return cfg


def passed_through(kind: str, overrides: Iterable[str]) -> list[str]:
    """Those of some overrides whose group or top-level key a program has.

    Args:
        kind: of runs, as in ``Plan``.
        overrides: as on the command line.

    Returns:
        the overrides it knows, in their order.
    """
    known = _keys(JOBS[kind][0])
    parsed = OverridesParser.create().parse_overrides(list(overrides))
    return [o.input_line or "" for o in parsed if o.key_or_group.split(".")[0].split("/")[0] in known]


@cache
def _keys(config: str) -> frozenset[str]:
    """Groups and top-level keys of a primary config."""
    return frozenset(str(key) for key in hydra.compose(config))


def launch(plans: Sequence[Plan], folder: Path) -> list[Path]:
    """Start what is not finished, wait for it, and return the run directories in the order of the plans.

    The program's own launcher is used (``hydra/launcher=joblib``, ``submitit_local``, …); inside a sweep, whose
    jobs may be parallel already, one run goes after the other. A run whose directory holds the results of the
    same configuration, images and source is kept as it is.

    Args:
        plans: in the order of the table.
        folder: run directories lie in it, by the names of the plans.

    Returns:
        the run directories, in the order of the plans.

    Raises:
        InputError: a plan that cannot be composed or has a setting that is not valid; no run was started.
        FsannotError: the first run that failed; the others are finished and are kept.
    """
    waiting = [plan for plan in plans if not _finished(plan, plan.compose(), folder / plan.name)]
    for plan in plans:
        if plan not in waiting:
            log.info("%s: finished before, kept", plan.name)
    failed: list[tuple[str, FsannotError]] = []
    with _counting([folder / plan.name for plan in waiting]):
        for kind in dict.fromkeys(plan.kind for plan in waiting):
            batch = [plan for plan in waiting if plan.kind == kind]
            for plan, done in zip(batch, _run(kind, batch, folder), strict=True):
                try:
                    _ = done.return_value
                except FsannotError as error:
                    failed.append((plan.name, error))
    if failed:
        name, first = failed[0]
        raise FsannotError(f"{name}: {first}") from first
    return [folder / plan.name for plan in plans]


@contextmanager
def _counting(folders: Sequence[Path]) -> Iterator[None]:
    """Show how many of these run directories have been finished meanwhile, whichever process works in them.

    Launchers tell nothing before all runs are done; a thread looks for their summaries.
    """
    before = {folder: _written_at(folder) for folder in folders}
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(LOOK_EVERY):
            for folder in [f for f, then in before.items() if _written_at(f) not in (then, None)]:
                del before[folder]
                progress.advance()

    with Progress("finished", unit="run", total=len(folders), bar=False) as progress:
        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()


def _written_at(folder: Path) -> int | None:
    """When a run directory's summary was written, nanoseconds; None where there is none."""
    try:
        return (folder / "summary.json").stat().st_mtime_ns
    except OSError:
        return None


def _run(kind: str, batch: Sequence[Plan], folder: Path) -> Sequence[JobReturn]:
    ours = HydraConfig.get()
    config, job = JOBS[kind]
    chosen = []
    if ours.mode == RunMode.RUN:
        chosen = [f"hydra/launcher={ours.runtime.choices['hydra/launcher']}"]
        chosen += [o for o in ours.overrides.hydra if o.lstrip("+").startswith("hydra.launcher")]
    loader = GlobalHydra.instance().config_loader()
    master = loader.load_configuration(
        config, overrides=[*chosen, f"hydra.sweep.dir='{folder}'"], run_mode=RunMode.MULTIRUN
    )
    launcher = Plugins.instance().instantiate_launcher(
        hydra_context=HydraContext(loader, Callback()),  # type: ignore[arg-type]  # an inner class is named there
        task_function=job,
        config=master,
    )
    try:
        return launcher.launch(
            [[*plan.overrides, f"hydra.sweep.subdir='{plan.name}'"] for plan in batch], initial_job_idx=0
        )
    finally:  # every job took the log for itself
        configure_log(HydraConfig.instance().cfg.hydra.job_logging, ours.verbose)  # type: ignore[union-attr]


def _finished(plan: Plan, config: DictConfig, folder: Path) -> bool:
    """Whether a directory holds the results this plan would give."""
    if not all((folder / name).is_file() for name in REQUIRED):
        return False
    if (folder / CONFIG).read_text(encoding="utf-8") != config_text(config):
        return False
    try:
        record = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    except ValueError:
        return False
    same_source = record.get("source") == source_digest()
    return same_source and record["dataset"]["fingerprint"] == build(config, "dataset").fingerprint()
