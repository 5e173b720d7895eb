"""Reproduce the paper's Cityscapes experiment: agreement, hours and speed-up.

fsannot cityscapes data_root=<folder that holds Cityscapes>
fsannot cityscapes dataset=[camvid] robot=greedy_box data_root=<folder>

Writes cityscapes.csv, cityscapes.md, cityscapes.tex, cityscapes-provenance.json and report.html; the runs it needed
lie under runs/. Started again with the same hydra.run.dir it keeps what is finished.
"""

from __future__ import annotations

from omegaconf import DictConfig

from fsannot.programs.program import report_errors
from fsannot.studies.paper_tables import cityscapes
from fsannot.studies.table_program import TableProgram


@report_errors("cityscapes")
def main(cfg: DictConfig) -> None:
    """The paper's Cityscapes experiment: agreement, hours, and how many times faster than polygons and clicks.

    Args:
        cfg: composed by Hydra from ``conf/cityscapes.yaml`` and the command line.
    """
    program = TableProgram(cfg)
    program.finish(cityscapes(program))
