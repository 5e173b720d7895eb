"""Evaluate a click baseline on a dataset.

fsannot clicks baseline=watershed experiment=davis data_root=<folder>
fsannot clicks baseline=ritm_h18 baseline.weights=<file> dataset=grabcut protocol.target_iou=0.9
fsannot clicks -m baseline=watershed,geodesic,grabcut,random_walker experiment=quickstart

Writes the same result files as an annotation session.
"""

from __future__ import annotations

from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from fsannot.evaluation.noc import read_click_table
from fsannot.programs.program import report_errors
from fsannot.runs.directory import read_chosen_on
from fsannot.studies.click_baseline import click_result_table
from fsannot.studies.jobs import clicks_job, objective, price_per_second


@report_errors("clicks")
def main(cfg: DictConfig) -> float:
    """Evaluate a click baseline on a dataset; the same result files as an annotation session.

    Args:
        cfg: composed by Hydra from ``conf/clicks.yaml`` and the command line.

    Returns:
        objective of the run: quality − ``price_per_second`` × human seconds per image.
    """
    price = price_per_second(cfg)
    summary = clicks_job(cfg)
    folder = Path(HydraConfig.get().runtime.output_dir)
    table = folder / "clicks.json"
    clicked = read_click_table(table) if table.exists() else None
    print(click_result_table(summary, clicked, chosen_on=read_chosen_on(folder)))
    print(f"report: {folder / 'report.html'}")
    return objective(summary, price)
