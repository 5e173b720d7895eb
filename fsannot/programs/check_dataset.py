"""Print what a dataset needs, what is there and what is missing.

fsannot check_dataset dataset=davis dataset.root=<folder>
fsannot check_dataset dataset=icoseg data_root=<folder that holds iCoseg> decode=false

The exit status is 1 when the dataset is incomplete.
"""

from __future__ import annotations

import sys

from omegaconf import DictConfig

from fsannot.configuration.build import build
from fsannot.data.check import check
from fsannot.programs.program import report_errors


@report_errors("check_dataset")
def main(cfg: DictConfig) -> None:
    """Print a dataset's expected tree, what is there, and what is missing; exit status 1 when it is incomplete.

    Args:
        cfg: composed by Hydra from ``conf/check_dataset.yaml`` and the command line.
    """
    report = check(lambda: build(cfg, "dataset"), decode=cfg.decode)
    print(report.text)
    if not report.complete:
        sys.exit(1)
