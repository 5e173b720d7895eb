"""Write one self-contained HTML page of finished runs.

fsannot report runs=[outputs/davis,outputs/clicks] output=report.html
fsannot report runs=[multirun/annotate/2026-11-24_09-30-00,outputs/*]

The page holds tables, curves, the projection over time, examples and provenance.
"""

from __future__ import annotations

import sys

from omegaconf import DictConfig

from fsannot.data.errors import InputError
from fsannot.programs.program import report_errors
from fsannot.report.page import write_report
from fsannot.runs.folders import find_runs


@report_errors("report")
def main(cfg: DictConfig) -> None:
    """One self-contained HTML page of finished runs: tables, curves, projection over time, examples, provenance.

    Args:
        cfg: composed by Hydra from ``conf/report.yaml`` and the command line.

    Raises:
        InputError: ``output`` or ``title`` is empty, or no finished run is found.
    """
    for key in ("output", "title"):
        if not cfg[key]:
            raise InputError(f"{key} is empty; give a text")
    found = find_runs([str(run) for run in cfg.runs])
    if found.skipped_line:
        print(found.skipped_line, file=sys.stderr)
    print(write_report(found.finished, cfg.output, title=cfg.title, left_out=found.unfinished))
