"""One self-contained HTML page of finished runs: tables, curves, projection over time, examples, provenance.

python experiments/report.py runs=[outputs/davis,outputs/clicks] output=report.html
python experiments/report.py runs=[multirun/annotate/2026-11-24_09-30-00,outputs/*]
"""

from __future__ import annotations

import sys

from omegaconf import DictConfig

from fsannot.data.errors import InputError
from fsannot.pipeline.program import report_errors
from fsannot.report.page import write_report
from fsannot.report.run_folders import find_runs


@report_errors("report")
def main(cfg: DictConfig) -> None:
    for key in ("output", "title"):
        if not cfg[key]:
            raise InputError(f"{key} is empty; give a text")
    found = find_runs([str(run) for run in cfg.runs])
    if found.said:
        print(found.said, file=sys.stderr)
    print(write_report(found.finished, cfg.output, title=cfg.title, left_out=found.unfinished))


if __name__ == "__main__":
    main()
