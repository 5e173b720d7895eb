"""The paper's Table 1: a robot labels perfect segments.

python experiments/table1.py data_root=<folder that holds iCoseg DAVIS Rooftop>
python experiments/table1.py dataset=[davis] robot=greedy_box data_root=<folder> hydra/launcher=joblib

Writes table1.csv, table1.md, table1.tex, table1-provenance.json and report.html; the runs it needed
lie under runs/. Started again with the same hydra.run.dir it keeps what is finished.
"""

from __future__ import annotations

from omegaconf import DictConfig

from fsannot.pipeline.paper_tables import table1
from fsannot.pipeline.program import report_errors
from fsannot.pipeline.tables import TableProgram


@report_errors("table1")
def main(cfg: DictConfig) -> None:
    program = TableProgram(cfg)
    program.finish(table1(program))


if __name__ == "__main__":
    main()
