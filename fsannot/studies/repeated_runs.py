"""Many annotation runs from one program: each in a folder of its own, and done once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from fsannot.configuration.build import instantiate_parts
from fsannot.configuration.checking import check_settings
from fsannot.configuration.refusals import compose
from fsannot.evaluation.results import Summary, read_summary
from fsannot.runs.run_folder import CONFIG, config_text
from fsannot.studies.annotation import run_annotation

log = logging.getLogger(__name__)


def annotation_run(overrides: Sequence[str], folder: Path) -> Summary:
    """What ``fsannot annotate`` does with these overrides; a finished run of the same configuration is read.

    Args:
        overrides: as on the command line.
        folder: run directory of this run.

    Returns:
        content of ``summary.json``.

    Raises:
        InputError: overrides that cannot be composed, or that :func:`~fsannot.configuration.checking.check_settings`
            refuses.
    """
    cfg = compose("annotate", overrides)
    check_settings(cfg, "annotate")
    text = config_text(cfg)
    done = folder / "summary.json"
    if done.is_file() and (folder / CONFIG).read_text(encoding="utf-8") == text:
        log.info("%s: finished before", folder)
        return read_summary(done)
    log.info("%s: %s", folder, " ".join(overrides))
    return run_annotation(**instantiate_parts(cfg, folder))
