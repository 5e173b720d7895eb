"""Evaluate a click baseline on a dataset; the same result files as an annotation session.

python experiments/clicks.py baseline=watershed experiment=davis data_root=<folder>
python experiments/clicks.py baseline=ritm_h18 baseline.weights=<file> dataset=grabcut protocol.target_iou=0.9
python experiments/clicks.py -m baseline=watershed,geodesic,grabcut,random_walker experiment=quickstart
"""

from __future__ import annotations

from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from fsannot.evaluation.noc import read_click_table
from fsannot.pipeline.click_assembly import click_result_table
from fsannot.pipeline.jobs import clicks_job, objective, second_price
from fsannot.pipeline.program import report_errors


@report_errors("clicks")
def main(cfg: DictConfig) -> float:
    price = second_price(cfg)
    summary = clicks_job(cfg)
    folder = Path(HydraConfig.get().runtime.output_dir)
    table = folder / "clicks.json"
    print(click_result_table(summary, read_click_table(table) if table.exists() else None))
    print(f"report: {folder / 'report.html'}")
    return objective(summary, price)


if __name__ == "__main__":
    main()
