"""Report what a hyper-parameter search found.

fsannot search_report study=searches/hierarchy
fsannot annotate --config-dir searches/hierarchy --config-name best

Writes search.html, best.yaml and trials.csv.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

from omegaconf import DictConfig

from fsannot.data.errors import InputError
from fsannot.evaluation.rows import write_atomically
from fsannot.programs.program import report_errors
from fsannot.studies.search_page import write_study_page
from fsannot.studies.search_results import StudyResults, read_study, write_best


def trials_csv(study: StudyResults) -> str:
    """All finished trials as CSV.

    Args:
        study: of the search.

    Returns:
        a header, and a line for each trial.
    """
    params = list(dict.fromkeys(name for trial in study.trials for name in trial.params))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["trial", *params, "quality", "human_seconds_per_image", "objective", "pruned", "run"])
    for trial in study.trials:
        values = [trial.params.get(name) for name in params]
        measured = [trial.quality, trial.human_seconds_per_image, trial.objective, trial.pruned, trial.folder]
        writer.writerow([trial.number, *values, *measured])
    return text.getvalue()


@report_errors("search_report")
def main(cfg: DictConfig) -> None:
    """What a hyper-parameter search found: a page, the best configuration as a YAML that runs, and all trials.

    Args:
        cfg: composed by Hydra from ``conf/search_report.yaml`` and the command line.

    Raises:
        InputError: ``study`` is not set.
    """
    if not cfg.study:
        raise InputError("study is not set; give the directory of a search: study=searches/hierarchy")
    study = read_study(cfg.study)
    folder = Path(cfg.output or cfg.study)
    write_best(study, folder / "best.yaml")
    write_atomically(folder / "trials.csv", trials_csv(study).encode())
    print(write_study_page(study, folder / "search.html"))
    print(folder / "best.yaml")
