"""Print a dataset's expected tree, what is there, and what is missing; exit status 1 when it is incomplete.

python experiments/check_dataset.py dataset=davis dataset.root=<folder>
python experiments/check_dataset.py dataset=icoseg data_root=<folder that holds iCoseg> decode=false
"""

from __future__ import annotations

import sys

from omegaconf import DictConfig

from fsannot.data.check import check
from fsannot.pipeline.program import build, report_errors


@report_errors("check_dataset")
def main(cfg: DictConfig) -> None:
    report = check(lambda: build(cfg, "dataset"), decode=cfg.decode)
    print(report.text)
    if not report.complete:
        sys.exit(1)


if __name__ == "__main__":
    main()
