"""Reproduce the paper's Table 1: a robot labels perfect segments.

fsannot table1 data_root=<folder that holds iCoseg DAVIS Rooftop>
fsannot table1 dataset=[davis] robot=greedy_box data_root=<folder> hydra/launcher=joblib

Writes table1.csv, table1.md, table1.tex, table1-provenance.json and report.html; the runs it needed
lie under runs/. Started again with the same hydra.run.dir it keeps what is finished.
"""

from __future__ import annotations

from omegaconf import DictConfig

from fsannot.programs.program import report_errors
from fsannot.studies.paper_tables import table1
from fsannot.studies.table_program import TableProgram


@report_errors("table1")
def main(cfg: DictConfig) -> None:
    """The paper's Table 1: a robot labels perfect segments.

    Args:
        cfg: composed by Hydra from ``conf/table1.yaml`` and the command line.
    """
    program = TableProgram(cfg)
    program.finish(table1(program))
