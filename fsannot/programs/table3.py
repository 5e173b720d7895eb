"""Reproduce the paper's Table 3: robots against click baselines after 3 and 5 clicks.

fsannot table3 data_root=<folder that holds iCoseg DAVIS Rooftop>
fsannot table3 dataset=[davis] baseline=[watershed,grabcut] weights.fcanet=<file> data_root=<folder>

Writes table3.csv, table3.md, table3.tex, table3-provenance.json and report.html; the runs it needed
lie under runs/. Started again with the same hydra.run.dir it keeps what is finished.
"""

from __future__ import annotations

from omegaconf import DictConfig

from fsannot.programs.program import report_errors
from fsannot.studies.paper_tables import table3
from fsannot.studies.table_program import TableProgram


@report_errors("table3")
def main(cfg: DictConfig) -> None:
    """The paper's Table 3: robots against click baselines after 3 and 5 clicks.

    Args:
        cfg: composed by Hydra from ``conf/table3.yaml`` and the command line.
    """
    program = TableProgram(cfg)
    program.finish(table3(program))
