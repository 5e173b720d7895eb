"""Simulate an annotator on a dataset: the main program.

fsannot annotate experiment=quickstart
fsannot annotate dataset=davis dataset.root=<folder> robot=greedy_box hierarchy=area
fsannot annotate -m experiment=davis data_root=<folder> seed=0,1,2,3,4
fsannot annotate -m experiment=davis data_root=<folder> search=hierarchy
"""

from __future__ import annotations

from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from fsannot.evaluation.effort import read_curve
from fsannot.programs.program import report_errors
from fsannot.report.printed import result_table
from fsannot.runs.directory import read_chosen_on
from fsannot.studies.jobs import annotate_repeats, objective, price_per_second
from fsannot.studies.search import Pruned, register_resolvers

register_resolvers()


@report_errors("annotate")
def main(cfg: DictConfig) -> float:
    """Simulate an annotator on a dataset: the main program.

    Args:
        cfg: composed by Hydra from ``conf/annotate.yaml`` and the command line.

    Returns:
        mean objective of the sessions, which a search maximizes: quality − ``price_per_second`` × human seconds per
        image.
    """
    price = price_per_second(cfg)
    objectives = []
    try:
        for summary, folder in annotate_repeats(cfg):
            print(result_table(summary, read_curve(folder / "curve.csv"), chosen_on=read_chosen_on(folder)))
            objectives.append(objective(summary, price))
    except Pruned as stopped:  # a job of a search
        print(stopped)
        return stopped.value
    print(f"report: {Path(HydraConfig.get().runtime.output_dir) / 'report.html'}")
    return sum(objectives) / len(objectives)
