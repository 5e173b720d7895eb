"""Evaluate a click baseline on a dataset; the same result files as an annotation session.

python experiments/clicks.py baseline=watershed experiment=davis data_root=<folder>
python experiments/clicks.py baseline=ritm_h18 baseline.weights=<file> dataset=grabcut protocol.target_iou=0.9
python experiments/clicks.py -m baseline=watershed,geodesic,grabcut,random_walker experiment=quickstart
"""

from __future__ import annotations

from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from fsannot.evaluation.noc import read_click_table
from fsannot.evaluation.rows import write_atomically
from fsannot.pipeline.click_assembly import click_result_table, run_click_baseline
from fsannot.pipeline.program import build, report_errors


@hydra.main(version_base="1.3", config_path="pkg://fsannot.conf", config_name="clicks")
@report_errors
def main(cfg: DictConfig) -> float:
    folder = Path(HydraConfig.get().runtime.output_dir)
    parts = {name: build(cfg, name) for name in ("dataset", "baseline", "clicker", "protocol", "clock")}
    # an edge model that is not needed need not have its weights
    edges = build(cfg, "edges") if parts["baseline"].needs_edges else None
    loggers = [build(cfg.logger, name) for name in cfg.logger]
    write_atomically(folder / "config.yaml", OmegaConf.to_yaml(cfg, resolve=True).encode())
    summary = run_click_baseline(
        **parts,
        edges=edges,
        folder=folder,
        cache=Path(cfg.cache),
        batch_size=cfg.batch_size,
        seed=cfg.seed,
        loggers=loggers,
        config=OmegaConf.to_container(cfg, resolve=True),  # type: ignore[arg-type]
    )
    table = folder / "clicks.json"
    print(click_result_table(summary, read_click_table(table) if table.exists() else None))
    print(f"report: {folder / 'report.html'}")
    return summary.iou_mean if summary.iou_mean is not None else float(summary.agreement or 0.0)


if __name__ == "__main__":
    main()
