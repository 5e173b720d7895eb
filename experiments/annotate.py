"""Simulate an annotator on a dataset: the main program.

python experiments/annotate.py experiment=quickstart
python experiments/annotate.py dataset=davis dataset.root=<folder> robot=greedy_box hierarchy=area
python experiments/annotate.py -m experiment=davis data_root=<folder> seed=0,1,2,3,4
"""

from __future__ import annotations

from pathlib import Path

import hydra
from omegaconf import DictConfig

from fsannot.pipeline.assemble import run_annotation
from fsannot.pipeline.program import instantiate_parts, report_errors, result_table


@hydra.main(version_base="1.3", config_path="pkg://fsannot.conf", config_name="annotate")
@report_errors
def main(cfg: DictConfig) -> float:
    parts = instantiate_parts(cfg)
    summary = run_annotation(**parts)
    print(result_table(summary))
    print(f"report: {Path(parts['folder']) / 'report.html'}")
    return summary.iou_mean if summary.iou_mean is not None else float(summary.agreement or 0.0)


if __name__ == "__main__":
    main()
