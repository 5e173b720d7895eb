"""Reproduce the paper's Table 2: majority labels of one cut of the hierarchy.

fsannot table2 data_root=<folder that holds iCoseg DAVIS Rooftop>
fsannot table2 dataset=[davis] edges=hed hierarchy.threshold=300 data_root=<folder>

Writes table2.csv, table2.md, table2.tex, table2-provenance.json and report.html; the runs it needed
lie under runs/. Started again with the same hydra.run.dir it keeps what is finished.
"""

from __future__ import annotations

from omegaconf import DictConfig

from fsannot.programs.program import report_errors
from fsannot.studies.paper_tables import table2
from fsannot.studies.table_program import TableProgram


@report_errors("table2")
def main(cfg: DictConfig) -> None:
    """The paper's Table 2: majority labels of one cut of the hierarchy, the bound without splits.

    Args:
        cfg: composed by Hydra from ``conf/table2.yaml`` and the command line.
    """
    program = TableProgram(cfg)
    program.finish(table2(program))
