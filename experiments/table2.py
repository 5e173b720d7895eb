"""The paper's Table 2: majority labels of one cut of the hierarchy, the bound without splits.

python experiments/table2.py data_root=<folder that holds iCoseg DAVIS Rooftop>
python experiments/table2.py dataset=[davis] edges=hed hierarchy.threshold=300 data_root=<folder>

Writes table2.csv, table2.md, table2.tex, table2-provenance.json and report.html; the runs it needed
lie under runs/. Started again with the same hydra.run.dir it keeps what is finished.
"""

from __future__ import annotations

from omegaconf import DictConfig

from fsannot.pipeline.paper_tables import table2
from fsannot.pipeline.program import report_errors
from fsannot.pipeline.tables import TableProgram


@report_errors("table2")
def main(cfg: DictConfig) -> None:
    program = TableProgram(cfg)
    program.finish(table2(program))


if __name__ == "__main__":
    main()
